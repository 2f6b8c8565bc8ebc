#!/bin/sh
# Static probes: each of them has just the events that there are, on kernels of
# both architectures, and what a kernel lacks is said.
. "${0%/*}/lib.sh"

# enable EVENT [OPTION...]: a probe that is enabled; its number in $id.
enable ()
{
  event=$1
  shift
  id=$(mdtrace --json probe create --enable "$@" "$event" | jq .probe_id)
}

disable ()
{
  for probe; do mdtrace probe disable "$probe" >"$scratch/out"; done
}

# has_events NAME EXPECTED [CONDITION]: so many events of the probe $id.
has_events ()
{
  is "$1 ($arch)" "$(query "select count(*) from events
    where probe_id = $id and ${3-1}")" "$2"
}

# counts NAME EVENT WORKLOAD EXPECTED [CONDITION]: so many events in the
# workload's task while it does that.
counts ()
{
  enable "$2" --if "task == \"workload-$arch\""
  workload "$3"
  disable "$id"
  has_events "$1" "$4" "${5-1}"
}

test_names ()
{
  mdtrace --json probe list --available '*:::*' >"$scratch/available"
  is "all static probes are there ($arch)" \
    "$(jq '[.static[] | select(.sites > 0)] | length' "$scratch/available")" \
    "$(grep -c '^STATIC_PROBE ' "$TEST_SRCDIR/mkkernel/static_probes.def")"
  is "and nothing of them is missing ($arch)" \
    "$(jq -r '.static[] | select(.missing != "") | .event' \
	 "$scratch/available")" ""
  has "they are listed by pattern ($arch)" \
    "$(mdtrace probe list --available 'vm:::*')" \
    '^vm:::fault \(map, address, type, wiring\): 1 site$'
  has "and explained ($arch)" "$(mdtrace probe explain vm:::fault)" \
    '^  type: vm_prot_t$'
}

test_traps ()
{
  counts "traps" syscall:::entry "trap 500" 500 \
    "function = 'syscall_mach_port_allocate' and arg0 = 72"
  is "each with its argument ($arch)" \
    "$(query "select count(distinct arg2), min(arg2), max(arg2) from events
	      where probe_id = $id
	      and function = 'syscall_mach_port_allocate'")" "500|1|500"
  counts "traps by function" syscall::syscall_mach_port_allocate:entry \
    "trap 300" 300 "name = 'entry' and provider = 'syscall'"
  counts "returns by function" syscall::syscall_mach_port_allocate:return \
    "trap 300" 300 "arg0 = 72 and arg1 != 0"
  # It waits for a command within a trap, before and after.
  enable 'syscall::mach_msg*:return' --if "task == \"workload-$arch\""
  returns=$id
  # And so is waiting for a line from the console, character by character.
  enable syscall::mach_msg_trap:entry --if "task == \"workload-$arch\""
  workload "rpc 200"
  disable "$id"
  is "RPCs are traps ($arch)" \
    "$(query "select count(*) between 201 and 230 from events
	      where probe_id = $id and arg0 = 25")" 1
  disable "$returns"
  is "a trap returns as often as it is entered ($arch)" \
    "$(query "select abs(sum(probe_id = $returns) - sum(probe_id = $id)) <= 1
	      from events where probe_id in ($id, $returns)")" 1
}

test_messages ()
{
  counts "requests to the kernel are sent" ipc:::send "rpc 200" 200 \
    "arg0 between 2600 and 2699 and arg5 = task"
  counts "its replies are received" ipc:::receive "rpc 200" 200 \
    "arg0 between 2700 and 2799"
  enable ipc:::send
  sent=$id
  enable ipc:::receive
  received=$id
  workload "ipc 300"
  disable "$sent" "$received"
  id=$sent
  has_events "requests to a task are sent" 300 \
    "arg0 = 30000 and task_name = 'workload-$arch' and arg5 = task"
  has_events "and answered" 300 \
    "arg0 = 30001 and task_name = 'echo' and arg5 = task"
  is "some of them handed over ($arch)" "$(query "select count(*) > 0
    from events where probe_id = $id and function = 'thread_handoff'")" 1
  id=$received
  has_events "requests are received" 300 \
    "arg0 = 30000 and task_name = 'echo'"
  has_events "and answers" 300 \
    "arg0 = 30001 and task_name = 'workload-$arch'"
  is "a message is received from the port that it was sent to ($arch)" \
    "$(query "select count(*) from (select arg0, arg1, arg2 from events
		where probe_id = $sent and arg0 = 30000 intersect
	      select arg0, arg1, arg2 from events
		where probe_id = $received and arg0 = 30000)")" 1
}

