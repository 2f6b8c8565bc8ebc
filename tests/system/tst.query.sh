#!/bin/sh
# The queries that have a name: each runs, has the columns that are said of it,
# and says of known work what that was.
. "${0%/*}/lib.sh"

# create OPTION... : a probe that is on.
create ()
{
  mdtrace probe create --enable "$@" >"$scratch/out" 2>&1 ||
    echo "Bail out! $(cat "$scratch/out")"
}

# named NAME [ARGUMENT...]: what it gives, columns separated by '|'.
named ()
{
  mdtrace --json query "$@" |
    jq -r '.rows[] | [.[]] | map(tostring) | join("|")'
}

# of NAME COLUMN CONDITION [ARGUMENT...]: that column of the rows for which the
# condition of jq is true.
of ()
{
  of_column=$2 of_condition=$3 of_name=$1
  shift 3
  mdtrace --json query "$of_name" "$@" |
    jq -r ".rows[] | select($of_condition) | .$of_column"
}

start_vm guest
task=workload-$arch
start_daemon
trap_call=syscall_mach_port_allocate
create task:::create
create --latency task_terminate
create --stack=4 --args arg0 "fbt:kernel:task_create:entry"
create ipc:::send
create vm:::fault
create sched:::switch
create sched:::wakeup
create custom:::workload
create --agg count --by task,arg1 $trap_call
create --limit 10/s --label limited $trap_call
mdtrace counter enable ipc-latency schedule-latency >"$scratch/out" 2>&1
workload "tasks 30"
workload "rpc 70"
workload "faults 40"
workload "fire 7"
workload "trap 500"
wait_until "there are snapshots" eval \
  '[ "$(query "select count(*) from snapshots")" -gt 12 ]'
wait_until "the health score was stored" eval \
  '[ "$(query "select count(*) from health")" -gt 0 ]'
stop_daemon
# Each query that asks a daemon would make more events.
export MDTRACE_DATABASE="$database"

# Known work.
is "30 tasks were created" \
  "$(of task-creators created ".task == \"$task\"")" 30
is "and terminated" "$(of call-times calls '.function == "task_terminate"')" 30
is "the longest call" \
  "$(mdtrace --json query slowest-calls --limit 1 |
     jq '.rows[0].microseconds * 1000 | round')" \
  "$(query 'select max(duration_ns) from events')"
is "which took as long as it says of the function" \
  "$(mdtrace --json query slowest-calls limit=1 function=task_terminate |
     jq '.rows[0].microseconds')" \
  "$(of call-times longest_us '.function == "task_terminate"')"
is "7 custom events with their numbers" \
  "$(named custom-events name=workload | cut -d '|' -f 2,4,5)" \
  "$(for i in 1 2 3 4 5 6 7; do echo "workload|$i|7"; done)"
holds "40 page faults, or more" \
  "$(of faults faults ".task == \"$task\"")" -ge 40
is "all faults" "$(mdtrace --json query faults | jq '[.rows[].faults] | add')" \
  "$(query "select count(*) from events where provider = 'vm'")"
# The id of host_get_time, which nobody else asks for.
id=$(query "select arg0 from events where provider = 'ipc'
	    and task_name = '$task' group by 1 having count(*) = 70")
is "70 messages of one kind" \
  "$(of messages sent ".id == ${id:-0}" --limit 1000)" 70
is "all messages" \
  "$(mdtrace --json query messages --limit 1000 | jq '[.rows[].sent] | add')" \
  "$(query "select count(*) from events where provider = 'ipc'")"
is "stacks of 30 creations" "$(mdtrace --json query stacks \
    function=task_create | jq '[.rows[].events] | add')" 30
has "with where they came from" "$(of stacks stack true function=task_create)" \
  '^task_create <- '
is "what aggregations counted" \
  "$(mdtrace --json query aggregations --limit 1000 |
     jq '[.rows[].count] | add')" 500
holds "hits were throttled" "$(of losses throttled '.probe == 10')" -gt 0
is "as many as the list says" "$(of losses throttled '.probe == 10')" \
  "$(query 'select throttled from probes where probe_id = 10')"
is "every hit is accounted for" \
  "$(of probe-costs probe '.unaccounted != 0')" ""
is "all events, task by task" \
  "$(mdtrace --json query top-tasks --limit 1000 |
     jq '[.rows[].events] | add')" "$(query 'select count(*) from events')"
is "function by function" \
  "$(mdtrace --json query top-functions --limit 1000 |
     jq '[.rows[].events] | add')" "$(query 'select count(*) from events')"
is "and second by second" \
  "$(mdtrace --json query event-rate --limit 1000 |
     jq '[.rows[].events] | add')" "$(query 'select count(*) from events')"
is "all switches" \
  "$(mdtrace --json query switches --limit 1000 |
     jq '[.rows[].switched_to] | add')" \
  "$(query "select count(*) from events where probe_id = 6
	    and arg3 is not null")"
is "page faults by snapshots" \
  "$(mdtrace --json query memory step=100000000 |
     jq '[.rows[].faults] | add')" \
  "$(query 'select max(faults) - min(faults) from snapshots')"
