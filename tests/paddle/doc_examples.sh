#!/usr/bin/env bash
# The programs that the code examples of Paddle's documentation make, put through the commands (sweep_programs.py): 2.6.2 and, where there
# is a Python 3.7, 1.8.5. Usage: doc_examples.sh BUILD_FOLDER [ENVIRONMENTS]
set -euo pipefail
build=$(cd "${1:?usage: doc_examples.sh BUILD_FOLDER [ENVIRONMENTS]}" && pwd)
environments=${2:-$build/paddle}
here=$(cd "$(dirname "$0")" && pwd)
list=$("$here/environment.sh" "$environments")
folders=()
while read -r version python; do
  case $version in 1.8.5|2.6.2) ;; *) continue ;; esac  # the examples of 3.3.1 make programs of PIR
  folder=$build/doc_examples/$version
  rm -rf "$folder"
  "$python" "$here/doc_examples.py" "$folder" 2>"$build/doc-examples-$version.log"
  folders+=("$folder")
done <<<"$list"
python3 "$here/sweep_programs.py" "$build/tests/judged/pdquant" "${folders[@]}" --list "$build/doc-examples.tsv"
