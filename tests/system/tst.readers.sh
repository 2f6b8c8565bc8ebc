#!/bin/sh
# Readers beside a daemon that stores as fast as it can: they never find the
# database locked, even if they do not wait at all, and one that never ends its
# transaction keeps nothing from being stored.
. "${0%/*}/lib.sh"

readers='1 2 3'

start_vm guest
mdtrace --target "vm:$vm" ring --size 4M >"$scratch/out"
start_daemon
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
workload "trap 1000"
mdtrace query 'select 1' >"$scratch/out"

# The patient one sees the 1000 events of now for as long as it is there.
mkfifo "$scratch/patient"
sqlite3 -readonly "$database" <"$scratch/patient" >"$scratch/seen" 2>&1 &
patient=$!
daemons="$daemons $patient"
exec 3>"$scratch/patient"
echo 'begin; select count(*) from event;' >&3
wait_until "the patient reader has begun" grep -q . "$scratch/seen"

steady=
for reader in $readers; do
  "$TEST_LIBDIR/read-steadily" "$database" "$scratch/end" \
    >"$scratch/steady.$reader" 3>&- &
  steady="$steady $!"
done
daemons="$daemons $steady"
for _ in 1 2 3 4 5; do
  workload "trap 100000"
done
mdtrace query 'select 1' >"$scratch/out"
: >"$scratch/end"
for pid in $steady; do
  wait "$pid"
  is "a reader ends well" $? 0
done
mdtrace probe disable 1 >"$scratch/out"

for reader in $readers; do
  read -r queries locked failed backward longest_ms \
    <"$scratch/steady.$reader"
  echo "# reader $reader: $queries queries, the longest took $longest_ms ms"
  holds "reader $reader asks all the time" "$queries" -ge 100
  is "reader $reader never finds the database locked" "$locked" 0
  is "reader $reader has no other trouble" "$failed" 0
  is "reader $reader never sees what was before" "$backward" 0
done

is "every event that was not dropped is stored, beside all of them" \
  "$(query 'select count(*) from events')" \
  $(($(probe_value 1 hits) - $(probe_value 1 dropped)))
holds "which are many" "$(query 'select count(*) from events')" -gt 50000
echo 'select count(*) from event; commit; select count(*) from event;' >&3
exec 3>&-
wait "$patient"
is "the patient reader ends well" $? 0
is "it has seen the same twice, and what there is after that" \
  "$(cat "$scratch/seen")" "1000
1000
$(query 'select count(*) from events')"
is "the daemon has had no trouble" \
  "$(grep -v ' storing ' "$vm/daemon.log")" ""
law_holds "the law"
stop_daemon
is "the database is whole" \
  "$(sqlite3 -readonly "$database" 'pragma integrity_check')" ok
done_testing
