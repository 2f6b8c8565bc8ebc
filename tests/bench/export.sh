#!/bin/sh
# What it costs to export events, against what plain sqlite3 takes to print the
# same rows.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/mdtrace-bench-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
trace=$scratch/trace.db
events=${MDTRACE_BENCH_EVENTS:-10000000}
export BABELTRACE_PLUGIN_PATH="$TEST_BUILDDIR/mdtrace-cli/babeltrace/.libs"

# measure COMMAND...: set $seconds, of CPU time, and $memory, in KiB.
measure ()
{
  "$TEST_LIBDIR/measure" "$scratch/measured" "$@" || exit 1
  read -r seconds memory <"$scratch/measured"
}

ratio ()
{
  awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", a / b }'
}

"$TEST_LIBDIR/make-trace" "$trace" "$events" || exit 1
measure sqlite3 -readonly "$trace" 'SELECT * FROM events'
sqlite3=$seconds
echo "export_sqlite3 $sqlite3 seconds"
formats='csv ndjson chrome folded mdt'
if [ -e "$BABELTRACE_PLUGIN_PATH/babeltrace-plugin-mdtrace.so" ]; then
  formats="$formats ctf"
fi
for format in $formats; do
  if [ "$format" = ctf ]; then
    measure mdtrace export --to ctf -o "$scratch/ctf" "$trace"
  else
    measure mdtrace export --to "$format" "$trace"
  fi
  echo "export_$format $seconds seconds"
  echo "export_${format}_ratio $(ratio "$sqlite3" "$seconds")"
  echo "export_${format}_memory $memory KiB"
done
if [ -d "$scratch/ctf" ]; then
  measure babeltrace2 "$scratch/ctf" --output-format=dummy
  echo "export_babeltrace2_reads_ctf $seconds seconds"
  measure babeltrace2 "$trace" --output-format=dummy
  echo "export_babeltrace2_reads_database $seconds seconds"
fi
