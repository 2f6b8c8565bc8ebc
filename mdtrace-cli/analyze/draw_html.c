/* The page of an analysis, as a whole.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What it looks like and does stands in report.html, report.css and
   report*.js, which are part of the program; the document goes into it once as
   tables, and once as JSON for the charts.  */

#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "draw_markup.h"
#include "draw_parts.h"
#include "draw_sentences.h"

/* DOCUMENT, in which nothing ends a script or begins a comment: JSON has
   another way to write '<'.  */
static bool
put_document (FILE *file, const json_t *document)
{
  char *text = json_dumps (document, JSON_COMPACT | JSON_ENSURE_ASCII);

  if (text == NULL)
    return false;
  for (const char *at = text; *at != '\0'; at++)
    if (*at == '<' || *at == '>' || *at == '&')
      fprintf (file, "\\u%04x", *at);
    else
      fputc (*at, file);
  free (text);
  return true;
}

static void
put_fact (const struct markup *markup, const char *what, const char *fact)
{
  if (fact[0] == '\0')
    return;
  fprintf (markup->file, "<dt>%s</dt><dd>", what);
  markup_text (markup->file, fact);
  fputs ("</dd>\n", markup->file);
}

static void
put_boots (const struct markup *markup, const json_t *trace)
{
  const json_t *boots = json_object_get (trace, "boots");
  static const char *const headings[] = { "#boot", "#booted at", "#events" };
  const json_t *boot;
  size_t i;

  if (json_array_size (boots) < 2)
    return;
  markup_table (markup, "Boots", headings, 3);
  json_array_foreach (boots, i, boot)
    {
      markup_row (markup);
      markup_count (markup, boot, "boot_id");
      markup_number (markup, draw_member_real (boot, "boot_time_ns"),
		     draw_second (draw_member_integer (boot, "boot_time_ns")));
      markup_count (markup, boot, "events");
      markup_row_end (markup);
    }
  markup_table_end (markup);
  markup_others (markup, trace, "other_boots");
}

static void
put_head (const struct markup *markup)
{
  const json_t *trace = json_object_get (markup->document, "trace");

  fputs ("<header>\n<h1>", markup->file);
  markup_text (markup->file, draw_member_text (trace, "path"));
  fputs ("</h1>\n", markup->file);
  char *sentence = draw_trace_sentence (markup->document);
  markup_say (markup, "%s", sentence != NULL ? sentence : "");
  free (sentence);
  fputs ("<dl class=\"facts\">\n", markup->file);
  if (draw_has (trace, "first_ns"))
    {
      put_fact (markup, "first event", draw_time (markup->first_ns).text);
      put_fact (markup, "last event",
		draw_time (draw_member_integer (trace, "last_ns")).text);
    }
  put_fact (markup, "only probes", draw_member_text (trace, "probe"));
  put_fact (markup, "kernel", draw_member_text (trace, "kernel"));
  put_fact (markup, "target", draw_member_text (trace, "target"));
  fputs ("</dl>\n", markup->file);
  put_boots (markup, trace);
  fputs ("</header>\n", markup->file);
}

static void
put_losses (const struct markup *markup)
{
  static const char *const headings[]
      = { "probe", "#dropped", "#throttled", "#missed" };
  const json_t *losses = json_object_get (markup->document, "losses");
  const json_t *trace = json_object_get (markup->document, "trace");
  const json_t *probes = json_object_get (losses, "probes"), *probe;
  size_t i;

  if (draw_has (trace, "damage"))
    {
      fputs ("<div class=\"lost\"><strong>The trace is damaged.</strong>\n",
	     markup->file);
      markup_say (markup, "%s. What precedes that is what this is of.",
		  draw_member_text (trace, "damage"));
      fputs ("</div>\n", markup->file);
    }
  char *sentence = draw_losses_sentence (markup->document);
  if (sentence == NULL)
    {
      markup_say (markup, "Nothing was lost: each hit was recorded, or "
			  "filtered out as its probe asks for.");
      return;
    }
  fputs ("<div class=\"lost\" id=\"losses\"><strong>Not all was "
	 "recorded.</strong>\n",
	 markup->file);
  markup_say (markup, "%s", sentence);
  free (sentence);
  if (json_array_size (probes) > 0)
    {
      markup_table (markup, NULL, headings, 4);
      json_array_foreach (probes, i, probe)
	{
	  markup_row (markup);
	  markup_name (markup, draw_member_text (probe, "name"));
	  markup_count (markup, probe, "dropped");
	  markup_count (markup, probe, "throttled");
	  markup_count (markup, probe, "missed");
	  markup_row_end (markup);
	}
      markup_table_end (markup);
      markup_others (markup, losses, "other_probes");
    }
  fputs ("</div>\n", markup->file);
}

