"""Training programs of paddlepaddle 2.6.2 (testdata/paddle/static.tar.xz), rewritten and trained there.
Usage: static26.py PDQUANT FOLDER [--only NETWORK ...] [--nightly]. Ends with the line `N passed, N failed`.
Copies: every op that rounds becomes a copy, and the program then computes what the float one does, to the bit, losses and gradients: no
rounding can hide a wrong wire. Rounded: with few bits it computes what a plain rewrite computes that has a pair in front of each
operand (plain_rewrite.py; run beside it, since sums of another order round to other integers). Follows: with 16 bits the losses and gradients of the first step are those of float."""
import argparse
import os
import subprocess
import sys
import tempfile
import zlib

import numpy as np
import paddle

from plain_rewrite import plain_rewrite
from static26_programs import Programs, parse, read, train

SELECTION = ' --op-type conv2d,depthwise_conv2d,conv2d_transpose,depthwise_conv2d_transpose,mul,matmul,matmul_v2'
CHANNELS = '--weight-quantize-type channel_wise_abs_max'
AVERAGE = '--activation-quantize-type moving_average_abs_max'
MEAN = '--activation-quantize-type window_mean_abs_max --window-size 3'
COPIES = ['', CHANNELS, MEAN, '--form fused ' + AVERAGE + ' ' + CHANNELS, '--form linear', '--form linear %s %s' % (CHANNELS, MEAN), '--out-scales']
SIXTEEN = '--weight-bits 16 --activation-bits 16 '
FOLLOWS = [SIXTEEN + more for more in ('', CHANNELS, '--activation-quantize-type range_abs_max', AVERAGE + ' --unbiased-start --moving-rate 0.000001', MEAN,
                                       '--form fused ' + CHANNELS, '--form linear --unbiased-start', '--form linear --unbiased-start ' + CHANNELS)]
# By the names that meta.json has for them: weight bits, activation bits, per channel, products.
ROUNDED = {'w4a4_weighted': (4, 4, False, False), 'w4a4_all': (4, 4, False, True), 'w4a6_channel_weighted': (4, 6, True, False),
           'w8a8_channel_all': (8, 8, True, True)}
KEPT_ATTRIBUTES = ('op_role', 'op_role_var', 'op_namescope', 'op_callstack', 'op_device')


def as_copies(main):
    desc = parse(main)
    for block in desc.blocks:
        for op in block.ops:
            if not op.type.startswith(('fake_quantize_', 'fake_channel_wise_', 'fake_dequantize_')) and not op.type.endswith('quantize_linear'):
                continue
            op.type = 'assign'
            for slot in op.outputs:
                slot.parameter = 'Out' if slot.parameter == 'Y' else slot.parameter
            for slots, keep in ((op.inputs, 'X'), (op.outputs, 'Out')):
                for i in reversed(range(len(slots))):
                    if slots[i].parameter != keep:
                        del slots[i]
            for i in reversed(range(len(op.attrs))):
                if op.attrs[i].name not in KEPT_ATTRIBUTES:
                    del op.attrs[i]
    return desc.SerializeToString()


def off(actual, expected):
    """How far losses and gradients are off, in parts of what is expected."""
    losses = (np.abs(actual[0] - expected[0]) / np.maximum(1, np.abs(expected[0]))).max()
    top = max([float(np.abs(g).max()) for g in expected[1].values()] or [0.0])
    gradients = [np.abs(actual[1][n] - g).max() / max(float(np.abs(g).max()), 1e-3 * top, 1e-6) for n, g in expected[1].items()]
    return float(losses), float(max(gradients or [0.0]))


class Network(Programs):
    def __init__(self, pdquant, folder, scratch):
        super().__init__(folder)
        self.pdquant, self.scratch = os.path.abspath(pdquant), scratch

    def run(self, command, *arguments):
        done = subprocess.run([self.pdquant, command, *arguments, '-q'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        assert done.returncode == 0, done.stdout.strip()[-300:]

    def transpile(self, options):
        """The rewritten programs. Undo gives the original back, byte for byte."""
        q, qs, undone = (os.path.join(self.scratch, name) for name in ('q.pb', 'qs.pb', 'undone.pb'))
        self.run('transpile', os.path.join(self.folder, 'main.pb'), '-o', q, '--startup', os.path.join(self.folder, 'startup.pb'), '--startup-out', qs,
                 *options.split())
        self.run('check', q)
        self.run('undo', q, '-o', undone)
        assert read(undone) == self.main, 'undo gives other bytes'
        return read(q), read(qs)

    def checks(self, nightly):
        """(kind, options, function) for each check; the function returns what is wrong, or None."""
        everything = nightly or zlib.crc32(self.name.encode()) % 4 == 0
        for options in COPIES if everything else COPIES[:1]:
            yield 'copies', options, self.copies
            yield 'copies', options + SELECTION + ' --products', self.copies
        for key, (weight, activation, channels, products) in ROUNDED.items() if self.meta['runs'] else ():
            if key in self.meta.get('ambiguous', ()):  # a weight in two orientations: more than one good choice of axis
                continue
            options = '--weight-bits %d --activation-bits %d%s%s' % (weight, activation, ' ' + CHANNELS if channels else '', ' --products' if products else '')
            yield 'rounded', options + SELECTION, lambda o, k=key: self.rounded(k, o)
        for options in FOLLOWS if everything else []:
            yield 'follows', options, self.follows

    def float(self, steps):
        if not hasattr(self, 'float_'):
            self.float_ = train(self.main, self.startup, self.meta, 3)
        return self.float_[0][:steps], self.float_[1]

    def copies(self, options):
        main, startup = self.transpile(options)
        if not self.meta['runs']:
            return None
        losses, gradients = train(as_copies(main), startup, self.meta, 3)
        expected = self.float(3)
        same = np.array_equal(losses, expected[0]) and all(np.array_equal(g, expected[1][n]) for n, g in gradients.items())
        return None if same else 'other losses or gradients: %.1e, %.1e' % off((losses, gradients), expected)

    def rounded(self, key, options):
        main, startup = self.transpile(options)
        expected = train(plain_rewrite(self.main, *ROUNDED[key]), self.startup, self.meta, 5)
        loss, gradient = off(train(main, startup, self.meta, 5), expected)
        return None if loss < 1e-4 and gradient < 1e-3 else 'losses off by %.1e, gradients by %.1e' % (loss, gradient)

    def follows(self, options):
        main, startup = self.transpile(options)
        if not self.meta['runs']:
            return None
        loss, gradient = off(train(main, startup, self.meta, 1), self.float(1))
        return None if loss < 1e-3 and gradient < 2e-2 else 'losses off by %.1e, gradients by %.1e' % (loss, gradient)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('pdquant')
    p.add_argument('folder')
    p.add_argument('--only', nargs='*', default=[])
    p.add_argument('--nightly', action='store_true')
    a = p.parse_args()
    paddle.enable_static()
    passed = failed = 0
    for name in sorted(os.listdir(a.folder)):
        if a.only and name not in a.only:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            network = Network(a.pdquant, os.path.join(a.folder, name), scratch)
            for kind, options, check in network.checks(a.nightly):
                try:
                    problem = check(options)
                except Exception as error:
                    problem = ' '.join(str(error).split())[-300:]
                passed, failed = passed + (not problem), failed + bool(problem)
                if problem:
                    print('FAILED %s, %s, %s: %s' % (name, kind, options, problem), flush=True)
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
