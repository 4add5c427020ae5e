"""Freezes the 20 models of the freeze corpus with pdquant, and runs the result, and what undo makes of it, in the Paddle that is installed,
1.8.5 or 2.6.2: the outputs are those that the reference's frozen models gave in 1.8.5.
Usage: freeze_corpus.py PDQUANT CORPUS. Ends with the line `N passed, N failed`."""
import os
import subprocess
import sys
import tempfile

import numpy as np
import paddle

import programs
from worker import CPUPlace, Executor, Program, Scope, scope_guard

TOLERANCE = 1e-6


def compute(folder, batch):
    """The first output of the model in model.pb and params."""
    with open(os.path.join(folder, 'model.pb'), 'rb') as file:
        desc = programs.parse(file.read())
    if paddle.__version__.startswith('2'):
        programs.upgrade(desc)
    program = Program.parse_from_string(desc.SerializeToString())
    block = program.global_block()
    exe = Executor(CPUPlace())
    names = sorted(v.name for v in program.list_vars() if v.persistable and v.name not in ('feed', 'fetch'))
    reader = Program()
    for name in names:
        var = block.var(name)
        reader.global_block().create_var(name=name, shape=var.shape, dtype=var.dtype, persistable=True)
    reader.global_block().append_op(type='load_combine', inputs={}, attrs={'file_path': os.path.join(folder, 'params')},
                                    outputs={'Out': [reader.global_block().var(name) for name in names]})
    feed = [op.output('Out')[0] for op in block.ops if op.type == 'feed']
    fetch = [block.var(op.input('X')[0]) for op in block.ops if op.type == 'fetch']
    with scope_guard(Scope()):
        exe.run(reader)
        return exe.run(program, feed={feed[0]: batch}, fetch_list=fetch)[0]


def rewrite(pdquant, command, source, out):
    subprocess.run([pdquant, command, source + '/model.pb', '--params', source + '/params', '-o', out + '/model.pb', '--params-out', out + '/params',
                    '-q'], check=True)


def check(pdquant, model, folder):
    """What is measured, and whether it is right."""
    batch = np.load(model + '/x.npy')
    frozen, undone = folder + '/frozen', folder + '/undone'
    rewrite(pdquant, 'freeze', model + '/quant', frozen)
    rewrite(pdquant, 'undo', frozen, undone)
    difference = float(np.abs(compute(frozen, batch) - np.load(model + '/y_frozen.npy')).max())
    # Without the rounding of the activations the outputs, probabilities, are near those of the simulation.
    away = float(np.abs(compute(undone, batch) - np.load(model + '/y_quant.npy')).max())
    return 'frozen %.1e, undone %.1e' % (difference, away), difference <= TOLERANCE and away <= 0.03


def main():
    pdquant, corpus = [os.path.abspath(a) for a in sys.argv[1:3]]
    passed = failed = 0
    for network in sorted(n for n in os.listdir(corpus) if os.path.isdir(os.path.join(corpus, n))):
        for config in sorted(os.listdir(os.path.join(corpus, network))):
            with tempfile.TemporaryDirectory() as folder:
                os.mkdir(folder + '/frozen')
                os.mkdir(folder + '/undone')
                try:
                    text, ok = check(pdquant, os.path.join(corpus, network, config), folder)
                except Exception as error:
                    text, ok = repr(error)[-300:], False
            passed, failed = passed + ok, failed + (not ok)
            print('%s %s, %s: %s' % ('ok  ' if ok else 'FAIL', network, config, text), flush=True)
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
