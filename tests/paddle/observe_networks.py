"""Models for inference with products in loops and branches, made by paddlepaddle 1.8.5 or 2.6.2: for observe.py. Each gives what it is fed, by name, in several batches, and what it computes.
Usage: observe_networks.py OUT. Writes a folder for each network: `model.pdmodel`, `model.pdiparams` (of 1.8.5: `model/__model__`, `model/__params__`), and its batches, `0.npz` and so on."""
import os
import sys

os.environ['GLOG_minloglevel'] = '3'
import numpy as np
import paddle

OLD = paddle.__version__.startswith('1.')
if OLD:
    import paddle.fluid as fluid
    from paddle.fluid import layers as L
    data, cond, while_loop, relu, tanh = fluid.data, L.cond, L.while_loop, L.relu, L.tanh
    mean, batch_norm, conv = L.reduce_mean, L.batch_norm, L.conv2d
    ParamAttr = fluid.ParamAttr

    def fc(x, size, name):
        return L.fc(x, size, param_attr=name + '.w', bias_attr=name + '.b')
else:
    paddle.enable_static()
    from paddle.nn import functional as F
    data, cond, while_loop, relu, tanh = paddle.static.data, paddle.static.nn.cond, paddle.static.nn.while_loop, F.relu, paddle.tanh
    mean, batch_norm, conv = paddle.mean, paddle.static.nn.batch_norm, paddle.static.nn.conv2d
    ParamAttr = paddle.ParamAttr

    def fc(x, size, name):
        return paddle.static.nn.fc(x, size, weight_attr=ParamAttr(name=name + '.w'), bias_attr=ParamAttr(name=name + '.b'))


def constant(value, kind='int64'):
    return L.fill_constant([1], kind, value) if OLD else paddle.full([1], value, kind)


def below(x, limit):
    return L.less_than(L.reduce_mean(x), constant(limit, 'float32')) if OLD else paddle.mean(x) < limit


def less(i, limit):
    return L.less_than(i, limit) if OLD else i < limit


def more(i, count=1):
    return L.elementwise_add(i, constant(count)) if OLD else i + count


def turns(count, body, *carried):
    """The body, as often as `count`, a number or a variable, says; what it carries."""
    limit = constant(count) if isinstance(count, int) else count
    out = while_loop(lambda i, *_: less(i, limit), lambda i, *values: [more(i)] + list(body(i, *values)), [constant(0)] + list(carried))
    return out[1:]


def rows(*sizes):
    """Batches of rows: each smaller than the one before, and of the other sign."""
    random = np.random.RandomState(7)
    return [{'x': ((random.rand(size, 8) - 0.3) * (-0.5) ** i).astype('float32')} for i, size in enumerate(sizes)]


def x8():
    return data('x', [-1, 8], 'float32')


def loop():
    h, = turns(3, lambda i, h: [tanh(fc(h, 8, 'a'))], relu(fc(x8(), 8, 'b')))
    return rows(4, 4, 2), [fc(h, 2, 'c')]


def no_turn():
    """The loop doesn't run at all."""
    h, = turns(0, lambda i, h: [tanh(fc(h, 8, 'a'))], fc(x8(), 8, 'b'))
    return rows(4, 2), [fc(h, 2, 'c')]


def counted():
    """As many turns as the input says: 2, 0, 3."""
    n = data('n', [1], 'int64')
    h, = turns(n, lambda i, h: [tanh(fc(h, 8, 'a'))], fc(x8(), 8, 'b'))
    batches = rows(4, 4, 2)
    for batch, count in zip(batches, (2, 0, 3)):
        batch['n'] = np.array([count], 'int64')
    return batches, [fc(h, 2, 'c')]


def either():
    """One branch or the other, by the batch. Both read a value of the main block, which nothing else reads."""
    x = x8()
    h = tanh(x)
    return rows(4, 4, 2), [cond(below(x, 0.0), lambda: relu(fc(relu(fc(h, 8, 'a')), 4, 'c')), lambda: fc(h, 4, 'b'))]


def never():
    """A branch that no batch takes."""
    h = fc(x8(), 8, 'c')
    return rows(4, 4), [cond(below(h, 1e6), lambda: fc(h, 4, 'a'), lambda: fc(tanh(fc(h, 8, 'd')), 4, 'b'))]


def branch_in_loop():
    def body(i, h):
        return [cond(less(i, constant(2)), lambda: tanh(fc(h, 8, 'a')), lambda: relu(fc(fc(h, 8, 'b'), 8, 'a')))]
    h, = turns(4, body, x8())
    return rows(4, 2), [fc(h, 2, 'c')]


def loop_in_branch():
    x = x8()
    return rows(4, 4, 2), [cond(below(x, 0.0), lambda: turns(3, lambda i, h: [tanh(fc(h, 8, 'a'))], x)[0], lambda: fc(x, 8, 'b'))]


def loop_in_loop():
    def body(i, h):
        h = tanh(fc(h, 8, 'a'))
        h, = turns(2, lambda j, g: [tanh(fc(g, 8, 'a'))], h)
        return [tanh(fc(h, 8, 'b'))]
    h, = turns(2, body, x8())
    return rows(4, 2), [fc(h, 2, 'c')]


