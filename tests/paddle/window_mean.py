"""--activation-quantize-type window_mean_abs_max in the real Paddle, 1.8.5 or 2.6.2: the scales of twelve training steps are numpy's mean of the
last N values of max|x|, in a loop too; what save_inference_model leaves has the scales alone, computes what the test form does, and freezes.
Usage: window_mean.py PDQUANT. Ends with the line `N passed, N failed`."""
import os
import subprocess
import sys
import tempfile

import numpy as np
import paddle

OLD = paddle.__version__.startswith('1')
if OLD:
    import paddle.fluid as static
    from paddle.fluid import unique_name
else:
    paddle.enable_static()
    from paddle import static
    from paddle.base import unique_name

STEPS, TURNS, ROWS, WIDTH = 12, 3, 4, 8
BITS = ['--weight-bits=16', '--activation-bits=16']  # what is left beside float is the clipping, which numpy does as well
place = static.CPUPlace() if OLD else paddle.CPUPlace()
new_scope = static.core.Scope if OLD else static.Scope


def loop(body, h):
    """h after TURNS of the body, in a while op."""
    if OLD:
        i, n = (static.layers.fill_constant([1], 'int64', value) for value in (0, TURNS))
        return static.layers.while_loop(lambda i, h: static.layers.less_than(i, n), lambda i, h: [i + 1, body(h)], [i, h])[1]
    i, n = (paddle.full([1], value, 'int64') for value in (0, TURNS))
    return static.nn.while_loop(lambda i, h: i < n, lambda i, h: [i + 1, body(h)], [i, h])[1]


def build(looped):
    """x W, tanh, the loop's product with a weight of its own, and a second product; the weights stand still, so that numpy can follow."""
    main, startup = static.Program(), static.Program()
    with unique_name.guard(), static.program_guard(main, startup):
        x = static.data('x', [ROWS, WIDTH], 'float32')
        layers = static.layers if OLD else static
        product, tanh = (layers.mul, layers.tanh) if OLD else (paddle.matmul, paddle.tanh)
        first, inner, last = (layers.create_parameter([WIDTH, WIDTH], 'float32', name) for name in ('first', 'inner', 'last'))
        h = tanh(product(x, first))
        if looped:
            h = loop(lambda h: tanh(product(h, inner)), h)
        out = product(h, last)
        loss = layers.mean(out) if OLD else paddle.mean(out)
        (static.optimizer.SGD if OLD else paddle.optimizer.SGD)(0.0).minimize(loss)
    return main, startup, out.name


def batch(step):
    random = np.random.RandomState(step)
    return (random.randn(ROWS, WIDTH) * (1 + 0.8 * np.sin(2.0 * step))).astype('float32')


def expected(weights, looped, window):
    """By step: the scale of what each weight is multiplied with, and the output."""
    maxima, steps = {name: [] for name in weights}, []

    def multiply(x, name):
        maxima[name].append(np.abs(x).max())
        scale = np.mean(maxima[name][-window:])
        return np.clip(x, -scale, scale) @ weights[name]

    for step in range(STEPS):
        h = np.tanh(multiply(batch(step).astype('float64'), 'first'))
        for _ in range(TURNS if looped else 0):
            h = np.tanh(multiply(h, 'inner'))
        out = multiply(h, 'last')
        steps.append(({name: np.mean(seen[-window:]) for name, seen in maxima.items() if seen}, out))
    return steps


def scales_of(program):
    """By weight: the scale that the op reading it has for its other operand."""
    makers, scales = {}, {}
    ops = [op for block in program.blocks for op in block.ops]
    for op in ops:
        for name in op.output_arg_names:
            makers.setdefault(name, op)

    def pair_of(name):
        dequantize = makers[name]
        quantize = makers[dequantize.input('X')[0]]
        return quantize.input('X')[0], dequantize.input('Scale')[0]

    for op in ops:
        if op.type in ('mul', 'matmul_v2'):
            scales[pair_of(op.input('Y')[0])[0]] = pair_of(op.input('X')[0])[1]
    return scales


