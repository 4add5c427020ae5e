"""Runs observed models in the Paddle that this Python has (1.8.5, 2.6.2 or 3.3.1), and through Paddle2ONNX in ONNX Runtime where it has those: the ranges and the histograms that they give against numpy's of the activations, the scales
that `read` makes of them, and the other outputs against those of the float model, in the Executor and in Paddle Inference with its graph passes and without.
Usage: observe.py PDQUANT INFERENCE_CORPUS FREEZE_CORPUS [MODEL ...]. Of the inference corpus, 2.6.2 and later; of the freeze corpus, brought back to float, 1.8.5.
Ends with the line `N passed, N failed`."""
import glob
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np

from models import OLD, executor, expect, files, off, predictor
from processes import apart

HERE = os.path.dirname(os.path.abspath(__file__))
BINS = 2048
RANGE = 1e-6      # of the largest number
OUTPUTS = 1e-6
# Paddle Inference computes these float programs wrongly with graph passes on: overwritten variables.
ONLY_EXECUTOR = {'overwritten', 'loop'}
# Paddle2ONNX can't convert the float models of these: loops, branches.
NOT_IN_ONNX = {'branch', 'loop', 'overwritten'}
SLOW_BY_PLAIN_OPS = 200000  # numbers: more are counted by the op histogram only


class Feed(dict):
    """One value for whatever the input is called."""

    def __init__(self, value):
        self.value = value

    def __missing__(self, name):
        return self.value


def has_onnx():
    try:
        return bool(importlib.util.find_spec('paddle2onnx') and importlib.util.find_spec('onnxruntime'))
    except ValueError:
        return False


