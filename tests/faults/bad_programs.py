"""Programs with one fault each."""
import struct

from messages import (
    BLOCK, BLOCKS, BOOLEAN, FEED, FETCH, FLOAT, FP32, INT, INT8, LOD_TENSOR, attr, block, f32, msg, num, op,
    program, record, tensor, var, var_type, varint)
from small_programs import (
    ADD, DW, DX, GOOD, LOOP_VARS, MAIN, MUL, NO_VALUE, QVARS, QW, QX, VARS, dequant, feed_op, frozen, loop,
    onnx_form, quant, simulated, static, while_op, with_ops)


def targets(add):
    """What keeps a runtime from taking a program."""
    def of(name, target, code, data):
        add("target-%s-%s" % (target, name), "target", code, data, " --target " + target)

    dynamic = frozen(q=quant("x", scale="s"))
    for target in ("onednn", "tensorrt", "lite"):
        of("dynamic-scale", target, 1, dynamic)
        of("4-bits", target, 1, frozen(q=static(4), d=dequant("t", "s", "t.dequantized", 889.0)))
        of("trains-scale", target, 1, frozen(q=static(is_test=0)))
        of("simulated", target, 1, simulated(QX, DX, QW, DW))
        of("optimizer", target, 1, with_ops(MUL, ADD, op("sgd", [("Param", "b"), ("Grad", "out")], [("ParamOut", "b")],
                                                         [attr("op_role", INT, num(3, 2))])))
    of("dynamic-scale", "paddle", 0, dynamic)
    of("simulated", "paddle", 0, simulated(QX, DX, QW, DW))
    of("unequal-bits", "lite", 1, simulated(
        quant("x", bits=16), dequant("x.quantized", "x.scale", "x.quantized.dequantized", 32767.0), QW, DW))
    of("16-bits", "onednn", 1, frozen(q=static(16)))
    of("16-bits", "lite", 0, frozen(q=static(16)))
    conv = program(block(
        variables=[*VARS, var("x.quantized"), var("s", (1,), True), var("t2")],
        ops=[static(), op("conv2d", [("Input", "x.quantized"), ("Filter", "w")], [("Output", "t2")]),
             dequant("t2", "s", "t", 16129.0), ADD]))
    of("per-tensor-conv", "tensorrt", 1, conv)
    of("per-tensor-conv", "onednn", 0, conv)
    of("relu-of-integers", "onednn", 1, program(block(
        variables=[*VARS, var("x.quantized"), var("s", (1,), True), var("t2")],
        ops=[static(), op("relu", [("X", "x.quantized")], [("Out", "t2")]), dequant("t2", "s", "t"), ADD])))
    int8 = frozen()
    int8 = int8.replace(var("w", (2, 3), True), var("w", (2, 3), True, data=INT8))
    for target in ("paddle", "onednn", "tensorrt"):
        of("int8-weight", target, 1, int8)
    of("int8-weight", "lite", 0, int8)
    of("legacy-ops", "onnx", 1, frozen())
    of("sound", "onnx", 0, onnx_form())
    of("4-bits", "onnx", 1, onnx_form(4))
    of("axis-0", "onnx", 1, onnx_form(axis=0))
    of("scale-not-stored", "onnx", 1, onnx_form(stored=False))
    of("other-scale", "lite", 1, onnx_form(dequantize_scale="s2"))
    of("float-weight", "lite", 1, onnx_form(weight=FP32))
    of("shared-zero-point", "lite", 1, onnx_form())


def wire():
    """name, row, exit code, bytes, more arguments"""
    cases = []

    def add(name, row, code, data, more=""):
        cases.append((name + ".pb", row, code, data, more))

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
    targets(add)
    # Paddle 0.x: no version, no op_role, a kind of variable that later ones dropped.
    add("paddle-0", "P24", 0, program(block(
        variables=[*VARS, var("feed", kind=FEED), var("fetch", kind=FETCH), msg(1, "ch") + msg(2, var_type(16))],
        ops=[op("feed", [("X", "feed")], [("Out", "x")], [attr("col", INT, num(3, 0))]), MUL, ADD,
             op("fetch", [("X", "out")], [("Out", "fetch")], [attr("col", INT, num(3, 0))])]), version=None))
    add("version-far", "P24", 0, program(MAIN, version=9_009_009))
    add("version-2-62", "P24", 0, program(MAIN, version=1 << 62))
    return cases
