"""Trains small simulated networks in paddlepaddle 1.8.5, freezes them with pdquant, and compares what both compute there: the frozen
model, and what undo makes of it and of its int8 form. Each network (freeze_networks.py) is a case that freezing can get wrong.
Simulations that QuantizeTranspiler made are frozen as well, those that its own freeze_program gets wrong included.
Usage: freeze.py PDQUANT [NETWORK ...]. Ends with the line `N passed, N failed`."""
import os
import subprocess
import sys
import tempfile

import numpy as np
import paddle.fluid as fluid
from paddle.fluid import layers as L
from paddle.fluid.contrib.quantize import QuantizeTranspiler

from freeze_networks import IN_PLACE, NETWORKS, OF_ONE_BLOCK

RANGE = 1e-5  # of the outputs' range
# With fine steps in layers in turn a rounding may fall the other way, and moves the output by a part of that step.
FLIPS = 1e-4
# Options of transpile: bits of weights and activations, their types; and the layout in which the model is saved.
CONFIGURATIONS = {
    'dynamic': ((8, 8, 'abs_max', 'abs_max'), 'combined'),
    'window': ((8, 8, 'abs_max', 'range_abs_max'), 'separate'),
    'average': ((8, 8, 'abs_max', 'moving_average_abs_max'), 'combined'),
    'trained weights': ((6, 8, 'moving_average_abs_max', 'range_abs_max'), 'separate'),
    '2 and 5 bits': ((2, 5, 'range_abs_max', 'moving_average_abs_max'), 'combined'),
    'reference, window': ((8, 8, 'abs_max', 'range_abs_max'), 'combined'),
    'reference, average': ((4, 8, 'moving_average_abs_max', 'moving_average_abs_max'), 'separate'),
    '16 bits': ((16, 16, 'abs_max', 'moving_average_abs_max'), 'combined')}
FILES = {'combined': ('__model__', '__params__'), 'separate': (None, None)}


def outputs_of(network, **more):
    x, outputs = network(**more)
    return x, outputs if isinstance(outputs, list) else [outputs]


def find(program, name):
    return next(block.var(name) for block in program.blocks if block.has_var(name))


def mark_parameters(program):
    """A program that was read from a file has forgotten which variables are parameters, and QuantizeTranspiler asks."""
    block = program.global_block()
    for var in list(block.vars.values()):
        if var.persistable and var.name not in ('feed', 'fetch') and 'learning_rate' not in var.name:
            block.vars[var.name] = fluid.framework.Parameter(block, shape=var.shape, dtype=var.dtype, name=var.name)


