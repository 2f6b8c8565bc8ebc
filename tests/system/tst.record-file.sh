#!/bin/sh
# Events are recorded into a trace file without a daemon: each of them, with all
# that is known of it, also when the recorder is killed.
. "${0%/*}/lib.sh"

# ask FILE SQL: what a database of the trace file's content gives.
ask ()
{
  [ -f "$1.db" ] || mdtrace import --output "$1.db" "$1" >"$scratch/import" ||
    fail "$1 is imported" "$(cat "$scratch/import")"
  mdtrace --json query --database "$1.db" "$2" |
    jq -r '.rows[] | [.[]] | map(tostring) | join("|")'
}

# start_recording FILE ARGUMENT...: and wait until it has begun.
start_recording ()
{
  recording=$1
  shift
  timeout 120 mdtrace --target "vm:$vm" record --output "$recording" "$@" \
    >"$scratch/record.out" 2>"$scratch/record.err" &
  recorder=$!
  daemons="$daemons $recorder"
  wait_until "recording has begun" grep -q 'recording into' \
    "$scratch/record.err"
}

start_vm guest
start_recording "$scratch/one.mdt" task_create syscall_mach_port_allocate
workload "tasks 5"
workload "trap 10000"
kill "$recorder"
wait "$recorder"
is "it ends well" "$?" 0
cat $scratch/record.out $scratch/record.err
ls -l $scratch
done_testing
