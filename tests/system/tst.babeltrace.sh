#!/bin/sh
# babeltrace2 reads databases and trace files by themselves: each event, each
# field and each loss is that of the database; and what its CTF sink makes of
# them it reads back as it was.
. "${0%/*}/lib.sh"

plugins=$TEST_BUILDDIR/mdtrace-cli/babeltrace/.libs
export BABELTRACE_PLUGIN_PATH="$plugins"
here=$TEST_SRCDIR/tests/system
[ -e "$plugins/babeltrace-plugin-mdtrace.so" ] ||
  skip_all "configured without libbabeltrace2"
command -v babeltrace2 >"$scratch/out" || skip_all "no babeltrace2"

ask ()
{
  sqlite3 -readonly "$trace" "$1"
}

# texts FILE...: what babeltrace2 prints of them, times in nanoseconds.
texts ()
{
  babeltrace2 --clock-cycles --no-delta --fields=loglevel "$@" \
    2>"$scratch/warnings"
}

# What an event of a made-up trace is, from the database, as babeltrace2 prints
# it.
expected_query="WITH given AS (SELECT e.*, p.args, p.latency,
    p.provider || ':' || p.module || ':' || e.function || ':' || e.name AS what,
    (SELECT group_concat(printf('[%d] = 0x%X', depth, f.address), ', ')
     FROM (SELECT * FROM frames f WHERE f.stack_id = e.stack_id
	   ORDER BY depth) f) AS stack,
    (SELECT count(*) FROM frames f WHERE f.stack_id = e.stack_id) AS frames
  FROM events e JOIN probe p USING (boot_id, probe_id))
SELECT printf('[%020d] %s: { cpu_id = %d }, { thread = 0x%X, task = 0x%X, task_name = \"%s\", boot_id = %d }, { probe_id = %d, address = 0x%X }, { %s }',
  time_ns, what, cpu, ifnull(thread, 0), ifnull(task, 0),
  ifnull(task_name, '?'), boot_id, probe_id, address,
  ltrim(
    CASE WHEN provider = 'fbt' THEN
      iif(arg0 IS NULL, '', printf(', task = 0x%X', arg0)) ||
      iif(arg1 IS NULL, '', printf(', size = %d', arg1)) ||
      iif(arg2 IS NULL, '', printf(', object = 0x%X', arg2))
    WHEN name = 'switch' THEN
      printf(', from = 0x%X, to = 0x%X, from_task = 0x%X, to_task = 0x%X',
	     arg0, arg1, arg2, arg3)
    WHEN name = 'wakeup' THEN printf(', thread = 0x%X, task = 0x%X', arg0, arg1)
    WHEN name = 'send' THEN
      printf(', id = %d, size = %d, port = 0x%X, reply = 0x%X, receiver = 0x%X, sender = 0x%X',
	     arg0, arg1, arg2, arg3, arg4, arg5)
    ELSE printf(', id = %d, size = %d, port = 0x%X, reply = 0x%X', arg0, arg1,
		arg2, arg3) END ||
    iif(retval IS NULL, '', printf(', retval = %d', retval)) ||
    iif(duration_ns IS NULL, '', printf(', duration_ns = %d', duration_ns)) ||
    iif(stack_id IS NULL, '', printf(', stack_length = %d, stack = [ %s ]',
				     frames, stack)), ', '))
FROM given ORDER BY time_ns"

# same NAME FILE FILE
same ()
{
  is "$1" "$(cmp "$2" "$3" 2>&1; diff "$2" "$3" | head -n 4)" ""
}

# round_trip NAME FILE: to CTF and back.
round_trip ()
{
  rm -rf "$scratch/ctf"
  succeeds "$1: is written as CTF" \
    mdtrace export --to ctf -o "$scratch/ctf" "$2"
  texts "$2" >"$scratch/direct"
  texts "$scratch/ctf" >"$scratch/back"
  same "$1: and read back as it was" "$scratch/back" "$scratch/direct"
}

# Every event, every field.
trace=$scratch/plain.db
"$TEST_LIBDIR/make-trace" "$trace" 20000
texts "$trace" >"$scratch/got"
ask "$expected_query" >"$scratch/expected"
is "there are as many events" "$(wc -l <"$scratch/got")" 20000
sed 's/  *}/ }/; s/{ *}/{ }/g' "$scratch/got" >"$scratch/a"
sed 's/  *}/ }/; s/{ *}/{ }/g' "$scratch/expected" >"$scratch/b"
same "each is what the database has" "$scratch/a" "$scratch/b"
is "nothing is lost" "$(cat "$scratch/warnings")" ""
round_trip "20,000 events" "$trace"
has "a trace file is recognised too" \
  "$(mdtrace export --to mdt -o "$scratch/copy.mdt" "$trace" &&
     texts "$scratch/copy.mdt" | cmp - "$scratch/direct" && echo the same)" \
  'the same'