class Case:
    def __init__(self, pdquant, looped, window, folder):
        self.pdquant, self.looped, self.window, self.folder = pdquant, looped, window, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *arguments):
        done = subprocess.run([self.pdquant] + list(arguments), cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        assert done.returncode == 0, '%s: %s' % (' '.join(arguments), done.stdout)

    def transpiled(self):
        main, startup, out = build(self.looped)
        for name, program in (('main.pb', main), ('startup.pb', startup)):
            with open(self.path(name), 'wb') as file:
                file.write(program.desc.serialize_to_string())
        rewrite = ['transpile', 'main.pb', '--activation-quantize-type=window_mean_abs_max', '--window-size=%d' % self.window] + BITS
        self.run(*rewrite + ['--startup', 'startup.pb', '-o', 'q.pb', '--startup-out', 'q.startup.pb'])
        self.run(*rewrite + ['--for-test', '-o', 'test.pb'])
        programs = [static.Program.parse_from_string(open(self.path(name), 'rb').read()) for name in ('q.pb', 'q.startup.pb', 'test.pb')]
        return programs + [out]

    def judge(self):
        """What is wrong, a line each."""
        main, startup, test, out = self.transpiled()
        exe, scope = static.Executor(place), new_scope()
        with static.scope_guard(scope):
            exe.run(startup)
            value = lambda name: np.array(scope.find_var(name).get_tensor())
            weights = {name: value(name).astype('float64') for name in (['first', 'inner', 'last'] if self.looped else ['first', 'last'])}
            scales = scales_of(main)
            wrong = []
            for step, (want, output) in enumerate(expected(weights, self.looped, self.window)):
                got = exe.run(main, feed={'x': batch(step)}, fetch_list=[out])[0]
                for name, scale in want.items():
                    # What is fed is known to the last digit; what is computed, up to the rounding to 16 bits.
                    if abs(value(scales[name]).item() - scale) > (1e-6 if name == 'first' else 1e-3) * scale:
                        wrong.append('step %d, what %s multiplies: scale %s, by numpy %s' % (step, name, value(scales[name]), scale))
                if np.abs(got - output).max() > 1e-3 * np.abs(output).max():
                    wrong.append('step %d: another output than numpy\'s' % step)
            return wrong + self.judge_saved(main, test, out, exe)

    def judge_saved(self, main, test, out, exe):
        x = batch(STEPS)
        simulated = exe.run(test, feed={'x': x}, fetch_list=[out])[0]
        block = main.global_block()
        if OLD:
            static.io.save_inference_model(self.path('saved'), ['x'], [block.var(out)], exe, main_program=main)
        else:
            os.mkdir(self.path('saved'))
            static.save_inference_model(self.path('saved/model'), [block.var('x')], [block.var(out)], exe, program=main)
        self.run('freeze', 'saved', '-o', 'frozen')
        wrong = []
        for folder in ('saved', 'frozen'):
            with static.scope_guard(new_scope()):
                load = static.io.load_inference_model if OLD else static.load_inference_model
                program, _, fetched = load(self.path(folder if OLD else folder + '/model'), exe)
                got = exe.run(program, feed={'x': x}, fetch_list=fetched)[0]
            left = {op.type for b in program.blocks for op in b.ops} & {'reduce_sum', 'elementwise_div', 'clip'}
            if left:
                wrong.append('%s: %s of the estimator is left' % (folder, ', '.join(sorted(left))))
            if np.abs(got - simulated).max() > 1e-4 * np.ptp(simulated):  # a value on a tie moves by a step of 16 bits, 3e-5
                wrong.append('%s: computes something else than the test form' % folder)
        return wrong


def main():
    pdquant, failed, passed = os.path.abspath(sys.argv[1]), 0, 0
    for looped in (False, True):
        for window in (3, 5, 100):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    wrong = Case(pdquant, looped, window, folder).judge()
                except Exception as error:  # pylint: disable=broad-except # the others are run, too
                    wrong = ['%s: %s' % (type(error).__name__, error)]
            name = 'window mean, N = %d%s' % (window, ', in a loop' if looped else '')
            print('%s %s%s' % ('ok    ' if not wrong else 'FAILED', name, ''.join('\n       ' + w for w in wrong)), flush=True)
            failed, passed = failed + bool(wrong), passed + (not wrong)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
