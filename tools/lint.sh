#!/usr/bin/env bash
# Usage: tools/lint.sh format | tidy [BUILD]
# format: is every C++ file as clang-format 14 writes it? tidy: clang-tidy 14 over all of them; BUILD is one by Clang, build/asan unless given.
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in
  format) git ls-files -z '*.cc' '*.h' | xargs -0 -n 32 -P "$(nproc)" clang-format-14 --dry-run -Werror ;;
  # The generated schema is in the build folder and isn't ours to tidy.
  tidy)
    log=build/clang-tidy.log
    run-clang-tidy-14 -quiet -p "${2:-build/asan}" '^(?!.*/build/).*$' >"$log" 2>&1 && exit
    # It colours what it says even for a file, and says what is in a header for each file that includes it.
    sed -i 's/\x1b\[[0-9;]*m//g' "$log"
    grep -E ': (error|warning): ' "$log" | sort -u | grep . || tail -n 20 "$log"
    exit 1 ;;
  *) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac
