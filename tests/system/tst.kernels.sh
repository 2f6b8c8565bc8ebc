#!/bin/sh
# Every kernel that was fetched: it takes mdtrace in, boots, counts and records
# exactly, and is as before once nothing is enabled.
. "${0%/*}/lib.sh"

hooks='bootstrap_create 5
ipc_kobject_notify 5'

# try NAME STOCK: all of it, for one kernel.
try ()
{
  title=$1 stock=$2
  succeeds "$title: takes mdtrace in" \
    mdtrace-mkkernel -o "$scratch/kernel" "$stock"
  start_vm "guest$guests" --kernel "$scratch/kernel"
  start_daemon
  case $arch in
    i386) word=4 ;;
    *) word=8 ;;
  esac
  is "$title: tells its word" "$(mdtrace --json status | jq .word_bytes)" $word
  is "$title: only the hooks differ" "$(changed_text "$stock")" "$hooks"

  mdtrace probe create --enable task_create >"$scratch/out"
  workload "tasks 1000"
  is "$title: an enabled probe changes the function's first bytes" \
    "$(changed_text "$stock")" "$(printf '%s\ntask_create 5\n' "$hooks" | sort)"
  mdtrace probe disable 1 >"$scratch/out"
  is "$title: disabled, the text is as it was" "$(changed_text "$stock")" "$hooks"
  is "$title: hits of 1000 task creations" "$(probe_value 1 hits)" 1000
  is "$title: all of them in the database, or counted as dropped" \
    "$(query "select count(*) + $(probe_value 1 dropped) from events
	      where probe_id = 1 and task_name = 'workload-$arch'")" 1000

  # Arguments, which are in other places on each architecture.
  mdtrace probe create --enable syscall_mach_port_allocate >"$scratch/out"
  workload "trap 1000"
  is "$title: each event has its own argument" \
    "$(query "select count(distinct arg1) + $(probe_value 2 dropped),
	      count(*) + $(probe_value 2 dropped), max(arg1) <= 1000,
	      count(distinct arg0) from events where probe_id = 2")" \
    "1000|1000|1|1"
  workload "mixed 100"
  is "$title: times are those of this boot, in the order of the events" \
    "$(query "select sum(time_ns not between boot_time_ns
		and seen_ns + 60000000000), sum(step <= 0)
	      from (select *, arg1 - lag(arg1) over (order by time_ns) as step
		    from events where probe_id = 2)
	      join boots using (boot_id) join runs using (boot_id)")" "0|0"
  succeeds "$title: has a health" mdtrace health
  law_holds "$title: the law"
  kill -9 "$daemon"
  wait "$daemon" 2>/dev/null
  unset MDTRACE_TARGET
}

# left NAME STOCK: what its daemon has left, in the guest that is next, is
# undone by the kernel.
left ()
{
  title=$1 stock=$2
  vm=$scratch/guest$guests
  export MDTRACE_TARGET="vm:$vm"
  wait_until "$title: the text is as it was" is_original
  is "$title: a probe whose daemon was killed is disabled" \
    "$(mdtrace --json probe list |
       jq -c '.probes[] | [.probe_id, .state, .lapsed]')" \
    '[1,"disabled",false]
[2,"disabled",true]'
  law_holds "$title: the law, without it"
  unset MDTRACE_TARGET
  mdtrace-vm stop --state "$vm"
}

is_original ()
{
  [ "$(changed_text "$stock")" = "$hooks" ]
}

each_kernel try
each_kernel left
done_testing
