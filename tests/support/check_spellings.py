"""Only src/paddle spells Paddle's ops, slots and attributes. Usage: check_spellings.py SRC. Prints each of its names that stands quoted elsewhere."""
import pathlib
import re
import sys

# Words of English too, which mean nothing of Paddle's where they stand in a message or as a key of JSON.
ORDINARY = {'axis', 'feed', 'fetch', 'lite', 'max', 'min', 'onnx', 'paddle', 'parameters', 'quantize', 'scales', 'shape', 'step', 'value', 'while', '_'}
# (file, name): where a name stands elsewhere all the same. At most five.
EXCEPTIONS = {
    ('ir/index.cc', 'op_role'),  # the index lies below the facts, and reads this one attribute for them
    ('quantize/transpile/transpile_report.cc', 'window_size'),  # keys of JSON, which its schema fixes
    ('quantize/transpile/transpile_report.cc', 'moving_rate'),
    ('quantize/transpile/transpile_report.cc', 'activation_bits'),
    ('cli/shell/option_list.cc', 'X'),  # of an option's help
}
# Enumerations of the schema and names of runtimes are no spellings of ops; a gradient's suffix is.
NAME = re.compile(r'[A-Za-z@_][\w@]*')


def literals(line):
    return re.findall(r'"((?:[^"\\]|\\.)*)"', re.sub(r'//.*', '', line)) if not line.startswith('#include') else []


source = pathlib.Path(sys.argv[1])
spelled = set()
for name in ('names.h', 'names.cc', 'scale_rows.cc', 'quantizable_ops.cc', 'quantization_ops.cc', 'quantization_ops.h', 'control_ops.cc', 'runtimes/runtimes.cc'):
    for line in (source / 'paddle' / name).read_text().splitlines():
        spelled |= {text for text in literals(line) if NAME.fullmatch(text)}
assert {'conv2d', 'X', 'is_test', '_grad', 'while'} <= spelled and len(EXCEPTIONS) <= 5
spelled -= ORDINARY
wrong = files = 0
for path in sorted(source.rglob('*.[ch]*')):
    relative = path.relative_to(source)
    if relative.parts[0] == 'paddle':
        continue
    files += 1
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for text in literals(line):
            if text in spelled and (str(relative), text) not in EXCEPTIONS:
                wrong += 1
                print(f'{relative}:{number}: "{text}" is a name of Paddle: take the constant of src/paddle')
assert files, 'no files'
sys.exit(1 if wrong else 0)
