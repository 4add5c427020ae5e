"""Training networks with control flow for paddlepaddle 2.6.2, whose programs say which variables are parameters. As in networks.py,
each builder returns the loss after it has called its optimizer."""
import paddle
from paddle.static.nn import batch_norm, cond, conv2d, fc, switch_case, while_loop


def _xy():
    return paddle.static.data('x', [None, 8], 'float32'), paddle.static.data('y', [None, 1], 'float32')


def _minimize(prediction, y, rate=0.05):
    loss = paddle.mean(paddle.square(paddle.subtract(prediction, y)))
    paddle.optimizer.SGD(rate).minimize(loss)
    return loss


def _count(value):
    return paddle.full([1], value, 'int64')


def _below(value, limit):
    return paddle.less_than(paddle.mean(value), paddle.full([], limit, 'float32'))


def _named(name):
    return paddle.ParamAttr(name=name)


def plain():
    x, y = _xy()
    return _minimize(fc(fc(x, 8, activation='relu'), 1), y)


def branches():
    x, y = _xy()
    h = fc(x, 8, activation='tanh')
    out = cond(_below(h, 9.0), lambda: fc(h, 4), lambda: fc(fc(h, 8, activation='relu'), 4))
    return _minimize(fc(paddle.add(out, fc(h, 4)), 1), y)


def nested_branches():
    x, y = _xy()
    h = fc(x, 8, activation='tanh')
    shared = _named('shared_w')

    def inner():
        return cond(_below(h, 5.0), lambda: fc(h, 8, weight_attr=shared, bias_attr=False), lambda: fc(h, 8))
    out = cond(_below(h, 9.0), lambda: fc(inner(), 8, weight_attr=shared, bias_attr=False), lambda: fc(h, 8))
    return _minimize(fc(out, 1), y)


def loop_carried():
    x, y = _xy()
    h = fc(x, 8, activation='tanh')
    limit = _count(3)
    _, h = while_loop(lambda i, h: paddle.less_than(i, limit),
                      lambda i, h: [i + 1, fc(h, 8, activation='tanh', weight_attr=_named('w'), bias_attr=_named('b'))], [_count(0), h])
    return _minimize(fc(h, 1), y)


def double_while():
    x, y = _xy()
    h = fc(x, 8, activation='tanh')
    limit = _count(2)

    def body(i, h):
        _, g = while_loop(lambda j, g: paddle.less_than(j, limit),
                          lambda j, g: [j + 1, fc(g, 8, activation='tanh', weight_attr=_named('w_in'), bias_attr=False)],
                          [_count(0), fc(h, 8, weight_attr=_named('w_out'), bias_attr=False)])
        return [i + 1, g]
    _, h = while_loop(lambda i, h: paddle.less_than(i, limit), body, [_count(0), h])
    return _minimize(fc(h, 1), y)


def cond_in_while():
    x, y = _xy()
    h = fc(x, 8, activation='tanh')
    limit = _count(3)

    def body(i, t):
        g = cond(paddle.less_than(i, _count(2)), lambda: fc(h, 8, weight_attr=_named('w_a'), bias_attr=False),
                 lambda: fc(t, 8, weight_attr=_named('w_b'), bias_attr=False))
        return [i + 1, paddle.tanh(paddle.add(t, g))]
    _, t = while_loop(lambda i, t: paddle.less_than(i, limit), body, [_count(0), fc(x, 8)])
    return _minimize(fc(t, 1), y)


def switches():
    x, y = _xy()
    h = fc(x, 8, activation='tanh')
    index = paddle.cast(_below(h, 0.0), 'int32')
    out = switch_case(index, {0: lambda: fc(h, 4), 1: lambda: fc(h, 4, activation='tanh')}, default=lambda: fc(x, 4))
    return _minimize(fc(out, 1), y)


def conv_branches():
    image = paddle.static.data('image', [None, 3, 8, 8], 'float32')
    y = paddle.static.data('y', [None, 1], 'float32')
    h = conv2d(image, 4, 3, padding=1, act='relu')
    out = cond(_below(h, 0.4), lambda: conv2d(h, 4, 3, padding=1, groups=4, bias_attr=False), lambda: conv2d(h, 4, 3, padding=1, bias_attr=False))
    return _minimize(fc(paddle.tanh(out), 1), y, 0.005)


def overwritten():
    x, y = _xy()
    h = fc(x, 8, activation='relu')
    a = fc(h, 8)
    paddle.assign(paddle.scale(h, 2.0), h)
    return _minimize(fc(paddle.add(a, fc(h, 8)), 1), y, 0.01)


