#!/bin/sh
# Every entry and every return of every function, on every kernel: probed one by
# one and all at once, by jumps and by breakpoints, under a workload which must
# not notice.  One kernel completely; of the others all at once, and some sites
# by themselves.  'make stress' tries all of all.
. "${0%/*}/lib.sh"

kernels=${STOCK_KERNEL%/*}
some='some 20261123 200'
guests=0

# try NAME STOCK "DRIVER-ARGUMENT..." [OPTION...]
try ()
{
  label="$1: $3${4:+ ($4)}" stock=$2 driven=$3
  shift 3
  guests=$((guests + 1))
  start_task "guest$guests" "$scratch/kernel" "driver $driven" "$@"
  workload "mixed 300"
  end_task 300
  has "$label" "$(cat "$scratch/task")" "^driver: ${driven%% *}: good"
  # It was there all the time, or we would not know.
  workload "mixed 10"
  is "$label: the text is as it was" "$(changed_text "$stock")" \
    'bootstrap_create 5
ipc_kobject_notify 5'
  mdtrace --target "vm:$vm" --json status >"$scratch/status"
  is "$label: the law, over all of them" \
    "$(jq '.hits - .recorded - .filtered - .lost' "$scratch/status")" 0
  holds "$label: there were hits" "$(jq .hits "$scratch/status")" -gt 10
  mdtrace-vm stop --state "$vm"
}

mdtrace-mkkernel -o "$scratch/kernel" "$STOCK_KERNEL"
kernel_name=${STOCK_KERNEL#"$kernels/"}
kernel_name=${kernel_name%.gz}
try "$kernel_name" "$STOCK_KERNEL" each
try "$kernel_name" "$STOCK_KERNEL" each --append=mdtrace.jumps=off
for stock in "$kernels"/*.gz "$kernels"/*/*.gz; do
  [ -f "$stock" ] || continue
  kernel_name=${stock#"$kernels/"}
  kernel_name=${kernel_name%.gz}
  if [ ! -f "$MDTRACE_LIBDIR/mdtrace-kernel-$(architecture "$stock").o" ]; then
    echo "# $kernel_name: mdtrace was built without its architecture"
    continue
  fi
  mdtrace-mkkernel --list-sites --json "$stock" >"$scratch/sites"
  is "$kernel_name: at most 4 % of the functions are refused" \
    "$(jq '.refused_count * 25 <= .function_count' "$scratch/sites")" true
  is "$kernel_name: each of them for a reason" \
    "$(jq '[.functions[].entry | select (.plan == "refused") |
	    (.reason // "") != ""] | all' "$scratch/sites")" true
  is "$kernel_name: of the others' returns at most 5 %" \
    "$(jq '.return_refused_count * 20 <= .return_count' "$scratch/sites")" true
  mdtrace-mkkernel -o "$scratch/kernel" "$stock"
  try "$kernel_name" "$stock" all
  [ "$stock" = "$STOCK_KERNEL" ] || try "$kernel_name" "$stock" "$some"
  # On a kernel for one CPU what several CPUs use: breakpoints.
  try "$kernel_name" "$stock" all --append=mdtrace.jumps=off
done
done_testing
