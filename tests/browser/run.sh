#!/usr/bin/env bash
# The pages of show and diff in a real browser: Debian's Chromium, without a window, led by playwright-core, which is installed in
# BUILD_FOLDER/browser from npm. About a minute.
# Usage: run.sh BUILD_FOLDER             tests
#        run.sh BUILD_FOLDER fetch       installs only
#        run.sh BUILD_FOLDER pictures    makes the pictures of docs/pictures that show pages
set -euo pipefail
build=$(cd "${1:?usage: run.sh BUILD_FOLDER [fetch|pictures]}" && pwd)
cd "$(dirname "$0")"

packages=(chromium fonts-dejavu-core)
command -v npm >/dev/null || packages+=(npm)
[ "${2-}" = pictures ] && packages+=(pngquant)
../../.ci/install "${packages[@]}"
if [ ! -e "$build/browser/complete" ]; then
  mkdir -p "$build/browser"
  npm install --silent --no-audit --no-fund --prefix "$build/browser" playwright-core@1.65.1
  touch "$build/browser/complete"
fi
[ "${2-}" != fetch ] || exit 0
export PDQUANT=$build/tests/judged/pdquant PDQUANT_CORPUS=$build/testdata PDQUANT_TESTDATA=$PWD/../../testdata
export PDQUANT_PLAYWRIGHT=$build/browser/node_modules/playwright-core/index.mjs PDQUANT_PUBLIC_MODELS=$build/public_models
if [ "${2-}" = pictures ]; then
  node pictures.mjs
  exec pngquant --force --ext .png --strip 96 ../../docs/pictures/html-*.png
fi
exec node --test --test-concurrency=1 pages.test.mjs
