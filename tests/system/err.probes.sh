#!/bin/sh
# What cannot be probed or recorded, and what is said of it.
. "${0%/*}/lib.sh"
[ "$(architecture "$MDTRACE_KERNEL")" = x86_64 ] ||
  skip_all "the places named here are those of a kernel for x86_64"

# usage NAME PATTERN ARGUMENT...: what create does not understand.
usage ()
{
  name=$1 pattern=$2
  shift 2
  refuses "$name" 2 "$pattern" mdtrace probe create "$@"
}

usage "two parts" "is a function, FUNCTION.OFFSET, an address, or has four" a:b
usage "five parts" "has four parts, PROVIDER:MODULE:FUNCTION:NAME" a:b:c:d:e
usage "nothing" "name a function, for example task_create" ''
usage "a part too long" "at most 95 characters" \
  "$(printf 'x%.0s' $(seq 96))"
usage "a static probe without an event" "name the event" vm:::
usage "a provider too long" "no provider has a longer name" \
  "providerproviderprovider:::entry"
usage "an unknown module" "no such module; there is kernel" :ext2fs:a:
usage "an unknown place" "there are entry, return and .OFFSET" ::a:mid*
usage "an offset without digits" "an offset in bytes" task_create+
usage "an offset that is none" "an offset in bytes" task_create+0x1g
usage "an offset too large" "an offset in bytes" \
  task_create+99999999999999999999
usage "an offset in many functions" "name it without a pattern" 'task_*+2'
usage "an offset in all functions" "name it without a pattern" :::+2
usage "an address that is none" "up to 16 hexadecimal digits" 0xffffffff8101zz
usage "an address too large" "up to 16 hexadecimal digits" \
  0x11112222333344445
usage "a field that is none" "there are thread, task, address" \
  --fields thread,time task_create
refuses "a pattern of probes" 2 "a pattern goes with --available" \
  mdtrace probe list 'task_*'
refuses "a debug file for nothing" 2 "goes with --available" \
  mdtrace probe list --debug-file x
refuses "nothing to be explained" 2 "what is to be explained" \
  mdtrace probe explain
refuses "two places" 2 "one place at a time" mdtrace probe explain a b
refuses "a debug file for a kernel file" 2 "has its own" \
  mdtrace probe explain --kernel x --debug-file y z
refuses "to list and to explain" 2 "either --list-sites, --list-static or --explain" \
  mdtrace-mkkernel --list-sites --explain task_create "$STOCK_KERNEL"
refuses "JSON for nothing" 2 "goes with --list-sites, --list-static or" \
  mdtrace-mkkernel --json "$STOCK_KERNEL"
MDTRACE_MKKERNEL=$scratch/none \
  refuses "no mdtrace-mkkernel to be asked" 1 'none: .*No such file' \
  mdtrace probe explain --kernel "$STOCK_KERNEL" task_create

refuses "an event without a name to fire" 2 "name the event" mdtrace fire
refuses "an event with too long a name" 2 "up to 31 characters" \
  mdtrace fire 01234567890123456789012345678901
refuses "an event with too many values" 2 "at most 6 values" \
  mdtrace fire a 1 2 3 4 5 6 7
refuses "a value that is no number" 2 "a value is a number" mdtrace fire a 1x

start_vm guest
export MDTRACE_TARGET="vm:$vm"

# Static probes.
no_event='no such static probe'
refuses "an unknown provider" 1 "$no_event" mdtrace probe create other:::fault
refuses "a pattern that no provider matches" 1 "$no_event" \
  mdtrace probe create 'x*:::*'
refuses "an unknown event" 1 "$no_event" mdtrace probe create vm:::falut
refuses "an unknown event to be listed" 1 "$no_event" \
  mdtrace probe list --available vm:::falut
refuses "a custom event without a name" 2 "name the event" \
  mdtrace probe create custom:::
refuses "no such argument" 1 "it has map, address, type, wiring" \
  mdtrace probe create --args page vm:::fault
refuses "a function in which it is not" 1 "matches nothing that can be probed" \
  mdtrace probe create vm::task_create:fault
refuses "latency of a static probe" 2 "latency needs entries and returns" \
  mdtrace probe create --latency vm:::fault
refuses "a pattern of custom events" 1 "has a name, and is no pattern" \
  mdtrace probe create 'custom:::*'
refuses "a stack of a custom event" 1 "do not go together" \
  mdtrace probe create --stack custom:::event
refuses "a value too many of a custom event" 1 "at most six values" \
  mdtrace probe create --args a,b,c,d,e,f,g custom:::event