test_memory ()
{
  counts "faults" vm:::fault "faults 250" 250 "arg2 = 3 and arg3 = 0"
  # The function would not see them: they go by a copy of it.
  counts "pages that are taken" vm:::grab "faults 250" 250 \
    "arg0 > 0 and kind = 'address'"
  counts "faults that are dealt with" vm:::fault-done "faults 250" 250 \
    "arg0 = 0"
  counts "pages that are asked for" vm:::pagein "pages 40" 40
  is "each once ($arch)" \
    "$(query "select count(distinct arg1), max(arg1) from events
	      where probe_id = $id")" "40|159744"
  counts "pages that are sent back" vm:::pageout "pages 40" 40
}

test_tasks ()
{
  for what in task thread; do
    enable "$what:::create"
    created=$id
    enable "$what:::terminate"
    ended=$id
    workload "${what}s 120"
    disable "$created" "$ended"
    id=$created
    has_events "${what}s that are made" 120
    id=$ended
    has_events "${what}s that end" 120
    is "they are the same ones ($arch)" \
      "$(query "select count(*) from (
		select distinct arg0 from events where probe_id = $created
		except select arg0 from events where probe_id = $ended)")" 0
  done
  counts "threads that are woken" sched:::wakeup "wakeups 150" 150 \
    "function = 'thread_resume' and arg1 = task"
}

# From one thread to the next: none is missing in between.
test_switches ()
{
  enable sched:::switch
  workload "mixed 50"
  disable "$id"
  is "each switch begins where the last has ended ($arch)" \
    "$(query "select count(*) > 100, sum(before != arg0 or thread != arg0)
	from (select arg0, thread, lag (arg1) over (order by time_ns) as before
	      from events where probe_id = $id) where before is not null")" "1|0"
}

# alternate NAME PROBE CONDITION PROBE: between the first and the last event that
# both could see, the events of both take turns.
alternate ()
{
  is "$1 ($arch)" "$(query "select count(*) > 20, sum(probe_id = before)
    from (select probe_id, lag (probe_id) over (order by time_ns) as before
	  from events where ((probe_id = $2 and $3) or probe_id = $4)
	  and time_ns >= (select max(first) from (select min(time_ns) as first
	    from events where probe_id in ($2, $4) group by probe_id))
	  and time_ns <= (select min(last) from (select max(time_ns) as last
	    from events where probe_id in ($2, $4) group by probe_id)))
    where before is not null")" "1|0"
}

test_interrupts ()
{
  enable timer:::tick
  ticks=$id
  enable interrupt:::entry
  begun=$id
  enable interrupt:::return
  ended=$id
  workload "clock 20"
  disable "$ticks" "$begun" "$ended"
  is "ticks, one each 10 ms ($arch)" \
    "$(query "select count(*) >= 20, min(arg0), max(arg0) from events
	      where probe_id = $ticks")" "1|10000|10000"
  alternate "each tick is an interrupt" "$begun" "arg0 = 0" "$ticks"
  # One can interrupt another.
  is "interrupts that end are those that begin ($arch)" \
    "$(query "select abs (sum(probe_id = $begun) - sum(probe_id = $ended)) < 2
	      from events where probe_id in ($begun, $ended)
	      and time_ns >= (select min(time_ns) from events
		where probe_id = $ended)
	      and time_ns <= (select max(time_ns) from events
		where probe_id = $begun)")" 1
}

