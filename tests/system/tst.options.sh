#!/bin/sh
# On every kernel: what is added up is what a stream of all events gives, for
# every function and key; durations are paired; filters count exactly; stacks
# lead to who called.
. "${0%/*}/lib.sh"

# agg LABEL FILTER: what jq's FILTER makes of the aggregation of that probe.
agg ()
{
  mdtrace --json agg read "$1" >"$scratch/agg"
  jq -r "$2" "$scratch/agg"
}

# define LABEL OPTION...: create and enable a probe.
define ()
{
  label=$1
  shift
  mdtrace probe create --enable --label "$label" "$@" >"$scratch/out" 2>&1 || {
    fail "$title: $label" "$(cat "$scratch/out")"
  }
}

# The word's number in mdtrace_probe_list by its label.
number ()
{
  mdtrace --json probe list --all |
    jq -r ".probes[] | select(.label == \"$1\") | .probe_id"
}

# try NAME STOCK: all of it, for one kernel.
try ()
{
  title=$1 stock=$2
  export MDTRACE_KERNEL="$scratch/kernel"
  mdtrace-mkkernel -o "$scratch/kernel" "$stock" >"$scratch/out" 2>&1
  start_vm "guest$guests" --kernel "$scratch/kernel"
  start_daemon
  trap=syscall_mach_port_allocate

  # Numbers from 1 to 1000, of which all is known.
  define stream $trap
  define count --agg count $trap
  define sum --agg sum=arg1 --by arg0 $trap
  define min --agg min=arg1 --by thread $trap
  define max --agg max=arg1 --by cpu $trap
  define avg --agg avg=arg1 --by function $trap
  define hist --agg hist=arg1 --by site $trap
  define lhist --agg lhist=arg1:100:900:100 --by task $trap
  define odd --agg count --if 'arg1 & 1 && arg1 > 500' $trap
  define name --agg count --if "task == \"workload-$arch\"" $trap
  define other --agg count --if 'task != "workload"' $trap
  workload "trap 1000"
  is "$title: count" "$(agg count '.. | .count? // empty')" 1000
  is "$title: sum" "$(agg sum '.. | .sum? // empty')" 500500
  is "$title: min" "$(agg min '.. | .min? // empty')" 1
  is "$title: max" "$(agg max '.. | .max? // empty')" 1000
  is "$title: avg" "$(agg avg '.. | .avg? // empty')" 500.5
  is "$title: hist" "$(agg hist '[.. | .buckets? // empty | .[].count] | join(" ")')" \
    "1 2 4 8 16 32 64 128 256 489"
  is "$title: lhist" \
    "$(agg lhist '[.. | .buckets? // empty | .[].count] | join(" ")')" \
    "99 100 100 100 100 100 100 100 100 101"
  is "$title: a filter by an argument" "$(agg odd '.. | .count? // empty')" 250
  is "$title: a filter by a task's name" \
    "$(agg name '.. | .count? // empty')" 1000
  is "$title: a filter by what its name is not" \
    "$(agg other '.. | .count? // empty')" 1000
  mdtrace probe disable "$(number stream)" >"$scratch/out"
  is "$title: the same as all events give" \
    "$(query "select count(*) + $(probe_value 1 dropped), sum(arg1 & 1 and arg1 > 500)
	      from events where probe_id = $(number stream)")" "1000|250"

  # Calls, beside their events.
  define calls --latency --agg hist --by function 'fbt::vm_map_*:'
  define entries --agg count --by function 'fbt::vm_map_*:entry'
  define sites 'fbt::vm_map_*:entry' --limit 1/s
  define created --latency --agg count task_create_kernel
  define events --latency task_create_kernel
  workload "mixed 40"
  workload "tasks 25"
  for probe in calls entries sites created events; do
    mdtrace probe disable "$(number $probe)" >"$scratch/out"
  done
  is "$title: calls of task_create_kernel" \
    "$(agg created '.. | .count? // empty')" "$(probe_value "$(number events)" recorded)"
  holds "$title: of which there were" \
    "$(agg created '.. | .count? // empty')" -ge 65
  mdtrace --json probe list --per-site "$(number sites)" >"$scratch/sites"
  # The objects of sites are those that have a mode.
  jq -r '.. | objects | select(has("mode") and .hits > 0) |
    "\(.address) \(.hits)"' "$scratch/sites" | sort \
    >"$scratch/expected"
  agg entries '.aggregations[].entries[] |
    "\(.key.function.address) \(.count)"' | sort >"$scratch/found"
  holds "$title: functions that were called" "$(wc -l <"$scratch/found")" -gt 5
  is "$title: the counts of every function" "$(cat "$scratch/found")" \
    "$(cat "$scratch/expected")"
  recorded=$(probe_value "$(number calls)" recorded)
  is "$title: a histogram has all that was recorded" \
    "$(agg calls '[.. | objects | select(has("buckets")) | .buckets[].count] | add')" \
    "$recorded"

  # Who called: the trap's handler is a function that traps lead to.
  define callers --stack=3 --agg count --by stack ipc_kobject_server
  workload "rpc 50"
  mdtrace probe disable "$(number callers)" >"$scratch/out"
  has "$title: a stack leads to who called" \
    "$(agg callers '.. | objects | select(has("stack")) | .stack | map(.function // .) |
	tostring')" "ipc_kobject_server.*(mach_msg_trap|ipc_mqueue_send|ipc_kmsg)"
  is "$title: nothing was switched off" \
    "$(mdtrace --json budget | jq '[.. | .stops? // empty] | add')" 0
  law_holds "$title: the law"
  stop_daemon
  unset MDTRACE_TARGET
  mdtrace-vm stop --state "$vm"
}

each_kernel try
done_testing
