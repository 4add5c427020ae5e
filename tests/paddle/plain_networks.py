"""Networks without control flow, each with something that the others don't have: for paddlepaddle 1.8.5, whose reference rewrites all of them
(make_pairs.py). A builder returns the loss; where it doesn't minimize by itself, Adam does."""
import paddle.fluid as fluid
from paddle.fluid import layers as L


def _xy():
    return fluid.data('x', [None, 13], 'float32'), fluid.data('y', [None, 1], 'float32')


def _image(channels=3, size=16):
    return fluid.data('image', [None, channels, size, size], 'float32'), fluid.data('label', [None, 1], 'int64')


def _words():
    words, label = fluid.data('words', [None, 1], 'int64', lod_level=1), fluid.data('label', [None, 1], 'int64')
    return L.embedding(words, [100, 8]), label


def _regression(y, h):
    return L.mean(L.square_error_cost(L.fc(h, 1), y))


def _classes(label, h, count=5):
    return L.mean(L.cross_entropy(L.fc(h, count, act='softmax'), label))


def _conv_bn(x, channels):
    return L.batch_norm(L.conv2d(x, channels, 3, padding=1, bias_attr=False), act='relu')


def _small(optimizer, act='relu', **fc):
    """Two layers, and what an optimizer adds."""
    x, y = _xy()
    loss = _regression(y, L.fc(x, 8, act=act, **fc))
    optimizer().minimize(loss)
    return loss


# Optimizers, schedules, clipping
def momentum_l2():
    return _small(lambda: fluid.optimizer.Momentum(0.1, 0.9, regularization=fluid.regularizer.L2Decay(1e-4)))


def lamb():
    return _small(lambda: fluid.optimizer.Lamb(0.01), act='gelu')


def rmsprop_decayed():
    attr = fluid.ParamAttr(regularizer=fluid.regularizer.L1Decay(.1), learning_rate=2.)
    return _small(lambda: fluid.optimizer.RMSProp(.1, centered=True), param_attr=attr)


def piecewise():
    return _small(lambda: fluid.optimizer.SGD(L.piecewise_decay([10, 20], [.1, .01, .001])))


def cosine():
    return _small(lambda: fluid.optimizer.Adam(L.cosine_decay(0.1, 10, 100)))


def noam():
    return _small(lambda: fluid.optimizer.Adam(L.noam_decay(64, 100)))


def warmup():
    return _small(lambda: fluid.optimizer.Adam(L.linear_lr_warmup(L.exponential_decay(0.1, 10, .9), 10, 0., .1)))


def clip_value():
    return _small(lambda: fluid.optimizer.Adam(1e-3, grad_clip=fluid.clip.GradientClipByValue(1.)))


def clip_global():
    return _small(lambda: fluid.optimizer.Adagrad(1e-3, grad_clip=fluid.clip.GradientClipByGlobalNorm(1.)))


def lookahead():
    """Writes the parameters in ops of the forward role."""
    return _small(lambda: fluid.optimizer.LookaheadOptimizer(fluid.optimizer.SGD(.1), .5, 5))


def ema():
    loss = _small(lambda: fluid.optimizer.Adam(1e-3))
    fluid.optimizer.ExponentialMovingAverage(.999).update()
    return loss


def model_average():
    loss = _small(lambda: fluid.optimizer.SGD(.1))
    fluid.optimizer.ModelAverage(.15, min_average_window=10, max_average_window=20)
    return loss


def frozen_parameter():
    return _small(lambda: fluid.optimizer.Adam(1e-3), param_attr=fluid.ParamAttr(trainable=False))


def stopped_gradient():
    x, y = _xy()
    h = L.fc(x, 8, act='relu')
    h.stop_gradient = True
    return _regression(y, h)


# mul
def square_mul():
    h = L.fc(fluid.data('x', [8, 8], 'float32'), 8)
    return L.mean(L.mul(h, h))


def two_activations():
    x = fluid.data('x', [8, 8], 'float32')
    return L.mean(L.mul(L.fc(x, 8), L.fc(x, 8)))


def two_weights():
    x, y = _xy()
    product = L.mul(L.create_parameter([13, 6], 'float32'), L.create_parameter([6, 1], 'float32'))
    return L.mean(L.square_error_cost(L.matmul(x, product), y))


def num_flatten_dims():
    x = fluid.data('x', [None, 4, 6], 'float32')
    return L.mean(L.fc(L.fc(x, 8, num_flatten_dims=2, act='relu'), 1))


def name_scopes():
    x, y = _xy()
    with fluid.name_scope('encoder'):
        h = L.fc(x, 8, act='relu')
    with fluid.name_scope('decoder'):
        return _regression(y, h)


