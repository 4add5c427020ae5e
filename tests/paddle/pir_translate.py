"""Makes PIR JSON of a model of Paddle 2.x, with Paddle's own translator. Usage: pir_translate.py PROGRAM OUT.json, with the Python of Paddle 3.3.1."""
import sys

import paddle
from paddle.base import core

paddle.enable_static()
program = paddle.pir.translate_to_pir(core.ProgramDesc(open(sys.argv[1], 'rb').read()))
core.serialize_pir_program(program, sys.argv[2], 4, True, False, True)
