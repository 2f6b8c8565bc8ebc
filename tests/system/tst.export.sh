#!/bin/sh
# Events in every format are those of the database: each one, each value, each
# loss; of made-up traces, with hostile names and values at the ends of 64 bits,
# and of a kernel that was booted.
. "${0%/*}/lib.sh"

here=$TEST_SRCDIR/tests/system
columns="time_ns, cpu, probe_id, provider, module, function, name, kind, task,
  task_name, thread, arg0, arg1, arg2, arg3, arg4, arg5, retval, address,
  boot_id, duration_ns, stack_id"

# ask SQL: of the database $trace, columns separated by '|'.
ask ()
{
  sqlite3 -readonly "$trace" "$1"
}

# export FORMAT [OPTION...]: of the database $trace.
export_to ()
{
  format=$1
  shift
  mdtrace export --to "$format" "$@" "$trace" 2>"$scratch/errors"
}

# csv_returns NAME: what is brought back from CSV is what was there.  An empty
# field is NULL, wherever the view can have that.
csv_returns ()
{
  export_to csv >"$scratch/events.csv"
  is "$1: the columns are those of the view" \
    "$(head -n 1 "$scratch/events.csv" | tr -d '\r')" \
    "$(ask "SELECT group_concat(name) FROM pragma_table_info('events')")"
  rm -f "$scratch/back.db"
  sqlite3 "$scratch/back.db" "CREATE TABLE back (time_ns INTEGER, cpu INTEGER,
    probe_id INTEGER, provider TEXT, module TEXT, function TEXT, name TEXT,
    kind TEXT, task INTEGER, task_name TEXT, thread INTEGER, arg0 INTEGER,
    arg1 INTEGER, arg2 INTEGER, arg3 INTEGER, arg4 INTEGER, arg5 INTEGER,
    retval INTEGER, address INTEGER, boot_id INTEGER, duration_ns INTEGER,
    stack_id INTEGER)" ".import --csv --skip 1 '$scratch/events.csv' back"
  for column in task task_name thread arg0 arg1 arg2 arg3 arg4 arg5 retval \
      address duration_ns stack_id; do
    echo "UPDATE back SET $column = NULL WHERE $column = '';"
  done | sqlite3 "$scratch/back.db"
  is "$1: CSV comes back as it was, and nothing else does" \
    "$(sqlite3 "$scratch/back.db" "ATTACH 'file:$trace?mode=ro' AS whole" \
	"SELECT count(*) FROM back" \
	"SELECT count(*) FROM (SELECT $columns FROM whole.events
	   EXCEPT SELECT $columns FROM back)" \
	"SELECT count(*) FROM (SELECT $columns FROM back
	   EXCEPT SELECT $columns FROM whole.events)" | tr '\n' ' ')" \
    "$(ask 'SELECT count(*) FROM event') 0 0 "
  read_by "$1: Python reads the same rows" csv "$scratch/events.csv" events
  export_to losses >"$scratch/losses.csv"
  read_by "$1: and losses" csv "$scratch/losses.csv" losses
}

find_python csv
csv_python=$python
find_python prometheus_client.openmetrics.parser
openmetrics_python=$python

# read_by NAME FORMAT FILE [VIEW]: what readers.py has to say of FILE.
read_by ()
{
  case $2 in
    csv) python=$csv_python ;;
    *) python=$openmetrics_python ;;
  esac
  if [ -n "$python" ]; then
    is "$1" "$("$python" "$here/readers.py" "$2" "$3" "$trace" ${4-} 2>&1 |
	       tail -n 5)" ""
  else
    pass "$1 # SKIP no Python that reads $2"
  fi
}

