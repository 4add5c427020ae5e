#!/usr/bin/env bash
# Makes Python environments with the real Paddle, from PyPI, in a folder that is kept from run to run.
# Usage: environment.sh FOLDER. Prints a line for each that is there: `2.6.2 PYTHON`, `3.3.1 PYTHON`, `1.8.5 PYTHON` where a Python 3.7
# is found, and with PDQUANT_THOROUGH `onnx PYTHON`: 2.6.2 with Paddle2ONNX and ONNX Runtime; `engines PYTHON`: with a newer Paddle2ONNX, and
# OpenVINO; `lite PYTHON` where a Python 3.7 is found: Paddle-Lite.
set -euo pipefail
folder=${1:?usage: environment.sh FOLDER}
mkdir -p "$folder"

# make NAME PYTHON PIP_ARGUMENTS…: a virtual environment, whole or not at all.
make() {
  local name=$1 python=$2; shift 2
  [ -e "$folder/$name/complete" ] && return
  rm -rf "${folder:?}/$name"
  "$python" -m venv "$folder/$name"
  local arguments
  for arguments in "$@"; do
    # shellcheck disable=SC2086 # one string holds the arguments of one call
    "$folder/$name/bin/pip" install -q --disable-pip-version-check $arguments >&2
  done
  touch "$folder/$name/complete"
}

make 2.6.2 /usr/bin/python3 "paddlepaddle==2.6.2 numpy<2 setuptools protobuf==3.20.3"
echo "2.6.2 $folder/2.6.2/bin/python"

make 3.3.1 /usr/bin/python3 "paddlepaddle==3.3.1 numpy<2 setuptools protobuf==3.20.3"
echo "3.3.1 $folder/3.3.1/bin/python"

if [ -n "${PDQUANT_THOROUGH:-}" ]; then
  make onnx /usr/bin/python3 "paddlepaddle==2.6.2 numpy<2 setuptools" "paddle2onnx==1.2.11 onnxruntime numpy<2"
  echo "onnx $folder/onnx/bin/python"
  make engines /usr/bin/python3 "paddlepaddle==2.6.2 numpy<2 setuptools" "paddle2onnx==1.3.1 onnxruntime openvino==2026.4.1 numpy<2"
  echo "engines $folder/engines/bin/python"
fi

python37=
for candidate in "$(command -v python3.7 || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.7.*/bin/python3.7; do
  if [ -x "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 7))' 2>/dev/null; then python37=$candidate; break; fi
done
if [ -z "$python37" ]; then
  echo "No Python 3.7 here: what needs paddlepaddle 1.8.5 IS NOT TESTED." >&2
  exit 0
fi
make 1.8.5 "$python37" "--no-deps paddlepaddle==1.8.5" \
  "--prefer-binary numpy<1.22 protobuf==3.20.3 six decorator requests Pillow scipy opencv-python-headless==4.5.5.64 astor gast==0.3.3 graphviz nltk rarfile prettytable pyyaml objgraph matplotlib funcsigs pandas tqdm"
echo "1.8.5 $folder/1.8.5/bin/python"
if [ -n "${PDQUANT_THOROUGH:-}" ]; then
  make lite "$python37" "paddlelite==2.12 numpy<1.22"
  echo "lite $folder/lite/bin/python"
fi
