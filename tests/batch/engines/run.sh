#!/usr/bin/env bash
# What deploy/ holds on the real engines: Slurm with three virtual nodes, GNU parallel, Snakemake, the schema of
# Kubernetes. Installs them, as root or with sudo: from Debian, and from PyPI in BUILD_FOLDER. About two minutes.
# Usage: run.sh BUILD_FOLDER [ENGINE…], such as run.sh build/dev slurm; with `fetch` it only installs them
set -euo pipefail
build=$(cd "${1:?usage: run.sh BUILD_FOLDER [ENGINE…]}" && pwd)
shift
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- slurm parallel snakemake kubernetes tutorial

../../../.ci/install munge parallel slurm-wlm snakemake
environment=$build/engines
if [ ! -e "$environment/complete" ]; then
  rm -rf "$environment"
  /usr/bin/python3 -m venv "$environment"
  "$environment/bin/pip" install -q --disable-pip-version-check kubernetes-validate
  touch "$environment/complete"
fi
[ "$1" != fetch ] || exit 0
export PDQUANT=$build/tests/judged/pdquant PDQUANT_ITSELF=$build/tools/pdquant/pdquant KUBERNETES_VALIDATE=$environment/bin/kubernetes-validate PYTHONDONTWRITEBYTECODE=1
exec "$environment/bin/python" run.py "${@/#/test_}"
