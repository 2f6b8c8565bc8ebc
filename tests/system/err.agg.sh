#!/bin/sh
# What a probe cannot be told to do with its hits, and what is said of it.
. "${0%/*}/lib.sh"

# usage NAME PATTERN OPTION... DESCRIPTION: what create does not understand,
# without asking a kernel.
usage ()
{
  name=$1 pattern=$2
  shift 2
  refuses "$name" 2 "$pattern" mdtrace probe create "$@"
}

usage "to add up something unknown" "there are count, sum, min, max" \
  --agg median=x task_create
usage "the value of a count" "takes no value; did you mean sum=x" \
  --agg count=x task_create
usage "steps without a range" "lhist needs a range, as in" --agg lhist a
usage "steps of a value without a range" "lhist needs a range" --agg lhist=x a
usage "half a range" "lhist needs a range" --agg lhist=x:0:10 a
usage "a range that is no number" "lhist needs a range" \
  --agg lhist=x:0:ten:1 a
usage "a range with an unknown unit" "lhist needs a range" \
  --agg lhist=x:0:10min:1 a
usage "a range that is too large" "lhist needs a range" \
  --agg lhist=x:0:9999999999s:1s a
usage "a range that ends before it begins" "one or more whole STEPs" \
  --agg lhist=x:10:0:1 a
usage "a step of nothing" "one or more whole STEPs" --agg lhist=x:0:10:0 a
usage "half a step" "one or more whole STEPs" --agg lhist=x:0:10:3 a
usage "too many steps" "these would be 129 steps; there can be 128" \
  --agg lhist=x:0:129:1 a
usage "keys without anything that is added up" "--by goes with --agg" \
  --by task a
usage "room without keys" "--keys goes with --by" --agg count --keys 10 a
usage "no room" "--keys must be a whole number from 1 on" \
  --agg count --by task --keys 0 a
usage "too much room" "--keys: 16385 are too many; there can be 16384" \
  --agg count --by task --keys 16385 a
usage "a key twice" "'task' stands there twice" --agg count --by task,cpu,task a
usage "a value twice" "'x' stands there twice" --agg count --by x,x a
usage "no key" "a key is missing beside a comma; there are task, thread" \
  --agg count --by task, a
usage "a stack of no frames" "--stack must be a whole number from 1 on" \
  --stack=0 a
usage "too many frames" "--stack: 33 are too many; there can be 32" \
  --stack=33 a
usage "the stack of a sum" "write --by stack" --agg count --stack a
usage "fields of a sum" "records no events that have fields" \
  --agg count --fields thread a
usage "the latency of entries" "describe both, as in 'fbt:kernel:task_create:'" \
  --latency ::task_create:entry
usage "the latency of returns" "--latency needs entries and returns" \
  --latency '::task_*:return'
usage "the latency of an instruction" "--latency needs entries and returns" \
  --latency task_create+3
usage "the latency of a static probe" "--latency needs entries and returns" \
  --latency vm:::fault
usage "a duration of nothing" "duration_ns goes with --latency" \
  --fields duration_ns task_create
usage "a stack of nothing" "stack goes with --stack" --fields stack a
usage "a limit of nothing" "--limit must be a whole number from 1 on" \
  --limit 0/s a
usage "a limit of another time" "--limit must be a whole number" \
  --limit 10/min a
usage "a limit that is none" "at most 4294967295 hits a second" \
  --limit 4294967296 a
for share in 0 0% 100.01 101% 1.234 .5 5. five -1 2%%; do
  usage "a budget of $share" "a percentage from 0.01 to 100, with two decimals" \
    --budget "$share" a
done
usage "a condition that is too long" "--if: at most 255 characters" \
  --if "$(printf 'cpu==0||%.0s' $(seq 32))" a
for verb in read clear watch; do
  refuses "$verb of two probes" 2 "one probe at a time, or all" \
    mdtrace agg $verb 1 2
done
refuses "no verb of agg" 2 "There are read, clear, watch" mdtrace agg
refuses "no entry at all" 2 "--limit must be a whole number from 1 on" \
  mdtrace agg read --limit 0
refuses "a CPU that is none" 2 "--cpu must be a whole number from 0 on" \
  mdtrace agg read --cpu none
refuses "to watch no times" 2 "--count must be a whole number from 1 on" \
  mdtrace agg watch --count 0
for interval in 0 0.0001 -1 86401 often 1s; do
  refuses "every $interval seconds" 2 "a number of seconds from 0.001 to" \
    mdtrace agg watch --interval $interval
