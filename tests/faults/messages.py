"""Paddle's messages in protobuf's wire format, byte by byte, and the records of parameter
files: so that each can be made wrong in one place."""
import struct

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


def record(dims, data, kind=FP32, lod=b"", levels=0, lod_version=0, tensor_version=0, desc=None, size=None):
    desc = tensor(dims, kind) if desc is None else desc
    size = len(desc) if size is None else size
    return (struct.pack("<IQ", lod_version, levels) + lod + struct.pack("<Ii", tensor_version, size) + desc + data)


def floats(*values):
    return struct.pack("<%df" % len(values), *values)


def level(*offsets, size=None):
    return struct.pack("<Q", 8 * len(offsets) if size is None else size) + struct.pack("<%dQ" % len(offsets), *offsets)
