#!/bin/sh
# What mdtrace writes of traces for programs is JSON by the schemas that are
# installed with it: of made-up traces with nothing, little, all, losses, hostile
# names, values at the ends of 64 bits, several boots and damage.
. "${0%/*}/lib.sh"
. "${0%/*}/schemas.sh"

# trace NAME: the documents of a whole trace, $trace.
trace ()
{
  mdtrace export --to chrome -o "$scratch/documents/$1.chrome" "$trace" \
    >"$scratch/out" 2>&1
  document "$1.chrome" chrome
  mdtrace export --to ndjson -o "$scratch/documents/$1.ndjson" "$trace" \
    >"$scratch/out" 2>&1
  document "$1.ndjson" ndjson
  run "$1.analysis" analyze - analyze --detect-anomalies "$trace"
}

# make_trace NAME EVENTS [SEED [GAP]]: a made-up trace, $trace.
make_trace ()
{
  trace=$scratch/$1.db
  shift
  "$TEST_LIBDIR/make-trace" "$trace" "$@"
  sqlite3 "$trace" 'UPDATE duration SET duration_ns = 1 + duration_ns % 100'
}

for events in 0 1 2; do
  make_trace "$events" $events
  trace "$events"
done
# Of some seconds, so that there are snapshots.
make_trace plain 250 1 10000000
trace plain
make_trace steady 200 3 200000000
trace steady
make_trace hostile 250 7 10000000
sqlite3 "$trace" <"$here/hostile.sql"
trace hostile
run part.analysis analyze - analyze --probe 'fbt:*' \
  --from 2100-01-01T00:00:00 "$trace"
# And what drawing is tested with.
for drawn in analysis analysis-empty analysis-extreme analysis-hostile; do
  ln -s "$TEST_SRCDIR/tests/data/$drawn.json" "$scratch/documents/$drawn"
  document $drawn analyze
done
all_valid "traces"

# The ends of 64 bits, and beyond all numbers.
make_trace extreme 200 7 10000000
sqlite3 "$trace" "
  UPDATE event SET arg0 = -9223372036854775808, arg1 = -1,
    arg2 = 9223372036854775807, retval = -9223372036854775808;
  UPDATE duration SET duration_ns = 9223372036854775807 WHERE rowid % 3 = 0;
  UPDATE duration SET duration_ns = -9223372036854775808 WHERE rowid % 3 = 1;
  INSERT INTO event (time_ns, probe_key, cpu) VALUES
    (-9223372036854775808, 1, 0), (9223372036854775807, 2, 4294967295);
  UPDATE snapshot SET free_bytes = -1;
  UPDATE counter_value SET sum = 9e999 WHERE counter_id % 2;
  UPDATE counter_value SET sum = -1 WHERE counter_id % 2 = 0;
  UPDATE probe SET hits = -1, dropped = -1, missed = 9223372036854775807"
trace extreme
sqlite3 "$trace" "DELETE FROM event WHERE abs (time_ns / 2) > 4e18"
trace within
make_trace boots 250 1 10000000
sqlite3 "$trace" "INSERT INTO boot SELECT 2, kernel_id, 5, boot_time_ns,
    target FROM boot WHERE boot_id = 1;
  UPDATE probe SET boot_id = 2 WHERE probe_key > 8;
  UPDATE event SET thread_key = NULL WHERE time_ns % 3 = 0;
  UPDATE task_name SET task_name = '' WHERE task_name_id = 1"
trace boots
make_trace long 12000 1
mdtrace export --to mdt -o "$scratch/damaged.mdt" "$trace" >"$scratch/out" 2>&1
truncate -s $(($(wc -c <"$scratch/damaged.mdt") / 2)) "$scratch/damaged.mdt"
mdtrace export --partial --to chrome --probe lock_read "$scratch/damaged.mdt" \
  >"$scratch/documents/damaged.chrome" 2>"$scratch/errors"
document damaged.chrome chrome
mdtrace export --partial --to ndjson --probe lock_read "$scratch/damaged.mdt" \
  >"$scratch/documents/damaged.ndjson" 2>"$scratch/errors"
document damaged.ndjson ndjson
run damaged.analysis analyze - analyze --partial "$scratch/damaged.mdt"
holds "before the damage there are events" \
  "$(wc -l <"$scratch/documents/damaged.ndjson")" -gt 5
has "where there is damage it is told" \
  "$(tail -n 1 "$scratch/documents/damaged.ndjson")" '"damage":"block'
all_valid "extremes"

# The other verbs that read and write traces; of files with names of any bytes.
odd=$scratch/$(printf 'caf\351 "\t')
cp "$scratch/hostile.db" "$odd.db"
run hist hist - hist --by task lock_read duration_ns "$odd.db"
run hist-value hist - hist 'fbt::ipc_mqueue_send:entry' arg1 "$odd.db"
run hist-linear hist - hist --linear 10 vm_fault retval "$odd.db"
run flame flame - flame -o "$odd.svg" "$odd.db"
run written export written export --to csv -o "$odd.csv" "$odd.db"
run written-ctf export written export --to mdt -o "$odd.mdt" "$odd.db"
run formats export list export --list
run info db info db info "$odd.db"
run info-empty db info db info "$scratch/0.db"
run check db check db check "$odd.db"
run vacuum db vacuum db vacuum "$odd.db"
run part db export db export -o "$odd-part.db" "$odd.db"
run recovered db recover db recover -o "$odd-left.db" "$odd.db"
run merged db merge db merge --into "$odd-part.db" "$scratch/1.db"
run imported db import import -o "$odd-new.db" "$odd.mdt"
MDTRACE_DATABASE=$scratch/steady.db
export MDTRACE_DATABASE
run preview health preview health --preview
run rows query rows query \
  "SELECT *, 9e999, x'ff' FROM events LIMIT 20"
run queries query list query --list
run query query show query --show task-creators
run error error - hist nothing arg0 "$odd.db"
run error-name error - db info "$odd-nowhere.db"
all_valid "verbs"
# command prints what is there already; record and import are with db, and trace
# with the lines of exports.
is "each verb has a schema" \
  "$(mdtrace --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' |
     grep -v -x -e command -e record -e import -e trace | sort)" \
  "$(ls "$schemas" | sed 's/\.schema\.json$//' |
     grep -v -x -e chrome -e error -e ndjson | sort)"
done_testing
