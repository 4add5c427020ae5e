#!/usr/bin/env bash
# Installs a build into a folder of its own, builds the example program against that, and compares what it makes with what the
# installed program makes. Usage: installed.sh SOURCE BUILD COMPILER SANITIZERS
set -euo pipefail
source=$1 build=$2 compiler=$3 sanitizers=$4
if [ -n "$sanitizers" ]; then
  echo "SKIPPED: who links an archive with sanitizers has to be built with them, too."
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --install "$build" --prefix "$folder/usr" >/dev/null
cp -r "$source/examples/transpile" "$folder/example"
cmake -S "$folder/example" -B "$folder/build" -DCMAKE_PREFIX_PATH="$folder/usr" -DCMAKE_CXX_COMPILER="$compiler" >/dev/null
cmake --build "$folder/build"
main=$build/testdata/transpile/mlp/main.pb
"$folder/build/transpile_in_process" "$main" "$folder/in_process.pb"
"$folder/usr/bin/pdquant" transpile "$main" -o "$folder/command.pb" -q --weight-bits 4 --activation-quantize-type moving_average_abs_max
cmp "$folder/in_process.pb" "$folder/command.pb"
