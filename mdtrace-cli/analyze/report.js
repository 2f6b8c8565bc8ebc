/* The page of an analysis: what all charts share, and tables that sort.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Without this all tables and sentences are there all the same.  Nothing that
   the document says becomes markup: text goes to textContent and fillText
   alone.  */

"use strict";

/* TEXT made harmless as in the tables: what would not be seen, or would change
   how others are seen, becomes \xNN for each of its bytes.  */
const harmless = text => text.replace (
  /[\p{C}\p{M}\u2028\u2029]/gu, character =>
  [...new TextEncoder ().encode (character)].map (
    byte => `\\x${byte.toString (16).padStart (2, "0")}`).join (""));

/* Times have more digits than a number: those become strings.  */
const analysis = JSON.parse (
  document.getElementById ("analysis").textContent.replace (
    /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g,
    token => /^-?\d{16,}$/.test (token) ? `"${token}"` : token),
  (key, value) => typeof value === "string" ? harmless (value) : value);

const first = BigInt (analysis.trace.first_ns ?? 0);

/* How many nanoseconds TIME, of the document, is behind the first event.  */
const since = time => Number (BigInt (time) - first);

const narrow = () => window.innerWidth < 640;

/* Numbers as people read them, as in the text report.  */
const grouped = new Intl.NumberFormat ("en-US");

function sayNumber (number)
{
  if (number === null || number === undefined)
    return "unknown";
  const size = Math.abs (number);
  if (size >= 1e15 || (size > 0 && size < 1e-3))
    return number.toPrecision (3);
  if (size < 100 && !Number.isInteger (number))
    return number.toFixed (size < 1 ? 4 : size < 9.995 ? 2 : 1);
  return grouped.format (Math.round (number));
}

function sayDuration (ns)
{
  const size = Math.abs (ns);
  const digits = value => value.toFixed (value < 9.995 ? 2
					 : value < 99.95 ? 1 : 0);
  const sign = ns < 0 ? "-" : "";
  if (size < 1000)
    return `${sign}${Math.round (size)} ns`;
  if (size < 999500)
    return `${sign}${digits (size / 1e3)} us`;
  if (size < 999500000)
    return `${sign}${digits (size / 1e6)} ms`;
  if (size < 120e9)
    return `${sign}${digits (size / 1e9)} s`;
  const seconds = Math.floor (size / 1e9);
  const two = value => String (value).padStart (2, "0");
  if (seconds < 3600)
    return `${sign}${Math.floor (seconds / 60)} min ${two (seconds % 60)} s`;
  if (seconds < 86400)
    return `${sign}${Math.floor (seconds / 3600)} h `
	   + `${two (Math.floor (seconds % 3600 / 60))} min`;
  return `${sign}${Math.floor (seconds / 86400)} d `
	 + `${two (Math.floor (seconds % 86400 / 3600))} h`;
}

function sayValue (value, unit)
{
  if (value === null || value === undefined)
    return "unknown";
  if (unit === "ns")
    return sayDuration (value);
  if (unit === "percent" || unit === "1/10000")
    return `${sayNumber (unit === "percent" ? value : value / 100)} %`;
  if (unit?.startsWith ("bytes"))
    {
      const units = ["B", "KiB", "MiB", "GiB", "TiB"];
      let size = Math.abs (value), i = 0;
      for (; size >= 1024 && i < 4; i++)
	size /= 1024;
      return `${value < 0 ? "-" : ""}${size.toFixed (i > 0 && size < 100)} `
	     + units[i] + unit.slice (5);
    }
  return unit ? `${sayNumber (value)} ${unit}` : sayNumber (value);
}

const saySince = ns =>
  `${ns < 0 ? "-" : "+"}${(Math.abs (ns) / 1e9).toFixed (6)} s`;

/* Seconds between labels that are times of day.  */
const clockSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
		    7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600];

/* The time of day of what is NS behind the first event; with a day, if that
   is what STEP counts.  */
