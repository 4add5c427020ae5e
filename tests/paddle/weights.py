"""Weight-only storage: what `pdquant weights` writes for float models against what WeightQuantization of paddlepaddle 2.6.2 writes, and against Paddle-Lite.
Usage: weights.py PDQUANT FOLDER. FOLDER has MODEL/float/model.pdmodel and .pdiparams, and MODEL/test.npz. With PDQUANT_LITE, a Python 3.7 that has paddlelite 2.12, the
models run in Paddle-Lite on x86, too; without it that IS NOT TESTED, and said. Ends with the line `N passed, N failed`."""
import os
import subprocess
import sys
import tempfile

import numpy as np
import paddle
from paddle.static.quantization import WeightQuantization

from models import off, paddle_lite

KINDS = ['abs_max', 'channel_wise_abs_max']


def load(prefix):
    scope = paddle.static.Scope()
    exe = paddle.static.Executor(paddle.CPUPlace())
    with paddle.static.scope_guard(scope):
        return (scope, exe) + tuple(paddle.static.load_inference_model(prefix, exe))


def stored(prefix):
    """By weight: the integers, the steps and the other attributes of its op."""
    scope, _, program, _, _ = load(prefix)
    found = {}
    for block in program.blocks:
        for op in block.ops:
            for name in op.input_arg_names:
                if op.has_attr(name + '_quant_scale'):
                    attributes = (op.attr('quantization_type'), op.attr('quantize_weight_bits'))
                    found[name] = (np.array(scope.find_var(name).get_tensor()), np.array(op.attr(name + '_quant_scale'), 'float32'), attributes, op.type)
    return found


def scaled(prefix, feed):
    """What the model computes with its weights scaled back."""
    scope, exe, program, names, targets = load(prefix)
    for name, (integers, steps, _, kind) in stored(prefix).items():
        shape = [1] * integers.ndim
        shape[0 if 'conv' in kind else -1] = len(steps)
        scope.find_var(name).get_tensor().set((integers * steps.reshape(shape)).astype('float32'), paddle.CPUPlace())
    with paddle.static.scope_guard(scope):
        return [np.asarray(v) for v in exe.run(program, feed={n: feed[n] for n in names}, fetch_list=targets)]


def against_paddle(model, ours, folder, bits, kind):
    """Empty, or what differs for the ops that Paddle stores weights of."""
    WeightQuantization(model + '/float', 'model.pdmodel', 'model.pdiparams').quantize_weight_to_int(
        folder + '/paddle', 'model.pdmodel', 'model.pdiparams', ['conv2d', 'depthwise_conv2d', 'mul'], bits, kind)
    for name, (integers, steps, attributes, _) in stored(folder + '/paddle/quantized_model/model').items():
        if name not in ours or ours[name][0].dtype != integers.dtype or ours[name][2] != attributes or not np.array_equal(ours[name][1], steps):
            return f'{name} differs'
        # What lies on the border between two integers may be either.
        distance = np.abs(ours[name][0].astype('int32') - integers)
        if distance.max() > 1 or distance.mean() > 0.01:
            return f'{name}: {distance.max()} off'
    return ''


def against_lite(prefix, model, folder):
    if not os.environ.get('PDQUANT_LITE'):
        return ''
    feed = dict(np.load(model + '/test.npz'))
    want = scaled(prefix, feed)
    away = off(paddle_lite(prefix, feed, folder), want)
    return '' if away <= 1e-6 else f'Paddle-Lite is {away} off'


def main():
    pdquant, corpus = os.path.abspath(sys.argv[1]), sys.argv[2]
    if not os.environ.get('PDQUANT_LITE'):
        print('No PDQUANT_LITE: Paddle-Lite IS NOT TESTED.')
    passed = failed = 0
    for name in sorted(os.listdir(corpus)):
        model = os.path.join(corpus, name)
        if not os.path.isdir(model + '/float'):
            continue
        for bits in (8, 16):
            for kind in KINDS:
                with tempfile.TemporaryDirectory() as folder:
                    prefix = folder + '/ours/model'
                    os.mkdir(folder + '/ours')
                    subprocess.run([pdquant, 'weights', model + '/float/model', '-o', prefix, '--bits', str(bits), '--weight-quantize-type', kind, '-q'], check=True)
                    wrong = against_paddle(model, stored(prefix), folder, bits, kind) or against_lite(prefix, model, folder)
                passed, failed = passed + (not wrong), failed + bool(wrong)
                if wrong:
                    print(f'{name} {bits} {kind}: {wrong}', flush=True)
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed != 0)


if __name__ == '__main__':
    main()
