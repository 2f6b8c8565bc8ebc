/* mdtrace: verbs that print again and again, until interrupted.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "watch.h"

enum
{
  INTERVAL_MAX_S = 86400
};

static volatile sig_atomic_t interrupted;

static void
interrupt (int signal)
{
  (void) signal;
  interrupted = 1;
}

unsigned long
watch_parse_interval (const struct argp_state *state, const char *argument,
		      const char *what)
{
  char *end;
  double seconds = strtod (argument, &end);

  if (end == argument || *end != '\0' || !(seconds >= 0.001)
      || seconds > INTERVAL_MAX_S)
    argp_error (state,
		"%s must be a number of seconds from 0.001 to %d, not '%s'",
		what, INTERVAL_MAX_S, argument);
  return (unsigned long) (seconds * 1000 + 0.5);
}

void
watch_start (void)
{
  struct sigaction action = { .sa_handler = interrupt };

  sigaction (SIGINT, &action, NULL);
  sigaction (SIGTERM, &action, NULL);
}

bool
watch_is_over (void)
{
  return interrupted;
}

void
watch_wait (unsigned long interval_ms)
{
  const struct timespec pause = { .tv_sec = interval_ms / 1000,
				  .tv_nsec = interval_ms % 1000 * 1000000 };

  if (!interrupted)
    nanosleep (&pause, NULL);
}
