"""Runs the code examples of Paddle's own documentation strings, and keeps every program that they make.
Usage: doc_examples.py OUT [SECONDS]. Each example runs in a process of its own, without a network, for so many seconds (10). OUT gets the
programs, each once, as NUMBER.pb, and programs.json: of each the example and what it was there (main, startup or other)."""
import contextlib
import ctypes
import doctest
import gc
import hashlib
import importlib
import inspect
import json
import os
import pkgutil
import re
import resource
import shutil
import signal
import sys
import tempfile
import textwrap
import time

import paddle
if paddle.__version__.startswith('2'):
    from paddle.base import framework
else:
    from paddle.fluid import framework

from programs import parse

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
FIRST_LINE = re.compile(r'^([ \t]*)\.\. code-block:: *python3?[ \t]*$', re.M)


def modules():
    """All that Paddle's packages hold, as far as it can be imported."""
    yield paddle
    for found in pkgutil.walk_packages(paddle.__path__, 'paddle.', onerror=lambda name: None):
        if re.search(r'\b(tests?|libs|__main__)\b', found.name):
            continue
        with contextlib.suppress(Exception, SystemExit):
            yield importlib.import_module(found.name)


def documented(holder, prefix, depth=0):
    for name, member in sorted(vars(holder).items()):
        home = getattr(member, '__module__', None) or ''
        if not (callable(member) or isinstance(member, property)) or not (home.startswith('paddle') or isinstance(member, property)):
            continue
        yield '%s.%s' % (prefix, name), inspect.getdoc(member) or ''
        if inspect.isclass(member) and depth == 0:
            for entry in documented(member, '%s.%s' % (prefix, name), 1):
                yield entry


def blocks(text):
    """The code of a documentation string: of each code block, prompts removed."""
    for match in FIRST_LINE.finditer(text):
        lines = text[match.end():].split('\n')[1:]
        code = []
        for line in lines:
            if line.strip() and len(line) - len(line.lstrip()) <= len(match.group(1)):
                break
            code.append(line)
        code = textwrap.dedent('\n'.join(code)).strip('\n')
        if '>>>' in code:
            with contextlib.suppress(ValueError):
                code = ''.join(example.source for example in doctest.DocTestParser().get_examples(code))
        if code.strip():
            yield code + '\n'


def examples():
    """Name and code, each code once."""
    seen = set()
    for module in modules():
        for name, text in documented(module, module.__name__):
            for number, code in enumerate(blocks(text)):
                if code not in seen:
                    seen.add(code)
                    yield '%s #%d' % (name, number), code


def serialize(program):
    """As Paddle does, without stack traces: they hold paths of the machine."""
    desc = parse(program.desc.serialize_to_string())
    for block in desc.blocks:
        for op in block.ops:
            for attr in op.attrs:
                if attr.name == 'op_callstack':
                    del attr.strings[:]
    return desc.SerializeToString() if any(b.ops or b.vars for b in desc.blocks) else b''


def run(code, folder, seconds):
    """Runs the example, in this process; its programs go to the folder, whatever becomes of it."""
    os.chdir(tempfile.mkdtemp(dir=folder))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    kept = []  # also those that the example drops
    init = framework.Program.__init__

    def keep(self, *arguments, **named):
        init(self, *arguments, **named)
        kept.append(self)
    framework.Program.__init__ = keep

    def stop(*_):
        raise TimeoutError
    signal.signal(signal.SIGALRM, stop)
    signal.signal(signal.SIGXCPU, stop)
    signal.alarm(seconds)
    try:
        exec(compile(code, 'example', 'exec'), {'__name__': '__main__'})
    except BaseException:  # an example may need a GPU, the network, or be wrong; what it built until then counts
        pass
    signal.alarm(0)
    main, startup = framework.default_main_program(), framework.default_startup_program()
    programs = [main, startup] + kept + [o for o in gc.get_objects() if isinstance(o, framework.Program)]
    done = set()
    for program in programs:
        if id(program) in done:
            continue
        done.add(id(program))
        with contextlib.suppress(Exception):
            data = serialize(program)
            if data:
                kind = 'main' if program is main else 'startup' if program is startup else 'other'
                with open(os.path.join(folder, '%02d.%s' % (len(done), kind)), 'wb') as f:
                    f.write(data)


def run_apart(code, seconds):
    """Kind and bytes of each program of the example."""
    folder = tempfile.mkdtemp()
    try:
        child = os.fork()
        if child == 0:
            os.setsid()
            try:
                run(code, folder, seconds)
            finally:
                os._exit(0)
        deadline = time.time() + seconds + 2  # what hangs outside Python hears no alarm
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            if time.time() > deadline:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                break
            time.sleep(0.01)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what the example started
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, 'rb') as f:
                    yield name.split('.')[1], f.read()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    out, seconds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10
    os.makedirs(out, exist_ok=True)
    os.chdir(tempfile.mkdtemp())  # some modules write files where they are imported
    rows, seen, count = [], set(), 0
    all_examples = list(examples())
    gc.collect()
    gc.freeze()  # so that the collector of a child doesn't copy the memory of this process
    for name, code in all_examples:
        count += 1
        for kind, data in run_apart(code, seconds):
            digest = hashlib.sha256(data).digest()
            if digest in seen:
                continue
            seen.add(digest)
            file = '%04d.pb' % len(rows)
            with open(os.path.join(out, file), 'wb') as f:
                f.write(data)
            rows.append(dict(file=file, example=name, program=kind))
    with open(os.path.join(out, 'programs.json'), 'w') as f:
        json.dump(rows, f, indent=1)
        f.write('\n')
    print('paddlepaddle %s: %d examples, %d programs' % (paddle.__version__, count, len(rows)))
    if not rows:
        sys.exit('no example made a program')


if __name__ == '__main__':
    main()
