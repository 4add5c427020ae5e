#!/usr/bin/env bash
# Builds the wheel, installs it into an environment of its own, and runs the tests of the package with the program that came with it.
# Usage: wheel.sh BUILD_WITH_TESTDATA [BUILD_FOLDER_FOR_THE_WHEEL]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:?usage: wheel.sh BUILD_WITH_TESTDATA [BUILD_FOLDER_FOR_THE_WHEEL]}" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
/usr/bin/python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check numpy
"$folder/venv/bin/pip" wheel -q --disable-pip-version-check --no-deps -w "$folder" ${2:+-C build-dir="$2"} "$here/../.."
ls "$folder"/pdquant-*-py3-none-linux_*.whl
"$folder/venv/bin/pip" install -q --disable-pip-version-check "$folder"/pdquant-*.whl
file=$folder/venv/bin/pdquant
[ "$(head -c 4 "$file" | tail -c 3)" = ELF ] || { echo "$file is not the program itself"; exit 1; }
cd "$here"
PYTHONDONTWRITEBYTECODE=1 PDQUANT_CORPUS=$build/testdata/transpile PDQUANT_FREEZE_CORPUS=$build/testdata/freeze \
  "$folder/venv/bin/python" -m unittest test_package