metadata=$(cat "$scratch/ctf/boot-1/metadata")
has "the clock counts from 1970" "$metadata" 'absolute = true'
has "in nanoseconds" "$metadata" 'freq = 1000000000;'
has "the environment says what was traced" "$metadata" \
  'hostname = "vm:made-up"'
has "and by what" "$metadata" 'tracer_name = "mdtrace"'
has "results have the sign and size of their type" "$metadata" \
  'integer \{ size = 32; align = 8; signed = true; \} _retval;'
has "addresses are hexadecimal" "$metadata" \
  'integer \{ size = 64; align = 8; base = x; \} _object;'
is "each CPU is a stream" "$(ls "$scratch/ctf/boot-1" | tr '\n' ' ')" \
  "cpu0 cpu1 metadata "

# More CPUs than whoever writes CTF could have files open.
"$TEST_LIBDIR/make-trace" "$scratch/cpus.db" 20000
sqlite3 "$scratch/cpus.db" 'UPDATE event SET cpu = time_ns % 4999 * 800000'
round_trip "4,999 CPUs" "$scratch/cpus.db"
is "each event has its CPU" \
  "$(sed 's/.*cpu_id = \([0-9]*\).*/\1/' "$scratch/direct" | cksum)" \
  "$(sqlite3 -readonly "$scratch/cpus.db" 'SELECT cpu FROM event
       ORDER BY time_ns' | cksum)"
is "those that no kernel has are one stream" \
  "$(ls "$scratch/ctf/boot-1" | tr '\n' ' ')" "cpu0 cpus-above metadata "

# Parts.
from=$(ask 'SELECT time_ns FROM event LIMIT 1 OFFSET 5000')
until=$(ask 'SELECT time_ns FROM event LIMIT 1 OFFSET 5999')
is "export takes a part of it" "$(mdtrace export --to ctf -o "$scratch/part" \
  --from "$from" --until "$until" --probe ipc:::send "$trace" >"$scratch/out"
  texts "$scratch/part" | wc -l)" \
  "$(ask "SELECT count(*) FROM events WHERE name = 'send'
       AND time_ns BETWEEN $from AND $until")"
is "babeltrace2 seeks in it" "$(babeltrace2 --clock-gmt \
  --begin "$(ask "SELECT printf('%d.%09d', $from / 1000000000,
    $from % 1000000000)")" \
  --end "$(ask "SELECT printf('%d.%09d', $until / 1000000000,
    $until % 1000000000)")" "$trace" | wc -l)" 1000
is "two traces are merged" "$(texts "$trace" "$scratch/copy.mdt" | wc -l)" 40000

# What babeltrace2 asks to find out who can read a file.
weight ()
{
  babeltrace2 query source.mdtrace.trace babeltrace.support-info \
    --params="type=\"$1\",input=\"$2\"" 2>&1
}
has "a database is recognised" "$(weight file "$trace")" '^1'
has "a text is not" "$(weight file "$0")" '^0'
has "nor what is not there" "$(weight file "$scratch/nowhere")" '^0'
has "nor a directory" "$(weight directory "$scratch")" '^0'
sqlite3 "$scratch/other.db" 'CREATE TABLE event (time_ns)'
has "nor another database" "$(weight file "$scratch/other.db")" '^0'

# Little.
for events in 0 1 5; do
  trace=$scratch/$events.db
  "$TEST_LIBDIR/make-trace" "$trace" $events
  round_trip "$events events" "$trace"
  is "$events events: as many" "$(wc -l <"$scratch/direct")" $events
done

# Hostile names, 64 bits, losses.
trace=$scratch/hostile.db
"$TEST_LIBDIR/make-trace" "$trace" 20000 7
sqlite3 "$trace" <"$here/hostile.sql"
round_trip "hostile names" "$trace"
is "hostile names: as many events" \
  "$(grep -c 'probe_id = ' "$scratch/direct")" 20000
has "hostile names: values at the ends of 64 bits" \
  "$(cat "$scratch/direct")" 'a_b = -9223372036854775808, arg1 = 18446744073709551615, class = 0x7FFFFFFFFFFFFFFF, a_b_2 = 5'
has "hostile names: a result too" "$(cat "$scratch/direct")" \
  'retval = 9223372036854775807'
texts "$trace" >"$scratch/direct"
is "what is lost is discarded" \
  "$(sed -n 's/.*discarded \([0-9]*\) events.*/\1/p' "$scratch/warnings" |
     awk '{ sum += $1 } END { print sum }')" \
  "$(ask 'SELECT sum(dropped + throttled + missed) FROM loss')"
texts "$scratch/ctf" >"$scratch/back"
is "also in CTF" \
  "$(sed -n 's/.*discarded \([0-9]*\) events.*/\1/p' "$scratch/warnings" |
     awk '{ sum += $1 } END { print sum }')" \
  "$(ask 'SELECT sum(dropped + throttled + missed) FROM loss')"

# Another reader of CTF, which knows nothing of babeltrace2.
if command -v babeltrace >"$scratch/out"; then
  babeltrace --clock-cycles --no-delta "$scratch/ctf" >"$scratch/other" \
    2>"$scratch/warnings"
  is "hostile names: babeltrace 1 has as many events" \
    "$? $(grep -c -a 'probe_id = ' "$scratch/other")" "0 20000"
  is "at the same times" "$(sed -n 's/^\[\([0-9]*\)\].*/\1/p' \
    "$scratch/other" | cksum)" \
    "$(sed -n 's/^\[\([0-9]*\)\].*/\1/p' "$scratch/back" | cksum)"
  is "with the same values" \
    "$(grep -a -o 'probe_id = .*' "$scratch/other" | cksum)" \
    "$(grep -a -o 'probe_id = .*' "$scratch/back" | sed 's/{  }/{ }/' | cksum)"
  is "and the same losses" \
    "$(sed -n 's/.*discarded \([0-9]*\) events.*/\1/p' "$scratch/warnings" |
       awk '{ sum += $1 } END { print sum }')" \
    "$(ask 'SELECT sum(dropped + throttled + missed) FROM loss')"
else
  pass "another reader of CTF # SKIP no babeltrace 1"
fi
is "the clock is described once" \
  "$(grep -c '^clock {' "$scratch/ctf/boot-1/metadata")" 1

# Several boots, one after the other and at the same time.
trace=$scratch/boots.db
cp "$scratch/plain.db" "$trace"
sqlite3 "$trace" "INSERT INTO boot SELECT 2, kernel_id, 5, boot_time_ns,
    target FROM boot WHERE boot_id = 1;
  UPDATE probe SET boot_id = 2 WHERE probe_key > 8"
round_trip "two boots at the same time" "$trace"
is "two boots at the same time: have a trace each" "$(ls "$scratch/ctf" |
  tr '\n' ' ')" "boot-1 boot-2 "
sqlite3 "$trace" "UPDATE probe SET boot_id = 1;
  CREATE TEMP TABLE middle AS SELECT time_ns FROM event LIMIT 1 OFFSET 10000;
  INSERT INTO probe SELECT probe_key + 100, 2, probe_id, provider, module,
    function, name, kind, label, address, sites, functions, refused, fields,
    args, persist, state, hits, recorded, filtered, dropped, throttled, missed,
    filter, latency, stack_depth, event_limit, budget, aggregation, keys, value,
    faults, unpaired, abandoned, overflows, spent_ns, stopped_share,
    stopped_cpu FROM probe;
  UPDATE event SET probe_key = probe_key + 100, site_key = NULL
    WHERE time_ns > (SELECT time_ns FROM middle)"
round_trip "two boots in turn" "$trace"

# Before the epoch.
trace=$scratch/old.db
"$TEST_LIBDIR/make-trace" "$trace" 100
sqlite3 "$trace" 'UPDATE event SET time_ns = time_ns - 1800000000000000000;
  DELETE FROM duration'
babeltrace2 --clock-seconds "$trace" >"$scratch/direct"
is "times before 1970" "$(wc -l <"$scratch/direct")" 100

# Damaged.
truncate -s $(($(wc -c <"$scratch/copy.mdt") / 2)) "$scratch/copy.mdt"
babeltrace2 -c source.mdtrace.trace \
  --params="inputs=[\"$scratch/copy.mdt\"],partial=yes" >"$scratch/got" \
  2>"$scratch/warnings"
is "of a damaged trace, what precedes is read" "$?" 0
holds "as far as it goes" "$(wc -l <"$scratch/got")" -gt 1000
has "and the place is told" "$(cat "$scratch/warnings")" \
  'copy.mdt: is damaged; what precedes that was used'

# A kernel.
start_vm guest
start_daemon
mdtrace probe create --enable --stack=8 task_create >"$scratch/out"
mdtrace probe create --enable --latency task_terminate >"$scratch/out"
mdtrace probe create --enable sched:::switch >"$scratch/out"
mdtrace probe create --enable ipc:::send >"$scratch/out"
workload "tasks 50"
mdtrace query 'SELECT 1' >"$scratch/out"
stop_daemon
trace=$database
round_trip "a kernel" "$trace"
is "a kernel: as many events" "$(wc -l <"$scratch/direct")" \
  "$(ask 'SELECT count(*) FROM event')"
is "a kernel: at the same times, of the same tasks" \
  "$(sed 's/^\[0*\([0-9]*\)\] \(.*\): { cpu_id.*task_name = "\([^"]*\)".*probe_id = \([0-9]*\),.*/\1|\2|\3|\4/' \
       "$scratch/direct" | md5sum)" \
  "$(ask "SELECT time_ns, provider || ':' || module || ':' || function || ':'
       || name, ifnull(task_name, '?'), probe_id FROM events ORDER BY 1" |
     md5sum)"
done_testing
