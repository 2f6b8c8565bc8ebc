#!/bin/sh
# Each number of a snapshot is what the workload is known to have done, and what
# the kernel's ordinary interfaces say.
. "${0%/*}/lib.sh"

# take NAME: a snapshot, to $scratch/NAME.
take ()
{
  mdtrace --json snapshot >"$scratch/$1" ||
    fail "a snapshot" "$(cat "$scratch/$1")"
}

# of NAME MEMBER: what it says there.
of ()
{
  jq -r ".$2" "$scratch/$1"
}

# grown MEMBER: by how much, from the snapshot before to after.
grown ()
{
  echo $(($(of after "$1") - $(of before "$1")))
}

# ask: what the kernel tells by its ordinary interfaces, to $scratch/info, between
# the snapshots before and after.
ask ()
{
  take before
  workload info
  take after
  tr -d '\r' <"$vm/console.log" | sed -n 's/^workload: info \([a-z_]*\) /\1 /p' |
    tac | awk '!seen[$1]++' >"$scratch/info"
}

# said NAME: of that.
said ()
{
  sed -n "s/^$1 //p" "$scratch/info"
}

# between NAME NUMBER LOW HIGH
between ()
{
  if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then
    pass "$1"
  else
    fail "$1" "expected: from $3 to $4" "     got: $2"
  fi
}

# agrees: with what the kernel has told, all but the time of the CPUs.
agrees ()
{
  between "$1: the time" "$(said seconds)$(printf %09u "$(said nanoseconds)")" \
    "$(of before time_ns)" "$(of after time_ns)"
  is "$1: CPUs by host_info" "$(of after cpus)" "$(said avail_cpus)"
  is "$1: CPUs by processor_info" "$(of after cpus)" "$(said processors)"
  is "$1: memory by host_info" "$(of after memory_bytes)" "$(said memory_size)"
  is "$1: tasks by processor_set_info" "$(of after tasks)" \
    "$(said task_count)"
  is "$1: threads by processor_set_info" "$(of after threads)" \
    "$(said thread_count)"
  for member in faults pageins pageouts; do
    between "$1: $member by vm_statistics" "$(said $member)" \
      "$(of before $member)" "$(of after $member)"
  done
  # What requests and what is printed take and give back meanwhile.
  few=$((64 * $(said pagesize)))
  free=$(($(said free_count) * $(said pagesize)))
  between "$1: free memory by vm_statistics" "$(of after free_bytes)" \
    $((free - few)) $((free + few))
}

start_vm guest
export MDTRACE_TARGET="vm:$vm"

# The first second.
take first
if [ "$(of first uptime_ns)" -lt 1000000000 ]; then
  is "how busy, when there is no history" \
    "$(of first utilisation_percent)" null
else
  pass "how busy, when there is no history # SKIP it has begun"
fi
ask
agrees "at first"
is "it is none of the history" "$(of first sequence)" 0
is "interrupts are not known" "$(of first interrupt_ns)" null
is "time of messages is not known" "$(of first ipc_ns)" null
is "no counter is on" "$(of first 'counters | length')" 0

# Tasks and threads: the echoing task and its thread.
workload "ipc 1"
ask
agrees "with a task more"
is "a task more" $(($(of after tasks) - $(of first tasks))) 1
is "a thread more" $(($(of after threads) - $(of first threads))) 1

# Memory that is in use, and page faults.
take before
workload "hold 4096"
take after
between "4096 pages less are free, and some for the map of them" \
  $((-$(grown free_bytes))) $((4096 * 4096)) $((4160 * 4096))
between "4096 faults, and some of others" "$(grown faults)" 4096 4196
is "memory stays what it is" "$(grown memory_bytes)" 0
# Below 0 there is nothing.
holds "thresholds: allocations wait below" "$(of after min_bytes)" -gt 0
holds "page-out starts above that" "$(of after low_bytes)" -gt \
  "$(of after min_bytes)"
holds "less is free than there is" "$(of after free_bytes)" -lt \
  "$(of after memory_bytes)"

# Paging.
take before
workload "pages 100"
take after
is "100 pages from the pager" "$(grown pageins)" 100
is "100 pages to the pager" "$(grown pageouts)" 100
ask
agrees "after that"

