"""Quantizes float inference models of paddlepaddle 2.6.2 with the scales that a calibration found, and runs the result there: in both forms, with one scale
for each weight and with one for each channel. Right is what each model computes where every op of the table gets, for each activation that it reads, a
quantize and a dequantize op of its own just in front of it, and a weight that numpy rounded: within 1e-5 of each output's largest value. At 16 bits, with
scales that clip nothing, the outputs are those of the float model within 1e-3; with every batch_norm folded and nothing quantized within 1e-6. Without MODEL also
transposed convolutions in groups and weights in another shape than their parameter, made here, the latter with graph passes, too.
Usage: quantize.py PDQUANT CORPUS [MODEL ...]. Ends with the line `N passed, N failed`."""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import paddle

from models import arrays, executor, off, predictor

TOLERANCE = 1e-5
TOLERANCE_WIDE = 1e-3
TOLERANCE_FOLDED = 1e-6
FORMS = [(form, scales) for form in ('legacy', 'linear') for scales in ('tensor', 'channel')]
TYPES = {'tensor': 'abs_max', 'channel': 'channel_wise_abs_max'}


def quantize(pdquant, model, scales, form, kind, bits, out):
    subprocess.run([pdquant, 'quantize', model + '/model', '-o', out, '--scales', model + '/' + scales, '--form', form, '--weight-quantize-type', TYPES[kind],
                    '--weight-bits', str(bits), '--activation-bits', str(bits), '-q'], check=True)
    subprocess.run([pdquant, 'check', out, '-q', '--strict'], check=True, stdout=subprocess.DEVNULL)


def check(pdquant, model, folder):
    """What is measured, and whether it is right."""
    feed, floats = dict(np.load(model + '/test.npz')), arrays(model + '/outputs.npz')
    with open(model + '/meta.json') as file:
        meta = json.load(file)
    worst, right = 0.0, True
    for form, kind in FORMS:
        quantize(pdquant, model, 'scales.json', form, kind, 8, folder + '/m')
        got = executor(folder + '/m', feed)
        away = off(got, arrays('%s/right_%s_%s.npz' % (model, form, kind)))
        if away > TOLERANCE and form + '_' + kind in meta['ambiguous']:  # another good axis: as close to float
            away = 0.0 if off(got, floats) <= max(2 * meta['right_off_float'][form + '_' + kind], 0.02) else away
        worst, right = max(worst, away), right and away <= TOLERANCE
    wide = 0.0
    for kind in TYPES:
        quantize(pdquant, model, 'scales_wide.json', 'legacy', kind, 16, folder + '/m')
        wide = max(wide, off(executor(folder + '/m', feed), floats))
    with open(folder + '/none.json', 'w') as file:
        file.write('{}')
    subprocess.run([pdquant, 'quantize', model + '/model', '-o', folder + '/m', '--scales', folder + '/none.json', '--fold-batch-norm', '-q'], check=True)
    folded = off(executor(folder + '/m', feed), floats)
    measured = '8 bits %.1e, 16 bits %.1e, folded %.1e' % (worst, wide, folded)
    return measured, right and wide <= TOLERANCE_WIDE and folded <= TOLERANCE_FOLDED


def export_transposed(prefix, x, groups, bias):
    """A transposed convolution in groups with a batch_norm behind it, whose statistics are no 0 and 1."""
    main, startup = paddle.static.Program(), paddle.static.Program()
    with paddle.static.program_guard(main, startup), paddle.static.scope_guard(paddle.static.Scope()):
        paddle.seed(groups)
        given = paddle.static.data('x', [-1] + list(x.shape[1:]))
        norm = paddle.nn.BatchNorm2D(3 * groups)
        conv = paddle.nn.Conv2DTranspose(x.shape[1], 3 * groups, 3, stride=2, groups=groups, bias_attr=None if bias else False)
        y = paddle.nn.functional.relu(norm(conv(given)))
        norm.eval()
        exe = paddle.static.Executor(paddle.CPUPlace())
        exe.run(startup)
        random = np.random.RandomState(groups)
        for parameter, low in ((norm.weight, 0.5), (norm.bias, -1), (norm._mean, -1), (norm._variance, 0.1), (conv.bias, -1)):
            if parameter is not None:
                paddle.static.global_scope().var(parameter.name).get_tensor().set((low + 2 * random.rand(*parameter.shape)).astype('float32'), paddle.CPUPlace())
        paddle.static.save_inference_model(prefix, [given], [y], exe, program=main.clone(for_test=True))


