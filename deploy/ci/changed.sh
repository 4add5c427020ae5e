#!/usr/bin/env bash
# Checks the programs that changed since a commit, and says what changed in them. Writes a page for each, to look at in a browser, and a
# summary. Usage: changed.sh BASE FORMAT OUT [PATHSPEC…]
# FORMAT is github, whose annotations go to standard output, or junit, which goes to OUT. Exit code: 1 where check finds errors, 0 where
# programs are only different, else that of pdquant.
set -uo pipefail
base=${1:?usage: changed.sh BASE FORMAT OUT [PATHSPEC…]} format=${2:?} out=${3:?}
shift 3
[ $# -gt 0 ] || set -- '*.pdmodel' '*__model__'
git rev-parse -q --verify "$base^{commit}" >/dev/null || base=$(git hash-object -t tree /dev/null) # a new branch: everything is new
mkdir -p "$out"
before=$(mktemp) worst=0 number=0
trap 'rm -f "$before"' EXIT
note() { if [ "$1" -gt "$worst" ]; then worst=$1; fi; }
while IFS= read -r -d '' program; do
  number=$((number + 1))
  name=$out/$number-$(basename "$program")
  pdquant check "$program" --format "$format" >"$name.check.$format"
  note $?
  if git cat-file blob "$base:$program" >"$before" 2>/dev/null; then
    pdquant diff "$before" "$program" --format "$format" >"$name.diff.$format"
    code=$?
    if [ $code -gt 1 ]; then note $code; fi
    pdquant diff "$before" "$program" --format html -o "$name.html" -q
    { echo "### $program"; pdquant diff "$before" "$program" --format markdown; } >>"$out/summary.md"
  else
    pdquant show "$program" --format html -o "$name.html" -q
    printf '### %s\nnew\n' "$program" >>"$out/summary.md"
  fi
  if [ "$format" = github ]; then cat "$name".*.github; fi
done < <(git diff --name-only -z --diff-filter=ACMRT "$base" -- "$@")
exit "$worst"