# Of an event what jq can compare, numbers of 64 bits as strings.
as_array='[.cpu, .probe_id, .provider, .module, .function, .name, .kind,
  .task // null, .task_name // null, .thread // null, .address // null,
  .boot_id] + .arguments + [if .duration_ns then .duration_ns else null end,
  (.stack // [] | length)]'
as_query="SELECT json_array(cpu, probe_id, provider, module, function, name,
  kind, iif(task IS NULL, NULL, printf('0x%x', task)),
  iif(task IS NULL, NULL, ifnull(task_name, '')),
  iif(thread IS NULL, NULL, printf('0x%x', thread)),
  iif(address IS NULL, NULL, printf('0x%x', address)), boot_id,
  iif(arg0 IS NULL, NULL, printf('0x%x', arg0)),
  iif(arg1 IS NULL, NULL, printf('0x%x', arg1)),
  iif(arg2 IS NULL, NULL, printf('0x%x', arg2)),
  iif(arg3 IS NULL, NULL, printf('0x%x', arg3)),
  iif(arg4 IS NULL, NULL, printf('0x%x', arg4)),
  iif(arg5 IS NULL, NULL, printf('0x%x', arg5)), duration_ns,
  ifnull((SELECT length(frames) / 8 FROM stack s
	  WHERE s.stack_id = e.stack_id), 0)) FROM events e"

# ndjson_is_right NAME
ndjson_is_right ()
{
  export_to ndjson >"$scratch/events.ndjson"
  jq -c "select(.time_ns) | $as_array" "$scratch/events.ndjson" \
    >"$scratch/got" 2>"$scratch/errors"
  ask "$as_query" | jq -c . >"$scratch/expected"
  is "$1: NDJSON has every event and value" \
    "$(cmp "$scratch/got" "$scratch/expected" 2>&1)" ""
  # jq 1.6 has no numbers of 64 bits.
  sed -n 's/^{"time_ns":\(-*[0-9]*\),.*/\1/p' "$scratch/events.ndjson" \
    >"$scratch/got"
  ask 'SELECT time_ns FROM event ORDER BY 1' >"$scratch/expected"
  is "$1: NDJSON has every time to the nanosecond" \
    "$(cmp "$scratch/got" "$scratch/expected" 2>&1)" ""
  is "$1: NDJSON ends with the counts" \
    "$(tail -n 1 "$scratch/events.ndjson")" \
    "$(ask "SELECT printf('{\"events\":%d,\"lost\":%d,\"throttled\":%d}',
	 (SELECT count(*) FROM event), ifnull(sum(dropped + throttled + missed),
	 0), ifnull(sum(throttled), 0)) FROM probe")"
  is "$1: NDJSON has the losses" \
    "$(sed -n 's/^{"losses":{"time_ns":\([0-9]*\),"probe_id":\([0-9]*\).*"dropped":\([-0-9]*\),"throttled":\([-0-9]*\),"missed":\([-0-9]*\).*/\1|\2|\3|\4|\5/p' \
	 "$scratch/events.ndjson")" \
    "$(ask 'SELECT time_ns, probe_id, dropped, throttled, missed FROM losses
	 ORDER BY 1, 2')"
}

# chrome_is_right NAME
chrome_is_right ()
{
  export_to chrome >"$scratch/chrome.json"
  is "$1: the trace events are well formed, nested and named" \
    "$(jq -r -f "$here/chrome.jq" "$scratch/chrome.json" 2>&1 |
       sort | uniq -c)" ""
  # Each event once: a call is two unless it was measured whole.
  is "$1: they have every event" "$(jq '[.traceEvents[]
      | if .ph == "X" then
	  if (.args | has("cpu") | not) then 1
	  elif .cat != "fbt" then 1
	  elif .args.probe_id as $id | $latency | index($id) then 1
	  else 2 end
	elif .ph == "i" and .cat != "losses" then 1 else 0 end] | add // 0' \
      --argjson latency "$(ask \
	'SELECT json_group_array(probe_id) FROM probe WHERE latency')" \
      "$scratch/chrome.json")" "$(ask 'SELECT count(*) FROM event')"
  is "$1: and what took long took as long" "$(jq -c '[.traceEvents[]
      | select(.args.duration_ns)] | [(map(.args.duration_ns) | add // 0),
	(map(select(.ph == "X" and (.dur * 1000 | round) != .args.duration_ns))
	 | length)]' "$scratch/chrome.json")" \
    "[$(ask 'SELECT ifnull(sum(duration_ns), 0) FROM events'),0]"
  is "$1: they have every loss" "$(jq '[.traceEvents[]
      | select(.cat == "losses") | .args
      | .dropped + .throttled + .missed] | add // 0' "$scratch/chrome.json")" \
    "$(ask 'SELECT ifnull(sum(dropped + throttled + missed), 0) FROM losses')"
  is "$1: they have every counter of every snapshot" \
    "$(jq '[.traceEvents[] | select(.ph == "C" and .name == "free memory")
	 | .args.bytes] | add // 0' "$scratch/chrome.json")" \
    "$(ask 'SELECT ifnull(sum(free_bytes), 0) FROM snapshots')"
}

