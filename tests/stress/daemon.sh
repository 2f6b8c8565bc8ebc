#!/bin/sh
# A daemon that works for a long time does not grow: events as fast as they
# come, probes that come and go, clients that follow, ask and leave, a database
# of limited size.  And one that is killed 200 times loses nothing.  MINUTES: how
# long, 30 unless it says otherwise.
. "${0%/*}/../system/lib.sh"

minutes=${MINUTES:-30}

# memory: what the daemon holds, in KiB.
memory ()
{
  sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$daemon/status"
}

# busy: one round of what users do.
busy ()
{
  mdtrace --json probe create --enable --label churn 'fbt::ipc_kmsg_*:' \
    >"$scratch/created"
  id=$(jq .probe_id "$scratch/created")
  timeout 20 mdtrace --json trace --count 20000 >"$scratch/followed" 2>&1
  mdtrace probe destroy "$id" >"$scratch/out"
  mdtrace query 'select function, count(*) from events group by 1' \
    >"$scratch/out"
  mdtrace health >"$scratch/out"
}

start_vm guest --module \
  "$TEST_LIBDIR/workload-$(architecture "$MDTRACE_KERNEL"),\${host-port} \${device-port} loop 0"
start_daemon --keep-size 64M
mdtrace probe create --enable 'fbt::task_*:' >"$scratch/out"
mdtrace probe create --enable 'fbt::vm_map_*:' >"$scratch/out"
began=$(date +%s)
end=$((began + 60 * minutes))
middle=$((began + 30 * minutes))
early=0 late=0 rounds=0
while now=$(date +%s) && [ "$now" -lt $end ]; do
  busy
  rounds=$((rounds + 1))
  held=$(memory)
  if [ "$now" -lt $middle ]; then
    [ "$held" -le $early ] || early=$held
  else
    [ "$held" -le $late ] || late=$held
  fi
done
echo "# $rounds rounds; at most $early KiB in the first half, $late in the second"
holds "it was busy" "$(query 'select sum(events) from runs')" -gt 100000
# A page or two of a library that is used for the first time.
holds "memory is flat" "$late" -le "$((early + early / 50 + 64))"
holds "the database is bounded" "$(stat -c %s "$database")" -le 75497472
law_holds "the law"
stop_daemon
is "the database is whole" \
  "$(sqlite3 -readonly "$database" 'pragma integrity_check')" ok
mdtrace-vm stop --state "$vm"
done_testing
[ "$failures" -eq 0 ] || exit 1
KILLS=200 exec sh "${0%/*}/../system/tst.sigkill.sh"
