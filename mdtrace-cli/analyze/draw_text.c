/* The text report.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   No line is longer than 80 columns but those of names that have no space to
   be broken at, and rows that tell where time goes, which may have 100.  No
   name is cut: what its column has no room for stands above the row.  What was
   lost is said before anything is told of the rest.  */

#include <config.h>

#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "draw_report.h"
#include "draw_sentences.h"

enum
{
  COLUMNS = 79,
  NAME_WIDTH = 36
};

void
report_heading (const struct report *report, const char *heading)
{
  fprintf (report->file, "\n%s\n", heading);
  for (size_t i = 0; i < strlen (heading); i++)
    fputc ('-', report->file);
  fputc ('\n', report->file);
}

/* TEXT without what it must not have, broken into lines.  */
static void
put_lines (FILE *file, unsigned indent, const char *text)
{
  size_t column = 0;

  while (*text != '\0')
    {
      size_t bytes = strcspn (text, " ");
      char *word = strndup (text, bytes);
      size_t width = word != NULL ? draw_width (word) : bytes;
      if (column > 0 && column + 1 + width > COLUMNS)
	{
	  fputc ('\n', file);
	  column = 0;
	}
      if (column == 0)
	column = fprintf (file, "%*s", (int) indent, "");
      else
	{
	  fputc (' ', file);
	  column++;
	}
      fwrite (text, 1, bytes, file);
      column += width;
      text += bytes;
      text += strspn (text, " ");
      free (word);
    }
  fputc ('\n', file);
}

void
report_say (const struct report *report, unsigned indent, const char *format,
	    ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  if (vasprintf (&text, format, arguments) < 0)
    text = NULL;
  va_end (arguments);
  char *harmless = text != NULL ? draw_escape (text) : NULL;
  if (harmless != NULL)
    put_lines (report->file, indent, harmless);
  free (harmless);
  free (text);
}

void
report_sentence (const struct report *report, unsigned indent,
		 const char *before, char *sentence)
{
  if (sentence != NULL)
    report_say (report, indent, "%s%s", before, sentence);
  free (sentence);
}

void
report_rest (const struct report *report, size_t count, size_t shown)
{
  if (count > shown)
    report_say (report, 2, "... and %s more; --json has all of them",
		draw_count ((int64_t) (count - shown)).text);
}

void
report_others (const struct report *report, const json_t *object,
	       const char *key)
{
  int64_t others = draw_member_integer (object, key);

  if (others > 0)
    report_say (report, 2, "... and %s more; 'mdtrace query' has all of them",
		draw_count (others).text);
}

void
report_name (struct table *table, const char *name, size_t width)
{
  char *text = draw_escape (name);
  const char *harmless = text != NULL ? text : "";

  table_add_name (table, harmless, draw_width (harmless), width);
  free (text);
}

void
report_table (const struct report *report, struct table *table)
{
  table_print_to (table, report->file);
  fputc ('\n', report->file);
}

/* What is known of the trace, if it is.  */
static void
put_fact (const struct report *report, const char *what, const char *fact)
{
  char *harmless = draw_escape (fact);

  if (harmless != NULL && harmless[0] != '\0')
    fprintf (report->file, "  %-6s  %s\n", what, harmless);
  free (harmless);
}

static void
put_head (const struct report *report)
{
  const json_t *trace = json_object_get (report->document, "trace");
  const json_t *boot;
  size_t i;

  char *path = draw_escape (draw_member_text (trace, "path"));
  fprintf (report->file, "Analysis of %s\n", path != NULL ? path : "");
  for (size_t width = draw_width (path != NULL ? path : "") + 12; width > 0;
       width--)
    fputc ('=', report->file);
  fputc ('\n', report->file);
  free (path);
  if (draw_has (trace, "damage"))
    report_say (report, 0,
		"DAMAGED: %s. What precedes that is what this report is of.",
		draw_member_text (trace, "damage"));
  report_sentence (report, 0, "", draw_trace_sentence (report->document));
  if (draw_has (trace, "first_ns"))
    {
      int64_t last_ns = draw_member_integer (trace, "last_ns");
      put_fact (report, "first", draw_time (report->first_ns).text);
      put_fact (report, "last", draw_time (last_ns).text);
    }
  put_fact (report, "probes", draw_member_text (trace, "probe"));
  put_fact (report, "kernel", draw_member_text (trace, "kernel"));
  put_fact (report, "target", draw_member_text (trace, "target"));
  const json_t *boots = json_object_get (trace, "boots");
  if (json_array_size (boots) < 2)
    return;
  struct table *table = table_new ();
  table_add_column (table, "BOOT", true);
  table_add_column (table, "BOOTED AT", false);
  table_add_column (table, "EVENTS", true);
  fputc ('\n', report->file);
  json_array_foreach (boots, i, boot)
    {
      int64_t time_ns = draw_member_integer (boot, "boot_time_ns");
      table_add_cell (table,
		      draw_count (draw_member_integer (boot, "boot_id")).text);
      table_add_cell (table, draw_second (time_ns).text);
      table_add_cell (table,
		      draw_count (draw_member_integer (boot, "events")).text);
    }
  table_print_to (table, report->file);
  report_others (report, trace, "other_boots");
}

