"""Recurrent networks for paddlepaddle 1.8.5, as in networks.py."""
import paddle.fluid as fluid
from paddle.fluid import layers as L

from network_parts import _below, _minimize, _sequence, _softmax_loss, _square_loss, _words


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


NETWORKS = [conv_rnn, rnn_outer_activation, two_static_rnns, cond_in_rnn, attention_rnn, stacked_dynamic_rnns]
