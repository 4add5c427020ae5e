"""Writes what was found in 1.8.5, for machines that can't run it: tests/quantize/recorded_test.cc checks that pdquant still writes these programs."""
import json
import subprocess

from rewriter import options

ABOUT = [
    'Losses that paddlepaddle 1.8.5 computed with what pdquant transpile wrote, and the XXH3-128 hash (xxh128sum) of what it wrote.',
    'Made by: tests/paddle/run.sh BUILD_FOLDER --record testdata/paddle/recorded.json, with Python 3.7 at hand.',
]


def fingerprint(path):
    return subprocess.run(['xxh128sum', path], check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout.split()[0]


def write(path, found, rewriter):
    programs = {}
    for check, outcomes, problem in found:
        if problem:
            raise SystemExit('nothing is recorded: %s %s failed' % (check.network, check.config))
        if not check.program or check.kind in ('structure', 'compiled', 'inference') or 'upgrade' in check.jobs[-1]:
            continue
        row = programs.setdefault(check.network, {}).setdefault(check.config, {})
        row['options'] = ' '.join(options(check.config))
        row['main'], row['startup'] = [fingerprint(p) for p in check.program]
        row['losses'] = outcomes[-1]['losses']
        if len(outcomes) > 1:
            row['float'] = outcomes[0]['losses']
    with open(path, 'w') as f:
        json.dump(dict(about=ABOUT, programs=programs), f, indent=1, sort_keys=True)
        f.write('\n')
