#!/bin/sh
# Analyses: each number of a report is what plain sqlite3 gives of the same
# database; made-up traces of all sizes, with losses, several boots, names that
# are hostile; pictures and pages; parts of traces.
. "${0%/*}/lib.sh"
. "${0%/*}/report.sh"

make_trace ()
{
  "$TEST_LIBDIR/make-trace" "$@" || fail "to make a trace"
}

# sql DATABASE SQL
sql ()
{
  sqlite3 "$1" "$2"
}

trace=$scratch/trace.db
make_trace "$trace" 5000
report_holds "made up" "$trace"
for part in bottlenecks 'heat maps' patterns timeline; do
  holds "$part were compared" "$(compared "$part")" -ge 6
done
is "the first bottleneck" "$(jq -r '.bottlenecks[0] | .kind + " " + .name' \
  "$report")" "function vm_fault"
is "what clients and servers do in a row" \
  "$(jq -r '[.timeline.patterns[] | select(.kind == "sequence")][0].what' \
     "$report")" "ipc:::send, sched:::wakeup, sched:::switch, ipc:::receive"
is "the same as with the option before the verb" \
  "$(mdtrace --json analyze "$trace" | cksum)" "$(cksum <"$report")"
is "and by the variable" \
  "$(MDTRACE_DATABASE=$trace mdtrace --json analyze | cksum)" \
  "$(cksum <"$report")"

# With snapshots of counters: ten seconds of them.
make_trace "$scratch/slow.db" 2000 1 5000000
report_holds "counters" "$scratch/slow.db"
is "locks that were waited for, by the counter" \
  "$(mdtrace analyze --json --probe 'sched:::*' "$scratch/slow.db" |
     jq -c '.bottlenecks[] | select(.name | startswith("all contended")) |
       [.kind, .count, .total_ns, .max_ns]')" \
  "$(sql "$scratch/slow.db" "SELECT '[lock,' || (max(count) - min(count))
     || ',' || (max(sum) - min(sum)) || ',null]' FROM counter_values, (SELECT
     min(time_ns) AS a, max(time_ns) AS b FROM event) WHERE
     name = 'lock-contention' AND time_ns BETWEEN a AND b" | sed 's/lock/"lock"/')"

# A part of it.
from=$(sql "$trace" "SELECT time_ns FROM event LIMIT 1 OFFSET 1000")
to=$(sql "$trace" "SELECT time_ns FROM event LIMIT 1 OFFSET 3000")
report_holds "a span" "$trace" --from "$from" --to "$to"
is "events of the span" "$(jq .trace.events "$report")" 2001
is "a span without events" "$(mdtrace analyze --json --from 2100-01-01T00:00:00 \
  "$trace" | jq -c '[.trace.events, .trace.from_ns, .bottlenecks]')" \
  "[0,null,[]]"
for pattern in 'fbt:kernel:vm_*:entry' 'sched:::switch' 'lock_*' '*'; do
  is "events of $pattern" \
    "$(mdtrace analyze --json --probe "$pattern" "$trace" | jq .trace.events)" \
    "$(sql "$trace" "SELECT count(*) FROM events WHERE
	function GLOB '$pattern'
	OR provider || ':' || module || ':' || function || ':' || name
	   GLOB '$pattern'
	OR provider || ':::' || name GLOB '$pattern'")"
done

# Little.
for events in 0 1 2 5; do
  make_trace "$scratch/$events.db" $events
  report_holds "$events events" "$scratch/$events.db"
  is "$events events" "$(jq .trace.events "$report")" $events
  succeeds "$events events, in text" mdtrace analyze "$scratch/$events.db"
done
cp "$trace" "$scratch/single.db"
sql "$scratch/single.db" "DELETE FROM event WHERE probe_key <> 4"
report_holds "a single probe" "$scratch/single.db"
is "it alone" "$(jq -c '[.bottlenecks[].name]' "$report")" '["vm_fault"]'

# Losses, and two boots, of which the second begins after a while in which the
# first one still was quiet.
cp "$trace" "$scratch/losses.db"
sql "$scratch/losses.db" "
  UPDATE probe SET hits = hits + 18, dropped = 5, throttled = 6, missed = 7
  WHERE probe_key IN (4, 10);
  INSERT INTO loss SELECT 10, $from + 1000000 * value, 1, 2, 3
  FROM generate_series(1, 20);
  INSERT INTO boot VALUES (2, 1, 2, $to, 'vm:made-up');
  CREATE TEMP TABLE p AS SELECT * FROM probe;
  UPDATE p SET probe_key = probe_key + 100, boot_id = 2;
  INSERT INTO probe SELECT * FROM p;
  CREATE TEMP TABLE s AS SELECT * FROM site;
  UPDATE s SET site_key = site_key + 100, probe_key = probe_key + 100;
  INSERT INTO site SELECT * FROM s;
  CREATE TEMP TABLE t AS SELECT * FROM thread;
  UPDATE t SET thread_key = thread_key + 100, boot_id = 2;
  INSERT INTO thread SELECT * FROM t;
  UPDATE event SET probe_key = probe_key + 100, site_key = site_key + 100,
		   thread_key = thread_key + 100 WHERE time_ns >= $to;
  DELETE FROM event WHERE time_ns > $to - 30000000 AND time_ns < $to;
  DELETE FROM duration WHERE time_ns NOT IN (SELECT time_ns FROM event)"
report_holds "losses and two boots" "$scratch/losses.db"
is "what was lost" "$(jq -c '.losses | [.dropped, .throttled, .missed,
  (.times | length)]' "$report")" "[20,24,28,20]"