def siamese():
    """One weight, two inputs."""
    a, b = fluid.data('a', [None, 13], 'float32'), fluid.data('b', [None, 13], 'float32')
    shared = fluid.ParamAttr(name='shared')
    return L.mean(L.cos_sim(L.fc(a, 8, param_attr=shared), L.fc(b, 8, param_attr=shared)))


def autoencoder():
    """An input of the program is its label, too."""
    x, _ = _xy()
    return L.mean(L.square_error_cost(L.fc(L.fc(x, 4, act='sigmoid'), 13), x))


def two_losses():
    x, y = _xy()
    h = L.fc(x, 8, act='relu')
    return L.sum([_regression(y, h), L.scale(L.mean(L.abs(L.fc(h, 1))), .5)])


def spectral_norm():
    """The weight is the output of an op."""
    x, y = _xy()
    return _regression(y, L.mul(x, L.spectral_norm(L.create_parameter([13, 8], 'float32'))))


def weight_norm():
    x, y = _xy()
    return _regression(y, L.fc(x, 8, param_attr=fluid.WeightNormParamAttr(dim=None)))


def metrics():
    x, label = fluid.data('x', [None, 13], 'float32'), fluid.data('y', [None, 1], 'int64')
    p = L.fc(x, 2, act='softmax')
    L.auc(p, label)
    L.accuracy(p, label)
    return L.mean(L.cross_entropy(p, label))


# Embeddings and sequences
def deepfm():
    x, y = _xy()
    fields = [fluid.data('f%d' % i, [None, 1], 'int64') for i in range(3)]
    deep = L.concat([L.embedding(f, [50, 4], is_sparse=True) for f in fields] + [x], axis=1)
    deep = L.fc(L.fc(deep, 16, act='relu'), 8, act='relu')
    return L.mean(L.sigmoid_cross_entropy_with_logits(L.elementwise_add(L.fc(deep, 1), L.fc(x, 1)), y))


def nce():
    x, label = fluid.data('x', [None, 13], 'float32'), fluid.data('y', [None, 1], 'int64')
    return L.mean(L.nce(L.fc(x, 8), label, 20))


def gru():
    embedded, label = _words()
    return _classes(label, L.sequence_pool(L.dynamic_gru(L.fc(embedded, 24), 8), 'last'), 2)


def sequence_conv():
    embedded, label = _words()
    return _classes(label, fluid.nets.sequence_conv_pool(embedded, 8, 3, act='tanh'), 2)


# conv2d
def grouped_conv():
    image, label = _image(4)
    return _classes(label, L.conv2d(L.conv2d(image, 8, 3, groups=2, act='relu'), 8, 3, dilation=2))


def depthwise():
    image, label = _image()
    h = L.conv2d(image, 6, 3, groups=3, use_cudnn=False, padding='SAME')
    return _classes(label, L.conv2d(h, 6, 3, groups=6, use_cudnn=False, dilation=2))


def conv_transpose():
    """Not quantizable, next to one that is."""
    image, label = _image()
    return _classes(label, L.conv2d(L.conv2d_transpose(image, 8, filter_size=3, act='relu'), 4, 3))


def shared_filter():
    image, label = _image(3, 8)
    shared = fluid.ParamAttr(name='shared')
    h = L.conv2d(image, 3, 3, padding=1, param_attr=shared)
    return _classes(label, L.conv2d(h, 3, 3, padding=1, param_attr=shared))


def unet():
    image, _ = _image()
    a = _conv_bn(image, 8)
    b = L.resize_nearest(_conv_bn(L.pool2d(a, 2, 'max', 2), 16), scale=2)
    return L.mean(L.conv2d(L.concat([a, b], axis=1), 2, 1))


def squeeze_excitation():
    image, label = _image()
    h = _conv_bn(image, 16)
    s = L.fc(L.fc(L.pool2d(h, pool_type='avg', global_pooling=True), 4, act='relu'), 16, act='sigmoid')
    return _classes(label, L.elementwise_mul(h, s, axis=0))


def dense_block():
    h, label = _image()
    for _ in range(3):
        h = L.concat([h, _conv_bn(h, 4)], axis=1)
    return _classes(label, h)


def dropout():
    image, label = _image()
    return _classes(label, L.dropout(L.conv2d(image, 8, 3, act='relu'), .3))


def norms():
    image, label = _image()
    h = L.batch_norm(L.conv2d(image, 4, 3), use_global_stats=True)
    return _classes(label, L.layer_norm(L.group_norm(L.conv2d(h, 4, 3), 2)))


def activations():
    image, label = _image()
    h = L.maxout(L.prelu(L.conv2d(image, 8, 3), 'channel'), 2)
    return _classes(label, L.leaky_relu(L.conv2d(h, 4, 3)))


NETWORKS = [f for name, f in list(globals().items()) if callable(f) and not name.startswith('_')]
