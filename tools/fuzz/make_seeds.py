"""Makes the first inputs of the fuzz targets from the programs that Paddle made.
Usage: make_seeds.py CORPUS OUT; CORPUS is the unpacked testdata/paddle/transpile.tar.xz. Fills OUT/fuzz_reader, OUT/fuzz_transpile, OUT/fuzz_diff."""
import pathlib
import struct
import sys

LARGEST = 64 << 10  # larger programs slow the fuzzers down and add little
OPTIONS = [bytes([6, 6, 0, 0, 99, 230, 0, 1]), bytes([6, 6, 0, 1, 99, 230, 0, 1]), bytes([2, 4, 1, 2, 99, 128, 1, 0])]


def main():
    corpus, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for target in ('fuzz_reader', 'fuzz_transpile', 'fuzz_diff'):
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


if __name__ == '__main__':
    main()
