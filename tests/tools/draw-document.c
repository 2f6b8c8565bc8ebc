/* draw-document text|html|png|svg FILE [DIRECTORY]: draw the analysis document
   in FILE, text and HTML to standard output, plots into DIRECTORY.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   So that tests can draw what no trace of theirs has.  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "draw.h"

int
main (int argc, char **argv)
{
  char message[512];
  json_error_t error;

  if (argc < 3)
    return 2;
  json_t *document = json_load_file (argv[2], 0, &error);
  if (document == NULL)
    {
      fprintf (stderr, "draw-document: %s:%d: %s\n", argv[2], error.line,
	       error.text);
      return 2;
    }
  bool good = true;
  if (strcmp (argv[1], "text") == 0)
    draw_text (document, stdout);
  else if (strcmp (argv[1], "html") == 0)
    good = draw_html (document, stdout);
  else
    {
      good = draw_plots (document, argc > 3 ? argv[3] : ".", argv[1], NULL,
			 NULL, message, sizeof message);
      if (!good)
	fprintf (stderr, "draw-document: %s\n", message);
    }
  json_decref (document);
  return good && fflush (stdout) == 0 && !ferror (stdout) ? 0 : 1;
}
