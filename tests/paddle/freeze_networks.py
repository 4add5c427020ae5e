"""Networks of paddlepaddle 1.8.5, each one a case that freezing can get wrong: a function gives the fed variable and the outputs."""
import paddle.fluid as fluid
from paddle.fluid import layers as L
from paddle.fluid.layer_helper import LayerHelper


def x_(width=13):
    return fluid.data('x', [None, width], 'float32')


def image(channels=3, size=8):
    return fluid.data('x', [None, channels, size, size], 'float32')


def fetched():
    """The product itself is the output."""
    x = x_()
    return x, L.fc(L.fc(x, 8, act='relu'), 4, bias_attr=False)


def fetched_and_read():
    """Products are outputs, and ops read them as well."""
    x = x_()
    a = L.fc(x, 8, bias_attr=False)
    b = L.fc(L.tanh(a), 6, bias_attr=False)
    return x, [a, L.fc(b, 4), b]


def inplace_batch_norm(in_place=False):
    """The product is overwritten in place. Training can't run in place, so the saved program alone is."""
    x = image()
    h = L.batch_norm(L.conv2d(x, 4, 3, bias_attr=False), in_place=in_place)
    return x, L.fc(L.relu(h), 4)


def overwritten(in_place=False):
    """The product's variable is written again, and read before and after. In training it is another variable."""
    x = x_()
    h = L.fc(x, 8, bias_attr=False)
    before = L.relu(h)
    changed = L.assign(L.scale(h, -3.0), h if in_place else None)
    return x, [L.fc(before, 4), L.fc(L.tanh(changed), 4), changed]


def float_reader():
    """An op in float reads the weight, too."""
    x = x_(16)
    h = L.fc(x, 16, param_attr='tied', bias_attr=False)
    total = L.reduce_sum(fluid.default_main_program().global_block().var('tied'), dim=0)
    return x, L.fc(L.elementwise_add(h, total), 4)


def transposed_reuse():
    """A decoder reads the encoder's weight transposed."""
    x = x_(12)
    h = L.fc(x, 6, param_attr='tied', bias_attr=False, act='tanh')
    tied = fluid.default_main_program().global_block().var('tied')
    return x, L.elementwise_add(L.mul(h, L.transpose(tied, [1, 0])), L.matmul(h, tied, transpose_y=True))


def zero_weight():
    x = x_()
    zero = fluid.ParamAttr(initializer=fluid.initializer.Constant(0.0), trainable=False)
    return x, L.elementwise_add(L.fc(L.fc(x, 8, act='relu'), 4, param_attr=zero), L.fc(x, 4))


def two_activations():
    x = x_(8)
    a, b = L.fc(x, 8, act='relu'), L.transpose(L.fc(x, 8), [1, 0])
    return x, L.reduce_sum(L.mul(a, b), dim=1, keep_dim=True)


def squared():
    x = fluid.data('x', [8, 8], 'float32')
    a = L.fc(x, 8, act='tanh')
    return x, L.mul(a, a)


def dynamic_filter():
    """The filter of a convolution is an activation."""
    x = fluid.data('x', [8, 2, 8, 8], 'float32')
    made = L.reshape(L.slice(L.fc(x, 36, act='tanh'), [0], [0], [1]), [2, 2, 3, 3])
    conv = fluid.default_main_program().current_block()
    out = LayerHelper('conv').create_variable_for_type_inference('float32')
    conv.append_op(type='conv2d', inputs={'Input': x, 'Filter': made}, outputs={'Output': out},
                   attrs={'strides': [1, 1], 'paddings': [1, 1], 'dilations': [1, 1], 'groups': 1, 'data_format': 'NCHW'})
    return x, L.fc(out, 3)


def two_weights():
    x = x_(8)
    w1, w2 = [L.create_parameter(s, 'float32', name=n) for s, n in (([8, 6], 'w1'), ([6, 5], 'w2'))]
    return x, L.matmul(x, L.mul(w1, w2))


