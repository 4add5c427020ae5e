"""The same as freeze.py in paddlepaddle 2.6.2, whose ops, attributes and file names differ: P.pdmodel beside P.pdiparams.
Usage: freeze26.py PDQUANT [--only NETWORK ...] [--predictor PYTHON ...]. Ends with the line `N passed, N failed`.
With --predictor, Paddle Inference of that Python, with its passes on and off, computes what the simulation does, of each frozen model."""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import paddle
from paddle import static
from paddle.nn import functional as F

RANGE = 1e-5
FLIPS = 1e-4  # see freeze.py
STEP = 5e-2   # the linear form has one integer more below -scale, and rounds ties to even: a value may move by a step


def fc(x, size, dims=1, **more):
    return static.nn.fc(x, size, num_flatten_dims=dims, **more)


def x_(width=13):
    return static.data('x', [None, width], 'float32')


def chain():
    """A product that the next op quantizes, and one that is the output."""
    return x_(), lambda x: fc(fc(x, 8, bias_attr=False), 4, bias_attr=False)


def convolutions():
    def build(x):
        h = F.relu(static.nn.batch_norm(static.nn.conv2d(x, 8, 3, padding=1, groups=2, bias_attr=False)))
        h = static.nn.conv2d(h, 8, 3, padding=1, groups=8, use_cudnn=False)
        return fc(F.avg_pool2d(h, 2), 4)
    return static.data('x', [None, 4, 8, 8], 'float32'), build


def tied():
    """A weight that is read in float, and quantized by two ops."""
    def build(x):
        w = static.create_parameter([16, 16], 'float32', name='tied')
        mul = paddle.base.layer_helper.LayerHelper('mul')

        def product(a):
            out = mul.create_variable_for_type_inference('float32')
            mul.append_op(type='mul', inputs={'X': a, 'Y': w}, outputs={'Out': out}, attrs={'x_num_col_dims': 1, 'y_num_col_dims': 1})
            return out
        return product(F.relu(product(x))) + paddle.matmul(x, w, transpose_y=True)
    return x_(16), build


def branches():
    def build(x):
        h = F.relu(fc(x, 8))
        return fc(static.nn.cond(paddle.mean(h) < 0.5, lambda: fc(h, 4), lambda: fc(h, 4)), 3)
    return x_(), build


def loop():
    def build(x):
        i = paddle.zeros([1], 'int64')
        attr = dict(weight_attr='w', bias_attr='b')
        return fc(static.nn.while_loop(lambda i, h: i < 3, lambda i, h: [i + 1, F.tanh(fc(h, 8, **attr))], [i, F.tanh(fc(x, 8))])[1], 3)
    return x_(8), build


def flattened():
    return static.data('x', [None, 6, 10], 'float32'), lambda x: fc(F.dropout(paddle.reshape(fc(x, 8, 2), [0, 3, 16]), 0.5), 5, 2)


def sides():
    """A weight on the right, transposed, and on the left; one in two orientations."""
    def build(x):
        w = static.create_parameter([8, 6], 'float32', name='right')
        v = static.create_parameter([5, 6], 'float32', name='transposed')
        left = static.create_parameter([4, 6], 'float32', name='left')
        h = F.tanh(paddle.matmul(x, w))
        h = F.tanh(paddle.matmul(F.tanh(paddle.matmul(h, v, transpose_y=True)), v))
        h = F.tanh(paddle.matmul(left, h, transpose_y=True))
        return fc(paddle.transpose(h, [1, 0]), 3)
    return x_(8), build


def derived():
    """conv1d reads its filter through unsqueeze2; a product reads its weight transposed."""
    def build(x):
        w = static.create_parameter([6, 4, 3], 'float32', name='filter')
        v = static.create_parameter([5, 6], 'float32', name='rows')
        h = F.relu(F.conv1d(x, w, padding=1))
        return paddle.matmul(paddle.mean(h, axis=2), paddle.transpose(v, [1, 0]))
    return static.data('x', [None, 4, 10], 'float32'), build


