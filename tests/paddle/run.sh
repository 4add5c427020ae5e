#!/usr/bin/env bash
# Runs what pdquant writes in the real Paddle, 2.6.2 and, where there is a Python 3.7, 1.8.5; what it imports in 2.6.2 and 3.3.1.
# Usage: run.sh BUILD_FOLDER [ENVIRONMENTS] [OPTION OF run.py ...]
set -euo pipefail
build=$(cd "${1:?usage: run.sh BUILD_FOLDER [ENVIRONMENTS] [OPTION OF run.py ...]}" && pwd)
shift
environments=$build/paddle
if [ $# -gt 0 ] && [ "${1#--}" = "$1" ]; then environments=$1; shift; fi
mkdir -p "$environments"
environments=$(cd "$environments" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
pdquant=$build/tests/judged/pdquant
list=$("$here/environment.sh" "$environments")
python18= python26= python33= python_onnx= failed=0
while read -r version python; do
  case $version in
    1.8.5) python18=$python ;;
    2.6.2) python26=$python ;;
    3.3.1) python33=$python ;;
    onnx) python_onnx=$python ;;
  esac
done <<<"$list"

# models VERSION PYTHON SCRIPT: trained models, frozen and brought back; Paddle's own chatter goes to a file.
models() {
  local log=$build/paddle-freeze-$1.log
  echo "== paddlepaddle $1: freeze, int8, undo"
  if "$2" "$here/freeze_corpus.py" "$pdquant" "$build/testdata/freeze" 2>"$log" && "$2" "$here/$3" "$pdquant" 2>>"$log"; then return; fi
  failed=1
  tail -n 30 "$log"
}

python3 "$here/run.py" --pdquant "$pdquant" --corpus "$build/testdata/transpile" --programs "$build/testdata/control_flow" \
  --paddle1.8 "$python18" --paddle2.6 "$python26" "$@" || failed=1
# package VERSION PYTHON: QuantizeTranspiler of the Python package, in memory.
package() {
  local log=$build/paddle-package-$1.log
  echo "== paddlepaddle $1: the Python package"
  if "$2" "$here/python_package.py" "$pdquant" "$build/testdata/transpile" 2>"$log"; then return; fi
  failed=1
  tail -n 30 "$log"
}

[ -z "$python18" ] || models 1.8.5 "$python18" freeze.py
models 2.6.2 "$python26" freeze26.py

# trained SCRIPT ARGUMENTS…: programs of 2.6.2, trained there.
trained() {
  local log=$build/paddle-${1%.py}.log
  echo "== paddlepaddle 2.6.2: $1"
  "$python26" "$here/$1" "$pdquant" "${@:2}" 2>"$log" || { failed=1; tail -n 30 "$log"; }
}
if [ -n "${PDQUANT_THOROUGH:-}" ]; then  # in .ci/nightly
  trained static26.py "$build/testdata/static" --nightly
  trained passes26.py "$build/testdata/static"
else
  trained static26.py "$build/testdata/static" --only conv1d encoder_tied
fi
window_mean() {
  local log=$build/paddle-window-mean-$1.log
  echo "== paddlepaddle $1: the mean of a window as scale"
  "$2" "$here/window_mean.py" "$pdquant" 2>"$log" || { failed=1; tail -n 30 "$log"; }
}
[ -z "$python18" ] || window_mean 1.8.5 "$python18"
window_mean 2.6.2 "$python26"
trained quantize.py "$build/testdata/inference"
# observe VERSION PYTHON [MODEL…]: observed models, their ranges and histograms.
observe() {
  local log=$build/paddle-observe-$1.log version=$1 python=$2
  shift 2
  echo "== paddlepaddle $version: observed models"
  "$python" "$here/observe.py" "$pdquant" "$build/testdata/inference" "$build/testdata/freeze" "$@" 2>"$log" || { failed=1; tail -n 30 "$log"; }
}
if [ -n "${PDQUANT_THOROUGH:-}" ]; then
  [ -z "$python18" ] || observe 1.8.5 "$python18"
  observe 2.6.2 "$python26"
  observe 3.3.1 "$python33"
  observe onnx "$python_onnx"
else
  observe 2.6.2 "$python26" lenet attention mobile
fi
trained guide26.py "$here/../../docs/guide/training-2x.md"
[ -z "$python18" ] || package 1.8.5 "$python18"
package 2.6.2 "$python26"
package 3.3.1 "$python33"
echo "== programs of Paddle 3, imported"
imported() { "$python26" "$here/import_pir.py" "$pdquant" "$1" "$python26" "$python33" || failed=1; }
imported "$build/testdata/pir"
if [ -n "${PDQUANT_THOROUGH:-}" ]; then
  "$python33" "$here/pir_networks.py" "$build/paddle-pir" 2>"$build/paddle-pir.log" || { tail -n 30 "$build/paddle-pir.log"; failed=1; }
  imported "$build/paddle-pir"
fi
exit $failed
