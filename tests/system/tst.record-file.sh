#!/bin/sh
# Events are recorded into a trace file without a daemon: each of them, with all
# that is known of it, also when the recorder or the guest is killed.
. "${0%/*}/lib.sh"

# ask FILE SQL: what a database of the trace file's content gives.
ask ()
{
  [ -f "$1.db" ] ||
    mdtrace import --partial --output "$1.db" "$1" >"$scratch/import" 2>&1 ||
    fail "$1 is imported" "$(cat "$scratch/import")"
  mdtrace --json query --database "$1.db" "$2" |
    jq -r '.rows[] | [.[]] | map(tostring) | join("|")'
}

# start_recording FILE ARGUMENT...: and wait until it has begun.
start_recording ()
{
  recording=$1
  shift
  rm -f "$scratch/record.err"
  mdtrace --target "vm:$vm" record --output "$recording" "$@" \
    >"$scratch/record.out" 2>"$scratch/record.err" &
  recorder=$!
  daemons="$daemons $recorder"
  wait_until "recording has begun" grep -q -s 'recording into' \
    "$scratch/record.err"
}

# stop_recording NAME: interrupt it; it must end well.
stop_recording ()
{
  kill -INT "$recorder"
  wait "$recorder"
  is "$1" "$?$(sed '/recording into/d' "$scratch/record.err")" 0
}

# has_bytes FILE COUNT: whether it is at least so large.
has_bytes ()
{
  [ "$(wc -c <"$1")" -ge "$2" ]
}

# has_snapshots FILE: whether it has some, which is not closed yet.
has_snapshots ()
{
  rm -f "$scratch/part.db"
  mdtrace import --partial --output "$scratch/part.db" "$1" \
    >"$scratch/import" 2>&1 &&
    [ "$(mdtrace --json query --database "$scratch/part.db" \
      'select count(*) as c from snapshots' | jq '.rows[0].c')" -ge 1 ]
}

# rounds FILE: those of the traps, as in tst.record.sh.
rounds ()
{
  ask "$1" "select arg1 from events
	    where function = 'syscall_mach_port_allocate' order by time_ns" |
    awk 'NR == 1 { first = $1 } NR > 1 && $1 != last + 1 { print "gap at", $1 }
	 { last = $1 } END { print first "-" last, NR }'
}

start_vm guest
export MDTRACE_TARGET="vm:$vm"
changed_text >"$scratch/text"

file=$scratch/tasks.mdt
start_recording "$file" task_create syscall_mach_port_allocate --stack=4
workload "tasks 5"
workload "trap 3000"
workload "tasks 2"
stop_recording "recording ends when it is interrupted"
is "it says how many events there were" "$(cat "$scratch/record.out")" \
  "3007 events in $file; of 3007 hits 0 were lost"
is "the probes are gone" "$(mdtrace --json probe list | jq '.probes | length')" 0
is "and the text is as it was" "$(changed_text)" "$(cat "$scratch/text")"
is "nobody holds the rings any more" "$(mdtrace --json ring | jq -c .holder)" \
  '""'
is "each event is in the file, in order" "$(rounds "$file")" "1-3000 3000"
is "of all probes" "$(ask "$file" "select function, count(*) from events
    group by function order by function")" "$(printf \
  'syscall_mach_port_allocate|3000\ntask_create|7')"
is "with the counts of the probes, and the law" \
  "$(ask "$file" "select function, hits, recorded, hits - recorded - filtered
	- dropped - throttled - missed from probes order by function")" \
  "$(printf '%s\n' 'syscall_mach_port_allocate|3000|3000|0' \
     'task_create|7|7|0')"
is "which the end of the run leaves disabled" \
  "$(ask "$file" "select distinct state from probes")" disabled
is "with the task's name" \
  "$(ask "$file" "select distinct task_name from events")" workload-x86_64
is "with stacks, whose functions are known" \
  "$(ask "$file" "select count(*) from events e join frames f using (stack_id)
	where f.depth = 0 and f.function <> e.function")" 0
is "with the kernel, the boot and the run" \
  "$(ask "$file" "select (select count(*) from boots),
	(select count(*) from symbol) > 1000,
	(select program || ', ' || ended from runs)")" \
  "1|1|mdtrace record, stopped"
is "with times of today" \
  "$(ask "$file" "select count(*) from events where time_ns / 1000000000
	not between $(date +%s) - 600 and $(date +%s) + 5")" 0

sql="select e.*, f.function from events e join frames f using (stack_id)
  order by e.time_ns, f.depth"
is "the file itself can be asked by SQL" \
  "$(mdtrace --json query --database "$file" "$sql" | cksum)" \
  "$(mdtrace --json query --database "$file.db" "$sql" | cksum)"