def check_transposed(pdquant, folder):
    """Folding finds the channel of each pair of input and output in the groups; scales are those of the folded weight."""
    x = np.random.RandomState(0).randn(2, 12, 5, 5).astype('float32')
    folded = wide = 0.0
    for groups in (1, 2, 4):
        for bias in (False, True):
            export_transposed(folder + '/t', x, groups, bias)
            want = executor(folder + '/t', {'x': x})
            for scales, bits in (({}, 8), ({'x': float(np.abs(x).max())}, 16)):
                with open(folder + '/s.json', 'w') as file:
                    json.dump(scales, file)
                for kind in TYPES:
                    subprocess.run([pdquant, 'quantize', folder + '/t', '-o', folder + '/m', '--scales', folder + '/s.json', '--fold-batch-norm', '--weight-bits', str(bits), '--activation-bits', str(bits),
                                    '--weight-quantize-type', TYPES[kind], '--report', folder + '/r.json', '-q'], check=True)
                    with open(folder + '/r.json') as file:
                        report = json.load(file)
                    if report['folded_batch_norms'] != 1 or report['products']['quantized'] != (1 if scales else 0):
                        return 'groups %d: %s' % (groups, report['ops']), False
                    away = off(executor(folder + '/m', {'x': x}), want)
                    folded, wide = (folded, max(wide, away)) if scales else (max(folded, away), wide)
    return '16 bits %.1e, folded %.1e' % (wide, folded), folded <= TOLERANCE_FOLDED and wide <= TOLERANCE_WIDE


def rounded(values, axis=None):
    scale = np.abs(values).max(axis=axis, keepdims=axis is not None)
    return np.round(values / scale * 127) * scale / 127


# How a parameter of that shape becomes a matrix of 4 rows, by ops and by numpy; whether it can be stored with a scale for each column; who else reads the matrix.
RESHAPED = {
    'cut anew': ((6, 8), lambda w: paddle.reshape(w, [4, 12]), lambda w: w.reshape(4, 12), False, None),
    'from 3 dimensions': ((2, 2, 6), lambda w: paddle.reshape(w, [4, 6]), lambda w: w.reshape(4, 6), False, None),
    'cut and transposed': ((6, 8), lambda w: paddle.transpose(paddle.reshape(w, [12, 4]), [1, 0]), lambda w: w.reshape(12, 4).T, False, None),
    'read in float': ((12, 4), lambda w: paddle.transpose(w, [1, 0]), lambda w: w.T, False, paddle.sum),
    'transposed': ((12, 4), lambda w: paddle.transpose(w, [1, 0]), lambda w: w.T, True, None),
}


def check_reshaped(pdquant, folder):
    """A weight has a scale for each channel where an axis of its parameter has them, else one."""
    random, worst = np.random.RandomState(0), 0.0
    x = random.randn(5, 4).astype('float32')
    for name, (shape, by_ops, by_numpy, channels, reader) in RESHAPED.items():
        main, startup = paddle.static.Program(), paddle.static.Program()
        weight = (random.randn(*shape) * np.exp(random.randn(*shape))).astype('float32')
        with paddle.static.program_guard(main, startup), paddle.static.scope_guard(paddle.static.Scope()):
            given = paddle.static.data('x', [-1, 4])
            parameter = paddle.static.create_parameter(list(shape), 'float32', name='w')
            matrix = by_ops(parameter)
            y = paddle.matmul(given, matrix)
            if reader is not None:
                y = y + reader(matrix)
            exe = paddle.static.Executor(paddle.CPUPlace())
            exe.run(startup)
            paddle.static.global_scope().var('w').get_tensor().set(weight, paddle.CPUPlace())
            paddle.static.save_inference_model(folder + '/r', [given], [y], exe, program=main.clone(for_test=True))
        want = rounded(x) @ rounded(by_numpy(weight), 0 if channels else None)
        if reader is not None:
            want = want + weight.sum()
        with open(folder + '/s.json', 'w') as file:
            json.dump({'x': float(np.abs(x).max())}, file)
        for form in ('legacy', 'linear'):
            subprocess.run([pdquant, 'quantize', folder + '/r', '-o', folder + '/m', '--scales', folder + '/s.json', '--form', form, '--report', folder + '/r.json', '-q'], check=True)
            with open(folder + '/r.json') as file:
                op = json.load(file)['ops'][0]
            if not op['quantized'] or channels == ('one scale for the whole weight' in op['why']):
                return '%s, %s: %s' % (name, form, op), False
            for passes in (False, True):  # which compute beforehand what only weights go into
                away = off(predictor(folder + '/m', {'x': x}, passes), [want])
                if away > TOLERANCE:
                    return '%s, %s: %.1e off' % (name, form, away), False
                worst = max(worst, away)
    return '8 bits %.1e' % worst, True


def main():
    pdquant, corpus = [os.path.abspath(a) for a in sys.argv[1:3]]
    passed = failed = 0
    cases = [(name, lambda folder, n=name: check(pdquant, os.path.join(corpus, n), folder)) for name in sys.argv[3:] or sorted(os.listdir(corpus))]
    if not sys.argv[3:]:
        cases.append(('transposed_groups', lambda folder: check_transposed(pdquant, folder)))
        cases.append(('reshaped_weights', lambda folder: check_reshaped(pdquant, folder)))
    for name, run in cases:
        with tempfile.TemporaryDirectory() as folder:
            try:
                measured, right = run(folder)
            except Exception as e:  # pylint: disable=broad-except
                measured, right = str(e).strip().split('\n')[-1], False
        passed, failed = passed + right, failed + (not right)
        print('%-20s %s: %s' % (name, 'ok' if right else 'FAILED', measured), flush=True)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
