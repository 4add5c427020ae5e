"""No test calls pdquant past what is asked of every call (call_faults.h). Usage: check_calls.py TESTS. Prints each line that names the program itself."""
import pathlib
import re
import sys

# Those that ask it, and those that can't be asked: a process that a signal ends, a job of an engine, a copy of the program.
HOMES = {
    'cli/process.cc', 'batch/batch_testing.cc', 'support/call_faults.cc', 'support/judged_pdquant.cc', 'support/check_calls.py', 'support/CMakeLists.txt',
    'batch/kills.py', 'batch/engines/run.sh',
    'paddle/python_package.py', 'python/CMakeLists.txt', 'python/test_package.py',  # compare the package with the program
}
ALLOWED = {
    ('cli/shell/standard_streams_test.cc', 'execl('),  # ends by a signal
    ('cli/commands/git_setup_command_test.cc', 'strace'),  # judged behind it
    ('cli/transpile_files_test.cc', 'nobody may run'),
    ('batch/batch_run_test.cc', 'nobody may run'),
}

tests = pathlib.Path(sys.argv[1])
wrong = files = 0
for path in sorted(tests.rglob('*')):
    relative = str(path.relative_to(tests))
    if path.suffix not in ('.cc', '.h', '.py', '.sh', '.txt') or relative in HOMES:
        continue
    files += 1
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if re.search(r'PDQUANT_BINARY|tools/pdquant/pdquant|TARGET_FILE:pdquant>', line) and not any(relative == file and text in line for file, text in ALLOWED):
            wrong += 1
            print(f'{relative}:{number}: call {"tests/judged/pdquant"} or through CommandTest')
assert files, 'no files'
sys.exit(1 if wrong else 0)
