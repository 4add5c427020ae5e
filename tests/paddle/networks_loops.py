"""More branches and loops for paddlepaddle 1.8.5, as in networks.py."""
import paddle.fluid as fluid
from paddle.fluid import layers as L

from network_parts import _below, _count, _minimize, _softmax_loss, _square_loss, _words, _xy


def case_chain():
    """A chain of conditions, of which the second holds."""
    x, y = _xy()
    h = L.fc(x, 8, act='relu')
    out = L.case([(_below(h, 0.01), lambda: L.fc(h, 4)), (_below(h, 99.0), lambda: L.fc(L.fc(h, 8, act='tanh'), 4))], default=lambda: L.fc(x, 4))
    return _minimize(_square_loss(L.fc(out, 1), y))


def deep_cond():
    """Branches four deep; all share two weights with the main block."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh', param_attr='v', bias_attr=False)

    def level(n, t):
        if n == 0:
            return L.fc(h, 8, param_attr='w', bias_attr=False)
        g = L.fc(t, 8, act='tanh', param_attr='v', bias_attr=False)
        return L.cond(_below(h, 9.0 - n), lambda: level(n - 1, g), lambda: L.fc(t, 8, param_attr='w', bias_attr=False))
    return _minimize(_square_loss(L.fc(level(4, h), 1), y))


def share_write_read():
    """A branch writes the activation and reads it itself, then the other branch reads the old."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    p = L.fc(h, 4, param_attr='w', bias_attr=False)
    out = L.fill_constant_batch_size_like(x, [-1, 4], 'float32', 0.0)
    out.stop_gradient = False
    with L.Switch() as sw:
        with sw.case(_below(h, -1e6)):
            L.assign(L.scale(h, 3.0), h)
            L.assign(L.fc(h, 4, param_attr='w', bias_attr=False), out)
        with sw.default():
            q = L.fc(h, 4, param_attr='w', bias_attr=False)
            L.assign(L.scale(h, -1.0), h)
            L.assign(L.elementwise_add(q, L.fc(h, 4, param_attr='w', bias_attr=False)), out)
    b = L.fc(h, 4, param_attr='w', bias_attr=False)
    return _minimize(_square_loss(L.fc(L.sums([p, b, out]), 1), y), 0.01)


def while_batch_norm():
    """Batch norm, whose running mean and variance are persistable, in a loop."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    limit = _count(3)

    def body(i, h):
        g = L.batch_norm(L.fc(h, 8, param_attr='w', bias_attr='b'), param_attr='s', bias_attr='o', moving_mean_name='m', moving_variance_name='v')
        return [L.increment(i, in_place=False), L.tanh(g)]
    _, h = L.while_loop(lambda i, h: L.less_than(i, limit), body, [_count(0), h])
    return _minimize(_square_loss(L.fc(h, 1), y), 0.01)


def conv_loop():
    """A loop that carries an image through a convolution and a depthwise one."""
    image = fluid.data('image', [None, 3, 8, 8], 'float32')
    y = fluid.data('y', [None, 1], 'float32')
    h = L.conv2d(image, 4, 3, padding=1, act='tanh')
    limit = _count(2)

    def body(i, h):
        g = L.conv2d(h, 4, 3, padding=1, param_attr='f', bias_attr=False)
        g = L.conv2d(g, 4, 3, padding=1, groups=4, use_cudnn=False, param_attr='fd', bias_attr=False)
        return [L.increment(i, in_place=False), L.tanh(g)]
    _, h = L.while_loop(lambda i, h: L.less_than(i, limit), body, [_count(0), h])
    return _minimize(_square_loss(L.fc(h, 1), y), 0.005)


def triple_while():
    """Loops three deep that all read and write the same state and share a weight."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    limit = _count(2)

    def level(n):
        def body(i, h):
            h = L.fc(h, 8, act='tanh', param_attr='w', bias_attr='b')
            if n > 1:
                _, h = L.while_loop(lambda j, g: L.less_than(j, limit), level(n - 1), [_count(0), h])
            return [L.increment(i, in_place=False), h]
        return body
    _, h = L.while_loop(lambda i, h: L.less_than(i, limit), level(3), [_count(0), h])
    return _minimize(_square_loss(L.fc(h, 1), y))


def loop_reads_both():
    """Activation read before, in (both loops), between overwritten, and behind."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    limit = _count(2)

    def loop(init, name):
        return L.while_loop(lambda i, t: L.less_than(i, limit),
                            lambda i, t: [L.increment(i, in_place=False), L.elementwise_add(t, L.fc(h, 8, param_attr=name, bias_attr=False))],
                            [_count(0), init])[1]
    a = loop(L.fc(h, 8), 'w')
    L.assign(L.scale(h, -0.7), h)
    b = loop(a, 'w')
    return _minimize(_square_loss(L.fc(L.elementwise_add(b, L.fc(h, 8, param_attr='w', bias_attr=False)), 1), y), 0.01)


def float_and_quantized():
    """matmul, in float, and mul read the same weight, in the main block, a loop and a branch."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh', param_attr='w', bias_attr=False)
    w = fluid.default_main_program().global_block().var('w')
    limit = _count(2)

    def body(i, h):
        g = L.matmul(h, w)
        return [L.increment(i, in_place=False), L.tanh(L.elementwise_add(g, L.fc(h, 8, param_attr='w', bias_attr=False)))]
    _, h = L.while_loop(lambda i, h: L.less_than(i, limit), body, [_count(0), h])
    out = L.cond(_below(h, 9.0), lambda: L.matmul(h, w), lambda: L.fc(h, 8, param_attr='w', bias_attr=False))
    return _minimize(_square_loss(L.fc(out, 1), y))


def true_attention():
    """A decoder that attends to the whole encoded sequence at each step."""
    words, label = _words()
    emb = L.embedding(words, [50, 8])
    proj = L.fc(emb, 8, bias_attr=False)
    rnn = L.DynamicRNN()
    with rnn.block():
        w = rnn.step_input(emb)
        enc = rnn.static_input(emb)
        encp = rnn.static_input(proj)
        m = rnn.memory(shape=[8], value=0.0)
        e = L.sequence_expand(L.fc(m, 8, bias_attr=False), encp)
        score = L.fc(L.tanh(L.elementwise_add(encp, e)), 1, bias_attr=False)
        weights = L.sequence_softmax(score)
        ctx = L.sequence_pool(L.elementwise_mul(enc, L.reshape(weights, [-1]), axis=0), 'sum')
        h = L.fc([w, ctx, m], 8, act='tanh')
        rnn.update_memory(m, h)
        rnn.output(h)
    return _minimize(_softmax_loss(L.fc(L.sequence_last_step(rnn()), 2), label), 0.2)


NETWORKS = [case_chain, deep_cond, share_write_read, while_batch_norm, conv_loop, triple_while, loop_reads_both, float_and_quantized,
            true_attention]
