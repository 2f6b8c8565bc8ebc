/* The text report: what its parts share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef DRAW_REPORT_H
#define DRAW_REPORT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "draw_words.h"
#include "table.h"

struct report
{
  FILE *file;
  const json_t *document;
  int64_t first_ns; /* what times are told from */
};

/* HEADING, underlined.  */
void report_heading (const struct report *report, const char *heading);

/* A paragraph by printf's rules, made harmless, broken at spaces, its lines
   behind INDENT spaces.  */
void report_say (const struct report *report, unsigned indent,
		 const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* SENTENCE, behind BEFORE, in the same way; it is freed, and nothing is
   printed of one that is null.  */
void report_sentence (const struct report *report, unsigned indent,
		      const char *before, char *sentence);

/* Say how many others OBJECT has by KEY, which no list has, if any.  */
void report_others (const struct report *report, const json_t *object,
		    const char *key);

/* If there are more than SHOWN of COUNT, say so.  */
void report_rest (const struct report *report, size_t count, size_t shown);

/* NAME as a cell of TABLE, on a line of its own above the row if it has more
   than WIDTH characters.  */
void report_name (struct table *table, const char *name, size_t width);

/* TABLE, and an empty line.  */
void report_table (const struct report *report, struct table *table);

/* What happened when, and where time went.  */
void report_events (const struct report *report);

/* The parts that statistics of the whole history make.  */
void report_findings (const struct report *report);

#endif /* DRAW_REPORT_H */
