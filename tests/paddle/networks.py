"""Training networks with control flow, overwritten variables, shared weights and several backwards, for paddlepaddle 1.8.5.
Each builder returns the loss after it has called its optimizer. make_programs.py writes their programs to testdata/paddle."""
import paddle.fluid as fluid
from paddle.fluid import layers as L

import networks_recurrent
import networks_values
from network_parts import _below, _count, _minimize, _square_loss, _xy


# Branches.

def nested_branches():
    """A branch inside a branch, with parameters at each level and one that all levels share."""
    x, y = _xy()
    h = L.fc(x, 8, act='relu')

    def shared(t):
        return L.fc(t, 8, param_attr='shared_w', bias_attr=False)

    def inner():
        return L.cond(_below(h, 5.0), lambda: shared(L.fc(h, 8, act='tanh')), lambda: shared(h))
    out = L.cond(_below(h, 9.0), lambda: shared(L.fc(inner(), 8)), lambda: L.fc(h, 8))
    return _minimize(_square_loss(L.fc(L.elementwise_add(out, shared(h)), 1), y))


def split_batch():
    """IfElse, which splits the rows of a batch."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    flag = L.less_than(L.reduce_sum(h, dim=1, keep_dim=True), L.fill_constant_batch_size_like(h, [-1, 1], 'float32', 0.0))
    ie = L.IfElse(flag)
    with ie.true_block():
        ie.output(L.fc(ie.input(h), 4, param_attr='if_w'))
    with ie.false_block():
        ie.output(L.fc(L.fc(ie.input(h), 8, act='relu'), 4))
    return _minimize(_square_loss(L.fc(ie()[0], 1), y))


def outer_activation():
    """An activation of the main block is read in both branches, behind them, and in front of them."""
    x, y = _xy()
    h = L.fc(x, 8, act='sigmoid')
    before = L.fc(h, 4)
    out = L.cond(_below(h, 0.5), lambda: L.fc(h, 4), lambda: L.fc(L.fc(h, 4, act='tanh'), 4))
    behind = L.fc(h, 4)
    return _minimize(_square_loss(L.fc(L.sums([before, out, behind]), 1), y), 0.02)


def untaken_branch():
    """A branch that never runs has parameters, and reads what the other one reads."""
    x, y = _xy()
    h = L.fc(x, 8, act='relu')
    out = L.cond(_below(h, 1e6), lambda: L.fc(h, 4), lambda: L.fc(L.fc(x, 8, act='tanh'), 4))
    return _minimize(_square_loss(L.fc(out, 1), y))


def switch_case():
    x, y = _xy()
    h = L.fc(x, 8, act='relu')
    index = L.cast(L.less_than(L.reduce_mean(h), L.fill_constant([1], 'float32', 0.3)), 'int32')
    out = L.switch_case(index, {0: lambda: L.fc(h, 4), 1: lambda: L.fc(h, 4, act='tanh')}, default=lambda: L.fc(x, 4))
    return _minimize(_square_loss(L.fc(out, 1), y))


def conv_branch():
    """Convolutions in branches: one of an image that is fed, one of an activation; a depthwise one; a filter that both share."""
    image = fluid.data('image', [None, 3, 8, 8], 'float32')
    y = fluid.data('y', [None, 1], 'float32')
    h = L.conv2d(image, 4, 3, padding=1, act='relu')
    shared = fluid.ParamAttr(name='shared_filter')

    def wide():
        return L.conv2d(h, 4, 3, padding=1, groups=4, use_cudnn=False, bias_attr=False)

    def narrow():
        return L.conv2d(L.conv2d(image, 4, 1, param_attr=shared), 4, 3, padding=1, bias_attr=False)
    out = L.cond(_below(h, 0.4), wide, narrow)
    out = L.tanh(L.elementwise_add(out, L.conv2d(image, 4, 1, param_attr=shared)))
    return _minimize(_square_loss(L.fc(out, 1), y), 0.001)


def written_in_branch():
    """A branch overwrites an activation of the main block that was read before and is read again."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    a = L.fc(h, 4)
    with L.Switch() as switch:
        with switch.case(_below(h, 1e6)):
            L.assign(L.scale(h, 3.0), h)
        with switch.default():
            L.assign(L.scale(h, -1.0), h)
    b = L.fc(h, 4)
    return _minimize(_square_loss(L.fc(L.elementwise_add(a, b), 1), y), 0.01)


# Loops.

