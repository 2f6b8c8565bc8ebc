#!/bin/sh
# Descriptions, values by name, sites, and what explains them.
. "${0%/*}/lib.sh"
[ "$(architecture "$MDTRACE_KERNEL")" = x86_64 ] ||
  skip_all "the places named here are those of a kernel for x86_64"

start_vm guest
export MDTRACE_TARGET="vm:$vm"

# explained OPTION...: what is told of some places in the kernel.
explained ()
{
  for place in task_create splx vm_page_grab vm_page_queue_push \
	       _Xvm_allocate_contiguous task_create+2 task_create+3 splx+2 \
	       _Xvm_allocate_contiguous@gnumach.server.c; do
    # shellcheck disable=SC2086 # nothing, or an option and what it takes
    mdtrace "$@" probe explain $kernel "$place" || echo "status $?"
  done
}

# Of a kernel before and after it was booted the same is told.
kernel=
explained >"$scratch/text" 2>&1
explained --json >"$scratch/json" 2>&1
kernel="--kernel $STOCK_KERNEL"
is "explanations of a kernel file" "$(explained 2>&1)" "$(cat "$scratch/text")"
is "the same as JSON" "$(explained --json 2>&1)" "$(cat "$scratch/json")"
is "each is one document" "$(jq -s -c 'map(.kind)' "$scratch/json")" \
  '["function","function","function","inlined","ambiguous","address","address","address","function"]'
has "what a function is" "$(cat "$scratch/text")" \
  '^  kern_return_t task_create \(task_t parent_task, '
has "how its entry would be patched" "$(cat "$scratch/text")" \
  '^  entry \+0x0: jump over 5 bytes'
has "its returns" "$(cat "$scratch/text")" '^  return \+0x[0-9a-f]*: jump'
has "why not" "$(cat "$scratch/text")" \
  '^  entry \+0x0: refused: it sets the interrupt level'
has "why no jump" "$(cat "$scratch/text")" \
  '^  return \+0x[0-9a-f]*: breakpoint: it has no room for a jump'
has "what a probe does not see" "$(cat "$scratch/text")" \
  '^  inlined into vm_page_alloc\+0x'
has "what has no code of its own" "$(cat "$scratch/text")" \
  '^vm_page_queue_push: has no code of its own'
has "what tells namesakes apart" "$(cat "$scratch/text")" \
  '^  as _Xvm_allocate_contiguous@experimental.server.c at 0x'
has "where an instruction begins" "$(cat "$scratch/text")" \
  '^  inside an instruction of [0-9]* bytes, which begins at task_create\+0x0'

# What can be probed.
is "a function that can be probed" \
  "$(mdtrace --json probe list --available 'task_creat?' |
     jq -c '.functions[] | [.function, .result, .arguments[0].name,
			    .arguments[1].type]')" \
  '["task_create","kern_return_t","parent_task","boolean_t"]'
is "as many as there are" \
  "$(mdtrace --json probe list --available 2>"$scratch/err" |
     jq '(.functions | map(.address) | unique | length) >= 1690')" true
has "for people" "$(mdtrace probe list --available fbt::task_creat?:)" \
  '^task_create +[0-9]+ kern_return_t \(task_t parent_task, '

start_daemon

# Values by name.
mdtrace probe create --enable task_create >"$scratch/out"
is "a function's entry" "$(cat "$scratch/out")" \
  "probe 1: task_create (function entry), enabled"
mdtrace probe create --enable --args \
  'parent_task->name[0],parent_task->name[1],parent_task->map,inherit_memory' \
  fbt:kernel:task_create:entry >"$scratch/out"
mdtrace probe create --enable --args \
  'thread,thread->task,thread->task->map,thread->task->name[0]' \
  thread_terminate >"$scratch/out"
mdtrace probe create --enable --args 'namep[0],right' \
  syscall_mach_port_allocate >"$scratch/out"
mdtrace probe create --enable fbt::task_create:return >"$scratch/out"
is "its returns" "$(cat "$scratch/out")" \
  "probe 5: fbt:kernel:task_create:return: 2 sites in 1 function, enabled"