done
for share in 0 101 half; do
  refuses "a share of $share" 2 "--max must be a percentage from 0.01 to 100" \
    mdtrace budget --max $share
done
refuses "all and a part of it" 2 "--verbose tells of whole probes" \
  mdtrace probe list --verbose --per-cpu

start_vm guest
export MDTRACE_TARGET="vm:$vm"

# option NAME PATTERN OPTION... DESCRIPTION: what only the function tells.
option ()
{
  name=$1 pattern=$2
  shift 2
  refuses "$name" 1 "$pattern" mdtrace probe create "$@"
}

option "a sum of one of several" \
  '--agg sum=parent_task; the function has parent_task, inherit_memory' \
  --agg sum task_create
option "a sum of nobody knows what" 'say of what, as in --agg sum=arg0' \
  --agg sum '::task_*:entry'
option "a sum of one of several of a static probe" \
  '--agg sum=map; it has map, address, type' --agg sum vm:::fault
option "a key that a static probe has not" 'it has map, address, type' \
  --agg count --by size vm:::fault
option "steps of one of several" '--agg lhist=parent_task:LOW:HIGH:STEP' \
  --agg lhist=0:10:1 task_create
option "a sum by the only value" 'say of what' \
  --agg sum --by inherit_memory task_create
option "a sum of what is not there" 'has no argument parent; it has' \
  --agg sum=parent task_create
option "a duration without one" 'has no argument duration' \
  --agg hist=duration task_create
option "a key that is not there" 'has no argument parent; it has' \
  --agg count --by parent task_create
option "what is returned, at an entry" 'a value is returned at returns only' \
  --agg count --by retval task_create
option "a sum of nothing that is returned" 'say of what' \
  --agg sum ::task_reference:return
option "an argument, at a return" 'are gone when it returns' \
  --agg sum=inherit_memory ::task_create:return
option "steps below nothing" 'the value has no sign; begin with 0 or more' \
  --agg lhist=parent_task:-10:10:1 task_create
option "a condition that is none" '^mdtrace: cpu ==: .*no filter' \
  --if 'cpu ==' task_create
option "seven values, the keys among them" 'at most 6 values' --agg count \
  --args parent_task,inherit_memory,child_task,arg0,arg1 --by arg2,task \
  --agg 'sum=parent_task->map' task_create
is "nothing was left behind" "$(mdtrace --json probe list --all |
				jq '.probes | length')" 0
mdtrace probe create --label twin task_create >"$scratch/out"
mdtrace probe create --label adder --agg count task_create >>"$scratch/out"
refuses "to read what records events" 1 \
  '^mdtrace: probe 1: that probe records events' mdtrace agg read twin
refuses "to clear it" 1 '^mdtrace: probe 1: that probe records events' \
  mdtrace agg clear 1
refuses "to watch it" 1 'that probe records events' mdtrace agg watch twin
for verb in read clear watch; do
  refuses "to $verb no probe" 1 '^mdtrace: 7: no such probe' \
    mdtrace agg $verb 7
  refuses "to $verb no label" 1 '^mdtrace: other: no such probe' \
    mdtrace agg $verb other
done
refuses "another CPU" 1 'probe 2: no such CPU' mdtrace agg read --cpu 1 2
refuses "to list no probe" 1 '^mdtrace: other: no such probe' \
  mdtrace probe list other
mdtrace --json agg read twin >"$scratch/json" 2>"$scratch/stderr"
is "an error is JSON too" "$(jq -c .error.code "$scratch/json")" 4624
law_holds "the law"
mdtrace-vm stop --state "$vm"

# A kernel of which mdtrace-mkkernel would have said that it was built without
# frame pointers: its table has no flag (kernel/site_table.h).
perl -0777 -pe 's/(DMSITES4.{108})\x01/$1\x00/s' "$MDTRACE_KERNEL" \
  >"$scratch/kernel"
cp "$MDTRACE_KERNEL.debug" "$scratch/kernel.debug"
holds "its flag was taken away" \
  "$(cmp -l "$MDTRACE_KERNEL" "$scratch/kernel" | wc -l)" -eq 1
start_vm frameless --kernel "$scratch/kernel"
export MDTRACE_TARGET="vm:$vm"
option "a stack without frames" \
  '^mdtrace: task_create: this kernel was built without frame pointers' \
  --stack task_create
option "a key that is one" 'without frame pointers' --agg count --by stack \
  task_create
is "nothing was left behind there" "$(mdtrace --json probe list --all |
				      jq '.probes | length')" 0
done_testing
