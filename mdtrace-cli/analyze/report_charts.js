/* The page of an analysis: its charts.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

const maximum = list => list.reduce ((a, b) => Math.max (a, b ?? 0), 0);
const byKey = key => document.querySelector (`figure[data-chart="${key}"]`);

/* Which bin of LIST, that begins at FIRST with bins of STEP, a time is in.  */
function binAt (ns, begin, step, count)
{
  const bin = Math.floor ((ns - begin) / step);
  return bin >= 0 && bin < count ? bin : -1;
}

/* Bars for COUNTS from Y upwards, of HEIGHT at PEAK.  */
function paintBars (context, chart, counts, begin, step, y, height, peak, fill)
{
  context.fillStyle = color (fill);
  counts.forEach ((count, i) =>
    {
      const from = Math.max (chart.x (begin + i * step), chart.left);
      const to = Math.min (chart.x (begin + (i + 1) * step), chart.right);
      if (count > 0 && to > chart.left && from < chart.right)
	{
	  const tall = Math.max (1, count / peak * height);
	  context.fillRect (from, y - tall, Math.max (to - from + .4, 1), tall);
	}
    });
}

/* Shade from BEGIN to END, of which at least two pixels are seen.  */
function shade (context, chart, begin, end, top, height, name)
{
  const from = Math.max (chart.x (begin), chart.left);
  const to = Math.min (Math.max (chart.x (end), chart.x (begin) + 2),
		       chart.right);
  if (to <= from)
    return;
  context.fillStyle = color (name);
  context.globalAlpha = .25;
  context.fillRect (from, top, to - from, height);
  context.globalAlpha = 1;
}

const within = (list, ns) => list.filter (
  mark => since (mark.begin_ns) <= ns && ns <= since (mark.end_ns));

/* Shade the bursts and gaps that are of WHAT.  */
function shadeMarks (context, chart, what, top, height)
{
  for (const [list, name] of [[analysis.timeline.gaps, "gap"],
			      [analysis.timeline.bursts, "burst"]])
    for (const mark of list)
      if (mark.what === what)
	shade (context, chart, since (mark.begin_ns), since (mark.end_ns),
	       top, height, name);
}

/* What the bursts and gaps of WHAT at a time are.  */
function sayMarks (what, ns)
{
  const isOf = mark => mark.what === what;
  return [...within (analysis.timeline.bursts.filter (isOf), ns).map (
	    burst => `burst: ${sayNumber (burst.ratio)} times as many`),
	  ...within (analysis.timeline.gaps.filter (isOf), ns).map (
	    gap => `gap of ${sayDuration (gap.seconds * 1e9)}`)]
    .map (words => `\n${words}`).join ("");
}

/* Of less than a second there is no rate per second.  */
const isRate = step => step * analysis.timeline.total.length >= 1e9
		       && analysis.timeline.total.length > 1;

function sayBin (begin, step, bin, count)
{
  return `${saySince (begin + bin * step)} to `
	 + `${saySince (begin + (bin + 1) * step)}\n`
	 + `${grouped.format (count)} event${count === 1 ? "" : "s"}`
	 + (isRate (step) ? `, ${sayNumber (count / step * 1e9)} per second`
	    : "");
}

