#!/bin/sh
# What performance counters cost: instructions, counted in a guest whose time
# stamp counter advances by one with each.
. "${0%/*}/../system/lib.sh"

start_vm counters --icount \
  --module "$TEST_LIBDIR/counting-$(architecture "$MDTRACE_KERNEL"),\${host-port}"
task=bench
end_task 200
grep -e 'bench: ' "$scratch/task" | grep -v 'bench: end' | sed 's/^bench: //'
mdtrace-vm stop --state "$vm"
