#!/bin/sh
# Each of configure's settings for the kernel part switches what it names.
. "${0%/*}/lib.sh"

# build NAME SED-SCRIPT: the kernel part with a changed config.h, and a kernel
# with it; sets $kernel.
build ()
{
  mkdir -p "$scratch/$1/config"
  sed "$2" config.h >"$scratch/$1/config/config.h"
  make kernel_build="$scratch/$1" kernel_config="$scratch/$1/config" \
    "$scratch/$1/lib/mdtrace-kernel-$architecture.o" >"$scratch/$1/log" 2>&1 ||
    fail "$1: it builds" "$(tail -n 20 "$scratch/$1/log")"
  kernel=$scratch/$1/kernel
  MDTRACE_LIBDIR="$scratch/$1/lib" mdtrace-mkkernel -o "$kernel" \
    "$STOCK_KERNEL"
}

# set NAME VALUE: a script for sed.
set_to ()
{
  printf 's/^# *define %s .*/#define %s %s/\n' "$1" "$1" "$2"
}

cd "$TEST_BUILDDIR" || exit 1
architecture=$(architecture "$STOCK_KERNEL")
build settings "$(set_to MAX_DYNAMIC_PROBES 3; set_to TREND_HISTORY_SIZE 2
  set_to DYNAMIC_PROBES_DEBUG 1; set_to PERF_COUNTERS_VERBOSE 1
  set_to DTRACE_DEBUG 1)"
start_vm with-settings --kernel "$kernel"
export MDTRACE_TARGET="vm:$vm"
mdtrace probe create --enable task_create >"$scratch/out"
mdtrace probe create thread_create >"$scratch/out"
mdtrace probe create vm_allocate >"$scratch/out"
refuses "MAX_DYNAMIC_PROBES" 1 'limit of probes.*limit of 3$' \
  mdtrace probe create vm_deallocate
has "DYNAMIC_PROBES_DEBUG" "$(cat "$vm/console.log")" \
  'mdtrace: probe 1: task_create: created'
# The older of two snapshots is from one to two seconds old; with more of them
# the window would only grow.
for window in 2 1; do
  wait_until "health has a window of $window seconds" sh -c \
    "mdtrace --json health | jq -e '.window_seconds == $window' >/dev/null"
done
pass "TREND_HISTORY_SIZE: two snapshots"
mdtrace health >"$scratch/out"
has "PERF_COUNTERS_VERBOSE" "$(cat "$vm/console.log")" \
  'mdtrace: health [0-9]+: memory -[0-9]+ cpu -'
# Its checks are silent as long as all is well, also when the ring is full.
workload "tasks 30000"
is "DTRACE_DEBUG: the rings are in order" \
  "$(grep -c 'ring broken' "$vm/console.log")" 0
is "DTRACE_DEBUG: and its checks are there" \
  "$(grep -c 'ring broken' "$scratch/settings/lib/mdtrace-kernel-$architecture.o")" 1
law_holds "the law"

build no-probes "$(set_to MACH_DYNAMIC_PROBES 0)"
start_vm without-probes --kernel "$kernel"
export MDTRACE_TARGET="vm:$vm"
refuses "MACH_DYNAMIC_PROBES: no probes" 1 'left out when this mdtrace' \
  mdtrace probe create task_create
succeeds "MACH_DYNAMIC_PROBES: the rest is there" mdtrace health
is "MACH_DYNAMIC_PROBES: rings are there" \
  "$(mdtrace --json status | jq .ring_bytes)" 1048576

build no-core "$(set_to MACH_DYNAMIC_PROBES 0; set_to MACH_DTRACE 0)"
start_vm without-core --kernel "$kernel"
export MDTRACE_TARGET="vm:$vm"
is "MACH_DTRACE: no rings" "$(mdtrace --json status | jq .ring_bytes)" 0
refuses "MACH_DTRACE: nothing to trace" 1 'left out when this mdtrace' \
  mdtrace trace --count 1
succeeds "MACH_DTRACE: the rest is there" mdtrace health

build no-counters "$(set_to MACH_PERF_COUNTERS 0)"
start_vm without-counters --kernel "$kernel"
export MDTRACE_TARGET="vm:$vm"
refuses "MACH_PERF_COUNTERS: no health" 1 'left out when this mdtrace' \
  mdtrace health
mdtrace probe create --enable task_create >"$scratch/out"
workload "tasks 10"
is "MACH_PERF_COUNTERS: probes work" "$(probe_value 1 hits)" 10
done_testing