# openmetrics_is_right NAME
openmetrics_is_right ()
{
  export_to openmetrics >"$scratch/metrics"
  is "$1: OpenMetrics is well formed" \
    "$(awk -f "$here/openmetrics.awk" "$scratch/metrics")" ""
  read_by "$1: Prometheus's client reads it, with every probe" openmetrics \
    "$scratch/metrics"
  is "$1: it has the hits of every probe" \
    "$(sed -n 's/^mdtrace_probe_hits_total{probe_id="\([0-9]*\)".* \([0-9]*\)$/\1|\2/p' \
	 "$scratch/metrics" | sort)" \
    "$(ask 'SELECT probe_id, hits FROM probe
	 WHERE boot_id = (SELECT max(boot_id) FROM boot)' | sort)"
  is "$1: and what became of them" \
    "$(sed -n 's/^mdtrace_probe_outcomes_total{.*outcome="\([a-z]*\)"} \([0-9]*\)$/\1 \2/p' \
	 "$scratch/metrics" | awk '{ sum[$1] += $2 }
	   END { print sum["recorded"] "|" sum["filtered"] "|" sum["dropped"] \
	     "|" sum["throttled"] "|" sum["missed"] }')" \
    "$(ask 'SELECT sum(recorded), sum(filtered), sum(dropped), sum(throttled),
	 sum(missed) FROM probe WHERE boot_id = (SELECT max(boot_id) FROM boot)')"
  is "$1: and the last snapshot" \
    "$(sed -n 's/^mdtrace_memory_free_bytes //p' "$scratch/metrics")" \
    "$(ask 'SELECT free_bytes FROM snapshot
	 WHERE boot_id = (SELECT max(boot_id) FROM boot)
	 ORDER BY time_ns DESC LIMIT 1')"
  is "$1: and its counters" \
    "$(sed -n 's/^mdtrace_duration_seconds_count{counter="\(.*\)"} /\1|/p' \
	 "$scratch/metrics" | sort)" \
    "$(ask "SELECT name, count FROM counter_values WHERE kind = 'duration'
	 AND boot_id = (SELECT max(boot_id) FROM boot)
	 AND time_ns = (SELECT max(time_ns) FROM counter_values)" | sort)"
}

all_are_right ()
{
  csv_returns "$1"
  ndjson_is_right "$1"
  chrome_is_right "$1"
  openmetrics_is_right "$1"
  export_to mdt -o "$scratch/copy.mdt" >"$scratch/out"
  mdtrace export --to csv "$scratch/copy.mdt" 2>"$scratch/errors" |
    cmp - "$scratch/events.csv" >"$scratch/out" 2>&1
  is "$1: a trace file has the same events" "$(cat "$scratch/out")" ""
  rm -f "$scratch/copy.mdt"
}

# make_trace FILE EVENTS [SEED]: a made-up trace.  Calls that were measured do
# not overlap on a real machine.
make_trace ()
{
  "$TEST_LIBDIR/make-trace" "$@"
  sqlite3 "$1" 'UPDATE duration SET duration_ns = 1 + duration_ns % 100'
}

# Made up.
trace=$scratch/plain.db
make_trace "$trace" 20000
all_are_right "20,000 events"
is "folded stacks have every event with a stack" \
  "$(export_to folded | awk '{ sum += $NF } END { print sum }')" \
  "$(ask 'SELECT count(stack_id) FROM event')"
