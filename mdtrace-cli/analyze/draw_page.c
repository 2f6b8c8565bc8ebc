/* Pages that gnuplot draws: what they are made of.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "draw_gnuplot.h"
#include "draw_page.h"
#include "draw_sentences.h"

struct page_label
{
  double x, y;
  enum page_style style;
  enum page_align align;
  char *text;
};

static const struct
{
  const char *name;
  double points;
} fonts[PAGE_STYLES] = { { "DejaVu Sans Bold", 16 },
			 { "DejaVu Sans Bold", 11 },
			 { "DejaVu Sans", 10 },
			 { "DejaVu Sans", 9 } };
static const char *const colors[PAGE_STYLES]
    = { "#1a1a1a", "#1a1a1a", "#333333", "#5a5a5a" };
static const char *const aligns[PAGE_ALIGNS] = { "left", "right", "center" };

/* A size of POINTS, as the format of PAGE has it: SVG takes pixels, of which
   there are 96 in 72 points.  */
static double
font_size (const struct page *page, double points)
{
  return strcmp (page->format, "svg") == 0 ? points * 96 / 72 : points;
}

static bool
fail (struct page *page, const char *suffix, int error)
{
  snprintf (page->message, page->message_bytes, "%s.%s: %s", page->name,
	    suffix, strerror (error));
  return false;
}

/* Free what belongs to PAGE.  */
static void
give_up (struct page *page)
{
  if (page->data != NULL)
    fclose (page->data);
  if (page->script != NULL)
    fclose (page->script);
  page->data = page->script = NULL;
  free (page->data_text);
  free (page->body);
  for (size_t i = 0; i < page->label_count; i++)
    free (page->labels[i].text);
  free (page->labels);
}

bool
page_begin (struct page *page, const char *directory, const char *format,
	    const char *name, char *message, size_t bytes)
{
  *page = (struct page){ .name = name,
			 .directory = directory,
			 .format = format,
			 .message = message,
			 .message_bytes = bytes };
  page->data = open_memstream (&page->data_text, &page->data_bytes);
  page->script = open_memstream (&page->body, &page->body_bytes);
  if (page->data == NULL || page->script == NULL)
    {
      give_up (page);
      return fail (page, "gp", ENOMEM);
    }
  fputs ("# Made by mdtrace, and drawn by gnuplot; columns are separated by "
	 "tabs.\n",
	 page->data);
  return true;
}

void
page_label (struct page *page, double x, double y, enum page_style style,
	    enum page_align align, const char *text)
{
  struct page_label *labels
      = realloc (page->labels, (page->label_count + 1) * sizeof *labels);
  char *harmless = draw_escape (text);

  if (labels != NULL)
    page->labels = labels;
  if (labels == NULL || harmless == NULL)
    {
      page->has_failed = true;
      free (harmless);
      return;
    }
  labels[page->label_count++]
      = (struct page_label){ x, y, style, align, harmless };
}

double
page_title (struct page *page, const char *title, const json_t *document)
{
  const json_t *trace = json_object_get (document, "trace");
  const json_t *losses = json_object_get (document, "losses");
  bool has_lost = draw_member_integer (losses, "dropped") != 0
		  || draw_member_integer (losses, "throttled") != 0
		  || draw_member_integer (losses, "missed") != 0;
  char *line, *path = draw_elide (draw_member_text (trace, "path"), 60);
  double y = 34;

  page_label (page, PAGE_MARGIN, y, PAGE_TITLE, PAGE_LEFT, title);
  y += 28;
  char *sentence = draw_trace_sentence (document);
  if (asprintf (&line, "%s: %s%s%s", path != NULL ? path : "",
		sentence != NULL ? sentence : "",
		draw_has (trace, "first_ns") ? " From " : "",
		draw_has (trace, "first_ns")
		    ? draw_time (draw_member_integer (trace, "first_ns")).text
		    : "")
      < 0)
    line = NULL;
  free (sentence);
  page_label (page, PAGE_MARGIN, y, PAGE_TEXT, PAGE_LEFT,
	      line != NULL ? line : "");
  free (line);
  free (path);
  if (has_lost)
    {
      y += 20;
      if (asprintf (
	      &line,
	      "Not all was recorded: %s hits were dropped, %s "
	      "throttled, %s missed",
	      draw_count (draw_member_integer (losses, "dropped")).text,
	      draw_count (draw_member_integer (losses, "throttled")).text,
	      draw_count (draw_member_integer (losses, "missed")).text)
	  < 0)
	line = NULL;
      page_label (page, PAGE_MARGIN, y, PAGE_HEADING, PAGE_LEFT,
		  line != NULL ? line : "");
      free (line);
    }
  if (draw_has (trace, "damage"))
    {
      y += 20;
      if (asprintf (&line, "Damaged: %s; this is of what precedes",
		    draw_member_text (trace, "damage"))
	  < 0)
	line = NULL;
      page_label (page, PAGE_MARGIN, y, PAGE_HEADING, PAGE_LEFT,
		  line != NULL ? line : "");
      free (line);
    }
  return y + 20;
}

