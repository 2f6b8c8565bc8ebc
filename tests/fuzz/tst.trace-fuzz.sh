#!/bin/sh
# Trace files under a fuzzer that looks for new ways through what reads them:
# each is read or refused, and what is read can be written again.
#
# trace-corpus/ has inputs that have led to something new, found by longer runs.
# MDTRACE_FUZZ_RUNS: how many inputs; without it as many as take some seconds.
. "${0%/*}/../system/lib.sh"

fuzzer=$TEST_BUILDDIR/tests/fuzz/trace_file
runs=${MDTRACE_FUZZ_RUNS-3000}
[ -n "$FUZZ_CC" ] || skip_all "no clang with libFuzzer was found by configure"

mkdir "$scratch/corpus"
cp "$TEST_SRCDIR"/tests/fuzz/trace-corpus/* "$scratch/corpus"
cd "$scratch" || exit 1
MDTRACE_SEEDS=$scratch/corpus "$fuzzer" -runs=0 >"$scratch/seeds.log" 2>&1
is "files to begin with" "$(find corpus -name 'seed-*' | wc -l)" 8
before=$(find corpus -type f | wc -l)
holds "and what was found before" "$before" -gt 100
succeeds "no input of $runs is mistaken" "$fuzzer" -runs="$runs" -seed=1 \
  -max_len=4096 -timeout=60 corpus
output=$(printf '%s\n' "$output" | tail -n 20)
has "all were tried" "$output" "^Done $runs runs"
count=$(printf '%s\n' "$output" | sed -n 's/^whole: //p')
holds "some were whole" "${count:-0}" -ge 4
count=$(printf '%s\n' "$output" | sed -n 's/^partial: //p')
holds "of many a part was read" "${count:-0}" -gt $((runs / 50))
count=$(printf '%s\n' "$output" | sed -n 's/^refused: //p')
holds "and many were refused" "${count:-0}" -gt $((runs / 50))
done_testing
