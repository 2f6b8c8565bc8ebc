#!/bin/sh
# Pictures of analyses: gnuplot draws them without a complaint, from data that
# are those of the document, and names are nothing but names.
. "${0%/*}/lib.sh"

data=$TEST_SRCDIR/tests/data
export TZ=UTC

# png_size FILE: its width and height, if it is a PNG.
png_size ()
{
  { od -A n -t x1 -N 24 "$1" | tr -d ' \n'; echo; } |
    sed -n 's/^89504e470d0a1a0a0000000d49484452\(.\{8\}\)\(.\{8\}\)$/\1 \2/p' |
    while read -r width height; do echo "$((0x$width)) $((0x$height))"; done
}

# block FILE NUMBER: that block of the data, without what explains it.
block ()
{
  awk -v want="$2" 'BEGIN { block = -1 }
    /^# / { if (NR > 1) block++; next }
    block == want && NF' "$1"
}

# blocks FILE WHAT: the numbers of the blocks whose explanation begins so.
blocks ()
{
  grep '^# ' "$1" | sed 1d | awk -v what="# $2" \
    'index ($0, what) == 1 { print NR - 1 }'
}

for trace in analysis analysis-hostile analysis-empty \
    analysis-extreme; do
  document=$data/$trace.json
  for format in png svg; do
    mkdir "$scratch/$trace-$format"
    cd "$scratch/$trace-$format" || exit 1
    succeeds "$trace: drawn as $format" "$TEST_LIBDIR/draw-document" \
      "$format" "$document" .
    for page in dtrace_timeline dtrace_heatmap dtrace_performance; do
      # Once more, for what gnuplot says.
      is "$trace: $page: gnuplot has nothing to complain about" \
	"$(gnuplot "$page.gp" 2>&1)" ""
      if [ $format = png ]; then
	has "$trace: $page is a PNG of some height" "$(png_size $page.png)" \
	  '^1500 [1-9][0-9]{2,3}$'
	by_tool pngcheck "$trace: $page has nothing wrong" -q "$page.png"
      else
	by_tool xmllint "$trace: $page is well-formed" --noout "$page.svg"
	by_tool rsvg-convert "$trace: $page can be drawn" "$page.svg" \
	  -o "$scratch/drawn.png"
	[ -z "$(command -v rsvg-convert)" ] ||
	  has "$trace: $page has its width then" \
	    "$(png_size "$scratch/drawn.png")" '^1500 [1-9][0-9]{2,3}$'
      fi
    done
    is "$trace: nothing was executed" "$(ls | grep -v '^dtrace_')" ""
    is "$trace: no name is in a script" \
      "$(grep -l -e pwned -e script -e workload -e vm_fault ./*.gp)" ""
  done
done

cd "$scratch/analysis-png" || exit 1
document=$data/analysis.json
is "the timeline's data are the document's" \
  "$(block dtrace_timeline.dat 0 | sed '$d' | cut -f 1,3-)" \
  "$(jq -r '.timeline as $t | range($t.bins) | . as $i |
      [($t.first_ns + $i * $t.bin_ns | tostring), $t.total[$i],
       $t.cpus[].counts[$i], $t.tasks[].counts[$i], $t.probes[].counts[$i]] |
      @tsv' "$document" | awk -F '\t' -v OFS='\t' -v first="$(
	sed -n 's/.*"timeline": *{*//; s/.*"first_ns": \([0-9]*\).*/\1/p' \
	  "$document" | head -n 1)" -v bin="$(jq .timeline.bin_ns "$document")" \
	'# jq has no whole numbers of 64 bits.
	 { head = substr (first, 1, length (first) - 9)
	   tail = substr (first, length (first) - 8) + (NR - 1) * bin
	   $1 = sprintf ("%d%09d", head + int (tail / 1e9), tail % 1e9); print }')"
is "those of bottlenecks are" \
  "$(block dtrace_performance.dat 0 | cut -f 2-)" \
  "$(jq -r '.bottlenecks[] | [.total_ns, .self_ns // "NaN", .p50_ns, .p90_ns,
      .p99_ns, .max_ns] | @tsv' "$document")"
is "those of heat maps are" \
  "$(for number in $(blocks dtrace_heatmap.dat cells); do
       block dtrace_heatmap.dat "$number"
     done)" "$(jq -r '.heatmaps[].cells[] | @tsv' "$document")"
# Those of which there is most to say come first: all are there.
is "those of counters are" \
  "$(for number in $(blocks dtrace_performance.dat 'a counter'); do
       block dtrace_performance.dat "$number" | cut -f 3
     done | awk '{ printf "%.9g\n", $1 }' | sort)" \
  "$(jq -r '.series[].values[] | . // "NaN"' "$document" |
     awk '{ printf "%.9g\n", $1 }' | sort)"
has "losses are said" "$(cat dtrace_timeline.dat)" \
  'Not all was recorded: 1,234 hits were dropped, 0 throttled, 3 missed'

cd "$scratch/analysis-hostile-png" || exit 1
has "hostile names are shown as they are" "$(cat dtrace_timeline.dat)" \
  '	a"b.c`touch pwned`$'
has "and what is not seen as what it is" "$(cat dtrace_timeline.dat)" \
  '	\\\\xe2\\\\x80\\\\xaetxt'
cd "$scratch/analysis-empty-png" || exit 1
has "an empty trace says so" "$(cat dtrace_timeline.dat)" \
  'no events in this trace$'

# The whole way, of traces of several lengths.
for events in 0 1 5 500; do
  "$TEST_LIBDIR/make-trace" "$scratch/$events.db" $events
  succeeds "$events events: analysed and drawn" mdtrace analyze --visualize \
    --output-dir "$scratch/$events" "$scratch/$events.db"
  is "$events events: all is there" "$(ls "$scratch/$events")" \
    "dtrace_heatmap.dat
dtrace_heatmap.gp
dtrace_heatmap.png
dtrace_performance.dat
dtrace_performance.gp
dtrace_performance.png
dtrace_report.txt
dtrace_timeline.dat
dtrace_timeline.gp
dtrace_timeline.png
report.html"
  is "$events events: the data have all of them" \
    "$(block "$scratch/$events/dtrace_timeline.dat" 0 |
       awk -F '\t' '$3 ~ /^[0-9]+$/ { sum += $3 } END { print sum + 0 }')" \
    "$events"
done
done_testing