NETWORKS = [chain, convolutions, tied, branches, loop, flattened, sides, derived]
AVERAGE = ['--activation-quantize-type=moving_average_abs_max']
CHANNELS = ['--weight-quantize-type=channel_wise_abs_max']
# The options of transpile, and the forms to freeze to; those of 8 bits with static scales have two.
CONFIGURATIONS = {
    'dynamic': ([], ['legacy']),
    'window': (['--activation-quantize-type=range_abs_max'], ['legacy', 'linear']),
    'average': (AVERAGE, ['legacy', 'linear']),
    'mean': (['--activation-quantize-type=window_mean_abs_max', '--window-size=4'], ['legacy', 'linear']),
    'trained weights': (['--weight-bits=6', '--weight-quantize-type=moving_average_abs_max', '--activation-quantize-type=range_abs_max'], ['legacy']),
    '16 bits': (['--weight-bits=16', '--activation-bits=16', *AVERAGE], ['legacy']),
    'channels': (CHANNELS, ['legacy']),
    'channels, average': ([*CHANNELS, *AVERAGE, '--weight-bits=6'], ['legacy', 'linear']),
    'fused': (['--form=fused', *AVERAGE], ['legacy', 'linear']),
    'fused, channels': (['--form=fused', *CHANNELS, *AVERAGE, '--unbiased-start'], ['legacy', 'linear']),
    'fused, dynamic': (['--form=fused', *CHANNELS], ['legacy']),
    'linear': (['--form=linear'], ['linear', 'legacy']),
    'linear, channels': (['--form=linear', *CHANNELS], ['linear', 'legacy']),
    'linear, mean': (['--form=linear', '--activation-quantize-type=window_mean_abs_max', *CHANNELS], ['linear', 'legacy']),
}


def save(program, path):
    with open(path, 'wb') as file:
        file.write(program.desc.serialize_to_string())


def load(path):
    with open(path, 'rb') as file:
        return static.Program.parse_from_string(file.read())


def pdquant(*arguments):
    subprocess.run([os.path.abspath(options.pdquant), *arguments, '-q'], check=True)


def train(network, configuration, folder):
    """Leaves the trained simulation in quant.pdmodel; returns a batch to run it on."""
    main, startup, test = static.Program(), static.Program(), static.Program()
    main.random_seed = startup.random_seed = 5
    with static.program_guard(main, startup):
        x, build = network()
        out = build(x)
        test = main.clone(for_test=True)
        loss = paddle.mean(paddle.square(out))
        paddle.optimizer.SGD(0.01).minimize(loss)
    for name, program in (('main', main), ('startup', startup), ('test', test)):
        save(program, f'{folder}/{name}.pb')
    rewriting = ['--window-size=20', *configuration]
    pdquant('transpile', f'{folder}/main.pb', '-o', f'{folder}/q.pb', '--startup', f'{folder}/startup.pb', '--startup-out', f'{folder}/qs.pb', *rewriting)
    pdquant('transpile', f'{folder}/test.pb', '-o', f'{folder}/t.pb', '--for-test', *rewriting)
    exe = static.Executor(paddle.CPUPlace())
    rng = np.random.RandomState(1)
    shape = [8 if d < 0 else d for d in x.shape]
    exe.run(load(f'{folder}/qs.pb'))
    trained = load(f'{folder}/q.pb')
    for _ in range(6):
        exe.run(trained, feed={'x': rng.randn(*shape).astype('float32')}, fetch_list=[loss.name])
    program = load(f'{folder}/t.pb')
    block = program.global_block()
    static.save_inference_model(f'{folder}/quant', [block.var('x')], [block.var(out.name)], exe, program=program)
    return rng.randn(*shape).astype('float32')


def compute(prefix, batch):
    with static.scope_guard(static.Scope() if hasattr(static, 'Scope') else paddle.base.core.Scope()):
        exe = static.Executor(paddle.CPUPlace())
        program, feeds, targets = static.load_inference_model(prefix, exe)
        return exe.run(program, feed={feeds[0]: batch}, fetch_list=targets)[0]