is "calls are those of the functions, with their arguments and results" \
  "$(export_to chrome | jq '[.traceEvents[]
      | select(.ph == "X" and .name == "vm_fault")
      | select(.args.values.task and (.args.retval | type) == "number")]
      | length')" \
  "$(ask "SELECT count(*) FROM events WHERE function = 'vm_fault'
       AND name = 'return'")"
is "each CPU runs what it is switched to" \
  "$(export_to chrome | jq -r '[.traceEvents[]
      | select(.ph == "X" and .cat == "sched") | .args.thread]
      | group_by(.) | map([.[0], length] | map(tostring) | join("|")) | .[]' |
     sort)" \
  "$(ask "SELECT printf('0x%x', arg1), count(*) FROM events
       WHERE name = 'switch' GROUP BY 1" | sort)"
is "arrows go from messages to where they are received" \
  "$(export_to chrome | jq '[.traceEvents[] | select(.ph == "f")] | length')" \
  "$(ask "SELECT count(*) FROM events WHERE name = 'receive'")"

mkdir "$scratch/msgids"
echo 'made 2000 made_up 1 2001 2101' >"$scratch/msgids/made.msgids"
is "messages have names" \
  "$(export_to chrome --msgids "$scratch/msgids" |
       jq -r '.traceEvents[].name' | grep -E '^(send|receive) ' | sort | uniq -c |
       tr -s ' \n' ' ')" \
  " $(ask "SELECT count(*) || ' ' || name || ' made.made_up' ||
	 iif(arg0 = 2101, ' reply', '') FROM events
       WHERE arg0 IN (2001, 2101) AND name IN ('send', 'receive')
       GROUP BY name, arg0 ORDER BY name, arg0" | tr '\n' ' ')"
is "in NDJSON too" \
  "$(export_to ndjson --msgids "$scratch/msgids" | grep -c '"message":"made')" \
  "$(ask "SELECT count(*) FROM events WHERE provider = 'ipc'
       AND arg0 IN (2001, 2101)")"

# A part of it.
from=$(ask 'SELECT time_ns FROM event LIMIT 1 OFFSET 5000')
until=$(ask 'SELECT time_ns FROM event LIMIT 1 OFFSET 7000')
for format in csv ndjson; do
  is "$format: from a time to another one, inclusive" \
    "$(export_to $format --from "$from" --until "$until" |
       grep -c -E '^({"time_ns":)?179')" 2001
done
for pattern in vm_fault fbt:kernel:vm_fault:* fbt:::return 'vm_*' ipc:::send; do
  case $pattern in
    vm_fault | fbt:kernel*) condition="function = 'vm_fault'" ;;
    fbt:::return) condition="provider = 'fbt' AND name = 'return'" ;;
    'vm_*') condition="function LIKE 'vm\\_%' ESCAPE '\\'" ;;
    *) condition="name = 'send'" ;;
  esac
  is "only what $pattern means" \
    "$(export_to csv --probe "$pattern" | grep -c ^179)" \
    "$(ask "SELECT count(*) FROM events WHERE $condition")"
done

is "metrics too" \
  "$(export_to openmetrics --probe vm_fault | grep -c '^mdtrace_probe_hits_total')" 1

# A hundred times as many events take no more memory, but for what SQLite keeps
# of a file.
"$TEST_LIBDIR/make-trace" "$scratch/few.db" 2000
"$TEST_LIBDIR/make-trace" "$scratch/many.db" 200000
for format in csv ndjson chrome folded mdt; do
  "$TEST_LIBDIR/measure" "$scratch/few" mdtrace export --to $format \
    "$scratch/few.db"
  "$TEST_LIBDIR/measure" "$scratch/many" mdtrace export --to $format \
    "$scratch/many.db"
  holds "$format: memory does not grow with the events" \
    "$(cut -d ' ' -f 2 "$scratch/many")" -lt \
    $(($(cut -d ' ' -f 2 "$scratch/few") + 4096))
done
rm "$scratch/few.db" "$scratch/many.db"

