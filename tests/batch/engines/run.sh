#!/usr/bin/env bash
# What deploy/ holds on the real engines: Slurm with three virtual nodes, GNU parallel, Snakemake, the schema of
# Kubernetes. Installs them, as root or with sudo: from Debian, and from PyPI in BUILD_FOLDER. About two minutes.
# Usage: run.sh BUILD_FOLDER [ENGINE…], such as run.sh build/dev slurm
set -euo pipefail
build=$(cd "${1:?usage: run.sh BUILD_FOLDER [ENGINE…]}" && pwd)
shift
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- slurm parallel snakemake kubernetes tutorial

missing=()
for package in munge parallel slurm-wlm snakemake; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
environment=$build/engines
if [ ! -e "$environment/complete" ]; then
  rm -rf "$environment"
  /usr/bin/python3 -m venv "$environment"
  "$environment/bin/pip" install -q --disable-pip-version-check kubernetes-validate
  touch "$environment/complete"
fi
export PDQUANT=$build/tests/judged/pdquant PDQUANT_ITSELF=$build/tools/pdquant/pdquant KUBERNETES_VALIDATE=$environment/bin/kubernetes-validate PYTHONDONTWRITEBYTECODE=1
exec "$environment/bin/python" run.py "${@/#/test_}"