refuses "to explain one that is not there" 1 "$no_event" \
  mdtrace probe explain vm:::falut
is "nothing is left of these" "$(mdtrace --json probe list | jq '.probes | length')" 0

# place NAME PATTERN DESCRIPTION: what the kernel refuses.
place ()
{
  refuses "$1" 1 "$2" mdtrace probe create "$3"
}

place "an unknown function" \
  '^mdtrace: task_creat: no such function .*did you mean task_create' \
  task_creat
place "one with a return" '^mdtrace: task_creat: no such function' \
  ::task_creat:return
place "a pattern that matches nothing" \
  '^mdtrace: fbt:kernel:zzz\*: matches nothing that can be probed' '::zzz*:'
place "a function that never returns" 'the function never returns' \
  ::db_halt_cpu:return
place "one of several with that name" \
  'several functions.*there are _Xvm_allocate_contiguous@' \
  _Xvm_allocate_contiguous
place "one in another file" 'no such function' task_create@thread.c
place "one without code of its own" \
  'put it into the functions that call it; .*explain vm_page_queue_push' \
  vm_page_queue_push
place "one that may not be probed" \
  '^mdtrace: splx: may not be probed; it sets the interrupt level' splx
place "the return of such a one" 'may not be probed; it sets' ::splx:return
place "an address in such a one" \
  '^mdtrace: splx\+0x[0-9a-f]*: may not be probed; it sets' splx+0
place "an address inside an instruction" \
  'lies inside an instruction; .*begins at task_create\+0x0' task_create+2
place "one of no function" '^mdtrace: 0x10: is no address of a function' 0x10
place "one behind a function's end" 'is no address of a function' \
  task_create+0x100000000

# value NAME PATTERN DESCRIPTION VALUES: what cannot be recorded.
value ()
{
  refuses "$1" 1 "$2" mdtrace probe create --args "$4" "$3"
}

value "an unknown argument" \
  '^mdtrace: parent: .*no argument parent; it has parent_task, inherit' \
  task_create parent
value "an argument of a function without any" 'has no arguments' \
  thread_init x
value "an argument of an unknown function" 'no such function' task_creat x
value "an unknown member" \
  'struct task has no member nam; did you mean name' task_create \
  'parent_task->nam'
value "one that looks like none" 'has no member qqqqqq; it has lock,' \
  task_create 'parent_task->qqqqqq'
value "a member of a number" 'no pointer to a structure, but int' \
  task_create 'inherit_memory->x'
value "an arrow where a dot belongs" 'but a structure; write .links' \
  task_create 'parent_task->map->hdr->links'
value "a whole structure" 'it is a whole struct vm_map_header; it has' \
  task_create 'parent_task->map->hdr'
value "a string" 'it is a string, char\[32\], and only numbers' \
  task_create 'parent_task->name'
value "an element that there is not" 'there is no element 32 in char\[32\]' \
  task_create 'parent_task->name[32]'
value "an element of no array" 'is no array, but' \
  task_create 'inherit_memory[0]'
value "an element without a number" 'in brackets stands a number' \
  task_create 'parent_task->name[x]'
value "an element far away" 'is not to be found' \
  task_create 'child_task[99999999999]'
value "a member of nobody knows what" 'a pointer to void' \
  thread_terminate 'thread->wait_event->x'
value "a bit-field" 'want_write is a bit-field' \
  task_create 'parent_task->map->lock.want_write'
value "too many loads" 'more than 4 loads' task_create \
  'parent_task->map->hdr.links.next->links.next->links.next->links.start'
value "no member behind an arrow" 'stands the name of a member' \
  task_create 'parent_task->'
value "what is no expression" 'neither ->MEMBER, nor .MEMBER' \
  task_create 'parent_task+1'
value "what begins with nothing" "begins with an argument's name" \
  task_create '->x'
value "a returned value at an entry" 'a value is returned at returns only' \
  task_create retval
value "an argument at a return" 'are gone when it returns; there is retval' \
  ::task_create:return parent_task
value "what a function does not return" 'the function returns nothing' \
  ::task_reference:return retval
value "an argument at both" 'create a probe for each' ::task_create: \
  parent_task
value "an argument at an address" 'at an address there are registers' \
  task_create+3 parent_task
value "an argument of many functions" 'are called arg0 to arg5' \
  '::task_*:entry' task
value "an unknown register" 'no such register; there are %rax' \
  task_create+3 %rdx9
value "seven values" 'at most 6 values' task_create \
  "arg0,arg1,arg2,arg0,arg1,arg2,arg0"
