#!/bin/sh
# A ring has one consumer: a second one is refused, and told who the first is.
# Through the daemon both get everything.
. "${0%/*}/lib.sh"

start_vm guest
start_daemon
refuses "trace beside the daemon, at the rings themselves" 1 \
  "consumer already; by 'mdtraced, database [0-9a-f]+'" \
  mdtrace --target "vm:$vm" trace --count 1
refuses "a second daemon at the same guest" 1 \
  "consumer already.*by 'mdtraced, database" \
  mdtraced --foreground --target "vm:$vm" --database "$vm/other.db" \
  --socket "$vm/other"
refuses "a second daemon with the same database" 1 \
  "another mdtraced has it open" \
  mdtraced --foreground --target "vm:$vm" --database "$database" \
  --socket "$vm/other"

mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
timeout 60 mdtrace trace --count 15000 >"$scratch/trace" 2>"$scratch/errors" &
tracer=$!
wait_until "trace has begun" grep -q TIME "$scratch/trace"
workload "trap 15000"
wait $tracer
is "trace beside the daemon gets every event once" \
  "$(sed -n 's/.*:entry task=0 right=\([0-9]*\) .*/\1/p' "$scratch/trace" |
     sort -u | wc -l)" 15000
has "it says that none is missing" "$(cat "$scratch/errors")" \
  '^15000 events, 0 lost$'
is "and so does the daemon" \
  "$(query 'select count(*), count(distinct arg1) from events')" \
  "15000|15000"
stop_daemon

# Without the daemon the rings are free.
timeout 60 mdtrace --target "vm:$vm" trace --count 100 >"$scratch/trace" 2>&1 &
tracer=$!
wait_until "trace has begun" grep -q TIME "$scratch/trace"
has "the rings are its own" "$(mdtrace --target "vm:$vm" status)" \
  'read by mdtrace trace, process'
unset MDTRACE_TARGET
workload "trap 100"
wait $tracer
is "trace alone" "$(grep -c syscall_mach_port_allocate:entry "$scratch/trace")" \
  100
done_testing
