#!/bin/sh
# A malformed frame or message gets an error, and the next good request is
# served.
. "${0%/*}/lib.sh"

start_vm guest
start_daemon
"$TEST_LIBDIR/bad-frames" "$vm/socket" >"$scratch/report" 2>&1
while read -r verdict what; do
  if [ "$verdict" = good ]; then pass "$what"; else fail "$what"; fi
done <"$scratch/report"
holds "all was tried" "$(wc -l <"$scratch/report")" -ge 8
succeeds "the daemon still serves others" mdtrace status
is "the guest is alive" "$(mdtrace-vm status --state "$vm" | head -n 1)" \
  "vm:$vm: running"
done_testing
