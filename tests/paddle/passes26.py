"""What the quantization passes of paddlepaddle 2.6.2 itself make of its training programs (testdata/paddle/static.tar.xz): undo gives the float
program back, freeze computes what the simulation and Paddle's own freeze compute, undo of what Paddle froze is float again.
Usage: passes26.py PDQUANT FOLDER [--only NETWORK ...] [--keep DIR]. Ends with the line `N passed, N failed`.
--keep writes the programs, their stack traces taken out, to DIR/NETWORK.PASSES/."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import paddle
from paddle.base.framework import IrGraph
from paddle.framework import core
from paddle.static.quantization import quantization_pass as passes

import static26_programs as programs

RANGE = 1e-5
# Networks that Paddle's passes transform as they should: one block, no value that is written again, one optimizer.
NETWORKS = ['batched_attention', 'clipped', 'depthwise', 'encoder_layer', 'grouped', 'lenet', 'linear', 'matmul_v1', 'mixer', 'mlp', 'mul_v1', 'residual',
            'squeeze_excite', 'unet']
TYPES = ['conv2d', 'depthwise_conv2d', 'mul', 'matmul', 'matmul_v2']
VARIANTS = {
    'pairs': dict(weights='abs_max', activations='range_abs_max'),
    'channels': dict(weights='channel_wise_abs_max', activations='moving_average_abs_max'),
    'channels and sums': dict(weights='channel_wise_abs_max', activations='moving_average_abs_max', sums=True),
    'out scales': dict(weights='abs_max', activations='moving_average_abs_max', out_scales=True),
    'linear': dict(weights='channel_wise_abs_max', activations='moving_average_abs_max', linear=True),
}


def transform(program, scope, variant):
    graph = IrGraph(core.Graph(program.desc), for_test=False)
    place = paddle.CPUPlace()
    kind = passes.QuantizationTransformPassV2 if variant.get('linear') else passes.QuantizationTransformPass
    kind(scope=scope, place=place, weight_quantize_type=variant['weights'], activation_quantize_type=variant['activations'], quantizable_op_type=TYPES).apply(graph)
    if variant.get('sums'):
        passes.AddQuantDequantPass(scope=scope, place=place, quantizable_op_type=['elementwise_add']).apply(graph)
    if variant.get('out_scales'):
        passes.OutScaleForTrainingPass(scope=scope, place=place).apply(graph)
    return graph.to_program()


def untransformed(program):
    """What Paddle's graph makes of a program without a pass: it drops attributes that its ops don't know."""
    return IrGraph(core.Graph(program.desc), for_test=False).to_program()


def freeze(program, scope, variant):
    graph = IrGraph(core.Graph(program.desc), for_test=True)
    if variant.get('linear'):
        passes.QuantWeightPass(scope, paddle.CPUPlace()).apply(graph)
    else:
        passes.QuantizationFreezePass(scope=scope, place=paddle.CPUPlace(), weight_quantize_type=variant['weights'], quantizable_op_type=TYPES).apply(graph)
    return graph.to_program()


def save(program, prefix, network, exe):
    block = program.global_block()
    used = {name for op in block.ops for name in op.input_arg_names}
    feeds = [block.var(f['name']) for f in network.meta['feeds'] if f['name'] in used]
    paddle.static.save_inference_model(prefix, feeds, [block.var(name) for name in network.meta['losses'][:1]], exe, program=program)
    programs.strip(prefix + '.pdmodel')


def compute(prefix, network):
    scope = paddle.static.Scope()
    with paddle.static.scope_guard(scope):
        exe = paddle.static.Executor(paddle.CPUPlace())
        program, feeds, targets = paddle.static.load_inference_model(prefix, exe)
        feed = {f['name']: programs.draw(f, network.meta) for f in network.meta['feeds'] if f['name'] in feeds}
        return float(np.asarray(exe.run(program, feed=feed, fetch_list=targets)[0]).ravel()[0])


class Case:
    def __init__(self, pdquant, network, variant, folder):
        self.pdquant, self.network, self.variant, self.folder = os.path.abspath(pdquant), network, variant, folder

    def run(self, *arguments, codes=(0,)):
        done = subprocess.run([self.pdquant, *arguments], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        assert done.returncode in codes, '%s: %s' % (' '.join(arguments), ' '.join(done.stdout.split())[-400:])
        return done.stdout

    def write(self, program, name):
        path = os.path.join(self.folder, name)
        with open(path, 'wb') as file:
            file.write(program.desc.serialize_to_string())
        programs.strip(path)

    def make(self):
        """Trains what the passes make; leaves train.pb and the models simulated and frozen."""
        network, scope = self.network, paddle.static.Scope()
        exe = paddle.static.Executor(paddle.CPUPlace())
        with paddle.static.scope_guard(scope):
            programs.start(network.startup, network.meta, scope, exe)
            program = transform(paddle.static.Program.parse_from_string(network.main), scope, self.variant)
            self.write(program, 'train.pb')
            feed = {f['name']: programs.draw(f, network.meta) for f in network.meta['feeds']}
            for step in range(4):
                if step == 3:  # the scales become those of the weights that are saved: Paddle's freeze takes them as they are
                    for name in {name for op in program.global_block().ops if 'LearningRate' in op.input_names for name in op.input('LearningRate')}:
                        scope.find_var(name).get_tensor().set(np.zeros(1, 'float32'), paddle.CPUPlace())
                exe.run(program, feed=feed, fetch_list=network.meta['losses'])
            test = program.clone(for_test=True)
            save(test, os.path.join(self.folder, 'simulated'), network, exe)
            save(freeze(test, scope, self.variant), os.path.join(self.folder, 'frozen'), network, exe)

    def frozen_by_paddle(self):
        """What its model computes; no number where Paddle refuses to run it."""
        try:
            return compute(os.path.join(self.folder, 'frozen'), self.network)
        except Exception:  # pylint: disable=broad-except # Paddle has no class of its own for it
            return float('nan')

    def judge(self):
        """What is wrong, or None."""
        self.make()
        self.write(untransformed(paddle.static.Program.parse_from_string(self.network.main)), 'float.pb')
        self.run('undo', 'train.pb', '-o', 'undone.pb')
        difference = self.run('diff', 'float.pb', 'undone.pb', '--ignore-order', codes=(0, 1))
        if difference:
            return 'undo: ' + ' '.join(difference.split())[:500]
        self.run('freeze', 'simulated', '-o', 'ours')
        self.run('undo', 'simulated', '-o', 'float')
        self.run('undo', 'ours', '-o', 'ours.float')
        refused = self.run('undo', 'frozen', '-o', 'frozen.float', codes=(0, 3))
        at = lambda name: compute(os.path.join(self.folder, name), self.network)
        simulated, ours, paddles = at('simulated'), at('ours'), self.frozen_by_paddle()
        unit = max(1, abs(simulated))
        if abs(ours - simulated) > RANGE * unit:
            return 'simulated %s, frozen %s, by Paddle %s' % (simulated, ours, paddles)
        if not os.path.exists(os.path.join(self.folder, 'frozen.float.pdmodel')):  # only what Paddle scaled along a wrong axis may be refused
            return None if not abs(paddles - simulated) <= RANGE * unit else 'undo of what Paddle froze right: ' + ' '.join(refused.split())[-300:]
        if abs(at('ours.float') - at('frozen.float')) > RANGE * unit:
            return 'undone: ours %s, of what Paddle froze %s' % (at('ours.float'), at('frozen.float'))
        return None


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('pdquant')
    p.add_argument('folder')
    p.add_argument('--only', nargs='*', default=NETWORKS)
    p.add_argument('--keep')
    a = p.parse_args()
    paddle.enable_static()
    passed = failed = 0
    for name in a.only:
        network = programs.Programs(os.path.join(a.folder, name))
        for label, variant in VARIANTS.items():
            with tempfile.TemporaryDirectory() as folder:
                try:
                    problem = Case(a.pdquant, network, variant, folder).judge()
                except Exception as error:
                    problem = repr(error)[-400:]
                if a.keep:
                    shutil.copytree(folder, os.path.join(a.keep, '%s.%s' % (name, label.replace(' ', '_'))), dirs_exist_ok=True)
            passed, failed = passed + (not problem), failed + bool(problem)
            if problem:
                print('FAILED %s, %s: %s' % (name, label, problem), flush=True)
    print('%d passed, %d failed' % (passed, failed))
    sys.exit(1 if failed or not passed else 0)


main()