def two_weights_shared():
    """One of two weights is the weight of another op, too, and their product is fetched."""
    x = x_(8)
    w1, w2 = [L.create_parameter(s, 'float32', name=n) for s, n in (([8, 8], 'w1'), ([8, 8], 'w2'))]
    product = L.mul(w1, w2)
    return x, [L.matmul(L.mul(x, w1), product), L.mul(product, w2), product]


def shared_weight():
    x, tied = x_(16), fluid.ParamAttr(name='tied')
    h = L.fc(L.fc(x, 16, param_attr=tied, act='relu'), 16, param_attr=tied, act='tanh')
    return x, L.fc(h, 16, param_attr=tied)


def convolutions():
    """Groups, depthwise, dilations, strides, a bias."""
    x = image(4)
    h = L.conv2d(x, 8, 3, padding=1, groups=2, act='relu')
    h = L.conv2d(h, 8, 3, padding=2, dilation=2, groups=8, use_cudnn=False)
    h = L.batch_norm(L.conv2d(h, 6, 3, stride=2, bias_attr=False), act='relu')
    return x, L.fc(L.pool2d(h, 2, 'avg', 2), 4)


def flattened():
    """mul with num_flatten_dims 2, behind reshape and dropout."""
    x = fluid.data('x', [None, 6, 10], 'float32')
    h = L.dropout(L.reshape(L.fc(x, 8, num_flatten_dims=2), [0, 3, 16]), 0.5, dropout_implementation='upscale_in_train')
    return x, L.fc(L.reshape(L.fc(h, 5, num_flatten_dims=2, act='relu'), [0, 15]), 4)


def fan_out():
    """A product that several ops read, and an activation that several quantizable ops read."""
    x = x_()
    h = L.fc(x, 8, bias_attr=False)
    a, b, c = L.relu(h), L.tanh(h), L.concat([h, h], 1)
    return x, L.elementwise_add(L.fc(L.fc(a, 4), 4), L.elementwise_add(L.fc(a, 4), L.elementwise_add(L.fc(b, 4), L.fc(c, 4))))


def fused_bias():
    """A convolution that adds a bias itself stays simulated; its activation is frozen for another op."""
    x = image()
    h = L.relu(x)
    block = fluid.default_main_program().current_block()
    w, b = [L.create_parameter(s, 'float32', name=n) for s, n in (([4, 3, 3, 3], 'w'), ([4], 'b'))]
    b.stop_gradient = True
    out = LayerHelper('conv').create_variable_for_type_inference('float32')
    block.append_op(type='conv2d', inputs={'Input': h, 'Filter': w, 'Bias': b}, outputs={'Output': out},
                    attrs={'strides': [1, 1], 'paddings': [0, 0], 'dilations': [1, 1], 'groups': 1, 'data_format': 'NCHW'})
    return x, L.elementwise_add(L.fc(out, 4), L.fc(L.conv2d(h, 4, 3, bias_attr=False), 4))


def branches():
    x = x_()
    h = L.fc(x, 8, act='relu')
    flag = L.less_than(L.reduce_mean(h), L.fill_constant([1], 'float32', 0.5))
    return x, L.fc(L.cond(flag, lambda: L.fc(h, 4), lambda: L.fc(h, 4)), 3)


def read_in_branches():
    """A product is read inside branches, outside of them, and fetched; a branch shares its weight with the other and the outside."""
    x = x_(8)
    h = L.fc(x, 8, bias_attr=False)
    flag = L.less_than(L.reduce_mean(h), L.fill_constant([1], 'float32', 0.5))
    out = L.cond(flag, lambda: L.fc(L.relu(h), 8, param_attr='shared', bias_attr=False), lambda: L.fc(h, 8, param_attr='shared'))
    return x, [L.fc(out, 3), L.fc(h, 3, param_attr=None), L.fc(h, 8, param_attr='shared', bias_attr=False), h]


