"""What the training networks for paddlepaddle 1.8.5 are put together of."""
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