mdtrace probe create --enable --args '%rdi,%rsi,%rsp[0]' task_create+3 >"$scratch/out"
is "an address in it" "$(cat "$scratch/out")" \
  "probe 6: task_create+0x3 (address), enabled"
mdtrace --json probe create --enable 'fbt:kern*:task_*:' >"$scratch/json"
is "many functions" \
  "$(jq -c '[.probe_id, .kind, .description, .sites > 50, .functions > 25]' \
     "$scratch/json")" '[7,"entry and return","fbt:kernel:task_*",true,true]'
is "their sites are counted" "$(jq .sites "$scratch/json")" \
  "$(mdtrace --json probe list --per-site | jq '.probes[6].by_site | length')"
mdtrace trace --count 12 >"$scratch/trace" 2>"$scratch/err" &
trace=$!
mdtrace --json trace --count 12 >"$scratch/trace.json" 2>"$scratch/err" &
trace_json=$!
wait_until "the traces have begun" grep -q EVENT "$scratch/trace"
sleep 1
workload "tasks 40"
workload "threads 10"
workload "trap 100"
wait "$trace" "$trace_json"

is "the parent that each task has" \
  "$(query "select count(*), sum(arg0 = task), sum(arg1), sum(arg2 is not null)
	    from events where probe_id = 1")" "40|40|0|40"
is "through a pointer: the parent's name and map" \
  "$(query "select distinct char(arg0, arg1), arg3,
	    arg2 = (select arg2 from events where probe_id = 3)
	    from events where probe_id = 2")" "wo|0|1"
is "through pointers: the thread's task" \
  "$(query "select count(*) >= 10, sum(arg1 = task) >= 10,
	    sum(arg3 = unicode('w')) >= 10, count(distinct arg0) >= 1
	    from events where probe_id = 3")" "1|1|1|1"
is "what no memory is behind is not known, and only that" \
  "$(query "select count(*), count(arg0), min(arg1), max(arg1), sum(arg1)
	    from events where probe_id = 4")" "100|0|1|100|5050"
is "what a function returns" \
  "$(query "select count(*), sum(retval = 0), min(name), min(kind)
	    from events where probe_id = 5")" "40|40|return|function return"
is "registers at an address" \
  "$(query "select count(*), sum(arg0 = task), min(name), min(kind)
	    from events where probe_id = 6")" "40|40|+0x3|address"
is "each event has its own function" \
  "$(query "select function, name, count(*) from events where probe_id = 7
	    and function = 'task_create' group by 1, 2 order by 1, 2")" \
  "task_create|entry|40
task_create|return|40"
is "what is an entry is not a return" \
  "$(query "select count(*) from events join site using (address)
	    where probe_id = 7 and events.name != site.name")" 0
is "the names of values are stored" \
  "$(query "select args from probes where probe_id = 6")" "%rdi:x8:;%rsi:x8:;%rsp[0]:x8:"

# The sites of a probe make up the probe, on each CPU and on all.
for id in 5 7; do
  is "the counts of probe $id are those of its sites" \
    "$(mdtrace --json probe list --per-site | jq -c ".probes[] |
       select(.probe_id == $id) | [([.by_site[].hits] | add) - .hits,
       ([.by_site[].recorded] | add) - .recorded]")" "[0,0]"
  is "and those of all CPUs" \
    "$(mdtrace --json probe list --per-cpu --per-site | jq -c ".probes[] |
       select(.probe_id == $id) | [([.by_cpu[].hits] | add) - .hits,
       ([.by_cpu[].by_site[].hits] | add) - .hits]")" "[0,0]"
  is "the law for each site" \
    "$(mdtrace --json probe list --per-site | jq ".probes[] |
       select(.probe_id == $id) | .by_site[] | select(.hits != .recorded +
       .filtered + .dropped + .throttled + .missed)")" ""
  is "the daemon has stored the sites" \
    "$(query "select count(*) from site join probe using (probe_key)
	      where probe_id = $id")" "$(probe_value $id sites)"
done
has "how a site is patched" "$(mdtrace probe list --per-site)" \
  '^ +5 task_create\+0xf +function return +0x[0-9a-f]+ +breakpoint +40 '
