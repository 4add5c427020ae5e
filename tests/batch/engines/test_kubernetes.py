"""deploy/kubernetes: valid by the public schema, and what its pods do, by the environment that Kubernetes gives them."""
import os
import re
import subprocess
import unittest

import yaml

import batches

FOLDER = batches.ROOT / 'deploy/kubernetes'
OLDEST = '1.31'  # with podFailurePolicy and backoffLimitPerIndex switched on


def load(name):
    return yaml.safe_load((FOLDER / name).read_text())


def container(job):
    return job['spec']['template']['spec']['containers'][0]


class SchemaTest(unittest.TestCase):
    def test_the_files_are_valid(self):
        for name in ('job.yaml', 'report.yaml'):
            for version in ([], ['--kubernetes-version', OLDEST]):
                finished = subprocess.run([os.environ['KUBERNETES_VALIDATE'], '--strict', *version, FOLDER / name],
                                          capture_output=True, text=True, check=False)
                self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)
                self.assertIn('passed for resource', finished.stdout + finished.stderr)

    def test_every_exit_code_has_its_rule(self):
        rules = load('job.yaml')['spec']['podFailurePolicy']['rules']
        condition = {'type': 'DisruptionTarget', 'status': 'True'}
        self.assertEqual(rules[0], {'action': 'Ignore', 'onPodConditions': [condition]})
        codes = {rule['action']: rule['onExitCodes'] for rule in rules[1:]}
        self.assertEqual(codes['FailIndex']['values'], [1, 2, 3])
        self.assertEqual(codes['Count']['values'], [4, 70, 75, 137])
        for rule in codes.values():
            self.assertEqual((rule['operator'], rule['containerName']), ('In', container(load('job.yaml'))['name']))

    def test_the_number_of_shards_is_that_of_the_pods(self):
        job = load('job.yaml')
        shards = {one['name']: one['value'] for one in container(job)['env']}['PDQUANT_SHARDS']
        self.assertEqual(int(shards), job['spec']['completions'])
        self.assertIn('1/' + shards, container(load('report.yaml'))['args'])

    def test_the_image_has_all_that_pdquant_needs(self):
        text = subprocess.run(['ldd', batches.PDQUANT_ITSELF], capture_output=True, text=True, check=True).stdout
        libraries = set(re.findall(r'lib\w+(?=\.so)', text))
        self.assertLessEqual(libraries, {'libc', 'libm'})  # the package libc6


class PodTest(batches.EngineTest):
    def pod(self, job, **environment):
        """What a pod runs, with the volume in a folder of this test."""
        spec = container(job)
        words = [word.replace('/data', str(self.folder)) for word in spec['args']]
        given = {one['name']: one['value'] for one in spec.get('env', [])}
        return subprocess.run([batches.PDQUANT, *words], capture_output=True, text=True, check=False,
                              env={'PATH': '/usr/bin:/bin', **given, **environment})

    def test_pods_do_all_shards(self):
        job = load('job.yaml')
        for index in range(job['spec']['completions']):
            finished = self.pod(job, JOB_COMPLETION_INDEX=str(index))
            self.assertEqual(finished.returncode, 1, finished.stderr)  # some model is bad: FailIndex
        report = self.pod(load('report.yaml'))
        self.assertTrue(report.stdout.startswith('300 models: 270 done, 30 failed\n'), report.stdout)
        self.check_result()

    def test_a_pod_without_its_index_says_so(self):
        finished = self.pod(load('job.yaml'))
        self.assertEqual(finished.returncode, 2)  # FailIndex
        self.assertIn('JOB_COMPLETION_INDEX', finished.stderr)
        finished = self.pod(load('job.yaml'), JOB_COMPLETION_INDEX='6')
        self.assertEqual(finished.returncode, 2)
        self.assertIn('JOB_COMPLETION_INDEX=6 with PDQUANT_SHARDS=6', finished.stderr)
