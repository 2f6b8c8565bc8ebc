#!/bin/sh
# Filters on real kernels: what they ask for is recorded, and all else is
# counted.
. "${0%/*}/lib.sh"

page=$TEST_BUILDDIR/man/mdtrace-filter.7

# create EXPRESSION DESCRIPTION [OPTION...]: a probe with a filter, whose number
# is then $probe.
create ()
{
  expression=$1 description=$2
  shift 2
  probe=$(mdtrace --json probe create --enable --if "$expression" "$@" \
    "$description" 2>"$scratch/err" | jq .probe_id)
  if [ -z "$probe" ]; then
    fail "a filter: $expression" "$(cat "$scratch/err")"
    probe=0
  fi
}

# counted: of the probes that $watched names by number and what is expected,
# hits, recorded, filtered, faults.  The workload has ended.
watched=
watch ()
{
  watched="$watched $probe"
  printf '%s\n' "$1" >"$scratch/expected.$probe"
  printf '%s\n' "$expression" >"$scratch/expression.$probe"
}

check_watched ()
{
  for id in $watched; do
    is "$1: $(cat "$scratch/expression.$id")" \
      "$(mdtrace --json probe list | jq -r ".probes[] |
	 select(.probe_id == $id) | [.hits, .recorded, .filtered,
	 .usage.faults] | map(tostring) | join(\" \")")" \
      "$(cat "$scratch/expected.$id")"
  done
  for id in $watched; do
    mdtrace probe destroy "$id" >"$scratch/out"
  done
  watched=
}

# ask RECORDED EXPRESSION DESCRIPTION: the same, where others may hit too, and it
# is known only what is asked for.
ask ()
{
  create "$2" "$3"
  asked="$asked $probe"
  printf '%s\n' "$1" >"$scratch/expected.$probe"
  printf '%s: %s\n' "$3" "$2" >"$scratch/expression.$probe"
}

check_asked ()
{
  for id in $asked; do
    is "$1: $(cat "$scratch/expression.$id")" "$(probe_value "$id" recorded)" \
      "$(cat "$scratch/expected.$id")"
    mdtrace probe disable "$id" >"$scratch/out"
  done
  asked=
}

# run_on NAME KERNEL: the same on any kernel.
run_on ()
{
  start_vm "$1" --kernel "$2"
  export MDTRACE_TARGET="vm:$vm" MDTRACE_KERNEL="$2"
  name=workload-$arch

  # 5 tasks are created by the workload, and nobody else creates any.
  create "task == \"$name\"" task_create; watch "5 5 0 0"
  create "task == \"workload\"" task_create; watch "5 0 5 0"
  create "task != \"$name\"" task_create; watch "5 0 5 0"
  create "parent_task == \"$name\"" task_create; watch "5 5 0 0"
  create "task->name == \"$name\" && parent_task == task" task_create
  watch "5 5 0 0"
  create "parent_task->name == \"$name\" and cpu == 0" task_create
  watch "5 5 0 0"
  create "thread->task == task && thread->task->name[0] == 'w'" task_create
  watch "5 5 0 0"
  create "thread == \"$name\"" task_create; watch "5 5 0 0"
  create "inherit_memory" task_create; watch "5 0 5 0"
  create "not inherit_memory or task == 0" task_create; watch "5 5 0 0"
  create "parent_task->map->hdr.nentries > 0" task_create; watch "5 5 0 0"
  create "function == \"task_create\" && address == function" \
    'fbt:kernel:task_creat?:entry'
  watch "5 5 0 0"
  create "retval == 0" fbt:kernel:task_create:return; watch "5 5 0 0"
  create "retval" fbt:kernel:task_create:return; watch "5 0 5 0"
  create "duration > 0ns && duration < 10s && parent_task == task" \
    fbt:kernel:task_create: --latency
  # Those of the entries are told by those of the returns.
  watch "10 5 5 0"
  create "duration > 10s" fbt:kernel:task_create: --latency
  watch "10 0 10 0"
  workload "tasks 5"
  check_watched "$1"

  # The number of the round is the second argument, from 1 on; what the third
  # one points to is not there.
  create "right == 7" syscall_mach_port_allocate; watch "20 1 19 0"
  create "right != 7" syscall_mach_port_allocate; watch "20 19 1 0"
  create "7 == arg1" syscall_mach_port_allocate; watch "20 1 19 0"
  create "right > 10 && right <= 15" syscall_mach_port_allocate
  watch "20 5 15 0"
  create "right < 3 || right >= 19" syscall_mach_port_allocate
  watch "20 4 16 0"
  create "(right & 3) == 1" syscall_mach_port_allocate; watch "20 5 15 0"
  create "right & 1" syscall_mach_port_allocate; watch "20 10 10 0"
  create "right * 2 + 1 == 21 || right >> 2 == 5" syscall_mach_port_allocate
  watch "20 2 18 0"
  create "(right ^ 5) - 1 == -1 or ~right == ~6" syscall_mach_port_allocate
  watch "20 2 18 0"
  create "namep[0] == 1" syscall_mach_port_allocate; watch "20 0 20 20"
  create "namep[0] != 1" syscall_mach_port_allocate; watch "20 0 20 20"
  create "right > 15 && namep[0] == 1" syscall_mach_port_allocate
  watch "20 0 20 5"
  create "right <= 15 || namep[0] == 1" syscall_mach_port_allocate
  watch "20 15 5 5"
  create "*(uint32_t *) 0xdead0000 == 1" syscall_mach_port_allocate
  watch "20 0 20 20"
  create "*(char *) (arg0 * 0 - 1) == 1" syscall_mach_port_allocate
  watch "20 0 20 20"
  create "task == \"$name\" && right == 20" syscall_mach_port_allocate
  watch "20 1 19 0"
  create "right == 3" syscall_mach_port_allocate --args namep,right
  watch "20 1 19 0"
  workload "trap 20"
  check_watched "$1"

  # A task is given a name, once.
  create 'name == "echo"' task_set_name; watch "1 1 0 0"
  create 'name == "ech"' task_set_name; watch "1 0 1 0"
  create '"echoes" != name' task_set_name; watch "1 1 0 0"
  workload "ipc 1"
  check_watched "$1"

  # It waits for each message and answers it.  The values of static probes have
  # the kernel's types.
  asked=
  ask 6 'task == "echo"' mach_msg_trap
  ask 3 'sender == "echo"' ipc:::send
  ask 3 'arg5->name == "echo" && id == 30001' ipc:::send
  ask 0 'id == 30001 && sender != "echo"' ipc:::send
  ask 0 'to->task != to_task' sched:::switch
  workload "ipc 3"
  check_asked "$1"
  ask 10 "task == \"$name\" && type & 2" vm:::fault
  ask 10 "task == \"$name\" && map == task->map && !(address & 0xfff)" \
    vm:::fault
  ask 0 "task == \"$name\" && map->size == 0" vm:::fault
  workload "faults 10"
  check_asked "$1"
  law_holds "$1: the law"
}

