/* mdtrace: how far it is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A bar on standard error, if that is a terminal, of what takes longer than a
   second: of one phase after the other.  */

#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <time.h>

struct progress
{
  const char *what; /* "exporting" */
  struct timespec began;
  bool is_terminal;
  int shown; /* characters of what is on the terminal */
};

/* Begin with WHAT, which stays where it is.  */
void progress_begin (struct progress *progress, const char *what);

/* Go on to WHAT.  */
void progress_phase (struct progress *progress, const char *what);

/* A share of it, from 0 to 1, is done; CLOSURE is a struct progress.  */
void progress_show (void *closure, double share);

/* Take the bar away, if there is one: what is printed next begins a line.  */
void progress_end (struct progress *progress);

#endif /* PROGRESS_H */