is "the restart explains the gap" \
  "$(jq -r '.timeline.gaps[0].explanation' "$report")" \
  "the machine was started anew"
has "losses are said in the text" "$(mdtrace analyze "$scratch/losses.db")" \
  'dropped'

is "probes of two boots are told apart" \
  "$(jq -c '[.timeline.probes[].name | values] | [length > 1,
       length == (unique | length), any(endswith(" (boot 2)"))]' "$report")" \
  '[true,true,true]'
is "times are in UTC, wherever it is read" \
  "$(TZ=IST-5:30 mdtrace analyze --detect-anomalies "$scratch/losses.db")" \
  "$(TZ=UTC mdtrace analyze --detect-anomalies "$scratch/losses.db")"

# A burst, a gap and a tick, and where they are.
cp "$trace" "$scratch/odd.db"
middle=$(sql "$trace" "SELECT time_ns FROM event LIMIT 1 OFFSET 2500")
sql "$scratch/odd.db" "
  INSERT OR IGNORE INTO event (time_ns, probe_key, cpu, thread_key)
  SELECT $middle + 150 * value, 5, 1, 3 FROM generate_series(1, 2000);
  DELETE FROM event WHERE time_ns > $middle + 400000
    AND time_ns < $middle + 20000000;
  INSERT OR IGNORE INTO event (time_ns, probe_key, cpu, thread_key)
  SELECT min(time_ns) + 1000000 * value, 8, 1, 3
  FROM generate_series(1, 400), event GROUP BY value"
# And a fault in which the thread waits.
sql "$scratch/odd.db" "
  INSERT INTO event (time_ns, probe_key, cpu, thread_key, site_key, arg0, arg1)
  SELECT (SELECT max(time_ns) FROM event) + column1, column2, 0, column3,
	 column4, column5, column6
  FROM (VALUES (100, 4, 1, 7, 0, 0), (200, 9, 1, 17, 0, 0),
	       (5200, 9, 3, 17, 0, 0), (5300, 4, 1, 8, 0, 0))"
report_holds "a burst and a gap" "$scratch/odd.db"
has "of a fault that waited, it is said" "$(jq -r '.bottlenecks[] |
  select(.name == "vm_fault") | "\(.waited_ns) \(.evidence.sentence)"' "$report")" \
  '^5000 .*; for 5 us of all the time its threads did not run$'
is "the burst" "$(jq -r --arg middle "$middle" '.timeline.bursts[0] |
  [.what, .begin_ns / 1e6 <= ($middle | tonumber) / 1e6 + 1, .mostly] |
  map(tostring) | join(" ")' "$report")" \
  "all events true task proc (99%), CPU 1 (100%), fbt:kernel:vm_map_lookup: (99%)"

# What lies behind each anomaly is what its SQL says.
mdtrace analyze --json --detect-anomalies "$scratch/odd.db" >"$report"
holds "there are anomalies" "$(jq '.anomalies | length' "$report")" -ge 1
jq -r '.anomalies[].events | select(. != null) |
  "SELECT sum(events) = " + (.count | tostring) + " FROM (" + .sql + ");"' \
  "$report" >"$scratch/evidence"
is "the events behind them" \
  "$(sqlite3 -readonly "$scratch/odd.db" <"$scratch/evidence" 2>&1 | sort -u)" 1

# Names from anywhere, and numbers of 64 bits.
cp "$trace" "$scratch/hostile.db"
sql "$scratch/hostile.db" "
  UPDATE task_name SET task_name = CAST(x'1b5b324a27223c2f7363726970743e0a'
    || CAST(task_name_id AS BLOB) || x'fffe' AS TEXT);
  UPDATE probe SET label = CAST(x'c328' AS TEXT), function = 'a\"b''c<d>&e\\n'
    || char(10) || function WHERE probe_key < 4;
  UPDATE site SET function = 'a\"b''c<d>&e\\n' || char(10) || function
  WHERE probe_key < 4;
  UPDATE event SET arg0 = -9223372036854775808, arg2 = 9223372036854775807
  WHERE rowid % 7 = 0;
  UPDATE duration SET duration_ns = 9223372036854775807 WHERE rowid % 3 = 0;
  UPDATE duration SET duration_ns = -9223372036854775807 - 1
  WHERE rowid % 3 = 1;
  INSERT INTO event (time_ns, probe_key, cpu) VALUES
    (-9223372036854775807 - 1, 1, 0), (9223372036854775807, 2, 4294967295)"
