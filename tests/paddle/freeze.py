"""Trains small simulated networks in paddlepaddle 1.8.5, freezes them with pdquant, and compares what both compute there: the frozen
model, and the one that undo makes of it and of its int8 form. Each network is a case that freezing can get wrong.
Usage: freeze.py PDQUANT [NETWORK ...]. Ends with the line `N passed, N failed`."""
import os
import subprocess
import sys
import tempfile

import numpy as np
import paddle.fluid as fluid
from paddle.fluid import layers as L

RANGE = 1e-5  # of the outputs' range
FLIPS = 1e-4  # with 16 bits in three layers in turn: a rounding may fall the other way


def x_(width=13):
    return fluid.data('x', [None, width], 'float32')


def fetched():
    """The product itself is the output."""
    x = x_()
    return x, L.fc(L.fc(x, 8, act='relu'), 4, bias_attr=False)


def inplace_batch_norm(in_place=False):
    """The product is overwritten in place. Training can't run in place, so the saved program alone is."""
    x = fluid.data('x', [None, 3, 8, 8], 'float32')
    h = L.batch_norm(L.conv2d(x, 4, 3, bias_attr=False), in_place=in_place)
    return x, L.fc(L.relu(h), 4)


def float_reader():
    """An op in float reads the weight, too."""
    x = x_(16)
    h = L.fc(x, 16, param_attr='tied', bias_attr=False)
    total = L.reduce_sum(fluid.default_main_program().global_block().var('tied'), dim=0)
    return x, L.fc(L.elementwise_add(h, total), 4)


def zero_weight():
    x = x_()
    zero = fluid.ParamAttr(initializer=fluid.initializer.Constant(0.0), trainable=False)
    return x, L.elementwise_add(L.fc(L.fc(x, 8, act='relu'), 4, param_attr=zero), L.fc(x, 4))


def two_activations():
    x = x_(8)
    a, b = L.fc(x, 8, act='relu'), L.transpose(L.fc(x, 8), [1, 0])
    return x, L.reduce_sum(L.mul(a, b), dim=1, keep_dim=True)


def squared():
    x = fluid.data('x', [8, 8], 'float32')
    a = L.fc(x, 8, act='tanh')
    return x, L.mul(a, a)


def two_weights():
    x = x_(8)
    w1, w2 = [L.create_parameter(s, 'float32', name=n) for s, n in (([8, 6], 'w1'), ([6, 5], 'w2'))]
    return x, L.matmul(x, L.mul(w1, w2))


def shared_weight():
    x, tied = x_(16), fluid.ParamAttr(name='tied')
    h = L.fc(L.fc(x, 16, param_attr=tied, act='relu'), 16, param_attr=tied, act='tanh')
    return x, L.fc(h, 16, param_attr=tied)


def branches():
    x = x_()
    h = L.fc(x, 8, act='relu')
    flag = L.less_than(L.reduce_mean(h), L.fill_constant([1], 'float32', 0.5))
    return x, L.fc(L.cond(flag, lambda: L.fc(h, 4), lambda: L.fc(h, 4)), 3)


def loop():
    x = x_(8)
    i, n = L.fill_constant([1], 'int64', 0), L.fill_constant([1], 'int64', 3)

    def body(i, h):
        return [L.elementwise_add(i, L.fill_constant([1], 'int64', 1)), L.fc(h, 8, act='tanh', param_attr='w', bias_attr='b')]
    return x, L.fc(L.while_loop(lambda i, h: L.less_than(i, n), body, [i, L.fc(x, 8, act='tanh')])[1], 3)


def recurrent():
    x = fluid.data('x', [5, 4, 8], 'float32')
    steps, rnn = L.fc(x, 8, num_flatten_dims=2), L.StaticRNN()
    with rnn.step():
        w = rnn.step_input(steps)
        previous = rnn.memory(shape=[-1, 8], batch_ref=w)
        h = L.fc([w, previous], 8, act='tanh')
        rnn.update_memory(previous, h)
        rnn.step_output(h)
    return x, L.fc(L.reduce_mean(rnn(), dim=0), 3)


NETWORKS = [fetched, inplace_batch_norm, float_reader, zero_weight, two_activations, squared, two_weights, shared_weight, branches, loop,
            recurrent]
# Bits and types: weights, activations.
CONFIGURATIONS = {'dynamic': (8, 8, 'abs_max', 'abs_max'), 'window': (8, 8, 'abs_max', 'range_abs_max'),
                  'average': (8, 8, 'abs_max', 'moving_average_abs_max'), 'trained weights': (6, 8, 'moving_average_abs_max', 'range_abs_max'),
                  '16 bits': (16, 16, 'abs_max', 'moving_average_abs_max')}