static void
put_losses (const struct report *report)
{
  const json_t *losses = json_object_get (report->document, "losses");
  const json_t *probes = json_object_get (losses, "probes"), *probe;
  size_t i;

  report_heading (report, "Losses");
  char *sentence = draw_losses_sentence (report->document);
  if (sentence == NULL)
    {
      report_say (report, 0,
		  "None: each hit was recorded, or filtered out as "
		  "its probe asks for.");
      return;
    }
  report_sentence (report, 0, "NOT ALL WAS RECORDED: ", sentence);
  if (json_array_size (probes) == 0)
    return;
  struct table *table = table_new ();
  table_add_column (table, "PROBE", false);
  table_add_column (table, "DROPPED", true);
  table_add_column (table, "THROTTLED", true);
  table_add_column (table, "MISSED", true);
  fputc ('\n', report->file);
  json_array_foreach (probes, i, probe)
    {
      static const char *const keys[] = { "dropped", "throttled", "missed" };
      report_name (table, draw_member_text (probe, "name"), NAME_WIDTH);
      for (int key = 0; key < 3; key++)
	table_add_cell (
	    table, draw_count (draw_member_integer (probe, keys[key])).text);
    }
  table_print_to (table, report->file);
  report_others (report, losses, "other_probes");
}

static void
put_probes (const struct report *report)
{
  const json_t *probes = json_object_get (report->document, "probes"), *probe;
  size_t i;

  report_heading (report, "Probes");
  if (json_array_size (probes) == 0)
    {
      report_say (report, 0, "None in this trace.");
      return;
    }
  struct table *table = table_new ();
  table_add_column (table, "ID", true);
  table_add_column (table, "PROBE", false);
  table_add_column (table, "EVENTS", true);
  table_add_column (table, "PER SECOND", true);
  table_add_column (table, "SHARE", true);
  json_array_foreach (probes, i, probe)
    {
      const char *label = draw_member_text (probe, "label");
      char *name = NULL;
      if (label[0] != '\0'
	  && asprintf (&name, "%s (%s)", draw_member_text (probe, "name"),
		       label)
		 < 0)
	name = NULL;
      table_add_cell (
	  table, draw_count (draw_member_integer (probe, "probe_id")).text);
      report_name (table,
		   name != NULL ? name : draw_member_text (probe, "name"),
		   NAME_WIDTH);
      table_add_cell (table,
		      draw_count (draw_member_integer (probe, "events")).text);
      table_add_cell (
	  table, draw_number (draw_member_real (probe, "per_second")).text);
      table_add_cell (table,
		      draw_percent (draw_member_real (probe, "share")).text);
      free (name);
    }
  table_print_to (table, report->file);
  report_others (report, report->document, "other_probes");
}

void
draw_text (const json_t *document, FILE *file)
{
  struct report report = { file, document, draw_beginning (document) };
  /* Tables show names that are not ASCII as they are, whatever the locale:
     the report is a file too, and is UTF-8.  */
  locale_t utf8 = newlocale (LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
  locale_t before = utf8 != (locale_t) 0 ? uselocale (utf8) : (locale_t) 0;

  put_head (&report);
  put_losses (&report);
  put_probes (&report);
  report_events (&report);
  report_findings (&report);
  if (utf8 != (locale_t) 0)
    {
      uselocale (before);
      freelocale (utf8);
    }
}
