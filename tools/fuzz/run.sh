#!/usr/bin/env bash
# Runs each fuzz target, as many at once as there are processors, for some seconds, or for so many inputs (5000x), the same ones each time in a new build; and fails on any crash, sanitizer report, or input that takes longer than 10 s.
# Usage: tools/fuzz/run.sh SECONDS|INPUTSx [BUILD [TARGET ...]]; BUILD is build/asan unless given (cmake --preset asan && cmake --build --preset asan).
# Inputs that were found interesting stay in BUILD/fuzz/TARGET, and those that failed in BUILD/fuzz/failed.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
case $1 in
  *x) limit="-seed=1 -runs=${1%x}" ;;
  *) limit=-max_total_time=$1 ;;
esac
length=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
build=${2:-$source/build/asan}
[ $# -ge 2 ] && shift 2 || shift
[ $# -ge 1 ] || set -- fuzz_reader fuzz_transpile fuzz_diff fuzz_parameters fuzz_freeze fuzz_quantize fuzz_pir fuzz_rows

work=$build/fuzz
mkdir -p "$work/failed"
python3 "$source/tools/fuzz/make_seeds.py" "$build/testdata/transpile" "$build/testdata/freeze" "$build/testdata/pir" "$build/testdata/inference" "$work"

# What a target prints comes when it is done.
run() {
  local target=$1
  # shellcheck disable=SC2086 # two options in one word
  if "$build/tools/fuzz/$target" $limit -max_len=131072 -timeout=10 -rss_limit_mb=2048 \
      -print_final_stats=1 -verbosity=0 -artifact_prefix="$work/failed/$target-" "$work/$target" >"$work/$target.log" 2>&1; then
    echo "$target: $length $(grep -E 'number_of_executed_units|average_exec_per_sec' "$work/$target.log" | tr -s ' \n' ' ')"
  else
    { tail -n 60 "$work/$target.log"; echo "$target: failed; the input is in $work/failed"; } >&2
    return 1
  fi
}
export -f run
export limit length build work
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'run {}' || exit 1