def gradient_merge():
    """The optimizer runs every second step, in a block that Paddle calls the backward of itself."""
    x, y = _xy()
    h = fc(x, 8, activation='tanh')
    out = cond(_below(h, 9.0), lambda: fc(h, 8), lambda: fc(x, 8))
    loss = paddle.mean(paddle.square(paddle.subtract(fc(out, 1), y)))
    opt = paddle.incubate.optimizer.GradientMergeOptimizer(paddle.optimizer.SGD(0.05), k_steps=2)
    opt.minimize(loss)
    return loss


def conv_loop():
    """A loop that carries an image through a convolution and a depthwise one."""
    image = paddle.static.data('image', [None, 3, 8, 8], 'float32')
    y = paddle.static.data('y', [None, 1], 'float32')
    h = conv2d(image, 4, 3, padding=1, act='tanh')
    limit = _count(2)
    def body(i, h):
        g = conv2d(h, 4, 3, padding=1, param_attr=_named('f'), bias_attr=False)
        g = conv2d(g, 4, 3, padding=1, groups=4, param_attr=_named('fd'), bias_attr=False)
        return [i + 1, paddle.tanh(g)]
    _, h = while_loop(lambda i, h: paddle.less_than(i, limit), body, [_count(0), h])
    return _minimize(fc(h, 1), y, 0.005)


def while_batch_norm():
    """Batch norm, whose running mean and variance are persistable, in a loop."""
    x, y = _xy()
    h = fc(x, 8, activation='tanh')
    limit = _count(2)
    def body(i, h):
        g = batch_norm(fc(h, 8, weight_attr=_named('w'), bias_attr=False), param_attr=_named('s'), bias_attr=_named('o'), moving_mean_name='m',
                       moving_variance_name='v')
        return [i + 1, paddle.tanh(g)]
    _, h = while_loop(lambda i, h: paddle.less_than(i, limit), body, [_count(0), h])
    return _minimize(fc(h, 1), y, 0.01)


def recompute():
    """Each segment runs again in front of its backward."""
    x, y = _xy()
    a = fc(x, 8, activation='tanh')
    b = fc(fc(a, 8, activation='tanh'), 8, activation='relu')
    c = fc(b, 8, activation='tanh')
    loss = paddle.mean(paddle.square(paddle.subtract(fc(c, 1), y)))
    opt = paddle.incubate.optimizer.RecomputeOptimizer(paddle.optimizer.SGD(0.05))
    opt._set_checkpoints([a, b, c])
    opt.minimize(loss)
    return loss


def penalty():
    """A penalty on the gradient of the output by the input."""
    x, y = _xy()
    x.stop_gradient = False
    h = fc(x, 8, activation='tanh')
    out = fc(h, 1)
    slope = paddle.static.gradients([out], [x])[0]
    return _minimize(paddle.add(out, paddle.scale(paddle.sum(paddle.square(slope), axis=1, keepdim=True), 0.1)), y)


def float_and_quantized():
    """matmul_v2, in float, and mul read the same weight."""
    x, y = _xy()
    h = fc(x, 8, activation='tanh', weight_attr=_named('w'), bias_attr=False)
    w = paddle.static.default_main_program().global_block().var('w')
    limit = _count(2)
    def body(i, h):
        g = paddle.matmul(h, w)
        return [i + 1, paddle.tanh(paddle.add(g, fc(h, 8, weight_attr=_named('w'), bias_attr=False)))]
    _, h = while_loop(lambda i, h: paddle.less_than(i, limit), body, [_count(0), h])
    return _minimize(fc(h, 1), y)


def two_optimizers():
    """Both update a weight: the second backward reads what the first has updated."""
    x, y = _xy()
    h = fc(x, 8, activation='tanh', weight_attr=_named('w'), bias_attr=False)
    l1 = paddle.mean(paddle.square(paddle.subtract(fc(h, 1, weight_attr=_named('a'), bias_attr=False), y)))
    l2 = paddle.mean(paddle.square(fc(h, 1, weight_attr=_named('b'), bias_attr=False)))
    paddle.optimizer.SGD(0.1).minimize(l1, parameters=['w', 'a'])
    paddle.optimizer.SGD(0.1).minimize(l2, parameters=['w', 'b'])
    return l2


NETWORKS = [plain, branches, nested_branches, loop_carried, double_while, cond_in_while, switches, conv_branches, overwritten, gradient_merge,
            conv_loop, while_batch_norm, recompute, penalty, float_and_quantized, two_optimizers]
