"""Parameters with one fault each, and the programs that they belong to."""
import struct

from messages import FP16, INT32, LOD_TENSOR, RAW, block, floats, level, program, record, var
from small_programs import ADD, GOOD, MUL, VARS, frozen

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
