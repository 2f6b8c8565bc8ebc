/* mdtrace health: asking the kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel knows the default rules only.  By others, and to be explained,
   the score is made here of the same snapshots that the kernel would take.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "health.h"

/* Let VIEW->then be the snapshot that the window of one that is taken now
   begins with.  */
static int
find_then (struct mdtrace_target *target, struct health_view *view)
{
  mdtrace_snapshot_t *history;
  size_t count;
  uint64_t first = view->newest > MDTRACE_HEALTH_WINDOW_SECONDS
		       ? view->newest - MDTRACE_HEALTH_WINDOW_SECONDS
		       : 0;
  int error = mdtrace_history (target, first, &history, &count);

  if (error != MDTRACE_OK)
    return error;
  view->then = view->now;
  view->newest = count > 0 ? history[count - 1].sequence : 0;
  for (size_t i = count; i-- > 0;)
    if (history[i].sequence + MDTRACE_HEALTH_WINDOW_SECONDS >= view->newest)
      view->then = history[i];
  free (history);
  return MDTRACE_OK;
}

static int
evaluate (const struct health_arguments *arguments,
	  struct mdtrace_target *target, struct health_view *view)
{
  int error = mdtrace_take_snapshot (target, &view->now);

  if (error == MDTRACE_OK)
    error = find_then (target, view);
  /* A snapshot of the history may have come in between.  */
  if (error == MDTRACE_OK && view->then.uptime_ns > view->now.uptime_ns)
    view->then = view->now;
  if (error == MDTRACE_OK)
    mdtrace_health_evaluate (arguments->rules, &view->then, &view->now,
			     &view->health);
  return error;
}

/* Whether A is to stand before B.  */
static bool
is_before (const mdtrace_health_t *health, unsigned a, unsigned b)
{
  const struct mdtrace_health_deduction *factors = health->factors;

  if (factors[a].points != factors[b].points)
    return factors[a].points > factors[b].points;
  return factors[a].known > factors[b].known;
}

void
health_sort (const mdtrace_health_t *health, unsigned *order)
{
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      unsigned place = i;
      for (; place > 0 && is_before (health, i, order[place - 1]); place--)
	order[place] = order[place - 1];
      order[place] = i;
    }
}

int
health_look (const struct health_arguments *arguments,
	     struct mdtrace_target *target, struct health_view *view)
{
  memset (&view->health, 0, sizeof view->health);
  int error = arguments->rules_path != NULL || arguments->explain
		  ? evaluate (arguments, target, view)
		  : mdtrace_get_health (target, &view->health);

  if (error == MDTRACE_OK)
    error = mdtrace_get_status (target, &view->status);
  if (error == MDTRACE_OK)
    error
	= mdtrace_counter_list (target, &view->counters, &view->counter_count);
  health_sort (&view->health, view->order);
  return error;
}

void
health_forget (struct health_view *view)
{
  free (view->counters);
  view->counters = NULL;
  view->counter_count = 0;
}

char *
health_why (const struct health_view *view, unsigned factor)
{
  const char *name = mdtrace_health_words (factor)->counter;

  if (view->health.window_seconds == 0)
    return cli_format ("there is less than a second to look back on yet");
  for (size_t i = 0; i < view->counter_count; i++)
    {
      const mdtrace_counter_info_t *counter = &view->counters[i];
      if (strcmp (counter->name, name) != 0)
	continue;
      if (counter->state == MDTRACE_COUNTER_UNAVAILABLE)
	return cli_format ("the counter %s is unavailable: %s", name,
			   counter->detail[0] != '\0'
			       ? counter->detail
			       : "this kernel has no source for it");
      if (counter->state == MDTRACE_COUNTER_OFF)
	return cli_format ("the counter %s is off; 'mdtrace counter enable "
			   "%s' turns it on",
			   name, name);
      return cli_format ("the counter %s has begun within these %u seconds",
			 name, (unsigned) view->health.window_seconds);
    }
  return cli_format ("this kernel does not measure it");
}