# Time of the CPU.
ask
cp "$scratch/before" "$scratch/start"
user_us=$(said user_us)
workload "spin 1000"
ask
cp "$scratch/start" "$scratch/before"
between "a second of a task's own time" "$(grown user_ns)" 700000000 \
  1100000000
between "what the thread says of itself" $(($(said user_us) - user_us)) \
  $(($(grown user_ns) / 1000 - 20000)) $(($(grown user_ns) / 1000 + 20000))
for member in user_ns system_ns idle_ns; do
  holds "$member does not shrink" "$(grown $member)" -ge 0
done
between "user, system and idle time are all there is" \
  "$(of after 'user_ns + .system_ns + .idle_ns')" \
  $(($(of after uptime_ns) - 10000000)) $(($(of after uptime_ns) + 10000000))
between "and both clocks go alike" \
  $(($(grown time_ns) - $(grown uptime_ns))) -10000000 10000000

# How busy the CPU is: from one snapshot of the history to the next.
# busy TEST: whether the share of busy time is so now.
busy ()
{
  take now
  [ "$(jq ".utilisation_percent != null and .utilisation_percent $1" \
    "$scratch/now")" = true ]
}
wait_until "a snapshot of the history is there" busy ">= 0"
wait_until "an idle CPU is seen" busy "<= 20"
pass "an idle CPU"
workload "spin 5000" &
spinning=$!
wait_until "a busy CPU is seen" busy ">= 90"
pass "a busy CPU"
wait $spinning
wait_until "an idle CPU is seen again" busy "<= 20"
pass "an idle CPU again"

# Probes.
probe=$(mdtrace --json probe create --enable syscall_mach_port_allocate |
	jq .probe_id)
take before
workload "trap 7"
take after
is "7 hits" "$(grown hits)" 7
is "none is lost" "$(grown lost)" 0
# More than the ring holds, while nobody reads it.
workload "trap 50000"
take after
is "50007 hits" "$(grown hits)" 50007
is "what is lost is what the probe has dropped" "$(grown lost)" \
  "$(probe_value "$probe" dropped)"
holds "which is something" "$(grown lost)" -gt 0
law_holds "the law"
mdtrace probe destroy "$probe" >"$scratch/out"

# Counters that are on.
mdtrace counter create --unit rounds workload >"$scratch/out"
mdtrace counter create --unit items --kind level stock >>"$scratch/out"
workload "updates 100"
mdtrace counter update stock 12 >"$scratch/out"
take after
is "what is on" "$(of after 'counters | keys | join(" ")')" "stock workload"
is "a count" "$(of after 'counters.workload | "\(.count) \(.sum) \(.unit)"')" \
  "100 5050 rounds"
is "a level" "$(of after 'counters.stock | "\(.kind) \(.level)"')" "level 12"
mdtrace counter disable workload >"$scratch/out"
take after
is "what is on then" "$(of after 'counters | keys | join(" ")')" stock

# For people, and again and again.
text=$(mdtrace snapshot)
has "tasks and threads" "$text" "^tasks +$(of after tasks), with $(of after \
  threads) threads$"
has "memory" "$text" '^memory +127.8 MiB, used [0-9.]+ MiB \([0-9.]+ %\), free'
has "time of the CPU" "$text" '^CPU time +user .* \([0-9.]+ %\), system .*idle'
has "what is not known, and why" "$text" \
  '^interrupts +unavailable: counter interrupt-overhead is off$'
has "hits" "$text" '^probes +50007 hits, of which [0-9]+ events were lost$'
has "a counter" "$text" '^stock +1 +12 items *$'
mdtrace --json snapshot --watch=0.01 --count 3 >"$scratch/watched"
is "three, in a line each" "$(wc -l <"$scratch/watched")" 3
is "one after the other" "$(jq -s '[.[].time_ns] | . == sort' \
			    "$scratch/watched")" true
mdtrace snapshot --watch >"$scratch/watched" &
watching=$!
wait_until "two were printed" eval \
  '[ "$(grep -c "^time" "$scratch/watched")" -ge 2 ]'
kill -INT $watching
wait $watching
is "an interrupted watch" $? 0
done_testing
