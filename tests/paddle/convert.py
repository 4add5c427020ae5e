"""Paddle's own frozen models (paddlepaddle 2.6.2, PostTrainingQuantization), brought from one form into the other and back by pdquant: the outputs are those that a
plain program computes which quantizes the same values with the same scales in that form.
Usage: convert.py PDQUANT FOLDER [MODEL ...]. FOLDER has MODEL/FORM/model.pdmodel and .pdiparams for FORM legacy_tensor, legacy_channel, linear_tensor, linear_channel,
with right.npz, those outputs, and MODEL/test.npz with what is fed. Forms that Paddle itself gets wrong have right.npz alone. Ends with the line `N passed, N failed`."""
import os
import subprocess
import sys
import tempfile

import numpy as np

from models import arrays, executor, off

RANGE = 1e-5
FORMS = ['legacy_tensor', 'legacy_channel', 'linear_tensor', 'linear_channel']


def convert(pdquant, source, form, target):
    done = subprocess.run([pdquant, 'convert', source, '-o', target, '--form', form, '-q'], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return target


def check(pdquant, model, form, folder, feed):
    kind, scales = form.split('_')
    other = 'linear' if kind == 'legacy' else 'legacy'
    first = convert(pdquant, f'{model}/{form}/model', other, f'{folder}/there/model')
    second = convert(pdquant, first, kind, f'{folder}/back/model')
    return max(off(executor(first, feed), arrays(f'{model}/{other}_{scales}/right.npz')), off(executor(second, feed), arrays(f'{model}/{form}/right.npz')))


def main():
    pdquant, corpus = os.path.abspath(sys.argv[1]), sys.argv[2]
    passed = failed = 0
    for name in sys.argv[3:] or sorted(os.listdir(corpus)):
        model = os.path.join(corpus, name)
        if not os.path.exists(model + '/test.npz'):
            continue
        feed = dict(np.load(model + '/test.npz'))
        for form in FORMS:
            if not os.path.exists(f'{model}/{form}/model.pdmodel'):
                continue
            with tempfile.TemporaryDirectory() as folder:
                try:
                    result = check(pdquant, model, form, folder, feed)
                except Exception as error:
                    result = str(error)
            good = isinstance(result, float) and result <= RANGE
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f'{name} {form}: {result}', flush=True)
    print(f'{passed} passed, {failed} failed')
    sys.exit(failed != 0)


if __name__ == '__main__':
    main()