function addTimeline (timeline)
{
  const begin = since (timeline.first_ns), step = Number (timeline.bin_ns);
  const peak = maximum (timeline.total) || 1;
  const top = 10, bottom = 190;

  const scale = isRate (step) ? 1e9 / step : 1;
  new Chart (byKey ("total"), "Events over time", 220, true,
    (context, chart) =>
    {
      const high = peak * scale * 1.05;
      for (const rate of ticks (0, high, 5, scale === 1 ? "events" : ""))
	{
	  const y = bottom - rate / high * (bottom - top);
	  chart.line (chart.left, y, chart.right, y);
	  chart.write (sayTick (rate), chart.left - 8, y, "right", "soft", 11);
	}
      shadeMarks (context, chart, "all events", top, bottom - top);
      paintBars (context, chart, timeline.total, begin, step, bottom,
		 (bottom - top) / 1.05, peak, "bar");
      /* Where hits were lost.  */
      context.fillStyle = color ("bad");
      for (const loss of analysis.losses.times)
	{
	  const x = chart.x (since (loss.time_ns));
	  if (x >= chart.left && x <= chart.right)
	    context.fillRect (x - 1.5, top, 3, 9);
	}
      /* Where the machine was booted anew.  */
      for (const boot of analysis.trace.boots)
	{
	  const x = chart.x (since (boot.boot_time_ns));
	  if (x > chart.left && x < chart.right)
	    {
	      chart.line (x, top, x, bottom, "mark-90");
	      chart.write (`boot ${boot.boot_id}`, x + 4, top + 6, "left",
			   "soft", 11);
	    }
	}
      chart.timeAxis (bottom, bottom);
    },
    (x, y, chart) =>
    {
      const ns = chart.at (x), bin = binAt (ns, begin, step,
					    timeline.total.length);
      if (bin < 0 || x < chart.left)
	return "";
      const lost = analysis.losses.times.filter (
	loss => Math.abs (chart.x (since (loss.time_ns)) - x) < 4)
	.reduce ((sum, loss) => sum + loss.dropped + loss.throttled
				+ loss.missed, 0);
      return sayBin (begin, step, bin, timeline.total[bin])
	     + sayMarks ("all events", ns)
	     + (lost > 0 ? `\n${grouped.format (lost)} hits were lost` : "");
    });
  const groups = [["cpus", row => `CPU ${row.cpu}`],
		  ["tasks", row => row.task || "(no name)"],
		  ["probes", row => row.name || "(no name)"]];
  for (const [key, name] of groups)
    if (byKey (key) && timeline[key].length > 0)
      addRows (byKey (key), timeline[key], name, begin, step);
}

function addRows (figure, rows, name, begin, step)
{
  const tall = 30;
  const called = row => row.others ? "(all others)" : name (row);
  const bottom = rows.length * tall + 4;

  new Chart (figure, figure.textContent.trim (), bottom + 26, true,
    (context, chart) =>
    {
      rows.forEach ((row, i) =>
	{
	  const y = (i + 1) * tall;
	  chart.line (chart.left, y, chart.right, y);
	  chart.name (called (row), y - tall / 2 + 4);
	  shadeMarks (context, chart, called (row), y - tall + 2, tall - 2);
	  paintBars (context, chart, row.counts, begin, step, y, tall - 5,
		     maximum (row.counts) || 1, row.others ? "other" : "bar");
	});
      chart.timeAxis (bottom - 4, bottom - 4);
    },
    (x, y, chart) =>
    {
      const row = rows[Math.floor (y / tall)];
      if (!row)
	return "";
      if (x < chart.left)
	return `${called (row)}\n${grouped.format (row.events)} events`;
      const bin = binAt (chart.at (x), begin, step, row.counts.length);
      return bin < 0 ? "" : `${called (row)}\n`
			    + sayBin (begin, step, bin, row.counts[bin])
			    + sayMarks (called (row), chart.at (x));
    });
}

/* From few to many, on a light and on a dark ground.  */
const ramp = ["#f3e79b", "#f9b282", "#eb7f86", "#a05195", "#5c3a92",
	      "#241c5a"];
const darkRamp = ["#54429b", "#8250a8", "#b35a9b", "#eb7f86", "#f9b282",
		  "#f3e79b"];

/* The colour for SHARE, from 0 to 1.  */
function rampColor (share)
{
  const colors = isDark () ? darkRamp : ramp;
  const place = Math.min (Math.max (share, 0), 1) * (colors.length - 1);
  const i = Math.min (Math.floor (place), colors.length - 2);
  const part = (hex, n) => parseInt (hex.slice (1 + 2 * n, 3 + 2 * n), 16);
  return `rgb(${[0, 1, 2].map (n => Math.round (
    part (colors[i], n) + (place - i) * (part (colors[i + 1], n)
					 - part (colors[i], n)))).join (",")})`;
}

