#!/bin/sh
# A guest that is killed and booted again under a running daemon: what its rings
# held is stored, the daemon finds the new one, and the boots are told apart.
. "${0%/*}/lib.sh"

# said PATTERN: whether the daemon has said that in this round.
said ()
{
  sed "1,${seen}d" "$vm/daemon.log" | grep -q "$1"
}


is_gone ()
{
  ! mdtrace-vm status --state "$vm" >"$scratch/out" 2>&1
}

start_vm guest
start_daemon
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
timeout 120 mdtrace trace --count 3030 >"$scratch/trace" 2>&1 &
follower=$!
wait_until "the trace has begun" grep -q TIME "$scratch/trace"
workload "trap 1000"
is "it stores" "$(query 'select count(*) from events')" 1000

# Stopped, the daemon leaves in the ring what came after; it has to find that
# in the memory of a guest that has ended meanwhile.
kill -STOP "$daemon"
workload "trap 2000"
kill -9 "$(cat "$vm/pid")"
seen=$(wc -l <"$vm/daemon.log")
kill -CONT "$daemon"
wait_until "the daemon notices" said 'is not running; waiting for it'
is "what the rings held when the guest was killed is stored" \
  "$(query 'select count(*), count(distinct arg1), max(arg1) from events')" \
  "3000|2000|2000"
has "meanwhile a client is told what the daemon waits for" \
  "$(mdtrace status 2>&1)" 'mdtraced waits for vm:'
holds "the daemon is still there" -d "/proc/$daemon"

start_vm guest
wait_until "the daemon finds the new guest" said 'is there again'
is "requests get to the new one" "$(mdtrace --json status | jq .hits)" 0
mdtrace probe create --enable task_create >"$scratch/out"
workload "tasks 30"
is "its events are stored" "$(query "select count(*) from events
  where function = 'task_create'")" 30
is "the boots are told apart" "$(query "select boot_id, count(*),
    count(distinct function), sum(time_ns < boot_time_ns)
  from events join boots using (boot_id) group by 1")" "1|3000|1|0
2|30|1|0"
is "so are the probes with the same number" \
  "$(query "select boot_id, function, recorded from probes order by 1")" \
  "1|syscall_mach_port_allocate|3000
2|task_create|30"
is "each boot has its run" "$(query "select boot_id, program, ended, events
  from runs order by run_id")" "1|mdtraced|the target has ended|3000
2|mdtraced|null|30"
is "the database tells what has happened" \
  "$(query "select boot_id, severity from messages order by time_ns")" \
  "1|warning
2|info"
wait $follower
is "who follows the events gets those of both, in their order" \
  "$(grep -o -E '(syscall_mach_port_allocate|task_create):entry' \
       "$scratch/trace" | uniq -c | tr -d ' \n')" \
  '3000syscall_mach_port_allocate:entry30task_create:entry'
law_holds "the law"

# A guest that is replaced before the daemon looks.
kill -STOP "$daemon"
workload "tasks 70"
kill -9 "$(cat "$vm/pid")"
wait_until "the guest is gone" is_gone
start_vm guest
seen=$(wc -l <"$vm/daemon.log")
kill -CONT "$daemon"
wait_until "the daemon finds the third guest" said 'is there again'
is "the second one's last events are stored" \
  "$(query "select count(*) from events where boot_id = 2")" 100
is "there are three boots of one kernel" \
  "$(query "select count(*), count(distinct text_hash) from boots")" "3|1"

# A daemon that was stopped for so long that its claim has ended.
mdtrace probe create --enable --persist task_create >"$scratch/out"
workload "tasks 10"
# Stopped, but not in the midst of a request, in which nobody else can ask.
pause ()
{
  kill -STOP "$daemon"
  flock -n "$vm/mailbox.lock" true && return
  kill -CONT "$daemon"
  false
}
wait_until "the daemon is stopped between requests" pause
# shellcheck disable=SC2016
wait_until "the claim has ended" sh -c \
  '[ "$(mdtrace --json --target "$0" status | jq -r .ring_holder)" = "" ]' \
  "vm:$vm"
workload "tasks 20"
seen=$(wc -l <"$vm/daemon.log")
kill -CONT "$daemon"
wait_until "the daemon claims the rings again" said 'is there again'
workload "tasks 30"
is "it has all events of before, of meanwhile and of after that" \
  "$(query "select count(*) from events where boot_id = 3")" 60
is "in two runs of the same boot" \
  "$(query "select sum(events), count(*) from runs where boot_id = 3")" "60|2"
law_holds "the law, in the end"
stop_daemon
is "the database is whole" \
  "$(sqlite3 -readonly "$database" 'pragma integrity_check')" ok
done_testing
