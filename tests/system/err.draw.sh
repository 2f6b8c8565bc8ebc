#!/bin/sh
# What cannot be drawn: without gnuplot, with one that fails, where nothing can
# be written, and of what is not there.
. "${0%/*}/lib.sh"

"$TEST_LIBDIR/make-trace" "$scratch/trace.db" 100
mkdir "$scratch/out"
visualize="mdtrace analyze --visualize --output-dir $scratch/out \
  $scratch/trace.db"

# All that there is but gnuplot.
mkdir "$scratch/bin"
echo "$PATH" | tr ':' '\n' | while read -r directory; do
  for program in "$directory"/*; do
    case $program in (*/gnuplot*) ;; (*)
      [ -e "$scratch/bin/${program##*/}" ] ||
	ln -s "$program" "$scratch/bin/" ;;
    esac
  done
done
# mdtrace itself is found beside what it was built with.
refuses "without gnuplot its package is named" 1 \
  "^mdtrace: .*: cannot draw; gnuplot, which draws, is not installed; install \
Debian's package gnuplot-nox" \
  env PATH="$TEST_BUILDDIR/mdtrace-cli:$scratch/bin" $visualize

mkdir "$scratch/fake"
printf '#!/bin/sh\necho "line 3: no such terminal" >&2\necho >&2\nexit 1\n' \
  >"$scratch/fake/gnuplot"
chmod +x "$scratch/fake/gnuplot"
refuses "what gnuplot says is passed on" 1 \
  'gnuplot has failed at dtrace_timeline.gp: line 3: no such terminal$' \
  env PATH="$scratch/fake:$PATH" $visualize
# shellcheck disable=SC2016 # for the program
printf '#!/bin/sh\nkill -9 $$\n' >"$scratch/fake/gnuplot"
refuses "and that it was killed" 1 \
  'gnuplot has failed at dtrace_timeline.gp: Killed$' \
  env PATH="$scratch/fake:$PATH" $visualize

mkdir -p "$scratch/blocked/dtrace_heatmap.dat"
refuses "data that has no place" 1 \
  '/blocked/dtrace_heatmap.dat: .*Is a directory$' \
  mdtrace analyze --visualize --output-dir "$scratch/blocked" \
  "$scratch/trace.db"
mkdir "$scratch/full"
ln -s /dev/full "$scratch/full/dtrace_timeline.dat"
draw="$TEST_LIBDIR/draw-document svg $TEST_SRCDIR/tests/data/analysis.json"
refuses "a disk that is full" 1 \
  ': dtrace_timeline.dat: No space left on device$' \
  $draw "$scratch/full"
rm "$scratch/full/dtrace_timeline.dat"
ln -s /dev/full "$scratch/full/dtrace_performance.gp"
refuses "and where the script is written" 1 \
  ': dtrace_performance.gp: No space left on device$' \
  $draw "$scratch/full"

# Flame graphs.
sqlite3 "$scratch/trace.db" "update event set stack_id = null"
refuses "stacks that were not recorded" 1 \
  "trace.db: has no kernel stacks to show; 'mdtrace probe create --stack' \
makes a probe that records them" mdtrace flame "$scratch/trace.db"
refuses "and as JSON" 1 'has no kernel stacks to show' \
  mdtrace --json flame "$scratch/trace.db"
is "which has the error too" "$(jq -c .error.code "$scratch/stdout")" 4732
"$TEST_LIBDIR/make-trace" "$scratch/stacks.db" 1000
refuses "none with a duration" 1 "has no kernel stacks to show; its stacks \
have no durations; 'mdtrace probe create --latency --stack'" \
  mdtrace flame --by duration "$scratch/stacks.db"
refuses "none of a probe" 1 \
  "has no kernel stacks to show; none of these probes and times" \
  mdtrace flame --probe vm_fault "$scratch/stacks.db"
refuses "no such probe" 1 "none of its probes matches 'vm_flault'" \
  mdtrace flame --probe vm_flault "$scratch/stacks.db"
refuses "none of that time" 1 "none of these probes and times" \
  mdtrace flame --to 1 "$scratch/stacks.db"
refuses "a way of adding up that is none" 2 \
  "--by takes count or duration, not 'time'" \
  mdtrace flame --by time "$scratch/stacks.db"
refuses "times the wrong way around" 2 '--from is after --to' \
  mdtrace flame --from 2 --to 1 "$scratch/stacks.db"
refuses "two traces" 2 'one trace at a time' mdtrace flame a b
refuses "no such trace" 1 'none.db: ' mdtrace flame "$scratch/none.db"
refuses "where nothing can be written" 1 \
  '/none/flame.svg: .*No such file or directory' \
  mdtrace flame -o "$scratch/none/flame.svg" "$scratch/stacks.db"
is "and nothing is left there" "$(ls "$scratch" | grep -c none)" 0
refuses "standard output that is full" 1 'No space left on device' \
  sh -c "mdtrace flame '$scratch/stacks.db' >/dev/full"
ln -s /dev/full "$scratch/no-room"
refuses "a flame graph to a device" 1 'no-room: .*No space left' \
  mdtrace flame -o "$scratch/no-room" "$scratch/stacks.db"
is "which stays one" "$(readlink "$scratch/no-room")" /dev/full
done_testing
