"""Imports the programs of Paddle 3 in the corpus, and runs what comes out in Paddle 2.6.2 and 3.3.1, with passes and without: it has to compute what Paddle 3 computed
from the JSON. Usage: import_pir.py PDQUANT CORPUS PYTHON26 PYTHON33 [NETWORK …]"""
import json
import pathlib
import subprocess
import sys
import tempfile

import pir_compare

# What can't be imported: not finite numbers, which no Paddle loads, and an op that has no counterpart.
REFUSED = {'nonfinite', 'array_read'}


def import_model(pdquant, program, params, out):
    return subprocess.run([pdquant, 'import', program, '--params', params, '-o', out, '-q'], capture_output=True, text=True)


def jobs_of(network, program, folder, pdquant):
    """The jobs of one program; [] where it was refused as it should be. Raises where it should not."""
    out = folder / f'{network.name}-{program.stem}.pdmodel'
    params = network / 'inference.pdiparams'
    done = import_model(pdquant, program, params, out)
    if network.name in REFUSED:
        assert done.returncode == 3 and not out.exists(), f'exit code {done.returncode}, and 3 was expected'
        return []
    assert done.returncode == 0, done.stderr
    copied = out.with_suffix('.pdiparams')
    has_params = params.stat().st_size != 0
    assert not has_params or copied.read_bytes() == params.read_bytes(), 'the parameters are other bytes'
    return [{'model': str(out), 'params': str(copied) if has_params else '', 'inputs': str(network / 'in.npz'), 'passes': passes,
             'outputs': str(folder / f'{out.stem}-{int(passes)}.npz')} for passes in (False, True)]


def run(python, jobs, folder):
    file = folder / 'jobs.json'
    file.write_text(json.dumps(jobs))
    runner = pathlib.Path(__file__).with_name('predictor_runner.py')
    lines = subprocess.run([python, runner, file], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
    return [json.loads(line) for line in lines if line.startswith(('null', '"'))]


def main(pdquant, corpus, pythons, wanted):
    failed = passed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        jobs, expected = [], []
        for network in sorted(path for path in pathlib.Path(corpus).iterdir() if (path / 'inference.json').exists()):
            if wanted and network.name not in wanted:
                continue
            for program in sorted(network.glob('inference*.json')):
                try:
                    made = jobs_of(network, program, folder, pdquant)
                except AssertionError as error:
                    failed += 1
                    print(f'{network.name} {program.stem}: {error}')
                    continue
                # Paddle 3 computes dequantize_linear wrong on a CPU: what the network computed before it was exported is right.
                right = network / 'out_dygraph.npz'
                jobs += made
                expected += [right if right.exists() else network / 'out.npz'] * len(made)
        for version, python in pythons:
            answers = run(python, jobs, folder)
            assert len(answers) == len(jobs), f'{version}: {len(jobs)} jobs, {len(answers)} answers'
            for job, right, answer in zip(jobs, expected, answers):
                answer = answer or pir_compare.difference(right, job['outputs'])
                passed, failed = (passed, failed + 1) if answer else (passed + 1, failed)
                if answer:
                    print(f"{pathlib.Path(job['model']).stem}, Paddle {version}, passes {'on' if job['passes'] else 'off'}: {answer}")
    print(f'imported programs: {passed} runs equal, {failed} not')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2], (('2.6.2', sys.argv[3]), ('3.3.1', sys.argv[4])), sys.argv[5:]))
