#!/usr/bin/env python3
"""Makes the bad files of testdata/wire and testdata/params: make_faults.py TESTDATA

Each is one fault in a small sound program, or in its parameters. TESTDATA/*/table.txt says what `pdquant check` makes of
it: a line with the file, the kind of fault, the exit code and the arguments, then the messages, indented. The exit codes
are said here; faults_test (PDQUANT_UPDATE=1) fills in the messages. Needs nothing but Python: the bytes are written as
protobuf's wire format has them.
"""
import os
import shutil
import struct
import sys

FP32, INT64, INT8, INT32, LOD_TENSOR, RAW, FEED, FETCH, FP16 = 5, 3, 21, 2, 7, 17, 9, 10, 4
INT, FLOAT, STRING, INTS, FLOATS, STRINGS, BOOLEAN, BOOLEANS, BLOCK, LONG, BLOCKS, LONGS = range(12)


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def num(field, n):
    return varint(field << 3) + varint(n)


def msg(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def f32(field, x):
    return varint(field << 3 | 5) + struct.pack("<f", x)


def slot(name, *arguments):
    return msg(1, name) + b"".join(msg(2, a) for a in arguments)


def attr(name, kind, value=b""):
    return msg(1, name) + num(2, kind) + value


def op(kind, inputs=(), outputs=(), attrs=()):
    out = b"".join(msg(1, slot(*s)) for s in inputs) + b"".join(msg(2, slot(*s)) for s in outputs)
    return out + (b"" if kind is None else msg(3, kind)) + b"".join(msg(4, a) for a in attrs)


def tensor(dims, kind=FP32):
    return (b"" if kind is None else num(1, kind)) + b"".join(num(2, d) for d in dims)


def var_type(kind=LOD_TENSOR, desc=None):
    return num(1, kind) + (b"" if desc is None else msg(3, msg(1, desc)))


def var(name, dims=(-1, 2), persistable=False, kind=LOD_TENSOR, data=FP32):
    desc = tensor(dims, data) if kind == LOD_TENSOR else None
    return msg(1, name) + msg(2, var_type(kind, desc)) + num(3, int(persistable))


def block(idx=0, parent=-1, variables=(), ops=(), forward=None):
    out = (b"" if idx is None else num(1, idx)) + (b"" if parent is None else num(2, parent))
    out += b"".join(msg(3, v) for v in variables) + b"".join(msg(4, o) for o in ops)
    return out + (b"" if forward is None else num(5, forward))


def program(*blocks, version=1008005):
    out = b"".join(msg(1, b) for b in blocks)
    return out if version is None else out + msg(4, num(1, version))


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


def wire():
    """name, row, exit code, bytes"""
    cases = []

    def add(name, row, code, data):
        cases.append((name + ".pb", row, code, data))

    add("empty", "P2", 3, b"")
    add("no-blocks", "P1", 3, msg(4, num(1, 1008005)))
    add("text", "P2", 3, b"hello, world\n")
    add("text-protobuf", "P2", 3, b"blocks {\n  idx: 0\n  parent_idx: -1\n}\n")
    add("json", "P2", 3, b'{"a": 1}\n')
    add("paddle-3-pir", "P2", 3, b'{"base_code":{"magic":"pir","version":1},"program":{}}')
    add("zip", "P2", 3, b"PK\x03\x04" + bytes(26))
    add("gzip", "P2", 3, b"\x1f\x8b\x08" + bytes(15))
    add("pickle", "P2", 3, b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00}\x94.")
    add("git-lfs", "P2", 3, b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    add("onnx", "P2", 3, num(1, 8) + msg(2, "pytorch") + msg(7, msg(2, "g")))
    add("elf", "P2", 3, b"\x7fELF\x02\x01\x01" + bytes(9))
    add("parameters", "P2", 3, record((2,), struct.pack("<2f", 1, 2)))
    add("zeros", "P2", 3, bytes(64))
    add("cut-in-tag", "P1", 3, GOOD[:-1])
    add("cut-in-block", "P1", 3, GOOD[:40])
    add("cut-before-version", "P1", 0, program(MAIN, version=None))
    add("cut-body", "P1", 1, program(block(variables=VARS + LOOP_VARS, ops=[
        MUL, while_op([attr("sub_block", BLOCK, num(12, 1))]), ADD]), version=None))
    add("garbage-behind", "P1", 3, GOOD + b"\xff\xff\xff")
    add("length-2-31", "P4", 3, b"\x0a\xff\xff\xff\xff\x07" + b"ab")
    add("length-2-32", "P4", 3, b"\x0a\xff\xff\xff\xff\x0f" + b"ab")
    add("length-2-63", "P4", 3, b"\x0a" + varint(1 << 63) + b"ab")
    add("varint-11-bytes", "P4", 3, GOOD + b"\x20" + b"\xff" * 10 + b"\x01")
    add("field-0", "P4", 3, GOOD + b"\x02\x00")
    add("wire-type-7", "P4", 3, GOOD + b"\x0f")
    add("groups-101", "P6", 3, GOOD + b"\xa3\x06" * 101 + b"\xa4\x06" * 101)
    add("group-open", "P6", 3, GOOD + b"\xa3\x06")
    add("group-wrong-end", "P6", 3, GOOD + b"\xa3\x06\xac\x06")

    for name, data in {
        "block-idx": program(block(None, -1, VARS, [MUL, ADD])),
        "block-parent": program(block(0, None, VARS, [MUL, ADD])),
        "op-type": with_ops(MUL, ADD, op(None, [("X", "out")], [("Out", "out")])),
        "slot-name": with_ops(MUL, ADD, msg(1, msg(2, "out")) + msg(3, "relu")),
        "attr-name": feed_op(num(2, INT) + num(3, 1)),
        "attr-type": feed_op(msg(1, "a") + num(3, 1)),
        "var-name": program(block(variables=VARS + [msg(2, var_type(desc=tensor((1,))))], ops=[MUL, ADD])),
        "var-type": program(block(variables=VARS + [msg(1, "v")], ops=[MUL, ADD])),
        "var-type-type": program(block(variables=VARS + [msg(1, "v") + msg(2, msg(3, msg(1, tensor((1,)))))],
                                       ops=[MUL, ADD])),
        "tensor-type": program(block(variables=VARS + [msg(1, "v") + msg(2, var_type(desc=tensor((1,), None)))],
                                     ops=[MUL, ADD])),
        "lod-tensor": program(block(variables=VARS + [msg(1, "v") + msg(2, num(1, LOD_TENSOR) + msg(3, b""))],
                                    ops=[MUL, ADD])),
    }.items():
        add("missing-" + name, "P9", 1, data)

    add("two-programs", "P10", 1, GOOD + GOOD)
    add("two-programs-of-two-blocks", "P10", 1, loop(1) + loop(1))
    add("block-idx-1", "P11", 1, program(block(1, -1, VARS, [MUL, ADD])))
    add("block-idx-negative", "P11", 1, program(block(-1, -1, VARS, [MUL, ADD])))
    add("block-idx-twice", "P11", 1, loop(1, block(0, 0)))
    add("block-idx-far", "P11", 1, loop(1, block(7, 0)))
    add("parent-self", "P12", 1, loop(1, block(1, 1)))
    add("parent-nowhere", "P12", 1, loop(1, block(1, 99)))
    add("parent-negative", "P12", 1, loop(1, block(1, -1)))
    add("parent-2-31", "P12", 1, loop(1, block(1, 2**31 - 1)))
    add("parent-of-main", "P12", 1, program(block(0, 0, VARS, [MUL, ADD])))
    add("parent-cycle", "P12", 1, program(block(0, -1, VARS, [MUL, ADD]), block(1, 2), block(2, 1)))
    add("parent-later", "P12", 1, program(block(0, -1, VARS, [MUL, ADD]), block(1, 2), block(2, 0)))
    add("forward-self", "P12", 1, loop(1, block(1, 0, forward=1)))
    add("forward-nowhere", "P12", 1, loop(1, block(1, 0, forward=42)))
    add("forward-negative", "P12", 1, loop(1, block(1, 0, forward=-2)))

    add("sub-block-99", "P13", 1, loop(99))
    add("sub-block-negative", "P13", 1, loop(-1))
    add("sub-block-2-31", "P13", 1, loop(2**31 - 1))
    add("sub-block-main", "P13", 1, loop(0))
    add("sub-block-own", "P13", 1, loop(1, block(1, 0, [], [while_op([attr("sub_block", BLOCK, num(12, 1))])])))
    add("sub-block-two-owners", "P13", 1, with_ops(
        MUL, while_op([attr("sub_block", BLOCK, num(12, 1))]), while_op([attr("sub_block", BLOCK, num(12, 1))]), ADD,
        extra=LOOP_VARS, blocks=[block(1, 0)]))
    add("sub-blocks-nowhere", "P13", 1, with_ops(
        MUL, while_op([attr("optimize_blocks", BLOCKS, num(14, 1) + num(14, 5))], "listen_and_serv"), ADD,
        extra=LOOP_VARS, blocks=[block(1, 0)]))
    add("sub-blocks-twice", "P13", 1, with_ops(
        MUL, while_op([attr("optimize_blocks", BLOCKS, num(14, 1) + num(14, 1))], "listen_and_serv"), ADD,
        extra=LOOP_VARS, blocks=[block(1, 0)]))
    add("sub-block-circle", "P13", 1, program(
        block(variables=VARS + LOOP_VARS, ops=[MUL, ADD]),
        block(1, 0, [], [while_op([attr("sub_block", BLOCK, num(12, 2))])]),
        block(2, 0, [], [while_op([attr("sub_block", BLOCK, num(12, 1))])])))
    add("var-attribute-nowhere", "P13", 1, feed_op(attr("v", 16, msg(19, "nowhere"))))

    add("undeclared-input", "P14", 1, with_ops(MUL, op("relu", [("X", "gone")], [("Out", "t")]), ADD))
    add("undeclared-output", "P14", 1, with_ops(MUL, op("relu", [("X", "t")], [("Out", "gone")]), ADD))
    add("undeclared-in-sibling", "P14", 1, with_ops(
        MUL, while_op([attr("sub_block", BLOCK, num(12, 1))]), while_op([attr("sub_block", BLOCK, num(12, 2))]), ADD,
        extra=LOOP_VARS, blocks=[block(1, 0, [var("local")], []),
                                 block(2, 0, [], [op("relu", [("X", "local")], [("Out", "t")])])]))
    add("undeclared-in-inner", "P14", 1, with_ops(
        MUL, while_op([attr("sub_block", BLOCK, num(12, 1))]), op("relu", [("X", "local")], [("Out", "t")]), ADD,
        extra=LOOP_VARS, blocks=[block(1, 0, [var("local")], [])]))
    add("undeclared-gradient", "P14", 1, with_ops(MUL, ADD, op("sgd", [("Grad", "w@GRAD")], [("ParamOut", "w")])))

    add("variable-twice", "P15", 1, program(block(variables=VARS + [var("x")], ops=[MUL, ADD])))
    add("variable-twice-other-type", "P15", 1, program(block(variables=VARS + [var("w", (9,), True)], ops=[MUL, ADD])))
    add("variable-twice-in-body", "P15", 1, loop(1, block(1, 0, [var("l"), var("l")])))
    add("empty-name", "P16", 1, program(block(variables=VARS + [var("")], ops=[MUL, ADD])))
    add("empty-type", "P16", 1, with_ops(MUL, ADD, op("", [("X", "out")], [("Out", "out")])))
    add("empty-argument", "P16", 1, with_ops(MUL, ADD, op("relu", [("X", "")], [("Out", "out")])))
    for name, text in {"escape": b"a\x1b[31mb", "newline": b"a\npdquant: error: b", "nul": b"a\0b", "not-utf8": b"a\xff\xfe",
                       "rtl": "a\u202eb".encode(), "quote": b"it's", "workflow-command": b"a\r\n::error::b%0A",
                       "html": b"<script>a</script>", "long": b"n" * 300}.items():
        add("undeclared-name-" + name, "P16", 1, with_ops(MUL, op("relu", [("X", text)], [("Out", "t")]), ADD))

    for name, kind in NO_VALUE.items():
        add("attribute-no-" + name, "P17", 1, feed_op(attr("a", kind)))
    add("attribute-other-field", "P17", 1, feed_op(attr("a", INT, f32(4, 1.0))))
    for bits in (0, 1, 17, 33, -1):
        add("bits-%s" % str(bits).replace("-", "minus-"), "P17", 1,
            simulated(quant("x", bits=bits), dequant("x.quantized", "x.scale", "x.quantized.dequantized",
                                                     float(2 ** (min(max(bits, 1), 30) - 1) - 1)), QW, DW))

    add("shape-negative", "P18", 1, program(block(variables=VARS + [var("p", (-7,), True)], ops=[MUL, ADD])))
    add("shape-2-41", "P18", 1, program(block(variables=VARS + [var("p", (1 << 41,), True)], ops=[MUL, ADD])))
    add("shape-overflow", "P18", 1, program(block(variables=VARS + [var("p", (1 << 32, 1 << 32), True)], ops=[MUL, ADD])))
    add("shape-10-dims", "P18", 1, program(block(variables=VARS + [var("p", (1,) * 10, True)], ops=[MUL, ADD])))

    add("quantized-twice", "P20", 1, simulated(
        QX, DX, QW, DW, quant("x.quantized.dequantized", out="q2", scale="x.scale"),
        dequant("q2", "x.scale", "d2"), mul_inputs=("d2", "w.quantized.dequantized"), extra=[var("q2"), var("d2")]))
    add("quantize-integers", "P20", 1, simulated(
        QX, quant("x.quantized", out="q2", scale="x.scale"), dequant("q2", "x.scale", "x.quantized.dequantized"), QW, DW,
        extra=[var("q2")]))
    add("dequantize-float", "P19", 1, simulated(dequant("x", "x.scale", "x.quantized.dequantized"), QW, DW))
    add("dequantize-other-scale", "P19", 1, simulated(
        QX, QW, dequant("x.quantized", "w.scale", "x.quantized.dequantized"), DW))
    add("dequantize-other-bits", "P19", 1, simulated(
        QX, dequant("x.quantized", "x.scale", "x.quantized.dequantized", 7.0), QW, DW))
    add("dequantize-no-scale", "P19", 1, simulated(
        QX, op("fake_dequantize_max_abs", [("X", "x.quantized")], [("Out", "x.quantized.dequantized")],
               [attr("max_range", FLOAT, f32(4, 127.0))]), QW, DW))
    for name, value in {"zero": 0.0, "negative": -127.0, "nan": float("nan"), "infinite": float("inf")}.items():
        add("max-range-" + name, "T11", 1, frozen(d=dequant("t", "s", "t.dequantized", value)))
    add("quantize-no-operand", "P19", 1, simulated(
        op("fake_quantize_abs_max", [], [("Out", "x.quantized"), ("OutScale", "x.scale")],
           [attr("bit_length", INT, num(3, 8))]), DX, QW, DW))
    add("scale-shape", "P19", 1, frozen(scale_dims=(3,)))
    add("product-not-scaled", "P19", 1, program(block(
        variables=VARS + [var("x.quantized"), var("s", (1,), True)],
        ops=[quant("x", "fake_quantize_moving_average_abs_max", more_in=[("InScale", "s")], scale="s"),
             op("mul", [("X", "x.quantized"), ("Y", "w")], [("Out", "t")]), ADD])))
    add("integers-fetched", "P19", 1, with_ops(QX, op("fetch", [("X", "x.quantized")], [("Out", "fetch")]), MUL, ADD,
                                                extra=QVARS + [var("fetch", kind=FETCH, persistable=True)]))
    grads = [var(n) for n in ("out@GRAD", "t@GRAD", "x@GRAD", "w@GRAD")]
    add("backward-reads-float", "P19", 1, simulated(
        QX, DX, QW, DW, after=[op("mul_grad", [("X", "x"), ("Y", "w.quantized.dequantized"), ("Out@GRAD", "t@GRAD")],
                                  [("X@GRAD", "x@GRAD")], [attr("op_role", INT, num(3, 1))])], extra=grads))
    add("frozen-with-optimizer", "P19", 1, frozen(
        after=[op("sgd", [("Param", "b"), ("Grad", "out@GRAD")], [("ParamOut", "b")],
                  [attr("op_role", INT, num(3, 2))])], extra=grads))
    add("frozen-trains-scale", "P19", 1, frozen(
        q=quant("x", "fake_quantize_moving_average_abs_max", more_in=[("InScale", "s")], scale="s",
                attrs=[attr("is_test", BOOLEAN, num(10, 0))])))
    # Paddle 0.x: no version, no op_role, a kind of variable that later ones dropped.
    add("paddle-0", "P24", 0, program(block(
        variables=[*VARS, var("feed", kind=FEED), var("fetch", kind=FETCH), msg(1, "ch") + msg(2, var_type(16))],
        ops=[op("feed", [("X", "feed")], [("Out", "x")], [attr("col", INT, num(3, 0))]), MUL, ADD,
             op("fetch", [("X", "out")], [("Out", "fetch")], [attr("col", INT, num(3, 0))])]), version=None))
    add("version-far", "P24", 0, program(MAIN, version=9_009_009))
    add("version-2-62", "P24", 0, program(MAIN, version=1 << 62))
    return cases


def record(dims, data, kind=FP32, lod=b"", levels=0, lod_version=0, tensor_version=0, desc=None, size=None):
    desc = tensor(dims, kind) if desc is None else desc
    size = len(desc) if size is None else size
    return (struct.pack("<IQ", lod_version, levels) + lod + struct.pack("<Ii", tensor_version, size) + desc + data)


def floats(*values):
    return struct.pack("<%df" % len(values), *values)


def level(*offsets, size=None):
    return struct.pack("<Q", 8 * len(offsets) if size is None else size) + struct.pack("<%dQ" % len(offsets), *offsets)


B = record((3,), floats(1, 2, 3))
W = record((2, 3), floats(1, 2, 3, 4, 5, 6))
RECORDS = {"b": B, "w": W}


def lod_of_b(*levels_of):
    return record((3,), floats(1, 2, 3), levels=len(levels_of), lod=b"".join(levels_of))


def parameters():
    """name, row, exit code, program, bytes of a combined file or a dict of separate ones"""
    cases = []

    def add(name, row, code, data, main="sound.pb"):
        cases.append((name, row, code, main, data))

    def bad_b(name, row, b, code=3):
        add(name + ".params", row, code, b + W)

    add("one-byte-short.params", "T1", 3, (B + W)[:-1])
    add("cut-in-header.params", "T1", 3, (B + W)[:10])
    add("cut-in-description.params", "T1", 3, (B + W)[:22])
    add("cut-in-data.params", "T1", 3, (B + W)[: len(B) - 5])
    add("cut-between.params", "T1", 3, B)
    add("empty.params", "T1", 3, b"")
    add("one-byte-behind.params", "T2", 3, B + W + b"\0")
    add("one-tensor-behind.params", "T2", 3, B + W + B)
    add("text-behind.params", "T2", 3, B + W + b"hello")
    bad_b("lod-version-1", "T3", record((3,), floats(1, 2, 3), lod_version=1))
    bad_b("tensor-version-1", "T3", record((3,), floats(1, 2, 3), tensor_version=1))
    bad_b("vocab", "T3", struct.pack("<QQ", 3, 4) + b"word" + struct.pack("<Qi", 0, 1))
    bad_b("lod-levels-2-40", "T4", record((3,), floats(1, 2, 3), levels=1 << 40))
    bad_b("lod-levels-65", "T4", record((3,), floats(1, 2, 3), levels=65))
    bad_b("lod-size-2-45", "T4", lod_of_b(level(0, 3, size=1 << 45)))
    bad_b("lod-size-7", "T4", lod_of_b(level(0, size=7)))
    bad_b("lod-size-15", "T4", lod_of_b(level(0, 3, size=15)))
    bad_b("lod-size-0", "T4", lod_of_b(level()))
    bad_b("lod-beyond-file", "T4", lod_of_b(level(0, 3, size=8000)))
    bad_b("lod-first-not-0", "T4", lod_of_b(level(1, 3)))
    bad_b("lod-falls", "T4", lod_of_b(level(0, 2, 1, 3)))
    bad_b("lod-last-not-dim", "T4", lod_of_b(level(0, 2)))
    bad_b("lod-levels-apart", "T4", lod_of_b(level(0, 1), level(0, 1, 3)))
    bad_b("description-minus-5", "T5", record((3,), floats(1, 2, 3), size=-5))
    bad_b("description-0", "T5", record((3,), floats(1, 2, 3), desc=b""))
    bad_b("description-2-31", "T5", record((3,), floats(1, 2, 3), size=2**31 - 1))
    bad_b("description-garbage", "T5", record((3,), floats(1, 2, 3), desc=b"\xff\xff\xff\xff"))
    bad_b("description-no-type", "T5", record((3,), floats(1, 2, 3), None))
    bad_b("type-lod-tensor", "T5", record((3,), floats(1, 2, 3), LOD_TENSOR))
    bad_b("type-99", "T5", record((3,), floats(1, 2, 3), 99))
    bad_b("type-raw", "T5", record((3,), floats(1, 2, 3), RAW))
    bad_b("dim-negative", "T6", record((-3,), floats(1, 2, 3)))
    bad_b("dims-overflow", "T6", record((1 << 32, 1 << 32), floats(1, 2, 3)))
    bad_b("dim-2-40", "T6", record((1 << 40,), floats(1, 2, 3)))
    bad_b("dim-2-63", "T6", record((1 << 63,), floats(1, 2, 3)))
    bad_b("no-elements", "T6", record((0,), b""))
    bad_b("other-shape", "T7", record((1, 3), floats(1, 2, 3)))
    bad_b("other-size", "T7", record((4,), floats(1, 2, 3, 4)))
    bad_b("other-type", "T7", record((3,), struct.pack("<3i", 1, 2, 3), INT32))
    bad_b("half-floats", "T14", record((3,), bytes(6), FP16))
    bad_b("doubles", "T14", record((3,), struct.pack("<3d", 1, 2, 3), 6))
    add("order-swapped.params", "T9", 3, W + B)
    add("variable-minus-7.params", "T7", 3, B + W, "minus-7.pb")
    bad_b("nan", "T12", record((3,), floats(1, float("nan"), 3)), 0)
    bad_b("infinite", "T12", record((3,), floats(1, 2, float("-inf"))), 0)
    add("zip.params", "P2", 3, b"PK\x03\x04" + bytes(26))
    add("pickle.params", "P2", 3, b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00}\x94.")
    add("git-lfs.params", "P2", 3, b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    add("program.params", "P2", 3, GOOD[:300])

    s = record((1,), floats(0.5))
    add("frozen.params", "T11", 0, B + s + W, "frozen.pb")
    for name, value in {"nan": float("nan"), "infinite": float("inf"), "negative": -0.5}.items():
        add("scale-%s.params" % name, "T11", 1, B + record((1,), floats(value)) + W, "frozen.pb")
    add("scale-untrained.params", "T11", 1, B + record((1,), floats(0.001)) + W, "frozen.pb")
    add("scale-of-two.params", "T11", 1, B + record((2,), floats(0.5, 0.5)) + W, "frozen-any.pb")
    add("frozen-float-weight.params", "T14", 1, B + s + record((2, 3), floats(1, 2, 0.25, 4, 5, 6)), "frozen.pb")

    add("one-file-missing", "T8", 3, {"b": B})
    add("all-files-missing", "T8", 3, {"readme": b"nothing here\n"})
    add("file-short", "T1", 3, {"b": B[:-1], "w": W})
    add("file-long", "T2", 3, {"b": B, "w": W + b"\0"})
    add("file-empty", "T1", 3, {"b": b"", "w": W})
    add("file-two-records", "T2", 3, {"b": B + B, "w": W})
    add("file-other-shape", "T7", 3, {"b": W, "w": B})
    add("file-is-text", "T5", 3, {"b": b"hello, this is no tensor\n", "w": W})
    add("file-is-folder", "T15", 3, {"b/x": B, "w": W})
    add("file-is-link", "T15", 3, {"b": "w", "w": W})
    add("extra-file", "T8", 0, {"b": B, "w": W, "notes.txt": b"mine\n"})
    for name, evil in {"up": "../x", "up-inside": "a/../../x", "absolute": "/etc/passwd", "dot": ".", "dots": "..",
                       "double-slash": "a//b", "slash-behind": "a/", "long": "n" * 300}.items():
        add("name-" + name, "T15" if name != "long" else "T16", 3, {"b": B, "w": W}, "name-%s.pb" % name)
    return cases


def programs_of_parameters():
    out = {"sound.pb": GOOD, "frozen.pb": frozen(), "frozen-any.pb": frozen(scale_dims=(-1,)),
           "minus-7.pb": program(block(variables=[*VARS[:2], var("b", (-7,), True), *VARS[3:]], ops=[MUL, ADD]))}
    for name, evil in {"up": "../x", "up-inside": "a/../../x", "absolute": "/etc/passwd", "dot": ".", "dots": "..",
                       "double-slash": "a//b", "slash-behind": "a/", "long": "n" * 300}.items():
        out["name-%s.pb" % name] = program(block(variables=VARS + [var(evil, (1,), True)], ops=[MUL, ADD]))
    return out


def old_messages(path):
    """The messages that a table has already, by file."""
    messages, name = {}, None
    if os.path.exists(path):
        for line in open(path, encoding="utf-8"):
            if not line.startswith("\t"):
                name = line.split("\t")[0]
            else:
                messages.setdefault(name, []).append(line)
    return messages


def write_table(path, rows):
    messages = old_messages(path)
    with open(path, "w", encoding="utf-8") as out:
        for name, row, code, arguments in rows:
            out.write("\t".join([name, row, str(code), arguments]) + "\n")
            out.writelines(messages.get(name, []))


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if isinstance(data, str):
        os.symlink(data, path)
        return
    with open(path, "wb") as out:
        out.write(data)


def main(testdata):
    folder = os.path.join(testdata, "wire")
    shutil.rmtree(os.path.join(folder, "files"), ignore_errors=True)
    rows = []
    for name, row, code, data in wire():
        write(os.path.join(folder, "files", name), data)
        rows.append((name, row, code, "check " + name))
    write_table(os.path.join(folder, "table.txt"), rows)

    folder = os.path.join(testdata, "params", "faults")
    shutil.rmtree(os.path.join(folder, "files"), ignore_errors=True)
    for name, data in programs_of_parameters().items():
        write(os.path.join(folder, "files", name), data)
    rows = []
    for name, row, code, program_file, data in parameters():
        for part, content in (data.items() if isinstance(data, dict) else [("", data)]):
            write(os.path.join(folder, "files", name, part).rstrip("/"), content)
        rows.append((name, row, code, "check %s --params %s" % (program_file, name)))
    write_table(os.path.join(folder, "table.txt"), rows)


if __name__ == "__main__":
    main(sys.argv[1])
