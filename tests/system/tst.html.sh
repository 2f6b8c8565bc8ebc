#!/bin/sh
# The page of an analysis: one file that needs nothing else, with tables that
# are there without a script, and sort and have charts with one.
. "${0%/*}/lib.sh"

data=$TEST_SRCDIR/tests/data
export TZ=UTC

for trace in analysis analysis-hostile analysis-empty analysis-extreme; do
  succeeds "$trace: drawn" sh -c \
    "'$TEST_LIBDIR/draw-document' html '$data/$trace.json' >'$scratch/$trace.html'"
  # An empty element can have a colour.
  by_tool tidy "$trace: the page is well formed" -q -e -utf8 \
    --drop-empty-elements no "$scratch/$trace.html"
  is "$trace: nothing comes from elsewhere" \
    "$(grep -c -E '<(link|img|iframe|object|script[^>]* src|base)|@import|url\(' \
       "$scratch/$trace.html")" 0
  has "$trace: and nothing may" "$(cat "$scratch/$trace.html")" \
    "Content-Security-Policy\" content=\"default-src 'none';"
done

# cells COLUMN: that column of the table of bottlenecks, as it is without a
# script, tags taken away.
cells ()
{
  sed -n '/<figure data-chart="bottlenecks"/,/<\/table>/p' \
    "$scratch/analysis.html" | sed -n '/<tbody>/,$p' | tr -d '\n' |
    sed 's/<tr>/\n/g' | sed 1d | sed 's/<i [^>]*><\/i>//g; s/<\/td>/|/g
    s/<[^>]*>//g' | cut -d '|' -f "$1"
}
is "tables have the document's names" "$(cells 3)" \
  "$(jq -r '.bottlenecks[].name' "$data/analysis.json")"
is "and its counts" "$(cells 4 | tr -d ,)" \
  "$(jq '.bottlenecks[].count' "$data/analysis.json")"
is "and for how much of it threads did not run, as far as that is known" \
  "$(cells 7)" "$(jq -r '.bottlenecks[] |
       if .waited_ns then "\(.waited_ns / 1e9)0 s" else "-" end' \
     "$data/analysis.json")"
has "losses are said" "$(cat "$scratch/analysis.html")" \
  'Not all was recorded.*'
has "and how many" "$(cat "$scratch/analysis.html")" \
  '1,234 hits were dropped'

browser=$(command -v chromium || command -v google-chrome)
if [ -z "$browser" ]; then
  pass "in a browser # SKIP no chromium"
  done_testing
  exit 0
fi

# browse NAME [OPTION...]: the page as the browser has it in the end, to
# $scratch/dom; each attribute that the script below sets can be asked for.
browse ()
{
  page=$1
  shift
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu \
    --user-data-dir="$scratch/profile" --enable-logging=stderr \
    --virtual-time-budget=5000 "$@" --dump-dom "file://$scratch/$page.html" \
    >"$scratch/dom" 2>"$scratch/err"
}

# told NAME: what the script has told.
told ()
{
  sed -n "s/.*<html[^>]* data-$1=\"\([^\"]*\)\".*/\1/p" "$scratch/dom"
}