run_on guest "$MDTRACE_KERNEL"

# What is recorded is what was asked for.
start_daemon
create "right > 3 && right < 6" syscall_mach_port_allocate
workload "trap 10"
is "what is recorded" \
  "$(query "select group_concat(arg1, ' ') from events where probe_id = $probe")" \
  "4 5"
is "nothing else is" "$(probe_value "$probe" filtered)" 8

# The examples of the manual page.  Each goes up to a line that does not end
# with a backslash.
sed -n '/^\.Sh EXAMPLES/,/^\.Sh DIAGNOSTICS/p' "$page" |
  sed -n '/^\.Bd/,/^\.Ed/{/^\./!p;}' | sed 's/\\e$/\\/; s/\\&//g; s/\\-/-/g' |
  sed -e ':a' -e '/\\$/N; s/\\\n//; ta' | sed -n 's/^\$ //p' >"$scratch/examples"
holds "there are examples" "$(wc -l <"$scratch/examples")" -ge 7
if [ "$arch" = x86_64 ]; then
  while IFS= read -r example; do
    output=$(eval "$example" 2>&1)
    has "an example works: $example" "$output" '^probe [0-9]*: .*enabled'
  done <"$scratch/examples"
  example=$(sed -n '/^\.Sh DIAGNOSTICS/,/^\.Sh SEE/{/^\$ /s/^\$ //p;}' "$page")
  is "and what is no filter is told so" "$(eval "$example" 2>&1)" \
    "$(sed -n '/^\.Sh DIAGNOSTICS/,/^\.Ed/{/^\./!p;}' "$page" |
       sed -n '/^mdtrace: /,$p' | sed 's/^ *//; s/\\e$//' | tr -d '\n')"
fi
workload "mixed 20"
law_holds "the law"
stop_daemon

# Whatever pointer is gone through, at every function, under load.  So much may
# not be done for long: the rest is throttled.
unset MDTRACE_DATABASE
MDTRACE_TARGET=vm:$vm
mdtrace budget --max off >"$scratch/out"
create "*(long *) arg0 == 0x1234567887654321" 'fbt:::entry'
by_argument=$probe
create "*(int *) 0xdead0000 == 1 || cpu" 'fbt:::entry'
by_number=$probe
holds "there are many functions" "$(probe_value "$by_number" functions)" -gt 1500
workload "mixed 50"
workload "tasks 5"
for id in $by_argument $by_number; do
  mdtrace probe disable "$id" >"$scratch/out"
done
workload "tasks 5"
has "the kernel goes on" "$(mdtrace status)" 'GNU Mach'
holds "pointers that are arguments led nowhere, often" \
  "$(probe_value "$by_argument" usage.faults)" -gt 1000
is "and were never what was asked for" \
  "$(probe_value "$by_argument" recorded)" 0
holds "they led somewhere too" "$(probe_value "$by_argument" filtered)" -gt \
  "$(probe_value "$by_argument" usage.faults)"
is "a number led nowhere at any hit" \
  "$(probe_value "$by_number" usage.faults)" \
  "$(probe_value "$by_number" filtered)"
holds "of which there were many" "$(probe_value "$by_number" filtered)" -gt 10000
law_holds "the law, at every function"
mdtrace-vm stop --state "$vm"

case " $TEST_ARCHITECTURES " in
  *' i386 '*)
    run_on i386 "$TEST_BUILDDIR/build/test/gnumach-i386"
    mdtrace-vm stop --state "$vm"
    ;;
esac

# On the second CPU.
stock=${STOCK_KERNEL%/*}/gnumach-1.8-486-smp-dbg.gz
if [ -f "$stock" ] && [ -f "$MDTRACE_LIBDIR/mdtrace-kernel-i386.o" ]; then
  mdtrace-mkkernel -o "$scratch/kernel" "$stock"
  start_vm smp --kernel "$scratch/kernel" --cpus 2
  export MDTRACE_TARGET="vm:$vm" MDTRACE_KERNEL="$scratch/kernel"
  workload elsewhere
  create "cpu == 0" task_create; watch "50 0 50 0"
  create "cpu != 0 && task == \"workload-i386\"" task_create; watch "50 50 0 0"
  create "cpu && *(int *) 0xdead0000" task_create; watch "50 0 50 50"
  workload "tasks 50"
  check_watched "smp"
  law_holds "the law with two CPUs"
fi
done_testing