test_devices ()
{
  counts "writes to a device" io:::start "writes 60" 60 \
    "arg1 = 1 and arg3 = 1"
  counts "writes that are done" io:::done "writes 60" 60 "arg1 = 0 and
    function = 'device_write_inband'"
  for event in net:::send net:::receive; do
    enable "$event"
    workload "mixed 1"
    is "nothing comes by a network that is not there: $event ($arch)" \
      "$(probe_value "$id" hits)" 0
    disable "$id"
  done
}

test_custom ()
{
  has "a custom event with nobody to listen ($arch)" \
    "$(mdtrace fire nobody 1)" '^nobody: 0 probes listening$'
  enable custom:::workload --args round,all
  workload "fire 200"
  has "a task without privileges fires an event ($arch)" \
    "$(cat "$scratch/workload.out")" 'fire 200: done, 1 listening'
  disable "$id"
  has_events "events that it has fired" 200 \
    "arg1 = 200 and task_name = 'workload-$arch' and name = 'workload'"
  is "each once ($arch)" "$(query "select count(distinct arg0), min(arg0),
    max(arg0) from events where probe_id = $id")" "200|1|200"
  enable custom:::checkpoint --if 'arg0 > 5'
  mdtrace fire checkpoint 5 >"$scratch/out"
  mdtrace fire checkpoint 0x6 >"$scratch/out"
  is "a filter of a custom event ($arch)" \
    "$(probe_value "$id" hits) $(probe_value "$id" filtered)" "2 1"
  mdtrace probe destroy "$id" >"$scratch/out"
}

# What the manual page shows can be done.
test_examples ()
{
  sed -n '/^Static probes:/,/^\.Ed/s/^\$ //p' \
    "$TEST_SRCDIR/man/mdtrace-probes.7.in" >"$scratch/examples"
  while read -r line; do
    succeeds "example: $line ($arch)" sh -c "$line"
  done <"$scratch/examples"
  is "there are examples ($arch)" "$(grep -c mdtrace "$scratch/examples")" 5
}

test_options ()
{
  enable ipc:::send --if 'id == 30000'
  workload "ipc 100"
  disable "$id"
  is "a filter by an argument ($arch)" "$(probe_value "$id" recorded)" 100
  enable ipc:::receive --agg count --by id
  workload "ipc 100"
  disable "$id"
  is "an aggregation by an argument ($arch)" \
    "$(mdtrace --json agg read "$id" |
       jq '[.. | objects | select(.count? == 100)] | length')" 2
  enable vm:::fault --args address,type
  workload "faults 3"
  disable "$id"
  is "some of the arguments ($arch)" \
    "$(query "select count(*), count(arg0), count(arg1), count(arg2)
	      from events where probe_id = $id
	      and task_name = 'workload-$arch'")" "3|0|3|3"
  mdtrace probe create 'task:::*' >"$scratch/out"
  has "its kind ($arch)" "$(mdtrace probe list)" " vm:::fault +static +1 "
  is "a pattern is a probe for each that it matches ($arch)" \
    "$(grep -c '^probe [0-9]*: task:::\(create\|terminate\): 1 site ' \
	 "$scratch/out")" 2
}

for kernel in $TEST_ARCHITECTURES; do
  export MDTRACE_KERNEL="$TEST_BUILDDIR/build/test/gnumach-$kernel"
  start_vm "guest-$kernel" \
    --kernel "$TEST_BUILDDIR/build/test/gnumach-$kernel"
  start_daemon
  # What is done for the first time takes more than it does later.
  for command in "mixed 1" "pages 1" "wakeups 1" "writes 1"; do
    workload "$command"
  done
  test_names
  test_traps
  test_messages
  test_memory
  test_tasks
  test_switches
  test_interrupts
  test_devices
  test_custom
  test_options
  test_examples
  law_holds "the law ($arch)"
  stop_daemon
  unset MDTRACE_TARGET
done
done_testing