has "a line for each CPU" "$(mdtrace probe list --per-cpu)" \
  '^ +5 +0 task_create +function return +40 +40 '

# The trace has names too.
has "a trace has the arguments by name" "$(cat "$scratch/trace")" \
  ' workload-x86_64 +task_create:entry parent_task=0xffff[0-9a-f]+ inherit_memory=0 child_task=0x'
has "and what is loaded" "$(cat "$scratch/trace")" \
  ":entry parent_task->name\[0\]=119 parent_task->name\[1\]=111 "
has "and what is returned, and where" "$(cat "$scratch/trace")" \
  ' task_create\+0xf:return retval=0$'
has "and registers" "$(cat "$scratch/trace")" ' task_create\+0x3 %rdi=0xffff'
is "as JSON" \
  "$(jq -c 'select(.probe_id == 1) | [.name, .values.inherit_memory, .task ==
     .values.parent_task, .arguments[1]]' "$scratch/trace.json" | sort -u)" \
  '["entry",0,true,"0x0"]'
is "a return as JSON" \
  "$(jq -c 'select(.probe_id == 5) | [.function, .name, .kind, .offset,
     .retval]' "$scratch/trace.json" | sort -u)" \
  '["task_create","return","function return",15,0]'

# What could not be read is told as such.
mdtrace trace --count 1 >"$scratch/trace" 2>"$scratch/err" &
trace=$!
mdtrace --json trace --count 1 >"$scratch/trace.json" 2>"$scratch/err" &
trace_json=$!
wait_until "the trace has begun" grep -q EVENT "$scratch/trace"
sleep 1
workload "trap 1"
wait "$trace" "$trace_json"
has "a value that could not be read" "$(cat "$scratch/trace")" \
  ' syscall_mach_port_allocate:entry namep\[0\]=\? right=1$'
is "the same as JSON" "$(head -n 1 "$scratch/trace.json" | jq -c .values)" \
  '{"namep[0]":null,"right":1}'

is "a pattern alone is one of entries" \
  "$(mdtrace probe create 'task_creat?')" \
  "probe 8: fbt:kernel:task_creat?:entry: 1 site in 1 function, disabled"
has "what was refused of a pattern, and why" \
  "$(mdtrace probe create 'spl*')" \
  '^ +[0-9]+ sets the interrupt level, and is called with its own convention$'

# Of a probe that nobody has seen alive the addresses tell the functions.
stop_daemon
MDTRACE_TARGET=vm:$vm
for id in 1 2 3 4 5 6 7; do
  mdtrace probe destroy $id >"$scratch/out"
done
mdtrace probe create --enable 'fbt::task_create*:' >"$scratch/out"
workload "tasks 3"
mdtrace probe destroy 10 >"$scratch/out"
start_daemon
is "the functions of a probe that was destroyed" \
  "$(query "select function, name, count(*) from events where probe_id = 10
	    group by 1, 2 order by 1, 2")" "task_create|entry|3
task_create|return|3
task_create_kernel|entry|3
task_create_kernel|return|3"
law_holds "the law"
stop_daemon
mdtrace-vm stop --state "$vm"

# On i386 arguments are on the stack.  The debug file is found by way of the
# daemon's virtual machine.
case " $TEST_ARCHITECTURES " in
  *' i386 '*)
    export MDTRACE_KERNEL=
    unset MDTRACE_TARGET
    start_vm i386 --kernel "$TEST_BUILDDIR/build/test/gnumach-i386"
    start_daemon
    mdtrace probe create --enable --args \
      'parent_task,parent_task->name[1],inherit_memory' task_create \
      >"$scratch/out"
    mdtrace probe create --enable ::task_create:return >"$scratch/out"
    workload "tasks 10"
    is "arguments and members on i386" \
      "$(query "select count(*), sum(arg0 = task), min(char(arg1)), max(arg2)
		from events where probe_id = 1")" "10|10|o|0"
    is "returns on i386" \
      "$(query "select count(*), max(retval) from events
		where probe_id = 2 and name = 'return'")" "10|0"
    law_holds "the law on i386"
    stop_daemon
    ;;
esac
done_testing
