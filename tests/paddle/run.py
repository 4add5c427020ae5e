"""Trains what pdquant writes in the real Paddle, and compares with the float program.
Usage: run.py --pdquant FILE --corpus DIR --programs DIR [--paddle1.8 PYTHON] [--paddle2.6 PYTHON] [--record FILE] [--only NETWORK ...] [--nightly]
Prints a line for each check that failed, a table, and at the end 'N passed, N failed'; the exit code is 1 where one failed."""
import argparse
import sys
import tempfile

import checks
import record
from rewriter import Rewriter
from worker_pool import run_all


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--pdquant', required=True, help='the program under test')
    p.add_argument('--corpus', required=True, help='the unpacked testdata/paddle/transpile.tar.xz')
    p.add_argument('--programs', required=True, help='the unpacked testdata/paddle/control_flow.tar.xz')
    p.add_argument('--paddle1.8', dest='paddle18', help='a Python with paddlepaddle 1.8.5')
    p.add_argument('--paddle2.6', dest='paddle26', help='a Python with paddlepaddle 2.6.2')
    p.add_argument('--record', help='write losses and hashes of the programs to this file')
    p.add_argument('--only', nargs='*', help='these networks alone')
    p.add_argument('--nightly', action='store_true', help='the large networks over all steps, too')
    p.add_argument('--jobs', type=int, default=2, help='processes at a time')
    return p.parse_args()


def run(version, python, all_checks, jobs):
    """Runs what the checks need, each job once, and prints what failed. Returns the checks with what was found."""
    wanted = {}
    for check in all_checks:
        for job in check.jobs:
            wanted.setdefault(checks.key(job), job)
    results = dict(zip(wanted, run_all(python, list(wanted.values()), jobs)))
    found = []
    for check in all_checks:
        outcomes = [results[checks.key(job)] for job in check.jobs]
        errors = [o['error'] for o in outcomes if 'error' in o]
        problem, measured = (errors[0], '') if errors else check.judge(*outcomes)
        print('%s %s %-24s %-14s %-12s %s' % ('FAILED' if problem else 'ok    ', version, check.network, check.config, check.kind, problem or measured))
        found.append((check, outcomes, problem))
    sys.stdout.flush()
    return found


def main():
    a = arguments()
    found, missing = [], []
    with tempfile.TemporaryDirectory() as folder:
        rewriter = Rewriter(a.pdquant, folder)
        for version, python, plan in (('1.8.5', a.paddle18, checks.plan18), ('2.6.2', a.paddle26, checks.plan26)):
            if python:
                todo = [c for c in plan(rewriter, a.corpus, a.programs, a.nightly) if not a.only or c.network in a.only]
                found += run(version, python, todo, a.jobs)
            else:
                missing.append(version)
        if a.record:
            record.write(a.record, found, rewriter)
    for version in missing:
        line = '!' * 100
        print('%s\n!! The checks in paddlepaddle %s DID NOT RUN: no Python that has it was given.\n%s' % (line, version, line))
    failed = sum(1 for _, _, problem in found if problem)
    print('%d passed, %d failed' % (len(found) - failed, failed))
    return 1 if failed or not found else 0


if __name__ == '__main__':
    sys.exit(main())
