"""Builds one training program three times in one process: Paddle's counters go on from one to the next.

Usage: same_net_again.py FOLDER. Writes train-N.pb and startup-N.pb, with Paddle 1.8 or 2.x, without op_callstack.
testdata/reports/same-net-again holds what 1.8.5 and 2.6.2 wrote.
"""
import os
import sys

import numpy as np
import paddle


def double(x):
    return np.array(x) * 2


def double_gradient(x, out, gradient):
    return np.array(gradient) * 2


def call_function(static, program, x, width):
    out = program.current_block().create_var(name="py_out", dtype="float32", shape=[-1, width])
    static.py_func(func=double, x=x, out=out, backward_func=double_gradient)
    return out


def network_of_1(main):
    import paddle.fluid as fluid
    layers = fluid.layers
    x = fluid.data("x", [None, 8])
    y = fluid.data("y", [None, 1])
    with fluid.name_scope("encoder"):
        with fluid.name_scope("block"):
            hidden = layers.fc(x, 8, act="relu")
        with fluid.name_scope("block"):
            hidden = layers.fc(hidden, 8, act="relu")
    with fluid.name_scope("encoder"):
        hidden = layers.dropout(layers.fc(hidden, 6), 0.1)
    out = call_function(layers, main, hidden, 6)
    step = layers.fill_constant([1], "int64", 0)
    steps = layers.fill_constant([1], "int64", 3)
    total = layers.fill_constant([1], "float32", 0.0)
    loop = layers.While(layers.less_than(step, steps))
    with loop.block():
        layers.assign(total + 1.0, total)
        layers.increment(step, in_place=True)
        layers.less_than(step, steps, cond=layers.less_than(step, steps))
    prediction = layers.fc(out, 1)
    layers.Print(prediction, message="p")
    loss = layers.mean(layers.square_error_cost(prediction, y))
    rate = layers.exponential_decay(0.01, 100, 0.9)
    fluid.optimizer.Adam(rate, regularization=fluid.regularizer.L2Decay(1e-4)).minimize(loss)


def network_of_2(main):
    static = paddle.static
    x = static.data("x", [None, 8])
    y = static.data("y", [None, 1])
    with static.name_scope("encoder"):
        hidden = paddle.nn.Dropout(0.1)(paddle.nn.functional.relu(paddle.nn.Linear(8, 8)(x)))
    with static.name_scope("encoder"):
        hidden = static.nn.fc(hidden, 8)
    out = call_function(static, main, hidden, 8)
    chosen = static.nn.cond(paddle.mean(out) > 0, lambda: out * 2, lambda: out + 1)
    prediction = static.nn.fc(chosen, 1)
    static.Print(prediction, message="p")
    loss = paddle.mean(paddle.nn.functional.square_error_cost(prediction, y))
    clip = paddle.nn.ClipGradByGlobalNorm(1.0)
    paddle.optimizer.AdamW(paddle.optimizer.lr.StepDecay(0.01, 10), grad_clip=clip).minimize(loss)


def save(program, framework_pb2, path):
    message = framework_pb2.ProgramDesc()
    message.ParseFromString(program.desc.serialize_to_string())
    for block in message.blocks:
        for op in block.ops:
            for i in reversed(range(len(op.attrs))):
                if op.attrs[i].name == "op_callstack":
                    del op.attrs[i]
    with open(path, "wb") as file:
        file.write(message.SerializeToString())


def main():
    folder = sys.argv[1]
    if paddle.__version__.startswith("1."):
        import paddle.fluid as static
        from paddle.fluid.proto import framework_pb2
        network = network_of_1
    else:
        from paddle import static
        from paddle.base.proto import framework_pb2
        paddle.enable_static()
        network = network_of_2
    for n in (1, 2, 3):
        program, startup = static.Program(), static.Program()
        with static.program_guard(program, startup):
            network(program)
        save(program, framework_pb2, os.path.join(folder, "train-%d.pb" % n))
        save(startup, framework_pb2, os.path.join(folder, "startup-%d.pb" % n))


if __name__ == "__main__":
    main()
