"""More networks for import, which Paddle 3 exports afresh: what the corpus hasn't. Usage: pir_networks.py FOLDER, with the Python of Paddle 3.3.1. Writes for each
FOLDER/NAME/inference.json, inference.pdiparams, in.npz, and out.npz: what the network computes before it is exported."""
import os
import pathlib
import sys

os.environ['GLOG_minloglevel'] = '3'
import numpy
import paddle
from paddle import nn
from paddle.nn import functional as F
from paddle.static import InputSpec


class Bert(nn.Layer):
    def __init__(self):
        super().__init__()
        self.word, self.place = nn.Embedding(50, 16), nn.Embedding(20, 16)
        layer = nn.TransformerEncoderLayer(16, 2, 32, activation='gelu')
        self.encoder, self.pool = nn.TransformerEncoder(layer, 2), nn.Linear(16, 16)

    def forward(self, ids):
        seq = paddle.cumsum(paddle.ones_like(ids), axis=-1) - 1
        mask = paddle.unsqueeze((ids == 0).astype('float32') * -1e4, [1, 2])
        out = self.encoder(self.word(ids) + self.place(seq), mask)
        return out, paddle.tanh(self.pool(out[:, 0]))


class Gru(nn.Layer):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(8, 6, num_layers=2, direction='bidirect')

    def forward(self, x):
        y, h = self.gru(x)
        return paddle.max(y, axis=1), h


class Interpolation(nn.Layer):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2D(3, 4, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        shape = paddle.shape(x)[2:]
        return (F.interpolate(y, scale_factor=2, mode='nearest'), F.interpolate(y, size=[9, 11], mode='bilinear', align_corners=True),
                F.interpolate(y, scale_factor=1.5, mode='bicubic'), F.interpolate(y[:, :, 0], size=[9], mode='linear', data_format='NCW'),
                F.interpolate(y.unsqueeze(2), scale_factor=2, mode='trilinear', data_format='NCDHW'), F.interpolate(y, size=shape * 2, mode='bilinear'),
                F.interpolate(y, size=[12, 12], mode='area'))


class Branches(nn.Layer):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x, n):
        i = paddle.zeros([1], 'int64')
        total = paddle.zeros_like(x)
        while i < n:
            if i % 2 == 0:
                total = total + self.fc(x)
            else:
                if paddle.mean(x) > 0:
                    total = total * 0.5
                else:
                    total = total - x
            i = i + 1
        return total, i


class SetItems(nn.Layer):
    def __init__(self):
        super().__init__()
        self.scale = self.create_parameter([1])

    def forward(self, x):
        y = x * self.scale
        y[:, 1:3] = 0.5
        y[0] = x[1]
        z = paddle.zeros([4, 5])
        z[1, ::2] = 3.0
        z[:, -1] = x[0, :4]
        w = (x * 2).astype('int64')
        w[:, 0] = 7
        return y, z, w, paddle.where(x > 0, y, x)


class Selection(nn.Layer):
    def forward(self, x, index):
        values, places = paddle.topk(x, 3, axis=-1)
        order = paddle.argsort(x, axis=-1, descending=True)
        return (values, places, order, paddle.argmax(x, axis=1), paddle.argmin(x, axis=0), paddle.kthvalue(x, 2, axis=1)[0], paddle.gather(x, index, axis=0),
                paddle.gather_nd(x, index.reshape([-1, 1])), paddle.index_select(x, index, axis=1), paddle.index_sample(x, paddle.stack([index, index])[:, :2]),
                paddle.take_along_axis(x, order, 1), paddle.expand(x.unsqueeze(0), [3, -1, -1]), paddle.masked_select(x, x > 0), paddle.nonzero(x > 0))


