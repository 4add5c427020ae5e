"""Training programs of paddlepaddle 2.6.2 on disk, the values that they start with and the data that they get: both depend on names alone, so that
a rewritten program starts as the float one does."""
import json
import os
import zlib

import numpy as np
import paddle
from paddle.base.proto import framework_pb2

RANDOM_OPS = ('uniform_random', 'gaussian_random', 'truncated_gaussian_random')


class Programs:
    """A folder with main.pb, startup.pb and meta.json."""

    def __init__(self, folder):
        self.folder, self.name = folder, os.path.basename(folder)
        with open(os.path.join(folder, 'meta.json')) as file:
            self.meta = json.load(file)
        self.main, self.startup = read(os.path.join(folder, 'main.pb')), read(os.path.join(folder, 'startup.pb'))


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def parse(data):
    desc = framework_pb2.ProgramDesc()
    desc.ParseFromString(data)
    return desc


def random_of(name, seed):
    return np.random.RandomState((zlib.crc32(name.encode()) + seed) % 2 ** 32)


def start(startup, meta, scope, exe):
    """Runs a startup program; what it draws depends on names alone afterwards."""
    exe.run(paddle.static.Program.parse_from_string(startup))
    for op in parse(startup).blocks[0].ops:
        if op.type not in RANDOM_OPS:
            continue
        name = op.outputs[0].arguments[0]
        tensor = scope.find_var(name).get_tensor()
        shape = [int(d) for d in tensor.shape()]
        bound = (6.0 / ((np.prod(shape[1:]) if len(shape) > 1 else 1) + shape[0])) ** 0.5
        tensor.set(random_of(name, meta['seed']).uniform(-bound, bound, shape).astype('float32'), paddle.CPUPlace())


def draw(feed, meta):
    rng = random_of(feed['name'], 31 * meta['seed'])
    shape = [meta['batch'] if d < 0 else d for d in feed['shape']]
    if feed['dtype'] in ('int64', 'int32'):
        return rng.randint(0, feed.get('high', 2), shape).astype(feed['dtype'])
    return rng.rand(*shape) < 0.5 if feed['dtype'] == 'bool' else (rng.randn(*shape) * feed.get('scale', 1.0)).astype(feed['dtype'])


def train(main, startup, meta, steps):
    """The losses of some steps on one batch, and the gradients of the first."""
    paddle.seed(meta['seed'])
    scope, exe = paddle.static.Scope(), paddle.static.Executor(paddle.CPUPlace())
    with paddle.static.scope_guard(scope):
        start(startup, meta, scope, exe)
        program = paddle.static.Program.parse_from_string(main)
        program.random_seed = meta['seed']
        feed = {f['name']: draw(f, meta) for f in meta['feeds']}
        losses, gradients = [], {}
        for step in range(steps):
            names = meta['losses'] + (meta['grads'] if step == 0 else [])
            got = [np.asarray(value) for value in exe.run(program, feed=feed, fetch_list=names)]
            losses.append([float(value.ravel()[0]) for value in got[:len(meta['losses'])]])
            if step == 0:
                gradients = dict(zip(meta['grads'], got[len(meta['losses']):]))
    return np.array(losses), gradients


def strip(path):
    """Takes out the stack traces, in which Paddle names the files of its installation."""
    desc = parse(read(path))
    for block in desc.blocks:
        for op in block.ops:
            for attr in op.attrs:
                if attr.name == 'op_callstack':
                    del attr.strings[:]
    with open(path, 'wb') as file:
        file.write(desc.SerializeToString())
