"""deploy/snakemake on Snakemake."""
import json
import os
import signal
import subprocess
import time

import batches

SNAKEFILE = batches.ROOT / 'deploy/snakemake/Snakefile'


class SnakemakeTest(batches.EngineTest):
    def start(self, *options):
        words = ['snakemake', '--snakefile', SNAKEFILE, '--directory', self.folder, '--cores', '4', '--nocolor',
                 *options, '--config', f'models={self.models}', f'out={self.out}', 'command=transpile', 'shards=6',
                 f'pdquant={batches.PDQUANT}']
        return subprocess.Popen(words, env={**os.environ, 'HOME': str(self.folder)}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def run_to_end(self, *options):
        with self.start(*options) as process:
            text, _ = process.communicate()
        self.assertEqual(process.returncode, 0, text)
        return text

    def test_from_start_to_end(self):
        self.run_to_end()
        report = json.loads((self.folder / 'out.snakemake/report.json').read_text())
        self.assertEqual((report['done'], report['failed'], report['left']), (270, 30, 0))
        self.check_result()
        self.assertIn('Nothing to be done', self.run_to_end())

    def test_goes_on_after_a_kill(self):
        process = self.start()
        while not (self.folder / 'out.snakemake').is_dir() or not any(
                (self.folder / 'out.snakemake').glob('*.done')):
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        self.assertFalse((self.folder / 'out.snakemake/report.json').exists(), 'too late')
        self.run_to_end('--nolock', '--rerun-incomplete')
        self.check_result()