# Nothing and next to nothing.
for events in 0 1 5; do
  trace=$scratch/$events.db
  make_trace "$trace" $events
  all_are_right "$events events"
done

# Threads that are not known.
trace=$scratch/threads.db
make_trace "$trace" 50
sqlite3 "$trace" 'UPDATE event SET thread_key = NULL'
all_are_right "no threads"

# Hostile.
trace=$scratch/hostile.db
make_trace "$trace" 20000 7
sqlite3 "$trace" <"$here/hostile.sql"
all_are_right "hostile names"
is "what is lost is told on standard error" \
  "$(export_to csv | wc -l >"$scratch/out"; cat "$scratch/errors")" \
  "mdtrace: 20000 events, 22 lost, of which 7 throttled"
is "losses by themselves are the view losses" \
  "$(export_to losses | tail -n +2 | tr -d '\r' | cut -d , -f 1,2 | grep ^179)" \
  "$(ask 'SELECT time_ns, probe_id FROM losses ORDER BY 1' | tr '|' ,)"
is "a part of a trace has the losses of its time" \
  "$(export_to ndjson \
       --from "$(ask 'SELECT time_ns FROM event LIMIT 1 OFFSET 150')" \
       --until "$(ask 'SELECT time_ns FROM event LIMIT 1 OFFSET 160')" |
     tail -n 1)" '{"events":11,"lost":7,"throttled":7}'
has "a script does not end within a string" "$(export_to chrome)" \
  '\\u003c/script>'
lacking=$(export_to chrome | grep -c '</script>')
is "nowhere" "$lacking" 0
is "values at the ends of 64 bits are whole" \
  "$(export_to ndjson | grep -m 1 '"name":"entry".*"function entry".*-9223' |
     sed 's/.*"arguments":\[\([^]]*\)\].*/\1/')" \
  '"0x8000000000000000","0xffffffffffffffff","0x7fffffffffffffff","0x5",null,null'
has "and in trace events strings" "$(export_to chrome)" \
  '"retval":"9223372036854775807"'

# Times at both ends of 64 bits: what lies between takes one more.
trace=$scratch/ends.db
make_trace "$trace" 50
sqlite3 "$trace" 'DELETE FROM event; DELETE FROM duration;
  INSERT INTO event (time_ns, probe_key, cpu, thread_key, site_key, arg0, arg1,
    arg3) VALUES
    (-9223372036854775808, 1, 0, 1, 1, 0, 0, 0),
    (-9223372036854775807, 9, 0, 1, 17, 1, 2, 3),
    (9223372036854775805, 13, 0, 1, 21, 0, 0, 0),
    (9223372036854775806, 1, 0, 1, 2, 0, 0, 0),
    (9223372036854775807, 9, 0, 1, 17, 1, 2, 3);
  INSERT INTO duration VALUES (9223372036854775805, 9223372036854775807)'
is "trace events are as long as that, where they begin" \
  "$(export_to chrome | sed -n \
       's/.*"ph":"X".*"cat":"\([a-z]*\)".*"ts":\([-0-9.]*\),"dur":\([-0-9.]*\),.*/\1 \2 \3/p')" \
  "fbt 9223372036854775.806 9223372036854775.807
fbt 0.000 18446744073709551.614
sched 0.001 18446744073709551.614
sched 18446744073709551.615 0.000"

# What ends lines elsewhere, and counts that are too great for a sign.
cp "$scratch/5.db" "$scratch/odd.db"
trace=$scratch/odd.db
sqlite3 "$trace" "
  UPDATE task_name SET task_name = task_name || ' ' || char(13, 10, 11, 28, 133,
    8232, 34, 34, 13) || ' ,';
  UPDATE probe SET label = char(13, 34, 92, 10, 8232, 65279), hits = -1,
    function = 'f' || char(13, 10);
  INSERT INTO loss SELECT 1, time_ns, 5, 0, 0 FROM event LIMIT 1"
