#!/bin/sh
# Filters in the kernel part, under a fuzzer that looks for new ways through
# them: what is accepted ends, and says what the reference says.
#
# MDTRACE_FUZZ_RUNS: how many inputs; without it as many as take some seconds.
. "${0%/*}/../system/lib.sh"

fuzzer=$TEST_BUILDDIR/tests/fuzz/filter
runs=${MDTRACE_FUZZ_RUNS-400000}
[ -n "$FUZZ_CC" ] || skip_all "no clang with libFuzzer was found by configure"

mkdir "$scratch/corpus"
cd "$scratch" || exit 1
MDTRACE_SEEDS=$scratch/corpus "$fuzzer" -runs=0 >"$scratch/seeds.log" 2>&1
is "programs to begin with" "$(find corpus -type f | wc -l)" 64
succeeds "no input of $runs is mistaken" "$fuzzer" -runs="$runs" -seed=1 \
  -max_len=2089 -timeout=10 corpus
output=$(printf '%s\n' "$output" | tail -n 20)
has "all were tried" "$output" "^Done $runs runs"
counts=$(printf '%s\n' "$output" | sed -n 's/^accepted: //p')
holds "many were programs" "${counts:-0}" -gt $((runs / 10))
counts=$(printf '%s\n' "$output" | sed -n 's/^refused: //p')
holds "and many were none" "${counts:-0}" -gt $((runs / 100))
found=$(find corpus -type f | wc -l)
holds "new ways were found" "$found" -gt 70
done_testing
