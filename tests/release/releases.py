#!/usr/bin/env python3
"""What the commands of each release write for a few inputs is kept in testdata/releases/VERSION, and replayed: the same bytes, the same exit
codes. A difference that is meant has a row in testdata/releases/changes.tsv (version, case, the entry of CHANGELOG.md that tells it).
Usage: releases.py record VERSION | replay
Environment: PDQUANT (the program), PDQUANT_CORPUS, PDQUANT_FREEZE_CORPUS: folders with what Paddle wrote."""
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASES = ROOT / 'testdata/releases'

# By name: command lines, in one folder with the inputs. The last one's standard streams are kept, and each file that is new.
MODEL = 'quant.pb --params quant.params'
CASES = {
    'transpile': ['transpile main.pb -o q.pb --startup startup.pb --startup-out qs.pb --report r.json'],
    'transpile-moving': ['transpile main.pb -o q.pb --activation-quantize-type moving_average_abs_max --weight-bits 4'],
    'transpile-per-channel': ['transpile main.pb -o q.pb --weight-quantize-type channel_wise_abs_max'],
    'transpile-fused': ['transpile main.pb -o q.pb --form fused'],
    'transpile-linear': ['transpile main.pb -o q.pb --form linear'],
    'transpile-for-test': ['transpile main.pb -o q.pb --for-test'],
    'transpile-dry-run': ['transpile main.pb --dry-run'],
    'transpile-twice': ['transpile main.pb -o q.pb -q', 'transpile q.pb -o again.pb'],
    'freeze': [f'freeze {MODEL} -o f.pb --params-out f.params --report r.json'],
    'int8': [f'freeze {MODEL} -o f.pb --params-out f.params -q', 'int8 f.pb --params f.params -o i.pb --params-out i.params --report r.json'],
    'undo': [f'freeze {MODEL} -o f.pb --params-out f.params -q', 'undo f.pb --params f.params -o u.pb --params-out u.params'],
    'check': ['check main.pb --format json'],
    'check-target': ['transpile main.pb -o q.pb -q', 'check q.pb --target onednn --format json'],
    'show': ['show main.pb'],
    'show-json': ['show main.pb --format json'],
    'show-canonical': ['show main.pb --format canonical'],
    'show-parameters': ['show quant.params --format canonical'],
    'diff': ['transpile main.pb -o q.pb -q', 'diff main.pb q.pb'],
    'diff-json': ['transpile main.pb -o q.pb -q', 'diff main.pb q.pb --format json'],
    'diff-equal': ['diff main.pb main.pb'],
    'usage': ['transpile main.pb'],
    'no-program': ['check startup.txt'],
    'no-file': ['check missing.pb'],
}


def inputs(folder):
    corpus, freeze = pathlib.Path(os.environ['PDQUANT_CORPUS']), pathlib.Path(os.environ['PDQUANT_FREEZE_CORPUS'])
    shutil.copy(corpus / 'mlp/main.pb', folder / 'main.pb')
    shutil.copy(corpus / 'mlp/startup.pb', folder / 'startup.pb')
    shutil.copy(freeze / 'mlp/moving/quant/model.pb', folder / 'quant.pb')
    shutil.copy(freeze / 'mlp/moving/quant/params', folder / 'quant.params')
    (folder / 'startup.txt').write_text('hello\n')


def kept(data):
    """Text as it is, but for the version; of other bytes their digest."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = '\0'
    if '\0' in text:
        return f'sha256 {hashlib.sha256(data).hexdigest()}, {len(data)} bytes\n'
    return re.sub(r'("pdquant": )"[^"]*"', r'\1"VERSION"', text)


def run(commands):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        inputs(folder)
        before = {path.name for path in folder.iterdir()}
        for command in commands:
            done = subprocess.run([os.environ['PDQUANT'], *shlex.split(command)], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        text = ''.join(f'$ pdquant {command}\n' for command in commands) + f'exit code {done.returncode}\n'
        parts = [('standard output', done.stdout), ('standard error', done.stderr)]
        parts += [(path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.name not in before]
        return text + ''.join(f'== {what}\n{kept(data)}' for what, data in parts if data)


def record(version):
    folder = RELEASES / version
    folder.mkdir(parents=True, exist_ok=True)
    for name, commands in CASES.items():
        (folder / (name + '.txt')).write_text(run(commands))


def replay():
    changelog = re.sub(r'\s+', ' ', (ROOT / 'CHANGELOG.md').read_text())
    meant = set()
    for row in (RELEASES / 'changes.tsv').read_text().splitlines()[1:]:
        version, case, entry = row.split('\t')
        if entry not in changelog:
            sys.exit(f'changes.tsv: CHANGELOG.md has no {entry!r}')
        meant.add((version, case))
    wrong = count = 0
    for path in sorted(RELEASES.glob('*/*.txt')):
        count += 1
        expected = path.read_text()
        commands = re.findall(r'^\$ pdquant (.*)$', expected.split('exit code')[0], re.M)
        if run(commands) != expected and (path.parent.name, path.stem) not in meant:
            wrong += 1
            print(f'{path.relative_to(ROOT)}: another result than that release had; is it meant? Then it has an entry in CHANGELOG.md, and a row '
                  'in testdata/releases/changes.tsv')
            actual = run(commands).splitlines()
            for line in [line for line in actual if line not in expected.splitlines()][:5]:
                print('  now: ' + line[:200])
    print(f'{count - wrong} of {count} as they were')
    return 1 if wrong or not count else 0


if __name__ == '__main__':
    if sys.argv[1:] == ['replay']:
        sys.exit(replay())
    if len(sys.argv) != 3 or sys.argv[1] != 'record':
        sys.exit(__doc__)
    record(sys.argv[2])