function addHeatmap (figure, map)
{
  const areRanges = map.what.startsWith ("latency");
  const rows = map.rows.length, tall = areRanges ? 13 : 24;
  const begin = since (map.first_ns), step = Number (map.bin_ns);
  const greatest = maximum (map.cells.map (maximum));
  const bottom = rows * tall + 8;
  const top = row => areRanges ? bottom - (row + 1) * tall : 8 + row * tall;
  const rowAt = y => areRanges ? Math.floor ((bottom - y) / tall)
			       : Math.floor ((y - 8) / tall);
  const share = count => greatest > 1
    ? Math.log (count) / Math.log (greatest) : 1;
  const label = row => areRanges
    ? `${sayDuration (Number (row.low))} to ${sayDuration (Number (row.high))}`
    : row.label || "(no name)";

  new Chart (figure, map.what, bottom + 50, true,
    (context, chart) =>
    {
      map.cells.forEach ((cells, row) => cells.forEach ((count, i) =>
	{
	  const from = Math.max (chart.x (begin + i * step), chart.left);
	  const to = Math.min (chart.x (begin + (i + 1) * step), chart.right);
	  if (count > 0 && to > from)
	    {
	      context.fillStyle = rampColor (share (count));
	      context.fillRect (from, top (row), to - from + .4, tall + .4);
	    }
	}));
      map.rows.forEach ((row, i) =>
	{
	  if (!areRanges)
	    chart.name (label (row), top (i) + tall / 2);
	  else if (i % 2 === 0)
	    chart.name (sayDuration (Number (row.low)), top (i) + tall);
	});
      if (areRanges && rows % 2 === 0)
	chart.name (sayDuration (Number (map.rows[rows - 1].high)), 8);
      chart.timeAxis (bottom, bottom);
      /* What colours mean.  */
      const unit = areRanges ? "calls" : "events";
      const y = bottom + 38, from = chart.left + 40, to = from + 160;
      if (greatest <= 1)
	{
	  chart.write (`1 ${unit.slice (0, -1)} in each cell`, from, y, "left",
		       "soft", 11);
	  return;
	}
      for (let x = from; x < to; x++)
	{
	  context.fillStyle = rampColor ((x - from) / (to - from));
	  context.fillRect (x, y - 5, 1.5, 10);
	}
      chart.write ("1", from - 6, y, "right", "soft", 11);
      chart.write (`${grouped.format (greatest)} ${unit} per cell`, to + 6, y,
		   "left", "soft", 11);
    },
    (x, y, chart) =>
    {
      const row = rowAt (y);
      if (row < 0 || row >= rows)
	return "";
      if (x < chart.left)
	return label (map.rows[row]);
      const bin = binAt (chart.at (x), begin, step, map.cells[row].length);
      return bin < 0 ? "" : `${label (map.rows[row])}\n`
	+ `${saySince (begin + bin * step)} to `
	+ `${saySince (begin + (bin + 1) * step)}\n`
	+ `${grouped.format (map.cells[row][bin])} `
	+ (areRanges ? "calls" : "events");
    });
}

/* Bars of all time and of its own, and how long one took, of those that took
   most.  */