class Case:
    def __init__(self, pdquant, network, configuration, folder, by_reference):
        self.by_reference = by_reference
        self.pdquant, self.network, self.folder = pdquant, network, folder
        (w, a, wt, at), layout = configuration
        self.files = FILES[layout]
        self.options = ['--weight-bits=%d' % w, '--activation-bits=%d' % a, '--weight-quantize-type=' + wt, '--activation-quantize-type=' + at,
                        '--window-size=20']
        self.transpiler = QuantizeTranspiler(w, a, at, wt, window_size=20)
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

    def transpile(self):
        main, startup = fluid.Program(), fluid.Program()
        main.random_seed = startup.random_seed = 5
        with fluid.program_guard(main, startup):
            x, outputs = outputs_of(self.network)
            loss = L.sums([L.mean(L.square(out)) for out in outputs])
            fluid.optimizer.SGD(0.01).minimize(loss)
        self.save(main, 'main.pb')
        self.save(startup, 'startup.pb')
        if self.network in IN_PLACE:
            main = fluid.Program()
            with fluid.unique_name.guard(), fluid.program_guard(main, fluid.Program()):
                x, outputs = outputs_of(self.network, in_place=True)
        self.save(main, 'for_test.pb')
        if self.by_reference:
            self.transpile_by_reference()
            return x, outputs, loss
        self.run_pdquant('transpile', self.path('main.pb'), '-o', self.path('q.pb'), '--startup', self.path('startup.pb'),
                         '--startup-out', self.path('qs.pb'), *self.options)
        self.run_pdquant('transpile', self.path('for_test.pb'), '-o', self.path('t.pb'), '--startup', self.path('startup.pb'),
                         '--startup-out', self.path('ts.pb'), '--for-test', *self.options)
        return x, outputs, loss

    def transpile_by_reference(self):
        main, startup, test = self.load('main.pb'), self.load('startup.pb'), self.load('for_test.pb').clone(for_test=True)
        for program, its_startup in ((main, startup), (test, fluid.Program())):
            mark_parameters(program)
            with fluid.unique_name.guard():  # so that both name the scales alike
                self.transpiler.training_transpile(program, its_startup)
        for op in test.global_block().ops:
            if op.has_attr('is_test'):
                op._set_attr('is_test', True)
        for program, name in ((main, 'q.pb'), (startup, 'qs.pb'), (test, 't.pb')):
            self.save(program, name)

    def train(self):
        """Leaves the trained simulation in the folder `quant` and the float program with the same parameters in `float`, its weights
        quantized and dequantized by numpy; returns a batch to run them on."""
        x, outputs, loss = self.transpile()
        rng = np.random.RandomState(1)
        shape = [8 if d < 0 else d for d in x.shape]
        self.exe.run(self.load('qs.pb'))
        trained = self.load('q.pb')
        for _ in range(6):
            self.exe.run(trained, feed={'x': rng.randn(*shape).astype('float32')}, fetch_list=[loss.name])
        self.save_inference(self.load('t.pb'), 'quant', outputs)
        self.round_weights()
        self.save_inference(self.load('for_test.pb').clone(for_test=True), 'float', outputs)
        return rng.randn(*shape).astype('float32')

    def save_inference(self, program, name, outputs):
        fluid.io.save_inference_model(self.path(name), ['x'], [find(program, out.name) for out in outputs], self.exe, program, *self.files)

    def round_weights(self):
        """Each weight of the simulated program becomes round(w / s · R) · s / R."""
        done = set()
        program = self.load('t.pb')
        for block in program.blocks:
            for op in block.ops:
                if not op.type.startswith('fake_quantize'):
                    continue
                name = op.input('X')[0]
                if name in done or not program.global_block().has_var(name) or not program.global_block().var(name).persistable:
                    continue
                done.add(name)
                tensor = fluid.global_scope().find_var(name).get_tensor()
                w = np.array(tensor)
                largest = np.abs(w).max()
                s = np.array(fluid.global_scope().find_var(op.input('InScale')[0]).get_tensor())[0] if 'InScale' in op.input_names else largest
                r = np.float32(2 ** (op.attr('bit_length') - 1) - 1)
                if largest > 0:
                    tensor.set((np.round(np.clip(w, -s, s) / s * r) * s / r).astype('float32'), fluid.CPUPlace())

    def compute(self, name, batch):
        with fluid.scope_guard(fluid.Scope()):
            program, feeds, targets = fluid.io.load_inference_model(self.path(name), self.exe, *self.files)
            return self.exe.run(program, feed={feeds[0]: batch}, fetch_list=targets)

    def run(self):
        """The largest distances, in parts of each output's range: of the frozen model from the simulation, of what undo makes of it and of
        its int8 form from the float program."""
        with fluid.scope_guard(fluid.Scope()), fluid.unique_name.guard():
            batch = self.train()
        self.run_pdquant('freeze', self.path('quant'), '-o', self.path('frozen'))
        self.run_pdquant('int8', self.path('frozen'), '-o', self.path('int8'))
        self.run_pdquant('undo', self.path('frozen'), '-o', self.path('undone'))
        self.run_pdquant('undo', self.path('int8'), '-o', self.path('undone_int8'))
        frozen = self.compute('frozen', batch)
        assert all(np.isfinite(out).all() for out in frozen)
        undone = self.compute('undone', batch)
        expected = undone if self.network in FLOAT_AND_ROUNDED else self.compute('float', batch)
        return (worst(self.compute('quant', batch), frozen),
                max(worst(expected, undone), worst(undone, self.compute('undone_int8', batch))))


# A weight that is read in float, too, has two values when it was frozen: the float program with one value doesn't compare.
FLOAT_AND_ROUNDED = [n for n in NETWORKS if n.__name__ in ('float_reader', 'transposed_reuse', 'float_reader_in_branch', 'loop_of_products',
                                                           'fused_bias')]


def worst(expected, actual):
    assert len(expected) == len(actual)
    return max(float(np.abs(np.array(e) - np.array(a)).max() / max(np.abs(e).max(), 1e-30)) for e, a in zip(expected, actual))


def main():
    passed = failed = 0
    for network in NETWORKS:
        if sys.argv[2:] and network.__name__ not in sys.argv[2:]:
            continue
        for name, configuration in CONFIGURATIONS.items():
            by_reference = name.startswith('reference')
            if by_reference and network not in OF_ONE_BLOCK:
                continue
            what = '%s, %s' % (network.__name__, name)
            try:
                with tempfile.TemporaryDirectory() as folder:
                    difference, undone = Case(os.path.abspath(sys.argv[1]), network, configuration, folder, by_reference).run()
                limit = FLIPS if name == '16 bits' else RANGE
                ok, text = difference <= limit and undone <= 1e-6, 'frozen %.1e, undone %.1e of the range' % (difference, undone)
            except Exception as error:
                ok, text = False, repr(error)[-300:]
            passed, failed = passed + ok, failed + (not ok)
            print('%s %s: %s' % ('ok  ' if ok else 'FAIL', what, text), flush=True)
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(1 if failed else 0)


main()
