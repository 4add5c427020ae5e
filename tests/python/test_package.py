"""The package on bytes and files: no Paddle is needed."""
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import pdquant
from pdquant import _program, _tensors

CORPUS = os.environ['PDQUANT_CORPUS']
FREEZE_CORPUS = os.environ['PDQUANT_FREEZE_CORPUS']


def read(*parts):
    with open(os.path.join(*parts), 'rb') as f:
        return f.read()


class Transpile(unittest.TestCase):
    # Expected from QuantizeTranspiler of paddlepaddle 1.8.5, which leaves op_role_var as it was.
    def test_is_as_the_reference(self):
        for options, config in (({}, 'abs_max'), (dict(weight_bits=4, activation_bits=6), 'w4a6')):
            made = pdquant.transpile(read(CORPUS, 'mlp/main.pb'), read(CORPUS, 'mlp/startup.pb'), **options)
            for what, program in (('main.pb', made.main), ('startup.pb', made.startup)):
                self.assertTrue(pdquant.diff(program, read(CORPUS, 'mlp', config, what), ignore='op_role_var')['equal'])
            self.assertEqual(made.report['options']['weight_bits'], options.get('weight_bits', 8))
            self.assertEqual(made.findings, [])

    def test_without_a_startup_program(self):
        made = pdquant.transpile(read(CORPUS, 'mlp/main.pb'), for_test=True)
        self.assertIsNone(made.startup)
        self.assertEqual([f for f in pdquant.check(made.main) if f.level == 'error'], [])

    def test_errors(self):
        main = read(CORPUS, 'mlp/main.pb')
        with self.assertRaises(pdquant.Error) as raised:
            pdquant.transpile(pdquant.transpile(main).main)
        self.assertEqual(raised.exception.code, 3)
        self.assertIn('already-quantized', {f.code for f in raised.exception.findings})
        for program, options, code in ((b'hello', {}, 3), (b'', {}, 3), (main, dict(weight_bits=17), 2), (main, dict(colour='red'), 2)):
            with self.assertRaises(pdquant.Error) as raised:
                pdquant.transpile(program, **options)
            self.assertEqual(raised.exception.code, code)
            self.assertTrue(str(raised.exception))

    def test_a_program_that_is_not_there(self):
        with unittest.mock.patch.dict(os.environ, PDQUANT_BINARY='/none/pdquant'):
            with self.assertRaisesRegex(pdquant.Error, "'/none/pdquant' can't be run: No such file"):
                pdquant.version()

    # Options, and the program itself, are named as the caller sees them; in messages the programs have no folder.
    def test_relative_paths(self):
        main = read(CORPUS, 'mlp/main.pb')
        before = os.getcwd()
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(os.path.abspath(_program.path()), os.path.join(folder, 'other'))
            with open(os.path.join(folder, 'conf.toml'), 'w') as f:
                f.write("[transpile]\nrules = 'rules.toml'\n")
            with open(os.path.join(folder, 'rules.toml'), 'w') as f:
                f.write("[[rule]]\ntype = 'mul'\nkeep = 'float'\n")
            os.chdir(folder)
            try:
                with unittest.mock.patch.dict(os.environ, PDQUANT_BINARY='./other'):
                    for options in (dict(config='conf.toml'), dict(rules='rules.toml')):
                        self.assertEqual(pdquant.transpile(main, **options).report['pairs'], [])
                    self.assertEqual(pdquant.diff(main, main)['a'], 'a')
                    with self.assertRaisesRegex(pdquant.Error, "^'program': "):
                        pdquant.check(b'hello')
            finally:
                os.chdir(before)


class CheckAndDiff(unittest.TestCase):
    def test_findings(self):
        main = read(CORPUS, 'mlp/main.pb')
        self.assertEqual(pdquant.check(main), [])
        found = pdquant.check(main, target='onednn')
        self.assertIn('target-training-op', {f.code for f in found})
        self.assertTrue(all(f.level == 'error' and f.text for f in found))

    def test_difference(self):
        main = read(CORPUS, 'mlp/main.pb')
        self.assertTrue(pdquant.diff(main, main)['equal'])
        self.assertFalse(pdquant.diff(main, pdquant.transpile(main).main)['equal'])


class Models(unittest.TestCase):
    def test_freeze_int8_undo(self):
        with tempfile.TemporaryDirectory() as folder:
            model = os.path.join(FREEZE_CORPUS, 'mlp/abs_max/quant')
            steps = [pdquant.freeze, pdquant.int8, pdquant.undo]
            source = dict(model=os.path.join(model, 'model.pb'), params=os.path.join(model, 'params'))
            for step in steps:
                out = os.path.join(folder, step.__name__)
                report = step(**source, out=out + '.pb', params_out=out + '.params')
                self.assertEqual((report['schema'], report['command']), ('pdquant-model-report', step.__name__))
                source = dict(model=out + '.pb', params=out + '.params')
            left = pdquant.check(read(folder, 'undo.pb'), params=os.path.join(folder, 'undo.params'))
            self.assertEqual([f for f in left if f.level == 'error'], [])
            with self.assertRaises(pdquant.Error):
                pdquant.int8(**source, out=os.path.join(folder, 'again.pb'), params_out=os.path.join(folder, 'again'))


class Words(unittest.TestCase):
    def test_options(self):
        self.assertEqual(_program.options(dict(weight_bits=4, for_test=True, in_place=False, skip=['a', 'b'], startup=None)),
                         ['--weight-bits=4', '--for-test', '--skip=a', '--skip=b'])

    def test_findings(self):
        self.assertEqual(_program.findings("pdquant: warning: 'x': a [b]\nnoise\npdquant: error: c; d [e-f]\n"),
                         [('warning', 'b', "'x': a"), ('error', 'e-f', 'c; d')])


class Import(unittest.TestCase):
    def test_needs_no_other_package(self):
        code = ("import sys; sys.modules.update(paddle=None, numpy=None); import pdquant; pdquant.QuantizeTranspiler(); "
                "print(pdquant.version())")
        done = subprocess.run([sys.executable, '-c', code], stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.decode().strip(), pdquant.version())

    def test_wrong_kinds_of_scale(self):
        with self.assertRaises(ValueError):
            pdquant.QuantizeTranspiler(weight_quantize_type='best')


class Tensors(unittest.TestCase):
    # One float32 of shape [1], 0.5, as paddlepaddle 1.8.5 saves it.
    FILE = bytes.fromhex('00000000 0000000000000000 00000000 04000000 0805 1001 0000003f'.replace(' ', ''))

    def test_numbers_of_any_size(self):
        for value in (0, 1, 127, 128, 300, 1 << 40):
            self.assertEqual(_tensors._read_varint(_tensors._varint(value), 0)[0], value)

    def test_file(self):
        try:
            import numpy
        except ImportError:
            self.skipTest('numpy is not installed here; tests/paddle runs it')
        self.assertEqual(_tensors.encode(numpy.array([0.5], numpy.float32)), self.FILE)
        self.assertEqual(_tensors.decode(self.FILE).tolist(), [0.5])


if __name__ == '__main__':
    unittest.main()
