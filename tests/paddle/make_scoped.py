"""A training program of paddlepaddle 2.6.2 for rules: name scopes, one of them Paddle's mark skip_quant, a product of two activations, ops without weights,
and a branch.
Usage: make_scoped.py OUT"""
import os
import sys

import paddle
from paddle.base.proto import framework_pb2

paddle.enable_static()
OUT = sys.argv[1]


def network():
    F = paddle.nn.functional
    image = paddle.static.data('image', [-1, 2, 8, 8])
    label = paddle.static.data('label', [-1, 1], 'int64')
    with paddle.static.name_scope('backbone'):
        h = paddle.nn.Conv2D(2, 4, 3, padding=1, bias_attr=False)(image)
        h = F.max_pool2d(F.relu(h), 2)
        with paddle.static.name_scope('deep'):
            shortcut = h
            h = F.relu(paddle.nn.Conv2D(4, 4, 3, padding=1, bias_attr=False)(h))
            h = paddle.add(h, shortcut)
    with paddle.static.name_scope('attention'):
        rows = paddle.reshape(h, [-1, 4, 16])
        q, k = paddle.nn.Linear(16, 8)(rows), paddle.nn.Linear(16, 8)(rows)
        weights = F.softmax(paddle.matmul(q, k, transpose_y=True))
        h = paddle.flatten(paddle.matmul(weights, rows), 1)
    with paddle.static.name_scope('skip_quant'):
        h = F.relu(paddle.nn.Linear(64, 16)(h))
    with paddle.static.name_scope('head'):
        inner = paddle.nn.Linear(16, 16)
        h = paddle.static.nn.cond(paddle.mean(h) > 0, lambda: inner(h), lambda: h * 2)
        both = paddle.concat([F.gelu(h), paddle.tanh(h)], axis=1)
        out = paddle.nn.Linear(32, 3)(both)
    return paddle.mean(F.cross_entropy(out, label))


def write(program, name):
    """Without the stack traces, in which Paddle names the files of its installation."""
    desc = framework_pb2.ProgramDesc.FromString(program.desc.serialize_to_string())
    for block in desc.blocks:
        for op in block.ops:
            for attr in op.attrs:
                if attr.name == 'op_callstack':
                    del attr.strings[:]
    os.makedirs(OUT, exist_ok=True)
    with open(os.path.join(OUT, name), 'wb') as file:
        file.write(desc.SerializeToString())


main, startup = paddle.static.Program(), paddle.static.Program()
with paddle.utils.unique_name.guard(), paddle.static.program_guard(main, startup):
    paddle.optimizer.Adam(1e-2).minimize(network())
write(main, 'main.pb')
write(startup, 'startup.pb')
