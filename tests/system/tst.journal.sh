#!/bin/sh
# Where processes cannot share memory a database has no WAL: the daemon says
# so, and stores as exactly as elsewhere, with readers beside it.
. "${0%/*}/lib.sh"

start_vm guest
export LD_PRELOAD="$TEST_LIBDIR/no-shm.so"
start_daemon
unset LD_PRELOAD
words='its journal mode is truncate, not wal'
wait_until "the daemon has said which mode it is" grep -q "$words" \
  "$vm/daemon.log"
is "it says once which mode it is" "$(grep -c "$words" "$vm/daemon.log")" 1
is "the database tells it" "$(query "select severity, count(*) from messages
  where message like '%$words%' group by severity")" "warning|1"
is "it is true: the file asks for none" \
  "$(sqlite3 -readonly "$database" 'pragma journal_mode')" delete
holds "there is no WAL" ! -e "$database-wal"

mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
workload "trap 500"
is "events are stored" "$(query 'select count(*) from events')" 500
mdtrace --json trace --count 100 >"$scratch/trace" 2>"$scratch/complaint" &
reader=$!
daemons="$daemons $reader"
: >"$scratch/answers"
while kill -0 "$reader" 2>/dev/null; do
  workload "trap 1000"
  query 'select count(*) from events' >>"$scratch/answers"
done
wait "$reader"
is "mdtrace trace works beside it" $? 0
is "without a complaint" "$(cat "$scratch/complaint")" ""
is "and gives events" "$(jq -r '.function // empty' "$scratch/trace" |
  sort | uniq -c | tr -s ' ')" " 100 syscall_mach_port_allocate"
is "every query had an answer" "$(grep -c -v '^[0-9]*$' "$scratch/answers")" 0
# While the daemon writes as much as it can.
(until [ -e "$scratch/enough" ]; do workload "trap 100000"; done) &
loader=$!
for _ in 1 2 3 4 5; do
  query 'select count(*) from events' >>"$scratch/answers" 2>&1
done
: >"$scratch/enough"
wait "$loader"
is "also under load" "$(grep -c -v '^[0-9]*$' "$scratch/answers")" 0
mdtrace probe disable 1 >"$scratch/out"
is "every event that was not dropped is stored" \
  "$(query 'select count(*) from events')" \
  $(($(probe_value 1 hits) - $(probe_value 1 dropped)))
is "nothing failed meanwhile" \
  "$(grep -v -e "$words" -e ' storing ' "$vm/daemon.log")" ""
law_holds "the law"
stop_daemon
is "ended, its status is 0" $? 0
is "the database is whole" \
  "$(sqlite3 -readonly "$database" 'pragma integrity_check')" ok

# Where memory can be shared the same database has a WAL again.
start_daemon
is "with shared memory there is a WAL again" \
  "$(sqlite3 -readonly "$database" 'pragma journal_mode')" wal
is "and nothing to be said" "$(grep -c 'journal mode' "$vm/daemon.log")" 0
stop_daemon
done_testing
