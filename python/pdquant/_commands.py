"""The commands, for programs in memory and models on disk."""
import json
import os
import tempfile
from typing import Any, Dict, List, NamedTuple, Optional, Union

from . import _program
from ._program import Finding

Path = Union[str, 'os.PathLike[str]']


class Transpiled(NamedTuple):
    main: bytes
    startup: Optional[bytes]  # None where none was given
    report: Dict[str, Any]    # what was done to which op, and why: docs/reference/transpile-report.md
    findings: List[Finding]   # warnings and notes


def _write(folder: str, name: str, data: bytes) -> str:
    path = os.path.join(folder, name)
    with open(path, 'wb') as f:
        f.write(data)
    return path


def _read(folder: str, name: str) -> bytes:
    with open(os.path.join(folder, name), 'rb') as f:
        return f.read()


def transpile(main: bytes, startup: Optional[bytes] = None, **options: Any) -> Transpiled:
    """Rewrites a training program (a serialized ProgramDesc) for simulated quantization. Options are those of `pdquant transpile --help`,
    such as weight_bits=4 and activation_quantize_type='moving_average_abs_max'."""
    with tempfile.TemporaryDirectory() as folder:
        out, startup_out, report = (os.path.join(folder, name) for name in ('main.out', 'startup.out', 'report.json'))
        files = [_write(folder, 'main', main), '-o', out, '--report', report, '-q']
        if startup is not None:
            files += ['--startup', _write(folder, 'startup', startup), '--startup-out', startup_out]
        done = _program.run(['transpile', *files, *_program.options(options)], folder)
        return Transpiled(_read(folder, 'main.out'), None if startup is None else _read(folder, 'startup.out'),
                          json.loads(_read(folder, 'report.json').decode()), done.findings)


def check(program: bytes, **options: Any) -> List[Finding]:
    """All that is wrong with a program, whether it keeps it from being loaded by Paddle or not; with target='onednn' what keeps that runtime
    from taking it."""
    with tempfile.TemporaryDirectory() as folder:
        return _program.run(['check', _write(folder, 'program', program), '-q', '--all', *_program.options(options)], folder, (0, 1)).findings


def diff(a: bytes, b: bytes, **options: Any) -> Dict[str, Any]:
    """What changed between two programs, by meaning: docs/reference/diff.md describes the fields."""
    with tempfile.TemporaryDirectory() as folder:
        names = [_write(folder, 'a', a), _write(folder, 'b', b)]
        return json.loads(_program.run(['diff', *names, '--format', 'json', *_program.options(options)], folder, (0, 1)).out)


def _rewrite(command: str, model: Path, out: Path, options: Dict[str, Any]) -> Dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, 'report.json')
        _program.run([command, os.fspath(model), '-o', os.fspath(out), '--report', report, '-q', *_program.options(options)])
        return json.loads(_read(folder, 'report.json').decode())


def freeze(model: Path, out: Path, **options: Any) -> Dict[str, Any]:
    """A trained simulation (a folder, a prefix, or a program's file with params=…) becomes an inference model with integer weights. Returns
    the report: docs/reference/model-report.md."""
    return _rewrite('freeze', model, out, options)


def int8(model: Path, out: Path, **options: Any) -> Dict[str, Any]:
    """Stores the weights of a frozen model as integers. Returns the report."""
    return _rewrite('int8', model, out, options)


def undo(model: Path, out: Path, **options: Any) -> Dict[str, Any]:
    """Brings a simulated, frozen or int8 model back to float. Returns the report."""
    return _rewrite('undo', model, out, options)
