"""Other ways to train, and what stands in a rewrite's way, for paddlepaddle 1.8.5, as in networks.py."""
import paddle.fluid as fluid
from paddle.fluid import layers as L

from network_parts import SGD, _below, _count, _minimize, _square_loss, _xy


def shared_two_optimizers():
    """Two optimizers that both update a weight: the second backward reads what the first has updated."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh', param_attr='w', bias_attr='b')
    l1 = _square_loss(L.fc(h, 1, param_attr='a', bias_attr=False), y)
    l2 = L.mean(L.square(L.fc(L.fc(h, 8, param_attr='w', bias_attr='b', act='relu'), 1, param_attr='c', bias_attr=False)))
    SGD(0.1).minimize(l1, parameter_list=['w', 'b', 'a'])
    SGD(0.1).minimize(l2, parameter_list=['w', 'b', 'c'])
    return l2


def two_losses_loop():
    """Two optimizers, both backwards through the same loop."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh', param_attr='w0', bias_attr=False)
    limit = _count(2)
    _, h = L.while_loop(lambda i, h: L.less_than(i, limit),
                        lambda i, h: [L.increment(i, in_place=False), L.fc(h, 8, act='tanh', param_attr='w1', bias_attr=False)], [_count(0), h])
    l1 = _square_loss(L.fc(h, 1, param_attr='a', bias_attr=False), y)
    l2 = L.mean(L.square(L.fc(h, 1, param_attr='b', bias_attr=False)))
    SGD(0.1).minimize(l1, parameter_list=['w0', 'w1', 'a'])
    SGD(0.1).minimize(l2, parameter_list=['b', 'w1'])
    return l1


def two_steps():
    """Three steps of training in one program."""
    x, y = _xy()
    loss = None
    for _ in range(3):
        h = L.fc(x, 8, act='tanh', param_attr='w', bias_attr='b')
        loss = _square_loss(L.fc(h, 1, param_attr='a', bias_attr='ab'), y)
        fluid.optimizer.Adam(0.05).minimize(loss)
    return loss


def accumulation():
    """Gradients are summed up, and applied every second step, in a branch."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh', param_attr='w', bias_attr=False)
    loss = _square_loss(L.fc(h, 1, param_attr='a', bias_attr=False), y)
    pg = fluid.backward.append_backward(loss)
    prog = fluid.default_main_program()
    with prog._optimized_guard([]):
        step = L.create_global_var([1], 0.0, 'float32', persistable=True, name='acc_step')
        L.increment(step, 1.0)
        accs = []
        for p, g in pg:
            acc = L.create_global_var(p.shape, 0.0, 'float32', persistable=True, name=p.name + '.acc')
            L.assign(L.elementwise_add(acc, g), acc)
            accs.append((p, acc))
        lr = L.fill_constant([1], 'float32', 0.05)
        two = L.fill_constant([1], 'float32', 2.0)
        due = L.equal(L.elementwise_mod(L.cast(step, 'int32'), L.fill_constant([1], 'int32', 2)), L.fill_constant([1], 'int32', 0))
        with L.Switch() as sw:
            with sw.case(due):
                for p, acc in accs:
                    inputs = {'Param': [p], 'Grad': [acc], 'LearningRate': [lr]}
                    prog.current_block().append_op(type='sgd', inputs=inputs, outputs={'ParamOut': [p]},
                                                   attrs={'op_role': 2, 'op_role_var': [p.name, p.name + '@GRAD']})
                    L.assign(L.scale(acc, 0.0), acc)
    return loss


def penalty_cond():
    """A double gradient through a branch's neighbours."""
    x, y = _xy()
    x.stop_gradient = False
    h = L.fc(x, 8, act='tanh', param_attr='w')
    out = L.fc(h, 1, param_attr='w1')
    slope = fluid.gradients([out], [x])[0]
    penalty = L.mean(L.square(L.reduce_sum(L.square(slope), dim=1)))
    z = L.cond(_below(h, 9.0), lambda: L.fc(h, 1), lambda: L.fc(h, 1, param_attr='w1'))
    return _minimize(L.elementwise_add(_square_loss(L.elementwise_add(out, z), y), L.scale(penalty, 0.1)))


def recompute_overwritten():
    """Recompute of a segment that overwrites an activation."""
    x, y = _xy()
    a = L.fc(x, 8, act='tanh')
    h = L.fc(a, 8, act='tanh')
    p = L.fc(h, 8)
    L.assign(L.scale(h, -0.5), h)
    b = L.elementwise_add(p, L.fc(h, 8))
    c = L.fc(b, 8, act='tanh')
    loss = _square_loss(L.fc(c, 1), y)
    opt = fluid.optimizer.RecomputeOptimizer(SGD(0.05))
    opt._set_checkpoints([a, b, c])
    opt.minimize(loss)
    return loss


def frozen_weight():
    """Parameters that are not trained."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh', param_attr=fluid.ParamAttr(name='fixed', trainable=False), bias_attr=False)
    out = L.cond(_below(h, 9.0), lambda: L.fc(h, 8, param_attr=fluid.ParamAttr(name='fixed2', trainable=False), bias_attr=False), lambda: L.fc(h, 8))
    return _minimize(_square_loss(L.fc(out, 1), y))


def gradient_clip_regularized():
    """Gradient clipping, weight decay and a learning rate schedule around a branch."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    out = L.cond(_below(h, 9.0), lambda: L.fc(h, 8, param_attr='w', bias_attr=False), lambda: L.fc(x, 8, param_attr='w', bias_attr=False))
    loss = _square_loss(L.fc(out, 1), y)
    clip = fluid.clip.GradientClipByGlobalNorm(0.5)
    fluid.optimizer.Momentum(L.exponential_decay(0.05, 2, 0.9), 0.9, regularization=fluid.regularizer.L2Decay(1e-3), grad_clip=clip).minimize(loss)
    return loss


def names_taken():
    """The program has variables with the names that would be made."""
    x, y = _xy()
    h = L.fc(x, 8, act='relu', param_attr='w')
    block = fluid.default_main_program().global_block()
    for n in ('x.scale', 'w.quantized', 'w.quantized.dequantized', 'w_1.scale'):
        L.assign(L.scale(x, 1.0), block.create_var(name=n, dtype='float32', shape=[-1, 8]))
    z = block.var('w.quantized')
    out = L.fc(L.elementwise_add(h, z), 1)
    return _minimize(_square_loss(out, y))


def devices():
    """Ops that are bound to a device."""
    x, y = _xy()
    with fluid.device_guard('cpu'):
        h = L.fc(x, 8, act='tanh')
        out = L.cond(_below(h, 9.0), lambda: L.fc(h, 8), lambda: L.fc(x, 8))
    return _minimize(_square_loss(L.fc(out, 1), y))


def doubles():
    """Layers of doubles between layers of floats, in the main block and in a branch."""
    x, y = _xy()
    h = L.fc(x, 8, act='tanh')
    d = L.fc(L.cast(h, 'float64'), 8, act='tanh')
    out = L.cond(_below(h, 9.0), lambda: L.cast(L.fc(d, 4), 'float32'), lambda: L.fc(h, 4))
    return _minimize(_square_loss(L.fc(out, 1), y))


NETWORKS = [shared_two_optimizers, two_losses_loop, two_steps, accumulation, penalty_cond, recompute_overwritten,
            frozen_weight, gradient_clip_regularized, names_taken, devices, doubles]
