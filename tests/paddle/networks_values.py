"""Overwritten variables, shared weights and several backwards, for paddlepaddle 1.8.5, as in networks.py."""
import paddle.fluid as fluid
from paddle.fluid import layers as L

from network_parts import SGD, _below, _count, _minimize, _softmax_loss, _square_loss, _words, _xy


# Overwritten variables.

def overwritten():
    """An activation is overwritten twice; each value has readers."""
    x, y = _xy()
    h = L.fc(x, 8, act='relu')
    a = L.fc(h, 8)
    L.assign(L.scale(h, 2.0), h)
    b = L.fc(h, 8)
    L.assign(L.scale(h, -1.5), h)
    c = L.fc(h, 8)
    return _minimize(_square_loss(L.fc(L.sums([a, b, c]), 1), y), 0.001)


def overwritten_tail():
    """An activation is overwritten behind its last reader: only the backward reads the new value."""
    x, y = _xy()
    h = L.fc(x, 8, act='relu')
    out = L.fc(L.fc(h, 8), 1)
    L.assign(L.scale(h, 3.0), h)
    return _minimize(_square_loss(out, y))


def overwritten_feature_map():
    """An activation function and a scale write over a convolution's output between the convolutions that read it."""
    image = fluid.data('image', [None, 3, 8, 8], 'float32')
    y = fluid.data('y', [None, 1], 'float32')
    h = L.batch_norm(L.conv2d(image, 4, 3, padding=1))
    a = L.conv2d(h, 4, 3, padding=1)
    L.assign(L.relu(h), h)
    b = L.conv2d(h, 4, 3, padding=1)
    L.assign(L.scale(h, 0.5), h)
    c = L.conv2d(h, 4, 3, padding=1, groups=4, use_cudnn=False)
    return _minimize(_square_loss(L.fc(L.sums([a, b, c]), 1), y), 0.001)


def overwritten_weight():
    """A forward op scales a parameter between two of its readers."""
    x, y = _xy()
    w = fluid.ParamAttr(name='w')
    a = L.fc(x, 8, param_attr=w, bias_attr=False)
    value = fluid.default_main_program().global_block().var('w')
    L.assign(L.scale(value, 0.9), value)
    b = L.fc(L.tanh(a), 8, param_attr=w, bias_attr=False)
    return _minimize(_square_loss(L.fc(b, 1), y))


# Several backwards.

def _discriminator(t):
    return L.fc(L.fc(t, 16, act='tanh', param_attr='d_w0', bias_attr='d_b0'), 1, act='tanh', param_attr='d_w1', bias_attr='d_b1')


def _generator(z):
    return L.fc(L.fc(z, 16, act='relu', param_attr='g_w0', bias_attr='g_b0'), 8, param_attr='g_w1', bias_attr='g_b1')


_D, _G = ['d_w0', 'd_b0', 'd_w1', 'd_b1'], ['g_w0', 'g_b0', 'g_w1', 'g_b1']


def _noise_and_real():
    return fluid.data('z', [None, 8], 'float32'), fluid.data('real', [None, 8], 'float32')


def gan1():
    """The second backward reads weights that the first optimizer has updated."""
    z, real = _noise_and_real()
    fake = _generator(z)
    d_loss = L.mean(L.square(L.elementwise_sub(_discriminator(fake), _discriminator(real))))
    g_loss = L.mean(L.square(L.scale(_discriminator(fake), -1.0, bias=1.0)))
    SGD(0.2).minimize(d_loss, parameter_list=_D)
    SGD(0.2).minimize(g_loss, parameter_list=_G)
    return d_loss


def gan2():
    """The second optimizer's forward reads weights that the first has updated."""
    z, real = _noise_and_real()
    d_loss = L.mean(L.square(L.elementwise_sub(_discriminator(_generator(z)), L.scale(_discriminator(real), 1.0, bias=1.0))))
    SGD(0.05).minimize(d_loss, parameter_list=_D)
    g_loss = L.mean(L.square(L.scale(_discriminator(_generator(z)), -1.0, bias=1.0)))
    SGD(0.05).minimize(g_loss, parameter_list=_G)
    return g_loss


def gan_with_loop():
    """Two optimizers; the generator has a loop, through which only the second backward goes."""
    z, real = _noise_and_real()
    limit = _count(2)
    h = L.fc(z, 8, act='tanh', param_attr='g_w0', bias_attr='g_b0')
    _, h = L.while_loop(lambda i, h: L.less_than(i, limit),
                        lambda i, h: [L.increment(i, in_place=False), L.fc(h, 8, act='tanh', param_attr='g_w1', bias_attr='g_b1')], [_count(0), h])
    fixed = L.scale(h, 1.0)
    fixed.stop_gradient = True
    d_loss = L.mean(L.square(L.elementwise_sub(_discriminator(fixed), L.scale(_discriminator(real), 1.0, bias=1.0))))
    SGD(0.1).minimize(d_loss, parameter_list=_D)
    g_loss = L.mean(L.square(L.scale(_discriminator(h), -1.0, bias=1.0)))
    SGD(0.1).minimize(g_loss, parameter_list=_G)
    return g_loss