unsigned
page_block (struct page *page, const char *what)
{
  fprintf (page->data, "%s# %s\n", page->blocks > 0 ? "\n\n" : "", what);
  return page->blocks++;
}

void
page_panel (struct page *page, double left, double top, double right,
	    double bottom)
{
  /* Heights are known when the page is complete: the script divides.  */
  fprintf (page->script,
	   "\nset lmargin at screen %g/W\nset rmargin at screen %g/W\n"
	   "set tmargin at screen 1-%g/H\nset bmargin at screen 1-%g/H\n"
	   "unset label\nunset object\nunset arrow\nunset logscale\n"
	   "unset xtics\nunset ytics\nunset y2tics\nunset grid\n"
	   "unset colorbox\n"
	   "set border 3 lw 1 lc rgb '#999999'\nset style fill solid\n",
	   left, right, top, bottom);
}

/* TEXT as the last column of a line, in which gnuplot sees \\ as \, and takes
   away quotes that all of it stands between: not behind a thin space.  */
static void
put_text (const struct page *page, const char *text)
{
  if (*text == '"')
    fputs ("\u200a", page->data);
  for (; *text != '\0'; text++)
    {
      if (*text == '\\')
	fputc ('\\', page->data);
      fputc (*text, page->data);
    }
  fputc ('\n', page->data);
}

/* The labels, as panels of their own over the whole page: a block of data for
   each way to write them.  */
static void
put_labels (struct page *page)
{
  page_panel (page, 0, 0, PAGE_WIDTH, page->height);
  fputs ("unset border\nset xrange [0:W]\nset yrange [H:0]\n", page->script);
  for (int style = 0; style < PAGE_STYLES; style++)
    for (int align = 0; align < PAGE_ALIGNS; align++)
      {
	bool is_used = false;
	for (size_t i = 0; i < page->label_count; i++)
	  {
	    const struct page_label *label = &page->labels[i];
	    if ((int) label->style != style || (int) label->align != align)
	      continue;
	    if (!is_used)
	      fprintf (page->script,
		       "plot D index %u using 1:2:3 with labels %s noenhanced "
		       "font '%s,%g' tc rgb '%s'\n",
		       page_block (page, "labels: x, y, text"), aligns[align],
		       fonts[style].name,
		       font_size (page, fonts[style].points), colors[style]);
	    is_used = true;
	    fprintf (page->data, "%g\t%g\t", label->x, label->y);
	    put_text (page, label->text);
	  }
      }
}

/* The script, in front of what there is of it: what must know the height.  */
static char *
make_script (const struct page *page)
{
  bool is_svg = strcmp (page->format, "svg") == 0;
  char *script;

  if (asprintf (&script,
		"# Made by mdtrace. To draw it again, or otherwise:\n"
		"#   gnuplot %s.gp\n"
		"W = %d.0\nH = %.1f\nD = '%s.dat'\n"
		"set terminal %s size W,H font 'DejaVu Sans,%g' noenhanced "
		"background '#ffffff'%s\n"
		"set output '%s.%s'\n"
		"set encoding utf8\nset datafile separator tab\n"
		"set tics nomirror out scale 0.5 textcolor rgb '#5a5a5a'\n"
		"set key off\nset style data lines\nset multiplot\n%s"
		"unset multiplot\nunset output\n",
		page->name, PAGE_WIDTH, page->height, page->name,
		is_svg ? "svg" : "pngcairo",
		font_size (page, fonts[PAGE_TEXT].points),
		is_svg ? " standalone" : "", page->name, page->format,
		page->body)
      < 0)
    script = NULL;
  return script;
}

/* Write BYTES bytes at TEXT to the file of PAGE with SUFFIX.  */
static bool
put_file (struct page *page, const char *suffix, const char *text,
	  size_t bytes)
{
  char *path;

  if (asprintf (&path, "%s/%s.%s", page->directory, page->name, suffix) < 0)
    return fail (page, suffix, ENOMEM);
  FILE *file = fopen (path, "w");
  int error = errno;
  bool good = file != NULL;
  free (path);
  if (file != NULL && fwrite (text, 1, bytes, file) != bytes)
    {
      good = false;
      error = errno;
    }
  if (file != NULL && fclose (file) != 0 && good)
    {
      good = false;
      error = errno;
    }
  return good || fail (page, suffix, error);
}

bool
page_finish (struct page *page)
{
  put_labels (page);
  bool good = fclose (page->script) == 0;
  good = fclose (page->data) == 0 && good && !page->has_failed;
  page->script = page->data = NULL;
  char *script = good ? make_script (page) : NULL;
  if (script == NULL)
    good = fail (page, "gp", ENOMEM);
  else
    good = put_file (page, "dat", page->data_text, page->data_bytes)
	   && put_file (page, "gp", script, strlen (script))
	   && draw_gnuplot (page->directory, page->name, page->message,
			    page->message_bytes);
  free (script);
  give_up (page);
  return good;
}