function addBottlenecks (figure, all)
{
  const list = all.slice (0, 20);
  const tall = 26, top = 24;
  const most = maximum (list.map (item => Number (item.total_ns))) || 1;
  const quantiles = [["p50_ns", "bar"], ["p90_ns", "mark-90"],
		     ["p99_ns", "mark-99"], ["max_ns", "other"]];
  const values = list.flatMap (item => quantiles.map (([key]) =>
    Number (item[key]))).filter (value => value > 0);
  const low = Math.floor (Math.log10 (Math.min (...values, most)));
  const high = Math.ceil (Math.log10 (Math.max (...values, 10)));

  new Chart (figure, "Where time goes", top + list.length * tall + 26, false,
    (context, chart) =>
    {
      const bottom = top + list.length * tall;
      const half = chart.left + (chart.right - chart.left) * .48;
      const start = half + 70;
      const place = ns => start + (Math.log10 (ns) - low) / (high - low)
				    * (chart.right - 24 - start);
      chart.write ("time in all; dark: its own", chart.left, 10, "left",
		   "soft", 11);
      let x = start;
      for (const [word, name] of [["half", "bar"], ["90 %", "mark-90"],
				  ["99 %", "mark-99"], ["longest", "other"]])
	{
	  chart.write ("\u25cf", x, 10, "left", name, 11);
	  chart.write (word, x + 12, 10, "left", "soft", 11);
	  x += narrow () ? 44 : 64;
	}
      for (const ns of ticks (0, most, (half - chart.left) / 70, "ns"))
	{
	  const at = chart.left + ns / most * (half - chart.left);
	  chart.line (at, top, at, bottom + 3);
	  chart.write (sayTick (ns, "ns"), at, bottom + 13, "center", "soft",
		       11);
	}
      const each = Math.ceil ((high - low) * 52 / (chart.right - start));
      for (let power = low; power <= high; power += each)
	{
	  const at = place (10 ** power);
	  chart.line (at, top, at, bottom + 3);
	  chart.write (sayTick (10 ** power, "ns"), at, bottom + 13, "center",
		       "soft", 11);
	}
      list.forEach ((item, i) =>
	{
	  const y = top + i * tall, width = half - chart.left;
	  chart.name (item.name || "(no name)", y + tall / 2);
	  context.fillStyle = color ("light-bar");
	  context.fillRect (chart.left, y + 5,
			    Number (item.total_ns) / most * width, tall - 10);
	  context.fillStyle = color ("bar");
	  context.fillRect (chart.left, y + 5,
			    Number (item.self_ns ?? 0) / most * width,
			    tall - 10);
	  chart.write (sayDuration (Number (item.total_ns)),
		       chart.left + Number (item.total_ns) / most * width + 5,
		       y + tall / 2, "left", "soft", 11);
	  if (Number (item.p50_ns) > 0 && Number (item.max_ns) > 0)
	    chart.line (place (Number (item.p50_ns)), y + tall / 2,
			place (Number (item.max_ns)), y + tall / 2, "soft");
	  for (const [key, name] of quantiles)
	    if (Number (item[key]) > 0)
	      {
		context.fillStyle = color (name);
		context.beginPath ();
		context.arc (place (Number (item[key])), y + tall / 2, 4, 0,
			     2 * Math.PI);
		context.fill ();
	      }
	});
    },
    (x, y) =>
    {
      const item = list[Math.floor ((y - top) / tall)];
      const say = ns => ns === null || ns === undefined ? "unknown"
			: sayDuration (Number (ns));
      return !item ? "" : `${item.kind} ${item.name}\n`
	+ `${grouped.format (item.count)} times, ${say (item.total_ns)} in `
	+ `all, its own ${say (item.self_ns)}\n`
	+ `half of them at most ${say (item.p50_ns)}, 90 % `
	+ `${say (item.p90_ns)}, 99 % ${say (item.p99_ns)}, the longest `
	+ say (item.max_ns);
    });
}

