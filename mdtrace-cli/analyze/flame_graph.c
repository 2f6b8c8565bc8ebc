/* Flame graphs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A frame is as wide as the weight of all stacks that it is in at that place,
   and stands upon the one that has called it.  Stacks come in the order of
   their texts, so that those which begin alike lie side by side.  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw_markup.h"
#include "draw_parts.h"
#include "flame_graph.h"

enum
{
  WIDTH = 1200,
  SIDE = 10,
  ROW = 18,
  HEAD = 78,
  FOOT = 40,
  LETTER = 7, /* pixels, about */
  DEPTH_MAX = 256,
  HUES = 12
};

/* What is narrower than that is left out.  */
static const double least_width = 0.1;

/* A frame that stacks go through which are still to come.  */
struct frame
{
  const char *name; /* in a text */
  size_t bytes;
  uint64_t begin;
};

struct graph
{
  FILE *file;
  const struct folded *folded;
  enum folded_by by;
  struct frame frames[DEPTH_MAX];
  unsigned depth, depth_max;
  uint64_t at;	    /* the weight of the stacks so far */
  unsigned omitted; /* frames that were too narrow */
};

static double
pixels (const struct graph *graph, uint64_t weight)
{
  return (double) weight / (double) graph->folded->weight * (WIDTH - 2 * SIDE);
}

static struct draw_words
weight_words (const struct graph *graph, uint64_t weight)
{
  int64_t number = weight < INT64_MAX ? (int64_t) weight : INT64_MAX;
  struct draw_words words, count = draw_count (number);

  if (graph->by == FOLDED_BY_DURATION)
    return draw_duration (number);
  snprintf (words.text, sizeof words.text, "%.40s event%s", count.text,
	    number == 1 ? "" : "s");
  return words;
}

/* Functions whose names begin alike, up to the first '_', look alike.  */
static unsigned
hue (const struct frame *frame)
{
  unsigned hash = 5381;

  for (size_t i = 0; i < frame->bytes && frame->name[i] != '_'; i++)
    hash = hash * 33 ^ (unsigned char) frame->name[i];
  return (uint64_t) (hash * 2654435769u) * HUES >> 32;
}

/* The frame at DEPTH, that ends here, if it is to be seen.  The title is what
   a browser shows of it without a script, and the class its colour.  */
static void
put_frame (struct graph *graph, unsigned depth)
{
  const struct frame *frame = &graph->frames[depth];
  uint64_t weight = graph->at - frame->begin;
  double width = pixels (graph, weight);
  double x = SIDE + pixels (graph, frame->begin);
  unsigned y = (graph->depth_max - 1 - depth) * ROW + HEAD;
  char *name = strndup (frame->name, frame->bytes);
  size_t letters = width > 6 ? (size_t) ((width - 6) / LETTER) : 0;

  if (width < least_width || name == NULL)
    {
      graph->omitted++;
      free (name);
      return;
    }
  fprintf (graph->file,
	   "<g class=\"f\" tabindex=\"0\" data-d=\"%u\" data-b=\"%" PRIu64
	   "\" data-w=\"%" PRIu64 "\"><title>",
	   depth, frame->begin, weight);
  markup_text (graph->file, name);
  fprintf (graph->file, " (%s, ", weight_words (graph, weight).text);
  markup_text (
      graph->file,
      draw_percent ((double) weight / (double) graph->folded->weight).text);
  fputs (")</title>", graph->file);
  if (depth == 0)
    fputs ("<rect class=\"all\"", graph->file);
  else if (depth == 1)
    fputs ("<rect class=\"task\"", graph->file);
  else
    fprintf (graph->file, "<rect class=\"h%u\"", hue (frame));
  fprintf (graph->file,
	   " x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\"/>"
	   "<text x=\"%.2f\" y=\"%u\">",
	   x, y, width, ROW - 1, x + 3, y + 13);
  char *text
      = letters >= 3 ? draw_elide (name, letters < 5 ? 5 : letters) : NULL;
  if (text != NULL && draw_width (text) <= letters)
    markup_text (graph->file, text);
  fputs ("</text></g>\n", graph->file);
  free (text);
  free (name);
}

/* End all frames from DEPTH on.  */
static void
end_frames (struct graph *graph, unsigned depth)
{
  while (graph->depth > depth)
    put_frame (graph, --graph->depth);
}

