"""Runs each line of docs/guide/batch-tutorial.md, the array on a real Slurm, and compares what the page says is printed."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import batches
from cluster import Cluster

PAGE = batches.ROOT / 'docs/guide/batch-tutorial.md'


def blocks():
    """(commands, what the last one prints, or None where the page doesn't say)."""
    parts = re.findall(r'^```sh\n(.*?)^```\n(?:```text\n(.*?)^```\n)?', PAGE.read_text(), re.M | re.S)
    return [(commands, printed or None) for commands, printed in parts]


class TutorialTest(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix='pdquant-tutorial-'))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        (self.home / 'pdquant').symlink_to(batches.ROOT)
        self.cluster = Cluster(self.home / 'cluster', ['node1', 'node2', 'node3'])
        self.addCleanup(self.cluster.stop)
        self.cluster.start()
        path = str(pathlib.Path(batches.PDQUANT).parent) + ':' + os.environ['PATH']
        self.environment = {**self.cluster.environment, 'HOME': str(self.home), 'PATH': path}
        self.environment.pop('PDQUANT')
        self.folder = self.home

    def run_line(self, line):
        """What it prints. A comment says with what it exits, unless that is 0."""
        expected = re.search(r'# exit code (\d+)$', line)
        finished = subprocess.run(['bash', '-c', line + '\ncode=$?; pwd > "$HOME/cwd"; exit $code'],
                                  cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, check=False)
        self.assertEqual(finished.returncode, int(expected[1]) if expected else 0,
                         line + '\n' + finished.stdout + finished.stderr)
        self.folder = pathlib.Path((self.home / 'cwd').read_text().strip())
        return finished.stdout

    def assert_as_printed(self, printed, page):
        """`…` in the page is anything, of any number of lines where it is alone in one."""
        pattern = re.escape(page).replace(re.escape('  …\n'), r'(?:  .*\n)+').replace('…', '.*')
        self.assertRegex(printed, '^' + pattern + '$')

    def test_every_line(self):
        lines = 0
        for commands, page in blocks():
            printed = ''
            for line in commands.splitlines():
                printed = self.run_line(line)
                lines += 1
            if page is not None:
                self.assert_as_printed(printed, page)
        self.assertGreater(lines, 20)
        self.assertEqual(len(list((self.folder / 'array').rglob('main.pb'))), 22)
