#!/usr/bin/env python3
"""Batches that are killed at every place that counts, and disks that are full: rows B1, B2, B8, D3, F1, F7.

Usage: kills.py BUILD_FOLDER [--quick]. Prints `N passed, N failed`. Quick is for CI: each place once, fewer rounds.
"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = pathlib.Path(sys.argv[1]).resolve()
QUICK = '--quick' in sys.argv
PDQUANT = str(BUILD / 'tools/pdquant/pdquant')
JUDGED = str(BUILD / 'tests/judged/pdquant')
os.environ['PDQUANT'] = os.environ['PDQUANT_ITSELF'] = PDQUANT
sys.path.insert(0, str(pathlib.Path(__file__).parent / 'engines'))
import batches  # noqa: E402  pylint: disable=wrong-import-position

# A shell starts what is in its background with SIGINT ignored, nohup with SIGHUP, and so would be what is started here.
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)

# What changes something that others see. Reading, memory and the like can be killed at any time.
CHANGES = ('openat mkdir mkdirat write pwrite64 writev fsync fdatasync ftruncate rename renameat renameat2 unlink '
           'unlinkat link linkat fchmod flock clone fork vfork clone3 pipe2 setpgid kill exit_group').split()


def stopped(process):
    """Ends a process group that was started here."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class KillTest(unittest.TestCase):
    command = 'transpile'

    def setUp(self):
        place = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='pdquant-kills-', dir=place))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def line(self, *options, out='out', jobs=2):
        return [PDQUANT, 'batch', '--out', out, '--jobs', str(jobs), *options, 'models', '--', self.command]

    def run_quietly(self, words):
        finished = subprocess.run(words, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  check=False)
        if PDQUANT in words:
            self.judge(words, finished.returncode, finished.stdout, finished.stderr)
        return finished

    def start(self, words):
        """A process group. What it says goes to files: a pipe could be full."""
        streams = [tempfile.TemporaryFile('w+') for _ in range(2)]
        process = subprocess.Popen(words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=streams[0],
                                   stderr=streams[1], start_new_session=True)

        def judge():
            self.assertIsNotNone(process.returncode, 'nobody waited for it')
            texts = []
            for stream in streams:
                with stream:
                    stream.seek(0)
                    texts.append(stream.read())
            self.judge(words, process.returncode, *texts)
        self.addCleanup(judge)
        return process

    def judge(self, words, code, *texts):
        """What is asked of every call: tests/support/call_faults.h."""
        paths = [self.folder / name for name in ('judged.out', 'judged.err')]
        for path, text in zip(paths, texts):
            path.write_text(text)
        judged = subprocess.run([JUDGED, '--judge', str(code), *paths, *words[words.index(PDQUANT) + 1:]],
                                capture_output=True, text=True, check=False)
        self.assertEqual(judged.returncode, 0, judged.stderr)

    def make(self, count, bad=10):
        self.bad = batches.make_models(self.folder / 'models', count, bad)
        self.run_undisturbed()
        self.assertEqual(len(self.expected), count - self.bad)

    def make_simulated(self, count):
        """Folders of a program and its parameters, ready to be frozen."""
        self.command = 'freeze'
        self.bad = 0
        trained = sorted((BUILD / 'testdata/freeze').glob('*/moving/quant'))
        for source in trained[:count]:
            model = self.folder / 'models' / source.parts[-3]
            model.mkdir(parents=True)
            shutil.copy(source / 'model.pb', model / '__model__')
            shutil.copy(source / 'params', model / '__params__')
        self.run_undisturbed()
        self.assertEqual(len(self.expected), 2 * count)

    def run_undisturbed(self):
        self.run_quietly(self.line(out='undisturbed'))
        self.expected = batches.tree(self.folder / 'undisturbed')

    def check_whole_files(self):
        """Each file is one that the undisturbed run wrote, or the temporary file of a writer that was killed."""
        for path, text in batches.tree(self.folder / 'out').items():
            if '.pdquant-' not in path:
                self.assertEqual(text, self.expected.get(path), path)

    def check_end(self, once=True):
        """Another run does the rest: then all is as if nobody had disturbed it."""
        before = self.done()
        finished = self.run_quietly(self.line())
        self.assertEqual(finished.returncode, int(self.bad > 0), finished.stderr)
        self.assertEqual(batches.tree(self.folder / 'out'), self.expected)
        after = self.done()
        self.assertEqual(after[:len(before)], before)
        if once:
            self.assertEqual(len(set(after)), len(after), 'done twice')

    def done(self):
        path = self.folder / 'out/.pdquant/journal-1-of-1.jsonl'
        lines = path.read_text().splitlines() if path.exists() else []
        found = []
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:  # torn
                continue
            if record.get('status') == 'done':
                found.append(record['output'])
        return found

    # Every system call.

    def calls(self, options):
        """name → how often one process makes it at most."""
        log = self.folder / 'log'
        self.run_quietly(['strace', '-o', log, *options, *self.line(out='traced', jobs=1)])
        most = {}
        for path in self.folder.glob('log*'):
            text = path.read_text(errors='replace')
            for name in CHANGES:
                most[name] = max(most.get(name, 0), len(re.findall(rf'^{name}\(', text, re.M)))
            path.unlink()
        shutil.rmtree(self.folder / 'traced')
        return {name: count for name, count in most.items() if count}

    def kill_at_each(self, options, calls):
        killed = 0
        for name, count in calls.items():
            for when in range(1, count + 1):
                with self.subTest(call=name, when=when):
                    shutil.rmtree(self.folder / 'out', ignore_errors=True)
                    finished = self.run_quietly(['strace', '-o', '/dev/null', '-e', f'trace={name}', *options, '-e',
                                                 f'inject={name}:signal=KILL:when={when}', *self.line(jobs=1)])
                    killed += finished.returncode != int(self.bad > 0) or 'signal 9' in finished.stdout
                    self.check_whole_files()
                    self.check_end()
        return killed

    def test_the_driver_at_every_call(self):
        self.make(4, bad=4)
        calls = self.calls([])
        self.assertGreater(sum(calls.values()), 30)
        killed = self.kill_at_each([], calls)
        self.assertGreater(killed, 30)

    def test_workers_at_every_call(self):
        self.make(3, bad=4)
        calls = self.calls(['-ff'])
        for name in ('renameat', 'fsync', 'writev', 'clone'):
            self.assertIn(name, calls)
        self.assertGreater(self.kill_at_each(['-f'], calls), 20)

    def test_outputs_of_several_files_at_every_call(self):
        self.make_simulated(2)
        self.assertGreater(self.kill_at_each(['-f'], self.calls(['-ff'])), 20)
        # Once more over what is there already: each folder is the old one or the new one.
        self.run_quietly(self.line())
        for when in range(1, 4):
            with self.subTest(rename=when):
                self.run_quietly(['strace', '-f', '-o', '/dev/null', '-e', 'trace=/^rename', '-e',
                                  f'inject=/^rename:signal=KILL:when={when}', *self.line('--force', jobs=1)])
                self.check_whole_files()
                self.check_end(once=False)

    # At random.

    def test_the_driver_again_and_again(self):
        self.make(300 if QUICK else 2000)
        start = time.monotonic()
        self.run_quietly(self.line(out='time'))
        usual = time.monotonic() - start
        shutil.rmtree(self.folder / 'time')
        chance = random.Random(1)
        for _ in range(20):
            process = self.start(self.line())
            time.sleep(chance.uniform(0, usual / 8))
            process.kill()  # the driver alone; its workers have to die by themselves
            process.wait()
            self.check_whole_files()
        self.assertGreater(len(self.done()), 0)
        self.check_end()

    def test_everything_again_and_again(self):
        self.make(100)
        chance = random.Random(2)
        for _ in range(10 if QUICK else 100):
            process = self.start(self.line())
            time.sleep(chance.uniform(0.002, 0.1))
            stopped(process)
            self.check_whole_files()
        self.check_end()

    def test_workers_at_random(self):
        self.make(100)
        chance = random.Random(3)
        killed = 0
        for _ in range(3 if QUICK else 30):
            process = self.start(self.line('--force'))
            children = pathlib.Path(f'/proc/{process.pid}/task/{process.pid}/children')
            while process.poll() is None:
                try:
                    for child in children.read_text().split():
                        os.kill(int(child), signal.SIGKILL)
                        killed += 1
                except (FileNotFoundError, ProcessLookupError):
                    pass
                time.sleep(chance.uniform(0.001, 0.02))
            self.assertEqual(process.returncode, 1)
            self.check_whole_files()
        self.assertGreater(killed, 0)
        self.check_end(once=False)

    def test_signals_end_it_within_two_seconds(self):
        self.make(40)
        os.mkfifo(self.folder / 'models/hang.pb')
        chance = random.Random(4)
        for _ in range(20 if QUICK else 500):
            shutil.rmtree(self.folder / 'out', ignore_errors=True)
            process = self.start(self.line())
            time.sleep(chance.uniform(0, 0.15))
            number = chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU])
            start = time.monotonic()
            process.send_signal(number)
            self.assertEqual(process.wait(), -number)
            self.assertLess(time.monotonic() - start, 2)
            self.check_whole_files()
            self.assertFalse([path for path in batches.tree(self.folder / 'out') if '.pdquant-' in path])
            journal = self.folder / 'out/.pdquant/journal-1-of-1.jsonl'
            text = journal.read_text() if journal.exists() else ''
            self.assertTrue(text == '' or text.endswith('\n'))

    # Disks.

    def test_a_full_disk(self):
        self.make(60)
        out = self.folder / 'out'
        out.mkdir()
        sizes = range(200, 1400, 400 if QUICK else 50)
        full = 0
        for size in sizes:
            mounted = self.run_quietly(['mount', '-t', 'tmpfs', '-o', f'size={size}k', 'tmpfs', out])
            if mounted.returncode != 0:
                self.skipTest('this process may not mount: ' + mounted.stderr.strip())
            try:
                finished = self.run_quietly(self.line())
                self.check_whole_files()
                if finished.returncode == 4:
                    full += 1
                    self.assertIn('No space left on device', finished.stderr)
                    self.assertIn('not started', finished.stdout)
                self.run_quietly(['mount', '-o', 'remount,size=50m', out])
                self.check_end(once=False)
            finally:
                self.run_quietly(['umount', out])
        self.assertGreater(full, 0)

    # No program is started, whatever a name says: row D3.

    def test_no_other_program_runs(self):
        self.make(6, bad=7)
        for number, name in enumerate(('$(touch evil).pb', '`touch evil`.pb', '; touch evil;.pb', '-o.pb', '%0A::x.pb')):
            shutil.copy(self.folder / f'models/0/m{number}.pb', self.folder / 'models' / name)
        log = self.folder / 'trace'
        finished = self.run_quietly(['strace', '-f', '-o', log, '-e', 'trace=execve,execveat', *self.line()])
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertEqual(len(re.findall('execve', log.read_text())), 1)
        self.assertFalse((self.folder / 'evil').exists())


if __name__ == '__main__':
    result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(KillTest))
    failed = len(result.failures) + len(result.errors)
    print(f'{result.testsRun - failed - len(result.skipped)} passed, {failed} failed')
    sys.exit(failed != 0)
