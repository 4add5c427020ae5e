"""Runs observed models in the Paddle that this Python has (1.8.5, 2.6.2 or 3.3.1), and through Paddle2ONNX in ONNX Runtime where it has those: the ranges and the histograms that they give against numpy's of the activations, the scales
that `read` makes of them, and the other outputs against those of the float model, in the Executor and in Paddle Inference with its graph passes and without. Loops, branches and overwritten variables: against what the program run op
by op has there (op_by_op.py), turn by turn, batch by batch.
Usage: observe.py PDQUANT INFERENCE_CORPUS FREEZE_CORPUS MAKER [MODEL ...]. Of the inference corpus, 2.6.2 and later; of the freeze corpus, brought back to float, 1.8.5. MAKER is the Python that observe_networks.py makes loops and
branches with: this one, or one with 2.6.2 for 3.3.1, which can't make programs of 2.x with branches any more. Among the models all of them are called `network`.
With PDQUANT_LITE, a Python 3.7 that has paddlelite 2.12, the observed models run in Paddle-Lite on x86, too.
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

from models import OLD, executor, executor_batches, expect, files, off, paddle_lite, predictor, predictor_batches
from op_by_op import values_of_batches
from processes import apart
from programs import parse

HERE = os.path.dirname(os.path.abspath(__file__))
BINS = 2048
RANGE = 1e-6      # of the largest number
OUTPUTS = 1e-6
QUANTIZED = 5e-4  # at 16 bits
# Models of the inference corpus that are checked op by op.
BODIES = {'branch', 'loop', 'overwritten'}
# Paddle Inference computes these float programs wrongly with graph passes on: overwritten variables.
ONLY_EXECUTOR = {'overwritten'}
SLOW_BY_PLAIN_OPS = 200000  # numbers: more are counted by the op histogram only
# ONNX Runtime refuses what Paddle2ONNX makes of padding SAME with dilations, in the float model, too.
NOT_IN_ONNX = {'grouped'}
# Paddle-Lite refuses these float models: fill_constant without a shape (as branches have it), relu6 without a threshold, an op that it doesn't have on x86.
NOT_IN_LITE = {'lstm_cells', 'branch', 'network either', 'network loop_in_branch', 'network never', 'mobile', 'transposed_depthwise'}


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
        if OLD:
            return
        yield 'passes off', apart(predictor, prefix, self.feed, False, None)
        yield 'passes on', apart(predictor, prefix, self.feed, True, None)
        if has_onnx() and plain_ops and self.name not in NOT_IN_ONNX:
            yield 'ONNX Runtime', apart(onnx_runtime, prefix, self.feed)
        if os.environ.get('PDQUANT_LITE') and plain_ops and self.name not in NOT_IN_LITE:
            yield 'Paddle-Lite', paddle_lite(prefix, self.feed, self.folder)

    def scales(self, prefix, row, *options):
        """Of one row, or of several."""
        rows = os.path.join(self.folder, 'rows.npy')
        np.save(rows, np.atleast_2d(np.asarray(row, 'float32')))
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
        values = dict(zip(names, apart(executor, self.prefix, self.feed, names)[len(want):]))
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
                    check_histogram(row, values[name], scales['scales'][name], '%s: the histogram of %s' % (engine, name))
                for algorithm in ('percentile', 'kl', 'mse'):
                    found = self.scales(prefix, got[-1], '--algorithm', algorithm)['scales']
                    expect(all(0 < found[n] <= scales['scales'][n] * 1.001 for n in used), '%s: %s' % (engine, algorithm))


def check_histogram(row, x, scale, what):
    index = np.floor(np.minimum(np.abs(x).astype('float64') * BINS / scale, BINS - 0.5)).astype('int64')
    right = np.bincount(index.ravel(), minlength=BINS)
    # Numbers on the edge of a bin may fall to the other side of it in float32.
    moved = np.abs(np.cumsum(row) - np.cumsum(right)).max()
    expect(row.sum() == x.size and moved <= max(2, x.size // 500), '%s: %d numbers in other bins' % (what, moved))


def names_of_parts(prefix):
    """The variables of which the output tells, in its order."""
    with open(files(prefix)[0], 'rb') as file:
        desc = parse(file.read())
    writers = {name: op for block in desc.blocks for op in block.ops for slot in op.outputs for name in slot.arguments if name.startswith('pdquant.')}

    def source(name):
        while name.startswith('pdquant.'):
            read = {slot.parameter: slot.arguments[0] for slot in writers[name].inputs if slot.arguments}
            name = read['X']
        return name
    joined = next(slot for slot in writers['pdquant.observed'].inputs if slot.parameter == 'X')
    return [source(name) for name in joined.arguments[3:]]


class BodyCase(Case):
    """What each variable was, in loops and branches too, in several batches. What a batch doesn't come to has no range in its row."""

    def __init__(self, pdquant, prefix, folder, batches, name):
        Case.__init__(self, pdquant, prefix, folder, batches[0])
        self.batches, self.name = batches, name

    def runs(self, prefix, plain_ops=True):
        yield 'executor', apart(executor_batches, prefix, self.batches)
        if OLD or self.name in ONLY_EXECUTOR:
            return
        yield 'passes off', apart(predictor_batches, prefix, self.batches, False, None)
        # With oneDNN, loops that are measured go wrong at times: docs/guide/calibration.md.
        yield 'passes on', apart(predictor_batches, prefix, self.batches, True)
        if os.environ.get('PDQUANT_LITE') and plain_ops and self.name not in NOT_IN_LITE:
            yield 'Paddle-Lite', [paddle_lite(prefix, batch, self.folder) for batch in self.batches]

    def check(self):
        answers = apart(values_of_batches, self.prefix, self.batches)
        want, values = [outputs for outputs, _ in answers], [found for _, found in answers]
        observed = self.observe('observed')
        names = names_of_parts(observed)
        for engine, got in self.runs(observed):
            rows = [answer[-1] for answer in got]
            self.check_outputs(engine, got, want)
            for i, row in enumerate(rows):
                self.check_ranges('%s, batch %d' % (engine, i), self.scales(observed, row), names, [values[i]])
            scales = self.scales(observed, rows)
            self.check_ranges(engine, scales, names, values)
            averages = self.scales(observed, rows, '--algorithm', 'avg')['scales']
            for name in averages:
                largest = [max(np.abs(x).max() for x in of_batch[name]) for of_batch in values if of_batch.get(name)]
                expect(abs(averages[name] - np.mean(largest)) <= RANGE * max(largest), '%s: the average of %s' % (engine, name))
        for options in ([] if not OLD else None, ['--portable']):
            if options is not None:
                self.check_counts(scales, values, want, options)
        self.check_quantized(want)
        return '%d values, %d of them never there' % (len(set(names)), len(set(names)) - len(scales['scales']))

    def check_outputs(self, engine, got, want):
        for i, answer in enumerate(got):
            expect(off(answer[:-1], want[i]) <= OUTPUTS, '%s: the other outputs of batch %d are off by %.1e' % (engine, i, off(answer[:-1], want[i])))

    @staticmethod
    def check_ranges(what, found, names, values):
        for name in set(names):
            seen = [x for of_batch in values for x in of_batch.get(name, [])]
            expect((name in found['ranges']) == bool(seen), '%s: %s was %s' % (what, name, 'there' if seen else 'not there'))
            if seen:
                low, high = min(x.min() for x in seen), max(x.max() for x in seen)
                room = RANGE * max(abs(low), abs(high))
                expect(np.abs(np.array(found['ranges'][name]) - [low, high]).max() <= room, '%s: the range of %s is %r, not %r' % (what, name, found['ranges'][name], (low, high)))

    def check_quantized(self, want):
        """With 16 bits, what the scales don't clip is what the float model computes."""
        quantized = self.out('quantized')
        os.makedirs(os.path.dirname(quantized), exist_ok=True)
        self.call('quantize', self.prefix, '--scales', self.scales_file(), '-o', quantized, '-q', '--weight-bits', 16, '--activation-bits', 16)
        with open(files(quantized)[0], 'rb') as file:
            expect(b'fake_quantize_range_abs_max' in file.read(), 'nothing is quantized')
        for engine, got in self.runs(quantized, False):
            together = lambda answers: [np.concatenate([output.ravel() for output in outputs]) for outputs in zip(*answers)]
            apart_by = off(together(got), together(want))
            expect(apart_by <= QUANTIZED, '%s: the quantized model is off by %.1e' % (engine, apart_by))

    def scales_file(self):
        return os.path.join(self.folder, 'scales.json')

    def check_counts(self, scales, values, want, options):
        path = self.scales_file()
        with open(path, 'w') as file:
            json.dump(scales, file)
        prefix = self.observe('counted' + ''.join(options), '--histogram', path, *options)
        names = names_of_parts(prefix)
        for engine, got in self.runs(prefix, bool(options)):
            self.check_outputs(engine + ', counting', got, want)
            for i, answer in enumerate(got):
                counts = answer[-1][3:].reshape(-1, BINS)
                for name in set(names):
                    x = np.concatenate([np.zeros(0)] + [x.ravel() for x in values[i].get(name, [])])
                    row = sum(count for count, of in zip(counts, names) if of == name)
                    check_histogram(row, x, scales['scales'][name], '%s: the histogram of %s in batch %d' % (engine, name, i))


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


def networks(maker, folder):
    subprocess.run([maker, HERE + '/observe_networks.py', folder], stdout=subprocess.DEVNULL, check=True)
    return sorted(glob.glob(folder + '/*/'))


def cases(pdquant, inference, freeze, maker, wanted, folder):
    for path in networks(maker, folder + '/networks') if not wanted or 'network' in wanted else []:
        name = 'network ' + os.path.basename(path[:-1])
        work = os.path.join(folder, name)
        os.makedirs(work)
        batches = [dict(np.load(batch)) for batch in sorted(glob.glob(path + '*.npz'))]
        yield name, lambda p=path, w=work, b=batches, n=name: BodyCase(pdquant, p + 'model', w, b, n)
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
        feed = dict(np.load(path + 'test.npz'))
        if name in BODIES:
            yield name, lambda p=path, w=work, f=feed, n=name: BodyCase(pdquant, p + 'model', w, [f], n)
        else:
            yield name, lambda p=path, w=work, f=feed: Case(pdquant, p + 'model', w, f)


def main():
    pdquant, inference, freeze, maker, wanted = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, make in cases(pdquant, inference, freeze, maker, wanted, folder):
            if wanted and name.split()[0] not in wanted:
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
