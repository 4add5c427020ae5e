"""QuantizeTranspiler of paddlepaddle 1.8.5, for `fluid.Program` of Paddle 1.x and `paddle.static.Program` of Paddle 2.x, and of Paddle 3 with
FLAGS_enable_pir_api=0."""
import os
import tempfile
from typing import Any, Dict, Iterable

from . import _commands, _program, _tensors

_KINDS = ('abs_max', 'range_abs_max', 'moving_average_abs_max')


class _Paddle:
    """What is used of Paddle, whatever its version calls it."""

    def __init__(self) -> None:
        import paddle
        if hasattr(paddle, 'static'):
            static = paddle.static
            self.default_main_program, self.default_startup_program = static.default_main_program, static.default_startup_program
            self.global_scope = static.global_scope
        else:
            from paddle import fluid
            self.default_main_program, self.default_startup_program = fluid.default_main_program, fluid.default_startup_program
            self.global_scope = fluid.global_scope


def _bytes(program: Any) -> bytes:
    return program.desc.serialize_to_string()


def _replace(program: Any, data: bytes) -> None:
    """Makes `program` what `data` says, in place. What only Python knows of its variables stays: which are parameters, and which are fed."""
    new = type(program).parse_from_string(data)
    for old_block, block in zip(program.blocks, new.blocks):
        for name, variable in old_block.vars.items():
            if getattr(variable, 'is_data', False) and name in block.vars:
                block.vars[name].is_data = True
    new.global_block()._copy_param_info_from(program.global_block())
    program.desc = new.desc
    program.blocks = new.blocks
    for block in program.blocks:
        block.program = program
    program._sync_with_cpp()


class QuantizeTranspiler:
    """Rewrites programs for simulated quantization, and trained ones for inference, as the class of paddlepaddle 1.8.5 does, and where that
    fails (control flow, recompute, overwritten variables) rightly. Errors: pdquant.Error, with findings; the program is then as it was."""

    def __init__(self, weight_bits: int = 8, activation_bits: int = 8, activation_quantize_type: str = 'abs_max',
                 weight_quantize_type: str = 'abs_max', window_size: int = 10000, moving_rate: float = 0.9) -> None:
        for name, kind in (('weight_quantize_type', weight_quantize_type), ('activation_quantize_type', activation_quantize_type)):
            if kind not in _KINDS:
                raise ValueError('Unknown %s: %r. It can only be one of %s.' % (name, kind, ', '.join(_KINDS)))
        self.weight_bits = weight_bits
        self.activation_bits = activation_bits
        self.activation_quantize_type = activation_quantize_type
        self.weight_quantize_type = weight_quantize_type
        self.window_size = window_size
        self.moving_rate = moving_rate

    def training_transpile(self, program: Any = None, startup_program: Any = None) -> None:
        """Rewrites a training program, and its startup program, in place."""
        paddle = _Paddle()
        program = paddle.default_main_program() if program is None else program
        startup_program = paddle.default_startup_program() if startup_program is None else startup_program
        done = _commands.transpile(_bytes(program), _bytes(startup_program), **vars(self))
        _replace(program, done.main)
        _replace(startup_program, done.startup)

    def freeze_program(self, program: Any, place: Any, scope: Any = None) -> None:
        """Rewrites a trained test program for inference in place: its weights in the scope become integers."""
        self._rewrite('freeze', program, place, scope)

    def convert_to_int8(self, program: Any, place: Any, scope: Any = None) -> None:
        """Stores the weights of a frozen program as int8, in the program and in the scope."""
        self._rewrite('int8', program, place, scope)

    def _rewrite(self, command: str, program: Any, place: Any, scope: Any) -> None:
        paddle = _Paddle()
        program = paddle.default_main_program() if program is None else program
        scope = paddle.global_scope() if scope is None else scope
        with tempfile.TemporaryDirectory() as folder:
            before = _save(program, scope, os.path.join(folder, 'params'))
            with open(os.path.join(folder, 'program'), 'wb') as f:
                f.write(_bytes(program))
            files = [os.path.join(folder, name) for name in ('program', 'params', 'program.out', 'params.out')]
            _program.run([command, files[0], '--params', files[1], '-o', files[2], '--params-out', files[3], '-q'], folder)
            with open(os.path.join(folder, 'program.out'), 'rb') as f:
                _replace(program, f.read())
            _load(os.path.join(folder, 'params.out'), before, scope, place)


def _persistable(program: Any) -> Iterable[str]:
    return [v.name for v in program.list_vars() if v.persistable and v.name not in ('feed', 'fetch')]


def _save(program: Any, scope: Any, folder: str) -> Dict[str, bytes]:
    """Writes what the scope holds of a program's persistable variables, each to a file. Returns the files."""
    import numpy
    files = {}
    os.mkdir(folder)
    for name in _persistable(program):
        variable = scope.find_var(name)
        if variable is None or not variable.get_tensor()._is_initialized():
            continue
        files[name] = _tensors.encode(numpy.array(variable.get_tensor()))
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as f:
            f.write(files[name])
    return files


def _load(folder: str, before: Dict[str, bytes], scope: Any, place: Any) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            variable = os.path.relpath(path, folder)
            with open(path, 'rb') as f:
                data = f.read()
            if before.get(variable) != data:
                scope.var(variable).get_tensor().set(_tensors.decode(data), place)
