#!/bin/sh
# mdtrace-workflows(7), "Why is this RPC slow": the commands of the page rank
# the slow request first, and name the lock that it waits for.  The workload's
# tasks want memory of a task whose map is locked most of the time.
. "${0%/*}/lib.sh"
. "${0%/*}/workflows.sh"

# recorded LABEL NUMBER: the probe has recorded so many.
recorded ()
{
  [ "$(mdtrace --json probe list "$1" | jq '.probes[0].recorded')" -ge "$2" ]
}

# The requests that take long, by their ids and names; to wire memory, which
# locks the map, and to allocate and deallocate, which wait for it.
slow='(2021|2023|2636|vm_allocate|vm_deallocate|vm_wire)'

patience=1200
start_vm guest
start_daemon
workload "contend 4 40"
take_workflow "Why is this RPC slow"
step '^mdtrace probe create --enable ipc:::send$'
step '^mdtrace probe create --enable ipc:::receive$'
step '^mdtrace top --by message --once$'
has "what is asked for most" "$output" "$slow.* send"
step '^mdtrace --json analyze > analysis.json$'
step '^jq .* analysis.json$'
first=$(printf '%s\n' "$output" | head -n 1)
has "the slow request is at rank 1" "$first" "$slow"
holds "with how long it took at worst" \
  "$(printf '%s\n' "$first" | cut -f 3)" -gt 10000000
step '^mdtrace probe destroy 1 2$'
step '^mdtrace probe create .*--latency.* ipc_kobject_server$'
wait_until "some slow requests" recorded slow 10
step '^mdtrace hist slow duration_ns$'
has "all that are recorded are slow" "$output" 'count [0-9]+, min [0-9.]+ m?s'
step '^mdtrace query'
has "the slowest have names" "$(printf '%s\n' "$output" | sed -n 2p)" \
  '^ +(2021|2023|2636) '
step '^mdtrace counter enable lock-contention$'
step '^mdtrace probe create .*--stack.* lock_write$'
wait_until "some wait for a lock" recorded waits 3
step '^mdtrace counter read lock-contention$'
has "threads sleep in wait of locks" "$output" '^lock-contention sleep +[1-9]'
step '^mdtrace flame .*--probe waits$'
has "by whom the lock is wanted" "$output" \
  '_Xvm_(de)?allocate;.*;?lock_write [0-9]+$'
step '^mdtrace probe destroy slow waits$'
workflow_ends
done_testing
