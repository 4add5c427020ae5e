#!/usr/bin/env python3
"""Makes the bad files of testdata/wire and testdata/params: make_faults.py TESTDATA

Each is one fault in a small sound program, or in its parameters. TESTDATA/*/table.txt says what `pdquant check` makes of
it: a line with the file, the kind of fault, the exit code and the arguments, then the messages, indented. The exit codes
are said here; faults_test (PDQUANT_UPDATE=1) fills in the messages. Needs nothing but Python: the bytes are written as
protobuf's wire format has them.
"""
import os
import shutil
import sys

from bad_programs import wire
from bad_parameters import parameters, programs_of_parameters


def old_messages(path):
    """The messages that a table has already, by file."""
    messages, name = {}, None
    if os.path.exists(path):
        for line in open(path, encoding="utf-8"):
            if not line.startswith("\t"):
                name = line.split("\t")[0]
            else:
                messages.setdefault(name, []).append(line)
    return messages


def write_table(path, rows):
    messages = old_messages(path)
    with open(path, "w", encoding="utf-8") as out:
        for name, row, code, arguments in rows:
            out.write("\t".join([name, row, str(code), arguments]) + "\n")
            out.writelines(messages.get(name, []))


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if isinstance(data, str):
        os.symlink(data, path)
        return
    with open(path, "wb") as out:
        out.write(data)


def main(testdata):
    folder = os.path.join(testdata, "wire")
    shutil.rmtree(os.path.join(folder, "files"), ignore_errors=True)
    rows = []
    for name, row, code, data, more in wire():
        write(os.path.join(folder, "files", name), data)
        rows.append((name, row, code, "check " + name + more))
    write_table(os.path.join(folder, "table.txt"), rows)

    folder = os.path.join(testdata, "params", "faults")
    shutil.rmtree(os.path.join(folder, "files"), ignore_errors=True)
    for name, data in programs_of_parameters().items():
        write(os.path.join(folder, "files", name), data)
    rows = []
    for name, row, code, program_file, data in parameters():
        for part, content in (data.items() if isinstance(data, dict) else [("", data)]):
            write(os.path.join(folder, "files", name, part).rstrip("/"), content)
        rows.append((name, row, code, "check %s --params %s" % (program_file, name)))
    write_table(os.path.join(folder, "table.txt"), rows)


if __name__ == "__main__":
    main(sys.argv[1])
