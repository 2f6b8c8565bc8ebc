#!/bin/sh
# The health score: that of an idle system is good; each kind of trouble lowers
# it and is named first, and once that is over it is good again.
. "${0%/*}/lib.sh"

# Seconds pass by the guest's clock, which may be slow.
patience=6000

# health FILTER: of the score, by jq.
health ()
{
  mdtrace --json health | jq -r "$1"
}

# first: the factor that most points are deducted for.
first='(.factors | map (select(.deducted > 0)) | max_by(.deducted).factor)'

# The score says of FACTOR that it is what is wrong.
names ()
{
  health ". as \$health | .score < 95 and $first == \"$1\"" |
    grep -q -x true
}

is_good ()
{
  [ "$(health .score)" -ge 95 ]
}

# trouble FACTOR COMMAND: the workload makes the trouble that COMMAND is, and
# says itself when that is over.
trouble ()
{
  workload "$2"
  wait_until "$2: $1 is named" names "$1"
  pass "$2: $1 is named first"
  wait_until "$2: it is over" grep -q "workload: $2: over" "$vm/console.log"
  wait_until "$2: it is forgotten" is_good
  pass "$2: the score is good again"
}

start_vm guest
export MDTRACE_TARGET="vm:$vm"
wait_until "a rate is known" sh -c \
  'mdtrace --json health | jq -e ".factors[] | select(.factor == \"cpu\") |
     .known" >/dev/null'
is "what is not enabled is not known" "$(health '[.factors[] |
  select(.known) | .factor] | sort | join(" ")')" "cpu lost-events memory"
holds "without it, an idle system is good" "$(health .score)" -ge 95
has "what this machine does not have is said, and why" \
  "$(mdtrace counter list)" 'instructions .* unavailable .*CPUID'
refuses "it cannot be enabled" 1 'cannot be counted on this machine' \
  mdtrace counter enable instructions
for counter in memory-bandwidth lock-contention interrupt-overhead \
    schedule-latency ipc-latency vm-pressure; do
  succeeds "$counter is enabled" mdtrace counter enable "$counter"
done
wait_until "all that can be is known" sh -c \
  'mdtrace --json health | jq -e "all(.factors[]; .known)" >/dev/null'
holds "an idle system with all counters is good" "$(health .score)" -ge 95

# There is no end to it until it is released.
workload "exhaust all"
wait_until "memory is named" names memory
pass "exhausted memory is named first"
holds "half of the points for it are gone" "$(health '.factors[] |
  select(.factor == "memory") | .deducted')" -ge 25
workload release
wait_until "memory is free again" is_good
pass "the score is good again"

trouble schedule-latency "crowd 50 8"
trouble ipc-latency "storm 4 8"
trouble lock-contention "contend 4 8"

# What is disabled again is not known.
mdtrace counter disable ipc-latency >"$scratch/out"
is "what is disabled is not known" "$(health '.factors[] |
  select(.factor == "ipc-latency") | .known')" false
done_testing