def pictures_in_loop():
    """A convolution, a batch norm and an activation."""
    x = data('x', [-1, 3, 6, 6], 'float32')

    def body(i, h):
        g = conv(h, 3, 3, padding=1, param_attr=ParamAttr(name='f'), bias_attr=False)
        return [relu(batch_norm(g, is_test=True, param_attr=ParamAttr(name='s'), bias_attr=ParamAttr(name='o'), moving_mean_name='m', moving_variance_name='v'))]
    h, = turns(3, body, x)
    random = np.random.RandomState(7)
    return [{'x': (random.rand(size, 3, 6, 6) * scale).astype('float32')} for size, scale in ((2, 1), (1, 0.5))], [h]


def two_carried():
    """The product of two activations, and one that the body writes again before it reads it again."""
    def body(i, h, g):
        p = L.matmul(h, g, transpose_y=True) if OLD else paddle.matmul(h, g, transpose_y=True)
        q = L.matmul(p, h) if OLD else paddle.matmul(p, h)
        return [tanh(q + h), tanh(fc(h, 8, 'a'))]
    x = x8()
    h, g = turns(3, body, x, tanh(x))
    return rows(4, 4, 2), [fc(h, 2, 'c'), g]


NETWORKS = [loop, no_turn, counted, either, never, branch_in_loop, loop_in_branch, loop_in_loop, pictures_in_loop, two_carried]


def switched():
    """Branches that write a variable of the main block, which both then read."""
    x = x8()
    h = L.fc(x, 8, act='tanh')
    out = L.fill_constant_batch_size_like(x, [-1, 4], 'float32', 0.0)
    with L.Switch() as switch:
        with switch.case(below(x, 0.0)):
            L.assign(L.scale(h, 3.0), h)
            L.assign(L.fc(h, 4, param_attr='w', bias_attr=False), out)
        with switch.default():
            q = L.fc(h, 4, param_attr='w', bias_attr=False)
            L.assign(L.scale(h, -1.0), h)
            L.assign(L.elementwise_add(q, L.fc(h, 4, param_attr='w', bias_attr=False)), out)
    return rows(4, 4, 2), [L.elementwise_add(out, L.fc(h, 4, param_attr='w', bias_attr=False))]


def rows_of_branches():
    """IfElse: each row goes to one of two branches. In the second batch all go to one."""
    x = x8()
    limit = L.fill_constant_batch_size_like(x, [-1, 1], 'float32', 0.0)
    choose = L.IfElse(L.less_than(L.reduce_mean(x, dim=1, keep_dim=True), limit))
    with choose.true_block():
        choose.output(L.fc(L.fc(choose.input(x), 8, act='tanh', param_attr='a'), 4, param_attr='b'))
    with choose.false_block():
        choose.output(L.fc(choose.input(x), 4, param_attr='d'))
    random = np.random.RandomState(7)
    batch = (random.rand(6, 8) - 0.5).astype('float32')
    return [{'x': batch}, {'x': np.abs(batch)}], [choose()[0]]


def steps():
    """StaticRNN."""
    x = data('x', [5, 4, 8], 'float32')
    rnn = L.StaticRNN()
    with rnn.step():
        word = rnn.step_input(x)
        memory = rnn.memory(shape=[-1, 8], batch_ref=word)
        hidden = L.fc([word, memory], 8, act='tanh')
        rnn.update_memory(memory, hidden)
        rnn.step_output(L.fc(hidden, 3))
    random = np.random.RandomState(7)
    return [{'x': random.rand(5, 4, 8).astype('float32') * scale} for scale in (1.0, 0.5)], [rnn()]


if OLD:
    NETWORKS += [switched, rows_of_branches, steps]


def save_old(network, folder):
    """save_inference_model drops ops that only a body needs: the program is stored as it is."""
    main, startup = fluid.Program(), fluid.Program()
    main.random_seed = startup.random_seed = 7
    exe = fluid.Executor(fluid.CPUPlace())
    with fluid.program_guard(main, startup), fluid.unique_name.guard(), fluid.scope_guard(fluid.Scope()):
        batches, fetches = network()
        exe.run(startup)
        fluid.io.prepend_feed_ops(main, sorted(batches[0]))
        fluid.io.append_fetch_ops(main, [variable.name for variable in fetches])
        fluid.io.save_persistables(exe, folder + '/model', main, '__params__')
        with open(folder + '/model/__model__', 'wb') as file:
            file.write(main.desc.serialize_to_string())
    return batches


def save(network, folder):
    main, startup = paddle.static.Program(), paddle.static.Program()
    exe = paddle.static.Executor(paddle.CPUPlace())
    with paddle.static.program_guard(main, startup), paddle.utils.unique_name.guard(), paddle.static.scope_guard(paddle.static.Scope()):
        paddle.seed(7)
        batches, fetches = network()
        exe.run(startup)
        feeds = [main.global_block().var(name) for name in sorted(batches[0])]
        paddle.static.save_inference_model(folder + '/model', feeds, fetches, exe, program=main)
    return batches


def main():
    for network in NETWORKS:
        folder = os.path.join(sys.argv[1], network.__name__)
        os.makedirs(folder, exist_ok=True)
        for i, batch in enumerate((save_old if OLD else save)(network, folder)):
            np.savez('%s/%d.npz' % (folder, i), **batch)


if __name__ == '__main__':
    main()
