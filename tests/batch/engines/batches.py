"""What the tests of all engines share: models, runs of pdquant, what they leave."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

PDQUANT = os.environ['PDQUANT']  # judges each call: tests/support/judged_pdquant.cc
PDQUANT_ITSELF = os.environ['PDQUANT_ITSELF']  # where its process counts
ROOT = pathlib.Path(__file__).resolve().parents[3]
NETWORKS = [ROOT / 'testdata/paddle/transpile' / name / 'main.pb' for name in ('mlp', 'lenet', 'cond')]


def make_models(folder, count, bad=10):
    """Real programs in folders of 50, each `bad`-th one cut off. Returns how many of them are."""
    programs = [path.read_bytes() for path in NETWORKS]
    for i in range(count):
        path = pathlib.Path(folder) / str(i // 50) / f'm{i}.pb'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'cut off' if i % bad == bad - 1 else programs[i % len(programs)])
    return count // bad


def tree(out):
    """All files below `out` but the journals."""
    return {str(path.relative_to(out)): path.read_bytes()
            for path in sorted(pathlib.Path(out).rglob('*')) if path.is_file() and '.pdquant' not in path.parts}


def records(out):
    """The records of all journals of `out`, each with the name of its journal."""
    found = []
    for path in sorted(pathlib.Path(out, '.pdquant').glob('journal-*.jsonl')):
        for line in path.read_text().split('\n')[:-1]:  # the last one may not be whole yet
            found.append((path.name, json.loads(line)))
    return found


def batch(*arguments, environment=None):
    return subprocess.run([PDQUANT, 'batch', *map(str, arguments)], capture_output=True, text=True,
                          env={**os.environ, **(environment or {})}, check=False)


class EngineTest(unittest.TestCase):
    """A test with a folder of its own, in which 300 models and the tree that an undisturbed run makes of them are."""
    count = 300

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='pdquant-engine-'))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.models = self.folder / 'models'
        self.out = self.folder / 'out'
        self.bad = make_models(self.models, self.count)
        self.assertEqual(batch('--out', self.folder / 'undisturbed', self.models, '--', 'transpile').returncode, 1)

    def check_result(self, redone=frozenset()):
        """Nothing lost; nothing done twice but `redone`; one report of all shards."""
        self.assertEqual(tree(self.out), tree(self.folder / 'undisturbed'))
        done = [record['output'] for _, record in records(self.out) if record['type'] == 'model']
        self.assertEqual(len(set(done)), self.count)
        twice = {output for output in done if done.count(output) > 1}
        self.assertLessEqual(twice, set(redone))
        merged = batch('--merge-reports', self.out, '--format', 'json')
        self.assertEqual(merged.returncode, 1, merged.stderr)
        report = json.loads(merged.stdout)
        self.assertEqual((report['total'], report['failed'], report['left']), (self.count, self.bad, 0))
        self.assertEqual((report['missing_shards'], report['incomplete_shards']), ([], []))
