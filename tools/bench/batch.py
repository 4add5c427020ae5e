#!/usr/bin/env python3
"""What a batch costs: against a shell loop, GNU parallel and the reference in Python, side by side over the same
programs; workers; resuming; memory of the driver. Prints Markdown. docs/reference/batch-benchmarks.md holds a run.

Usage: batch.py [--pdquant FILE] [--models N] [--turns N] [--reference PYTHON] [WHAT …]
WHAT: ways, workers, resume, memory; all of them unless it is said. PYTHON has paddlepaddle 1.8.5.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Small networks that the reference can rewrite.
NETWORKS = ('embedding_ngram', 'lenet', 'linear', 'lstm', 'mlp', 'mlp_multi_input', 'regularized_clipped', 'residual',
            'shared_weight')


class Bench:
    def __init__(self, arguments):
        self.pdquant = str(arguments.pdquant.resolve())
        self.turns = arguments.turns
        self.reference = arguments.reference
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='pdquant-bench-', dir=arguments.folder))
        corpus = self.folder / 'corpus'
        corpus.mkdir()
        subprocess.run(['tar', '-xf', ROOT / 'testdata/paddle/transpile.tar.xz', '-C', corpus], check=True)
        self.programs = [next(corpus.rglob(f'{name}/main.pb')).read_bytes() for name in NETWORKS]

    def models(self, count):
        folder = self.folder / f'models-{count}'
        if not folder.exists():
            for i in range(count):
                path = folder / str(i // 1000) / f'm{i}.pb'
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self.programs[i % len(self.programs)])
        return folder

    def clear(self, name):
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.folder / name

    def batch(self, models, out, *options):
        return [self.pdquant, 'batch', '-q', '--out', out, *options, models, '--', 'transpile']

    def seconds(self, words):
        """Wall time, and that of processors, which other users of the machine change little."""
        before = os.times()
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        after = os.times()
        return after.elapsed - before.elapsed, sum(after[2:4]) - sum(before[2:4])

    def best(self, ways):
        """The best of some turns of each way, in turn: wall time, processor time."""
        results = {name: [] for name in ways}
        for _ in range(self.turns):
            for name, words in ways.items():
                self.clear('out')
                results[name].append(self.seconds(words))
        return {name: tuple(map(min, zip(*times))) for name, times in results.items()}

    def ways(self, count):
        """Ways to transpile many programs."""
        models = self.models(count)
        out = self.folder / 'out'
        each = 'mkdir -p "$(dirname "{out}/$f")"; "{pdquant}" transpile -q "{models}/$f" -o "{out}/$f"'.format(
            out=out, pdquant=self.pdquant, models=models)
        parallel = (f'cd "{models}" && find . -name "*.pb" | parallel -j2 \'mkdir -p "{out}"/{{//}}; '
                    f'"{self.pdquant}" transpile -q {{}} -o "{out}"/{{}}\'')
        ways = {'`pdquant batch --jobs 1`': self.batch(models, out, '--jobs', '1'),
                '`pdquant batch --jobs 2`': self.batch(models, out, '--jobs', '2'),
                'a shell loop over `pdquant transpile`': [
                    'sh', '-c', f'cd "{models}" && find . -name "*.pb" | while read -r f; do {each}; done']}
        if shutil.which('parallel'):
            ways['GNU parallel, `-j2`, over `pdquant transpile`'] = ['bash', '-c', parallel]
        best = self.best(ways)
        if self.reference:
            script = pathlib.Path(__file__).with_name('batch_reference.py')
            text = subprocess.run([self.reference, script, models, self.clear('out')], check=True, text=True,
                                  capture_output=True).stdout
            load, work, busy = map(float, text.split()[-3:])
            best[f'the reference in one Python process, without the {load:.1f} s for loading Paddle'] = work, busy
        print(f'\n| {count} programs | s | ms a program | processor ms a program |\n|---|---|---|---|')
        for name, (wall, busy) in best.items():
            print(f'| {name} | {wall:.2f} | {1000 * wall / count:.2f} | {1000 * busy / count:.2f} |', flush=True)

    def workers(self, count):
        """How much faster two workers are. Small programs, where the driver counts most."""
        models = self.models(count)
        out = self.folder / 'out'
        best = self.best({jobs: self.batch(models, out, '--jobs', str(jobs)) for jobs in (1, 2)})
        one, two = best[1][0], best[2][0]
        print(f'\n`--jobs 2` over {count} programs: {one / two:.2f} times as fast as `--jobs 1` '
              f'({one:.2f} s, {two:.2f} s)', flush=True)

    def resume(self, count):
        """Resuming a batch of which all is done."""
        words = self.batch(self.models(count), self.clear('out'))
        self.seconds(words)
        wall, busy = map(min, zip(*(self.seconds(words) for _ in range(self.turns))))
        print(f'\nResuming a finished batch of {count}: {wall:.2f} s, {busy:.2f} s of processors', flush=True)

    def memory(self):
        """The most memory of the driver, in kB."""
        print('\n| models | the driver\'s most memory, MB |\n|---|---|')
        for count in (100, 1000, 10_000, 100_000):
            models = self.models(count)
            with subprocess.Popen(self.batch(models, self.clear('out'), '--shard', f'1/{max(1, count // 5000)}'),
                                  stdin=subprocess.DEVNULL) as process:
                status = pathlib.Path(f'/proc/{process.pid}/status')
                most = 0
                while process.poll() is None:
                    lines = [line for line in status.read_text().splitlines() if line.startswith('VmHWM')]
                    most = max([most] + [int(line.split()[1]) for line in lines])
                    time.sleep(0.002)
            print(f'| {count} | {most / 1024:.1f} |', flush=True)
            shutil.rmtree(models)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pdquant', type=pathlib.Path, default=ROOT / 'build/bench/tools/pdquant/pdquant')
    parser.add_argument('--models', type=int, default=2000)
    parser.add_argument('--turns', type=int, default=5)
    parser.add_argument('--reference', metavar='PYTHON')
    parser.add_argument('--folder', help='where to work; the temporary folder unless it is said')
    parser.add_argument('what', nargs='*', choices=[[], 'ways', 'workers', 'resume', 'memory'])
    arguments = parser.parse_args()
    bench = Bench(arguments)
    try:
        what = arguments.what or ['ways', 'workers', 'resume', 'memory']
        if 'ways' in what:
            bench.ways(arguments.models)
        if 'workers' in what:
            bench.workers(arguments.models)
        if 'resume' in what:
            bench.resume(5 * arguments.models)
        if 'memory' in what:
            bench.memory()
    finally:
        shutil.rmtree(bench.folder)


if __name__ == '__main__':
    main()
