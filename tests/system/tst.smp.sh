#!/bin/sh
# Two CPUs: probes come and go on one while the other runs into them.
. "${0%/*}/lib.sh"

# Of the kernels that were fetched the one that is known to run two.
stock=${STOCK_KERNEL%/*}/gnumach-1.8-486-smp-dbg.gz
[ -f "$stock" ] && [ -f "$MDTRACE_LIBDIR/mdtrace-kernel-i386.o" ] ||
  skip_all "there is no kernel for two CPUs, or mdtrace was built without i386"
mdtrace-mkkernel -o "$scratch/kernel" "$stock"

# try "DRIVER-ARGUMENT..."
guests=0
try ()
{
  guests=$((guests + 1))
  start_task "guest$guests" "$scratch/kernel" "driver $1" --cpus 2
  workload elsewhere
  workload "mixed 300"
  end_task 300
  has "$1: under a workload" "$(cat "$scratch/task")" "^driver: ${1%% *}: good"
  workload "mixed 10"
  is "$1: the text is as it was" "$(changed_text "$stock")" 'bootstrap_create 5
ipc_kobject_notify 5'
}

try "storm 20000"
holds "it was hit" \
  "$(sed -n 's/.* \([0-9]*\) hits/\1/p' "$scratch/task")" -gt 100
try all
try "some 1 200"

start_vm counted --kernel "$scratch/kernel" --cpus 2
start_daemon
is "both CPUs are served" "$(mdtrace --json status | jq .cpus)" 2
mdtrace probe create --enable task_create >"$scratch/out"
mdtrace probe create --enable 'fbt::vm_*:' >"$scratch/out"
workload "tasks 500"
workload elsewhere
workload "tasks 500"
is "hits of 1000 task creations" "$(probe_value 1 hits)" 1000
is "all of them in the database" \
  "$(query 'select count(*) from events where probe_id = 1')" 1000
mdtrace probe disable 2 >"$scratch/out"
law_holds "the law"
is "what was recorded is in the database" \
  "$(query 'select count(*) from events where probe_id = 2')" \
  "$(probe_value 2 recorded)"
is "in the order of time" "$(query "select count(*) from events a
  join events b on b.event_id = a.event_id + 1
  where b.time_ns < a.time_ns")" 0
holds "from both CPUs" \
  "$(query 'select count(distinct cpu) from events')" -eq 2
done_testing