/* All frames; each is drawn when it ends.  */
static void
put_frames (struct graph *graph)
{
  graph->frames[0] = (struct frame){ "all", 3, 0 };
  graph->depth = 1;
  for (size_t i = 0; i < graph->folded->count; i++)
    {
      const struct folded_stack *stack = &graph->folded->stacks[i];
      unsigned depth = 1;
      bool is_same = true;
      for (const char *at = stack->text; depth < DEPTH_MAX; depth++)
	{
	  size_t bytes = strcspn (at, ";");
	  struct frame *frame = &graph->frames[depth];
	  is_same = is_same && depth < graph->depth && frame->bytes == bytes
		    && memcmp (frame->name, at, bytes) == 0;
	  if (!is_same)
	    {
	      end_frames (graph, depth);
	      *frame = (struct frame){ at, bytes, graph->at };
	      graph->depth = depth + 1;
	    }
	  at += bytes;
	  if (*at == '\0')
	    {
	      depth++;
	      break;
	    }
	  at++;
	}
      end_frames (graph, depth);
      graph->at += stack->weight;
    }
  end_frames (graph, 0);
}

/* How deep the deepest stack is, with what all of them stand on.  */
static unsigned
find_depth (const struct folded *folded)
{
  unsigned deepest = 1;

  for (size_t i = 0; i < folded->count; i++)
    {
      unsigned depth = 2;
      for (const char *at = folded->stacks[i].text; *at != '\0'; at++)
	depth += *at == ';';
      deepest = depth > deepest ? depth : deepest;
    }
  return deepest < DEPTH_MAX ? deepest : DEPTH_MAX;
}

static void
put_head (const struct graph *graph, const char *title, unsigned height)
{
  const struct folded *folded = graph->folded;

  fprintf (graph->file,
	   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	   "height=\"%u\" viewBox=\"0 0 %d %u\" data-all=\"%" PRIu64
	   "\" data-by=\"%s\">\n<title>",
	   WIDTH, height, WIDTH, height, folded->weight,
	   graph->by == FOLDED_BY_COUNT ? "count" : "duration");
  markup_text (graph->file, title);
  fprintf (graph->file,
	   "</title>\n<style>\n%s</style>\n"
	   "<rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>\n"
	   "<text class=\"head\" x=\"%d\" y=\"28\">",
	   draw_flame_css, SIDE);
  markup_text (graph->file, title);
  fprintf (graph->file, "</text>\n<text class=\"soft\" x=\"%d\" y=\"50\">",
	   SIDE);
  fprintf (graph->file, "%s with %s kernel stack%s",
	   weight_words (graph, folded->weight).text,
	   draw_count ((int64_t) folded->count).text,
	   folded->count == 1 ? "" : "s");
  fputs (graph->by == FOLDED_BY_COUNT
	     ? "; a frame is as wide as the events that came through it"
	     : "; a frame is as wide as the time that was spent in it",
	 graph->file);
  fputs ("</text>\n", graph->file);
  if (folded->lost > 0)
    fprintf (graph->file,
	     "<text class=\"lost\" x=\"%d\" y=\"68\">Not all was recorded: %s "
	     "hits of these probes were lost</text>\n",
	     SIDE, draw_count (folded->lost).text);
}

bool
flame_graph (const struct folded *folded, enum folded_by by, const char *title,
	     FILE *file)
{
  struct graph *graph = malloc (sizeof *graph);

  if (graph == NULL)
    return false;
  *graph = (struct graph){
    .file = file, .folded = folded, .by = by, .depth_max = find_depth (folded)
  };
  unsigned height = HEAD + graph->depth_max * ROW + FOOT;
  put_head (graph, title, height);
  fputs ("<g id=\"frames\">\n", file);
  put_frames (graph);
  fputs ("</g>\n", file);
  fprintf (file, "<text id=\"detail\" class=\"soft\" x=\"%d\" y=\"%u\">", SIDE,
	   height - 14);
  if (graph->omitted > 0)
    fprintf (file, "%s frames narrower than a tenth of a pixel are left out",
	     draw_count (graph->omitted).text);
  fprintf (file, "</text>\n<script><![CDATA[\n%s]]></script>\n</svg>\n",
	   draw_flame_js);
  free (graph);
  return fflush (file) == 0 && !ferror (file);
}
