#!/bin/sh
# What cannot be recorded or imported is refused, with what is to be done, and
# leaves no file and no probes behind.
. "${0%/*}/lib.sh"

# leaves_nothing NAME: no probes, and no new files.
leaves_nothing ()
{
  is "$1 leaves no file" "$(find "$scratch" -name 'new*')" ""
  is "$1 leaves no probe" \
    "$(mdtrace --target "vm:$vm" --json probe list | jq '.probes | length')" 0
}

new=$scratch/new.mdt
refuses "--agg" 2 "what is added up is no events.*mdtrace agg" \
  mdtrace record --output "$new" --agg count task_create
refuses "probes of a machine that has ended" 2 'has ended.*no new probes' \
  mdtrace record --from-ram "$scratch" --output "$new" task_create
refuses "a duration of one" 2 'has ended.*no new probes' \
  mdtrace record --from-ram "$scratch" --output "$new" --duration 3
refuses "no output of one" 2 'where to' mdtrace record --from-ram "$scratch"
refuses "no whole number" 2 "'x'" mdtrace record --events x task_create
refuses "what is no description" 2 'a:b' \
  mdtrace record --output "$new" a:b task_create
refuses "no target" 1 'cannot be reached|not a target' \
  mdtrace --target "unix:$scratch/nothing" record --output "$new" task_create

start_vm guest
export MDTRACE_TARGET="vm:$vm"
refuses "a function that there is not" 1 'task_creat: no such function' \
  mdtrace record --output "$new" task_create task_creat
leaves_nothing "that"
refuses "a value that there is not" 1 'nothing.*no value|no value.*nothing' \
  mdtrace record --output "$new" --args nothing task_create
leaves_nothing "that"
refuses "a directory that is not there" 1 \
  'the trace file cannot be written; No such file' \
  mdtrace record --output "$scratch/nowhere/new.mdt" task_create
leaves_nothing "that"
: >"$scratch/there.mdt"
refuses "a file that is there" 1 'is there already; name another file' \
  mdtrace record --output "$scratch/there.mdt" task_create
is "and it stays as it is" "$(wc -c <"$scratch/there.mdt")" 0
leaves_nothing "that"
mdtrace ring --mode overwrite >"$scratch/out"
refuses "a flight recorder" 1 'are a flight recorder' \
  mdtrace record --output "$new" task_create
leaves_nothing "that"
mdtrace ring --mode discard >"$scratch/out"
refuses "what is left of a guest, as a target" 1 \
  "ended.*--from-ram|guest runs" \
  mdtrace --target "ram:$vm" record --output "$new"
mdtrace record --output "$scratch/other.mdt" >"$scratch/out" \
  2>"$scratch/other" &
recorder=$!
daemons="$daemons $recorder"
wait_until "recording has begun" grep -q -s 'recording into' "$scratch/other"
refuses "a second recorder" 1 "consumer already; by 'mdtrace record, process" \
  mdtrace record --output "$new" task_create
leaves_nothing "that"
kill "$recorder"
wait "$recorder"
start_daemon
refuses "a daemon" 1 'mdtrace probe create --enable.*mdtrace export --to mdt' \
  mdtrace record --output "$new" task_create
leaves_nothing "that"
refuses "beside a daemon" 1 "consumer already; by 'mdtraced" \
  mdtrace --target "vm:$vm" record --output "$new" task_create
leaves_nothing "that"
refuses "a daemon's database, as output" 1 'another mdtraced has it open' \
  mdtrace --target "vm:$vm" record --output "$database" task_create
stop_daemon
unset MDTRACE_TARGET

# A disk that is full, by way of a limit.
(
  ulimit -f 40
  exec mdtrace --target "vm:$vm" record --output "$scratch/full.mdt" \
    syscall_mach_port_allocate
) >"$scratch/out" 2>"$scratch/full" &
recorder=$!
daemons="$daemons $recorder"
wait_until "recording has begun or failed" grep -q -s -E \
  'recording into|cannot be written' "$scratch/full"
mdtrace-vm console --state "$vm" --send "trap 20000" >"$scratch/out" 2>&1
wait "$recorder"
is "recording ends where the file can become no larger" "$?" 1
has "which is said" "$(cat "$scratch/full")" \
  'full.mdt: the trace file cannot be written; File too large'
is "no probe is left" \
  "$(mdtrace --target "vm:$vm" --json probe list | jq '.probes | length')" 0

# A guest that does not answer any more when recording is to end.
export MDTRACE_TARGET="vm:$vm"
mdtrace record --output "$scratch/silent.mdt" syscall_mach_port_allocate \
  >"$scratch/out" 2>"$scratch/silent" &
recorder=$!
daemons="$daemons $recorder"
wait_until "recording has begun" grep -q -s 'recording into' "$scratch/silent"
kill -STOP "$(cat "$vm/pid")"
kill -INT "$recorder"
wait "$recorder"
is "what it could not tell is not left out unsaid" "$?" 1
has "but said" "$(cat "$scratch/silent")" 'no answer|timed out|not answer'
has "and that probes are left" "$(cat "$scratch/silent")" \
  'probes are left in it'
kill -CONT "$(cat "$vm/pid")"
wait_until "which can be removed then" sh -c "mdtrace probe destroy \
  \"\$(mdtrace --json probe list | jq '.probes[0].probe_id')\" \
  >'$scratch/out' 2>&1"
unset MDTRACE_TARGET

# Imports.
refuses "nothing to import" 2 'what, and into which' \
  mdtrace import --output "$scratch/new.db"
refuses "no output" 2 'what, and into which' mdtrace import "$new"
refuses "a file that is not there" 1 'No such file' \
  mdtrace import --output "$scratch/new.db" "$scratch/nothing.mdt"
refuses "an empty file" 1 'is no trace file' \
  mdtrace import --output "$scratch/new.db" "$scratch/there.mdt"
refuses "a database" 1 "is no trace file; 'mdtrace db merge'" \
  mdtrace import --output "$scratch/new.db" "$database"
mdtrace export --to mdt --output "$scratch/good.mdt" "$database" \
  >"$scratch/out"
head -c 3000 "$scratch/good.mdt" >"$scratch/cut.mdt"
refuses "a file that is cut" 1 \
  'cut.mdt: the trace cannot be read; block [0-9]+, at byte [0-9]+: the file ends within the block; no event precedes; with --partial' \
  mdtrace import --output "$scratch/new.db" "$scratch/cut.mdt"
is "leaves no database" "$(find "$scratch" -name 'new*')" ""
printf 'x' | dd of="$scratch/good.mdt" bs=1 seek=2000 conv=notrunc \
  2>"$scratch/out"
refuses "a file of which a byte is another" 1 \
  "good.mdt: the trace cannot be read; block [0-9]+, at byte [0-9]+: the block's" \
  mdtrace import --output "$scratch/new.db" "$scratch/good.mdt"
refuses "into a trace file" 1 'cut.mdt: .*is a trace file and no database' \
  mdtrace import --partial --output "$scratch/cut.mdt" "$scratch/good.mdt"
refuses "SQL of a file that is cut" 1 'cut.mdt: .* at byte [0-9]+: the file' \
  mdtrace query --database "$scratch/cut.mdt" 'select 1'
refuses "a trace file, for what is done with databases" 1 \
  "is a trace file and no database; 'mdtrace import" \
  mdtrace db merge --into "$scratch/new.db" "$scratch/cut.mdt"
done_testing
