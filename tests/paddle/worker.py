"""Runs programs in the real Paddle, 1.8.5 or 2.6.2: jobs come in as JSON, one a line, and results go out in the same way.

A job has `main`, `startup` and `feeds` (paths), and:
  action     what to do, "train" if left out:
             train   trains for `steps`; the result has `losses` and, with `gradients`, the first step's gradient of each parameter
             test    one run of `main` with the initial weights; of clone(for_test=True) of it with `clone`; the result has `losses`
             infer   trains, saves the inference model, loads it again; `expected` (from clone(for_test=True)) and `loaded`
             freeze  trains, saves the test form `test`, and freezes it with the command `pdquant`; `expected` (from the test form) and `loaded`
             shape   `float_operands`: operands of quantizable ops, forward and backward, that no dequantize op wrote
  compiled   through CompiledProgram.with_data_parallel, on one place
  upgrade    the programs are of 1.8.5 and this is 2.6.2: add what its ops demand

Data and initial weights depend on `seed` and the names alone, so a program and its rewritten form start from the same ones."""
import json
import os
import subprocess
import sys
import tempfile
import zlib

import numpy as np
import paddle

import programs

if paddle.__version__.startswith('2'):
    paddle.enable_static()
    from paddle.base import core, create_lod_tensor
    from paddle.static import CompiledProgram, Executor, Program, Scope, global_scope, scope_guard
    fluid_io = None
else:
    from paddle.fluid import CompiledProgram, Executor, Program, core, create_lod_tensor, global_scope, scope_guard
    from paddle.fluid import io as fluid_io
    from paddle.fluid.core import Scope
CPUPlace = paddle.CPUPlace if paddle.__version__.startswith('2') else paddle.fluid.CPUPlace

RANDOM_INITIALIZERS = ('uniform_random', 'gaussian_random', 'truncated_gaussian_random')


class Session:
    """The two programs of a job in a scope of their own, initialized."""

    def __init__(self, job):
        self.job = job
        self.seed = job.get('seed', 3)
        with open(job['feeds']) as f:
            self.meta = json.load(f)
        self.place = CPUPlace()
        self.exe = Executor(self.place)
        self.main = self._load(job['main'])
        self.startup = self._load(job['startup'])
        self.exe.run(self.startup)
        self.parameters = self._set_weights()
        self.feed = self._draw()
        self.runnable = self.main
        if job.get('compiled'):
            self.runnable = CompiledProgram(self.main).with_data_parallel(loss_name=self.meta['loss'], places=[self.place])

    def _load(self, path):
        with open(path, 'rb') as f:
            desc = programs.parse(f.read())
        if self.job.get('upgrade'):
            programs.upgrade(desc)
        program = Program.parse_from_string(desc.SerializeToString())
        program.random_seed = self.seed
        return program

    def _set_weights(self):
        """Uniform numbers in Xavier's bounds for what the startup program fills at random; returns the names."""
        names = []
        for op in self.startup.global_block().ops:
            if op.type not in RANDOM_INITIALIZERS:
                continue
            name = op.output('Out')[0]
            tensor = global_scope().find_var(name).get_tensor()
            shape = np.array(tensor).shape
            bound = (6.0 / (np.prod(shape[1:]) + shape[0])) ** 0.5
            random = np.random.RandomState((zlib.crc32(name.encode()) + self.seed) % 2 ** 32)
            tensor.set(random.uniform(-bound, bound, shape).astype(np.array(tensor).dtype), self.place)
            names.append(name)
        return names

    def _draw(self):
        """One batch of four, or of four sequences."""
        random = np.random.RandomState(self.seed)
        lengths = [3, 2, 4, 1]
        batch = {}
        for f in self.meta['feeds']:
            shape = [4 if d < 0 else d for d in f['shape']]
            if f['lod_level']:
                shape[0] = sum(lengths)
            x = random.randint(0, 2, shape).astype('int64') if f['dtype'] == 'int64' else random.randn(*shape).astype('float32')
            batch[f['name']] = create_lod_tensor(x, [lengths], self.place) if f['lod_level'] else x
        return batch

    def step(self, gradients=()):
        """One step: the loss, and the gradients as far as they exist."""
        fetched = self.exe.run(self.runnable, feed=self.feed, fetch_list=[self.meta['loss']] + list(gradients), return_numpy=False)
        values = {}
        for name, tensor in zip(gradients, fetched[1:]):
            if hasattr(tensor, 'shape') and callable(tensor.shape):  # a SelectedRows is fetched as nothing
                values[name] = np.array(tensor).ravel().tolist()
        return float(np.asarray(fetched[0]).ravel()[0]), values

    def loss_of(self, program, fetch):
        return float(np.asarray(self.exe.run(program, feed=self.feed, fetch_list=fetch)[0]).ravel()[0])