csv_returns "odd names"
export_to openmetrics >"$scratch/metrics"
read_by "odd names: Prometheus's client has them" openmetrics "$scratch/metrics"
"$TEST_LIBDIR/make-trace" "$scratch/great.db" 300 1 10000000
trace=$scratch/great.db
sqlite3 "$trace" "UPDATE counter_value SET sum = -1; UPDATE probe SET hits = -1;
  UPDATE snapshot SET faults = -2"
export_to openmetrics >"$scratch/metrics"
is "counts have no sign" "$(grep -c ' -[0-9]' "$scratch/metrics")" 0
has "but all digits" "$(cat "$scratch/metrics")" \
  '^mdtrace_faults_total 18446744073709551614$'
read_by "great counts: Prometheus's client has them" openmetrics \
  "$scratch/metrics"
trace=$scratch/hostile.db

# The checkers can fail.
printf '# TYPE a counter\na 1\n# EOF\n' >"$scratch/bad"
is "a counter without _total is found" \
  "$(awk -f "$here/openmetrics.awk" "$scratch/bad")" "2: no _total"
printf 'a{b="c} 1\n' >"$scratch/bad"
has "a label without an end is found" \
  "$(awk -f "$here/openmetrics.awk" "$scratch/bad")" "1: label without an end"
echo '{"displayTimeUnit":"ns","traceEvents":[
  {"ph":"X","name":"a","pid":1,"tid":1,"ts":0,"dur":5},
  {"ph":"X","name":"b","pid":1,"tid":1,"ts":3,"dur":5}]}' >"$scratch/bad"
if [ -n "$csv_python" ]; then
  export_to csv | tr e E >"$scratch/others"
  has "values that are others are found" \
    "$("$csv_python" "$here/readers.py" csv "$scratch/others" "$trace" \
	 events 2>&1)" \
    "not in the view"
fi
has "slices that overlap are found" \
  "$(jq -r -f "$here/chrome.jq" "$scratch/bad")" "1 slices overlap"
# Prometheus's own parser of its older format, which would like to be told more:
# status 3.
if command -v promtool >"$scratch/out"; then
  promtool check metrics <"$scratch/metrics" >"$scratch/out" 2>&1
  case $? in
    0 | 3) pass "Prometheus reads them" ;;
    *) fail "Prometheus reads them" "$(cat "$scratch/out")" ;;
  esac
else
  pass "Prometheus reads them # SKIP no promtool"
fi

# To a file: whole, or as it was.
trace=$scratch/plain.db
echo before >"$scratch/file"
succeeds "to a file that is there" mdtrace export --to csv \
  -o "$scratch/file" "$trace"
is "which is replaced" "$(wc -l <"$scratch/file")" 20001
echo before >"$scratch/file"
mdtrace export --to csv -o "$scratch/file" --probe nothing "$trace" \
  2>"$scratch/errors"
is "and kept if that fails" "$? $(cat "$scratch/file")" "1 before"
(ulimit -f 100; mdtrace export --to csv -o "$scratch/file" "$trace"; true) \
  >"$scratch/out" 2>&1
is "or if it is killed" "$(cat "$scratch/file")" "before"
is "nothing is left beside it" "$(ls "$scratch" | grep -c 'file\.')" 0
mkfifo "$scratch/pipe"
cat "$scratch/pipe" >"$scratch/through" &
reader=$!
daemons="$daemons $reader"
mdtrace export --to csv -o "$scratch/pipe" "$trace" >"$scratch/out" 2>&1
# Nobody will write to one that was replaced.
[ -p "$scratch/pipe" ] || kill $reader
wait $reader
is "a pipe stays one, and so do devices" "$(wc -l <"$scratch/through")" 20001
yes before | head -c 90000 >"$scratch/appended"
(trap '' XFSZ; ulimit -f 200
 mdtrace export --to mdt "$trace" >>"$scratch/appended") >"$scratch/out" 2>&1
is "what fails to be appended takes nothing away" \
  "$? $(head -c 90000 "$scratch/appended" | grep -c '^before$')" "1 12857"
