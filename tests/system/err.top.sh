#!/bin/sh
# What mdtrace top refuses, and how.
. "${0%/*}/lib.sh"

refuses "a thing that there is none of" 2 \
  "--by must be one of probe, task, thread, cpu, function, message, not 'room'" \
  mdtrace top --by room
refuses "an order that there is not" 2 \
  "--sort must be one of events, total, time, lost, name, not 'size'" \
  mdtrace top --sort size
refuses "no interval" 2 "--interval must be a number of seconds from 0.001" \
  mdtrace top --interval 0
refuses "no rounds" 2 "--count must be a whole number from 1 on" \
  mdtrace top --count 0
refuses "no rows" 2 "--limit must be a whole number from 1 on" \
  mdtrace top --limit none
refuses "what is lost, by task" 2 "known by probe alone" \
  mdtrace top --by task --sort lost
refuses "times of probes" 2 "goes with events, as in --by function" \
  mdtrace top --sort time
refuses "an argument" 2 "takes no argument" mdtrace top cpu
refuses "no target" 1 "no target; name one with --target" mdtrace top
refuses "a daemon that is not there" 1 "cannot be reached" \
  mdtrace --target "unix:$scratch/none" top --by task

start_vm guest
export MDTRACE_TARGET="vm:$vm"
: >"$scratch/trace"
mdtrace trace >"$scratch/trace" 2>&1 &
reader=$!
daemons="$daemons $reader"
wait_until "somebody reads the rings" grep -q TIME "$scratch/trace"
refuses "events of rings that another reads, with who that is" 1 \
  "mdtrace trace, process $reader" mdtrace top --by task --once
succeeds "by probe there is nothing against that" \
  mdtrace top --once --interval 0.1
mdtrace --json top --by task --once >"$scratch/json" 2>"$scratch/err"
is "a refusal in JSON" "$(jq -r '.error.about' "$scratch/json")" "vm:$vm"
kill -INT "$reader"
wait "$reader"

mdtrace probe create --enable task_create >"$scratch/out"
workload "tasks 3"
mdtrace-vm console --state "$vm" --send debugger >"$scratch/out"
wait_until "the guest has stopped" grep -q 'db>' "$vm/console.log"
refuses "probes of a machine that has stopped" 1 "nothing happens there" \
  mdtrace --target "ram:$vm" top --once
refuses "names of messages that are not there" 1 "none: .*No such file" \
  mdtrace top --by message --once --msgids "$scratch/none"
done_testing
