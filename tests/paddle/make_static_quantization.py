"""Small inference programs as paddle.static.quantization of paddlepaddle 2.6.2 quantizes them: a convolution, relu and a product.
Usage: make_static_quantization.py OUT"""
import os
import shutil
import sys
import tempfile

import numpy as np
import paddle
from paddle.base.framework import IrGraph
from paddle.base.proto import framework_pb2
from paddle.framework import core
from paddle.static import quantization as q
from paddle.static.quantization import quantization_pass as qp

paddle.enable_static()
OUT = sys.argv[1]


def network(scope, exe):
    main, startup = paddle.static.Program(), paddle.static.Program()
    with paddle.utils.unique_name.guard(), paddle.static.program_guard(main, startup):
        image = paddle.static.data('image', [-1, 2, 4, 4])
        h = paddle.nn.functional.relu(paddle.nn.Conv2D(2, 3, 3, bias_attr=False)(image))
        h = paddle.flatten(h, 1)
        w = paddle.create_parameter([12, 5], 'float32', name='w')
        from paddle.base.layer_helper import LayerHelper
        helper = LayerHelper('mul')
        out = helper.create_variable_for_type_inference('float32')
        helper.append_op(type='mul', inputs={'X': [h], 'Y': [w]}, outputs={'Out': [out]}, attrs={'x_num_col_dims': 1, 'y_num_col_dims': 1})
        out = paddle.tanh(out)
    rng = np.random.RandomState(7)
    exe.run(startup)
    for p in main.all_parameters():
        scope.find_var(p.name).get_tensor().set((rng.rand(*p.shape) - 0.5).astype('float32'), paddle.CPUPlace())
    return main, image, out


def strip_call_stacks(path):
    """The stack traces in which Paddle names the files of its installation."""
    desc = framework_pb2.ProgramDesc()
    with open(path, 'rb') as file:
        desc.ParseFromString(file.read())
    for block in desc.blocks:
        for op in block.ops:
            for attr in op.attrs:
                if attr.name == 'op_callstack':
                    del attr.strings[:]
    with open(path, 'wb') as file:
        file.write(desc.SerializeToString())


def make(name, weight, linear=False, freeze=False, int8=False, activations=False, quantizable=('conv2d', 'mul')):
    scope = paddle.static.Scope()
    place = paddle.CPUPlace()
    with paddle.static.scope_guard(scope):
        exe = paddle.static.Executor(place)
        main, image, out = network(scope, exe)
        graph = IrGraph(core.Graph(main.desc), for_test=False)
        transform = (qp.QuantizationTransformPassV2 if linear else qp.QuantizationTransformPass)(
            scope=scope, place=place, weight_quantize_type=weight, activation_quantize_type='moving_average_abs_max',
            quantizable_op_type=list(quantizable))
        transform.apply(graph)
        if activations:
            (qp.AddQuantDequantPassV2 if linear else qp.AddQuantDequantPass)(scope=scope, place=place, quantizable_op_type=['relu']).apply(graph)
        program = graph.to_program()
        rng = np.random.RandomState(3)
        for _ in range(5):
            exe.run(program, feed={'image': (rng.rand(4, 2, 4, 4) * 2 - 1).astype('float32')}, fetch_list=[out.name])
        graph = IrGraph(core.Graph(program.clone(for_test=True).desc), for_test=True)
        if freeze and not linear:
            qp.QuantizationFreezePass(scope=scope, place=place, weight_quantize_type=weight, quantizable_op_type=list(quantizable)).apply(graph)
            if int8:
                qp.ConvertToInt8Pass(scope=scope, place=place, quantizable_op_type=list(quantizable)).apply(graph)
        if freeze and linear:
            qp.QuantWeightPass(scope, place).apply(graph)
        program = graph.to_program()
        fetch = program.global_block().var(out.name)
        feed = program.global_block().var('image')
        os.makedirs(os.path.join(OUT, name), exist_ok=True)
        paddle.static.save_inference_model(os.path.join(OUT, name, 'm'), [feed], [fetch], exe, program=program)
        strip_call_stacks(os.path.join(OUT, name, 'm.pdmodel'))
        x = (np.random.RandomState(11).rand(3, 2, 4, 4) * 2 - 1).astype('float32')
        program, feeds, fetches = paddle.static.load_inference_model(os.path.join(OUT, name, 'm'), exe)
        try:
            y = exe.run(program, feed={feeds[0]: x}, fetch_list=fetches)[0]
            np.save(os.path.join(OUT, name, 'y.npy'), y)
            print(name, [op.type for op in program.global_block().ops], y[0, :3])
        except Exception as e:
            print(name, 'does not run', str(e)[-200:])


def make_weight_only(name, bits, kind):
    """What WeightQuantization makes of the float model: for Paddle-Lite, no Paddle runs it."""
    scope = paddle.static.Scope()
    with paddle.static.scope_guard(scope):
        exe = paddle.static.Executor(paddle.CPUPlace())
        main, image, out = network(scope, exe)
        with tempfile.TemporaryDirectory() as folder:
            paddle.static.save_inference_model(os.path.join(folder, 'm'), [image], [out], exe, program=main.clone(for_test=True))
            quantization = q.WeightQuantization(folder, model_filename='m.pdmodel', params_filename='m.pdiparams')
            quantization.quantize_weight_to_int(folder, 'm.pdmodel', 'm.pdiparams', ['conv2d', 'mul'], bits, kind)
            shutil.copytree(os.path.join(folder, 'quantized_model'), os.path.join(OUT, name))
    strip_call_stacks(os.path.join(OUT, name, 'm.pdmodel'))


make('pairs', 'abs_max')
make('pairs_frozen', 'abs_max', freeze=True)
make('channels', 'channel_wise_abs_max')
make('channels_frozen', 'channel_wise_abs_max', freeze=True)
make('channels_int8', 'channel_wise_abs_max', freeze=True, int8=True)
make('fused', 'abs_max', activations=True)
make('fused_frozen', 'abs_max', activations=True, freeze=True)
make('linear', 'channel_wise_abs_max', linear=True)
make('linear_frozen', 'channel_wise_abs_max', linear=True, freeze=True)
make_weight_only('weight_only', 8, 'channel_wise_abs_max')
make_weight_only('weight_only_16', 16, 'abs_max')
