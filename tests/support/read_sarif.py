"""Reads SARIF reports: read_sarif.py [--schema SCHEMA] FILE...

Each result has a rule with help, a file as a URI, and a place in it. With SCHEMA, the public JSON schema of SARIF 2.1.0, validates, too."""
import json
import re
import sys
import urllib.parse

files = sys.argv[1:]
if files[0] == "--schema":
    import jsonschema

    with open(files[1], encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    files = files[2:]
else:
    validator = None

for path in files:
    with open(path, encoding="utf-8") as file:
        log = json.load(file)
    if validator:
        errors = [f"{path}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(log)]
        if errors:
            sys.exit("\n".join(errors[:5]))
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        sound = (
            rule["id"] == result["ruleId"]
            and rule["help"]["text"]
            and re.fullmatch(r"(file://)?[A-Za-z0-9._~%/-]+", uri)
            and urllib.parse.unquote_to_bytes(uri)
            and location["logicalLocations"][0]["fullyQualifiedName"]
        )
        if not sound:
            sys.exit(f"{path}: {result}")
print(len(files), "SARIF reports")