is "with --json the counts are a document" \
  "$(mdtrace --json export --to csv -o "$scratch/file" "$trace" |
     jq -c '[.format, .events, .lost]')" '["csv",20000,0]'
is "the formats are listed" "$(mdtrace --json export --list |
  jq -r '.formats[].name' | tr '\n' ' ')" \
  "csv losses ndjson chrome folded openmetrics ctf mdt "

# A site that damage has left without its probe is not shown, and no other site
# is taken for it.
cp "$scratch/plain.db" "$scratch/orphan.db"
sqlite3 "$scratch/orphan.db" "UPDATE site SET probe_key = 999
  WHERE site_key = (SELECT min(site_key) FROM site)"
kinds='select(.address) | "\(.address) \(.kind)"'
mdtrace export --to ndjson "$scratch/plain.db" 2>"$scratch/errors" |
  jq -r "$kinds" | sort -u >"$scratch/kinds"
mdtrace export --to ndjson --partial "$scratch/orphan.db" \
  2>"$scratch/errors" | jq -r "$kinds" | sort -u >"$scratch/kinds-left"
is "sites keep their kinds where one is damaged" \
  "$(comm -13 "$scratch/kinds" "$scratch/kinds-left" | head -n 3)" ""
holds "of all the others" "$(wc -l <"$scratch/kinds-left")" -eq \
  "$(($(wc -l <"$scratch/kinds") - 1))"

# Whatever numbers somebody has stored, JSON stays JSON.
cp "$scratch/plain.db" "$scratch/infinite.db"
sqlite3 "$scratch/infinite.db" "UPDATE counter_value SET sum = 9e999"
is "a counter without an end is null" \
  "$(mdtrace export --to chrome "$scratch/infinite.db" 2>"$scratch/errors" |
     jq '[.traceEvents[] | select(.ph == "C") | .args[]
       | select(. == null)] | length > 0')" true

# The examples of the manual page.
mkdir "$scratch/examples"
cp "$scratch/plain.db" "$scratch/examples/trace.db"
sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$TEST_BUILDDIR/man/mdtrace-export.1" |
  awk '/^\$ / { inside = 1; sub (/^\$ /, "") }
    /^\.Ed/ { inside = 0 }
    inside { sub (/\\e$/, "\\"); printf "%s", $0
	     print /[\\|]$/ ? "" : "\n" }' |
  awk -v RS= -v dir="$scratch/examples" \
    '{ print > (dir "/example-" NR) }'
is "there are as many examples as are run" \
  "$(ls "$scratch/examples" | grep -c example)" 9
export BABELTRACE_PLUGIN_PATH="$TEST_BUILDDIR/mdtrace-cli/babeltrace/.libs"
for example in "$scratch"/examples/example-*; do
  name="example: $(head -n 1 "$example")"
  if grep -q -e ctf -e babeltrace2 "$example" &&
      ! { [ -e "$BABELTRACE_PLUGIN_PATH/babeltrace-plugin-mdtrace.so" ] &&
	  command -v babeltrace2 >"$scratch/out"; }; then
    pass "$name # SKIP no babeltrace2, or no plugin for it"
    continue
  fi
  (cd "$scratch/examples" && sh -e "$example") >"$scratch/out" 2>&1
  is "$name" "$? $(grep -c -E '^(mdtrace|Error|Parse|sh):' "$scratch/out")" "0 0"
done
is "they have written what they say" \
  "$(cd "$scratch/examples" && find returns.csv events.csv trace.json \
       mdtrace.prom trace.folded -size +0 | wc -l)" 5
is "the table has come back" \
  "$(sqlite3 "$scratch/examples/new.db" 'SELECT count(*) FROM t')" 20000

# Damaged.
damaged=$scratch/damaged.mdt
mdtrace export --to mdt -o "$damaged" "$trace" >"$scratch/out"
truncate -s $(($(wc -c <"$damaged") / 2)) "$damaged"
mdtrace export --to csv --partial "$damaged" >"$scratch/out" \
  2>"$scratch/errors"
