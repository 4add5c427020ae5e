"""Quantizes float inference models of paddlepaddle 2.6.2 for an engine, and runs what was made there.
  paddle  Paddle Inference of this Python (2.6.2, 3.3.1), with graph passes and without: the outputs of a plain program with a quantize and a dequantize op of its own in
          front of each operand (the corpus has them), within 1e-5 of their range. With 4 bits both forms compute the same.
  onednn  Paddle Inference 2.6.2 with oneDNN int8: within 5.5 % of what the same model computes in the Executor, or as close to the float model as that. Every convolution
          that the rules don't keep in float is quantized. Matrix products are tried, too, where the processor has VNNI: within 11 %, since what they write is rounded, too.
  onnx    Paddle2ONNX 1.2.11, then ONNX Runtime with its session option session.qdqisint8allowed, with its optimizations and without: every quantized convolution runs as
          QLinearConv; within 5 % of the Executor.
  lite    opt of Paddle-Lite 2.12 for arm (PDQUANT_LITE is a Python 3.7 that has it): every quantized op is on an int8 kernel, and no other one.
Usage: engines.py ENGINE PDQUANT CORPUS [MODEL ...]. Ends with the line `N passed, N failed`."""
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy as np

from models import arrays, executor, expect, off, predictor
from processes import apart

FORMS = ['legacy', 'linear']
WEIGHTS = ['channel_wise_abs_max', 'abs_max']
SAME = 1e-5
NEAR_ONEDNN = 0.055
NEAR_ONEDNN_MATRICES = 0.11
NEAR_ONNX = 0.05
# Paddle Inference computes these float programs wrongly with graph passes on: overwritten variables.
WRONG_WITH_PASSES = {'overwritten'}
# Of the float models, Paddle2ONNX can't convert loops and branches, and ONNX Runtime refuses what it makes of padding SAME with dilations.
NOT_IN_ONNX = {'branch', 'loop', 'overwritten', 'grouped'}
# What is fetched can't be rounded by an observer, so that ONNX Runtime leaves the convolution in float.
FETCHES_PRODUCTS = {'fetched_products'}
MATRICES = '+mul,+matmul,+matmul_v2'
LITE = '''
import sys
import paddlelite.lite as lite
prefix, out = sys.argv[1:]
opt = lite.Opt()
opt.set_model_file(prefix + '.pdmodel'), opt.set_param_file(prefix + '.pdiparams')
opt.set_valid_places('arm'), opt.set_model_type('naive_buffer'), opt.set_optimize_out(out), opt.run()
'''


class Case:
    def __init__(self, pdquant, folder, model):
        self.pdquant, self.folder, self.model = pdquant, folder, model
        self.name = os.path.basename(model)
        self.feed, self.floats = dict(np.load(model + '/test.npz')), arrays(model + '/outputs.npz')

    def quantize(self, target, *options, scales='scales'):
        """The prefix of the model, and the ops of the report."""
        out = self.folder + '/m'
        done = subprocess.run([self.pdquant, 'quantize', self.model + '/model', '-o', out, '--scales', '%s/%s.json' % (self.model, scales), '--target', target, '--report', out + '.json', '-q', *options],
                              capture_output=True, text=True)
        expect(done.returncode == 0, done.stderr.strip()[-300:])
        with open(out + '.json') as file:
            return out, json.load(file)['ops']


def paddle_inference(case):
    with open(case.model + '/meta.json') as file:
        ambiguous = json.load(file)['ambiguous']
    worst = 0.0
    for form in FORMS:
        for weights, kind in zip(WEIGHTS, ('channel', 'tensor')):
            prefix, _ = case.quantize('paddle', '--form', form, '--weight-quantize-type', weights)
            # Where more than one axis is good, quantize.py judges.
            right = arrays('%s/right_%s_%s.npz' % (case.model, form, kind)) if form + '_' + kind not in ambiguous else apart(predictor, prefix, case.feed, False)
            for passes in (False, True):
                if passes and case.name in WRONG_WITH_PASSES:
                    continue
                away = off(apart(predictor, prefix, case.feed, passes), right)
                expect(away <= SAME, '%s, %s, passes %s: %.1e off' % (form, weights, passes, away))
                worst = max(worst, away)
    few = []  # The legacy form goes by its bits in every Paddle. These scales clip nothing, which the forms do differently.
    for form in FORMS:
        prefix, _ = case.quantize('paddle', '--form', form, '--weight-bits', '4', '--activation-bits', '4', scales='scales_wide')
        few.append(apart(predictor, prefix, case.feed, False))
    away = off(few[1], few[0])
    expect(away <= SAME, '4 bits: %.1e off' % away)
    return '%.1e off' % worst


def has_vnni():
    with open('/proc/cpuinfo') as file:
        return 'vnni' in file.read()