is "an analysis of it is that of the database" \
  "$(mdtrace --json analyze "$file" | jq 'del(.trace.path)' | cksum)" \
  "$(mdtrace --json analyze "$file.db" | jq 'del(.trace.path)' | cksum)"
succeeds "its stacks are drawn" \
  mdtrace flame --output "$scratch/tasks.svg" "$file"

# From hand to hand.
mdtrace export --to mdt --output "$scratch/copy.mdt" "$file" >"$scratch/out"
mdtrace import --output "$scratch/copy.db" "$scratch/copy.mdt" >"$scratch/out"
mdtrace export --to mdt --output "$scratch/again.mdt" "$scratch/copy.db" \
  >"$scratch/out"
succeeds "a copy of a copy of the file has the same bytes" \
  cmp "$scratch/copy.mdt" "$scratch/again.mdt"
is "a database of it has the same rows in all tables" \
  "$(for table in $(sqlite3 "$file.db" "select name from sqlite_schema
	where type = 'table' and name <> 'identity'"); do
       for database in "$file.db" "$scratch/copy.db"; do
	 sqlite3 "$database" "select '$table', quote(t.rowid), t.* from $table t
	   order by 3" 2>"$scratch/err" ||
	 sqlite3 "$database" "select '$table', * from $table order by 2"
       done | sort | uniq -c | grep -v '^ *2 '
     done)" ""
is "imported again, nothing is added" \
  "$(mdtrace --json import --output "$file.db" "$file" |
     jq -c '.files[] | [.events, .known_events, .boots, .known_boots]')" \
  "[0,3007,0,1]"

# How long, and how much.
file=$scratch/some.mdt
start_recording "$file" syscall_mach_port_allocate --events=700
workload "trap 2000"
wait "$recorder"
is "so many events as are wanted" "$?|$(rounds "$file")" "0|1-700 700"
file=$scratch/none.mdt
succeeds "for a time" mdtrace record --duration 1 --output "$file" task_create
is "in which nothing happens" "$(ask "$file" "select count(*),
    (select hits from probes) from events")" "0|0"
file=$scratch/filtered.mdt
start_recording "$file" syscall_mach_port_allocate --if 'right <= 40' \
  --args right,task
workload "trap 300"
stop_recording "with a filter"
is "only what it lets through, and how many it does not" \
  "$(ask "$file" "select count(*), min(arg0), max(arg0), sum(arg2 is null),
	(select filtered from probes) from events")" "40|1|40|40|260"
file=$scratch/latency.mdt
start_recording "$file" task_create --latency
workload "tasks 6"
stop_recording "with durations"
is "each has one" \
  "$(ask "$file" "select count(*), sum(duration_ns > 0) from events")" "6|6"
file=$scratch/static.mdt
start_recording "$file" 'task:::create' 'ipc:::send'
workload "tasks 3"
wait_until "a file that is written has snapshots" has_snapshots "$file"
stop_recording "static probes"
holds "with snapshots" "$(ask "$file" "select count(*) from snapshots")" -ge 1
is "with their names" "$(ask "$file" "select count(*), name from events
    where provider = 'task' group by name")" "3|create"
mdtrace probe create --enable task_create >"$scratch/out"
cd "$scratch" || exit 1
rm -f record.err
mdtrace --json record --events 4 >"$scratch/record.out" \
  2>"$scratch/record.err" &
recorder=$!
daemons="$daemons $recorder"
wait_until "recording has begun" grep -q -s 'recording into' "$scratch/record.err"
workload "tasks 4"
wait "$recorder"
is "without a probe, those that are enabled; into mdtrace.mdt" \
  "$(sed "/recording into/d" "$scratch/record.err"; jq -c . "$scratch/record.out")" \
  '{"file":"mdtrace.mdt","events":4,"held":0,"hits":4,"filtered":0,"lost":0}'
mdtrace probe destroy task_create >"$scratch/out" 2>&1 ||
  mdtrace probe destroy "$(mdtrace --json probe list |
    jq '.probes[0].probe_id')" >"$scratch/out"

# What the rings held before is recorded, and told apart from what comes since.
was_held=$(mdtrace --json probe create --enable task_create | jq .probe_id)
workload "tasks 4"
mdtrace probe disable "$was_held" >"$scratch/out"
file=$scratch/held.mdt
start_recording "$file" syscall_mach_port_allocate
workload "trap 3"
stop_recording "what the rings held before is recorded"
is "and said" "$(cat "$scratch/record.out")" "7 events in $file, 4 of which the \
rings held before; of 3 hits since then 0 were lost"
is "and is in the file" "$(ask "$file" "select function, count(*) from events
    group by function order by function")" "syscall_mach_port_allocate|3