class Detection(nn.Layer):
    def __init__(self):
        super().__init__()
        self.head = nn.Conv2D(3, 18, 1)

    def forward(self, x, size):
        from paddle.vision import ops
        feature = self.head(x)
        boxes, scores = ops.yolo_box(feature, size, [10, 13, 16, 30], 4, 0.01, 32)
        prior, variance = ops.prior_box(feature, x, [4.0], [8.0], [2.0], steps=[1.0, 1.0])
        rois = paddle.to_tensor([[0.0, 0.0, 4.0, 4.0], [1.0, 1.0, 6.0, 6.0]])
        aligned = ops.roi_align(feature, rois, paddle.to_tensor([2], dtype='int32'), 2)
        decoded = ops.box_coder(prior.reshape([-1, 4]), [0.1, 0.1, 0.2, 0.2], prior.reshape([1, -1, 4]).tile([2, 1, 1]), 'decode_center_size')
        return boxes, scores, prior, variance, aligned, decoded


class Segmentation(nn.Layer):
    def __init__(self):
        super().__init__()
        self.down, self.norm, self.up = nn.Conv2D(3, 8, 3, stride=2, padding=1), nn.BatchNorm2D(8), nn.Conv2DTranspose(8, 4, 2, stride=2)
        self.act, self.head = nn.PReLU(8), nn.Conv2D(4, 5, 1)

    def forward(self, x):
        y = self.head(self.up(self.act(self.norm(self.down(x)))))
        return paddle.argmax(F.softmax(y, axis=1), axis=1, dtype='int32'), y


class Half(nn.Layer):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return paddle.cast(F.softmax(self.fc(x)), 'float16') * 2.0


class Masks(nn.Layer):
    def forward(self, x, lengths):
        mask = paddle.arange(6, dtype='int64').unsqueeze(0) < lengths.unsqueeze(1)
        picked = paddle.masked_select(x, mask)
        return picked, paddle.any(mask, axis=1), paddle.all(mask), mask.sum(axis=1), paddle.tril(x), x * (1 - mask.astype('float32'))


class Decoder(nn.Layer):
    def __init__(self):
        super().__init__()
        self.cell, self.word, self.out = nn.GRUCell(8, 8), nn.Embedding(10, 8), nn.Linear(8, 10)

    def forward(self, h):
        token = paddle.zeros_like(h[:, 0]).astype('int64')
        best = paddle.zeros([h.shape[0], 10])
        step = paddle.zeros([], 'int64')
        done = paddle.to_tensor(False)
        while step < 5 and not done:
            _, h = self.cell(self.word(token), h)
            best = self.out(h)
            token = paddle.argmax(best, axis=-1)
            done = paddle.all(token == 9)
            step += 1
        return best, token, step


class Sizes(nn.Layer):
    """Sizes, widths and bounds that only a run knows, as int64, which 3.3.1 computes shapes in."""
    def forward(self, x, n):
        height, width = paddle.shape(x)[2], paddle.shape(x)[3]
        return (F.interpolate(x, size=[height * 2, width + 1], mode='bilinear'), F.pad(x, [n, n, n, n]), paddle.clip(x, x.min() * 0.5, x.max() * 0.5),
                x[:, :, n:], x.reshape([paddle.shape(x)[0], -1]), paddle.full([n, 2], 3, 'int64'), paddle.tile(x[0, 0], [n, 1]), paddle.arange(0, n))


class Unmasked(nn.Layer):
    def __init__(self):
        super().__init__()
        from paddle.vision.ops import DeformConv2D
        self.offset, self.conv = nn.Conv2D(4, 18, 3, padding=1), DeformConv2D(4, 6, 3, padding=1)

    def forward(self, x):
        return self.conv(x, self.offset(x))


class WholeReductions(nn.Layer):
    def forward(self, x):
        return (paddle.amin(x), paddle.amax(x), paddle.amax(x, [0, 1]), x.sum(), x.max(), x.prod(), paddle.all(x > 0), paddle.any(x > 0), paddle.logsumexp(x), paddle.cumsum(x),
                x.std(), (x > 0).sum(), paddle.max(x, [0, 1], keepdim=True))


