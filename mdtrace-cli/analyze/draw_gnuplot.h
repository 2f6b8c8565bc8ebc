/* gnuplot, to be run.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef DRAW_GNUPLOT_H
#define DRAW_GNUPLOT_H

#include <stdbool.h>
#include <stddef.h>

/* Let gnuplot carry out the script NAME.gp in DIRECTORY.  False if that fails;
   MESSAGE, of BYTES bytes, tells why.  */
bool draw_gnuplot (const char *directory, const char *name, char *message,
		   size_t bytes);

#endif /* DRAW_GNUPLOT_H */
