#!/usr/bin/env python3
"""Compares whole processes: `pdquant transpile` with the yardstick, a bare protobuf round trip of the same file, and with cp; and the
summary of `pdquant show` with the yardstick, a run with rules with one without, and the start of the program with those of true and cp. They run in turn in one folder; what counts is the median of the ratios of each turn. pdquant syncs what it writes, as the
yardstick and cp don't, so the limits are for a folder in memory; with --folder on a disk, its time comes on top. The limits are for
what is shipped, the static program:

    cmake --preset bench && cmake --build --preset bench && tools/bench/compare.py

Exits 1 where a figure is over its limit and --enforce is given."""
import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Copies of ResNet-50 (534 ops), turns, limits of time and of peak memory as ratios to the yardstick.
SIZES = {'1': (1, 41, 0.40, None), '1e4': (19, 21, 0.35, 0.30), '1e5': (188, 5, 0.35, 0.30), '1e6': (1873, 3, None, None)}
SHOW_LIMIT = 1.0
# The start of the static program, by that of cp.
START_TURNS, START_LIMIT = 201, 1.2
# What a run with rules takes, by a run without.
RULES_LIMIT = 1.3
RULES = '''
[[rule]]
scope = "head/*"
keep = "float"
[[rule]]
type = "conv2d"
weight-bits = 6
[[rule]]
variable = "conv2d_0.w_0*"
weight-bits = 8
[[rule]]
variable = "*.w_0*"
activation-bits = 7
[[rule]]
variable-regex = "conv2d_[0-9]*[13579]\\\\.w_0.*"
weight-bits = 5
[[rule]]
variable-regex = ".*(batch_norm|relu)_[0-9]+\\\\.tmp_[23].*"
activation-bits = 6
[[rule]]
variable = "fc_*"
keep = "float"
[[rule]]
variable-regex = "never_(a|b)+"
keep = "float"
'''


def measure(build, *command):
    """Runs a command; returns its wall time in ms and its peak memory in MiB."""
    out = subprocess.run([build / 'tools/bench/measure', *command], check=True, stdout=subprocess.PIPE).stdout.split()
    if int(out[4]) != 0:
        sys.exit('%s: exit code %s' % (' '.join(map(str, command)), out[4].decode()))
    return int(out[0]) / 1e6, int(out[3]) / 1024


def run(args, folder, size):
    copies, turns, _, _ = SIZES[size]
    program = folder / ('resnet-%d.pb' % copies)
    tiled = subprocess.run([args.build / 'tools/bench/tile_program', args.build / 'testdata/transpile/resnet/main.pb', str(copies), program],
                           check=True, stdout=subprocess.PIPE, text=True)
    commands = {
        'yardstick': [args.build / 'tools/bench/bare_round_trip', program, folder / 'yardstick.pb'],
        'pdquant': [args.build / 'tools/pdquant/pdquant', 'transpile', program, '-o', folder / 'pdquant.pb', '-q'],
        'rules': [args.build / 'tools/pdquant/pdquant', 'transpile', program, '-o', folder / 'rules.pb', '-q', '--rules', folder / 'rules.toml'],
        'show': [args.build / 'tools/pdquant/pdquant', 'show', program],
        'cp': ['cp', program, folder / 'cp.pb'],
    }
    (folder / 'rules.toml').write_text(RULES)
    rows = []
    for turn in range(-1, args.turns or turns):
        row = {name: measure(args.build, *command) for name, command in commands.items()}
        if turn >= 0:  # the first one warms up
            rows.append(row)
    megabytes = program.stat().st_size / 1e6
    for path in folder.iterdir():
        path.unlink()
    return tiled.stdout.strip(), megabytes, rows


def median(rows, value):
    return statistics.median(map(value, rows))


