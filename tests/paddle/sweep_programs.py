"""Puts programs that Paddle made through check, show, diff with itself, transpile with each scale, check of the result, and undo.
Usage: sweep_programs.py PDQUANT FOLDER … [--list FILE]. A FOLDER holds programs.json and what it lists (doc_examples.py).
Prints each kind of message with how often it occurs and where first; fails on those that aren't expected, which is_expected names."""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

SCALES = ['abs_max', 'range_abs_max', 'moving_average_abs_max']


def is_expected(code, line, summary):
    """Whether a message may be made of a program that Paddle wrote, of which `show` has that summary."""
    if code in ('no-version', 'duplicate-variable', 'already-quantized'):
        return True  # Paddle writes the version when it saves; one example declares a variable twice; some quantize
    if code == 'mixed-up-programs':  # the sweep transpiles startup programs, too
        return summary.get('purpose') == 'startup program'
    if code == 'gradient-without-forward':  # the backward half of a program that to_static runs as two
        return summary.get('forward_ops') == 0 and summary.get('backward_ops') != 0
    # The last line of a refusal, behind its reasons.
    return code == 'bad-input' and ("the program is quantized already" in line or "the program can't be rewritten soundly" in line)


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)


def messages(finished):
    """The errors and warnings, and what else is wrong with a run."""
    text = finished.stderr.decode('utf-8', 'replace')
    lines = [line for line in text.split('\n') if re.search(r'\b(error|warning):', line)]
    if finished.returncode < 0 or finished.returncode > 70 or (finished.returncode != 0 and not lines):
        lines.append('error: exit code %d without a message: %s [no-message]' % (finished.returncode, text[:200]))
    return lines


def sweep(pdquant, path):
    """The summary that show gives, and pairs of command and message."""
    found, summary = [], {}

    def say(command, finished):
        found.extend((command, line) for line in messages(finished))
        return finished

    checked = say('check', run(pdquant, 'check', path))
    for format in ('text', 'json', 'canonical', 'dot'):
        shown = say('show', run(pdquant, 'show', '--format', format, path))
        if shown.returncode == 0 and not shown.stdout:
            found.append(('show', 'error: nothing is written as %s [no-output]' % format))
        elif shown.returncode == 0 and format == 'json':
            summary = json.loads(shown.stdout.decode('utf-8'))['summary']
    compared = say('diff', run(pdquant, 'diff', path, path))
    if compared.returncode != 0:
        found.append(('diff', 'error: the program differs from itself [not-equal]'))
    with open(path, 'rb') as f:
        before = f.read()
    with tempfile.TemporaryDirectory() as folder:
        out, undone = os.path.join(folder, 'out.pb'), os.path.join(folder, 'undone.pb')
        for scale in SCALES:
            for stale in (out, undone):
                if os.path.exists(stale):
                    os.remove(stale)
            command = 'transpile %s' % scale
            finished = run(pdquant, 'transpile', path, '-o', out, '--activation-quantize-type', scale)
            if checked.returncode == 0:  # what check refuses, transpile refuses
                say(command, finished)
            if finished.returncode != 0 or not os.path.exists(out):
                continue
            say(command + ', check', run(pdquant, 'check', out))
            with open(out, 'rb') as f:
                if f.read() == before:
                    continue
            finished = say(command + ', undo', run(pdquant, 'undo', out, '-o', undone))
            if finished.returncode == 0:
                with open(undone, 'rb') as f:
                    if f.read() != before:
                        found.append((command + ', undo', 'error: undo gives another program [not-undone]'))
    return summary, found


def kind(line):
    """Messages that differ in names and numbers only are of one kind."""
    code = re.search(r'\[([a-z-]+)\]\s*$', line)
    text = re.sub(r"'[^']*'", "'…'", line[re.search(r'\b(error|warning):', line).start():])
    return code.group(1) if code else '', re.sub(r'\d+', 'N', text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('pdquant')
    parser.add_argument('folders', nargs='+')
    parser.add_argument('--list', help='write each message here, with its program')
    arguments = parser.parse_args()
    programs = []
    for folder in arguments.folders:
        with open(os.path.join(folder, 'programs.json')) as f:
            programs += [(os.path.join(folder, row['file']), row) for row in json.load(f)]
    kinds, unexpected, lines = {}, {}, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (path, row), (summary, found) in zip(programs, pool.map(lambda program: sweep(arguments.pdquant, program[0]), programs)):
            for command, line in found:
                code, text = kind(line)
                into = kinds if is_expected(code, line, summary) else unexpected
                count, first = into.get(text, (0, None))
                into[text] = count + 1, first or '%s (%s of %s), %s' % (path, row['program'], row['example'], command)
                lines.append('%s\t%s\t%s\t%s\n' % (path, row['example'], command, line))
    if arguments.list:
        with open(arguments.list, 'w') as f:
            f.writelines(lines)
    for mark, some in (('  ', kinds), ('! ', unexpected)):
        for text, (count, first) in sorted(some.items(), key=lambda item: -item[1][0]):
            print('%s%5d  %s\n        first: %s' % (mark, count, text, first))
    print('%d programs, %d kinds of messages that are expected, %d that are not' % (len(programs), len(kinds), len(unexpected)))
    sys.exit(1 if unexpected or not programs else 0)


if __name__ == '__main__':
    main()
