/* The page of an analysis: what its parts share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All text that is not ours goes through markup_text.  */

#ifndef DRAW_MARKUP_H
#define DRAW_MARKUP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "draw_words.h"

struct markup
{
  FILE *file;
  const json_t *document;
  int64_t first_ns; /* what times are told from */
};

/* TEXT, harmless and without meaning for HTML and XML.  */
void markup_text (FILE *file, const char *text);

/* A paragraph by printf's rules.  */
void markup_say (const struct markup *markup, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* Say how many others OBJECT has by KEY, which the table has not, if any.  */
void markup_others (const struct markup *markup, const json_t *object,
		    const char *key);

/* Begin and end a table; a heading that begins with '#' is of numbers.  */
void markup_table (const struct markup *markup, const char *caption,
		   const char *const *headings, size_t count);
void markup_table_end (const struct markup *markup);

/* Begin a row, and end it; between them its cells.  */
void markup_row (const struct markup *markup);
void markup_row_end (const struct markup *markup);
void markup_name (const struct markup *markup, const char *name);

/* A number, as WORDS say it; VALUE is what it is sorted by, NAN: not known. */
void markup_number (const struct markup *markup, double value,
		    struct draw_words words);

/* A share of one, with a bar.  */
void markup_share (const struct markup *markup, double share);

/* The member KEY of OBJECT: as a count, and as a duration.  */
void markup_count (const struct markup *markup, const json_t *object,
		   const char *key);
void markup_duration (const struct markup *markup, const json_t *object,
		      const char *key);

/* A paragraph: "+1.234567 s, for 2.00 s, date and time".  */
void markup_when (const struct markup *markup, int64_t begin_ns,
		  int64_t end_ns);

/* SQL that can be opened.  */
void markup_sql (const struct markup *markup, const char *sql);

/* The parts of the page: what happened, and what was found.  */
void markup_events (const struct markup *markup);
void markup_findings (const struct markup *markup);

#endif /* DRAW_MARKUP_H */
