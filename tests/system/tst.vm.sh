#!/bin/sh
# Virtual machines: side by side, in the debugger, dead, and gone.
. "${0%/*}/lib.sh"

refuses "no kernel" 1 'which kernel' env -u MDTRACE_KERNEL mdtrace-vm start
refuses "a kernel that is not there" 1 'No such file' \
  mdtrace-vm start --state "$scratch/x" --kernel "$scratch/none"
refuses "a module that is not there" 1 'none: No such file' \
  mdtrace-vm start --state "$scratch/x" --module "$scratch/none"
refuses "too little memory" 2 'must be a number from 64' \
  mdtrace-vm start --state "$scratch/x" --memory 1
refuses "an unknown command" 2 'no such command' mdtrace-vm sing
refuses "no command" 2 'which command' mdtrace-vm
refuses "to stop what does not run" 1 'no virtual machine runs there' \
  mdtrace-vm stop --state "$scratch/x"
echo "no program" >"$scratch/text"
refuses "a guest that panics at once" 1 'the kernel has stopped in its debugger' \
  timeout 30 mdtrace-vm start --state "$scratch/x" --module "$scratch/text"
has "with the last lines of its console" "$(cat "$scratch/stderr")" \
  'panic.*Cannot load user executable module.*text'
is "nothing but the console log is left of it" \
  "$(ls "$scratch/x")" console.log

start_vm one
first=$vm
start_vm two
is "two run side by side" \
  "$(mdtrace-vm status --state "$first" | head -n 1) $(mdtrace-vm status \
     --state "$vm" | head -n 1)" "vm:$first: running vm:$vm: running"
refuses "but not in the same place" 1 'runs there already' \
  mdtrace-vm start --state "$vm"
is "the directory is its owner's alone" "$(stat -c %a "$vm")" 700
is "and so is every file" \
  "$(find "$vm" -type f ! -perm 600 -o -type s ! -perm 600)" ""
mdtrace --target "vm:$first" probe create --enable task_create >"$scratch/out"
workload "tasks 3"
is "they do not know of each other" \
  "$(mdtrace --json --target "vm:$vm" probe list | jq '.probes | length')" 0
boot_id ()
{
  mdtrace --json --target "vm:$1" status | jq -r .boot_id
}
holds "their boots can be told apart" "$(boot_id "$first")" != "$(boot_id "$vm")"
is "status --json" \
  "$(mdtrace-vm status --json --state "$vm" | jq -r .state)" running

# One stops in the debugger.
mdtrace-vm console --state "$vm" --send debugger \
  --expect 'Debugger invoked' >"$scratch/out"
wait_until "the guest is in the debugger" sh -c \
  "! mdtrace-vm status --state '$vm' >'$scratch/status'"
has "status tells of the debugger" "$(cat "$scratch/status")" \
  'stopped in the kernel debugger'
has "with the last lines of the console" "$(cat "$scratch/status")" 'db>'
refuses "and so does whoever waits for it" 1 \
  'stopped in its kernel debugger; the last lines of its console' \
  timeout 20 mdtrace --target "vm:$vm" status
refuses "at once" 1 'stopped in its debugger before it said' \
  timeout 5 mdtrace-vm console --state "$vm" --expect never --timeout 60

# The other dies.
kill -9 "$(cat "$first/pid")"
wait_until "the guest is dead" sh -c \
  "! mdtrace-vm status --state '$first' >'$scratch/status'"
has "status tells of the death" "$(cat "$scratch/status")" 'not running'
refuses "and so does whoever asks it" 1 'virtual machine is not running' \
  timeout 20 mdtrace --target "vm:$first" status
start_vm one
succeeds "it can be started again in the same place" \
  mdtrace --target "vm:$vm" status
mdtrace-vm stop --state "$vm"
is "of a guest that was stopped the console log is left" \
  "$(ls "$vm")" console.log

# A stock kernel is instrumented on the way.
MDTRACE_MKKERNEL=mdtrace-mkkernel start_vm stock --kernel "$STOCK_KERNEL"
succeeds "a stock kernel can be traced" mdtrace --target "vm:$vm" status
has "by the kernel's own hash" \
  "$(mdtrace --target "vm:$vm" status --debug-file "$vm/kernel.debug")" \
  'belongs to it'
done_testing
