"""Training networks with control flow, overwritten variables, shared weights and several backwards, for paddlepaddle 1.8.5.
Each builder returns the loss after it has called its optimizer. make_programs.py writes their programs to testdata/paddle."""
import paddle.fluid as fluid
from paddle.fluid import layers as L

SGD = fluid.optimizer.SGD


def _xy(dim=8):
    return fluid.data('x', [None, dim], 'float32'), fluid.data('y', [None, 1], 'float32')


def _words():
    return fluid.data('words', [None, 1], 'int64', lod_level=1), fluid.data('label', [None, 1], 'int64')


def _sequence():
    """Five steps of four rows. A recurrent op's gradient wants the gradient of its input."""
    x = fluid.data('x', [5, 4, 8], 'float32')
    x.stop_gradient = False
    return x, fluid.data('y', [4, 1], 'float32')


def _square_loss(prediction, y):
    return L.mean(L.square_error_cost(prediction, y))


def _softmax_loss(logits, label):
    return L.mean(L.softmax_with_cross_entropy(logits, label))


def _minimize(loss, rate=0.05):
    SGD(rate).minimize(loss)
    return loss


def _below(value, limit):
    return L.less_than(L.reduce_mean(value), L.fill_constant([1], 'float32', limit))


def _count(value):
    return L.fill_constant([1], 'int64', value)


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


# Recurrent networks.

def conv_rnn():
    """A convolution in a recurrent step: its input is the step's, its filter is shared with a convolution outside."""
    x = fluid.data('x', [3, 4, 2, 6, 6], 'float32')
    x.stop_gradient = False
    y = fluid.data('y', [4, 1], 'float32')
    rnn = L.StaticRNN()
    with rnn.step():
        image = rnn.step_input(x)
        before = rnn.memory(shape=[-1, 2, 6, 6], batch_ref=image)
        h = L.conv2d(image, 2, 3, padding=1, param_attr='filter', bias_attr=False)
        h = L.tanh(L.elementwise_add(h, L.conv2d(before, 2, 3, padding=1, param_attr='filter_h', bias_attr=False)))
        rnn.update_memory(before, h)
        rnn.step_output(h)
    # reduce_mean of five dimensions gives random numbers in 1.8.5.
    out = L.reshape(L.reduce_mean(L.reshape(rnn(), [3, -1]), dim=0), [4, 2, 6, 6])
    out = L.conv2d(out, 2, 3, padding=1, param_attr='filter', bias_attr=False)
    return _minimize(_square_loss(L.fc(out, 1), y))


def rnn_outer_activation():
    """Each step reads an activation of the main block, a shared weight, and the step input under its outer name."""
    x, y = _sequence()
    context = L.fc(L.reduce_mean(x, dim=0), 8, act='tanh', param_attr='shared_w')
    steps = L.fc(x, 8, num_flatten_dims=2)
    rnn = L.StaticRNN()
    with rnn.step():
        w = rnn.step_input(steps)
        before = rnn.memory(shape=[-1, 8], batch_ref=w)
        h = L.fc([w, before, context], 8, act='tanh', bias_attr=False)
        h = L.fc(h, 8, act='tanh', param_attr='shared_w')
        rnn.update_memory(before, h)
        rnn.step_output(h)
    again = L.fc(steps, 8, num_flatten_dims=2)
    out = L.reduce_mean(L.elementwise_add(rnn(), again), dim=0)
    return _minimize(_square_loss(L.fc(out, 1), y))


def two_static_rnns():
    """Two recurrent ops one after the other, which share a weight."""
    x, y = _sequence()

    def layer(t):
        rnn = L.StaticRNN()
        with rnn.step():
            w = rnn.step_input(t)
            before = rnn.memory(shape=[-1, 8], batch_ref=w)
            h = L.fc([w, before], 8, act='tanh', param_attr=['w_in', 'w_state'], bias_attr='b')
            rnn.update_memory(before, h)
            rnn.step_output(h)
        return rnn()
    out = L.reduce_mean(layer(layer(x)), dim=0)
    return _minimize(_square_loss(L.fc(out, 1, param_attr='w_last'), y))


def cond_in_rnn():
    """A branch in a recurrent step."""
    x, y = _sequence()
    rnn = L.StaticRNN()
    with rnn.step():
        w = rnn.step_input(x)
        before = rnn.memory(shape=[-1, 8], batch_ref=w)
        h = L.cond(_below(w, 0.0), lambda: L.fc(w, 8, param_attr='w_a', bias_attr=False), lambda: L.fc(before, 8, param_attr='w_b', bias_attr=False))
        h = L.tanh(L.elementwise_add(h, L.fc(before, 8)))
        rnn.update_memory(before, h)
        rnn.step_output(h)
    return _minimize(_square_loss(L.fc(L.reduce_mean(rnn(), dim=0), 1), y))


def attention_rnn():
    """DynamicRNN with a static input, two memories and a weight that the main block reads, too."""
    words, label = _words()
    emb = L.embedding(words, [50, 8])
    context = L.fc(L.sequence_pool(emb, 'average'), 8, act='tanh', param_attr='shared_w')
    rnn = L.DynamicRNN()
    with rnn.block():
        w = rnn.step_input(emb)
        c = rnn.static_input(context)
        m1 = rnn.memory(shape=[8], value=0.0)
        m2 = rnn.memory(init=context, need_reorder=True)
        h1 = L.fc([w, m1, c], 8, act='tanh')
        h2 = L.fc([h1, m2], 8, act='tanh', param_attr=['shared_w', 'w_m2'])
        rnn.update_memory(m1, h1)
        rnn.update_memory(m2, h2)
        rnn.output(h2)
    return _minimize(_softmax_loss(L.fc(L.sequence_last_step(rnn()), 2), label), 0.2)


def stacked_dynamic_rnns():
    words, label = _words()

    def layer(t):
        rnn = L.DynamicRNN()
        with rnn.block():
            w = rnn.step_input(t)
            before = rnn.memory(shape=[8], value=0.0)
            h = L.fc([w, before], 8, act='tanh', param_attr=['w_in', 'w_state'], bias_attr='b')
            rnn.update_memory(before, h)
            rnn.output(h)
        return rnn()
    out = layer(layer(L.embedding(words, [50, 8])))
    return _minimize(_softmax_loss(L.fc(L.sequence_last_step(out), 2), label), 0.2)


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


NETWORKS = [nested_branches, split_batch, outer_activation, untaken_branch, switch_case, conv_branch, written_in_branch,
            loop_carried, double_while, carried_cond, cond_in_while, while_in_cond, two_loops, array_loop, overwritten_in_loop,
            conv_rnn, rnn_outer_activation, two_static_rnns, cond_in_rnn, attention_rnn, stacked_dynamic_rnns,
            overwritten, overwritten_tail, overwritten_feature_map, overwritten_weight,
            gan1, gan2, gan_with_loop, mul_grad_grad, conv_grad_grad, recompute_segments,
            piecewise_decay, tied_embedding, clipped_weights, activations_only]
