#!/bin/sh
# A trace with as many of everything as of events, CPUs, threads, tasks, names,
# functions, probes, stacks and losses, is analysed and exported in memory that
# is bounded and without taking the square of that: what comes of it is what
# SQL says.  So is one of as many boots.
. "${0%/*}/lib.sh"

wide=100000
trace=$scratch/wide.db

# ask SQL: of the database $trace.
ask ()
{
  sqlite3 -readonly "$trace" "$1"
}

# bounded COMMAND...: with as much memory as is enough by far, and so much
# time that only what goes through a list for each event takes longer.
bounded ()
{
  (ulimit -v 600000; ulimit -t 500; exec "$@") 2>"$scratch/errors"
}

# export_to FORMAT: bounded.
export_to ()
{
  succeeds "$1: is exported" bounded mdtrace export --to "$1" \
    -o "$scratch/exported" "$trace"
}

# document OPTION...: the analysis, bounded, to $scratch/document.
document ()
{
  bounded mdtrace analyze --json "$@" "$trace" >"$scratch/document"
}

# says FILTER: what jq finds in it.
says ()
{
  jq -r "$1" "$scratch/document"
}

"$TEST_LIBDIR/make-trace" "$trace" 1000
{
  echo ".parameter set :wide $wide"
  cat "$TEST_SRCDIR/tests/system/wide.sql"
} | sqlite3 "$trace" >"$scratch/out" || fail "a trace is made"

# Exports.
export_to csv
is "csv: each event has its CPU, function, task and thread" \
  "$(tail -n +2 "$scratch/exported" | cut -d, -f1,2,6,10,11 | cksum)" \
  "$(ask "SELECT time_ns || ',' || cpu || ',' || function || ',' ||
	ifnull(task_name, '') || ',' || ifnull(thread, '') FROM events" | cksum)"
export_to chrome
is "chrome: each CPU has a track, in the order of its number" \
  "$(sed -n 's/.*"thread_name".*{"name":"CPU \([0-9]*\)"}.*/\1/p' \
       "$scratch/exported" | cksum)" \
  "$(ask 'SELECT DISTINCT cpu FROM event ORDER BY cpu' | cksum)"
is "chrome: each CPU runs the thread that it was switched to" \
  "$(sed -n 's/.*"name":"\(task [0-9]*\)","cat":"sched".*/\1/p' \
       "$scratch/exported" | cksum)" \
  "$(ask "SELECT n.task_name FROM events e JOIN
	thread t ON t.task = e.arg3 JOIN task_name n USING (task_name_id)
	WHERE e.name = 'switch' ORDER BY time_ns" | cksum)"
is "chrome: each call is a slice" \
  "$(sed -n 's/.*"ph":"X","name":"\(f[0-9]*\)".*"dur":3\.000,.*/\1/p' \
       "$scratch/exported" | cksum)" \
  "$(ask "SELECT function FROM events WHERE name = 'entry'
	ORDER BY time_ns" | cksum)"
is "chrome: and each loss is there" \
  "$(grep -c '"name":"events lost"' "$scratch/exported")" \
  "$(ask 'SELECT count(*) FROM loss')"
export_to folded
is "folded: each task has its stack, by the first name at that address" \
  "$(sort "$scratch/exported" | cksum)" \
  "$(ask "SELECT task_name || ';0x' || printf('%x', f.address) ||
	';symbol 1 1' FROM events e JOIN frames f USING (stack_id)
	WHERE depth = 1" | sort | cksum)"
export_to ndjson
is "ndjson: has a line for each event, and twice for each loss" \
  "$(wc -l <"$scratch/exported")" \
  "$(ask 'SELECT (SELECT count(*) FROM event)
	  + 2 * (SELECT count(*) FROM loss) + 1')"
export_to openmetrics
is "openmetrics: has each probe" \
  "$(grep -c '^mdtrace_probe_hits_total' "$scratch/exported")" \
  "$(ask 'SELECT count(*) FROM probe')"
export_to mdt
is "mdt: has each event" \
  "$(mdtrace export --to csv "$scratch/exported" 2>"$scratch/errors" | cksum)" \
  "$(mdtrace export --to csv "$trace" 2>"$scratch/errors" | cksum)"

# Analyses.
succeeds "it is analysed" document
is "with all events" "$(says .trace.events)" \
  "$(ask 'SELECT count(*) FROM event')"
is "CPUs from 256 on are one" "$(says .trace.cpus)" \
  "$(ask 'SELECT count(DISTINCT min(cpu, 256)) FROM event')"
is "the others have the rest of the events" \
  "$(says '[.timeline.cpus[] | .events] | add')" \
  "$(ask 'SELECT count(*) FROM event')"
