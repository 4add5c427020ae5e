"""deploy/parallel on GNU parallel: from start to end, and killed in the middle."""
import os
import signal
import subprocess
import time

import batches

SCRIPT = batches.ROOT / 'deploy/parallel/pdquant-parallel.sh'


class ParallelTest(batches.EngineTest):
    def start(self, **environment):
        environment = {**os.environ, 'HOME': str(self.folder), 'PARALLEL_HOME': str(self.folder), **environment}
        environment.pop('PARALLEL_SEQ', None)
        return subprocess.Popen([SCRIPT, '6', self.models, self.out, 'transpile'], env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    def run_to_end(self, **environment):
        with self.start(**environment) as process:
            out, err = process.communicate()
        self.assertEqual(process.returncode, 1, err)
        self.assertTrue(out.startswith('300 models: 270 done, 30 failed\n'), out + err)

    def joblog(self):
        path = self.folder / 'out.joblog'
        return path.read_text().splitlines()[1:] if path.exists() else []

    def test_from_start_to_end(self):
        self.run_to_end()
        self.assertEqual(len(self.joblog()), 6)
        self.check_result()

    def test_resumes_where_it_was_killed(self):
        process = self.start(PARALLEL='--jobs 1')
        while len(self.joblog()) < 2:
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        before = self.joblog()
        self.assertLess(len(before), 6, 'it has done all before it could be killed')
        self.run_to_end()
        self.assertEqual(self.joblog()[:len(before)], before)  # --resume leaves out what the log has
        self.assertEqual(len(self.joblog()), 6)
        self.check_result()

    def test_resumes_a_shard_that_was_killed(self):
        process = self.start(PARALLEL='--jobs 2')
        while not any(batches.records(self.out)):
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        self.run_to_end()
        self.check_result()
