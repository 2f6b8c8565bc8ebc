/* mdtrace health: a score from 0 to 100, and its reasons.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>

#include "cli.h"

/* The table of mig/mdtrace_health.def.  */
static const struct
{
  const char *words;
  unsigned points;
  const char *unit;
  const char *measured;
} factors[MDTRACE_HEALTH_FACTORS] = {
#define MDTRACE_HEALTH(name, word, counter, unit, reference, worst, points,   \
		       measured)                                              \
  { word, points, unit, measured },
#include "mdtrace_health.def"
#undef MDTRACE_HEALTH
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  return cli_parse_rest (key, argument, state, state->input);
}

static void
print (const mdtrace_health_t *health)
{
  bool any = false;

  printf ("System health: %" PRIu32 "/100\n", health->score);
  for (int i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    if (health->factors[i].known)
      printf ("  %-18s %3d of %2u points  %" PRIu64 " (%" PRIu64
	      ") %s, %s\n",
	      factors[i].words, -(int) health->factors[i].points,
	      factors[i].points, health->factors[i].measured,
	      health->factors[i].reference, factors[i].unit,
	      factors[i].measured);
  if (health->window_seconds > 0)
    printf ("  over the last %" PRIu32 " seconds\n", health->window_seconds);
  printf ("  not known:");
  for (int i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    if (!health->factors[i].known)
      {
	printf ("%s %s", any ? "," : "", factors[i].words);
	any = true;
      }
  puts (any ? "" : " nothing");
}

static void
print_json (const mdtrace_health_t *health)
{
  json_t *list = json_array ();

  for (int i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      json_t *factor = json_pack ("{s:s, s:b}", "factor", factors[i].words,
				  "known", (int) health->factors[i].known);
      if (health->factors[i].known)
	json_object_update_new (
	    factor, json_pack ("{s:i, s:i, s:I, s:s, s:I, s:s}", "deducted",
			       (int) health->factors[i].points, "at_most",
			       (int) factors[i].points, "measured",
			       (json_int_t) health->factors[i].measured,
			       "measured_is", factors[i].measured, "reference",
			       (json_int_t) health->factors[i].reference, "unit",
			       factors[i].unit));
      json_array_append_new (list, factor);
    }
  cli_print_json (json_pack ("{s:i, s:i, s:o}", "score", (int) health->score,
			     "window_seconds", (int) health->window_seconds,
			     "factors", list));
}

int
cli_health (int argc, char **argv, struct cli_options *options)
{
  const struct argp argp
      = { .parser = parse_option,
	  .children = cli_children,
	  .doc
	  = "Print a score from 0 (bad) to 100, and what was deducted for "
	    "what." };
  mdtrace_health_t health;

  argp_parse (&argp, argc, argv, 0, NULL, options);
  struct mdtrace_target *target = cli_open (options);
  int error = mdtrace_get_health (target, &health);
  if (error != MDTRACE_OK)
    return cli_report (options, mdtrace_target_url (target), error,
		       mdtrace_detail (target));
  if (options->json)
    print_json (&health);
  else
    print (&health);
  mdtrace_close (target);
  return cli_finish ();
}
