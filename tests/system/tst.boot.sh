#!/bin/sh
# The words on the kernel's command line: mdtrace=off, and mdtrace.probes=….
. "${0%/*}/lib.sh"

start_vm off --append mdtrace=off
has "mdtrace=off: the kernel runs" "$(mdtrace-vm status --state "$vm")" running
has "mdtrace=off: start says so" "$(cat "$scratch/vm.out")" 'cannot be traced'
refuses "mdtrace=off: there is nobody to ask" 1 \
  'no mdtrace in it, or was booted with mdtrace=off' \
  mdtrace --target "vm:$vm" status
workload "tasks 5"
is "mdtrace=off: the text is as always" \
  "$(changed_text)" 'bootstrap_create 5
ipc_kobject_notify 5'

start_vm probes --append \
  'mdtrace.probes=task_create,nonsense,thread_create quiet=1'
export MDTRACE_TARGET="vm:$vm"
is "mdtrace.probes: those that exist are enabled" \
  "$(mdtrace --json probe list |
     jq -r '[.probes[] | .function, .state] | join(" ")')" \
  "task_create enabled thread_create enabled"
has "mdtrace.probes: what is refused is said on the console" \
  "$(cat "$vm/console.log")" 'mdtrace.probes: nonsense: refused'
before=$(probe_value 1 hits)
# The boot script creates tasks by another function of the kernel; their
# threads it creates by this one.
is "mdtrace.probes: from the first user task on" "$(probe_value 2 hits)" 2
workload "tasks 7"
is "mdtrace.probes: hits" "$(probe_value 1 hits)" $((before + 7))
law_holds "mdtrace.probes: the law"
done_testing
