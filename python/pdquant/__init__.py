"""Fixed-point quantization of Paddle programs.

``transpile``, ``check``, ``diff``, ``freeze``, ``int8`` and ``undo`` are the commands of the program ``pdquant`` on bytes and files.
``QuantizeTranspiler`` is the class of that name of paddlepaddle 1.8.5, for programs and scopes in memory.

Nothing here needs Paddle to be imported; QuantizeTranspiler imports it at its first call.
"""
from ._commands import Transpiled, check, diff, freeze, int8, transpile, undo
from ._program import Error, Finding, version
from ._transpiler import QuantizeTranspiler

__all__ = ['Error', 'Finding', 'QuantizeTranspiler', 'Transpiled', 'check', 'diff', 'freeze', 'int8', 'transpile', 'undo', 'version']
