"""Networks that Paddle 3 quantizes itself (paddle.quantization, PTQ) and exports: their programs have quantize_linear and dequantize_linear, which Paddle 3.3.1 computes wrong
on a CPU when it runs them. Usage: pir_quantized.py FOLDER, with the Python of Paddle 3.3.1. Writes for each FOLDER/NAME/inference.json, inference.pdiparams, in.npz, and
out_dygraph.npz: what the quantized network computes before it is exported."""
import os
import pathlib
import sys

os.environ['GLOG_minloglevel'] = '3'
import numpy
import paddle
from paddle import nn
from paddle.nn import functional as F
from paddle.quantization import PTQ, QuantConfig
from paddle.quantization.base_observer import BaseObserver
from paddle.quantization.factory import ObserverFactory
from paddle.quantization.observers import AbsmaxObserver
from paddle.static import InputSpec

SHAPE = [2, 3, 12, 12]  # 3.3.1 can't export these networks with an open dimension


class ChannelScales(BaseObserver):
    """The greatest absolute value of each output channel of a weight."""
    def __init__(self, layer, bits):
        super().__init__()
        self.bits, self.axis, self.greatest = bits, 1 if isinstance(layer, nn.Linear) else 0, None

    def forward(self, weight):
        self.greatest = paddle.max(paddle.abs(weight), axis=[axis for axis in range(weight.ndim) if axis != self.axis])
        return weight

    def cal_thresholds(self):
        pass

    def bit_length(self):
        return self.bits

    def quant_axis(self):
        return self.axis

    def scales(self):
        return self.greatest

    def zero_points(self):
        return paddle.zeros_like(self.greatest)


class EachChannel(ObserverFactory):
    def __init__(self, bits=8):
        super().__init__(bits=bits)

    def _get_class(self):
        return ChannelScales


class Network(nn.Layer):
    def __init__(self):
        super().__init__()
        self.conv, self.depthwise, self.fc = nn.Conv2D(3, 8, 3, stride=2, padding=1), nn.Conv2D(8, 8, 3, padding=1, groups=8), nn.Linear(8, 5)

    def forward(self, x):
        return self.fc(paddle.mean(F.relu6(self.depthwise(F.relu(self.conv(x)))), axis=[2, 3]))


WEIGHTS = {'ptq_tensor': AbsmaxObserver, 'ptq_channel': EachChannel, 'ptq_bits4': lambda: EachChannel(bits=4)}


def main(folder):
    for name, observer in WEIGHTS.items():
        paddle.seed(5)
        ptq = PTQ(QuantConfig(activation=AbsmaxObserver(), weight=observer()))
        network = Network()
        network.eval()
        observed = ptq.quantize(network)
        x = numpy.random.RandomState(3).randn(*SHAPE).astype('float32')
        for scale in (1, 0.9, 0.8):
            observed(paddle.to_tensor(x * scale))
        quantized = ptq.convert(observed)
        quantized.eval()
        out = pathlib.Path(folder) / name
        out.mkdir(parents=True, exist_ok=True)
        numpy.savez(out / 'in.npz', x=x)
        numpy.savez(out / 'out_dygraph.npz', quantized(paddle.to_tensor(x)).numpy())
        paddle.jit.save(paddle.jit.to_static(quantized, input_spec=[InputSpec(SHAPE, 'float32', 'x')], full_graph=True), str(out / 'inference'))


main(sys.argv[1])
