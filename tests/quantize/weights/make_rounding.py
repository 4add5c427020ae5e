"""Writes testdata/rounding/expected.txt: what numpy computes where rounding_test.cc computes the same with pdquant's code.
Usage: make_rounding.py > testdata/rounding/expected.txt   (numpy 1.21 and 1.26 give the same)

A line `values BITS SCALE CRC32` for 10^6 values that both sides draw by the same hash, clipped, scaled and rounded as the
reference does: np.round(np.clip(x, -s, s) / s * R) in float32; CRC-32 of the little-endian float32 result.
A line `value BITS SCALE X Q` for single values, all floats as the hexadecimal number of their bits."""
import zlib
import numpy as np

N = 1000000


def bits(f):
    return int(np.array(f, 'float32').view('uint32'))


def draw(scale):
    """Uniform in [-1.25 scale, 1.25 scale): the finalizer of MurmurHash3 over 0 … N-1."""
    h = np.arange(N, dtype='uint32')
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85ebca6b)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xc2b2ae35)
    h ^= h >> np.uint32(16)
    return ((h.astype('float64') / 2.0**32 * 2.5 - 1.25) * float(scale)).astype('float32')


def quantize(x, scale, b):
    r = np.float32((1 << (b - 1)) - 1)
    return np.round(np.clip(x, -scale, scale) / scale * r)


tiny = np.float32(1e-45)
for b in (2, 3, 4, 8, 9, 16):
    for scale in (np.float32(1), np.float32(0.731), np.float32(127), np.float32(3e38), np.float32(1e-8), np.float32(2e-39), tiny):
        with np.errstate(all='ignore'):
            q = quantize(draw(scale), scale, b)
        assert q.dtype == np.float32 and np.isfinite(q).all()
        print('values %d %08x %08x' % (b, bits(scale), zlib.crc32(q.tobytes())))
for b, scale, xs in ((8, 127, (0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5, -126.5, 127, 200, -200, 0.0, -0.0, 0.49999997, 1e-45, -1e-45)),
                     (16, 32767, (0.5, 1.5, 16383.5, -32766.5, 32767, 1e30)),
                     (2, 1, (0.5, -0.5, 0.50000006, 1, -1, 3.4e38)),
                     (8, 3.4028235e38, (3.4028235e38, -3.4028235e38, 1.7014117e38, 1e38))):
    s = np.float32(scale)
    for x in np.array(xs, 'float32'):
        print('value %d %08x %08x %08x' % (b, bits(s), bits(x), bits(quantize(np.array([x]), s, b)[0])))
