"""Runs the tests of the engines that are named on the command line, and counts them."""
import sys
import unittest

result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:]))
failed = len(result.failures) + len(result.errors)
print(f'{result.testsRun - failed - len(result.skipped)} passed, {failed} failed')
sys.exit(failed != 0)
