"""Makes the first inputs of the fuzz targets from the programs that Paddle made.
Usage: make_seeds.py CORPUS MODELS PIR INFERENCE OUT: the unpacked transpile.tar.xz, freeze.tar.xz, pir.tar.xz and inference.tar.xz of
testdata/paddle. Fills a folder of OUT for each target."""
import json
import pathlib
import struct
import sys

LARGEST = 64 << 10  # larger programs slow the fuzzers down and add little
OPTIONS = [bytes([6, 6, 0, 0, 99, 230, 0, 1]), bytes([6, 6, 0, 1, 99, 230, 0, 1]), bytes([2, 4, 1, 2, 99, 128, 1, 0])]


def main():
    corpus, models, pir, inference, out = map(pathlib.Path, sys.argv[1:6])
    for target in ('fuzz_reader', 'fuzz_transpile', 'fuzz_diff', 'fuzz_parameters', 'fuzz_freeze', 'fuzz_quantize', 'fuzz_pir', 'fuzz_rows'):
        (out / target).mkdir(parents=True, exist_ok=True)
    for network in sorted(p for p in corpus.iterdir() if p.is_dir()):
        program, startup = (network / 'main.pb').read_bytes(), (network / 'startup.pb').read_bytes()
        if len(program) + len(startup) > LARGEST:
            continue
        (out / 'fuzz_reader' / network.name).write_bytes(program)
        (out / 'fuzz_reader' / (network.name + '.startup')).write_bytes(startup)
        for rewritten in sorted(network.glob('*/main.pb')):
            data = struct.pack('<I', len(program)) + program + rewritten.read_bytes()
            (out / 'fuzz_diff' / ('%s.%s' % (network.name, rewritten.parent.name))).write_bytes(data)
        for i, options in enumerate(OPTIONS):
            data = options + struct.pack('<I', len(program)) + program + startup
            (out / 'fuzz_transpile' / ('%s.%d' % (network.name, i))).write_bytes(data)
    for program in sorted(pir.glob('*/*.json')):
        if program.stat().st_size <= LARGEST:
            (out / 'fuzz_pir' / f'{program.parent.name}-{program.name}').write_bytes(program.read_bytes())
    for i, path in enumerate(sorted(inference.glob('*/model.pdmodel'))):
        program = path.read_bytes()
        if len(program) <= LARGEST:  # with each command, and each target in turn
            for command in range(4):
                options = 1 | command << 1 | (i + command) % 6 << 3 | (i & 3) << 6
                name = '%s.%d' % (path.parent.name, command)
                (out / 'fuzz_quantize' / name).write_bytes(bytes([options]) + struct.pack('<I', len(program)) + program)
    numbers = struct.pack('<6f', 1, 2, 3, 4, 5, 6)
    for version in (1, 2, 3):
        header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + b' ' * 10 + b'\n'
        size = struct.pack('<H' if version == 1 else '<I', len(header))
        (out / 'fuzz_rows' / f'npy{version}').write_bytes(b'\x02\x93NUMPY' + bytes([version, 0]) + size + header + numbers)
    (out / 'fuzz_rows' / 'text').write_bytes(b'\x02# rows\n1 -2.5e1\t+3\n4,5, nan\r\n')
    counts = {}  # of parameters
    for row in json.loads((models / 'freeze.json').read_text()):
        for form, key in (('quant', 'params'), ('frozen', 'frozen_params'), ('int8', 'int8_params')):
            counts[row['network'], row['config'], form] = len(row[key])
    for path in sorted(models.glob('*/*/*/model.pb')):
        form, program, parameters = path.parent.name, path.read_bytes(), (path.parent / 'params').read_bytes()
        name = '-'.join(path.parent.parts[-3:])
        first = ['quant', 'frozen', 'int8'].index(form)
        (out / 'fuzz_freeze' / (name + '.made')).write_bytes(bytes([2 * first + 1]) + struct.pack('<I', len(program)) + program)
        if len(program) + len(parameters) <= LARGEST:
            (out / 'fuzz_freeze' / name).write_bytes(bytes([2 * first]) + struct.pack('<I', len(program)) + program + parameters)
            (out / 'fuzz_parameters' / name).write_bytes(bytes([counts[path.parent.parts[-3:]]]) + parameters)


if __name__ == '__main__':
    main()
