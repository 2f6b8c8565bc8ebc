#!/bin/sh
# Everything on all kernels: every entry and every return one by one, by jumps
# and by breakpoints, and every single instruction, under a workload.
. "${0%/*}/../system/lib.sh"

kernels=${STOCK_KERNEL%/*}
guests=0

# try NAME "DRIVER-ARGUMENT..." [OPTION...]
try ()
{
  label="$1: $2${3:+ ($3)}" driven=$2
  shift 2
  guests=$((guests + 1))
  start_task "guest$guests" "$scratch/kernel" "driver $driven" --memory 256 \
    "$@"
  workload "loop 0"
  end_task 1800
  has "$label" "$(cat "$scratch/task")" "^driver: ${driven%% *}: good"
  is "$label: the text is as it was" "$(changed_text "$stock")" \
    'bootstrap_create 5
ipc_kobject_notify 5'
  mdtrace-vm stop --state "$vm"
}

for stock in "$kernels"/*.gz "$kernels"/*/*.gz; do
  [ -f "$stock" ] || continue
  [ -f "$MDTRACE_LIBDIR/mdtrace-kernel-$(architecture "$stock").o" ] || continue
  kernel_name=${stock#"$kernels/"}
  kernel_name=${kernel_name%.gz}
  mdtrace-mkkernel -o "$scratch/kernel" "$stock"
  try "$kernel_name" each
  try "$kernel_name" each --append=mdtrace.jumps=off
  try "$kernel_name" all
  try "$kernel_name" "storm 100000"
  try "$kernel_name" instructions
done
done_testing
[ "$failures" -eq 0 ]