function sayClock (ns, step)
{
  const date = new Date (Number (first / 1000n) / 1e3 + ns / 1e6 + .5);
  const two = value => String (value).padStart (2, "0");
  const day = `${date.getUTCFullYear ()}-${two (date.getUTCMonth () + 1)}-`
	      + two (date.getUTCDate ());
  const time = `${two (date.getUTCHours ())}:${two (date.getUTCMinutes ())}`
	       + (step < 60e9 ? `:${two (date.getUTCSeconds ())}` : "");
  return step >= 86400e9 || time === "00:00" ? day : time;
}

/* TEXT of at most WIDTH characters, without its middle if it is longer.  */
function elide (text, width)
{
  const characters = [...text];
  if (characters.length <= width)
    return text;
  const before = Math.floor ((width - 1) / 2);
  return characters.slice (0, before).join ("") + "\u2026"
	 + characters.slice (before + 1 - width).join ("");
}

/* The least of 1, 2 and 5 times a power of ten that is not below VALUE.  */
function roundUp (value)
{
  const power = 10 ** Math.floor (Math.log10 (value));
  return power * [1, 2, 5, 10].find (digit => digit >= value / power * .99999);
}

/* Places from LOW to HIGH for about COUNT labels, that are round in UNIT.  */
function ticks (low, high, count, unit)
{
  const scale = unit?.startsWith ("bytes")
    ? 1024 ** Math.max (0, Math.floor (Math.log2 ((high - low) / count) / 10))
    : 1;
  let step = scale > 1
    ? scale * 2 ** Math.ceil (Math.log2 ((high - low) / count / scale))
    : roundUp ((high - low) / count);
  /* Things are counted in whole numbers.  */
  if (unit === "events")
    step = Math.max (step, 1);
  /* One label alone is no scale.  */
  for (let i = 0;
       i < 3 && unit !== "events"
	 && Math.floor (high / step) - Math.ceil (low / step) < 1; i++)
    step /= 2;
  const places = [];
  for (let i = Math.ceil (low / step); i * step <= high; i++)
    places.push (i * step);
  return places;
}

/* VALUE in UNIT as a label, without zeros that say nothing.  */
const sayTick = (value, unit) =>
  value === 0 ? "0"
  : (["ns", "percent", "1/10000"].includes (unit) || unit?.startsWith ("bytes")
     ? sayValue (value, unit) : sayNumber (value)).replace (/(\.\d*?)0+(?= |$)/, "$1")
    .replace (/\.(?= |$)/, "");

/* Colours, as the style sheet has them at this moment.  */
let onPaper = false;
const isDark = () => !onPaper
  && window.matchMedia ("(prefers-color-scheme: dark)").matches;

function color (name)
{
  /* What a style sheet says of paper is not known before it is printed on.  */
  const paper = { paper: "#fff", ink: "#000", soft: "#555", line: "#ccc",
		  panel: "#f3f4f5", bar: "#0072b2", "light-bar": "#56b4e9",
		  "mark-90": "#009e73", "mark-99": "#d55e00",
		  bad: "#b84a00" };
  return onPaper && paper[name]
	 || getComputedStyle (document.documentElement)
	      .getPropertyValue (`--${name}`).trim ();
}

/* Tables: the heading that is clicked on, or pressed, sorts; once more, the
   other way around.  What is not known comes last.  */
function sortTable (heading)
{
  const table = heading.closest ("table");
  const column = heading.cellIndex;
  const isNumber = heading.classList.contains ("number");
  const before = heading.getAttribute ("aria-sort");
  const order = before === null ? (isNumber ? "descending" : "ascending")
		: before === "ascending" ? "descending" : "ascending";
  const sign = order === "ascending" ? 1 : -1;
  const key = row =>
    {
      const cell = row.cells[column];
      const value = cell.dataset.value ?? cell.textContent;
      return isNumber ? parseFloat (value) : value;
    };
  const compare = (a, b) =>
    isNumber ? (isNaN (a) || isNaN (b) ? isNaN (a) - isNaN (b)
		: sign * (a - b))
    : sign * a.localeCompare (b, "en");

  for (const other of table.querySelectorAll ("th[aria-sort]"))
    other.removeAttribute ("aria-sort");
  heading.setAttribute ("aria-sort", order);
  const body = table.tBodies[0];
  const rows = [...body.rows].map (row => [key (row), row]);
  rows.sort ((a, b) => compare (a[0], b[0]));
  body.append (...rows.map (pair => pair[1]));
}

