#!/bin/sh
# What it costs to analyse events, against what plain sqlite3 takes to count the
# same rows, and against what was promised for 10,000,000: 10 s and 300 MB.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/mdtrace-bench-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
trace=$scratch/trace.db
events=${MDTRACE_BENCH_EVENTS:-10000000}

# measure COMMAND...: set $seconds, of CPU time, and $memory, in KiB.
measure ()
{
  "$TEST_LIBDIR/measure" "$scratch/measured" "$@" || exit 1
  read -r seconds memory <"$scratch/measured"
}

# ratio A B: how often B is in A.
ratio ()
{
  awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", a / b }'
}

# analysis NAME OPTION...: what an analysis with these options takes.
analysis ()
{
  name=$1
  shift
  measure mdtrace analyze "$@" "$trace"
  echo "$name $seconds seconds"
  echo "${name}_ratio $(ratio "$seconds" "$sqlite3") times_sqlite3"
  echo "${name}_memory $memory KiB"
}

"$TEST_LIBDIR/make-trace" "$trace" "$events" || exit 1
measure sqlite3 -readonly "$trace" 'SELECT function, name, task_name, count(*),
  min(time_ns), max(time_ns), avg(arg1), max(retval) FROM events
  GROUP BY function, name, task_name'
sqlite3=$seconds
echo "analyze_sqlite3 $sqlite3 seconds"
analysis analyze_report --report "$scratch/report.txt"
began=$(date +%s%N)
analysis analyze_all --visualize --detect-anomalies \
  --output-dir "$scratch/drawn"
ended=$(date +%s%N)
echo "analyze_all_elapsed $(ratio $((ended - began)) 1000000000) seconds"
