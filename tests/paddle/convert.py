"""Paddle's own frozen models (paddlepaddle 2.6.2, PostTrainingQuantization), brought from one form into the other and back by pdquant: the outputs are those that a
plain program computes which quantizes the same values with the same scales in that form.
Usage: convert.py PDQUANT FOLDER [MODEL ...]. FOLDER has MODEL/FORM/model.pdmodel and .pdiparams for FORM legacy_tensor, legacy_channel, linear_tensor, linear_channel,
with right.npz, those outputs, and MODEL/test.npz with what is fed. Forms that Paddle itself gets wrong have right.npz alone. Ends with the line `N passed, N failed`."""
import os
import subprocess
import sys
import tempfile

import numpy as np
import paddle

RANGE = 1e-5
FORMS = ['legacy_tensor', 'legacy_channel', 'linear_tensor', 'linear_channel']


def run(prefix, feed):
    scope = paddle.static.Scope()
    with paddle.static.scope_guard(scope):
        exe = paddle.static.Executor(paddle.CPUPlace())
        program, names, targets = paddle.static.load_inference_model(prefix, exe)
        return [np.asarray(v) for v in exe.run(program, feed={n: feed[n] for n in names}, fetch_list=targets)]


def off(got, want):
    if len(got) != len(want) or any(g.shape != w.shape for g, w in zip(got, want)):
        return float('inf')
    return max(float(np.abs(g - w).max() / max(float(np.abs(w).max()), 1e-12)) if w.size else 0.0 for g, w in zip(got, want))


def convert(pdquant, source, form, target):
    done = subprocess.run([pdquant, 'convert', source, '-o', target, '--form', form, '-q'], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return target


def right(model, form):
    stored = np.load(f'{model}/{form}/right.npz')
    return [stored[str(i)] for i in range(len(stored.files))]


def check(pdquant, model, form, folder, feed):
    kind, scales = form.split('_')
    other = 'linear' if kind == 'legacy' else 'legacy'
    first = convert(pdquant, f'{model}/{form}/model', other, f'{folder}/there/model')
    second = convert(pdquant, first, kind, f'{folder}/back/model')
    return max(off(run(first, feed), right(model, f'{other}_{scales}')), off(run(second, feed), right(model, form)))


def main():
    paddle.enable_static()
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