cat >"$scratch/script" <<'END'
<script>
{
  const tell = (name, value) => { document.documentElement.dataset[name] = value; };
  const table = byKey ("bottlenecks").nextElementSibling.querySelector ("table");
  const column = number => [...table.tBodies[0].rows].map (
    row => row.cells[number].textContent).join (" ");
  const button = number => table.tHead.rows[0].cells[number]
    .querySelector ("button");
  button (3).click ();
  tell ("most", column (3));
  button (3).click ();
  tell ("least", column (3));
  button (5).click ();
  tell ("unknown", column (5));
  button (2).click ();
  tell ("names", column (2));
  tell ("sorted", [...table.querySelectorAll ("th[aria-sort]")].map (
    heading => heading.textContent + " " + heading.ariaSort).join (" "));
  /* What has been drawn: charts that are not one colour.  */
  tell ("drawn", charts.filter (chart =>
    {
      const pixels = chart.canvas.getContext ("2d").getImageData (0, 0,
	chart.canvas.width, chart.canvas.height).data;
      return new Set (new Uint32Array (pixels.buffer)).size > 2;
    }).length);
  const before = charts[0].canvas.toDataURL ();
  const press = key => charts[0].canvas.dispatchEvent (
    new KeyboardEvent ("keydown", { key, bubbles: true }));
  press ("+");
  tell ("zoomed", (view.to - view.from) / (whole.to - whole.from));
  tell ("changed", charts[0].canvas.toDataURL () !== before);
  press ("ArrowRight");
  press ("ArrowRight");
  press ("ArrowRight");
  tell ("panned", view.to === whole.to);
  press ("0");
  tell ("back", charts[0].canvas.toDataURL () === before);
  /* What the pointer is told: of the bin with the most events.  */
  const timeline = analysis.timeline;
  const bin = timeline.total.indexOf (Math.max (...timeline.total));
  const chart = charts[0];
  const x = chart.x (since (timeline.first_ns) + (bin + .5) * timeline.bin_ns);
  const box = chart.canvas.getBoundingClientRect ();
  chart.canvas.dispatchEvent (new PointerEvent ("pointermove",
    { clientX: box.left + x, clientY: box.top + 50 }));
  tell ("tip", tip.textContent.split ("\n")[1]);
  tell ("title", document.title);
}
</script>
END
for trace in analysis analysis-hostile; do
  sed -i "/<\/body>/{
    r $scratch/script
    N
  }" "$scratch/$trace.html"
  browse "$trace"
  is "$trace: no script has an error" "$(grep CONSOLE "$scratch/err")" ""
  is "$trace: all charts are drawn" "$(told drawn)" \
    "$(jq '4 + (.heatmaps | length) + 1 + (.series | length)' \
       "$data/$trace.json")"
  sorted=$(jq -r '[.bottlenecks[].count] | sort | map(tostring) | join(" ")' \
    "$data/$trace.json")
  is "$trace: a click sorts, the most first" "$(told most | tr -d ,)" \
    "$(echo "$sorted" | tr ' ' '\n' | sort -rn | paste -s -d ' ')"
  is "$trace: another one turns that around" "$(told least | tr -d ,)" "$sorted"
  has "$trace: what is not known comes last" "$(told unknown)" '[a-z] - -$'
  is "$trace: it is said which way" "$(told sorted)" "what ascending"
  is "$trace: a key zooms" "$(told zoomed) $(told changed)" "0.5 true"
  is "$trace: others move, to the end" "$(told panned)" true
  is "$trace: and back" "$(told back)" true
  has "$trace: the pointer is told numbers" "$(told tip)" \
    "^$(jq '.timeline.total | max' "$data/$trace.json" |
	sed ':a; s/^\([0-9]*\)\([0-9]\{3\}\)/\1,\2/') events, .* per second"
done
is "hostile names run nothing" "$(told title)" \
  'mdtrace: &lt;/script&gt;\x1b[31m.db'
browse analysis-empty
is "an empty trace: no script has an error" "$(grep CONSOLE "$scratch/err")" ""
has "and says so" "$(cat "$scratch/dom")" 'No events in this trace\.'

browse analysis-extreme
is "numbers at their ends: no script has an error" \
  "$(grep CONSOLE "$scratch/err")" ""
holds "and there are charts" "$(told charts)" -gt 5

# In the dark, and where there is little room.
browse analysis --blink-settings=preferredColorScheme=0 --window-size=400,800
is "in the dark, and narrow: no error" "$(grep CONSOLE "$scratch/err")" ""
is "and all charts" "$(told drawn)" \
  "$(jq '4 + (.heatmaps | length) + 1 + (.series | length)' \
     "$data/analysis.json")"
done_testing