def onnx_runtime(prefix, feed):
    import onnxruntime
    model, params = files(prefix)
    done = subprocess.run([sys.executable, '-m', 'paddle2onnx.command', '--model_dir', os.path.dirname(model), '--model_filename', os.path.basename(model), '--params_filename',
                           os.path.basename(params), '--save_file', prefix + '.onnx'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    if not os.path.exists(prefix + '.onnx'):
        raise RuntimeError('Paddle2ONNX: ' + done.stdout.strip()[-200:])
    session = onnxruntime.InferenceSession(prefix + '.onnx')
    got = session.run(None, {i.name: feed[i.name] for i in session.get_inputs()})
    if session.get_outputs()[-1].name != 'pdquant.observed':
        raise RuntimeError('ONNX Runtime calls the output %s' % session.get_outputs()[-1].name)
    return got


class Case:
    def __init__(self, pdquant, prefix, folder, feed):
        self.pdquant, self.prefix, self.folder, self.feed = pdquant, prefix, folder, feed
        self.name = os.path.basename(os.path.dirname(prefix)) if not os.path.isdir(prefix) else os.path.basename(folder)

    def call(self, *arguments):
        done = subprocess.run([self.pdquant] + [str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        expect(done.returncode == 0, done.stderr.strip()[-300:])
        return done.stdout

    def out(self, name):
        return os.path.join(self.folder, name) if os.path.isdir(self.prefix) else os.path.join(self.folder, name, 'model')

    def observe(self, name, *options):
        out = self.out(name)
        os.makedirs(os.path.dirname(out), exist_ok=True)
        self.call('observe', self.prefix, '-o', out, '-q', *options)
        return out

    def runs(self, prefix, plain_ops=True):
        yield 'executor', apart(executor, prefix, self.feed)
        if OLD or self.name in ONLY_EXECUTOR:
            return
        yield 'passes off', apart(predictor, prefix, self.feed, False, None)
        yield 'passes on', apart(predictor, prefix, self.feed, True, None)
        if has_onnx() and plain_ops and self.name not in NOT_IN_ONNX:
            yield 'ONNX Runtime', apart(onnx_runtime, prefix, self.feed)

    def scales(self, prefix, row, *options):
        rows = os.path.join(self.folder, 'rows.npy')
        np.save(rows, np.asarray(row, 'float32').reshape(1, -1))
        return json.loads(self.call('read', prefix, rows, '--format', 'json', *options))

    def check(self):
        want = apart(executor, self.prefix, self.feed)
        observed = self.observe('observed')
        scales = None
        for engine, got in self.runs(observed):
            expect(off(got[:-1], want) <= OUTPUTS, '%s: the other outputs are off by %.1e' % (engine, off(got[:-1], want)))
            found = self.scales(observed, got[-1])
            if scales is None:
                scales = found
            ends = lambda document: np.array([document['ranges'][n] for n in document['ranges']] or [[0, 0]])
            expect(np.abs(ends(found) - ends(scales)).max() <= RANGE * max(1, np.abs(ends(scales)).max()), engine + ': other ranges than the executor gave')
        names = [n for n in scales['ranges']]
        # The last value of an overwritten variable is not what all of its readers read.
        values = dict(zip(names, apart(executor, self.prefix, self.feed, names)[len(want):])) if self.name not in ONLY_EXECUTOR else {}
        for name, x in values.items():
            low, high = scales['ranges'][name]
            expect(abs(low - x.min()) <= RANGE * np.abs(x).max() and abs(high - x.max()) <= RANGE * np.abs(x).max(), 'the range of %s is %r' % (name, (low, high)))
            expect(abs(scales['scales'][name] - np.abs(x).max()) <= RANGE * np.abs(x).max(), 'the scale of %s' % name)
        counted = sum(x.size for x in values.values())
        if values:
            self.check_histograms(scales, values, want, counted)
        return '%d values' % len(names)

    def check_histograms(self, scales, values, want, counted):
        path = os.path.join(self.folder, 'scales.json')
        with open(path, 'w') as file:
            json.dump(scales, file)
        for options in ([] if not OLD else None, ['--portable'] if counted < SLOW_BY_PLAIN_OPS else None):
            if options is None:
                continue
            prefix = self.observe('counted' + ''.join(options), '--histogram', path, *options)
            for engine, got in self.runs(prefix, bool(options)):
                expect(off(got[:-1], want) <= OUTPUTS, '%s: the other outputs of the counting model' % engine)
                counts = got[-1][3:].reshape(-1, BINS)
                used = [n for n in values if scales['scales'][n] > 0]
                expect(len(used) == len(counts), 'another number of histograms')
                for name, row in zip(used, counts):
                    x = values[name]
                    index = np.floor(np.minimum(np.abs(x).astype('float64') * BINS / scales['scales'][name], BINS - 0.5)).astype('int64')
                    right = np.bincount(index.ravel(), minlength=BINS)
                    # Numbers on the edge of a bin may fall to the other side of it in float32.
                    moved = np.abs(np.cumsum(row) - np.cumsum(right)).max()
                    expect(row.sum() == x.size and moved <= max(2, x.size // 500), '%s: the histogram of %s: %d numbers in other bins' % (engine, name, moved))
                for algorithm in ('percentile', 'kl', 'mse'):
                    found = self.scales(prefix, got[-1], '--algorithm', algorithm)['scales']
                    expect(all(0 < found[n] <= scales['scales'][n] * 1.001 for n in used), '%s: %s' % (engine, algorithm))


def lines_of_guide(heading):
    """The indented lines of Python under a heading of docs/guide/calibration.md."""
    with open(HERE + '/../../docs/guide/calibration.md', encoding='utf-8') as file:
        page = file.read()
    section = page[page.index('## ' + heading):].split('\n## ')[0]
    lines = [line[4:] for line in section.split('\n') if line.startswith('    ') or not line.strip()]
    start = [i for i, line in enumerate(lines) if line.startswith('import ')][0]
    return '\n'.join(lines[start:])


def run_lines(heading, folder, batches):
    os.chdir(folder)
    exec(compile(lines_of_guide(heading), 'calibration.md', 'exec'), {'batches': batches})
    return np.load('rows.npy')


def check_guide(case):
    """The page's own lines give the rows that this script gets."""
    folder = os.path.join(case.folder, 'guide')
    os.makedirs(folder)
    observed = case.observe('observed')
    want = apart(executor, observed, case.feed)[-1]
    os.makedirs(folder + '/det-observed')
    model, params = files(observed)
    if OLD:
        case.call('params', 'unpack', observed, '-o', folder + '/det-observed', '-q')
        shutil.copy(model, folder + '/det-observed/__model__')
    else:
        shutil.copy(model, folder + '/det-observed/inference.pdmodel')
        shutil.copy(params, folder + '/det-observed/inference.pdiparams')
    batch = [case.feed.value] if isinstance(case.feed, Feed) else list(case.feed.values())
    rows = apart(run_lines, 'Python, Paddle 1.x' if OLD else 'Python, Paddle 2.x and 3.x', folder, [batch, batch])
    expect(off([rows], [np.stack([want, want])]) <= RANGE, 'the lines of the guide give other rows')


def cases(pdquant, inference, freeze, folder):
    if OLD:
        for path in sorted(glob.glob(freeze + '/*/abs_max/')):
            name = path.split('/')[-3]
            work = os.path.join(folder, name)
            os.makedirs(work + '/float')
            subprocess.run([pdquant, 'undo', path + 'frozen/model.pb', '--params', path + 'frozen/params', '-o', work + '/float/__model__', '--params-out', work + '/float/__params__', '-q'],
                           check=True)
            yield name, lambda p=path, w=work: Case(pdquant, w + '/float', w, Feed(np.load(p + 'x.npy')))
        return
    for path in sorted(glob.glob(inference + '/*/')):
        name = os.path.basename(path[:-1])
        work = os.path.join(folder, name)
        os.makedirs(work)
        yield name, lambda p=path, w=work: Case(pdquant, p + 'model', w, dict(np.load(p + 'test.npz')))


def main():
    pdquant, inference, freeze, wanted = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, make in cases(pdquant, inference, freeze, folder):
            if wanted and name not in wanted:
                continue
            try:
                case = make()
                said = case.check()
                if name == 'lenet':
                    check_guide(case)
                    said += ', and the lines of the guide'
                passed += 1
                print('%-24s ok: %s' % (name, said), flush=True)
            except Exception as error:
                failed += 1
                print('%-24s FAILED: %s' % (name, error), flush=True)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
