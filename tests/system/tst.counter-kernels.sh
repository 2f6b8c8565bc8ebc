#!/bin/sh
# On every kernel that was fetched, with one CPU and with two: each counter of
# places counts what the workload does, together with probes at the same places,
# and leaves the text as it was.
. "${0%/*}/lib.sh"

# counted COUNTER PART: how often.
counted ()
{
  mdtrace --json counter read "$1" | jq "
    [.counters[0].parts[] | select(.name == \"$2\").count] | add // 0"
}

# rises NAME COUNTER PART LEAST COMMAND: the workload's COMMAND lets it rise by
# at least so much, and, where it is the workload that makes nearly all of it, by
# hardly more.
rises ()
{
  before=$(counted "$2" "$3")
  workload "$5"
  after=$(counted "$2" "$3")
  holds "$title: $1: $((after - before)) for $4" $((after - before)) -ge "$4"
  holds "$title: $1: and hardly more" $((after - before)) -le \
    $(($4 + $4 / 5 + 200))
}

# hits FUNCTION: of the probe at its entry.
hits ()
{
  mdtrace --json probe list |
    jq "[.probes[] | select(.function == \"$1\").hits] | add // 0"
}

# switches: threads that have begun to run.
switches ()
{
  echo $(($(counted schedule-latency queued) +
    $(counted schedule-latency handed-off)))
}

# try NAME STOCK CPUS
try ()
{
  title="$1, $3"
  mdtrace-mkkernel -o "$scratch/kernel" "$2" || {
    fail "$title: takes mdtrace in"
    return
  }
  export MDTRACE_KERNEL="$scratch/kernel"
  start_vm "guest$guests-$3" --kernel "$scratch/kernel" --cpus "$3"
  export MDTRACE_TARGET="vm:$vm"
  is "$title: six have places" "$(mdtrace --json counter list |
    jq '[.counters[] | select(.source == "places in the kernel")] | length')" 6
  stock=$(changed_text "$2")
  mdtrace --json counter enable all >"$scratch/out" 2>&1
  is "$title: they are on" "$(mdtrace --json counter list |
    jq '[.counters[] | select(.state == "on")] | length')" 6
  [ "$3" = 1 ] || workload elsewhere
  rises requests ipc-latency rpc 3000 "rpc 3000"
  rises "what they copy in" memory-bandwidth copied-in 3000 "rpc 3000"
  rises "and out" memory-bandwidth copied-out 3000 "rpc 3000"
  rises faults vm-pressure faults 500 "faults 500"
  rises "pages of zeros" memory-bandwidth zeroed 500 "faults 500"
  switched=$(switches)
  case $1 in
    # Of a message that is handed over this kernel does not tell which.
    *486-smp*) workload "ipc 1000" ;;
    *) rises messages ipc-latency message 2000 "ipc 1000" ;;
  esac
  holds "$title: with each a thread goes on, put in a queue or handed the CPU" \
    $(($(switches) - switched)) -ge 1900
  before=$(counted schedule-latency queued)
  workload "wakeups 200"
  holds "$title: threads wait for a CPU" \
    $(($(counted schedule-latency queued) - before)) -ge 200
  holds "$title: the clock interrupts" \
    "$(counted interrupt-overhead "irq 0")" -ge 1
  is "$title: what began within it is not longer than it took" \
    "$(mdtrace --json counter read all | jq -c '.counters[] |
       select(.kind == "duration").parts[] | select(.minimum > .maximum or
       .sum < .maximum or (.buckets | map(.count) | add) != .count)')" ""

  # Probes where counters are.
  for function in ipc_kobject_server vm_fault thread_setrun switch_context; do
    mdtrace probe create --enable "fbt::$function:entry" >"$scratch/out" 2>&1 ||
      fail "$title: a probe at $function" "$(cat "$scratch/out")"
  done
  rises "requests, with a probe there" ipc-latency rpc 3000 "rpc 3000"
  rises "faults, with a probe there" vm-pressure faults 500 "faults 500"
  holds "$title: and the probes: requests" "$(hits ipc_kobject_server)" -ge 3000
  holds "$title: and faults" "$(hits vm_fault)" -ge 500
  mdtrace --json counter disable all >"$scratch/out" 2>&1
  before=$(hits ipc_kobject_server)
  kept=$(counted ipc-latency rpc)
  workload "rpc 1000"
  holds "$title: the probes stay when the counters go" \
    $(($(hits ipc_kobject_server) - before)) -ge 1000
  is "$title: which count no longer" "$(counted ipc-latency rpc)" "$kept"
  mdtrace --json counter enable all >"$scratch/out" 2>&1
  law_holds "$title: the law"
  for id in $(mdtrace --json probe list | jq '.probes[].probe_id'); do
    mdtrace probe destroy "$id" >"$scratch/out"
  done
  rises "the counters stay when the probes go" ipc-latency rpc 3000 "rpc 3000"
  mdtrace --json counter disable all >"$scratch/out" 2>&1
  is "$title: none is on, and the text is as it was" "$(changed_text "$2")" \
    "$stock"
  mdtrace-vm stop --state "$vm"
}

try_all ()
{
  try "$1" "$2" 1
  case $1 in
    gnumach-*-486-smp-dbg) try "$1" "$2" 2 ;;
  esac
}

each_kernel try_all
done_testing
