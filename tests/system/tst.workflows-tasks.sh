#!/bin/sh
# mdtrace-workflows(7), "What creates all these tasks": the commands of the
# page name the task, and how it does it.
. "${0%/*}/lib.sh"
. "${0%/*}/workflows.sh"

start_vm guest
start_daemon
workload "loop 10" >"$scratch/loop" 2>&1
take_workflow "What creates all these tasks"
step '^mdtrace probe create .*--stack.* task:::create$'
step '^mdtrace top --by task --once$'
is "the guilty task is the first row" "$(printf '%s\n' "$output" |
  awk '/ TASK / { getline; print $(NF - 1) }')" "workload-$arch"
step '^mdtrace query task-creators$'
is "and the only one" "$(printf '%s\n' "$output" | sed -n '2,$s/ .*//p')" \
  "workload-$arch"
step '^mdtrace flame --folded'
has "it does so by a request" "$output" \
  "^workload-$arch;.*mach_msg_trap.*;_Xtask_create;task_create;task_create_kernel.* [0-9]+$"
step '^mdtrace flame .*--output tasks.svg$'
has "a picture" "$(head -c 200 "$scratch/tasks.svg")" '<svg|<\?xml'
step '^mdtrace analyze .*--report tasks.html$'
has "a report" "$(head -c 200 "$scratch/tasks.html")" '<!DOCTYPE html>|<!doctype html>'
has "that names it too" "$(cat "$scratch/tasks.html")" "workload-$arch"
step '^mdtrace probe destroy tasks$'
is "the probe is gone" "$(mdtrace --json probe list | jq '.probes | length')" 0
workflow_ends
done_testing
