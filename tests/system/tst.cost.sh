#!/bin/sh
# What probes and counters cost, in instructions and memory, is what was recorded in
# tests/bench/recorded, up to 2 %.  A change that makes a hit dearer is mended,
# or recorded there by a commit that says why.
. "${0%/*}/lib.sh"

recorded=$TEST_SRCDIR/tests/bench/recorded
compiler=$($CC --version | head -n 1)
[ "$(head -n 1 "$recorded")" = "# $compiler" ] ||
  skip_all "what was recorded is of another compiler than $compiler"
[ "$(architecture "$MDTRACE_KERNEL")" = x86_64 ] ||
  skip_all "what was recorded is of x86_64"
{
  "$TEST_SRCDIR/tests/bench/probe.sh"
  "$TEST_SRCDIR/tests/bench/counters.sh"
  "$TEST_SRCDIR/tests/bench/memory.sh"
} >"$scratch/measured"
while read -r name value unit; do
  [ "$name" != '#' ] || continue
  measured=$(sed -n "s/^$name \([0-9.]*\) .*/\1/p" "$scratch/measured")
  is "$name: ${measured:-nothing} $unit, recorded $value" \
    "$(echo "${measured:--1} $value" |
       awk '{ if ($1 >= $2 * 0.98 && $1 <= $2 * 1.02) print "same"; else print $1 }')" same
done <"$recorded"
# What users were promised.
for promise in probe_entry_jump=100 probe_entry_int3=300 probe_disabled=0 \
  probe_filtered_out_jump=60 probe_agg_count_jump=90 probe_stack_8_jump=400 \
  enable_all_instructions_jump=1000000 counter_bytes=60 counter_rpc=60 \
  counter_message=60 counter_switch=60 counter_fault=60 counters_rpc_all=120 \
  counters_rpc_none=0 counter_overhead_percent=3 \
  kernel_memory_bytes_x86_64=78848; do
  name=${promise%=*}
  is "$name: at most ${promise#*=}" \
    "$(awk -v name="$name" -v most="${promise#*=}" \
      '$1 == name { print ($2 <= most ? "so it is" : $2) }' \
      "$scratch/measured")" "so it is"
done
done_testing
