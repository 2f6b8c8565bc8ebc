/* mdtrace: how far it is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"

enum
{
  BAR_CHARACTERS = 40
};

void
progress_begin (struct progress *progress, const char *what)
{
  progress->what = what;
  progress->is_terminal = isatty (STDERR_FILENO);
  progress->is_shown = false;
  clock_gettime (CLOCK_MONOTONIC, &progress->began);
}

void
progress_show (void *closure, double share)
{
  struct progress *progress = closure;
  struct timespec now;
  char bar[BAR_CHARACTERS + 1];
  int done = (int) (share * BAR_CHARACTERS);

  if (!progress->is_terminal)
    return;
  clock_gettime (CLOCK_MONOTONIC, &now);
  double seconds = (double) (now.tv_sec - progress->began.tv_sec)
		   + (double) (now.tv_nsec - progress->began.tv_nsec) / 1e9;
  if (seconds < 1)
    return;
  for (int i = 0; i < BAR_CHARACTERS; i++)
    bar[i] = i < done ? '#' : '.';
  bar[BAR_CHARACTERS] = '\0';
  fprintf (stderr, "\r%s %s %3.0f%%", progress->what, bar, 100 * share);
  progress->is_shown = true;
}

void
progress_end (const struct progress *progress)
{
  if (progress->is_shown)
    fprintf (stderr, "\r%*s\r",
	     (int) strlen (progress->what) + BAR_CHARACTERS + 8, "");
}
