"""deploy/slurm on a real Slurm: a controller and three nodes, one of which dies with a task on it."""
import fcntl
import os
import pathlib
import signal
import time

import batches
from cluster import Cluster, parent_of

NODES = ['node1', 'node2', 'node3']
SCRIPT = batches.ROOT / 'deploy/slurm/pdquant.sbatch'


def journal_lines(path):
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []


class SlurmTest(batches.EngineTest):
    def setUp(self):
        super().setUp()
        self.cluster = Cluster(self.folder / 'cluster', NODES)
        self.addCleanup(self.cluster.stop)
        self.cluster.start()
        self.cluster.environment['PDQUANT'] = batches.PDQUANT_ITSELF

    def submit(self, *options):
        return self.cluster.run('sbatch', '--parsable', *options, SCRIPT, self.models, self.out, 'transpile',
                                cwd=self.folder)

    def wait(self, job):
        self.cluster.wait_for(lambda: not self.cluster.tasks(job), 'the array')

    def shards(self):
        return sorted(path.name for path in (self.out / '.pdquant').glob('*.jsonl'))

    def stop_driver(self, node):
        """Stops pdquant on a node as soon as it is there; returns it and the journal of its shard."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for process, name in self.cluster.processes_on(node):
                if name != 'pdquant' or parent_of(process)[1] == 'pdquant':  # a worker
                    continue
                try:
                    environment = pathlib.Path(f'/proc/{process}/environ').read_bytes().split(b'\0')
                    os.kill(process, signal.SIGSTOP)
                except OSError:
                    continue
                task = next(v for v in environment if v.startswith(b'SLURM_ARRAY_TASK_ID=')).split(b'=')[1].decode()
                return process, self.out / f'.pdquant/journal-{task}-of-6.jsonl'
            time.sleep(0.001)
        raise TimeoutError(f'no pdquant was seen on {node}')

    def test_a_node_dies(self):
        job = self.submit()
        driver, journal = self.stop_driver('node2')
        while len(journal_lines(journal)) < 10:
            os.kill(driver, signal.SIGCONT)
            time.sleep(0.002)
            os.kill(driver, signal.SIGSTOP)
        before = journal_lines(journal)
        self.assertLess(len(before), self.count // 6, 'it has done all before it could be killed')
        self.cluster.kill_node('node2')
        self.cluster.run('scontrol', 'update', 'nodename=node2', 'state=down', 'reason=power')
        self.wait(job)
        self.assertEqual(len(self.shards()), 6)
        # The task ran again on another node: two runs are in its journal, and it went on where the first one was.
        after = journal_lines(journal)
        self.assertEqual(after[:len(before)], before)
        self.assertEqual(sum('"type":"run"' in line for line in after), 2)
        self.check_result()

    def test_a_task_that_may_do_better_is_queued_again(self):
        (self.out / '.pdquant').mkdir(parents=True)
        with open(self.out / '.pdquant/journal-2-of-6.jsonl', 'ab') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # as a run on a machine that hangs
            job = self.submit()
            log = self.folder / f'pdquant-{job}_2.log'
            self.cluster.wait_for(lambda: log.exists() and 'is queued again' in log.read_text(), 'task 2 to fail')
        self.assertIn('pdquant ended with 75', log.read_text())
        self.wait(job)
        self.check_result()

    def test_an_array_that_does_not_start_at_one(self):
        self.wait(self.submit('--array=10-20:2'))
        self.assertEqual(self.shards(), [f'journal-{i}-of-6.jsonl' for i in range(1, 7)])
        self.check_result()

    def test_a_report_after_the_array(self):
        job = self.submit()
        report = self.cluster.run('sbatch', '--parsable', f'--dependency=afterany:{job}', '--output=report.txt',
                                  f'--wrap={batches.PDQUANT} batch --merge-reports {self.out}', cwd=self.folder)
        self.wait(report)
        text = (self.folder / 'report.txt').read_text()
        self.assertTrue(text.startswith('300 models: 270 done, 30 failed\n'), text)
        logs = [path.read_text() for path in self.folder.glob('pdquant-*.log')]
        self.assertEqual(len(logs), 6)
        self.check_result()


if __name__ == '__main__':
    import unittest
    unittest.main()