value "names that are too long" 'names are too long together' task_create \
  "$(for i in 1 2 3 4 5 6; do
       printf 'parent_task->map->hdr.links.next->links.next->links.start,'
     done | sed 's/,$//')"
value "one name that is too long" 'at most 63 characters' task_create \
  "parent_task->name[$(printf '0%.0s' $(seq 60))]"
value "an argument that the compiler has made a constant of" \
  'has made a constant of it' kmem_buf_fill.constprop.0 pattern
value "an argument that the function does not get" \
  'a value that was asked for cannot be had there' _setjmp arg0

# The debug file.
refuses "one of something else" 1 '/bin/true: is no instrumented kernel' \
  mdtrace probe create --debug-file /bin/true task_create
refuses "one that is not there" 1 'No such file' \
  mdtrace probe list --available --debug-file "$scratch/none"
zcat "$STOCK_KERNEL" | LC_ALL=C sed 's/GNU Mach/GNU Moch/' >"$scratch/other"
printf '\220' | dd of="$scratch/other" bs=1 seek=$((0xd000 + 48)) conv=notrunc \
  2>"$scratch/dd"
mdtrace-mkkernel -o "$scratch/other-mdtrace" "$scratch/other"
refuses "one of another kernel" 1 'belongs to another kernel' \
  mdtrace probe explain --debug-file "$scratch/other-mdtrace.debug" task_create
MDTRACE_KERNEL=$scratch/other-mdtrace mdtrace probe explain task_create \
  >"$scratch/out" 2>"$scratch/err"
is "one of another kernel that was found is no error" $? 0
has "but told" "$(cat "$scratch/err")" \
  'belongs to another kernel than the one that runs; it is not looked into'
has "and not used" "$(cat "$scratch/out")" \
  "are in the kernel's debug file only"

# Places.
refuses "to explain an unknown function" 1 \
  '^mdtrace: task_creat: no such function.*did you mean task_create' \
  mdtrace probe explain task_creat
refuses "to explain many" 1 'name one function, FUNCTION.OFFSET or' \
  mdtrace probe explain 'task_*'
refuses "to explain all" 1 'name one function' mdtrace probe explain :::
refuses "to explain what is no description" 1 'an offset in bytes' \
  mdtrace probe explain task_create+x
refuses "to explain an address of nothing" 1 'is no address of a function' \
  mdtrace probe explain 0x1000
refuses "to explain what is behind the end" 1 'task_create has 22 bytes' \
  mdtrace probe explain task_create+22
refuses "the same, of a kernel file" 1 'task_create has 22 bytes' \
  mdtrace probe explain --kernel "$STOCK_KERNEL" task_create+22
refuses "to list what matches nothing" 1 'zzz\*: no such function' \
  mdtrace probe list --available 'zzz*'
refuses "to list an address" 1 'name functions, not an address' \
  mdtrace probe list --available task_create+3
for command in "explain task_creat" "explain --kernel $STOCK_KERNEL x+1" \
  "list --available zzz" "create --args x task_create" "create 0x10" \
  "create task_create+2"; do
  # shellcheck disable=SC2086 # a command of several words
  mdtrace --json probe $command >"$scratch/json" 2>"$scratch/stderr"
  is "--json probe $command" \
    "$(jq -r '.error | type' "$scratch/json" 2>&1)" object
done
is "nothing was left behind" "$(mdtrace --json probe list --all |
				jq '.probes | length')" 0
mdtrace-vm stop --state "$vm"

# Without a debug file names are not known.
cp "$MDTRACE_KERNEL" "$scratch/kernel"
export MDTRACE_KERNEL=
start_vm alone --kernel "$scratch/kernel"
export MDTRACE_TARGET="vm:$vm"
refuses "a name without a debug file" 1 \
  "parent_task: needs the kernel's debug file, .* are called arg0 to arg5" \
  mdtrace probe create --args parent_task task_create
refuses "a member without a debug file" 1 "needs the kernel's debug file" \
  mdtrace probe create --args 'retval->x' ::task_create:return
mdtrace probe list --available 'task_creat?' >"$scratch/out" 2>"$scratch/err"
has "what there is to be listed" "$(cat "$scratch/out")" \
  '^task_create +22 +3$'
has "how to get the names" "$(cat "$scratch/err")" \
  'name it with --debug-file, or the kernel with MDTRACE_KERNEL'
succeeds "arguments by number need none" \
  mdtrace probe create --args arg0,arg1 task_create
succeeds "nor does what is returned" \
  mdtrace probe create --args retval ::task_create:return
done_testing
