"""Writes what was found, for machines that can't run 1.8.5: tests/quantize/transpile/recorded_test.cc checks that pdquant still writes these programs."""
import json
import os
import subprocess

from rewriter import options

ABOUT = [
    'Losses that paddlepaddle 1.8.5 (2.6.2 for programs of its own) computed with what pdquant transpile wrote, and the XXH3-128 hash (xxh128sum) of what it wrote.',
    'Made by: tests/paddle/run.sh BUILD_FOLDER --record testdata/paddle/recorded.json, with Python 3.7 and xxh128sum (package xxhash) at hand.',
]


def fingerprint(path):
    return subprocess.run(['xxh128sum', path], check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout.split()[0]


def place(check):
    """Where the archives of testdata/paddle have the program."""
    parent, name = os.path.split(os.path.dirname(check.jobs[-1]['feeds']))
    version = os.path.basename(parent)
    return ('control_flow/%s/' % version if version in ('1.8.5', '2.6.2') else 'transpile/') + name


def write(path, found, rewriter):
    programs = {}
    for check, outcomes, problem in found:
        if problem:
            raise SystemExit('nothing is recorded: %s %s failed' % (check.network, check.config))
        if not check.program or check.kind not in ('follows', 'comes down', 'reference') or 'upgrade' in check.jobs[-1]:
            continue
        row = programs.setdefault(place(check), {}).setdefault(check.config, {})
        row['options'] = ' '.join(options(check.config))
        row['main'], row['startup'] = [fingerprint(p) for p in check.program]
        row['losses'] = outcomes[-1]['losses']
        if check.kind == 'follows':
            row['float'] = outcomes[0]['losses']
    with open(path, 'w') as f:
        f.write('{"about": %s,\n "programs": {' % json.dumps(ABOUT))
        f.write(',\n'.join('\n  "%s": {\n%s}' % (name, ',\n'.join('    "%s": %s' % (config, json.dumps(row, sort_keys=True))
                                                                 for config, row in sorted(rows.items())))
                           for name, rows in sorted(programs.items())))
        f.write('}}\n')
