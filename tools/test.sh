#!/usr/bin/env bash
# Installs what is missing, builds pdquant and its tests, and runs them. Usage: tools/test.sh
set -euo pipefail
cd "$(dirname "$0")/.."
.ci/setup test
cmake --preset dev >/dev/null
cmake --build --preset dev
ctest --preset dev
