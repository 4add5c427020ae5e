#!/usr/bin/env python3
"""The reference over a folder of programs: batch_reference.py MODELS OUT. Needs paddlepaddle 1.8.5 (Python 3.7).

One process, which loads Paddle once. Prints the seconds that this took, those for all programs, and of these
the processor's."""
import pathlib
import sys
import time

start = time.time()
from paddle import fluid  # noqa: E402  pylint: disable=wrong-import-position
from paddle.fluid.contrib.quantize.quantize_transpiler import QuantizeTranspiler  # noqa: E402  pylint: disable=wrong-import-position

loaded = time.time()
busy = time.process_time()
models, out = map(pathlib.Path, sys.argv[1:])
for path in sorted(models.rglob('*.pb')):
    program = fluid.Program.parse_from_string(path.read_bytes())
    startup = fluid.Program()
    with fluid.program_guard(program, startup):
        QuantizeTranspiler().training_transpile(program, startup)
    target = out / path.relative_to(models)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(program.desc.serialize_to_string())
print(loaded - start, time.time() - loaded, time.process_time() - busy)
