#!/usr/bin/env bash
# Runs what pdquant writes in the real Paddle, 2.6.2 and, where there is a Python 3.7, 1.8.5.
# Usage: run.sh BUILD_FOLDER [ENVIRONMENTS] [OPTION OF run.py ...]
set -euo pipefail
build=$(cd "${1:?usage: run.sh BUILD_FOLDER [ENVIRONMENTS] [OPTION OF run.py ...]}" && pwd)
shift
environments=$build/paddle
if [ $# -gt 0 ] && [ "${1#--}" = "$1" ]; then environments=$1; shift; fi
here=$(cd "$(dirname "$0")" && pwd)
pdquant=$build/tools/pdquant/pdquant
list=$("$here/environment.sh" "$environments")
python18= python26=
while read -r version python; do
  case $version in
    1.8.5) python18=$python ;;
    2.6.2) python26=$python ;;
  esac
done <<<"$list"

failed=0
python3 "$here/run.py" --pdquant "$pdquant" --corpus "$build/testdata/transpile" --programs "$build/testdata/control_flow" \
  --paddle1.8 "$python18" --paddle2.6 "$python26" "$@" || failed=1
if [ -n "$python18" ]; then
  "$python18" "$here/freeze.py" "$pdquant" 2>"$build/paddle-freeze.log" || { failed=1; tail -n 30 "$build/paddle-freeze.log"; }
fi
exit $failed
