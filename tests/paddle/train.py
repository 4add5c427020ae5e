"""Trains what `pdquant transpile` writes in the real Paddle and compares it with the float program.
Usage: train.py PDQUANT CORPUS [NETWORK ...]. Ends with the line `N passed, N failed`."""
import os
import subprocess
import sys
import tempfile

import numpy as np
import real

# Networks whose losses are compared at the first step only: batch norm over 4 images amplifies any rounding.
FIRST_ONLY = {'mobilenet', 'resnet'}
# Dropout, or random numbers of another kind: not repeatable.
NOT_REPEATABLE = {'vgg16', 'transformer'}
# amp needs a GPU. What 2.6.2 can't train, float or not: rnn_memory_helper is gone; DynamicRNN reads memory that nobody wrote.
CANNOT_RUN = {'amp'} | (set() if real.IS_18 else {'static_rnn', 'dynamic_rnn'})
CONTROL_FLOW = {'dynamic_rnn', 'static_rnn', 'cond', 'recompute', 'inplace_sum', 'gan'}
TOLERANCE = 1e-3
failures, passed = [], 0


def check(what, ok, detail=''):
    global passed
    if ok:
        passed += 1
    else:
        failures.append(what)
    print('%s %s %s' % ('ok  ' if ok else 'FAIL', what, detail), flush=True)


def transpile(pdquant, source, out, *options):
    paths = [os.path.join(out, name) for name in ('main.pb', 'startup.pb')]
    subprocess.run([pdquant, 'transpile', source + '/main.pb', '-o', paths[0], '--startup', source + '/startup.pb', '--startup-out', paths[1],
                    '-q'] + list(options), check=True)
    return paths


def follows(name, source, rewritten, steps):
    with_gradients = os.path.basename(source) in CONTROL_FLOW
    expected, gradients = real.train(source + '/main.pb', source + '/startup.pb', source + '/feeds.json', steps, with_gradients)
    losses, rewritten_gradients = real.train(*rewritten, source + '/feeds.json', steps, with_gradients)
    worst = max(abs(a - b) / max(1, abs(a)) for a, b in zip(expected, losses))
    check(name + ' losses', worst <= TOLERANCE, '%.1e' % worst)
    norms = {}
    for gradient, value in gradients.items():
        norm = float(np.linalg.norm(value)) or 1.0
        norms[gradient] = float(np.linalg.norm(value - rewritten_gradients[gradient])) / norm
    if norms:
        worst = max(norms, key=norms.get)
        check(name + ' gradients', norms[worst] <= TOLERANCE, '%.1e %s' % (norms[worst], worst))


def run(pdquant, source, out):
    network = os.path.basename(source)
    if network in CANNOT_RUN:
        print('skip %s: this Paddle cannot run the float program' % network)
        return
    if network not in NOT_REPEATABLE:
        for kind in ('abs_max', 'range_abs_max'):
            rewritten = transpile(pdquant, source, out, '--weight-bits=16', '--activation-bits=16', '--activation-quantize-type=' + kind)
            steps = 1 if network in FIRST_ONLY else 5
            follows('%s 16 bits %s' % (network, kind), source, rewritten, steps)
    if network in ('vgg16', 'resnet', 'mobilenet', 'no_quantizable', 'inception'):
        return  # no_quantizable has no parameter; the others are slow
    for kind in ('abs_max', 'moving_average_abs_max'):
        losses, _ = real.train(*transpile(pdquant, source, out, '--activation-quantize-type=' + kind), source + '/feeds.json', 30)
        check('%s 8 bits %s comes down' % (network, kind), losses[-1] < losses[0], '%.4f -> %.4f' % (losses[0], losses[-1]))


def main():
    pdquant, corpus = sys.argv[1:3]
    for network in sys.argv[3:] or sorted(os.listdir(corpus)):
        source = os.path.join(corpus, network)
        if not os.path.isdir(source):
            continue
        with tempfile.TemporaryDirectory() as out:
            try:
                run(pdquant, source, out)
            except Exception as error:
                check(network, False, repr(error)[-300:])
    print('%d passed, %d failed' % (passed, len(failures)))
    sys.exit(1 if failures else 0)


main()
