/* A flame graph that answers: a click zooms, words are searched for.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

"use strict";

const svg = document.documentElement;
const side = 10, letter = 7.3;
const whole = Number (svg.dataset.all);
const detail = document.getElementById ("detail");
const resting = detail.textContent;
const frames = [...document.querySelectorAll (".f")].map (group =>
  {
    const title = group.querySelector ("title").textContent;
    return { group, title,
	     /* The words behind the name are ours.  */
	     name: title.replace (/ \([^(]*\)$/, ""),
	     rect: group.querySelector ("rect"),
	     text: group.querySelector ("text"),
	     depth: Number (group.dataset.d),
	     begin: Number (group.dataset.b),
	     weight: Number (group.dataset.w) };
  });
/* What fills the width.  */
let shown = { depth: 0, begin: 0, weight: whole };
let width = 1200;

/* NAME without its middle, so that it is at most COUNT letters.  */
function elide (name, count)
{
  const letters = [...name];
  if (letters.length <= count)
    return name;
  if (count < 4)
    return "";
  const before = Math.floor ((count - 1) / 2);
  return letters.slice (0, before).join ("") + "\u2026"
	 + letters.slice (before + 1 - count).join ("");
}

function layOut ()
{
  const scale = (width - 2 * side) / shown.weight;
  const end = shown.begin + shown.weight;

  svg.setAttribute ("width", width);
  svg.setAttribute ("viewBox",
		    `0 0 ${width} ${svg.getAttribute ("height")}`);
  for (const frame of frames)
    {
      const from = Math.max (frame.begin, shown.begin);
      const to = Math.min (frame.begin + frame.weight, end);
      const isHidden = to <= from || (to - from) * scale < .1;
      const x = side + (from - shown.begin) * scale;
      const wide = (to - from) * scale;
      frame.group.classList.toggle ("hidden", isHidden);
      frame.group.classList.toggle ("above", frame.depth < shown.depth);
      if (isHidden)
	continue;
      frame.rect.setAttribute ("x", x);
      frame.rect.setAttribute ("width", Math.max (wide - .5, .1));
      frame.text.setAttribute ("x", x + 3);
      frame.text.textContent
	= elide (frame.name, Math.floor ((wide - 6) / letter));
    }
  place ();
}

function show (frame)
{
  shown = frame;
  layOut ();
}

/* The field that is searched by, and the way back.  */
const xhtml = "http://www.w3.org/1999/xhtml";
const corner = document.createElementNS ("http://www.w3.org/2000/svg",
					 "foreignObject");
const field = document.createElementNS (xhtml, "input");
const back = document.createElementNS (xhtml, "button");
field.setAttribute ("type", "search");
field.setAttribute ("placeholder", "Search");
field.setAttribute ("aria-label", "Search for functions");
back.textContent = "Show all";
corner.setAttribute ("y", 12);
corner.setAttribute ("width", 280);
corner.setAttribute ("height", 30);
corner.append (back, field);
svg.append (corner);

function place ()
{
  corner.setAttribute ("x", Math.max (side, width - side - 280));
}

function search ()
{
  const words = field.value.toLowerCase ();
  let end = 0, found = 0;
  const hits = frames.filter (frame =>
    {
      const isFound = words !== "" && frame.depth > 0
	&& frame.name.toLowerCase ().includes (words);
      frame.group.classList.toggle ("found", isFound);
      return isFound;
    });
  /* What is above a frame that was found is not counted again.  */
  hits.sort ((a, b) => a.begin - b.begin || a.depth - b.depth);
  for (const frame of hits)
    if (frame.begin >= end)
      {
	found += frame.weight;
	end = frame.begin + frame.weight;
      }
  detail.textContent = words === "" ? resting
    : `${field.value}: ${hits.length} frames, `
      + `${(100 * found / whole).toFixed (1)} % of all`;
}

for (const frame of frames)
  {
    const tell = () => { detail.textContent = frame.title; };
    frame.group.addEventListener ("click", () => show (frame));
    frame.group.addEventListener ("mouseover", tell);
    frame.group.addEventListener ("focus", tell);
    frame.group.addEventListener ("mouseout", search);
    frame.group.addEventListener ("keydown", event =>
      {
	if (event.key === "Enter" || event.key === " ")
	  show (frame);
      });
  }
field.addEventListener ("input", search);
back.addEventListener ("click", () => show (frames.at (-1)));
window.addEventListener ("keydown", event =>
  {
    if (event.key === "Escape")
      show (frames.at (-1));
  });

function fit ()
{
  width = Math.max (600, window.innerWidth || 1200);
  layOut ();
}
window.addEventListener ("resize", fit);
fit ();
svg.dataset.frames = frames.length;