def onednn(case):
    wrong = off(apart(predictor, case.model + '/model', case.feed, True, 'float'), case.floats) > 1e-3
    expect(wrong == (case.name in WRONG_WITH_PASSES), 'the float model is %s there' % ('wrong' if wrong else 'right'))
    said = []
    for form in FORMS:
        for weights in WEIGHTS:
            for more in [[]] + ([['--op-type', MATRICES, '--products']] if has_vnni() else []):
                prefix, ops = case.quantize('onednn', '--form', form, '--weight-quantize-type', weights, *more)
                left = [op for op in ops if op['type'] in ('conv2d', 'depthwise_conv2d') and not op['quantized']]
                expect(not left, '%r stays in float' % left[:1])
                if wrong:
                    continue
                got, simulated = apart(predictor, prefix, case.feed, True, 'int8'), apart(executor, prefix, case.feed)
                away = off(got, simulated)
                expect(away <= (NEAR_ONEDNN_MATRICES if more else NEAR_ONEDNN) or off(got, case.floats) <= off(simulated, case.floats), '%s, %s, %s: %.1f %% off' % (form, weights, more, 100 * away))
                said.append(away)
    return '%.1f %% off, %d of %d quantized' % (100 * max(said + [0]), sum(op['quantized'] for op in ops), len(ops))


def onnx_runtime(prefix, feed):
    """The outputs without ONNX Runtime's optimizations and with them, and the types of the ops that ran with them."""
    import onnxruntime
    if os.path.exists(prefix + '.onnx'):
        os.remove(prefix + '.onnx')
    done = subprocess.run([sys.executable, '-m', 'paddle2onnx.command', '--model_dir', os.path.dirname(prefix), '--model_filename', os.path.basename(prefix) + '.pdmodel', '--params_filename',
                           os.path.basename(prefix) + '.pdiparams', '--save_file', prefix + '.onnx', '--opset_version', '13', '--deploy_backend', 'onnxruntime'],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    expect(os.path.exists(prefix + '.onnx'), 'Paddle2ONNX: ' + done.stdout.strip()[-200:])
    outputs = []
    for level in (onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level, options.intra_op_num_threads, options.log_severity_level = level, 1, 3
        options.enable_profiling, options.profile_file_prefix = True, prefix
        options.add_session_config_entry('session.qdqisint8allowed', '1')
        session = onnxruntime.InferenceSession(prefix + '.onnx', options, providers=['CPUExecutionProvider'])
        outputs.append(session.run(None, {i.name: feed[i.name] for i in session.get_inputs()}))
        with open(session.end_profiling()) as file:
            ran = [event['args']['op_name'] for event in json.load(file) if event.get('cat') == 'Node' and event['name'].endswith('_kernel_time')]
    return outputs[0], outputs[1], ran


def onnx_engine(case):
    if case.name in NOT_IN_ONNX:
        case.quantize('onnx')
        return 'NOT TESTED: neither takes the float model'
    worst = 0.0
    for weights in WEIGHTS:
        prefix, ops = case.quantize('onnx', '--weight-quantize-type', weights)
        plain, optimized, ran = apart(onnx_runtime, prefix, case.feed)
        quantized, integer = sum(op['quantized'] for op in ops), ran.count('QLinearConv')
        expect(integer == quantized or case.name in FETCHES_PRODUCTS, '%d of %d convolutions are QLinearConv' % (integer, quantized))
        simulated = apart(executor, prefix, case.feed)
        for got in (plain, optimized):
            away = off(got, simulated)
            expect(away <= NEAR_ONNX, '%s: %.1f %% off' % (weights, 100 * away))
            worst = max(worst, away)
    return '%.1f %% off, %d QLinearConv' % (100 * worst, integer)


def lite(case):
    python = os.environ['PDQUANT_LITE']
    for form in FORMS:
        for weights in WEIGHTS:
            prefix, ops = case.quantize('lite', '--form', form, '--weight-quantize-type', weights)
            done = subprocess.run([python, '-c', LITE, prefix, case.folder + '/opt'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ, GLOG_v='4', GLOG_minloglevel='0'))
            said = done.stdout.decode(errors='replace')
            expect(done.returncode == 0, '%s, %s: opt: %s' % (form, weights, said.strip()[-200:]))
            kernels = re.findall(r'Statement (\S+) (\S+)', said)
            expect(len(kernels) > 0, 'opt tells no kernels')
            integer, quantized = sum(kernel.startswith('arm/int8') and op != 'calib' for op, kernel in kernels), sum(op['quantized'] for op in ops)
            expect(integer == quantized, '%s, %s: %d int8 kernels for %d quantized ops' % (form, weights, integer, quantized))
    return '%d int8 kernels in the linear form, of %d products' % (integer, len(ops))


ENGINES = {'paddle': paddle_inference, 'onednn': onednn, 'onnx': onnx_engine, 'lite': lite}


def main():
    engine, pdquant, corpus = sys.argv[1], os.path.abspath(sys.argv[2]), sys.argv[3]
    if engine == 'lite' and not os.environ.get('PDQUANT_LITE'):
        print('PDQUANT_LITE has to name a Python that has paddlelite 2.12.', file=sys.stderr)
        return 2
    if engine == 'onednn' and not has_vnni():
        print('This processor has no VNNI: what --op-type makes of matrix products for oneDNN IS NOT TESTED.')
    passed = failed = 0
    for name in sys.argv[4:] or sorted(os.listdir(corpus)):
        with tempfile.TemporaryDirectory() as folder:
            try:
                said, right = ENGINES[engine](Case(pdquant, folder, os.path.join(corpus, name))), True
            except Exception as error:  # pylint: disable=broad-except
                said, right = str(error), False
        passed, failed = passed + right, failed + (not right)
        print('%-20s %s: %s' % (name, 'ok' if right else 'FAILED', said), flush=True)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
