#!/bin/sh
# Without the host privileged port the kernel refuses.
. "${0%/*}/lib.sh"

for architecture in $TEST_ARCHITECTURES; do
  start_vm "$architecture" \
    --kernel "$TEST_BUILDDIR/build/test/gnumach-$architecture" --module \
    "$TEST_LIBDIR/privilege-$architecture,\${host-port} \${device-port}"
  wait_until "the task is done" grep -q 'privilege: done' "$vm/console.log"
  report=$(tr -d '\r' <"$vm/console.log" | grep privilege:)
  for port in "the host's name port" "this task's port" "this thread's port" \
    "the device master port"; do
    has "$arch: $port is refused" "$report" \
      "$port: get_version 4600, probe_create 4600, mailbox_map 4600"
  done
  has "$arch: nothing has come of it" "$report" "privilege: 0 probes"
  has "$arch: the host privileged port is not refused" "$report" \
    "host privileged port: get_version 0, probe_create 0, mailbox_map 0"
done
done_testing