def train(job):
    session = Session(job)
    block = session.main.global_block()
    sparse = core.VarDesc.VarType.SELECTED_ROWS
    gradients = [p + '@GRAD' for p in session.parameters if block.has_var(p + '@GRAD')] if job.get('gradients') else []
    names = [g for g in gradients if block.var(g).type != sparse]
    first, gradients = session.step(names)
    losses = [first] + [session.step()[0] for _ in range(job.get('steps', 5) - 1)]
    return dict(losses=losses, gradients=gradients)


def test(job):
    session = Session(job)
    program = session.main.clone(for_test=True) if job.get('clone') else session.main
    return dict(losses=[session.loss_of(program, [session.meta['loss']])])


def loss_of_saved(session, folder):
    with scope_guard(Scope()):
        program, _, fetch = fluid_io.load_inference_model(folder, session.exe, '__model__', '__params__')
        return session.loss_of(program, fetch)


def save(session, program, folder):
    feeds = [f['name'] for f in session.meta['feeds']]
    target = program.global_block().var(session.meta['loss'])
    fluid_io.save_inference_model(folder, feeds, [target], session.exe, program, '__model__', '__params__')


def trained(job):
    session = Session(job)
    for _ in range(job.get('steps', 5)):
        session.step()
    return session


def infer(job):
    """The model that save_inference_model writes computes what the program computes."""
    session = trained(job)
    with tempfile.TemporaryDirectory() as folder:
        save(session, session.main, folder)
        expected = session.loss_of(session.main.clone(for_test=True), [session.meta['loss']])
        return dict(expected=expected, loaded=loss_of_saved(session, folder))


def freeze(job):
    """The frozen model computes what its simulation computes."""
    session = trained(job)
    with tempfile.TemporaryDirectory() as folder:
        simulated, frozen = os.path.join(folder, 'simulated'), os.path.join(folder, 'frozen')
        save(session, session._load(job['test']), simulated)
        command = subprocess.run([job['pdquant'], 'freeze', simulated, '-o', frozen, '-q'], stderr=subprocess.PIPE, universal_newlines=True)
        if command.returncode != 0:
            return dict(error='pdquant freeze: ' + ' '.join(command.stderr.split('\n')[:1]))
        return dict(expected=loss_of_saved(session, simulated), loaded=loss_of_saved(session, frozen))


def shape(job):
    with open(job['main'], 'rb') as f:
        return dict(float_operands=programs.float_operands(programs.parse(f.read())))


def main():
    actions = dict(train=train, test=test, infer=infer, freeze=freeze, shape=shape)
    out = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)  # Paddle writes to standard output, too
    for line in sys.stdin:
        job = json.loads(line)
        try:
            with scope_guard(Scope()):
                result = actions[job.get('action', 'train')](job)
        except Exception as e:
            lines = [t.strip() for t in str(e).split('\n') if t.strip()]
            hints = [t for t in lines if 'Error' in t or 'Hint' in t]
            result = dict(error='%s: %s' % (type(e).__name__, ' '.join(hints[-2:] or lines[-1:])))
        out.write(json.dumps(result) + '\n')
        out.flush()


if __name__ == '__main__':
    main()
