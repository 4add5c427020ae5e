#!/usr/bin/env bash
# The reports of check against public schemas and other people's readers: SARIF 2.1.0 as npm's @microsoft/jest-sarif has its schema, JUnit with
# PyPI's junitparser. Usage: public_schemas.sh BUILD_FOLDER [fetch]; with `fetch` it only installs what it needs.
set -euo pipefail
build=$(cd "${1:?usage: public_schemas.sh BUILD_FOLDER [fetch]}" && pwd)
source=$(cd "$(dirname "$0")/../.." && pwd)
pdquant=$build/tests/judged/pdquant
mkdir -p "$build/schemas/reports"
cd "$build/schemas"

[ -x venv/bin/python ] || python3 -m venv venv
venv/bin/pip install -q jsonschema==4.10.3 junitparser==3.2.0
schema=package/lib/schemas/sarif-2.1.0-rtm.5.json
if [ ! -e "$schema" ] && command -v npm >/dev/null; then
  tar xzf "$(npm pack --silent @microsoft/jest-sarif@1.0.0-beta.0)"
fi
[ "${2-}" != fetch ] || exit 0

report() { "$pdquant" check "$@" 2>/dev/null || [ $? -le 3 ]; }
rm -f reports/*
for file in "$source"/testdata/wire/files/*.pb; do
  name=$(basename "$file")
  report --format sarif "$file" >"reports/$name.sarif"
  report --format junit "$file" >"reports/$name.xml"
done
if [ -e "$schema" ]; then
  venv/bin/python "$source/tests/support/read_sarif.py" --schema "$schema" reports/*.sarif
else
  echo "!! SARIF against its public schema IS NOT TESTED: there is no npm to get it with." >&2
fi
venv/bin/python - reports/*.xml <<'PYTHON'
import sys
from junitparser import JUnitXml
cases = sum(len(list(JUnitXml.fromfile(path))) for path in sys.argv[1:])
print(len(sys.argv) - 1, "JUnit reports with", cases, "cases")
PYTHON
