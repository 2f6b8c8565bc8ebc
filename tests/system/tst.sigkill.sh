#!/bin/sh
# A daemon that is killed in the middle of its work loses nothing that the ring
# still held, and its successor stores nothing twice.
. "${0%/*}/lib.sh"

start_vm guest
start_daemon
# However long a round takes.
mdtrace probe create --enable --persist syscall_mach_port_allocate >"$scratch/out"
round=0
# How long after the first of a round's events are seen in the database.
for moment in 0 50 200 500 1000 2000 4000 8000; do
  round=$((round + 1))
  before=$(((round - 1) * 15000))
  "$TEST_LIBDIR/kill-when" "$database" $before $moment "$daemon" &
  killer=$!
  mdtrace-vm console --state "$vm" --send "trap 15000"
  wait $killer
  wait "$daemon" 2>/dev/null
  wait_until "the workload is done" sh -c "test \"\$(grep -c 'workload: trap.*done' \
    '$vm/console.log')\" -eq $round"
  stored=$(sqlite3 -readonly "$database" 'select count(*) from event')
  echo "# killed $moment microseconds later, with $((stored - before)) of" \
    "15000 events stored"
  is "round $round: the database is whole" \
    "$(sqlite3 -readonly "$database" 'pragma integrity_check')" ok
  start_daemon
  is "round $round: what was left is stored by the next daemon" \
    "$(query 'select count(*) from events')" $((round * 15000))
done
is "every event is there once" \
  "$(query "select count(*), count(distinct arg1),
	    (select count(*) from (select arg1 from events group by arg1
	     having count(*) != $round)) from events")" \
  "$((round * 15000))|15000|0"
is "nothing was dropped" "$(probe_value 1 dropped)" 0
is "every event names its task" \
  "$(query "select count(*) from events
	    where task_name is not 'workload-$arch'")" 0
law_holds "the law"
done_testing
