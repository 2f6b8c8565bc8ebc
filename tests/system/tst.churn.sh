#!/bin/sh
# Probes come and go a thousand times under a running workload: no crash, no
# lost count, and the text is as it was.
. "${0%/*}/lib.sh"

start_vm guest
start_daemon
workload "loop 0"
succeeds "a thousand times create, enable, disable, destroy" \
  "$TEST_LIBDIR/churn" "vm:$vm" 1000 task_create thread_create vm_allocate \
  mach_port_deallocate ipc_kmsg_get
is "the guest is alive" "$(mdtrace-vm status --state "$vm" | head -n 1)" \
  "vm:$vm: running"
is "no probe is left" \
  "$(mdtrace --json probe list | jq '.probes | length')" 0
mdtrace --json status >"$scratch/status"
holds "there were hits" "$(jq .hits "$scratch/status")" -gt 1000
is "the law, over all of them" \
  "$(jq '.hits - .recorded - .filtered - .lost' "$scratch/status")" 0
is "what was recorded is in the database" \
  "$(query 'select count(*) from events')" "$(jq .recorded "$scratch/status")"
is "every event's probe is known" \
  "$(query "select count(*) from events where function = ''")" 0
is "the text is as it was" "$(changed_text)" 'bootstrap_create 5
ipc_kobject_notify 5'
done_testing