task_create|4"
mdtrace probe enable "$was_held" >"$scratch/out"
workload "tasks 4"
mdtrace probe disable "$was_held" >"$scratch/out"
is "so is a part of them" "$(mdtrace --json record --events 3 --output \
    "$scratch/part.mdt" 2>"$scratch/record.err" |
  jq -c 'del(.file)')" '{"events":3,"held":3,"hits":0,"filtered":0,"lost":0}'
mdtrace probe destroy "$was_held" >"$scratch/out"

# A database instead.
start_recording "$scratch/live.db" task_create
workload "tasks 3"
stop_recording "into a database"
is "which has the events" "$(mdtrace --json query --database "$scratch/live.db" \
  "select count(*) from events" | jq '.rows[0]."count(*)"')" 3

# Killed.
file=$scratch/killed.mdt
start_recording "$file" syscall_mach_port_allocate
workload "trap 2000"
wait_until "the events are in the file" has_bytes "$file" 80000
kill -9 "$recorder"
wait "$recorder" 2>"$scratch/err"
refuses "a file whose recorder was killed was not closed" 1 \
  'killed.mdt: the trace cannot be read; block [0-9]+, at byte [0-9]+: .*the last event before it is of [0-9]{19} ns; with --partial' \
  mdtrace export --to csv "$file"
is "it has all that came before" "$(rounds "$file")" "1-2000 2000"
has "which is said" "$(cat "$scratch/import")" 'was not closed'
wait_until "the rings are free again" sh -c \
  "mdtrace ring >'$scratch/ring' && mdtrace --json probe list |
     jq -e '[.probes[] | select(.state == \"enabled\")] == []' >'$scratch/out'"
file=$scratch/middle.mdt
start_recording "$file" syscall_mach_port_allocate
mdtrace-vm console --state "$vm" --send "trap 9000000" >"$scratch/out" 2>&1
wait_until "there are many events" has_bytes "$file" 400000
kill -9 "$recorder"
wait "$recorder" 2>"$scratch/err"
holds "killed in the middle, what is whole is used" \
  "$(ask "$file" "select count(*) from events")" -gt 10000
is "none of it twice" "$(ask "$file" "select count(*) - count(distinct arg1),
    max(arg1) >= count(*) from events")" "0|1"

# The guest is killed.
start_vm dying
export MDTRACE_TARGET="vm:$vm"
file=$scratch/dying.mdt
start_recording "$file" syscall_mach_port_allocate task_create
workload "trap 1500"
workload "tasks 2"
kill -9 "$(cat "$vm/pid")"
wait "$recorder"
is "when the guest ends, so does recording" "$?" 0
has "it says so" "$(cat "$scratch/record.err")" 'not running.*what it has left'
is "with all events" "$(rounds "$file")" "1-1500 1500"
is "and the last counts" \
  "$(ask "$file" "select function, hits, recorded from probes
	order by function")" \
  "$(printf '%s\n' 'syscall_mach_port_allocate|1500|1500' 'task_create|2|2')"
succeeds "the file is closed" mdtrace export --to csv --output \
  "$scratch/events.csv" "$file"

# What is left in memory, into a trace file.
start_vm left --append "mdtrace.probes=syscall_mach_port_allocate"
workload "trap 500"
kill -9 "$(cat "$vm/pid")"
wait_until "the guest is dead" sh -c \
  "! mdtrace-vm status --state '$vm' >'$scratch/status'"
unset MDTRACE_TARGET
is "what a guest has left is recorded into a trace file" \
  "$(mdtrace --json record --from-ram "$vm" --output "$scratch/left.mdt" |
     jq -c .)" \
  "{\"file\":\"$scratch/left.mdt\",\"events\":500,\"held\":0,\"hits\":500,\"filtered\":0,\"lost\":0}"
is "all of it" "$(rounds "$scratch/left.mdt")" "1-500 500"
refuses "but not in the place of another" 1 'left.mdt: .*is there already' \
  mdtrace record --from-ram "$vm" --output "$scratch/left.mdt"
mkdir "$scratch/below"
RAISE_SIGNAL=15 RAISE_AT=1 RAISE_BELOW=$scratch/below \
  LD_PRELOAD="$TEST_LIBDIR/raise-at.so" \
  mdtrace record --from-ram "$vm" --output "$scratch/below/left.mdt" \
  >"$scratch/out" 2>&1
is "a signal leaves nothing of it" "$?$(ls "$scratch/below")" 143
(ulimit -f 2
 mdtrace record --from-ram "$vm" --output "$scratch/below/left.mdt" \
   >"$scratch/out" 2>"$scratch/err")
is "nor does a disk that is full" "$?$(ls "$scratch/below")" 1
done_testing
