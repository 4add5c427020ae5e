"""Makes the programs of testdata/reports that stand beside what users reported for `transpile`: one more input of the same
kind each. Needs paddlepaddle 1.8.5: make_transpile_reports.py FOLDER"""
import os
import sys
import tempfile

import paddle.fluid as fluid
from paddle.fluid.contrib import mixed_precision
from paddle.fluid.contrib.quantize.quantize_transpiler import QuantizeTranspiler
from paddle.fluid.proto import framework_pb2


def write(program, *path):
    """Without op_callstack, which holds the paths of the machine."""
    desc = framework_pb2.ProgramDesc.FromString(program.desc.serialize_to_string())
    for block in desc.blocks:
        for op in block.ops:
            kept = [a for a in op.attrs if a.name != 'op_callstack']
            del op.attrs[:]
            op.attrs.extend(kept)
    os.makedirs(os.path.join(*path[:-1]), exist_ok=True)
    with open(os.path.join(*path), 'wb') as file:
        file.write(desc.SerializeToString())


def append(op, inputs, attrs=None):
    """An op whose output is declared as passes that copy declarations do it: with the type 0, BOOL."""
    block = fluid.default_main_program().global_block()
    var = block.create_var(name=fluid.unique_name.generate(op), dtype='bool')
    block.append_op(type=op, inputs=inputs, outputs={'Out': [var]}, attrs=attrs or {})
    return var


def loss_of(out, y):
    return fluid.layers.mean(fluid.layers.square(out - y))


def hand_declared():
    """gelu and gather leave the BOOL that their outputs were declared with; a mul reads each."""
    x, y = fluid.data('x', [4, 8]), fluid.data('y', [4, 1])
    rows = fluid.data('rows', [4], dtype='int32')
    hidden = append('gelu', {'X': [fluid.layers.fc(x, 8)]}, attrs={'approximate': False})
    hidden.stop_gradient = False
    weight = fluid.layers.create_parameter([8, 8], 'float32', name='hand.w_0')
    product = append('mul', {'X': [hidden], 'Y': [weight]}, attrs={'x_num_col_dims': 1, 'y_num_col_dims': 1})
    picked = append('gather', {'X': [product], 'Index': [rows]})
    last = fluid.layers.create_parameter([8, 1], 'float32', name='hand.w_1')
    out = append('mul', {'X': [picked], 'Y': [last]}, attrs={'x_num_col_dims': 1, 'y_num_col_dims': 1})
    out = fluid.layers.cast(out, 'float32')
    fluid.optimizer.SGD(0.1).minimize(loss_of(out, y))


def recompute():
    """Recomputed copies behind gelu and layer_norm."""
    x, y = fluid.data('x', [None, 8]), fluid.data('y', [None, 1])
    first = fluid.layers.fc(fluid.layers.gelu(fluid.layers.fc(x, 8)), 8)
    second = fluid.layers.fc(fluid.layers.layer_norm(fluid.layers.fc(first, 8, act='relu')), 8)
    out = fluid.layers.fc(fluid.layers.fc(second, 8, act='relu'), 1)
    optimizer = fluid.optimizer.RecomputeOptimizer(fluid.optimizer.SGD(0.1))
    optimizer._set_checkpoints([first, second])
    optimizer.minimize(loss_of(out, y))


def mixed_precision_chain():
    """The second fc reads what the first computed in FP16."""
    x, y = fluid.data('x', [None, 8]), fluid.data('y', [None, 1])
    out = fluid.layers.fc(fluid.layers.fc(x, 8, act='relu'), 1)
    mixed_precision.decorate(fluid.optimizer.SGD(0.1)).minimize(loss_of(out, y))


