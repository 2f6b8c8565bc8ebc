#!/bin/sh
# 128 probes can exist at once, and not one more.
. "${0%/*}/lib.sh"

start_vm guest
export MDTRACE_TARGET="vm:$vm"
mdtrace-mkkernel --list-sites --json "$STOCK_KERNEL" |
  jq -r '[.functions[] | select(.entry.plan == "jump") | .names[0] |
    select(test("[.]") | not)] | unique | .[]' | head -n 400 >"$scratch/names"
made=0
while read -r name && [ $made -lt 128 ]; do
  mdtrace probe create "$name" >"$scratch/out" 2>&1 && made=$((made + 1))
done <"$scratch/names"
is "128 probes are created" \
  "$(mdtrace --json probe list | jq '.probes | length')" 128
refuses "the 129th is refused, with the limit and what to do" 1 \
  'task_create: .*limit.*mdtrace probe destroy.*--with-max-dynamic-probes.*128' \
  mdtrace probe create task_create
succeeds "one is destroyed" mdtrace probe destroy 64
succeeds "then there is room for another" mdtrace probe create task_create
is "its number is a new one" \
  "$(mdtrace --json probe list | jq '.probes[-1].probe_id')" 129
done_testing
