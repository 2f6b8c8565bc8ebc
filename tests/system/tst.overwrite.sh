#!/bin/sh
# Trace rings of other sizes, and flight recorders: they keep the newest, and
# the rest is counted.
. "${0%/*}/lib.sh"

# traps COUNTS-FIELD: of the one probe.
traps ()
{
  probe_value 1 "$1"
}

# kept: the numbers of the rounds that are in the rings, as FIRST-LAST COUNT, if
# none of those between is missing and they are in order.
kept ()
{
  timeout 60 mdtrace --json trace | jq -r 'select(.function ==
    "syscall_mach_port_allocate") | .arguments[1]' | while read -r number; do
      echo $((number))
    done >"$scratch/kept"
  awk 'NR == 1 { first = $1 } NR > 1 && $1 != last + 1 { print "gap at", $1 }
       { last = $1 } END { print first "-" last, NR }' "$scratch/kept"
}

start_vm guest
export MDTRACE_TARGET="vm:$vm"
is "rings are of 1 MiB and discard at first" \
  "$(mdtrace --json ring | jq -c '[.holder, (.rings[] | .size_bytes, .mode,
      .state, .used_bytes, .oldest, .tail, .head, .generation)]')" \
  '["",1048576,"discard","recording",0,0,0,0,0]'
generation=0
for size in 4096=4096 64K=65536 4M=4194304; do
  generation=$((generation + 1))
  succeeds "rings of ${size%=*}" mdtrace ring --size "${size%=*}"
  is "are shown" "$(mdtrace --json ring | jq -c '.rings[0] | [.size_bytes,
      .mode, .generation]')" \
    "[${size#*=},\"discard\",$generation]"
done
mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
mdtrace ring --size 4K >"$scratch/out"
workload "trap 1000"
is "a full ring keeps the oldest" "$(kept)" "1-72 72"
is "and drops the rest" "$(traps dropped)" 928
law_holds "the law, after discarding"

mdtrace ring --mode overwrite >"$scratch/out"
has "the mode is changed, the size is not" "$(mdtrace ring)" \
  '^ *0 4096 overwrite recording +0 +0 +0 +0 +5 nobody$'
workload "trap 1000"
is "what is recorded is what there is room for" "$(traps recorded)" \
  $((72 + 72))
law_holds "the law, while the newest are kept"
used=$(mdtrace --json ring | jq '.rings[0].used_bytes')
holds "the ring is full but for what no record fits in" "$used" -gt 4000
is "a flight recorder keeps the newest" "$(kept)" "929-1000 72"
is "reading changes no count" "$(traps recorded) $(traps dropped)" \
  "144 $((928 + 928))"
is "what was read is gone" "$(kept)" "- 0"

# While it is read it is frozen.
workload "trap 10"
mdtrace ring --size 1M >"$scratch/out"
workload "trap 15000"
is "15000 events are there" "$(traps recorded)" 15144
mdtrace trace --count 1 >"$scratch/trace" 2>&1
has "its first event is the oldest, with the task's name" \
  "$(cat "$scratch/trace")" 'workload-x86_64 +syscall_mach_port_allocate:entry'
workload "trap 5"
is "after that it goes on, with what was not printed" "$(kept)" \
  "gap at 1
2-5 15004"
is "no event has no name" \
  "$(workload "trap 40000"; timeout 60 mdtrace --json trace |
     jq -r 'select(.function) | .task_name' | sort -u)" workload-x86_64
law_holds "the law, after being read"
is "health does not mind what a flight recorder gives up" \
  "$(mdtrace --json health | jq '.factors[] | select(.factor ==
     "lost-events") | .deducted')" 0

# From boot on.
start_vm boot --append "mdtrace.ring=8K mdtrace.mode=overwrite \
mdtrace.probes=syscall_mach_port_allocate"
export MDTRACE_TARGET="vm:$vm"
is "a flight recorder from boot on" \
  "$(mdtrace --json ring | jq -c '.rings[0] | [.size_bytes, .mode]')" \
  '[8192,"overwrite"]'
workload "trap 500"
is "keeps the newest" "$(kept)" "356-500 145"
law_holds "the law, from boot on"

start_vm wrong --append "mdtrace.ring=5000 mdtrace.mode=sideways"
export MDTRACE_TARGET="vm:$vm"
has "what is wrong with the size is said on the console" \
  "$(cat "$vm/console.log")" \
  'mdtrace.ring: refused; it takes a power of two from 4096 to 4194304 bytes'
has "and what is wrong with the mode" "$(cat "$vm/console.log")" \
  'mdtrace.mode: refused; there are discard, overwrite'
is "then they are as ever" \
  "$(mdtrace --json ring | jq -c '.rings[0] | [.size_bytes, .mode]')" \
  '[1048576,"discard"]'
done_testing
