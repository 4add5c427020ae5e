#!/usr/bin/env bash
# Runs what pdquant writes in the real Paddle, 2.6.2 and, where there is a Python 3.7, 1.8.5. Usage: run.sh BUILD_FOLDER [ENVIRONMENTS]
set -euo pipefail
build=$(cd "${1:?usage: run.sh BUILD_FOLDER [ENVIRONMENTS]}" && pwd)
environments=${2:-$build/paddle}
cd "$(dirname "$0")"
list=$(./environment.sh "$environments")
failed=0
while read -r version python; do
  echo "== paddlepaddle $version"
  "$python" train.py "$build/tools/pdquant/pdquant" "$build/testdata/transpile" 2>"$build/paddle-$version.log" || failed=1
  "$python" freeze_corpus.py "$build/tools/pdquant/pdquant" "$build/testdata/freeze" 2>>"$build/paddle-$version.log" || failed=1
  freeze=freeze.py
  [ "$version" = 1.8.5 ] || freeze=freeze26.py
  "$python" $freeze "$build/tools/pdquant/pdquant" 2>>"$build/paddle-$version.log" || failed=1
done <<<"$list"
[ $failed = 0 ] || { tail -n 30 "$build"/paddle-*.log; exit 1; }
