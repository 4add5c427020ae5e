"""Checks JSON files against a JSON schema. Usage: validate_json.py SCHEMA FILE...
Exits 77 where jsonschema (Debian: python3-jsonschema) isn't installed."""
import json
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
validator = jsonschema.validators.validator_for(schema)(schema)
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        errors = sorted(validator.iter_errors(json.load(file)), key=lambda error: list(map(str, error.path)))
    for error in errors[:5]:
        print(f"{path}: {error.json_path}: {error.message[:300]}")
    if errors:
        sys.exit(1)
