#!/bin/sh
# Counters and probes at all functions are switched on and off in any order under
# a workload, with one CPU and with two: no crash, what the counters tell fits
# together, no hit is lost, and the text is as it was.
. "${0%/*}/lib.sh"

# try TITLE STOCK CPUS ROUNDS [OPTION...]
guests=0
try ()
{
  title=$1 stock=$2 cpus=$3 rounds=$4
  shift 4
  guests=$((guests + 1))
  mdtrace-mkkernel -o "$scratch/kernel" "$stock"
  start_vm "guest$guests" --kernel "$scratch/kernel" --cpus "$cpus" "$@"
  export MDTRACE_TARGET="vm:$vm"
  before=$(changed_text "$stock")
  [ "$cpus" = 1 ] || workload elsewhere
  workload "loop 1"
  succeeds "$title: $rounds times one of them" "$TEST_LIBDIR/churn-counters" \
    "vm:$vm" "$rounds" "$guests" '*' 'vm_*' 'ipc_*' 'thread_*'
  is "$title: the guest is alive" \
    "$(mdtrace-vm status --state "$vm" | head -n 1)" "vm:$vm: running"
  holds "$title: there were hits" "$(mdtrace --json status | jq .hits)" -gt 100
  law_holds "$title: the law"
  is "$title: the text is as it was" "$(changed_text "$stock")" "$before"
  mdtrace-vm stop --state "$vm"
}

try "jumps" "$STOCK_KERNEL" 1 150
try "breakpoints" "$STOCK_KERNEL" 1 80 --append mdtrace.jumps=off
smp=${STOCK_KERNEL%/*}/gnumach-1.8-486-smp-dbg.gz
if [ -f "$smp" ] && [ -f "$MDTRACE_LIBDIR/mdtrace-kernel-i386.o" ]; then
  try "32 bits" "$smp" 1 80
  try "two CPUs" "$smp" 2 120
fi
done_testing
