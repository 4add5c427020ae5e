"""Small sound programs: in float, with a loop, simulated, frozen, in the ONNX form; and what bad ones are put together of."""
from messages import BLOCK, BOOLEAN, FLOAT, INT, INT32, INT8, LONG, STRING, attr, block, f32, num, op, program, var

# x -> mul(w) -> + b -> out
VARS = [var("x"), var("w", (2, 3), True), var("b", (3,), True), var("t", (-1, 3)), var("out", (-1, 3))]
MUL = op("mul", [("X", "x"), ("Y", "w")], [("Out", "t")], [attr("x_num_col_dims", INT, num(3, 1))])
ADD = op("elementwise_add", [("X", "t"), ("Y", "b")], [("Out", "out")], [attr("axis", INT, num(3, 1))])
MAIN = block(variables=VARS, ops=[MUL, ADD])
GOOD = program(MAIN)


def with_ops(*ops, extra=(), blocks=()):
    return program(block(variables=VARS + list(extra), ops=list(ops)), *blocks)


def while_op(attrs, kind="while"):
    return op(kind, [("X", "x"), ("Condition", "c")], [("Out", "x"), ("StepScopes", "s")], attrs)


LOOP_VARS = [var("c", (1,)), var("s", kind=11)]


def loop(sub_block, body=None):
    """A while op that names `sub_block`, and one body."""
    body = block(1, 0, [], [op("relu", [("X", "x")], [("Out", "x")])]) if body is None else body
    return with_ops(MUL, while_op([attr("sub_block", BLOCK, num(12, sub_block))]), ADD, extra=LOOP_VARS, blocks=[body])


def quant(x, kind="fake_quantize_abs_max", bits=8, out=None, more_in=(), attrs=(), scale=None):
    out = out or x + ".quantized"
    return op(kind, [("X", x), *more_in], [("Out", out), ("OutScale", scale or x + ".scale")],
              [attr("bit_length", INT, num(3, bits)), *attrs])


def dequant(x, scale, out, max_range=127.0, attrs=True):
    return op("fake_dequantize_max_abs", [("X", x), ("Scale", scale)], [("Out", out)],
              [attr("max_range", FLOAT, f32(4, max_range))] if attrs else [])


QVARS = [var(n) for n in ("x.quantized", "x.quantized.dequantized", "w.quantized", "w.quantized.dequantized")]
QVARS += [var("x.scale", (1,)), var("w.scale", (1,))]


def simulated(*before, mul_inputs=("x.quantized.dequantized", "w.quantized.dequantized"), after=(), extra=()):
    mul = op("mul", [("X", mul_inputs[0]), ("Y", mul_inputs[1])], [("Out", "t")])
    return with_ops(*before, mul, *after, ADD, extra=QVARS + list(extra))


QX, QW = quant("x"), quant("w")
DX, DW = dequant("x.quantized", "x.scale", "x.quantized.dequantized"), dequant("w.quantized", "w.scale",
                                                                              "w.quantized.dequantized")


def frozen(q=None, d=None, extra=(), after=(), scale_dims=(1,)):
    """The test form: x is quantized with a stored scale, w holds integers."""
    q = q or quant("x", "fake_quantize_moving_average_abs_max", more_in=[("InScale", "s")], scale="s",
                   attrs=[attr("is_test", BOOLEAN, num(10, 1))])
    d = d or dequant("t", "s", "t.dequantized", 16129.0)
    mul = op("mul", [("X", "x.quantized"), ("Y", "w")], [("Out", "t")])
    add = op("elementwise_add", [("X", "t.dequantized"), ("Y", "b")], [("Out", "out")])
    variables = VARS + [var("x.quantized"), var("t.dequantized"), var("s", scale_dims, True), *extra]
    return program(block(variables=variables, ops=[q, mul, d, add, *after]))


def feed_op(data):
    return with_ops(MUL, ADD, op("relu", [("X", "out")], [("Out", "out")], [data]))


NO_VALUE = {"int": INT, "float": FLOAT, "string": STRING, "boolean": BOOLEAN, "block": BLOCK, "long": LONG}


def static(bits=8, is_test=1, kind="fake_quantize_moving_average_abs_max"):
    return quant("x", kind, bits, more_in=[("InScale", "s")], scale="s", attrs=[attr("is_test", BOOLEAN, num(10, is_test))])


def linear(kind, x, y, scale, bits=8, axis=-1):
    return op(kind, [("X", x), ("Scale", scale), ("ZeroPoint", "z")], [("Y", y)],
              [attr("bit_length", INT, num(3, bits)), attr("quant_axis", INT, num(3, axis))])


def onnx_form(bits=8, axis=1, stored=True, dequantize_scale="s", weight=INT8):
    """A matmul_v2 of the ONNX form, its weight stored as integers."""
    variables = [*VARS[:1], *VARS[2:], var("w", (2, 3), True, data=weight), var("q"), var("d"), var("v"),
                 var("s", (1,), stored), var("s2", (1,), True), var("ws", (3,) if axis == 1 else (2,), True),
                 var("z", (1,), True, data=INT32)]
    return program(block(variables=variables, ops=[
        linear("quantize_linear", "x", "q", "s", bits), linear("dequantize_linear", "q", "d", dequantize_scale, bits),
        linear("dequantize_linear", "w", "v", "ws", bits, axis),
        op("matmul_v2", [("X", "d"), ("Y", "v")], [("Out", "t")]), ADD]))