class Case:
    def __init__(self, pdquant, network, configuration, folder):
        self.pdquant, self.network, self.folder = pdquant, network, folder
        w, a, wt, at = configuration
        self.options = ['--weight-bits=%d' % w, '--activation-bits=%d' % a, '--weight-quantize-type=' + wt, '--activation-quantize-type=' + at,
                        '--window-size=20']
        self.exe = fluid.Executor(fluid.CPUPlace())

    def run_pdquant(self, *arguments):
        subprocess.run([self.pdquant] + list(arguments) + ['-q'], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def save(self, program, name):
        with open(self.path(name), 'wb') as file:
            file.write(program.desc.serialize_to_string())

    def load(self, name):
        with open(self.path(name), 'rb') as file:
            return fluid.Program.parse_from_string(file.read())

    def transpile(self, loss_of):
        main, startup = fluid.Program(), fluid.Program()
        main.random_seed = startup.random_seed = 5
        with fluid.program_guard(main, startup):
            x, output = self.network()
            loss = loss_of(output)
            fluid.optimizer.SGD(0.01).minimize(loss)
        self.save(main, 'main.pb')
        self.save(startup, 'startup.pb')
        if self.network is inplace_batch_norm:
            main = fluid.Program()
            with fluid.unique_name.guard(), fluid.program_guard(main, fluid.Program()):
                x, output = self.network(in_place=True)
        self.save(main, 'for_test.pb')
        self.run_pdquant('transpile', self.path('main.pb'), '-o', self.path('q.pb'), '--startup', self.path('startup.pb'),
                         '--startup-out', self.path('qs.pb'), *self.options)
        self.run_pdquant('transpile', self.path('for_test.pb'), '-o', self.path('t.pb'), '--startup', self.path('startup.pb'),
                         '--startup-out', self.path('ts.pb'), '--for-test', *self.options)
        return x, output, loss

    def train(self):
        """Leaves the trained simulation in the folder `quant`; returns a batch to run it on."""
        x, output, loss = self.transpile(lambda out: L.mean(L.square(out)))
        rng = np.random.RandomState(1)
        shape = [8 if d < 0 else d for d in x.shape]
        self.exe.run(self.load('qs.pb'))
        trained = self.load('q.pb')
        for _ in range(6):
            self.exe.run(trained, feed={'x': rng.randn(*shape).astype('float32')}, fetch_list=[loss.name])
        test = self.load('t.pb')
        fluid.io.save_inference_model(self.path('quant'), ['x'], [test.global_block().var(output.name)], self.exe, test, '__model__', '__params__')
        return rng.randn(*shape).astype('float32')

    def compute(self, name, batch):
        with fluid.scope_guard(fluid.Scope()):
            program, feeds, targets = fluid.io.load_inference_model(self.path(name), self.exe, '__model__', '__params__')
            return self.exe.run(program, feed={feeds[0]: batch}, fetch_list=targets)[0]

    def run(self):
        with fluid.scope_guard(fluid.Scope()), fluid.unique_name.guard():
            batch = self.train()
        self.run_pdquant('freeze', self.path('quant'), '-o', self.path('frozen'))
        self.run_pdquant('int8', self.path('frozen'), '-o', self.path('int8'))
        self.run_pdquant('undo', self.path('frozen'), '-o', self.path('undone'))
        self.run_pdquant('undo', self.path('int8'), '-o', self.path('undone_int8'))
        expected, frozen = self.compute('quant', batch), self.compute('frozen', batch)
        undone, undone_int8 = self.compute('undone', batch), self.compute('undone_int8', batch)
        assert np.isfinite(frozen).all()
        scale = float(np.abs(expected).max())
        return float(np.abs(frozen - expected).max()) / scale, float(np.abs(undone - undone_int8).max()) / scale


def main():
    passed = failed = 0
    for network in NETWORKS:
        if sys.argv[2:] and network.__name__ not in sys.argv[2:]:
            continue
        for name, configuration in CONFIGURATIONS.items():
            what = '%s, %s' % (network.__name__, name)
            try:
                with tempfile.TemporaryDirectory() as folder:
                    difference, undone = Case(os.path.abspath(sys.argv[1]), network, configuration, folder).run()
                limit = FLIPS if name == '16 bits' else RANGE
                ok, text = difference <= limit and undone <= 1e-6, 'frozen %.1e, undone %.1e of the range' % (difference, undone)
            except Exception as error:
                ok, text = False, repr(error)[-300:]
            passed, failed = passed + ok, failed + (not ok)
            print('%s %s: %s' % ('ok  ' if ok else 'FAIL', what, text), flush=True)
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(1 if failed else 0)


main()
