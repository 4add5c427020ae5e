#!/usr/bin/env python3
"""Times the commands that rewrite models as whole processes on a large one, against `cp` followed by `sync` of the copy.
Usage: freeze.py [--bytes 1e9] [--runs 5] [--build build/bench] [--folder DIR] [--enforce]
The model is a simulated multilayer perceptron that pdquant itself transpiles, with random weights: no Paddle is needed. Prints medians, the
ratio of each command to the copy of its input, in turn with it, and the peak of its memory."""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

LIMITS = {'freeze': 2.0, 'int8': 2.0, 'observe': 2.5, 'quantize': 2.5, 'weights': 2.5, 'convert': 2.5}
SOURCE = pathlib.Path(__file__).resolve().parents[2]
WIDTH = 4096  # of each layer: 64 MiB of weights


def varint(n):
    n &= (1 << 64) - 1
    out = b''
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def message(field, *parts):
    body = b''.join(parts)
    return varint(field << 3 | 2) + varint(len(body)) + body


def text(field, s):
    return message(field, s.encode())


def var(name, dims, persistable):
    tensor = number(1, 5) + b''.join(number(2, d) for d in dims)
    return message(3, text(1, name), message(2, number(1, 7), message(3, message(1, tensor))), number(3, int(persistable)))


def op(kind, inputs, outputs, attrs=()):
    slots = [message(field, text(1, slot), text(2, name)) for field, group in ((1, inputs), (2, outputs)) for slot, name in group]
    return message(4, *slots, text(3, kind), *(message(4, text(1, name), number(2, 0), number(3, value)) for name, value in attrs))


def program(layers):
    """A ProgramDesc of `layers` products."""
    parts = [number(1, 0), number(2, (1 << 64) - 1), var('x0', (-1, WIDTH), False)]
    for i in range(layers):
        parts += [var('w%03d' % i, (WIDTH, WIDTH), True), var('x%d' % (i + 1), (-1, WIDTH), False)]
    for i in range(layers):
        parts.append(op('mul', (('X', 'x%d' % i), ('Y', 'w%03d' % i)), (('Out', 'x%d' % (i + 1)),),
                        (('x_num_col_dims', 1), ('y_num_col_dims', 1))))
    parts.append(message(3, text(1, 'fetch'), message(2, number(1, 10)), number(3, 1)))
    parts.append(op('fetch', (('X', 'x%d' % layers),), (('Out', 'fetch'),), (('col', 0),)))
    return message(1, *parts) + message(4, number(1, 0))


def write_parameters(path, layers):
    """Records of uniform numbers, made from random bits: 23 bits of fraction below the exponent of 1, sign at random."""
    description = number(1, 5) + number(2, WIDTH) + number(2, WIDTH)
    header = struct.pack('<IQIi', 0, 0, 0, len(description)) + description
    with open(path, 'wb') as file:
        for _ in range(layers):
            file.write(header)
            for _ in range(WIDTH * WIDTH * 4 >> 24):
                bits = int.from_bytes(os.urandom(1 << 24), 'little')
                mask = int.from_bytes(b'\xff\xff\x7f\xbf' * (1 << 22), 'little')
                file.write(((bits & mask) | int.from_bytes(b'\x00\x00\x00\x3f' * (1 << 22), 'little')).to_bytes(1 << 24, 'little'))
        file.flush()
        os.fsync(file.fileno())


def measure(build, *command):
    """Seconds and peak MiB."""
    out = subprocess.run([build / 'tools/bench/measure', *command], check=True, capture_output=True, text=True).stdout.split()
    if int(out[4]) != 0:
        sys.exit('%s ended with %s' % (' '.join(map(str, command)), out[4]))
    return int(out[0]) / 1e9, int(out[3]) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bytes', type=float, default=1e9)
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--build', type=pathlib.Path, default=SOURCE / 'build/bench')
    parser.add_argument('--folder', help='where the model is made, on a disk with room for four of it')
    parser.add_argument('--enforce', action='store_true', help='exit 1 where a ratio is over its limit')
    args = parser.parse_args()
    pdquant = args.build / 'tools/pdquant/pdquant'
    folder = pathlib.Path(tempfile.mkdtemp(dir=args.folder))
    over = []
    try:
        layers = max(1, round(args.bytes / (WIDTH * WIDTH * 4)))
        (folder / 'float.pb').write_bytes(program(layers))
        (folder / 'quant').mkdir()
        subprocess.run([pdquant, 'transpile', '-q', '--for-test', folder / 'float.pb', '-o', folder / 'quant/__model__'], check=True)
        write_parameters(folder / 'quant/__params__', layers)
        subprocess.run([pdquant, 'freeze', '-q', folder / 'quant', '-o', folder / 'frozen'], check=True)
        print('%d bytes of parameters; a median of %d runs' % ((folder / 'quant/__params__').stat().st_size, args.runs))
        (folder / 'float').mkdir()
        (folder / 'float.pb').rename(folder / 'float/__model__')
        os.link(folder / 'quant/__params__', folder / 'float/__params__')
        (folder / 'scales.json').write_text(json.dumps({'x%d' % i: 1.0 for i in range(layers)}))
        scales = ('--scales', folder / 'scales.json')
        subprocess.run([pdquant, 'quantize', '-q', folder / 'float', '-o', folder / 'quantized', *scales], check=True)
        linear = ('--form', 'linear')
        for name, source, options in (('freeze', 'quant', ()), ('int8', 'frozen', ()), ('observe', 'float', ()), ('quantize', 'float', scales),
                                      ('quantize', 'float', (*linear, *scales)), ('weights', 'float', ()), ('convert', 'quantized', linear)):
            rows = []
            for _ in range(args.runs):
                copy = measure(args.build, 'sh', '-c', 'cp "$1" "$2" && sync "$2"', 'sh', folder / source / '__params__', folder / 'copy')
                (folder / 'copy').unlink()
                rewrite = measure(args.build, pdquant, name, '-q', folder / source, '-o', folder / 'out', *options)
                shutil.rmtree(folder / 'out')
                rows.append((copy[0], rewrite[0], rewrite[0] / copy[0], rewrite[1]))
            copy, rewrite, ratio, peak = (statistics.median(column) for column in zip(*rows))
            command = ' '.join((name, *(linear if options[:2] == linear else ())))
            print('%-22s %.2f s, cp and sync %.2f s, ratio %.2f, peak %.1f MiB' % (command, rewrite, copy, ratio, peak), flush=True)
            if ratio > LIMITS[name]:
                over.append('%s: ratio %.2f, over %.1f' % (command, ratio, LIMITS[name]))
    finally:
        shutil.rmtree(folder)
    print('\n'.join(over), end='\n' if over else '')
    return 1 if over and args.enforce else 0


if __name__ == '__main__':
    sys.exit(main())
