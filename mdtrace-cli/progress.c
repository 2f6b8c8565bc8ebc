/* mdtrace: how far it is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
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
  progress->shown = 0;
  clock_gettime (CLOCK_MONOTONIC, &progress->began);
}

void
progress_phase (struct progress *progress, const char *what)
{
  progress->what = what;
  progress_show (progress, 0);
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
  int before = progress->shown;
  int shown
      = snprintf (NULL, 0, "%s %s %3.0f%%", progress->what, bar, 100 * share);
  /* What a longer one has left is covered.  */
  fprintf (stderr, "\r%s %s %3.0f%%%*s", progress->what, bar, 100 * share,
	   shown < before ? before - shown : 0, "");
  progress->shown = shown > before ? shown : before;
}

void
progress_end (struct progress *progress)
{
  if (progress->shown > 0)
    fprintf (stderr, "\r%*s\r", progress->shown, "");
  progress->shown = 0;
}