for (const heading of document.querySelectorAll ("th[scope=col]"))
  {
    const button = document.createElement ("button");
    button.type = "button";
    button.append (...heading.childNodes);
    heading.append (button);
    button.addEventListener ("click", () => sortTable (heading));
  }

/* What the pointer is at.  */
const tip = document.getElementById ("tip");

function showTip (text, x, y)
{
  tip.hidden = !text;
  if (!text)
    return;
  tip.textContent = text;
  const box = tip.getBoundingClientRect ();
  tip.style.left = `${Math.max (4, Math.min (x + 14,
    document.documentElement.clientWidth - box.width - 4))}px`;
  tip.style.top = `${y + 18 + box.height > window.innerHeight
		     ? y - box.height - 8 : y + 18}px`;
}

/* The part of the trace that all charts over time show.  */
const whole = { from: 0, to: 1 };
const view = { from: 0, to: 1 };
const charts = [];

function redraw ()
{
  for (const chart of charts)
    chart.draw ();
  const shown = document.getElementById ("shown");
  if (shown)
    shown.textContent
      = view.from <= whole.from && view.to >= whole.to ? "all of the trace"
	: `${saySince (view.from)} to ${saySince (view.to)}`;
}

function setView (from, to)
{
  const least = Math.max ((whole.to - whole.from) * 1e-6, 10);
  const span = Math.min (Math.max (to - from, least), whole.to - whole.from);
  view.from = Math.min (Math.max (from, whole.from), whole.to - span);
  view.to = view.from + span;
  redraw ();
}

/* Show FACTOR times as much, with what is AT where it is.  */
function zoom (factor, at)
{
  setView (at - (at - view.from) * factor, at + (view.to - at) * factor);
}

const pan = share =>
{
  const distance = (view.to - view.from) * share;
  setView (view.from + distance, view.to + distance);
};

const middle = () => (view.from + view.to) / 2;

const actions = { in: () => zoom (.5, middle ()),
		  out: () => zoom (2, middle ()),
		  left: () => pan (-.25),
		  right: () => pan (.25),
		  all: () => setView (whole.from, whole.to) };

/* A chart: a canvas in FIGURE of HEIGHT pixels that PAINT draws, of which
   DESCRIBE says what is at a place, or nothing.  With HASTIME its x axis is
   the view, and can be zoomed and panned.  */
