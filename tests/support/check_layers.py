"""Each folder of src/ may include itself and those above it in src/CMakeLists.txt, and holds no more files than one can look over; a
header's type has a name of its own (two of one name in one program are no error for the linker, and take each other's memory apart).
Usage: check_layers.py SRC. Prints each include that goes up, each folder that is too large, and each name that two types have."""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
order = re.findall(r'^pdquant_room\((\w+)', (source / 'CMakeLists.txt').read_text(), re.M)
assert order and set(order) == {p.name for p in source.iterdir() if p.is_dir()}, 'src/CMakeLists.txt lists other folders than there are'
wrong = files = 0
for folder in order:
    for path in sorted((source / folder).rglob('*.[ch]*')):
        files += 1
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'#include "(\w+)/', line)
            if match and match[1] in order and order.index(match[1]) > order.index(folder):
                wrong += 1
                print(f'{path.relative_to(source)}:{number}: {folder} comes before {match[1]} and may not use it')
assert files, 'no files'
MOST_FILES = 32
for folder in sorted(p for p in source.rglob('*') if p.is_dir()):
    count = sum(1 for path in folder.iterdir() if path.is_file())
    if count > MOST_FILES:
        wrong += 1
        print(f'{folder.relative_to(source)}: {count} files; a folder has at most {MOST_FILES}')
homes = {}
for path in sorted(source.rglob('*.h')):
    space = ''
    for line in path.read_text().splitlines():
        if match := re.match(r'namespace ([\w:]+) \{', line):
            space = match[1]
        elif match := re.match(r'(?:struct|class|union|enum class) (\w+)[^;]*\{', line):
            home = homes.setdefault(f'{space}::{match[1]}', path.relative_to(source))
            if home != path.relative_to(source):
                wrong += 1
                print(f'{space}::{match[1]} is declared in {home} and in {path.relative_to(source)}')
sys.exit(1 if wrong else 0)
