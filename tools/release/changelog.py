#!/usr/bin/env python3
"""Gives what is unreleased in CHANGELOG.md the heading of a release; a changelog that has the release already stays as it is.
Usage: changelog.py CHANGELOG VERSION DATE"""
import pathlib
import re
import sys

path, version, date = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
text = path.read_text()
if re.search(rf'^## {re.escape(version)}( |$)', text, re.M):
    sys.exit(0)
made, count = re.subn(r'^## Unreleased$', f'## Unreleased\n\n## {version} ({date})', text, count=1, flags=re.M)
if count != 1:
    sys.exit(f'{path}: there is no "## Unreleased"')
path.write_text(made)