class Chart
{
  constructor (figure, label, height, hasTime, paint, describe)
  {
    Object.assign (this, { height, hasTime, paint, describe });
    this.canvas = document.createElement ("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute ("role", "img");
    this.canvas.setAttribute ("aria-label", label);
    figure.append (this.canvas);
    this.listen ();
    charts.push (this);
  }

  listen ()
  {
    const canvas = this.canvas;
    canvas.addEventListener ("pointermove", event => this.move (event));
    canvas.addEventListener ("pointerleave", () => showTip (""));
    if (!this.hasTime)
      return;
    canvas.addEventListener ("pointerdown", event =>
      {
	if (event.button !== 0)
	  return;
	canvas.setPointerCapture (event.pointerId);
	this.drag = { from: this.at (event.offsetX), x: event.offsetX,
		      pans: event.shiftKey };
      });
    canvas.addEventListener ("pointerup", event =>
      {
	const drag = this.drag;
	this.drag = null;
	if (drag && !drag.pans && Math.abs (event.offsetX - drag.x) > 4)
	  {
	    const to = this.at (event.offsetX);
	    setView (Math.min (drag.from, to), Math.max (drag.from, to));
	  }
	else
	  this.draw ();
      });
    canvas.addEventListener ("pointercancel", () => { this.drag = null; });
    canvas.addEventListener ("dblclick", actions.all);
    canvas.addEventListener ("wheel", event =>
      {
	if (!event.ctrlKey && !event.metaKey)
	  return;
	event.preventDefault ();
	zoom (event.deltaY > 0 ? 1.25 : .8, this.at (event.offsetX));
      }, { passive: false });
    canvas.addEventListener ("keydown", event =>
      {
	const action = { "+": "in", "=": "in", "-": "out", "0": "all",
			 ArrowLeft: "left", ArrowRight: "right" }[event.key];
	if (action && !event.ctrlKey && !event.metaKey && !event.altKey)
	  {
	    event.preventDefault ();
	    actions[action] ();
	  }
      });
  }

  move (event)
  {
    const drag = this.drag;
    if (drag && drag.pans)
      {
	const distance = drag.from - this.at (event.offsetX);
	setView (view.from + distance, view.to + distance);
	return;
      }
    if (drag)
      {
	this.draw ();
	this.context.fillStyle = color ("burst");
	this.context.globalAlpha = .25;
	this.context.fillRect (drag.x, 0, event.offsetX - drag.x, this.height);
	this.context.globalAlpha = 1;
      }
    showTip (this.describe (event.offsetX, event.offsetY, this),
	     event.clientX, event.clientY);
  }

  /* Where a time is, and what time is where.  */
  x (ns)
  {
    return this.left + (ns - view.from) / (view.to - view.from)
			 * (this.right - this.left);
  }

  at (x)
  {
    return view.from + (x - this.left) / (this.right - this.left)
			 * (view.to - view.from);
  }

  draw ()
  {
    const width = this.canvas.clientWidth || 900;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round (width * ratio);
    this.canvas.height = Math.round (this.height * ratio);
    this.canvas.style.height = `${this.height}px`;
    this.left = narrow () ? 96 : 220;
    /* What is predicted stands behind the end of the axis.  */
    this.right = width - 12 - (this.gutter ?? 0);
    this.context = this.canvas.getContext ("2d");
    this.context.setTransform (ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect (0, 0, width, this.height);
    this.paint (this.context, this);
  }

  font (size)
  {
    return `${size}px system-ui, "DejaVu Sans", sans-serif`;
  }

  /* Text at X and Y, its middle.  */
  write (text, x, y, align = "left", name = "ink", size = 12)
  {
    this.context.font = this.font (size);
    this.context.textAlign = align;
    this.context.textBaseline = "middle";
    this.context.fillStyle = color (name);
    this.context.fillText (text, x, y);
  }

  /* A name left of the axis.  */
  name (text, y)
  {
    const room = this.left - 12;
    let width = 40, short = elide (text, width);
    this.context.font = this.font (12);
    while (width > 5 && this.context.measureText (short).width > room)
      short = elide (text, --width);
    this.write (short, this.left - 8, y, "right");
  }

  line (x1, y1, x2, y2, name = "line")
  {
    this.context.strokeStyle = color (name);
    this.context.lineWidth = 1;
    this.context.beginPath ();
    this.context.moveTo (x1, y1);
    this.context.lineTo (x2, y2);
    this.context.stroke ();
  }

  /* The axis of time below TOP to Y: what is behind the first event, or if the
     trace takes hours the time of day.  */
  timeAxis (top, y)
  {
    const least = (view.to - view.from) * 90 / (this.right - this.left);
    const isClock = whole.to >= 7200e9 && least > 1e9;
    const step = isClock ? clockSteps.find (seconds => seconds * 1e9 >= least)
			   * 1e9 || roundUp (least / 86400e9) * 86400e9
		 : roundUp (least);
    const offset = isClock ? Number (first % BigInt (step)) : 0;
    const [unit, name] = whole.to < 5e3 ? [1, "ns"] : whole.to < 5e6
      ? [1e3, "us"] : whole.to < 5e9 ? [1e6, "ms"] : [1e9, "s"];
    const digits = Math.min (9, Math.max (0,
      -Math.floor (Math.log10 (step / unit) + 1e-9)));
    for (let i = Math.ceil ((view.from + offset) / step);
	 i * step - offset <= view.to; i++)
      {
	/* Plus 0, so that it is not -0, which is said with its sign.  */
	const at = i * step - offset + 0, x = this.x (at), value = at / unit;
	this.line (x, top, x, y + 4);
	this.write (isClock ? sayClock (at, step)
		    : digits > 0 ? value.toFixed (digits)
		    : grouped.format (Math.round (value)),
		    x, y + 14, "center", "soft", 11);
      }
    this.line (this.left, y, this.right, y, "soft");
    this.write (isClock ? "UTC" : name, this.left - 8, y + 14, "right",
		"soft", 11);
  }
}