def start(args, folder):
    """Prints how long the program takes to start, and returns that as a ratio to cp of a small file."""
    (folder / 'small').write_bytes(b'x' * 4096)
    commands = {'--version': [args.build / 'tools/pdquant/pdquant', '--version'], 'true': ['/bin/true'], 'cp': ['cp', folder / 'small', folder / 'copy']}
    rows = [{name: measure(args.build, *command) for name, command in commands.items()} for _ in range(START_TURNS)]
    time = {name: median(rows, lambda r, n=name: r[n][0]) for name in commands}
    ratio = median(rows, lambda r: r['--version'][0] / r['cp'][0])
    print('start: ms: --version %.2f, true %.2f, cp %.2f; time ratio to true %.2f, to cp %.2f' % (
        time['--version'], time['true'], time['cp'], median(rows, lambda r: r['--version'][0] / r['true'][0]), ratio), flush=True)
    return ratio


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', type=pathlib.Path, default=ROOT / 'build/bench', help='the build folder (default: build/bench)')
    parser.add_argument('--folder', default='/dev/shm' if pathlib.Path('/dev/shm').is_dir() else None,
                        help='where the files lie; a new folder in it is used (default: /dev/shm, else that of temporary files)')
    parser.add_argument('--sizes', default='1,1e4', help='ops, about: some of 1 (a single ResNet-50), 1e4, 1e5, 1e6 (default: 1,1e4)')
    parser.add_argument('--turns', type=int, help='runs of each (default: 41 to 3, by size)')
    parser.add_argument('--enforce', action='store_true', help='fail where a ratio is over its limit')
    args = parser.parse_args()
    args.build = args.build.resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix='pdquant-bench-', dir=args.folder))
    over = []
    try:
        started = start(args, folder)
        if started > START_LIMIT:
            over.append('start: %.2f of cp, over %.2f' % (started, START_LIMIT))
        print('%-32s %9s  %-31s %-17s %s' % ('ResNet-50', 'MB', 'ms: yardstick pdquant cp', 'time ratio to', 'peak MiB: yardstick pdquant ratio'))
        print('%-32s %9s  %-31s %-17s' % ('', '', '', 'yardstick  cp'))
        for size in args.sizes.split(','):
            tiled, megabytes, rows = run(args, folder, size)
            time = {name: median(rows, lambda r, n=name: r[n][0]) for name in rows[0]}
            peak = {name: median(rows, lambda r, n=name: r[n][1]) for name in rows[0]}
            ratio = median(rows, lambda r: r['pdquant'][0] / r['yardstick'][0])
            to_cp = median(rows, lambda r: r['pdquant'][0] / r['cp'][0])
            memory = peak['pdquant'] / peak['yardstick']
            print('%-32s %9.2f  %12.2f %8.2f %8.2f  %9.3f %6.2f  %18.1f %7.1f %6.3f' % (
                tiled, megabytes, time['yardstick'], time['pdquant'], time['cp'], ratio, to_cp, peak['yardstick'], peak['pdquant'], memory), flush=True)
            show = median(rows, lambda r: r['show'][0] / r['yardstick'][0])
            print('%-32s %9s  %8.2f ms, %.1f MiB, time ratio to yardstick %.3f' % ('  show', '', time['show'], peak['show'], show), flush=True)
            rules = median(rows, lambda r: r['rules'][0] / r['pdquant'][0])
            print('%-32s %9s  %8.2f ms, %.1f MiB, time ratio to pdquant without rules %.3f' % ('  rules', '', time['rules'], peak['rules'], rules), flush=True)
            if rules > RULES_LIMIT:
                over.append('%s: rules take %.3f of the default, over %.2f' % (tiled, rules, RULES_LIMIT))
            if show > SHOW_LIMIT:
                over.append('%s: show takes %.3f of the yardstick, over %.2f' % (tiled, show, SHOW_LIMIT))
            _, _, time_limit, memory_limit = SIZES[size]
            if time_limit and ratio > time_limit:
                over.append('%s: time ratio %.3f, over %.2f' % (tiled, ratio, time_limit))
            if memory_limit and memory > memory_limit:
                over.append('%s: memory ratio %.3f, over %.2f' % (tiled, memory, memory_limit))
    finally:
        shutil.rmtree(folder)
    print('\n'.join(over), end='\n' if over else '')
    return 1 if over and args.enforce else 0


if __name__ == '__main__':
    sys.exit(main())
