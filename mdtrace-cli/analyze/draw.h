/* Drawing: what people see of an analysis.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All of it is made of the document that mdtrace-analyze(1) describes, and of
   nothing else; what the document lacks is left out.  Names in it may come
   from anywhere: they are shown, and never become anything else.  */

#ifndef DRAW_H
#define DRAW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A report for people, in text of 80 columns, 100 in some tables.  Whether it
   could be written FILE tells.  */
void draw_text (const json_t *document, FILE *file);

/* Draw dtrace_timeline, dtrace_heatmap and dtrace_performance by gnuplot into
   DIRECTORY, which is there, in FORMAT: "png" or "svg".  What they are drawn
   from, *.dat and *.gp, remains beside them.  Whenever one is there PROGRESS
   is called, unless it is null, with what share of them is.  False if that
   fails: then MESSAGE, of BYTES bytes, tells what has.  */
bool draw_plots (const json_t *document, const char *directory,
		 const char *format,
		 void (*progress) (void *closure, double share), void *closure,
		 char *message, size_t bytes);

/* All of it as one page of HTML that needs nothing else.  False if there is no
   memory, or FILE could not be written; errno tells.  */
bool draw_html (const json_t *document, FILE *file);

#endif /* DRAW_H */
