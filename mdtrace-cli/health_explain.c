/* mdtrace health --explain: how each deduction came about.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "health.h"

char *
health_formula (const struct mdtrace_health_rule *rule,
		const struct mdtrace_health_deduction *deduction)
{
  if (deduction->measured <= rule->reference)
    return cli_format ("%" PRIu64 " <= %" PRIu32 ": nothing",
		       deduction->measured, rule->reference);
  if (deduction->measured >= rule->worst)
    return cli_format ("%" PRIu64 " >= %" PRIu32 ": all %" PRIu32,
		       deduction->measured, rule->worst, rule->points);
  return cli_format ("%" PRIu32 " * (%" PRIu64 " - %" PRIu32 ") / (%" PRIu32
		     " - %" PRIu32 ") = %" PRIu32 ", rounded up",
		     rule->points, deduction->measured, rule->reference,
		     rule->worst, rule->reference, deduction->points);
}

/* What is asked about FACTOR, in front of which boot and window.  */
static const char *
question (unsigned factor)
{
  switch (factor)
    {
    case MDTRACE_HEALTH_MEMORY:
      return "select time_ns, free_bytes, low_bytes, min_bytes,"
	     " pageouts_per_second from snapshots";
    case MDTRACE_HEALTH_CPU:
      return "select time_ns, utilisation_percent, user_percent,"
	     " system_percent from snapshots";
    case MDTRACE_HEALTH_LOST_EVENTS:
      return "select time_ns, probe_id, function, label, dropped, throttled,"
	     " missed from losses";
    default:
      return "select time_ns, count, sum, times_per_second, per_second, mean"
	     " from counter_values";
    }
}

char *
health_sql (const struct health_view *view, unsigned factor)
{
  const char *counter = mdtrace_health_words (factor)->counter;
  bool is_of_counter = factor != MDTRACE_HEALTH_MEMORY && counter[0] != '\0';

  /* The database has a number without a sign as the one with the same bits. */
  return cli_format (
      "%s where boot_id = (select boot_id from boot where"
      " kernel_boot_id = %" PRId64 ")%s%s%s and time_ns between %" PRIu64
      " and %" PRIu64 " order by time_ns",
      question (factor), (int64_t) view->status.boot_id,
      is_of_counter ? " and name = '" : "", is_of_counter ? counter : "",
      is_of_counter ? "'" : "", view->then.time_ns, view->now.time_ns);
}

/* Everything about FACTOR, which has deducted something.  */
static void
explain_deduction (const struct health_arguments *arguments,
		   const struct health_view *view, unsigned factor)
{
  const struct mdtrace_health_words *words = mdtrace_health_words (factor);
  const struct mdtrace_health_rule *rule = &arguments->rules[factor];
  const struct mdtrace_health_deduction *deduction
      = &view->health.factors[factor];
  char *formula = health_formula (rule, deduction);
  char *sql = health_sql (view, factor);
  char text[HEALTH_TEXT_BYTES];

  printf ("\n%s: -%" PRIu32 "\n  %s\n", words->word, deduction->points,
	  words->measured);
  if (words->counter[0] != '\0')
    printf ("  counter   %s\n", words->counter);
  health_text (text, deduction->measured, words->unit);
  printf ("  measured  %s: %" PRIu64 " %s\n", text, deduction->measured,
	  words->unit);
  printf ("  reference %" PRIu32 ", worst %" PRIu32 ", points %" PRIu32 "\n",
	  rule->reference, rule->worst, rule->points);
  printf ("  formula   %s\n  behind it mdtrace query \"%s\"\n", formula, sql);
  free (formula);
  free (sql);
}

void
health_explain (const struct health_arguments *arguments,
		const struct health_view *view)
{
  uint64_t lost = view->now.lost - view->then.lost;
  uint64_t hits = view->now.hits - view->then.hits;

  printf ("System health: %" PRIu32
	  "/100, 100 less what is deducted, over the "
	  "last %" PRIu32 " seconds\n",
	  view->health.score, view->health.window_seconds);
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      unsigned factor = view->order[i];
      if (view->health.factors[factor].points > 0)
	explain_deduction (arguments, view, factor);
    }
  puts ("\nnothing deducted:");
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      unsigned factor = view->order[i];
      const struct mdtrace_health_deduction *deduction
	  = &view->health.factors[factor];
      if (!deduction->known || deduction->points > 0)
	continue;
      char *formula = health_formula (&arguments->rules[factor], deduction);
      char text[HEALTH_TEXT_BYTES];
      health_text (text, deduction->measured,
		   mdtrace_health_words (factor)->unit);
      printf ("  %-18s %s; %s\n", mdtrace_health_words (factor)->word, text,
	      formula);
      free (formula);
    }
  bool any = false;
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    if (!view->health.factors[view->order[i]].known)
      {
	char *why = health_why (view, view->order[i]);
	printf ("%s  %-18s %s\n", any ? "" : "\nnot known:\n",
		mdtrace_health_words (view->order[i])->word, why);
	free (why);
	any = true;
      }
  printf ("\nlost events: %" PRIu64 " of %" PRIu64
	  " hits in these seconds, and %" PRIu64 " of %" PRIu64
	  " since boot\n",
	  lost, hits, view->now.lost, view->now.hits);
}