def recomputed_mixed_precision():
    """RecomputeOptimizer leaves a block that nothing runs, in which products read their weights through casts."""
    x, y = fluid.data('x', [None, 8]), fluid.data('y', [None, 1])
    first = fluid.layers.dropout(fluid.layers.fc(x, 8, act='relu'), 0.1)
    out = fluid.layers.fc(fluid.layers.dropout(fluid.layers.fc(first, 8, act='relu'), 0.1), 1)
    optimizer = fluid.optimizer.RecomputeOptimizer(fluid.optimizer.SGD(0.1))
    optimizer._set_checkpoints([first])
    mixed_precision.decorate(optimizer).minimize(loss_of(out, y))


def reshape_in_place():
    """dialogue_domain_classification of PaddlePaddle/models: each branch gives the embedding its shape again."""
    x, y = fluid.data('x', [None, 8, 6]), fluid.data('y', [None, 1])
    branches = []
    shared = fluid.layers.fc(x, 6, num_flatten_dims=2, act='relu')
    for window in (1, 2, 3):
        shared = fluid.layers.reshape(shared, [-1, 1, 8, 6], inplace=True)
        conv = fluid.layers.conv2d(shared, 4, (window, 6), act='relu')
        branches.append(fluid.layers.pool2d(conv, global_pooling=True, pool_type='max'))
    fluid.optimizer.SGD(0.1).minimize(loss_of(fluid.layers.fc(fluid.layers.concat(branches, axis=1), 1), y))


def reshape_rows():
    """Other shapes each time, which a mul reads as the same rows."""
    x, y = fluid.data('x', [None, 24]), fluid.data('y', [None, 1])
    shared = fluid.layers.scale(x, 0.5)
    shared.stop_gradient = True
    outs = [fluid.layers.fc(shared, 1)]
    for shape in ([-1, 4, 6], [0, 2, 12]):
        shared = fluid.layers.reshape(shared, shape, inplace=True)
        outs.append(fluid.layers.fc(shared, 1))
    fluid.optimizer.SGD(0.1).minimize(loss_of(fluid.layers.sums(outs), y))


def transfer():
    """A base of fully connected layers that load_inference_model brought."""
    exe = fluid.Executor(fluid.CPUPlace())
    base, startup = fluid.Program(), fluid.Program()
    with fluid.program_guard(base, startup), fluid.unique_name.guard():
        x = fluid.data('x', [None, 8])
        features = fluid.layers.fc(fluid.layers.fc(x, 8, act='relu', name='base_a'), 8, name='base_b')
    exe.run(startup)
    with tempfile.TemporaryDirectory() as folder:
        fluid.io.save_inference_model(folder, ['x'], [features], exe, base)
        program, _, (features,) = fluid.io.load_inference_model(folder, exe)
    startup = fluid.Program()
    with fluid.program_guard(program, startup), fluid.unique_name.guard():
        features.stop_gradient = True
        out = fluid.layers.fc(program.global_block().var(features.name), 1, name='head')
        fluid.optimizer.SGD(0.1).minimize(loss_of(out, fluid.data('y', [None, 1])))
    return program, startup


def make(folder, name, build, reference=None):
    if build is transfer:
        main, startup = build()
    else:
        main, startup = fluid.Program(), fluid.Program()
        with fluid.program_guard(main, startup), fluid.unique_name.guard():
            build()
    write(main, folder, name, 'main.pb')
    write(startup, folder, name, 'startup.pb')
    if not reference:
        return
    with fluid.unique_name.guard():
        QuantizeTranspiler(**reference).training_transpile(main, startup)
    write(main, folder, name, 'reference.pb')
    write(startup, folder, name, 'reference-startup.pb')


if __name__ == '__main__':
    out = sys.argv[1]
    make(out, 'hand-declared', hand_declared)
    make(out, 'recompute-gelu', recompute)
    make(out, 'amp-chain', mixed_precision_chain)
    make(out, 'amp-recompute', recomputed_mixed_precision)
    make(out, 'transfer-fc', transfer)
    ranges = {'weight_bits': 8, 'activation_bits': 8, 'activation_quantize_type': 'range_abs_max'}
    make(out, 'reshape-in-place', reshape_in_place, ranges)
    make(out, 'reshape-rows', reshape_rows, ranges)
