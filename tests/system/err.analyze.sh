#!/bin/sh
# What mdtrace analyze refuses, and what it says then.
. "${0%/*}/lib.sh"

trace=$scratch/trace.db
"$TEST_LIBDIR/make-trace" "$trace" 100

refuses "no trace at all" 1 'no target' mdtrace analyze
refuses "two traces" 2 'one trace at a time' mdtrace analyze "$trace" "$trace"
refuses "a file that is not there" 1 \
  "nothing.db: the trace cannot be read; .*" mdtrace analyze "$scratch/nothing.db"
echo 'no trace' >"$scratch/text"
refuses "a file that is no trace" 1 'text: .*is not a database, nor a trace' \
  mdtrace analyze "$scratch/text"
mkfifo "$scratch/pipe"
refuses "a pipe, without waiting for it" 1 'pipe: .*is no file' \
  timeout 30 mdtrace analyze "$scratch/pipe"
refuses "and as JSON" 1 'text: the trace cannot be read' \
  mdtrace analyze --json "$scratch/text"
is "with the error in it" "$(jq -r .error.code "$scratch/stdout")" 4727
refuses "a time that is none" 2 "--from takes nanoseconds since 1970" \
  mdtrace analyze --from yesterday "$trace"
refuses "another" 2 "--to takes nanoseconds since 1970" \
  mdtrace analyze --to 1x "$trace"
refuses "a span that ends before it begins" 2 'from is after --to' \
  mdtrace analyze --from 20 --to 10 "$trace"
refuses "a pattern that no probe matches" 1 \
  'vm_\*_x: no probe of the trace matches this pattern; .*query' \
  mdtrace analyze --probe 'vm_*_x' "$trace"
refuses "a format that there is not" 2 "--format takes png or svg, not 'gif'" \
  mdtrace analyze --visualize --format gif "$trace"
refuses "a format for nothing" 2 'for what --visualize draws' \
  mdtrace analyze --format svg "$trace"
refuses "a directory for nothing" 2 'for what --visualize draws' \
  mdtrace analyze --output-dir "$scratch" "$trace"
refuses "a directory that cannot be made" 1 'text/new: .*Not a directory' \
  mdtrace analyze --visualize --output-dir "$scratch/text/new" "$trace"
refuses "a report that cannot be made" 1 'none/report.txt: .*No such file' \
  mdtrace analyze --report "$scratch/none/report.txt" "$trace"
refuses "a page that cannot be made" 1 'none/report.html: .*No such file' \
  mdtrace analyze --report "$scratch/none/report.html" "$trace"
refuses "a report that finds no room" 1 '/dev/full: .*No space left' \
  mdtrace analyze --report /dev/full "$trace"
refuses "a directory of message names that is not there" 1 \
  'none: .*No such file' \
  mdtrace analyze --msgids "$scratch:$scratch/none" "$trace"
mkdir "$scratch/bin"
refuses "pictures without gnuplot" 1 'cannot draw; .*gnuplot' \
  env PATH="$scratch/bin" "$(command -v mdtrace)" analyze --visualize \
  --output-dir "$scratch/pictures" "$trace"

# A damaged trace is refused as a whole, unless that is asked for.
page=$(sqlite3 "$trace" "SELECT max(pageno) FROM dbstat WHERE name = 'event'")
dd if=/dev/zero of="$trace" bs=4096 seek=$((page - 1)) count=1 conv=notrunc \
  2>/dev/null
refuses "damage" 1 'the trace cannot be read; .*--partial' \
  mdtrace analyze "$trace"
done_testing