class NestedLoops(nn.Layer):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x, n, t):
        i, y, z = paddle.zeros([1], 'int64'), x, paddle.zeros([1])
        while i < n:
            j = paddle.zeros([1], 'int64')
            while j < i:
                if (i + j) % 2 == 0:
                    y = F.tanh(self.a(y))
                else:
                    y = y - 0.1 * x
                j = j + 1
            if y.mean() > t:
                z = z + 1
                if i > 3:
                    y = y * 0.5
            else:
                y, x = x, y
            i = i + 1
        if z > 2:
            out = y
        else:
            out = self.b(y)
        return out, z, x


class RareOps(nn.Layer):
    def forward(self, x, ids):
        low, square = F.sigmoid(x), x[:, :3]
        return (paddle.add_n([x, x * 2, low]), F.maxout(x.reshape([3, 6, 1, 1]), 2), paddle.trunc(x * 3), paddle.diag(x), paddle.diag(x[0], 1, padding_value=2.0),
                paddle.diagonal(x.reshape([3, 3, 2]), 1, 0, 1), F.sequence_mask(ids, maxlen=6, dtype='float32'), F.sequence_mask(ids, dtype='int64'),
                paddle.repeat_interleave(x, 2, 1), *paddle.cummax(x, 1), *paddle.cummin(x, 0), paddle.stanh(x, 0.5, 1.5), paddle.logit(low, 0.01),
                paddle.kron(x[:2, :2], x[1:, 1:3]), paddle.cross(square, x[:, 3:], axis=1), paddle.dist(x, low), paddle.trace(x), paddle.asinh(x), paddle.acosh(low + 1.1),
                paddle.atanh(low), paddle.lgamma(low), paddle.digamma(low), paddle.erfinv(low), paddle.index_add(x, ids[:2] - 1, 0, paddle.ones([2, 6])),
                paddle.logcumsumexp(x, 1), F.rrelu(x, training=False), F.diag_embed(x), paddle.inverse(square + paddle.eye(3) * 3), paddle.equal_all(x, low),
                paddle.shard_index(ids.unsqueeze(1), 20, 2, 0), F.gather_tree(ids.reshape([3, 1, 1]), ids.reshape([3, 1, 1]) * 0),
                *paddle.unique(ids, return_index=True, return_inverse=True, return_counts=True), paddle.unique(ids),
                *paddle.unique_consecutive(ids, return_inverse=True, return_counts=True), F.mse_loss(x, low))


class Volumes(nn.Layer):
    def __init__(self):
        super().__init__()
        self.conv, self.up, self.norm, self.instance = nn.Conv3D(4, 6, 3, padding=1), nn.Conv3DTranspose(6, 4, 2, 2), nn.BatchNorm3D(6), nn.InstanceNorm3D(6)

    def forward(self, x):
        y = self.conv(x)
        return (self.up(F.relu(self.norm(y))), F.max_pool3d(x, 2, 2), F.avg_pool3d(x, 3, 2, 1), self.instance(y), F.adaptive_avg_pool3d(x, 2),
                *F.max_pool3d(x, 2, return_mask=True))


class Regions(nn.Layer):
    def __init__(self):
        super().__init__()
        self.head, self.split = nn.Conv2D(3, 6, 1), nn.Conv2D(3, 8, 1)
        self.register_buffer('anchors', paddle.to_tensor((numpy.arange(8 * 8 * 6 * 4).reshape(8, 8, 6, 4) % 7 * numpy.array([1, 1, 6, 6])).astype('float32')))

    def forward(self, x, deltas, size):
        from paddle.vision import ops
        rois, probabilities, count = ops.generate_proposals(F.sigmoid(self.head(x)), deltas, size, self.anchors, paddle.ones([8, 8, 6, 4]), pre_nms_top_n=50,
                                                            post_nms_top_n=20, nms_thresh=0.6, return_rois_num=True)
        levels, restore, counts = ops.distribute_fpn_proposals(rois, 2, 5, 4, 224, rois_num=count)
        return (rois, probabilities, count, paddle.concat(levels, 0), restore, counts[3], ops.roi_pool(x, rois, count, 2), ops.psroi_pool(self.split(x), rois, count, 2),
                ops.roi_align(x, rois, count, (3, 2), sampling_ratio=2, aligned=False))