static void
put_navigation (const struct markup *markup)
{
  static const char *const sections[][2]
      = { { NULL, "Timeline" },
	  { NULL, "Heat maps" },
	  { NULL, "Where time goes" },
	  { "anomalies", "Anomalies" },
	  { "series", "Counters" },
	  { "correlations", "Correlations" },
	  { "predictions", "Predictions" },
	  { NULL, "Probes" } };

  fputs ("<nav>", markup->file);
  for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
    if (sections[i][0] == NULL
	|| json_object_get (markup->document, sections[i][0]) != NULL)
      {
	fputs ("<a href=\"#", markup->file);
	for (const char *at = sections[i][1]; *at != '\0'; at++)
	  fputc (*at == ' ' ? '-' : *at, markup->file);
	fprintf (markup->file, "\">%s</a>\n", sections[i][1]);
      }
  fputs ("</nav>\n"
	 "<noscript><p>Charts need JavaScript; all numbers are in the tables "
	 "and sentences.</p></noscript>\n"
	 "<div class=\"zoom\" hidden>\n"
	 "<button type=\"button\" data-action=\"in\">Zoom in</button>\n"
	 "<button type=\"button\" data-action=\"out\">Zoom out</button>\n"
	 "<button type=\"button\" data-action=\"left\">Earlier</button>\n"
	 "<button type=\"button\" data-action=\"right\">Later</button>\n"
	 "<button type=\"button\" data-action=\"all\">All</button>\n"
	 "<span class=\"soft\" id=\"shown\"></span>\n"
	 "<span class=\"soft\">Drag over a chart to zoom in, with Shift to "
	 "move; Ctrl and wheel, and + - 0 and arrow keys do it too.</span>\n"
	 "</div>\n",
	 markup->file);
}

static void
put_body (const struct markup *markup)
{
  put_head (markup);
  put_losses (markup);
  put_navigation (markup);
  fputs ("<main>\n", markup->file);
  markup_events (markup);
  markup_findings (markup);
  fputs ("</main>\n<footer>Made by mdtrace " PACKAGE_VERSION
	 ". Times are of this zone: ",
	 markup->file);
  struct draw_words time = draw_second (markup->first_ns);
  markup_text (markup->file, strrchr (time.text, ' ') + 1);
  fputs (".</footer>", markup->file);
}

bool
draw_html (const json_t *document, FILE *file)
{
  const json_t *trace = json_object_get (document, "trace");
  struct markup markup = { file, document, draw_beginning (document) };
  const char *at = draw_report_html;

  for (;;)
    {
      const char *place = strchr (at, '@');
      if (place == NULL)
	break;
      fwrite (at, 1, place - at, file);
      size_t length = strcspn (place + 1, "@");
      if (strncmp (place, "@title@", 7) == 0)
	{
	  fputs ("mdtrace: ", file);
	  markup_text (file, draw_member_text (trace, "path"));
	}
      else if (strncmp (place, "@style@", 7) == 0)
	fputs (draw_report_css, file);
      else if (strncmp (place, "@script@", 8) == 0)
	{
	  fputs (draw_report_js, file);
	  fputs (draw_report_charts_js, file);
	}
      else if (strncmp (place, "@body@", 6) == 0)
	put_body (&markup);
      else if (!put_document (file, document))
	{
	  errno = ENOMEM;
	  return false;
	}
      at = place + length + 2;
    }
  fputs (at, file);
  return fflush (file) == 0 && !ferror (file);
}