is "of a damaged trace, what precedes the damage is exported" "$?" 0
holds "as far as it goes" "$(wc -l <"$scratch/out")" -gt 1000
is "as it was" "$(head -n 1000 "$scratch/out" | tail -n 999 | cut -d , -f 1)" \
  "$(ask 'SELECT time_ns FROM event ORDER BY 1 LIMIT 999')"
has "and the place is told" "$(cat "$scratch/errors")" \
  "damaged.mdt: is damaged; what precedes that was used"

is "once" "$(grep -c 'is damaged' "$scratch/errors")" 1
mdtrace export --to ndjson --partial "$damaged" 2>"$scratch/errors" |
  tail -n 1 >"$scratch/out"
has "and in the document too" "$(cat "$scratch/out")" \
  '"damage":"block [0-9]+, at byte [0-9]+: '
mdtrace export --to csv "$damaged" >"$scratch/out" 2>"$scratch/errors"
is "without --partial nothing is said to be used" \
  "$(grep -c 'was used' "$scratch/errors")" 0

# Several boots, at the same time and one after the other.
trace=$scratch/boots.db
make_trace "$trace" 20000
sqlite3 "$trace" "INSERT INTO boot SELECT 2, kernel_id, 5, boot_time_ns,
    target FROM boot WHERE boot_id = 1;
  UPDATE probe SET boot_id = 2 WHERE probe_key > 8"
all_are_right "two boots at the same time"
sqlite3 "$trace" "UPDATE boot SET boot_time_ns =
    (SELECT time_ns FROM event LIMIT 1 OFFSET 12000) WHERE boot_id = 2;
  UPDATE probe SET boot_id = 1;
  UPDATE probe SET boot_id = 2 WHERE probe_key = 9;
  DELETE FROM duration WHERE time_ns IN (SELECT time_ns FROM event
    WHERE (probe_key = 9) <> (time_ns > (SELECT boot_time_ns FROM boot
      WHERE boot_id = 2)));
  DELETE FROM event WHERE (probe_key = 9) <> (time_ns >
    (SELECT boot_time_ns FROM boot WHERE boot_id = 2))"
all_are_right "two boots in turn"

# A kernel, by its daemon.
start_vm guest
start_daemon
trace=$database
mdtrace probe create --enable fbt:kernel:task_create: >"$scratch/out"
mdtrace probe create --enable --latency task_terminate >"$scratch/out"
mdtrace probe create --enable --stack=8 sched:::switch >"$scratch/out"
mdtrace probe create --enable ipc:::send >"$scratch/out"
mdtrace probe create --enable ipc:::receive >"$scratch/out"
mdtrace probe create --enable vm_fault >"$scratch/out"
mdtrace probe create --enable --args=map,vaddr fbt:kernel:vm_map_lookup:entry \
  >"$scratch/out" 2>&1
trace_while "mixed 5" "$scratch/live.ndjson" 500
for id in 1 2 3 4 5 6 7; do
  mdtrace probe disable $id
done >"$scratch/out" 2>&1
mdtrace query 'SELECT 1' >"$scratch/out"
mdtrace export --to csv >"$scratch/by-daemon.csv" 2>"$scratch/errors"
is "a daemon's database is exported" "$(grep -c ^1 "$scratch/by-daemon.csv")" \
  "$(query 'SELECT count(*) FROM event')"
mdtrace export --to csv "unix:$vm/socket" 2>"$scratch/errors" |
  cmp - "$scratch/by-daemon.csv" >"$scratch/out" 2>&1
is "by its target too" "$(cat "$scratch/out")" ""
# What trace has printed is what is exported, word by word.
jq -c -S 'select(.time_ns)' "$scratch/live.ndjson" | sort >"$scratch/expected"
mdtrace export --to ndjson 2>"$scratch/errors" |
  jq -c -S 'select(.time_ns) | del(.boot_id)' | sort >"$scratch/got"
is "what trace prints is what export does" \
  "$(comm -13 "$scratch/got" "$scratch/expected" | head -n 3)" ""
is "of all that it has printed" "$(wc -l <"$scratch/expected")" 500
stop_daemon
all_are_right "a kernel"
done_testing
