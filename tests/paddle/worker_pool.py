"""Worker processes in a Python that has Paddle, and the jobs that they run."""
import json
import os
import queue
import subprocess
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT = 600  # seconds for one job


class Worker:
    """One process. It is started when the first job comes, and again after a job has killed it."""

    def __init__(self, python):
        self.python = python
        self.process = None

    def run(self, job):
        if self.process is None:
            environment = dict(os.environ, OMP_NUM_THREADS='1', GLOG_minloglevel='3', PYTHONWARNINGS='ignore')
            self.process = subprocess.Popen([self.python, os.path.join(HERE, 'worker.py')], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL, universal_newlines=True, env=environment)
        timer = threading.Timer(TIMEOUT, self.process.kill)
        timer.start()
        try:
            self.process.stdin.write(json.dumps(job) + '\n')
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ''
        finally:
            timer.cancel()
        if line:
            return json.loads(line)
        code = self.process.wait()
        self.process = None
        return dict(error='the process that ran it ended with %d' % code)

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


def run_all(python, jobs, processes):
    """The results of all jobs, in their order."""
    results = [None] * len(jobs)
    waiting = queue.Queue()
    for item in enumerate(jobs):
        waiting.put(item)

    def work():
        worker = Worker(python)
        while True:
            try:
                number, job = waiting.get_nowait()
            except queue.Empty:
                break
            results[number] = worker.run(job)
        worker.close()
    threads = [threading.Thread(target=work) for _ in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
