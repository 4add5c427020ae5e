"""Runs programs in the Paddle that is installed: 1.8.5, or 2.x. Data and weights depend on the seed and on names alone, so a program and
its rewritten form start from the same ones."""
import json
import zlib

import numpy as np
import paddle

if hasattr(paddle, 'enable_static'):
    paddle.enable_static()
try:
    import paddle.fluid as fluid
    IS_18 = True
    Program, Executor, CPUPlace, Scope, scope_guard, global_scope = (fluid.Program, fluid.Executor, fluid.CPUPlace, fluid.Scope,
                                                                     fluid.scope_guard, fluid.global_scope)
    create_lod_tensor = fluid.create_lod_tensor
    from paddle.fluid.proto import framework_pb2 as proto
except ImportError:
    from paddle.base import create_lod_tensor
    from paddle.base.core import Scope
    from paddle.base.proto import framework_pb2 as proto
    from paddle.static import Executor, Program, global_scope, scope_guard
    IS_18 = False
    CPUPlace = paddle.CPUPlace

SEED = 3
BATCH = 4
LOD = [3, 2, 4, 1]
RANDOM = ('uniform_random', 'gaussian_random', 'truncated_gaussian_random')


def upgrade(desc):
    """What 2.6.2 demands of programs of 1.8.5: an output of batch_norm, an attribute of softmax_with_cross_entropy."""
    for block in desc.blocks:
        for op in block.ops:
            if op.type == 'batch_norm' and not any(s.parameter == 'ReserveSpace' and s.arguments for s in op.outputs):
                name = op.outputs[0].arguments[0] + '.reserve_space'
                slot = op.outputs.add()
                slot.parameter = 'ReserveSpace'
                slot.arguments.append(name)
                var = block.vars.add()
                var.name = name
                var.type.type = proto.VarType.LOD_TENSOR
                var.type.lod_tensor.tensor.data_type = proto.VarType.FP32
            if op.type.startswith('softmax_with_cross_entropy') and not any(a.name == 'use_softmax' for a in op.attrs):
                attr = op.attrs.add()
                attr.name, attr.type, attr.b = 'use_softmax', proto.BOOLEAN, True


def load(path):
    with open(path, 'rb') as file:
        desc = proto.ProgramDesc.FromString(file.read())
    if not IS_18:
        upgrade(desc)
    program = Program.parse_from_string(desc.SerializeToString())
    program.random_seed = SEED
    return program


def draw(rng, feed):
    shape = [BATCH if d < 0 else d for d in feed['shape']]
    if feed['lod_level']:
        shape[0] = sum(LOD)
    x = rng.randint(0, 2, shape).astype('int64') if feed['dtype'] == 'int64' else rng.randn(*shape).astype('float32')
    return create_lod_tensor(x, [LOD], CPUPlace()) if feed['lod_level'] else x


def initialize(startup, scope):
    """Runs the startup program, then sets each random parameter to values that its name alone decides. Returns their names."""
    names = []
    for op in startup.global_block().ops:
        if op.type not in RANDOM:
            continue
        name = op.output('Out')[0]
        names.append(name)
        tensor = scope.find_var(name).get_tensor()
        shape = np.array(tensor).shape
        bound = (6.0 / (np.prod(shape[1:]) + shape[0])) ** 0.5
        rng = np.random.RandomState((zlib.crc32(name.encode()) + SEED) % 2**32)
        tensor.set(rng.uniform(-bound, bound, shape).astype('float32'), CPUPlace())
    return names


def train(main_path, startup_path, feeds_path, steps, with_gradients=False):
    """The losses of some steps on one batch and, where asked for, the gradient of each parameter at the first."""
    with open(feeds_path) as file:
        meta = json.load(file)
    main, startup = load(main_path), load(startup_path)
    with scope_guard(Scope()):
        exe = Executor(CPUPlace())
        exe.run(startup)
        parameters = initialize(startup, global_scope())
        rng = np.random.RandomState(SEED)
        feed = {f['name']: draw(rng, f) for f in meta['feeds']}
        gradients = [p + '@GRAD' for p in parameters if with_gradients and main.global_block().has_var(p + '@GRAD')]
        losses, first = [], {}
        for step in range(steps):
            fetched = exe.run(main, feed=feed, fetch_list=[meta['loss']] + (gradients if step == 0 else []), return_numpy=False)
            losses.append(float(np.asarray(fetched[0]).ravel()[0]))
            first.update({name: np.array(tensor).astype('float32') for name, tensor in zip(gradients, fetched[1:])})
    return losses, first
