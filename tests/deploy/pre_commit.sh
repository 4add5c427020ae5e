#!/usr/bin/env bash
# The hooks of .pre-commit-hooks.yaml, as the last commit has them, run by pre-commit itself, which is installed from PyPI in BUILD_FOLDER.
# Usage: pre_commit.sh BUILD_FOLDER
set -euo pipefail
build=$(cd "${1:?usage: pre_commit.sh BUILD_FOLDER}" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
tools=$build/pre-commit
[ -e "$tools/complete" ] || { python3 -m venv "$tools" && "$tools/bin/pip" install -q --disable-pip-version-check pre-commit==4.3.0 && touch "$tools/complete"; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PRE_COMMIT_HOME=$folder/cache GIT_CONFIG_GLOBAL=$folder/gitconfig PATH=$build/tools/pdquant:$tools/bin:$PATH
git config --global user.name test
git config --global user.email test@example.com
git config --global --add safe.directory "*"
git init -q "$folder/models"
cd "$folder/models"
mkdir golden
cp "$root/testdata/paddle/transpile/mlp/main.pb" model.pdmodel
cp model.pdmodel golden/model.pdmodel
cat >.pre-commit-config.yaml <<END
repos:
  - repo: $root
    rev: $(git -C "$root" rev-parse HEAD)
    hooks:
      - id: pdquant-check
      - id: pdquant-diff
        args: [golden/model.pdmodel, model.pdmodel]
END
git add .
pre-commit install >/dev/null

# committed CODE WORDS: whether a commit passes, and what it prints.
committed() {
  local code=0
  git commit -qm "a model" >"$folder/printed" 2>&1 || code=$?
  if [ "$code" != "$1" ] || ! grep -q "$2" "$folder/printed"; then
    cat "$folder/printed" >&2
    echo "FAILED: a commit ends with $code, or doesn't print '$2'" >&2
    exit 1
  fi
}
committed 0 "equal to its golden.*Passed"
pdquant transpile -q --in-place model.pdmodel
git add .
committed 1 "ops inserted"
cp golden/model.pdmodel .
head -c 1000 golden/model.pdmodel >broken.pdmodel
git add .
committed 1 "well formed.*Failed"
echo "pre-commit: 3 commits, as expected"
