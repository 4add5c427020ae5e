"""Makes the second inputs of testdata/reports with the real Paddle, and runs each for three steps. Usage: make_reports.py OUT.
Under paddlepaddle 1.8.5: py-reader (a reader queue that the startup program makes) and leftover-block (recompute over a program that casts integers);
under 2.6.2: two-pylayers (two pylayer ops, whose blocks their gradient ops name as well)."""
import pathlib
import sys

import numpy as np
import paddle


def save(program, path):
    """Without call stacks, which hold paths of the machine."""
    if hasattr(program, 'desc'):
        for block in range(program.desc.num_blocks()):
            desc = program.desc.block(block)
            for i in range(desc.op_size()):
                if desc.op(i).has_attr('op_callstack'):
                    desc.op(i).remove_attr('op_callstack')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(program.desc.serialize_to_string())


def train(exe, main, startup, feed, loss, steps=3):
    exe.run(startup)
    losses = [float(np.asarray(exe.run(main, feed=feed, fetch_list=[loss])[0]).reshape(-1)[0]) for _ in range(steps)]
    assert np.isfinite(losses).all() and losses[0] != losses[-1], losses
    print(losses)


def py_reader(out):
    import paddle.fluid as fluid
    main, startup = fluid.Program(), fluid.Program()
    with fluid.program_guard(main, startup):
        reader = fluid.layers.py_reader(capacity=4, shapes=[[-1, 8], [-1, 1]], dtypes=['float32', 'float32'])
        x, y = fluid.layers.read_file(reader)
        hidden = fluid.layers.fc(x, 6, act='relu')
        loss = fluid.layers.mean(fluid.layers.square(fluid.layers.fc(hidden, 1) - y))
        fluid.optimizer.SGD(0.1).minimize(loss)
    save(main, out / 'py-reader' / 'main.pb')
    save(startup, out / 'py-reader' / 'startup.pb')
    reader.decorate_batch_generator(lambda: iter([(np.ones([2, 8], 'float32'), np.zeros([2, 1], 'float32'))] * 4))
    exe = fluid.Executor(fluid.CPUPlace())
    exe.run(startup)
    reader.start()
    print([float(exe.run(main, fetch_list=[loss])[0][0]) for _ in range(3)])
    reader.reset()


def leftover_block(out):
    import paddle.fluid as fluid
    main, startup = fluid.Program(), fluid.Program()
    with fluid.program_guard(main, startup):
        ids = fluid.data('ids', [-1], 'int32')
        x = fluid.data('x', [-1, 8], 'float32')
        first = fluid.layers.fc(x, 6, act='relu')
        second = fluid.layers.fc(first, 6, act='relu')
        words = fluid.embedding(fluid.layers.cast(ids, 'int64'), [10, 6])
        loss = fluid.layers.mean(fluid.layers.fc(second + words, 1))
        optimizer = fluid.optimizer.RecomputeOptimizer(fluid.optimizer.SGD(0.1))
        optimizer._set_checkpoints([first, second])
        optimizer.minimize(loss)
    save(main, out / 'leftover-block' / 'main.pb')
    save(startup, out / 'leftover-block' / 'startup.pb')
    train(fluid.Executor(fluid.CPUPlace()), main, startup, {'ids': np.ones([2], 'int32'), 'x': np.ones([2, 8], 'float32')}, loss)


def two_pylayers(out):
    paddle.enable_static()
    from paddle import static
    main, startup = static.Program(), static.Program()
    with static.program_guard(main, startup):
        x = static.data('x', [None, 8], 'float32')
        hidden = static.nn.fc(x, 6)
        for _ in range(2):
            hidden = static.nn.static_pylayer(lambda v: paddle.tanh(v), [hidden], lambda d: paddle.scale(d, 0.5))
            hidden = static.nn.fc(hidden, 6)
        loss = paddle.mean(hidden)
        paddle.optimizer.SGD(0.1).minimize(loss)
    save(main, out / 'two-pylayers' / 'main.pb')
    save(startup, out / 'two-pylayers' / 'startup.pb')
    train(static.Executor(paddle.CPUPlace()), main, startup, {'x': np.ones([2, 8], 'float32')}, loss)


if __name__ == '__main__':
    for make in [py_reader, leftover_block] if paddle.__version__.startswith('1.') else [two_pylayers]:
        make(pathlib.Path(sys.argv[1]))
