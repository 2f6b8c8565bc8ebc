#!/bin/sh
# What mdtrace prints of a kernel with --json is JSON by the schemas, whatever
# tasks and probes are called; of each architecture.
. "${0%/*}/lib.sh"
. "${0%/*}/schemas.sh"

label=$(printf 'caf\351 "<\t')
shown=$(printf 'caf\357\277\275 "<\t')

# probes ARCHITECTURE: make some of each kind.
probes ()
{
  run "$1-create" probe create probe create --enable --label "$label" \
    fbt:kernel:task_create:
  run "$1-create-hist" probe create probe create --enable --agg hist \
    --latency --label "$label$label" ipc_kobject_server
  run "$1-create-static" probe create probe create --enable --stack=8 \
    sched:::switch
  run "$1-create-keys" probe create probe create --enable --agg sum=arg1 \
    --by=task,thread,stack,site,function,cpu,arg1 --if 'arg1 < 100' \
    --budget 5% --limit 10000 syscall_mach_port_allocate
  run "$1-create-lhist" probe create probe create --enable \
    --agg lhist=arg1:0:100:10 syscall_mach_port_allocate
  run "$1-create-address" probe create probe create --enable task_create+0
  mdtrace probe create --enable --persist --label ipc 'ipc:::send' \
    >"$scratch/out"
}

# counters ARCHITECTURE
counters ()
{
  run "$1-counter-list" counter list counter list
  run "$1-counter-read" counter read counter read
  run "$1-counter-read-cpu" counter read counter read --cpu 0
  run "$1-counter-create" counter create counter create --unit things workload
  run "$1-counter-update" counter update counter update workload \
    18446744073709551615
  run "$1-counter-read-own" counter read counter read workload
  run "$1-counter-reset" counter changed counter reset workload
  run "$1-counter-off" counter changed counter disable workload
  run "$1-counter-on" counter enable counter enable workload
  run "$1-snapshot" snapshot - snapshot
  run "$1-snapshots.ndjson" snapshot - snapshot --watch=0.01 --count 2
  run "$1-trend" trend - trend memory-bandwidth
  run "$1-trend-none" trend - trend workload
  run "$1-counter-destroy" counter changed counter destroy workload
}

# lists ARCHITECTURE: what of each kind there is.
lists ()
{
  run "$1-status" status - status
  run "$1-list" probe list probe list
  run "$1-list-all" probe list probe list --all --per-site --per-cpu
  run "$1-available" probe available probe list --available 'vm_map_*'
  run "$1-available-static" probe static probe list --available 'sched:::*'
  run "$1-explain" probe explain_function probe explain vm_fault
  run "$1-explain-address" probe explain_address probe explain vm_fault+1
  run "$1-explain-static" probe static probe explain sched:::switch
  run "$1-agg" agg read agg read
  run "$1-agg-top" agg read agg read --top 1
  run "$1-agg.ndjson" agg read agg watch --totals --count 2 --interval 0.01
  run "$1-health" health health health
  run "$1-health-explain" health health health --explain
  run "$1-fire" fire - fire workload
  run "$1-ring" ring - ring
  run "$1-budget" budget - budget
  for by in message probe task thread function cpu; do
    run "$1-top-$by.ndjson" top - top --count 1 --interval 0.05 --limit 2 \
      --by "$by"
  done
}

for architecture in $TEST_ARCHITECTURES; do
  export MDTRACE_KERNEL="$TEST_BUILDDIR/build/test/gnumach-$architecture"
  start_vm "$architecture" --kernel "$MDTRACE_KERNEL"
  workload odd-name
  start_daemon
  run "$architecture-status-before" status - status
  run "$architecture-counter-enable" counter enable counter enable all
  probes "$architecture"
  workload "trap 20"
  counters "$architecture"
  lists "$architecture"
  is "$architecture: labels are there whatever they are" \
    "$(jq -r '.probes[0].label' "$scratch/documents/$architecture-list")" \
    "$shown"
  has "$architecture: so are tasks in aggregations" \
    "$(jq -r '.aggregations[].entries[].key.task_name' \
	 "$scratch/documents/$architecture-agg")" "^$shown\$"
  run "$architecture-disabled" probe changed probe disable 3 ipc
  trace_while "tasks 5" "$scratch/documents/$architecture.ndjson" 20
  document "$architecture.ndjson" ndjson
  has "$architecture: and in events" \
    "$(jq -r .task_name "$scratch/documents/$architecture.ndjson")" "^$shown\$"
  run "$architecture-cleared" agg clear agg clear "$label$label"
  run "$architecture-rows" query rows query 'SELECT * FROM events LIMIT 20'
  run "$architecture-error" error - counter read "$label"
  run "$architecture-some" probe changed probe destroy 2 999
  mdtrace export --to ndjson -o "$scratch/documents/$architecture-2.ndjson" \
    >"$scratch/out" 2>&1
  document "$architecture-2.ndjson" ndjson
  mdtrace export --to chrome -o "$scratch/documents/$architecture.chrome" \
    >"$scratch/out" 2>&1
  document "$architecture.chrome" chrome
  run "$architecture.analysis" analyze - analyze
  stop_daemon
  run "$architecture-recorded" db record record --target "vm:$vm" \
    --events 1 -o "$scratch/$architecture.mdt" sched:::switch
  mdtrace-vm stop --state "$vm"
  all_valid "$architecture"
done
done_testing