def case(network, configuration, forms, folder):
    """For each form the distance of what is frozen, and of what undo makes of it, in parts of the range."""
    with static.scope_guard(paddle.base.core.Scope()), paddle.utils.unique_name.guard():
        batch = train(network, configuration, folder)
    expected = compute(f'{folder}/quant', batch)
    np.savez(f'{folder}/batch.npz', x=batch)
    np.save(f'{folder}/expected.npy', expected)
    scale = float(np.abs(expected).max())

    def distance(a, b):
        assert np.isfinite(a).all()
        return float(np.abs(a - b).max()) / scale
    for form in forms:
        pdquant('freeze', f'{folder}/quant', '-o', f'{folder}/{form}', '--form', form)
        pdquant('int8', f'{folder}/{form}', '-o', f'{folder}/{form}8')
        for source in (form, form + '8'):
            pdquant('undo', f'{folder}/{source}', '-o', f'{folder}/{source}.undone')
        undone = compute(f'{folder}/{form}.undone', batch)
        yield form, distance(compute(f'{folder}/{form}', batch), expected), distance(compute(f'{folder}/{form}8.undone', batch), undone)


def tolerance(name, form):
    own = 'linear' if name.startswith('linear') else 'legacy'
    return STEP if form != own else FLIPS if name == '16 bits' else RANGE


def judge(name, network, folder):
    """What was measured, and whether it is all right."""
    configuration, forms = CONFIGURATIONS[name]
    ok, texts = True, []
    for form, frozen, undone in case(network, configuration, forms, folder):
        ok = ok and frozen <= tolerance(name, form) and undone <= 1e-6
        texts.append(f'{form} {frozen:.1e}, undone {undone:.1e}')
    return ok, '; '.join(texts) + ' of the range'


def predict(python, cases):
    """What the predictor of another Python computes wrong: (case, form, passes, why)."""
    jobs, wrong = [], []
    for folder, name in cases:
        for form in CONFIGURATIONS[name][1]:
            for passes in (True, False):
                jobs.append(dict(model=f'{folder}/{form}.pdmodel', params=f'{folder}/{form}.pdiparams', inputs=f'{folder}/batch.npz', passes=passes,
                                 outputs=f'{folder}/{form}.out.npz', folder=folder, name=name, form=form))
    with tempfile.NamedTemporaryFile('w', suffix='.json') as file:
        json.dump(jobs, file)
        file.flush()
        runner = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'predictor_runner.py')
        answers = subprocess.run([python, runner, file.name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True).stdout.splitlines()
    for job, answer in zip(jobs, answers + ['"no answer"'] * (len(jobs) - len(answers))):
        why = json.loads(answer)
        if why is None:
            expected = np.load(job['folder'] + '/expected.npy')
            got = np.load(job['outputs'])['arr_0']
            off = float(np.abs(got - expected).max()) / float(np.abs(expected).max())
            why = None if off <= tolerance(job['name'], job['form']) else f'off by {off:.1e} of the range'
        if why is not None:
            wrong.append('%s, %s, passes %s: %s' % (os.path.basename(job['folder']), job['form'], 'on' if job['passes'] else 'off', why))
    return len(jobs), wrong


def main():
    paddle.enable_static()
    passed = failed = 0
    cases = []
    with tempfile.TemporaryDirectory() as scratch:
        for network in NETWORKS:
            for name in CONFIGURATIONS if not options.only or network.__name__ in options.only else ():
                folder = os.path.join(scratch, f'{network.__name__}, {name}')
                os.mkdir(folder)
                try:
                    ok, text = judge(name, network, folder)
                    cases.append((folder, name))
                except Exception as error:
                    ok, text = False, repr(error)[-300:]
                passed, failed = passed + ok, failed + (not ok)
                print('%s %s, %s: %s' % ('ok  ' if ok else 'FAIL', network.__name__, name, text), flush=True)
        for python in options.predictor:
            count, wrong = predict(python, cases)
            passed, failed = passed + count - len(wrong), failed + len(wrong)
            print('%s: %d runs of Paddle Inference, %d wrong%s' % (python, count, len(wrong), ''.join('\nFAIL ' + line for line in wrong)), flush=True)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('pdquant')
parser.add_argument('--only', nargs='*', default=[])
parser.add_argument('--predictor', nargs='*', default=[])
options = parser.parse_args()
sys.exit(main())
