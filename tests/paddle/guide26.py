"""Runs every line of a guide: Python here, in the Paddle that this Python has, and the commands with the pdquant under test.
Usage: guide26.py PDQUANT GUIDE. Ends with the line `N passed, N failed`."""
import os
import re
import subprocess
import sys
import tempfile
import traceback

pdquant, guide = (os.path.abspath(path) for path in sys.argv[1:3])
with open(guide) as file:
    blocks = re.findall(r'^```(python|console)\n(.*?)^```$', file.read(), re.M | re.S)
names = {'__name__': 'guide'}
passed = failed = 0


def run(command):
    words = command.split()
    assert words[0] == 'pdquant', command
    done = subprocess.run([pdquant] + words[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    assert done.returncode == 0, done.stdout
    return done.stdout


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for language, text in blocks:
        try:
            if language == 'python':
                exec(compile(text, guide, 'exec'), names)
            else:
                printed = [run(line[2:]) for line in text.splitlines() if line.startswith('$ ')]
                if 'transpile' in text:
                    assert all('2 of 2 products quantized: 1 conv2d, 1 matmul_v2' in line for line in printed), printed
            passed += 1
        except Exception:
            failed += 1
            traceback.print_exc(limit=3)
            print('FAILED: %s' % text.splitlines()[0])
            break
print('%d passed, %d failed' % (passed, failed))
sys.exit(1 if failed or passed != len(blocks) else 0)
