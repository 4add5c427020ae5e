#!/usr/bin/env python3
"""Compares `pdquant diff` of two large programs, of which 1 % is changed, with the yardstick, a bare protobuf round trip of both files.
What counts is the median of the ratios of processor time of each turn, so that a busy machine does little harm. Needs the preset `release`:

    cmake --preset bench && cmake --build --preset bench && tools/bench/compare_diff.py

Exits 1 where the ratio is over its limit and --enforce is given."""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 2.0


def seconds(build, codes, *command):
    """Runs a command, and returns its processor time."""
    out = subprocess.run([build / 'tools/bench/measure', *command], check=True, stdout=subprocess.PIPE).stdout.split()
    if int(out[4]) not in codes:
        sys.exit('%s: exit code %s' % (' '.join(map(str, command)), out[4].decode()))
    return (int(out[1]) + int(out[2])) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', type=pathlib.Path, default=ROOT / 'build/bench', help='the build folder (default: build/bench)')
    parser.add_argument('--copies', type=int, default=188, help='copies of ResNet-50, 534 ops each (default: 188, 10^5 ops)')
    parser.add_argument('--turns', type=int, default=5, help='runs of each (default: 5)')
    parser.add_argument('--enforce', action='store_true', help='fail where the ratio is over its limit')
    args = parser.parse_args()
    build = args.build.resolve()
    with tempfile.TemporaryDirectory(prefix='pdquant-bench-') as name:
        folder = pathlib.Path(name)
        before, after = folder / 'before.pb', folder / 'after.pb'
        subprocess.run([build / 'tools/bench/tile_program', build / 'testdata/transpile/resnet/main.pb', str(args.copies), before, after], check=True)
        ratios = []
        for turn in range(args.turns):
            yardstick = sum(seconds(build, (0,), build / 'tools/bench/bare_round_trip', path, folder / 'out.pb') for path in (before, after))
            diff = seconds(build, (1,), build / 'tools/pdquant/pdquant', 'diff', before, after)
            ratios.append(diff / yardstick)
            print('turn %d: yardstick %.2f s, diff %.2f s, ratio %.2f' % (turn + 1, yardstick, diff, ratios[-1]), flush=True)
    ratio = statistics.median(ratios)
    print('ratio %.2f, limit %.2f' % (ratio, LIMIT))
    return 1 if ratio > LIMIT and args.enforce else 0


if __name__ == '__main__':
    sys.exit(main())