mdtrace analyze --json "$scratch/hostile.db" >"$report"
is "valid JSON" "$(jq -r .format "$report")" "mdtrace analysis"
jq -r '.bottlenecks[].evidence.sql
       | "SELECT count(*) > 0 FROM (" + . + ");"' "$report" >"$scratch/evidence"
is "evidence of what is hostile" \
  "$(sqlite3 -readonly "$scratch/hostile.db" <"$scratch/evidence" 2>&1 |
     sort -u)" 1
mdtrace analyze "$scratch/hostile.db" >"$scratch/hostile.txt"
is "no control characters in text" \
  "$(LC_ALL=C tr -d '\n\040-\176\200-\377' <"$scratch/hostile.txt" | wc -c)" 0

# Names of messages.
mkdir "$scratch/msgids"
echo 'made 2000 made_up 1 2001 2101' >"$scratch/msgids/made.msgids"
has "names of messages" "$(mdtrace analyze --json --msgids "$scratch/msgids" \
  "$trace" | jq -r '.bottlenecks[].name')" \
  '^made\.made_up \(2001\) to [a-z0-9]+$'
is "and by the variable" "$(MDTRACE_MSGIDS=$scratch:$scratch/msgids \
  mdtrace analyze --json "$trace" |
  jq '[.bottlenecks[] | select(.name | startswith("made.made_up reply (2101)"))]
      | length > 0')" true

# What is written.
(cd "$scratch" && mdtrace analyze --visualize "$trace") >"$scratch/out"
is "files are named" "$(tr '\n' ' ' <"$scratch/out")" "./dtrace_report.txt \
./report.html ./dtrace_timeline.png ./dtrace_heatmap.png ./dtrace_performance.png "
for name in timeline heatmap performance; do
  is "dtrace_$name.png is a picture" \
    "$(od -A n -c -N 4 "$scratch/dtrace_$name.png" | tr -d ' ')" '211PNG'
done
is "the report is that of --report" \
  "$(mdtrace analyze --report "$scratch/report.txt" "$trace";
     cmp "$scratch/report.txt" "$scratch/dtrace_report.txt")" ""
is "and what is printed" "$(mdtrace analyze "$trace" | cksum)" \
  "$(cksum <"$scratch/report.txt")"
succeeds "SVG into a directory that is made" mdtrace analyze --visualize \
  --format svg --output-dir "$scratch/new/directory" "$trace"
has "it is SVG" "$(head -c 300 "$scratch/new/directory/dtrace_timeline.svg")" \
  '<svg'
mdtrace analyze --report "$scratch/page.html" "$trace"
is "the page is that of --visualize" \
  "$(cmp "$scratch/page.html" "$scratch/report.html")" ""
mdtrace analyze --json --visualize --output-dir "$scratch/both" "$trace" \
  >"$scratch/both.json"
is "JSON alone on standard output" "$(jq .trace.events "$scratch/both.json")" \
  5000

# Events are not kept: half of what they take in the database would be more.
make_trace "$scratch/large.db" 2000000
"$TEST_LIBDIR/measure" "$scratch/measured" mdtrace analyze --json \
  --detect-anomalies "$scratch/large.db"
read -r seconds memory <"$scratch/measured"
holds "memory, in KiB ($seconds s)" "$memory" -lt \
  $(($(wc -c <"$scratch/large.db") / 2048))
rm "$scratch/large.db"

# A trace file says the same as the database that it was made of.
if mdtrace export --list 2>&1 | grep -q -w mdt; then
  mdtrace export --to mdt --output "$scratch/trace.mdt" "$trace"
  mdtrace analyze --json "$trace" | jq 'del(.trace.path)' >"$scratch/by-database"
  mdtrace analyze --json "$scratch/trace.mdt" | jq 'del(.trace.path)' \
    >"$scratch/by-file"
  is "of a trace file" "$(cmp "$scratch/by-database" "$scratch/by-file")" ""
fi

# Of a damaged one what precedes.
cp "$trace" "$scratch/cut.db"
page=$(sql "$trace" "SELECT pageno FROM dbstat WHERE name = 'event'
		     AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 30")
dd if=/dev/zero of="$scratch/cut.db" bs=4096 seek=$((page - 1)) count=1 \
  conv=notrunc 2>/dev/null
mdtrace analyze --json --partial "$scratch/cut.db" >"$scratch/cut.json" \
  2>"$scratch/stderr"
is "what precedes the damage is used" "$?" 0
has "and the damage is told" "$(cat "$scratch/stderr")" "cut.db: is damaged"
holds "by the report too" "$(jq -r '.trace.damage | length' \
  "$scratch/cut.json")" -gt 10
done_testing
