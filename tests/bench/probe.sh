#!/bin/sh
# What probes cost: instructions, counted in a guest whose time stamp counter
# advances by one with each.
. "${0%/*}/../system/lib.sh"

# measure MODE [OPTION...]: the lines of the task bench, for sites that are
# patched by MODE.
measure ()
{
  mode=$1
  shift
  start_vm "$mode" --icount "$@" \
    --module "$TEST_LIBDIR/bench-$(architecture "$MDTRACE_KERNEL"),\${host-port} _$mode"
  task=bench
  end_task 120
  grep -v -e 'bench: warm_up' -e 'bench: end' "$scratch/task" |
    sed 's/^bench: //'
  mdtrace-vm stop --state "$vm"
}

{
  measure jump
  # Breakpoints, where there would be room for jumps.
  measure int3 --append=mdtrace.jumps=off
} | sort -u
