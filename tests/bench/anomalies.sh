#!/bin/sh
# What `mdtrace analyze --detect-anomalies' finds where there is nothing, and
# of what was planted: tables, by process and length.  It takes ten minutes or
# more; MDTRACE_BENCH_WINDOWS says how many windows each number is made of.
windows=${MDTRACE_BENCH_WINDOWS:-2000}
runs=$((windows / 40 + 1))
anomalies=$TEST_BUILDDIR/tests/bench/anomalies

"$anomalies" false "$windows" || exit 1
for what in spikes levels correlations; do
  echo
  "$anomalies" $what "$runs" || exit 1
done
echo
"$anomalies" coverage $((4 * runs))
