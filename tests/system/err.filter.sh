#!/bin/sh
# What is no filter, what is said of it, and that no probe is left behind.
. "${0%/*}/lib.sh"
[ "$(architecture "$MDTRACE_KERNEL")" = x86_64 ] ||
  skip_all "the places named here are those of a kernel for x86_64"

start_vm guest
export MDTRACE_TARGET="vm:$vm"

# filter NAME PATTERN DESCRIPTION EXPRESSION [OPTION...]: what is refused.
filter ()
{
  name=$1 pattern=$2 description=$3 expression=$4
  shift 4
  refuses "$name" 1 "$pattern" mdtrace probe create "$@" \
    --if "$expression" "$description"
}

filter "nothing" 'is no filter that can be compiled; at its end: here' \
  task_create ''
filter "half of one" '^mdtrace: inherit_memory ==: is no filter.*at its end' \
  task_create 'inherit_memory =='
filter "too much" "at character 21, '1': here should stand an operator" \
  task_create 'inherit_memory == 1 1'
filter "an assignment" 'to compare is ==' task_create 'inherit_memory = 1'
filter "a division" 'filters do not divide' task_create 'inherit_memory / 2'
filter "a parenthesis that is open" 'here should stand \)' \
  task_create '(inherit_memory'
filter "a string without an end" 'has no end' task_create 'task == "x'
filter "an unknown argument" \
  'no argument parent; it has parent_task, inherit_memory' \
  task_create 'parent == 1'
filter "an unknown member" 'has no member nam; did you mean name' \
  task_create 'parent_task->nam == "x"'
filter "a number compared with a string" 'it is no string' \
  task_create 'inherit_memory == "x"'
filter "a string compared with a number" 'can only be compared with another' \
  task_create 'parent_task->name == 1'
filter "a string that is too long" 'at most 32 characters' \
  task_create "task == \"$(printf 'x%.0s' $(seq 33))\""
filter "an argument at a return" 'are gone when it returns' \
  fbt:kernel:task_create:return 'inherit_memory == 1'
filter "a result at an entry" 'at returns only' task_create 'retval == 0'
filter "a duration without pairs" 'with --latency' task_create 'duration > 1'
filter "an argument at an address" 'at an address there are registers' \
  task_create+3 'inherit_memory == 1'
filter "a name in many functions" 'are called arg0 to arg5' \
  'fbt::task_*:entry' 'inherit_memory == 1'
filter "a register that there is not" 'no such register' \
  task_create '%rsp == 1'
refuses "too long a text" 2 'at most 255 characters' mdtrace probe create \
  --if "$(printf '1 +%.0s' $(seq 90)) 1" task_create
filter "too long a program" 'more than the 128 instructions' \
  task_create "$(printf '~%.0s' $(seq 130))cpu"

# What is known only by a debug file.
MDTRACE_KERNEL=$scratch/none
export MDTRACE_KERNEL
mv "$vm/guest" "$vm/guest.there"
sed 's/^kernel=.*/kernel=none/' "$vm/guest.there" >"$vm/guest"
filter "a name without a debug file" \
  'needs the kernel.s debug file.*called arg0 to arg5' \
  task_create 'inherit_memory == 1'
filter "a task by its name without one" \
  'needs the kernel.s debug file.*struct task only that tells' \
  task_create 'task == "x"'
succeeds "what can be had without one" mdtrace probe create \
  --if 'arg1 == 1 && %rdi != 0 && cpu == 0' task_create
mv "$vm/guest.there" "$vm/guest"

is "there is no probe but that" \
  "$(mdtrace --json probe list | jq '.probes | length')" 1
law_holds "the law"
done_testing
