#!/bin/sh
# What is most likely to break where probes are: blocked threads, faults that
# are recovered, tasks that die, breakpoints of other people.
. "${0%/*}/lib.sh"

kernels=${STOCK_KERNEL%/*}
guests=0
for stock in "$kernels"/*.gz "$kernels"/*/*.gz; do
  [ -f "$stock" ] || continue
  [ -f "$MDTRACE_LIBDIR/mdtrace-kernel-$(architecture "$stock").o" ] || continue
  kernel_name=${stock#"$kernels/"}
  kernel_name=${kernel_name%.gz}
  mdtrace-mkkernel -o "$scratch/kernel" "$stock"
  guests=$((guests + 1))
  start_task "guest$guests" "$scratch/kernel" hazards
  end_task
  while IFS=: read -r _ step verdict; do
    case $step$verdict in
      ' end') ;;
      *': good' | *' good') pass "$kernel_name:$step" ;;
      *) fail "$kernel_name:$step" "$verdict" ;;
    esac
  done <"$scratch/task"
  is "$kernel_name: all steps were taken" "$(grep -c good "$scratch/task")" 12
  mdtrace-vm stop --state "$vm"
done
done_testing
