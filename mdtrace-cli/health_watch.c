/* mdtrace health --watch: follow the score.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "health.h"
#include "watch.h"

/* Whether something else is deducted, or known, than before.  */
static bool
is_change (const mdtrace_health_t *before, const mdtrace_health_t *health)
{
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    if (before->factors[i].known != health->factors[i].known
	|| before->factors[i].points != health->factors[i].points)
      return true;
  return false;
}

static void
print (const struct health_arguments *arguments,
       const struct health_view *view)
{
  time_t now = time (NULL);
  char text[16];
  struct tm local;

  if (arguments->options->json)
    {
      json_t *document = health_json (arguments, view);
      json_object_set_new (document, "time", json_integer (now));
      json_dumpf (document, stdout, JSON_COMPACT);
      putchar ('\n');
      json_decref (document);
    }
  else
    {
      localtime_r (&now, &local);
      strftime (text, sizeof text, "%H:%M:%S", &local);
      printf ("%s ", text);
      health_print_line (&view->health, view->order);
    }
  fflush (stdout);
}

int
health_watch (const struct health_arguments *arguments,
	      struct mdtrace_target *target)
{
  struct health_view view = { .newest = 0 };
  mdtrace_health_t before;
  bool is_first = true;

  watch_start ();
  while (!watch_is_over () && !ferror (stdout))
    {
      int error = health_look (arguments, target, &view);
      if (error != MDTRACE_OK)
	{
	  health_forget (&view);
	  return cli_report (arguments->options, mdtrace_target_url (target),
			     error, mdtrace_detail (target));
	}
      if (is_first || arguments->interval_ms > 0
	  || is_change (&before, &view.health))
	print (arguments, &view);
      is_first = false;
      before = view.health;
      health_forget (&view);
      watch_wait (arguments->interval_ms != 0 ? arguments->interval_ms
					      : WATCH_INTERVAL_MS);
    }
  return cli_finish ();
}
