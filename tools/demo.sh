#!/usr/bin/env bash
# Installs what is missing, builds pdquant, and transpiles a sample. Usage: tools/demo.sh
set -euo pipefail
cd "$(dirname "$0")/.."
.ci/setup build
cmake --preset release >/dev/null
cmake --build --preset release --target pdquant
pdquant=build/release/tools/pdquant/pdquant
sample=testdata/paddle/transpile/mlp
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

echo; echo "== before"
"$pdquant" show "$sample/main.pb" --list ops | sed -n 1,8p
echo; echo "== pdquant transpile $sample/main.pb -o main.pb --startup $sample/startup.pb --startup-out startup.pb"
"$pdquant" transpile "$sample/main.pb" -o "$out/main.pb" --startup "$sample/startup.pb" --startup-out "$out/startup.pb" \
  --activation-quantize-type moving_average_abs_max
echo; echo "== after"
"$pdquant" show "$out/main.pb" --list ops | sed -n 1,16p
"$pdquant" check "$out/main.pb"
