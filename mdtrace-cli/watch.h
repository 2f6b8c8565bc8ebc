/* mdtrace: verbs that print again and again, until interrupted.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef WATCH_H
#define WATCH_H

#include <argp.h>
#include <stdbool.h>

enum
{
  WATCH_INTERVAL_MS = 1000 /* unless told otherwise */
};

/* The milliseconds of ARGUMENT, a number of seconds with up to three decimals,
   or a usage error about WHAT.  */
unsigned long watch_parse_interval (const struct argp_state *state,
				    const char *argument, const char *what);

/* From now on SIGINT and SIGTERM end no more than a wait.  */
void watch_start (void);

/* Whether one of them has come.  */
bool watch_is_over (void);

/* Until INTERVAL_MS have passed, or one of them comes.  */
void watch_wait (unsigned long interval_ms);

#endif /* WATCH_H */
