#!/bin/sh
# The daemon: in the background, ended, and without its guest.
. "${0%/*}/lib.sh"

start_vm guest
export MDTRACE_TARGET="unix:$vm/socket"
cd "$scratch" || exit 1
succeeds "it goes to the background once it is ready" \
  mdtraced --target "vm:$vm" --database guest/test.db --socket guest/socket
mdtrace --json status >status
pid=$(jq .daemon.pid status)
daemons="$daemons $pid"
is "it tells what it traces" "$(jq -r .daemon.target status)" "vm:$vm"
is "and where it stores" "$(jq -r .daemon.database status)" \
  "$scratch/guest/test.db"
mdtrace probe create --enable task_create >out
workload "tasks 100"
is "it stores" "$(query 'select count(*) from events')" 100
has "somebody else's interest is refused with its name" \
  "$(mdtrace --target "vm:$vm" trace --count 1 2>&1)" \
  "by 'mdtraced, database"
# What is recorded until the end is stored.
workload "tasks 50"
kill "$pid"
wait_until "it has ended" sh -c "! kill -0 $pid 2>/dev/null"
is "ended, it has stored everything" \
  "$(mdtrace query --database guest/test.db 'select count(*) from events' |
     tail -n 1 | tr -d ' ')" 150
holds "and has removed its socket" ! -e guest/socket
is "and has given the rings back" \
  "$(mdtrace --json --target "vm:$vm" status | jq -r .ring_holder)" ""
is "counts of the database are those of the kernel" \
  "$(mdtrace --json query --database guest/test.db \
     'select hits, recorded, dropped, state from probes' | jq -c '.rows[0]')" \
  '{"hits":150,"recorded":150,"dropped":0,"state":"enabled"}'

start_daemon
is "a second daemon goes on in the same database" \
  "$(query 'select count(*) from events')" 150
is "it is the same boot" "$(query 'select count(*) from boot')" 1
stop_daemon
is "ended by a signal, its status is 0" $? 0
mdtrace-vm stop --state "$vm" >out 2>&1
refuses "without a target" 1 'vm:.*cannot be reached' \
  mdtraced --foreground --target "vm:$vm" --database "$scratch/none.db" \
  --socket "$vm/socket"
is "no database is made, and no lock is left" \
  "$(find "$scratch" -name 'none.db*' -o -name '*.lock')" ""
done_testing