def spec(shape, name, dtype='float32'):
    return InputSpec(shape, dtype, name)


random = numpy.random.RandomState(3)


def floats(*shape):
    return random.randn(*shape).astype('float32')


NETWORKS = {
    'bert': (Bert, [spec([-1, -1], 'ids', 'int64')], [random.randint(0, 50, [2, 7])]),
    'gru': (Gru, [spec([-1, 5, 8], 'x')], [floats(2, 5, 8)]),
    'interpolation': (Interpolation, [spec([-1, 3, -1, -1], 'x')], [floats(1, 3, 6, 8)]),
    'branches': (Branches, [spec([-1, 4], 'x'), spec([1], 'n', 'int64')], [floats(2, 4), numpy.array([5])]),
    'set_items': (SetItems, [spec([3, 6], 'x')], [floats(3, 6)]),
    'selection': (Selection, [spec([2, 5], 'x'), spec([3], 'index', 'int64')], [floats(2, 5), numpy.array([1, 0, 1])]),
    'detection': (Detection, [spec([1, 3, 8, 8], 'x'), spec([1, 2], 'size', 'int32')], [floats(1, 3, 8, 8), numpy.array([[64, 64]], 'int32')]),
    'segmentation': (Segmentation, [spec([-1, 3, 16, 16], 'x')], [floats(2, 3, 16, 16)]),
    'half': (Half, [spec([-1, 8], 'x')], [floats(3, 8)]),
    'masks': (Masks, [spec([-1, 6], 'x'), spec([-1], 'lengths', 'int64')], [floats(3, 6), numpy.array([2, 6, 3])]),
    'decoder': (Decoder, [spec([2, 8], 'h')], [floats(2, 8)]),
    'sizes': (Sizes, [spec([-1, 4, -1, -1], 'x'), spec([1], 'n', 'int64')], [floats(1, 4, 5, 6), numpy.array([2])]),
    'unmasked': (Unmasked, [spec([-1, 4, 8, 8], 'x')], [floats(1, 4, 8, 8)]),
    'whole_reductions': (WholeReductions, [spec([-1, 6], 'x')], [floats(3, 6)]),
    'nested_loops': (NestedLoops, [spec([-1, 4], 'x'), spec([1], 'n', 'int64'), spec([1], 't')], [floats(3, 4), numpy.array([7]), numpy.array([0.5], 'float32')]),
    'rare_ops': (RareOps, [spec([3, 6], 'x'), spec([3], 'ids', 'int64')], [floats(3, 6), numpy.array([2, 3, 2])]),
    'volumes': (Volumes, [spec([-1, 4, 6, 6, 6], 'x')], [floats(1, 4, 6, 6, 6)]),
    'regions': (Regions, [spec([1, 3, 8, 8], 'x'), spec([1, 24, 8, 8], 'deltas'), spec([1, 2], 'size')],
                [floats(1, 3, 8, 8), floats(1, 24, 8, 8) * 0.1, numpy.array([[64, 64]], 'float32')]),
}


def main(folder, wanted):
    for name, (make, specs, inputs) in NETWORKS.items():
        if wanted and name not in wanted:
            continue
        paddle.seed(7)
        network = make()
        network.eval()
        out = pathlib.Path(folder) / name
        out.mkdir(parents=True, exist_ok=True)
        arrays = {s.name: a for s, a in zip(specs, inputs)}
        results = network(*[paddle.to_tensor(a) for a in arrays.values()])
        results = results if isinstance(results, (tuple, list)) else [results]
        numpy.savez(out / 'in.npz', **arrays)
        numpy.savez(out / 'out.npz', *[r.numpy() for r in results])
        paddle.jit.save(paddle.jit.to_static(network, input_spec=specs), str(out / 'inference'))
        if not (out / 'inference.pdiparams').exists():
            (out / 'inference.pdiparams').write_bytes(b'')


main(sys.argv[1], sys.argv[2:])
