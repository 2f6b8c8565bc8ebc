#!/bin/sh
# What was in the rings of a guest that has stopped or died is recorded from its
# memory: all of it, once, in order.
. "${0%/*}/lib.sh"

# recorded DATABASE: the rounds of the traps in it as FIRST-LAST COUNT, in the
# order of the events, without a gap.
recorded ()
{
  mdtrace --json query --database "$1" "select arg1 from events
    where function = 'syscall_mach_port_allocate' order by time_ns" |
    jq -r '.rows[].arg1' |
    awk 'NR == 1 { first = $1 } NR > 1 && $1 != last + 1 { print "gap at", $1 }
	 { last = $1 } END { print first "-" last, NR }'
}

ask ()
{
  mdtrace --json query --database "$1" "$2" |
    jq -r '.rows[] | [.[]] | map(tostring) | join("|")'
}

die ()
{
  kill -9 "$(cat "$vm/pid")"
  wait_until "the guest is dead" sh -c \
    "! mdtrace-vm status --state '$vm' >'$scratch/status'"
}

# In the kernel debugger.
start_vm debugger --append "mdtrace.mode=overwrite mdtrace.ring=64K \
mdtrace.probes=syscall_mach_port_allocate,task_create"
workload "tasks 3"
workload "trap 5000"
mdtrace --target "vm:$vm" --json ring >"$scratch/ring"
mdtrace --target "vm:$vm" --json probe list >"$scratch/probes"
mdtrace-vm console --state "$vm" --send debugger \
  --expect 'Debugger invoked' >"$scratch/out"
wait_until "the guest is in the debugger" sh -c \
  "! mdtrace-vm status --state '$vm' >'$scratch/status'"
sum=$(cksum <"$vm/ram")
database=$scratch/debugger.db
has "the rings of a guest in the debugger are recorded" \
  "$(mdtrace record --from-ram "$vm" --output "$database")" \
  '^[0-9]* events in .*; of 5003 hits [0-9]* were lost$'
newest=$(jq '.probes[0].recorded' "$scratch/probes")
is "the newest of them, as many as the kernel counts, in order" \
  "$(recorded "$database")" "$((5001 - newest))-5000 $newest"
is "with the counts of the probes" \
  "$(ask "$database" "select function, hits, recorded, dropped, state
			from probes")" \
  "$(jq -r '.probes[] | [.function, .hits, .recorded, .dropped, .state] |
      map(tostring) | join("|")' "$scratch/probes")"
is "and the law" "$(ask "$database" "select count(*) from probes where hits <>
    recorded + filtered + dropped + throttled + missed")" 0
is "with the task's name" \
  "$(ask "$database" "select distinct task_name from events")" workload-x86_64
is "with times of today" \
  "$(ask "$database" "select count(*) from events
	where time_ns / 1000000000 not between $(date +%s) - 600
					   and $(date +%s) + 5")" 0
is "recorded again, nothing is added" \
  "$(mdtrace --json record --from-ram "$vm" --output "$database" |
     jq -c '[.database, .events, .hits]')" "[\"$database\",0,5003]"
is "the memory is left as it was" "$(cksum <"$vm/ram")" "$sum"

# The same things can be looked at without a database.
export MDTRACE_TARGET="ram:$vm"
is "mdtrace ring shows what is left" "$(mdtrace --json ring)" \
  "$(cat "$scratch/ring")"
is "and so does probe list, but for what the kernel alone had" \
  "$(mdtrace --json probe list | jq .)" \
  "$(jq '.probes[].usage = null' "$scratch/probes")"
is "and trace" \
  "$(timeout 60 mdtrace --json trace | jq -s '.[:-1] | length')" "$newest"
is "and status" \
  "$(mdtrace --json status | jq -c '[.probes, .hits, .ring_bytes,
     .functions > 1000, .probes_max]')" '[2,5003,65536,true,128]'
unset MDTRACE_TARGET

# Killed, while events come.
start_vm killed --append "mdtrace.mode=overwrite mdtrace.ring=256K \
mdtrace.probes=syscall_mach_port_allocate"
mdtrace-vm console --state "$vm" --send "trap 9000000" >"$scratch/out" 2>&1
wait_until "many traps were executed" sh -c \
  "[ \$(mdtrace --target 'vm:$vm' --json probe list |
	jq '.probes[0].hits') -gt 20000 ]"
die
database=$scratch/killed.db
succeeds "the rings of a guest that was killed are recorded" \
  mdtrace record --from-ram "$vm" --output "$database"
got=$(recorded "$database")
hits=$(ask "$database" "select hits from probes")
has "the newest without a gap" "$got" '^[0-9]+-[0-9]+ 4[0-9]{3}$'
last=$(echo "$got" | sed 's/.*-\(.*\) .*/\1/')
holds "up to the last hit, or the last but one that was under way" \
  "$last" -ge $((hits - 1)) -a "$last" -le "$hits"
holds "as many as were counted, but for one under way" \
  "$(ask "$database" "select abs(recorded - (select count(*) from events))
			from probes")" -le 1

# A daemon had stored some already.
start_vm stored
start_daemon
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
workload "trap 2000"
is "the daemon stores 2000" \
  "$(query "select count(*) from events")" 2000
stop_daemon
unset MDTRACE_TARGET
workload "trap 300"
die
succeeds "what came after a daemon's end is added to its database" \
  mdtrace record --from-ram "$vm" --output "$database"
is "and nothing else" "$(ask "$database" "select count(*),
    count(distinct time_ns), (select count(*) from boot) from events")" \
  "2300|2300|1"
succeeds "in another database is what nobody has read" \
  mdtrace record --from-ram "$vm" --output "$scratch/other.db"
is "is only that" "$(recorded "$scratch/other.db")" "1-300 300"
mdtrace-vm stop --state "$vm"

# Custom events are nowhere in the kernel's text.
start_vm custom
export MDTRACE_TARGET="vm:$vm"
mdtrace probe create --enable custom:::workload >"$scratch/out"
mdtrace probe create --enable task_create >"$scratch/out"
workload "fire 20"
workload "tasks 3"
mdtrace --json probe list >"$scratch/probes"
die
unset MDTRACE_TARGET
database=$scratch/custom.db
has "custom events are recorded too" \
  "$(mdtrace record --from-ram "$vm" --output "$database")" \
  '^23 events in .*; of 23 hits 0 were lost$'
is "with their values" "$(ask "$database" "select count(*), min(arg0), max(arg0)
    from events where name = 'workload'")" "20|1|20"
is "and what else there was" "$(ask "$database" "select count(*) from events
    where function = 'task_create'")" 3
is "their probe has its counts" \
  "$(mdtrace --target "ram:$vm" --json probe list |
     jq -c '.probes[] | [.probe_id, .name, .sites, .hits, .recorded]')" \
  "$(jq -c '.probes[] | [.probe_id, .name, .sites, .hits, .recorded]' \
       "$scratch/probes")"
is "and no place" "$(mdtrace --target "ram:$vm" --json probe list --per-site |
    jq -c '.probes[0].by_site')" "[]"
mdtrace-vm stop --state "$vm"
refuses "after mdtrace-vm stop nothing is left" 1 \
  'no directory of a virtual machine.*mdtrace-vm stop' \
  mdtrace record --from-ram "$vm" --output "$scratch/late.db"
done_testing
