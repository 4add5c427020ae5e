"""Tensors of a scope as Paddle's files of one LoDTensor each: version, LoD, version, TensorDesc, data."""
import struct
from typing import Any, List, Tuple

# VarType.Type of framework.proto, by numpy's name.
_TYPES = {'bool': 0, 'int16': 1, 'int32': 2, 'int64': 3, 'float16': 4, 'float32': 5, 'float64': 6, 'uint8': 20, 'int8': 21}
_NAMES = {number: name for name, number in _TYPES.items()}


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> Tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def encode(array: Any) -> bytes:
    """A numpy array as a file. Raises KeyError for a type that Paddle doesn't have."""
    description = b'\x08' + _varint(_TYPES[array.dtype.name]) + b''.join(b'\x10' + _varint(d) for d in array.shape)
    return struct.pack('<IQIi', 0, 0, 0, len(description)) + description + array.tobytes()


def decode(data: bytes) -> Any:
    """The reverse, of what pdquant wrote."""
    import numpy
    levels, = struct.unpack_from('<Q', data, 4)
    at = 12
    for _ in range(levels):
        at += 8 + struct.unpack_from('<Q', data, at)[0]
    size, = struct.unpack_from('<i', data, at + 4)
    at += 8
    end, kind, shape = at + size, 5, []  # type: int, int, List[int]
    while at < end:
        tag, at = _read_varint(data, at)
        value, at = _read_varint(data, at)
        if tag == 8:
            kind = value
        elif tag == 16:
            shape.append(value)
    return numpy.frombuffer(data, numpy.dtype(_NAMES[kind]), offset=end).reshape(shape)
