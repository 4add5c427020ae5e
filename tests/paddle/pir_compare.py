"""Are the outputs of two runs the same? Within 1e-5 of the range of an output, 4e-3 for FP16; integers exactly."""
import numpy


def difference(expected_file, actual_file):
    """None, or in words what differs."""
    expected, actual = numpy.load(expected_file), numpy.load(actual_file)
    if len(expected.files) != len(actual.files):
        return f'{len(actual.files)} outputs in the place of {len(expected.files)}'
    for number, (a, b) in enumerate(zip((expected[f] for f in expected.files), (actual[f] for f in actual.files))):
        if a.shape != b.shape or a.dtype != b.dtype:
            return f'output {number}: {b.dtype} {list(b.shape)} in the place of {a.dtype} {list(a.shape)}'
        if not a.size:
            continue
        if a.dtype.kind not in 'fc':
            if not (a == b).all():
                return f'output {number}: {int((a != b).sum())} of {a.size} values differ'
            continue
        finite = numpy.isfinite(a)
        if not (numpy.where(finite, 0, a).astype(str) == numpy.where(numpy.isfinite(b), 0, b).astype(str)).all():
            return f'output {number}: other values are not finite'
        a, b = a[finite].astype(float), b[finite].astype(float)
        if not a.size:
            continue
        spread = max(a.max() - a.min(), numpy.abs(a).max(), 1e-30)
        off = numpy.abs(a - b).max() / spread
        if off > (4e-3 if expected[expected.files[number]].dtype == numpy.float16 else 1e-5):
            return f'output {number}: {off:.1e} of the range off'
    return None
