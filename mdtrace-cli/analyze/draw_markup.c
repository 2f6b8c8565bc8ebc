/* The page of an analysis: what its parts share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "draw_markup.h"

void
markup_text (FILE *file, const char *text)
{
  char *harmless = draw_escape (text);

  for (const char *at = harmless; at != NULL && *at != '\0'; at++)
    switch (*at)
      {
      case '&':
	fputs ("&amp;", file);
	break;
      case '<':
	fputs ("&lt;", file);
	break;
      case '>':
	fputs ("&gt;", file);
	break;
      case '"':
	fputs ("&quot;", file);
	break;
      case '\'':
	fputs ("&#39;", file);
	break;
      default:
	fputc (*at, file);
      }
  free (harmless);
}

void
markup_say (const struct markup *markup, const char *format, ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  if (vasprintf (&text, format, arguments) < 0)
    text = NULL;
  va_end (arguments);
  fputs ("<p>", markup->file);
  markup_text (markup->file, text != NULL ? text : "");
  fputs ("</p>\n", markup->file);
  free (text);
}

void
markup_table (const struct markup *markup, const char *caption,
	      const char *const *headings, size_t count)
{
  fputs ("<div class=\"table\"><table>\n", markup->file);
  if (caption != NULL)
    fprintf (markup->file, "<caption>%s</caption>\n", caption);
  fputs ("<thead><tr>", markup->file);
  for (size_t i = 0; i < count; i++)
    {
      bool is_number = headings[i][0] == '#';
      fprintf (markup->file, "<th scope=\"col\"%s>%s</th>",
	       is_number ? " class=\"number\"" : "", headings[i] + is_number);
    }
  fputs ("</tr></thead>\n<tbody>\n", markup->file);
}

void
markup_table_end (const struct markup *markup)
{
  fputs ("</tbody></table></div>\n", markup->file);
}

void
markup_row (const struct markup *markup)
{
  fputs ("<tr>", markup->file);
}

void
markup_row_end (const struct markup *markup)
{
  fputs ("</tr>\n", markup->file);
}

void
markup_name (const struct markup *markup, const char *name)
{
  fputs ("<td class=\"name\">", markup->file);
  markup_text (markup->file, name);
  fputs ("</td>", markup->file);
}

void
markup_number (const struct markup *markup, double value,
	       struct draw_words words)
{
  fputs ("<td class=\"number\" data-value=\"", markup->file);
  if (!isnan (value))
    fprintf (markup->file, "%.17g", value);
  fputs ("\">", markup->file);
  markup_text (markup->file, isnan (value) ? "-" : words.text);
  fputs ("</td>", markup->file);
}

void
markup_share (const struct markup *markup, double share)
{
  double percent = isnan (share) ? 0 : fmin (fmax (100 * share, 0), 100);

  fprintf (markup->file, "<td class=\"number share\" data-value=\"%.17g\">",
	   isnan (share) ? 0 : share);
  markup_text (markup->file, draw_percent (share).text);
  fprintf (markup->file, "<i style=\"width:%.1f%%\"></i></td>\n", percent);
}

void
markup_count (const struct markup *markup, const json_t *object,
	      const char *key)
{
  markup_number (markup, draw_member_real (object, key),
		 draw_count (draw_member_integer (object, key)));
}

void
markup_duration (const struct markup *markup, const json_t *object,
		 const char *key)
{
  markup_number (markup, draw_member_real (object, key),
		 draw_duration (draw_member_integer (object, key)));
}

void
markup_when (const struct markup *markup, int64_t begin_ns, int64_t end_ns)
{
  fprintf (markup->file, "<p class=\"soft\">%s",
	   draw_since (begin_ns, markup->first_ns).text);
  if (end_ns > begin_ns)
    fprintf (markup->file, ", for %s",
	     draw_duration (draw_distance (begin_ns, end_ns)).text);
  fprintf (markup->file, " (%s)</p>\n", draw_time (begin_ns).text);
}

void
markup_others (const struct markup *markup, const json_t *object,
	       const char *key)
{
  int64_t others = draw_member_integer (object, key);

  if (others > 0)
    markup_say (markup, "... and %s more; 'mdtrace query' has all of them.",
		draw_count (others).text);
}

void
markup_sql (const struct markup *markup, const char *sql)
{
  if (sql[0] == '\0')
    return;
  fputs ("<details><summary>SQL</summary><code>", markup->file);
  markup_text (markup->file, sql);
  fputs ("</code></details>\n", markup->file);
}
