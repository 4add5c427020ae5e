#!/bin/sh
# pdquant over many models with GNU parallel: one process for each shard, on this machine or on others by ssh.
# README.md beside it says what to change. Usage: pdquant-parallel.sh SHARDS MODELS OUT COMMAND [OPTIONS]
# What stands in PARALLEL is added to the options of parallel, such as PARALLEL='--sshloginfile nodes'.
set -u
shards=${1:?usage: pdquant-parallel.sh SHARDS MODELS OUT COMMAND [OPTIONS]}
models=${2:?usage: pdquant-parallel.sh SHARDS MODELS OUT COMMAND [OPTIONS]}
out=${3:?usage: pdquant-parallel.sh SHARDS MODELS OUT COMMAND [OPTIONS]}
shift 3

# -N0: the numbers of the shards are counted, not put into the command; --shard auto asks for PARALLEL_SEQ.
seq "$shards" | parallel -N0 --joblog "$out.joblog" --resume --quote \
  env PDQUANT_SHARDS="$shards" "${PDQUANT:-pdquant}" batch -q --out "$out" --shard auto --jobs "${JOBS:-1}" "$models" -- "$@"
"${PDQUANT:-pdquant}" batch --merge-reports "$out"