function addSeries (figure, series)
{
  const begin = since (series.first_ns), step = Number (series.step_ns);
  const of = list => (list ?? []).filter (item => item.series === series.name);
  const anomalies = of (analysis.anomalies);
  const predictions = of (analysis.predictions);
  const known = [...series.values.filter (value => value !== null),
		 ...predictions.flatMap (item => [item.low, item.high])];
  const top = 8, bottom = 96;
  let low = Math.min (...known), high = Math.max (...known);
  if (low > 0 && low < high / 2)
    low = 0;
  const room = high > low ? (high - low) * .08 : Math.abs (high) * .1 + 1;
  high += room;
  low -= low === 0 ? 0 : room;

  const chart = new Chart (figure, series.name, 124, true,
    (context, chart) =>
    {
      const place = value =>
	bottom - (value - low) / (high - low) * (bottom - top);
      for (const value of ticks (low, high, 3, series.unit))
	{
	  chart.line (chart.left, place (value), chart.right, place (value));
	  chart.write (sayTick (value, series.unit), chart.left - 8,
		       place (value), "right", "soft", 11);
	}
      for (const anomaly of anomalies)
	shade (context, chart, since (anomaly.begin_ns),
	       since (anomaly.end_ns), top, bottom - top, "burst");
      context.save ();
      context.beginPath ();
      context.rect (chart.left, 0, chart.right - chart.left, bottom + 1);
      context.clip ();
      context.strokeStyle = color ("bar");
      context.lineWidth = 1.5;
      context.beginPath ();
      let isOn = false;
      series.values.forEach ((value, i) =>
	{
	  if (value === null)
	    isOn = false;
	  else
	    {
	      const x = chart.x (begin + i * step), y = place (value);
	      if (isOn)
		context.lineTo (x, y);
	      else
		{
		  /* One value alone is a point.  */
		  context.moveTo (x - 1, y);
		  context.lineTo (x + 1, y);
		}
	      isOn = true;
	    }
	});
      context.stroke ();
      context.restore ();
      for (const item of predictions)
	{
	  const x = chart.right + chart.gutter / 2;
	  for (const [x1, y1, x2, y2] of [[x, item.low, x, item.high],
					  [x - 4, item.low, x + 4, item.low],
					  [x - 4, item.high, x + 4, item.high]])
	    chart.line (x1, place (y1), x2, place (y2), "mark-99");
	  context.fillStyle = color ("mark-99");
	  context.beginPath ();
	  context.arc (x, place (item.value), 3.5, 0, 2 * Math.PI);
	  context.fill ();
	  chart.write (`in ${sayDuration (item.horizon_seconds * 1e9)}`, x,
		       bottom + 14, "center", "soft", 11);
	}
      chart.timeAxis (bottom, bottom);
    },
    (x, y, chart) =>
    {
      const ns = chart.at (x);
      if (x < chart.left)
	return series.name;
      if (x > chart.right)
	return predictions.map (item => item.sentence).join ("\n");
      const bin = binAt (ns + step / 2, begin, step, series.values.length);
      const lines = within (anomalies, ns).map (item => item.sentence);
      if (bin >= 0)
	lines.unshift (`${saySince (begin + bin * step)}: `
		       + sayValue (series.values[bin], series.unit));
      return lines.join ("\n");
    });
  chart.gutter = (analysis.predictions ?? []).length > 0 ? 96 : 0;
}

/* All of them.  */
{
  const timeline = analysis.timeline;
  const series = (analysis.series ?? []).filter (
    item => item.values.some (value => value !== null));
  const ends = [];

  if (byKey ("total"))
    ends.push (since (timeline.first_ns)
	       + timeline.total.length * Number (timeline.bin_ns));
  for (const item of series)
    ends.push (since (item.first_ns)
	       + item.values.length * Number (item.step_ns));
  whole.from = Math.min (0, ...series.map (item => since (item.first_ns)));
  whole.to = Math.max (1, ...ends);
  Object.assign (view, whole);
  if (byKey ("total"))
    addTimeline (timeline);
  for (const figure of document.querySelectorAll ("figure[data-heatmap]"))
    addHeatmap (figure, analysis.heatmaps[figure.dataset.heatmap]);
  if (byKey ("bottlenecks"))
    addBottlenecks (byKey ("bottlenecks"), analysis.bottlenecks);
  for (const figure of document.querySelectorAll ("figure[data-series]"))
    if (series.includes (analysis.series[figure.dataset.series]))
      addSeries (figure, analysis.series[figure.dataset.series]);
  for (const button of document.querySelectorAll (".zoom button"))
    button.addEventListener ("click", actions[button.dataset.action]);
  for (const zoomBar of document.querySelectorAll (".zoom"))
    zoomBar.hidden = false;
  redraw ();
  window.addEventListener ("resize", redraw);
  window.matchMedia ("(prefers-color-scheme: dark)")
    .addEventListener ("change", redraw);
  window.addEventListener ("beforeprint", () => { onPaper = true; redraw (); });
  window.addEventListener ("afterprint", () => { onPaper = false; redraw (); });
  document.documentElement.dataset.charts = charts.length;
}