def mul_grad_grad():
    """A penalty on the gradient of the output by the input: gradients of gradients."""
    x, y = _xy()
    x.stop_gradient = False
    h = L.fc(x, 8, act='tanh')
    out = L.fc(h, 1)
    slope = fluid.gradients([out], [x])[0]
    penalty = L.mean(L.square(L.reduce_sum(L.square(slope), dim=1)))
    return _minimize(L.elementwise_add(_square_loss(out, y), L.scale(penalty, 0.1)))


def conv_grad_grad():
    image = fluid.data('image', [None, 2, 6, 6], 'float32')
    y = fluid.data('y', [None, 1], 'float32')
    image.stop_gradient = False
    h = L.conv2d(image, 3, 3, padding=1, act='relu')
    h = L.conv2d(h, 1, 3, padding=1)
    slope = fluid.gradients([h], [image])[0]
    return _minimize(L.elementwise_add(_square_loss(L.reduce_mean(h, dim=[2, 3]), y), L.scale(L.mean(L.square(slope)), 0.1)))


def recompute_segments():
    """Recompute with several segments, convolutions, and a weight that two segments share."""
    image = fluid.data('image', [None, 3, 8, 8], 'float32')
    y = fluid.data('y', [None, 1], 'float32')
    shared = fluid.ParamAttr(name='shared_filter')
    a = L.conv2d(image, 3, 3, padding=1, act='tanh', param_attr=shared)
    b = L.conv2d(L.conv2d(a, 3, 3, padding=1, act='tanh', param_attr=shared), 4, 3, padding=1, act='relu')
    c = L.fc(L.fc(b, 8, act='tanh'), 8, act='tanh')
    loss = _square_loss(L.fc(c, 1), y)
    optimizer = fluid.optimizer.RecomputeOptimizer(SGD(0.05))
    optimizer._set_checkpoints([a, b, c])
    optimizer.minimize(loss)
    return loss


# The rest.

def piecewise_decay():
    """The learning rate's schedule has blocks of its own."""
    x, y = _xy()
    loss = _square_loss(L.fc(L.cond(_below(x, 9.0), lambda: L.fc(x, 8, act='tanh'), lambda: L.fc(x, 8)), 1), y)
    fluid.optimizer.Momentum(L.piecewise_decay([2, 4], [0.05, 0.02, 0.01]), 0.9).minimize(loss)
    return loss


def tied_embedding():
    """An embedding table that a mul reads, too, in the main block and in a loop."""
    words, label = _words()
    emb = L.sequence_pool(L.embedding(words, [8, 8], param_attr='table'), 'sum')
    limit = _count(2)
    h = L.fc(emb, 8, act='tanh', param_attr='table', bias_attr=False)
    _, h = L.while_loop(lambda i, h: L.less_than(i, limit),
                        lambda i, h: [L.increment(i, in_place=False), L.fc(h, 8, act='tanh', param_attr='table', bias_attr=False)], [_count(0), h])
    return _minimize(_softmax_loss(L.fc(h, 2), label), 0.2)


def clipped_weights():
    """A critic whose weights are clipped behind the update, and that is trained twice a step."""
    z, real = _noise_and_real()
    loss = None
    for _ in range(2):
        fake = _generator(z)
        loss = L.mean(L.elementwise_sub(_discriminator(fake), _discriminator(real)))
        SGD(0.05).minimize(loss, parameter_list=_D)
        for name in _D:
            w = fluid.default_main_program().global_block().var(name)
            with fluid.default_main_program()._optimized_guard([]):
                L.assign(L.clip(w, -0.2, 0.2), w)
    return loss


def activations_only():
    """mul of two activations, of one with itself, and of two parameters."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    square = L.scale(L.mul(L.transpose(h, [1, 0]), h), 0.1)
    product = L.mul(L.create_parameter([8, 8], 'float32', name='p0'), L.create_parameter([8, 8], 'float32', name='p1'))
    twice = L.mul(square, square)
    return _minimize(_square_loss(L.fc(L.tanh(L.mul(h, L.sums([square, twice, product]))), 1), y), 0.01)


NETWORKS = [overwritten, overwritten_tail, overwritten_feature_map, overwritten_weight, gan1, gan2, gan_with_loop,
            mul_grad_grad, conv_grad_grad, recompute_segments, piecewise_decay, tied_embedding, clipped_weights,
            activations_only]