def float_reader_in_branch():
    """A branch reads the weight in float and quantized, the outside quantized."""
    x = x_(8)
    h = L.fc(x, 8, param_attr='tied', bias_attr=False)
    tied = fluid.default_main_program().global_block().var('tied')
    flag = L.less_than(L.reduce_mean(h), L.fill_constant([1], 'float32', 100.))
    out = L.cond(flag, lambda: L.elementwise_add(L.mul(h, tied), L.matmul(h, tied)), lambda: L.relu(h))
    return x, L.fc(out, 3)


def loop():
    x = x_(8)
    i, n = L.fill_constant([1], 'int64', 0), L.fill_constant([1], 'int64', 3)

    def body(i, h):
        return [L.elementwise_add(i, L.fill_constant([1], 'int64', 1)), L.fc(h, 8, act='tanh', param_attr='w', bias_attr='b')]
    return x, L.fc(L.while_loop(lambda i, h: L.less_than(i, n), body, [i, L.fc(x, 8, act='tanh')])[1], 3)


def loop_of_products():
    """The loop's variable is a product; the activation and two weights inside come from outside; one weight is read in float, too."""
    x = x_(8)
    i, n = L.fill_constant([1], 'int64', 0), L.fill_constant([1], 'int64', 3)
    a = L.fc(x, 8, act='tanh', param_attr='w', bias_attr=False)
    w = fluid.default_main_program().global_block().var('w')
    w2 = L.create_parameter([8, 8], 'float32', name='w2')

    def body(i, h):
        squares = L.mul(w, w2)
        h = L.elementwise_add(L.mul(a, w), L.elementwise_add(L.matmul(L.tanh(h), w), L.matmul(a, squares)))
        return [L.elementwise_add(i, L.fill_constant([1], 'int64', 1)), L.mul(h, w)]
    return x, L.while_loop(lambda i, h: L.less_than(i, n), body, [i, L.fc(x, 8, bias_attr=False)])[1]


def branch_in_loop():
    x = x_(8)
    i, n = L.fill_constant([1], 'int64', 0), L.fill_constant([1], 'int64', 3)
    a = L.fc(x, 8, act='tanh')

    def body(i, h):
        flag = L.less_than(i, L.fill_constant([1], 'int64', 2))
        h = L.cond(flag, lambda: L.fc(h, 8, param_attr='w', bias_attr=False), lambda: L.fc(a, 8, param_attr='w', bias_attr=False))
        return [L.elementwise_add(i, L.fill_constant([1], 'int64', 1)), L.tanh(h)]
    return x, L.fc(L.while_loop(lambda i, h: L.less_than(i, n), body, [i, a])[1], 3)


def recurrent():
    x = fluid.data('x', [5, 4, 8], 'float32')
    steps, rnn = L.fc(x, 8, num_flatten_dims=2), L.StaticRNN()
    with rnn.step():
        w = rnn.step_input(steps)
        previous = rnn.memory(shape=[-1, 8], batch_ref=w)
        h = L.fc([w, previous], 8, act='tanh')
        rnn.update_memory(previous, h)
        rnn.step_output(h)
    return x, L.fc(L.reduce_mean(rnn(), dim=0), 3)


NETWORKS = [fetched, fetched_and_read, inplace_batch_norm, overwritten, float_reader, transposed_reuse, zero_weight, two_activations, squared,
            dynamic_filter, two_weights, two_weights_shared, shared_weight, convolutions, flattened, fan_out, fused_bias, branches,
            read_in_branches, float_reader_in_branch, loop, loop_of_products, branch_in_loop, recurrent]
IN_PLACE = [inplace_batch_norm, overwritten]
# What QuantizeTranspiler can rewrite for training.
OF_ONE_BLOCK = [fetched, fetched_and_read, inplace_batch_norm, float_reader, transposed_reuse, zero_weight, two_activations, squared, two_weights,
                two_weights_shared, shared_weight, convolutions, flattened, fan_out, fused_bias]
