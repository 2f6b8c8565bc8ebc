#!/bin/sh
# A daemon that was killed takes its probes along when its lease ends, but for
# those that persist; one that has a successor, or that ends, leaves them.
. "${0%/*}/lib.sh"

hooks='bootstrap_create 5
ipc_kobject_notify 5'
lease_ns=10000000000

# probes: number, state, whether it persists and has lapsed.
probes ()
{
  mdtrace --json probe list | jq -c \
    '.probes[] | [.probe_id, .state, .persist, .lapsed]'
}

kill_daemon ()
{
  kill -9 "$daemon"
  wait "$daemon" 2>/dev/null
}

# Killed and started again at once, then ended.
start_vm kept
start_daemon
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
workload "trap 3"
kill_daemon
start_daemon
workload "trap 4"
is "a successor goes on" "$(query 'select count(*) from events')" 7
stopped_ns=$(query 'select max(time_ns) from events')
stop_daemon
kept=$vm

# Killed, and nobody comes.
start_vm left
start_daemon
mdtrace probe create --enable task_create >"$scratch/out"
is "a probe that persists says so" \
  "$(mdtrace --json probe create --enable --persist \
     syscall_mach_port_allocate | jq -c '[.probe_id, .state, .persist]')" \
  '[2,"enabled",true]'
has "also in the list" "$(mdtrace probe list)" \
  '^ +2 syscall_mach_port_allocate .* enabled, persists +0 '
workload "tasks 3"
workload "trap 3"
is "both are enabled" "$(probes)" '[1,"enabled",false,false]
[2,"enabled",true,false]'
kill_daemon
unset MDTRACE_TARGET
# Nobody asks the kernel for anything.
wait_until "the lease has ended" sh -c \
  "! \"$TEST_LIBDIR/compare-text\" '$STOCK_KERNEL' '$vm/ram' |
   grep -q task_create"
is "without a reader the text is as it was, but for what persists" \
  "$(changed_text)" "$hooks
syscall_mach_port_allocate 5"
export MDTRACE_TARGET="vm:$vm"
is "one has lapsed" "$(probes)" '[1,"disabled",false,true]
[2,"enabled",true,false]'
has "the list says why" "$(mdtrace probe list)" \
  '^ +1 task_create .* disabled: its reader died +3 '
workload "tasks 5"
workload "trap 7"
is "it counts no more, the other one does" \
  "$(probe_value 1 hits) $(probe_value 2 hits)" "3 10"
law_holds "the law, without a reader"
refuses "there is nothing to disable" 1 'is not enabled' \
  mdtrace probe disable 1

start_daemon
is "the next daemon enables nothing by itself" "$(probe_value 1 state)" \
  disabled
mdtrace probe enable 1 >"$scratch/out"
is "enabled again, it has not lapsed" "$(probes)" \
  '[1,"enabled",false,false]
[2,"enabled",true,false]'
workload "tasks 4"
is "and counts" "$(probe_value 1 hits)" 7
is "what it counts is stored, and what was recorded meanwhile" \
  "$(query 'select probe_id, count(*) from events group by probe_id')" \
  "1|7
2|10"
law_holds "the law, with the next daemon"
stop_daemon

# passed: whether more than a lease has passed since the first guest's daemon
# ended, by the clock of that guest.
passed ()
{
  workload "trap 1"
  now_ns=$(timeout 20 mdtrace --json trace --count 1 |
    jq -r 'select(.function) | .time_ns')
  [ "$now_ns" -gt $((stopped_ns + lease_ns)) ]
}

vm=$kept
export MDTRACE_TARGET="vm:$vm"
wait_until "a lease's time has passed" passed
is "a daemon that ends leaves its probes" "$(probes)" \
  '[1,"enabled",false,false]'
is "and the text" "$(changed_text)" "$hooks
syscall_mach_port_allocate 5"
law_holds "the law"
done_testing
