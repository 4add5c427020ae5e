"""Saved inference models, run in the Paddle that this Python has (1.8.5, 2.6.2, 3.3.1), and how far their outputs are from others. A model is a prefix of .pdmodel and .pdiparams, or a folder with
__model__ and __params__ or a file for each parameter."""
import os
import subprocess

os.environ['GLOG_minloglevel'] = '3'
os.environ['FLAGS_enable_pir_api'] = '0'  # of 3.x: the models are programs of 2.x
import numpy as np
import paddle

LITE = '''
import sys
import numpy as np
import paddlelite.lite as lite
prefix, feeds, out = sys.argv[1:]
opt = lite.Opt()
opt.set_model_file(prefix + '.pdmodel'), opt.set_param_file(prefix + '.pdiparams')
opt.set_valid_places('x86'), opt.set_model_type('naive_buffer'), opt.set_optimize_out(out), opt.run()
config = lite.MobileConfig()
config.set_model_from_file(out + '.nb')
predictor = lite.create_paddle_predictor(config)
feeds = np.load(feeds)
for i, name in enumerate(predictor.get_input_names()):
    predictor.get_input(i).from_numpy(np.ascontiguousarray(feeds[name]))
predictor.run()
np.savez(out, **{str(i): np.array(predictor.get_output(i).numpy()) for i in range(len(predictor.get_output_names()))})
'''

OLD = paddle.__version__.startswith('1.')
if not OLD:
    paddle.enable_static()


def files(prefix):
    """program, parameters"""
    if os.path.isdir(prefix):
        return prefix + '/__model__', prefix + '/__params__'
    return prefix + '.pdmodel', prefix + '.pdiparams'


class Loaded:
    """A model for the executor, in a scope of its own."""

    def __init__(self, prefix):
        model, params = files(prefix)
        if OLD:
            import paddle.fluid as fluid
            self.scope, self.exe, self.guard = fluid.Scope(), fluid.Executor(fluid.CPUPlace()), fluid.scope_guard
            load = lambda: fluid.io.load_inference_model(os.path.dirname(model), self.exe, os.path.basename(model), os.path.basename(params) if os.path.exists(params) else None)
        else:
            self.scope, self.exe, self.guard = paddle.static.Scope(), paddle.static.Executor(paddle.CPUPlace()), paddle.static.scope_guard
            load = lambda: paddle.static.load_inference_model(prefix, self.exe)
        with self.guard(self.scope):
            self.program, self.feeds, self.targets = load()

    def run(self, feed, names=()):
        """The outputs, and the values of more variables behind them."""
        more = list(names)
        if OLD and names:  # 1.8.5 fetches nothing beside what the program's own fetch ops do
            block = self.program.global_block()
            for i in reversed(range(len(block.ops))):
                if block.ops[i].type in ('feed', 'fetch'):
                    block._remove_op(i)
            more = [block.var(n) for n in names]
        with self.guard(self.scope):
            return [np.asarray(v) for v in self.exe.run(self.program, feed={n: feed[n] for n in self.feeds}, fetch_list=list(self.targets) + more)]


def executor(prefix, feed, names=()):
    return Loaded(prefix).run(feed, names)


def executor_batches(prefix, batches):
    model = Loaded(prefix)
    return [model.run(feed) for feed in batches]


def predictor(prefix, feed, passes=True, onednn='', threads=1):
    return predictor_batches(prefix, [feed], passes, onednn, threads)[0]


def predictor_batches(prefix, batches, passes=True, onednn='', threads=1):
    """The outputs of each batch in Paddle Inference; onednn is '' for without, 'float' or 'int8', or None for what the version does by itself."""
    from paddle import inference
    config = inference.Config(*files(prefix))
    config.disable_gpu()
    config.disable_glog_info()
    config.switch_ir_optim(passes)
    config.set_cpu_math_library_num_threads(threads)
    if onednn:
        config.enable_mkldnn()
        if onednn == 'int8':
            config.enable_mkldnn_int8()
    elif onednn == '' and hasattr(config, 'disable_mkldnn'):
        config.disable_mkldnn()
    made, answers = inference.create_predictor(config), []
    for feed in batches:
        for name in made.get_input_names():
            made.get_input_handle(name).copy_from_cpu(feed[name])
        made.run()
        answers.append([made.get_output_handle(name).copy_to_cpu() for name in made.get_output_names()])
    return answers


def paddle_lite(prefix, feed, folder):
    """The outputs in Paddle-Lite on x86, by the Python that PDQUANT_LITE names."""
    out, feeds = os.path.join(folder, 'lite'), os.path.join(folder, 'feeds.npz')
    np.savez(feeds, **feed)
    done = subprocess.run([os.environ['PDQUANT_LITE'], '-c', LITE, prefix, feeds, out], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    expect(done.returncode == 0, 'Paddle-Lite: ' + done.stderr.strip()[-300:])
    return arrays(out + '.npz')


def arrays(path):
    """What numpy.savez wrote of a list."""
    data = np.load(path)
    return [data[str(i)] for i in range(len(data.files))]


def off(got, want):
    """The largest difference over the largest value, of the worst output; infinite where a shape is another one, or a number is none."""
    if [np.shape(g) for g in got] != [np.shape(w) for w in want]:
        return float('inf')
    worst = 0.0
    for g, w in zip(got, want):
        if np.size(w):
            away = float(np.abs(np.asarray(g, 'float64') - w).max() / max(float(np.abs(w).max()), 1e-12))
            worst = max(worst, away if np.isfinite(away) else float('inf'))
    return worst


def expect(holds, what):
    if not holds:
        raise RuntimeError(what)
