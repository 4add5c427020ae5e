"""What others copy into their CI: action.yml, GitLab's template and the hooks of pre-commit. What they run is run here, in a repository of its
own; the services themselves are not. Environment: PDQUANT_FOLDER (a folder with pdquant), PDQUANT_CORPUS."""
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(os.environ['PDQUANT_CORPUS'])


def load(name):
    return yaml.safe_load((ROOT / name).read_text())


class Repository(unittest.TestCase):
    """A repository whose first commit has a program, and whose second has it quantized, and a new one in a folder with a blank."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.work = self.folder / 'work'
        self.work.mkdir()
        self.environment = {
            'PATH': os.environ['PDQUANT_FOLDER'] + ':/usr/bin:/bin', 'HOME': str(self.folder), 'GIT_CONFIG_NOSYSTEM': '1',
            'GIT_AUTHOR_NAME': 'a', 'GIT_AUTHOR_EMAIL': 'a@b', 'GIT_COMMITTER_NAME': 'a', 'GIT_COMMITTER_EMAIL': 'a@b',
        }
        shutil.copy(CORPUS / 'mlp/main.pb', self.work / 'model.pdmodel')
        self.run_shell('git init -q -b main . && git add . && git commit -q -m first')
        self.base = self.run_shell('git rev-parse HEAD').stdout.strip()
        shutil.copy(CORPUS / 'mlp/abs_max/main.pb', self.work / 'model.pdmodel')
        (self.work / 'a b').mkdir()
        shutil.copy(CORPUS / 'mlp/main.pb', self.work / 'a b/__model__')
        self.commit()

    def commit(self):
        self.run_shell('git add . && git commit -q -m second')

    def run_shell(self, script, code=0, **environment):
        done = subprocess.run(['bash', '-c', script], cwd=self.work, env=dict(self.environment, **environment), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, code, script + '\n' + done.stdout + done.stderr)
        return done

    def break_program(self):
        # The same variable twice: well formed for protobuf, not for pdquant.
        program = (CORPUS / 'mlp/main.pb').read_bytes()
        (self.work / 'model.pdmodel').write_bytes(program[:len(program) // 2])
        self.commit()


class Action(Repository):
    def run_action(self, code=0):
        action = load('action.yml')
        self.assertEqual(action['runs']['using'], 'composite')
        temporary = self.folder / 'temporary'
        temporary.mkdir()
        summary = self.folder / 'summary'
        out = ''
        for step in action['runs']['steps']:
            if 'run' not in step:
                self.assertEqual(step['uses'], 'actions/upload-artifact@v4')
                continue
            self.assertEqual(step['shell'], 'bash')
            done = self.run_shell('set -eo pipefail\n' + step['run'], code if 'BASE' in step['env'] else 0, VERSION='', BASE=self.base,
                                  PROGRAMS=action['inputs']['programs']['default'], GITHUB_ACTION_PATH=str(ROOT), RUNNER_TEMP=str(temporary),
                                  GITHUB_STEP_SUMMARY=str(summary))
            out += done.stdout
        return out, summary.read_text(), sorted(path.name for path in temporary.glob('changed-programs/*.html'))

    def test_changed_programs(self):
        out, summary, pages = self.run_action()
        self.assertEqual(pages, ['1-__model__.html', '2-model.pdmodel.html'])
        self.assertIn('### model.pdmodel', summary)
        self.assertIn('### a b/__model__\nnew', summary)
        self.assertRegex(out, r'(?m)^::(notice|warning) ')

    def test_broken_program(self):
        self.break_program()
        out, _, _ = self.run_action(code=3)
        self.assertRegex(out, r'(?m)^::error ')

    def test_nothing_changed(self):
        self.base = 'HEAD'
        self.assertIn('no program changed', self.run_action()[1])


class GitLab(Repository):
    def run_job(self, code=0):
        job = load('deploy/ci/gitlab.yml')['.pdquant-changed-programs']
        variables = dict(job['variables'], CI_COMMIT_BEFORE_SHA=self.base)
        script = '\n'.join(['set -eo pipefail'] + job['before_script'] + job['script'])
        self.run_shell(script, code, **variables)
        return job

    def test_changed_programs(self):
        job = self.run_job()
        reports = list(self.work.glob(job['artifacts']['reports']['junit']))
        self.assertEqual(len(reports), 3)
        for report in reports:
            xml.etree.ElementTree.parse(report)
        self.assertTrue((self.work / 'changed-programs/2-model.pdmodel.html').exists())

    def test_new_branch(self):
        self.base = '0' * 40
        self.run_job()
        self.assertEqual((self.work / 'changed-programs/summary.md').read_text().count('\nnew\n'), 2)

    def test_broken_program(self):
        self.break_program()
        self.run_job(code=3)

    def test_has_the_script(self):
        copy = load('deploy/ci/gitlab.yml')['.pdquant-changed-programs']['before_script'][-1]
        self.assertEqual(copy, "cat >changed.sh <<'END'\n" + (ROOT / 'deploy/ci/changed.sh').read_text() + 'END\n')


class Hooks(Repository):
    def run_hook(self, name, arguments, code=0):
        hook = {hook['id']: hook for hook in load('.pre-commit-hooks.yaml')}[name]
        self.assertEqual(hook['language'], 'system')
        self.run_shell(' '.join(shlex.quote(word) for word in shlex.split(hook['entry']) + arguments), code)

    def test_check(self):
        self.run_hook('pdquant-check', ['model.pdmodel', 'a b/__model__'])
        self.break_program()
        self.run_hook('pdquant-check', ['model.pdmodel', 'a b/__model__'], code=1)

    def test_diff(self):
        self.run_hook('pdquant-diff', ['a b/__model__', 'a b/__model__'])
        self.run_hook('pdquant-diff', ['a b/__model__', 'model.pdmodel'], code=1)


if __name__ == '__main__':
    unittest.main()
