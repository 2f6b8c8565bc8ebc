#!/bin/sh
# A daemon that is killed in the middle of its work loses nothing that the ring
# still held, and its successor stores nothing twice.
. "${0%/*}/lib.sh"

start_vm guest
start_daemon
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
kills=5
for round in $(seq 1 $kills); do
  mdtrace-vm console --state "$vm" --send "trap 15000" &
  typist=$!
  # Kill it once it has stored some of this round's events, and not all.
  before=$(((round - 1) * 15000))
  wait_until "round $round is under way" sh -c "test \"\$(sqlite3 -readonly \
    '$database' 'select count(*) from event')\" -gt $before"
  kill -9 "$daemon"
  wait "$daemon" 2>/dev/null
  wait $typist
  wait_until "the workload is done" sh -c "test \"\$(grep -c 'workload: trap.*done' \
    '$vm/console.log')\" -eq $round"
  stored=$(sqlite3 -readonly "$database" 'select count(*) from event')
  is "round $round: the database is whole" \
    "$(sqlite3 -readonly "$database" 'pragma integrity_check')" ok
  start_daemon
  echo "# round $round: killed after $((stored - before)) of 15000 events"
done
is "every event is there once" \
  "$(query 'select count(*), count(distinct arg1),
	    (select count(*) from (select arg1 from events group by arg1
	     having count(*) != 5)) from events')" "75000|15000|0"
is "nothing was dropped" "$(probe_value 1 dropped)" 0
is "every event names its task" \
  "$(query "select count(*) from events
	    where task_name is not 'workload-x86_64'")" 0
law_holds "the law"
done_testing
