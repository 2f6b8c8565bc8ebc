#!/bin/sh
# Whatever a host puts into the mailbox, the relay answers, and neither it nor
# the kernel is harmed.
. "${0%/*}/lib.sh"

for arch in $TEST_ARCHITECTURES; do
  start_vm "guest-$arch" --kernel "$TEST_BUILDDIR/build/test/gnumach-$arch"
  export MDTRACE_TARGET="vm:$vm"
  mdtrace probe create --enable task_create >"$scratch/out"
  workload "tasks 3"
  mdtrace probe list >"$scratch/list"
  is "$arch: requests of any kind are answered" \
    "$(timeout 100 "$TEST_LIBDIR/bad-mailbox" "$vm" 1500 2>&1)" \
    "1500 answered, of which the kernel some"
  succeeds "$arch: the kernel answers as before" mdtrace status
  hits=$(probe_value 1 hits)
  holds "$arch: so does the probe" "$hits" -ge 3
  law_holds "$arch: the law"
  is "$arch: no task has failed" \
    "$(grep -a -c -E 'failed|panic|db>' "$vm/console.log")" 0
  unset MDTRACE_TARGET
done
done_testing
