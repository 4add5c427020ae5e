"""The program ``pdquant``: where it is, how it is run, and what it says."""
import os
import re
import shutil
import subprocess
import sysconfig
from typing import List, NamedTuple, Optional, Sequence

_MESSAGE = re.compile(r'pdquant: (error|warning|note): (.*) \[([a-z0-9-]+)\]$')


class Finding(NamedTuple):
    """What there is to say about a program."""
    level: str  # 'error', 'warning' or 'note'
    code: str   # a stable word; `pdquant check --explain CODE` says more
    text: str   # the file, the place in it, what is wrong and what to try


class Error(Exception):
    """A call that failed. ``code`` is the exit code of the command: 2 a wrong option, 3 a program that can't be read or is refused, 4 reading
    or writing failed, 70 a fault of pdquant, 75 worth another try."""

    def __init__(self, code: int, findings: List[Finding], message: str) -> None:
        super().__init__(message)
        self.code = code
        self.findings = findings


def path() -> str:
    """The program: what PDQUANT_BINARY names, else the one that was installed with this package, else one on the PATH."""
    named = os.environ.get('PDQUANT_BINARY')
    if named:
        return os.path.abspath(named) if os.path.dirname(named) else named
    installed = os.path.join(sysconfig.get_path('scripts'), 'pdquant')
    found = installed if os.path.isfile(installed) else shutil.which('pdquant')
    if not found:
        raise Error(4, [], "the program 'pdquant' isn't installed; PDQUANT_BINARY may name it")
    return found


def findings(messages: str) -> List[Finding]:
    found = (_MESSAGE.match(line) for line in messages.splitlines())
    return [Finding(m.group(1), m.group(3), m.group(2)) for m in found if m]


def options(values: dict) -> List[str]:
    """Options of the command line from those of a call: weight_bits=4 is --weight-bits 4, for_test=True is --for-test, a list repeats its option."""
    words = []
    for name, value in values.items():
        option = '--' + name.replace('_', '-')
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is None or one is False:
                continue
            words.append(option if one is True else '%s=%s' % (option, one))
    return words


class Run(NamedTuple):
    code: int
    out: str
    findings: List[Finding]


def run(arguments: Sequence[str], folder: Optional[str] = None, accept: Sequence[int] = (0,)) -> Run:
    """Runs a command where the caller is: paths of its options are relative to that. What the program says of the files in `folder` names them
    without it. Raises Error for an exit code that isn't accepted."""
    try:
        done = subprocess.run([path(), *arguments, '--color=never'], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise Error(4, [], "the program '%s' can't be run: %s" % (path(), error.strerror)) from error
    said = (text.decode('utf-8', 'replace') for text in (done.stdout, done.stderr))
    out, messages = (text.replace(os.path.join(folder, ''), '') if folder else text for text in said)
    found = findings(messages)
    if done.returncode not in accept:
        errors = [f.text for f in found if f.level == 'error']
        raise Error(done.returncode, found, '; '.join(errors) or messages.strip() or 'pdquant ended with %d' % done.returncode)
    return Run(done.returncode, out, found)


def version() -> str:
    """The version of the program, such as '1.2.3'."""
    return run(['--version']).out.split()[1]
