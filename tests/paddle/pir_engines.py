"""Gives what was imported to engines that aren't Paddle: they have to compute what Paddle 3 computed from the JSON, and what the original computes. Usage:
pir_engines.py PDQUANT CORPUS MODELS PYTHON33 ENGINE=PYTHON…: ENGINE is onnx, openvino or lite (engine_runner.py); MODELS holds folders *_infer of Paddle 2.x, as for
pir_round_trip.py, or is empty. Ends with the line `N passed, N failed`."""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

import pir_compare
import pir_engines_known
import pir_round_trip

TOLERANCE = 1e-4  # of the range of an output: other kernels, another order of sums


def difference(expected, actual):
    """None, or in words what differs beyond the tolerance."""
    said = pir_compare.difference(expected, actual)
    if said and said.endswith('of the range off') and float(said.split()[-5]) <= TOLERANCE:
        return None
    return said


def import_into(pdquant, engine, network, folder):
    """The job of a network, or why import refuses it."""
    out = folder / f'{network.name}-{engine}.pdmodel'
    target = ['--target', 'lite'] if engine == 'lite' else []
    done = subprocess.run([pdquant, 'import', network / 'inference.json', '-o', out, '-q', *target], capture_output=True, text=True)
    if done.returncode:
        return None, done.stderr
    params = out.with_suffix('.pdiparams')
    if not params.exists():
        params.write_bytes(b'')
    return {'engine': engine, 'model': str(out), 'params': str(params), 'inputs': str(network / 'in.npz'), 'outputs': str(out.with_suffix(''))}, None


def round_trips(pdquant, python33, models, engine, folder):
    """Pairs of jobs: the model of Paddle 2.x, and the same after both ways."""
    jobs = []
    for model in sorted(pathlib.Path(models).glob('*_infer')) if models else []:
        shape = pir_round_trip.SHAPES[next(part for part in ('det', 'rec', 'cls') if part in model.name)]
        inputs = folder / (model.name + '.in.npz')
        numpy.savez(inputs, x=numpy.random.RandomState(1).rand(*shape).astype('float32'))
        for program in (model / 'inference.pdmodel', pir_round_trip.bring_back(pdquant, python33, model, folder)):
            jobs.append({'engine': engine, 'model': str(program), 'params': str(program.with_suffix('.pdiparams')), 'inputs': str(inputs),
                         'outputs': str(folder / f'{model.name}-{engine}-{len(jobs) % 2}')})
    return jobs


def run(python, jobs, folder):
    file = folder / 'engine-jobs.json'
    file.write_text(json.dumps(jobs))
    runner = pathlib.Path(__file__).with_name('engine_runner.py')
    lines = subprocess.run([python, runner, file], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.splitlines()
    answers = [json.loads(line) for line in lines if line.startswith(('null', '"'))]
    assert len(answers) == len(jobs), f'{len(jobs)} jobs, {len(answers)} answers'
    return answers


def judge(engine, network, answer):
    """None, or what is wrong: with an answer that isn't known, or a known one that isn't there any more."""
    known = pir_engines_known.KNOWN[engine].get(network)
    if known is None:
        return answer
    return None if answer and known in answer else f'known is {known!r}, and the answer is {answer!r}'


def run_engine(pdquant, corpus, models, python33, engine, python, folder):
    networks = [path for path in sorted(pathlib.Path(corpus).iterdir()) if (path / 'inference.json').exists()]
    answers, jobs, names = {}, [], []
    for network in networks:
        job, refused = import_into(pdquant, engine, network, folder)
        if job is None:
            answers[network.name] = refused
        else:
            jobs.append(job)
            names.append(network)
    pairs = round_trips(pdquant, python33, models, engine, folder)
    said = run(python, jobs + pairs, folder)
    for network, job, answer in zip(names, jobs, said):
        right = network / 'out_dygraph.npz'
        if answer is None and engine != 'lite':
            answer = difference(right if right.exists() else network / 'out.npz', job['outputs'] + '.npz')
        answers[network.name] = answer
    wrong = {name: problem for name, answer in answers.items() if (problem := judge(engine, name, answer))}
    for i in range(0, len(pairs), 2):
        before, after = said[len(jobs) + i], said[len(jobs) + i + 1]
        answer = after if not before else None
        if not before and not after and engine != 'lite':
            answer = difference(pairs[i]['outputs'] + '.npz', pairs[i + 1]['outputs'] + '.npz')
        answers[pairs[i + 1]['model']] = answer
        if answer:
            wrong[pairs[i + 1]['model']] = answer
    for name, problem in wrong.items():
        print(f'{engine}, {name}: {problem}')
    taken = sum(answer is None for answer in answers.values())
    print(f'{engine}: {taken} of {len(answers)} taken; the others are in pir_engines_known.py, with what the engine says')
    return len(answers) - len(wrong), len(wrong)


def main(pdquant, corpus, models, python33, engines):
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for engine, python in engines:
            counts = run_engine(pdquant, corpus, models, python33, engine, python, pathlib.Path(folder))
            passed, failed = passed + counts[0], failed + counts[1]
    print(f'{passed} passed, {failed} failed')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:5], [argument.split('=', 1) for argument in sys.argv[5:]]))
