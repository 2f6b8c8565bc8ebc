#!/bin/sh
# A daemon that is killed at random moments, again and again, while the guest
# records as fast as it can: nothing is lost that the ring still held, and its
# successor stores nothing twice.  KILLS: how often; SEED: of the moments.
. "${0%/*}/lib.sh"

kills=${KILLS:-20}
seed=${SEED:-4700}

# stored: how many events the database has, as its runs say.
stored ()
{
  sqlite3 -readonly -cmd '.timeout 5000' "$database" \
    'select coalesce(sum(events), 0) from run'
}

start_vm guest
start_daemon
# However long a round takes.
mdtrace probe create --enable --persist syscall_mach_port_allocate >"$scratch/out"
mdtrace-vm console --state "$vm" --send "trap 900000000"
broken=0
for moment in $(awk "BEGIN { srand ($seed)
		  for (i = 0; i < $kills; i++) print int (60000 * rand ()) }")
do
  # So long after its first events are there; the next one starts at once.
  "$TEST_LIBDIR/kill-when" "$database" "$(stored)" "$moment" "$daemon" ||
    fail "killed after $moment us"
  wait "$daemon" 2>/dev/null
  whole=$(sqlite3 -readonly "$database" 'pragma quick_check')
  [ "$whole" = ok ] || broken=$((broken + 1))
  start_daemon
done
is "after each of $kills kills the database is whole" "$broken" 0
mdtrace probe disable 1 >"$scratch/out"
# Wait until all is stored.
is "every event that was recorded is stored" \
  "$(query 'select count(*) from events')" "$(probe_value 1 recorded)"
echo "# $(query 'select hits, recorded, dropped from probes')"
is "and is there once" \
  "$(query "select count(*) - count(distinct arg1) from events")" 0
is "no more are missing than were dropped, while no daemon ran" \
  "$(query "select max(arg1) - min(arg1) + 1 - count(*)
	    <= (select dropped from probes) from events")" 1
is "what was dropped is told as lost" \
  "$(query "select sum(dropped) - (select dropped from probes) from losses")" 0
is "every event names its task" \
  "$(query "select count(*) from events
	    where task_name is not 'workload-$arch'")" 0
is "each daemon's run is told apart, and how it ended" \
  "$(query "select coalesce(ended, 'works'), count(*) from runs group by 1")" \
  "died|$kills
works|1"
is "the runs have stored what there is" "$(query "select sum(events)
  - (select count(*) from events) from runs")" 0
is "it is all one boot" "$(query 'select count(*) from boots')" 1
is "the database is whole" \
  "$(sqlite3 -readonly "$database" 'pragma integrity_check')" ok
law_holds "the law"
done_testing