is "tasks are those with the most events, and the others" \
  "$(says '.timeline.tasks[] | select (.others) | "\(.rows) \(.events)"')" \
  "$(ask 'SELECT count(*), sum(n) FROM (SELECT count(*) AS n FROM events
	GROUP BY task ORDER BY 1 DESC LIMIT -1 OFFSET 11)' | tr '|' ' ')"
is "probes that are not listed are counted" \
  "$(says '"\(.probes | length) \(.other_probes)"')" \
  "1000 $(ask 'SELECT count(*) - 1000 FROM probe')"
is "all losses are counted" "$(says .losses.dropped)" \
  "$(ask 'SELECT sum(dropped) FROM probe')"
is "and of probes that are not listed too" \
  "$(says '"\(.losses.probes | length) \(.losses.other_probes)"')" \
  "1000 $(ask 'SELECT count(*) - 1000 FROM probe WHERE dropped > 0')"
is "waits that are not told apart are others" \
  "$(says '.bottlenecks[] | select (.name == "others")
	| "\(.kind) \(.count) \(.total_ns)"')" \
  "run-queue $(ask "SELECT (count(*) - 4095) || ' ' || (1000 * (count(*) - 4095))
	FROM event WHERE probe_key = 9 AND arg1 <> 4096")"
# The first of a boot is not known to wait since then.
is "a thread that shares its address has the name of the last one" \
  "$(says '.bottlenecks[] | select (.name | test("thread 0x1000$"))
	| "\(.name) \(.count) \(.total_ns)"')" \
  "$(ask "SELECT (SELECT task_name FROM thread
	JOIN task_name USING (task_name_id) WHERE thread = 4096
	ORDER BY thread_key DESC LIMIT 1) || ', thread 0x1000 ' ||
	(count(*) - 1) || ' ' || (1000 * (count(*) - 1)) FROM event WHERE probe_key = 9
	AND arg1 = 4096")"
is "and its longest call is evidence" \
  "$(ask "SELECT count(*) FROM ($(says '[.bottlenecks[]
	| select (.kind == "function")][0].evidence.sql'))")" 4
succeeds "what is out of the ordinary is looked for" document \
  --detect-anomalies
is "the rates of 24 probes at most are looked at" \
  "$(says '[.series[] | select (.name | test ("^events of"))] | length <= 24')" \
  true
succeeds "of a part of the probes too" document --detect-anomalies \
  --probe 'f*7'
is "which has their events" "$(says .trace.events)" \
  "$(ask "SELECT count(*) FROM events WHERE function GLOB 'f*7'")"
succeeds "the report is written" bounded mdtrace analyze \
  --report "$scratch/report.txt" "$trace"
has "and says what it does not list" "$(cat "$scratch/report.txt")" \
  "99,0[0-9]* more; 'mdtrace query' has all of +them"

# Boots.
trace=$scratch/boots.db
"$TEST_LIBDIR/make-trace" "$trace" 1000
sqlite3 "$trace" "
  CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS
    (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT i FROM n;
  INSERT INTO boot SELECT i, 1, i, 1790000001000000000 + i * 1000000, 'vm'
    FROM n;
  INSERT INTO probe (probe_key, boot_id, probe_id, provider, module, function,
    name, kind, label, address, sites, functions, refused, fields, args,
    persist, state, hits, recorded, filtered, dropped, throttled, missed)
    SELECT 100 + i, i, 1, 'fbt', 'kernel', 'f', '', 'function entry', '', 16,
      1, 1, 0, 0, '', 0, 'enabled', 2, 1, 0, 1, 0, 0 FROM n;
  INSERT INTO event (time_ns, probe_key, cpu)
    SELECT 1790000001000000000 + i * 1000000 + 1000, 100 + i, 0 FROM n;
  INSERT INTO loss SELECT 100 + i, 1790000001000000000 + i * 1000000 + 2000,
    1, 0, 0 FROM n;"
export_to chrome
is "boots: each has its events on its own track" \
  "$(sed -n 's/.*"ph":"i","name":"f[a-z ]*",.*"pid":\([0-9]*\).*/\1/p' \
       "$scratch/exported" | cksum)" \
  "$(ask 'SELECT 2 * boot_id - 1 FROM boot WHERE boot_id > 1' | cksum)"
succeeds "boots: they are analysed" document --detect-anomalies
is "boots: the last 1000 are listed, the others counted" \
  "$(says '"\(.trace.boots | length) \(.trace.boots[0].boot_id)
\(.trace.other_boots)"' | tr '\n' ' ')" "1000 29001 29000 "
done_testing