def loop_carried():
    """while_loop whose state is the activation of its mul."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    limit = _count(3)
    _, h = L.while_loop(lambda i, h: L.less_than(i, limit),
                        lambda i, h: [L.increment(i, in_place=False), L.fc(h, 8, act='tanh', param_attr='loop_w')], [_count(0), h])
    return _minimize(_square_loss(L.fc(h, 1), y))


def double_while():
    """A loop in a loop; both carry, and both read a weight of the main block."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    limit = _count(2)

    def outer(i, h):
        _, g = L.while_loop(lambda j, g: L.less_than(j, limit),
                            lambda j, g: [L.increment(j, in_place=False), L.fc(g, 8, act='tanh', param_attr='w_in', bias_attr='b_in')],
                            [_count(0), L.fc(h, 8, param_attr='w_out', bias_attr='b_out')])
        return [L.increment(i, in_place=False), g]
    _, h = L.while_loop(lambda i, h: L.less_than(i, limit), outer, [_count(0), h])
    return _minimize(_square_loss(L.fc(h, 1), y))


def carried_cond():
    """A branch in a loop reads what the loop carries."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    limit = _count(3)

    def body(i, h):
        g = L.cond(_below(h, 0.0), lambda: L.fc(h, 8, param_attr='w_a', bias_attr='b_a'), lambda: L.fc(h, 8, param_attr='w_b', bias_attr='b_b'))
        return [L.increment(i, in_place=False), L.tanh(L.elementwise_add(g, h))]
    _, h = L.while_loop(lambda i, h: L.less_than(i, limit), body, [_count(0), h])
    return _minimize(_square_loss(L.fc(h, 1), y))


def cond_in_while():
    """A branch in a loop reads an activation of the main block, one of the loop's body, and a weight of the main block."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    total = L.fc(x, 8)
    limit = _count(3)

    def body(i, total):
        local = L.fc(L.scale(h, 2.0), 8, param_attr='w_local', bias_attr=False)
        g = L.cond(L.less_than(i, _count(2)), lambda: L.fc(h, 8, param_attr='w_a', bias_attr=False),
                   lambda: L.fc(local, 8, param_attr='w_b', bias_attr=False))
        return [L.increment(i, in_place=False), L.elementwise_add(total, g)]
    _, total = L.while_loop(lambda i, t: L.less_than(i, limit), body, [_count(0), total])
    return _minimize(_square_loss(L.fc(total, 1), y), 0.002)


def while_in_cond():
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')

    def loop():
        limit = _count(3)
        _, g = L.while_loop(lambda i, g: L.less_than(i, limit),
                            lambda i, g: [L.increment(i, in_place=False), L.fc(g, 8, act='tanh', param_attr='w_loop', bias_attr='b_loop')],
                            [_count(0), L.fc(h, 8)])
        return g
    out = L.cond(_below(h, 9.0), loop, lambda: L.fc(h, 8, param_attr='w_loop', bias_attr='b_loop'))
    return _minimize(_square_loss(L.fc(out, 1), y))


def two_loops():
    """Two loops and the main block share a weight."""
    x, y = _xy()
    limit = _count(2)

    def loop(h):
        return L.while_loop(lambda i, h: L.less_than(i, limit),
                            lambda i, h: [L.increment(i, in_place=False), L.fc(h, 8, act='tanh', param_attr='shared_w', bias_attr='shared_b')],
                            [_count(0), h])[1]
    h = L.fc(x, 8, act='tanh', param_attr='shared_w', bias_attr='shared_b')
    h = loop(L.scale(loop(h), 2.0))
    return _minimize(_square_loss(L.fc(h, 1), y))


def array_loop():
    """The classic While with arrays: each step reads the state before from an array."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    i, limit = _count(0), _count(3)
    i.stop_gradient = True
    states = L.array_write(h, i)
    more = L.less_than(i, limit)
    loop = L.While(more)
    with loop.block():
        before = L.array_read(states, i)
        after = L.fc([before, h], 8, act='tanh')
        L.increment(i, in_place=True)
        L.array_write(after, i, states)
        L.less_than(i, limit, cond=more)
    return _minimize(_square_loss(L.fc(L.array_read(states, i), 1), y))


def overwritten_in_loop():
    """A loop overwrites an activation between two of its readers, and it is read again behind the loop."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    total = L.fc(h, 8)
    i, limit = _count(0), _count(3)
    more = L.less_than(i, limit)
    loop = L.While(more)
    with loop.block():
        a = L.fc(h, 8, param_attr='w_a', bias_attr=False)
        L.assign(L.scale(a, 0.5), h)
        b = L.fc(h, 8, param_attr='w_b', bias_attr=False)
        L.assign(L.elementwise_add(total, b), total)
        L.increment(i)
        L.less_than(i, limit, cond=more)
    return _minimize(_square_loss(L.fc(L.elementwise_add(L.fc(h, 8), total), 1), y), 0.01)


NETWORKS = [nested_branches, split_batch, outer_activation, untaken_branch, switch_case, conv_branch, written_in_branch,
            loop_carried, double_while, carried_cond, cond_in_while, while_in_cond, two_loops, array_loop,
            overwritten_in_loop]
NETWORKS += networks_recurrent.NETWORKS + networks_values.NETWORKS
