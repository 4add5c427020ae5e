#!/usr/bin/env python3
"""Reading a program of PIR with 10^5 ops: the time against Python's json on the same file, the memory against its size. Usage: tools/bench/pir.py [PDQUANT [OPS]]"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time


def tensor(*dims):
    return {'#': '0.t_dtensor', 'D': [{'#': '0.t_f32'}, list(dims), 'NCHW', [], 0]}


def attribute(name, kind, value):
    return {'AT': {'#': kind, 'D': value}, 'N': name}


def ints(*values):
    return [{'#': '0.a_i32', 'D': value} for value in values]


def program(count):
    """Convolutions with a bias and an activation, one behind the other, as jit.save writes them."""
    ops = [{'#': 'p', 'A': [0, 1, 1, 'w'], 'DA': [], 'O': {'%': 1, 'TT': tensor(8, 8, 3, 3)}, 'OA': [1, 0, 1], 'QA': []},
           {'#': '1.data', 'A': [attribute('name', '0.a_str', 'x'), attribute('shape', '1.a_intarray', [-1, 8, 32, 32]), attribute('dtype', '1.a_dtype', 'float32'),
                                 attribute('place', '1.a_place', [0, 0, ''])], 'I': [], 'O': [{'%': 2, 'TT': tensor(-1, 8, 32, 32)}], 'OA': [flags()]}]
    value = 2
    while len(ops) < count:
        scope = attribute('struct_name', '0.a_str', f'/Network/Block_{len(ops) // 3}/Conv2D/')
        ops.append(op('conv2d', [value, 1], [attribute('strides', '0.a_array', ints(1, 1)), attribute('paddings', '0.a_array', ints(1, 1)),
                                             attribute('padding_algorithm', '0.a_str', 'EXPLICIT'), attribute('dilations', '0.a_array', ints(1, 1)),
                                             attribute('groups', '0.a_i32', 1), attribute('data_format', '0.a_str', 'NCHW'), scope], value + 1))
        ops.append(op('add', [value + 1, value], [scope], value + 2))
        ops.append(op('relu', [value + 2], [scope], value + 3))
        value += 3
    ops.append(op('fetch', [value], [attribute('name', '0.a_str', 'fetch_name_0'), attribute('col', '0.a_i32', 0)], value + 1))
    block = {'#': 'block_0', 'args': [], 'ops': ops}
    return {'base_code': {'magic': 'pir', 'trainable': True, 'version': 4}, 'program': {'regions': [{'#': 'region_0', 'blocks': [block]}]}}


def flags():
    return {'AT': {'#': '0.a_array', 'D': [{'#': '0.a_bool', 'D': False}]}, 'N': 'stop_gradient'}


def op(name, operands, attributes, result):
    return {'#': '1.' + name, 'A': attributes, 'I': [{'%': value} for value in operands], 'O': [{'%': result, 'TT': tensor(-1, 8, 32, 32)}], 'OA': [flags()]}


def measure(command):
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(error.decode())
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main(pdquant, count):
    with tempfile.TemporaryDirectory(dir='/dev/shm') as folder:
        file = pathlib.Path(folder) / 'inference.json'
        if os.fork() == 0:  # what a process starts counts the memory that the process has: this one stays small
            file.write_text(json.dumps(program(count), separators=(',', ':'), sort_keys=True))
            os._exit(0)
        if os.wait()[1]:
            sys.exit('the program could not be written')
        (file.parent / 'inference.pdiparams').write_bytes(record())
        size = file.stat().st_size
        read = [sys.executable, '-c', f'import json; json.load(open({str(file)!r}))']
        imports = [pdquant, 'import', str(file), '--dry-run', '-q']
        rows = [(measure(read), measure(imports)) for _ in range(3)]
        python, ours = (min((row[i] for row in rows), key=lambda r: r[1]) for i in (0, 1))
        print(f'{count} ops, {size / 1e6:.1f} MB: json {python[1]:.2f} s; import {ours[1]:.2f} s, {ours[1] / python[1]:.2f} times that; {ours[2] / size:.1f} times the file in memory')


def record():
    desc = bytes([8, 5, 16, 8, 16, 8, 16, 3, 16, 3])
    return bytes(16) + len(desc).to_bytes(4, 'little') + desc + bytes(4 * 8 * 8 * 9)


if __name__ == '__main__':
    main(sys.argv[1] if len(sys.argv) > 1 else 'build/bench/tools/pdquant/pdquant', int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
