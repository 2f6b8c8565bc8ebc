#!/bin/sh
# How far it is: what takes longer than a second says so on standard error, if
# that is a terminal, phase after phase, takes it away again, and never leaves
# any of it in what it writes.
. "${0%/*}/lib.sh"

command -v script >"$scratch/out" || skip_all "no script of bsdutils"
trace=$scratch/trace.db
"$TEST_LIBDIR/make-trace" "$trace" 200000
mdtrace analyze --json "$trace" >"$scratch/plain.json"
mdtrace export --to csv "$trace" >"$scratch/plain.csv" 2>"$scratch/errors"

# on_terminal MILLISECONDS COMMAND: what COMMAND puts on a terminal, to
# $scratch/seen, where so much time goes by whenever it looks at the clock.
on_terminal ()
{
  FAST_CLOCK_MS=$1 LD_PRELOAD=$TEST_LIBDIR/fast-clock.so \
    script -qec "$2" /dev/null >"$scratch/seen" 2>"$scratch/errors" </dev/null
}

# rest: what is left to be seen when it has ended: what comes behind a carriage
# return is written over what was there.
rest ()
{
  awk '{
    line = ""
    for (i = 1; i <= split($0, part, "\r"); i++)
      line = part[i] substr(line, length(part[i]) + 1)
    sub(/ +$/, "", line)
    print line }' "$scratch/seen"
}

succeeds "all of it on a terminal" on_terminal 600 "mdtrace analyze \
  --visualize --detect-anomalies --output-dir '$scratch/drawn' '$trace'"
for phase in analyzing 'looking for anomalies' 'writing reports' drawing; do
  has "a bar while it is $phase" "$(cat "$scratch/seen")" \
    "$phase [#.]{40} +[0-9]+%"
done
is "phases come one after the other, and go on" \
  "$(tr '\r' '\n' <"$scratch/seen" |
     sed -n 's/^\([a-z ]*\) [#.]\{40\} *\([0-9]*\)%.*/\1 \2/p' >"$scratch/told"
     sed 's/ [0-9]*$//' "$scratch/told" | uniq | tr '\n' ,; awk '
       { share = $NF; sub(/ [0-9]*$/, "") }
       $0 == before && share < last { print $0 " goes back" }
       { before = $0; last = share }' "$scratch/told")" \
  "analyzing,looking for anomalies,writing reports,drawing,"
is "each goes up to its end" "$(grep -c ' 100$' "$scratch/told")" 4
is "nothing of it is left" "$(rest)" "$scratch/drawn/dtrace_report.txt
$scratch/drawn/report.html
$scratch/drawn/dtrace_timeline.png
$scratch/drawn/dtrace_heatmap.png
$scratch/drawn/dtrace_performance.png"
succeeds "before a second has gone by" on_terminal 0 \
  "mdtrace analyze --visualize --detect-anomalies \
   --output-dir '$scratch/drawn' '$trace'"
is "there is none" "$(grep -c '%' "$scratch/seen")" 0

on_terminal 600 "mdtrace analyze --json '$trace' >'$scratch/document'"
has "where standard output is a file too" "$(cat "$scratch/seen")" \
  'analyzing [#.]{40} +[0-9]+%'
is "nothing of it is left either" "$(rest)" ""
is "nor in the file" "$(cmp "$scratch/document" "$scratch/plain.json" 2>&1)" ""
on_terminal 600 "mdtrace analyze --json '$trace' 2>'$scratch/other'"
is "where standard error is no terminal there is none" \
  "$(cat "$scratch/other"; grep -c '[#.]\{40\}' "$scratch/seen")" 0
on_terminal 600 "mdtrace analyze --report '$scratch/no/r.txt' '$trace'"
is "before what has gone wrong it is taken away" "$(rest)" \
  "mdtrace: $scratch/no/r.txt: a system call failed; No such file or directory"

on_terminal 600 "mdtrace export --to csv -o '$scratch/exported' '$trace'"
has "exports have one" "$(cat "$scratch/seen")" 'exporting [#.]{40} +[0-9]+%'
is "of which nothing is left" "$(rest)" \
  "$scratch/exported: 200000 events, 0 lost"
is "nor in what was exported" \
  "$(cmp "$scratch/exported" "$scratch/plain.csv" 2>&1)" ""
done_testing