is "the kernel" "$(of runs kernel true | sort -u)" \
  "$(query 'select version from boots')"
is "the score" "$(mdtrace --json query health | jq '.rows[-1].score')" \
  "$(query 'select score from health order by time_ns desc limit 1')"

# Parameters.
is "no more rows than asked for" "$(named top-functions --limit 3 | wc -l)" 3
middle=$(query 'select (min(time_ns) + max(time_ns)) / 2 from event')
is "events before and after" \
  "$(($(mdtrace --json query top-tasks --to "$middle" |
	jq '[.rows[].events] | add') +
      $(mdtrace --json query top-tasks from=$((middle + 1)) |
	jq '[.rows[].events] | add')))" \
  "$(query 'select count(*) from events')"
is "a time of UTC" \
  "$(mdtrace --json query top-tasks --from 2200-01-01T00:00:00 |
     jq '.rows | length')" 0
is "SQL has parameters too" \
  "$(named 'select :a + 1, :b, typeof(:c)' a=41 b=x)" '42|x|null'
# Columns are aligned by all of their values.
is "numbers are on the right, also behind one that is not known; text is not" \
  "$(mdtrace query "select * from (values (null, 1, 'a', 1.5, null),
       (7, 'text', 'bc', 22, null), (12345, 33333, 5, 333.25, null))" |
     sed 's/ *$//')" \
  "column1 column2 column3 column4 column5
        1       a           1.5
      7 text    bc           22
  12345 33333   5        333.25"
is "what it prints can be asked" \
  "$(mdtrace query "$(mdtrace query --show top-tasks)" limit=5)" \
  "$(mdtrace query top-tasks --limit 5)"

# Each of them: also of what there was none of in this guest.
sqlite3 "$database" "insert into message (run_id, time_ns, severity, message)
    select run_id, began_ns, 'warning', 'made up' from run limit 1;
  insert or ignore into loss
    select probe_key, 1790000000000000000, 1, 2, 3 from probe limit 1"
mdtrace --json query --list >"$scratch/list.json"
is "as many as there are files" "$(jq '.queries | length' "$scratch/list.json")" \
  "$(find "$TEST_SRCDIR/mdtrace-cli/queries" -name '*.sql' | wc -l)"
for name in $(jq -r '.queries[].name' "$scratch/list.json"); do
  is "$name has the columns that are said of it" \
    "$(mdtrace --json query "$name" | jq -r '.rows[0] | keys_unsorted[]')" \
    "$(jq -r ".queries[] | select(.name == \"$name\") | .columns[].name" \
       "$scratch/list.json")"
  is "$name has the parameters that are said of it" \
    "$(mdtrace query --show "$name" | grep -o ':[a-z]*' |
       grep -v '^:$' | sort -u)" \
    "$(jq -r ".queries[] | select(.name == \"$name\")
	      | .parameters[] | \":\" + .name" "$scratch/list.json" | sort)"
  has "$name is explained" "$(mdtrace query --list "$name")" "^$name: .*[?]"
done

# A trace file that its writer did not close.
mdtrace export --to mdt --output "$scratch/whole.mdt" "$database" >"$scratch/out"
head -c -20 "$scratch/whole.mdt" >"$scratch/cut.mdt"
refuses "a damaged file is not used by itself" 1 "cut.mdt: .*with --partial" \
  mdtrace query --database "$scratch/cut.mdt" 'select count(*) from events'
is "what precedes the damage is, if that is asked for" \
  "$(mdtrace query --partial --database "$scratch/cut.mdt" \
       'select count(*) from events' 2>"$scratch/err" | tail -n 1)" \
  "$(mdtrace query --database "$scratch/whole.mdt" \
       'select count(*) from events' | tail -n 1)"
has "and where it begins is said" "$(cat "$scratch/err")" \
  'cut.mdt: is damaged; what precedes that was used; block'

# Values are what they look like.
is "whole numbers, others, and text" \
  "$(mdtrace --json query --database "$database" \
       'select typeof(:a) as a, typeof(:b) as b, typeof(:c) as c' \
       a=5 b=99.5 c=5.5.5 | jq -c '.rows[0]')" \
  '{"a":"integer","b":"real","c":"text"}'
is "a time as a report prints it" \
  "$(mdtrace query --database "$database" 'select :from' \
       --from '2026-11-27 13:02:08.150617701 UTC' | tail -n 1)" \
  "$(date -u -d '2026-11-27 13:02:08 UTC' +%s)150617701"

# Names from everywhere are what they are where the locale has them.
select="select 'n' || char (228) || 'me' as name"
is "letters beyond ASCII" "$(LC_ALL=C.UTF-8 mdtrace query \
    --database "$database" "$select" | tail -n 1)" "$(printf 'n\303\244me')"
is "where there are none, bytes" "$(LC_ALL=C mdtrace query \
    --database "$database" "$select" | tail -n 1)" 'n\xc3\xa4me'
done_testing
