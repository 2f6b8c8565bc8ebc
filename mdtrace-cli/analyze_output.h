/* mdtrace analyze: reports and pictures, as files.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef ANALYZE_OUTPUT_H
#define ANALYZE_OUTPUT_H

#include "cli.h"
#include "progress.h"

/* Write the report on DOCUMENT to PATH, as HTML if it is called so.  Returns
   the exit status.  PROGRESS is told of it, and ends before anything is
   printed, here and below.  */
int analyze_write_report (const struct cli_options *options,
			  const json_t *document, const char *path,
			  struct progress *progress);

/* Write all there is of DOCUMENT into DIRECTORY, which is made if it is not
   there, with pictures in FORMAT, "png" or "svg", and say what was written.
   Nothing that is there is replaced before all is drawn.  Returns the exit
   status.  */
int analyze_visualize (const struct cli_options *options,
		       const json_t *document, const char *directory,
		       const char *format, struct progress *progress);

#endif /* ANALYZE_OUTPUT_H */
