#!/bin/sh
# mdtrace-workflows(7), "Traces and other programs": what is sent, what a crash
# has left, and what other programs are given have each event that there was.
. "${0%/*}/lib.sh"
. "${0%/*}/workflows.sh"

start_vm guest
start_daemon
take_workflow "Send a trace to a developer"
step '^mdtrace probe create .*--label reported'
workload "tasks 30"
step '^mdtrace export --to mdt --output report.mdt$'
step '^mdtrace query "select distinct task_name'
is "names of tasks" "$(printf '%s\n' "$output" | sed -n '2,$p')" \
  "workload-$arch"
step '^mdtrace query .* from probes"$'
has "what was recorded" "$output" 'task_terminate retval:d4:kern_return_t'
step '^mdtrace export .*--probe reported'
is "a part has the events that it is to have" \
  "$(mdtrace --json hist task_terminate duration_ns "$scratch/less.mdt" |
     jq .count)" 30
# Nobody is there to be asked at the other end.
target=$MDTRACE_TARGET
unset MDTRACE_TARGET
step '^mdtrace analyze report.mdt$'
has "an analysis" "$output" '^Analysis of report.mdt'
step '^mdtrace hist task_terminate duration_ns report.mdt$'
has "with all calls" "$output" '^duration_ns of task_terminate: count 30,'
step '^mdtrace import'
step '^mdtrace query --database reports.db'
is "all events arrive" "$(printf '%s\n' "$output" | sed -n 2p | tr -d ' ')" 30
workflow_ends
export MDTRACE_TARGET="$target"
mdtrace probe destroy reported >"$scratch/out"

take_workflow "Look at a trace in Perfetto"
step '^mdtrace probe create --enable sched:::switch$'
step '^mdtrace probe create --enable fbt::task_create:$'
workload "tasks 20"
step '^mdtrace export --to chrome --output trace.json$'
is "each call is a slice" "$(jq '[.traceEvents[] |
    select(.name == "task_create" and (.ph == "B" or .ph == "X"))] | length' \
    "$scratch/trace.json")" 20
workflow_ends
# shellcheck disable=SC2046 # several numbers
mdtrace probe destroy $(mdtrace --json probe list | jq '.probes[].probe_id') \
  >"$scratch/out"

take_workflow "Look at a trace in Trace Compass"
plugins=$TEST_BUILDDIR/mdtrace-cli/babeltrace/.libs
if command -v babeltrace2 >"$scratch/out" &&
    [ -e "$plugins/babeltrace-plugin-mdtrace.so" ]; then
  # It need not be installed yet.
  export BABELTRACE_PLUGIN_PATH="$plugins"
  step '^mdtrace probe create --enable ipc:::send$'
  workload "ipc 10"
  step '^mdtrace export --to ctf --output trace.ctf$'
  step '^babeltrace2 trace.ctf$'
  holds "babeltrace2 prints the messages" \
    "$(printf '%s\n' "$output" | grep -c 'id = 30000')" -ge 10
  workflow_ends
else
  pass "the Common Trace Format # SKIP no babeltrace2, or no plugin for it"
fi
stop_daemon

start_vm recording
export MDTRACE_TARGET="vm:$vm"
workload "loop 10"
take_workflow "Record without a daemon"
step '^mdtrace record --duration 5 '
is "no probe is left behind" \
  "$(mdtrace --json probe list | jq '.probes | length')" 0
step '^mdtrace analyze tasks.mdt$'
has "entries and returns" "$output" 'fbt:kernel:task_terminate:return'
has "of the task that made them" "$output" "workload-$arch"
workflow_ends

start_vm crashing
GUEST=$vm
export GUEST MDTRACE_TARGET="vm:$vm"
mdtrace probe create --enable task_create >"$scratch/out"
workload "tasks 14"
mdtrace-vm console --state "$vm" --send debugger >"$scratch/out"
wait_until "the guest has stopped" grep -q 'db>' "$vm/console.log"
unset MDTRACE_TARGET
take_workflow "The machine has crashed"
step '^mdtrace record --from-ram "\$GUEST" --output crash.db$'
has "all that was recorded" "$output" '^14 events in '
step '^mdtrace query --database crash.db'
is "the last that it did" "$(printf '%s\n' "$output" |
  grep -c "workload-$arch task_create entry")" 3
workflow_ends
done_testing
