/* Files of rules for the health score that are right.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "mdtrace.h"
#include "tap.h"

static struct mdtrace_health_rule rules[MDTRACE_HEALTH_FACTORS];

/* Read TEXT, which is right.  */
static void
parse (const char *text)
{
  char message[256] = "";

  memset (rules, 0xa5, sizeof rules);
  int error = mdtrace_rules_parse (text, strlen (text), "unit", rules, message,
				   sizeof message);
  if (error != MDTRACE_OK)
    printf ("# %s\n", message);
  CHECK_NUMBER (error, MDTRACE_OK);
  CHECK_TEXT (message, "");
}

/* The rule of FACTOR is these numbers.  */
static void
check_rule (unsigned factor, uint32_t reference, uint32_t worst,
	    uint32_t points)
{
  CHECK_NUMBER (rules[factor].reference, reference);
  CHECK_NUMBER (rules[factor].worst, worst);
  CHECK_NUMBER (rules[factor].points, points);
}

/* The rule of FACTOR is the one of the table.  */
static void
check_default (unsigned factor)
{
  check_rule (factor, mdtrace_health_rules_default[factor].reference,
	      mdtrace_health_rules_default[factor].worst,
	      mdtrace_health_rules_default[factor].points);
}

static void
nothing_is_the_default (void)
{
  static const char *const texts[]
      = { "", "\n", "\n\n\n", "# a comment\n", "  \t \r\n#", "#memory: x" };

  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    {
      parse (texts[i]);
      for (unsigned j = 0; j < MDTRACE_HEALTH_FACTORS; j++)
	check_default (j);
    }
}

static void
one_leaves_the_others (void)
{
  parse ("cpu: reference 1 worst 2 points 3\n");
  check_rule (MDTRACE_HEALTH_CPU, 1, 2, 3);
  for (unsigned j = 0; j < MDTRACE_HEALTH_FACTORS; j++)
    if (j != MDTRACE_HEALTH_CPU)
      check_default (j);
}

static void
numbers_in_any_form (void)
{
  static const char *const texts[]
      = { "memory: reference 7 worst 8 points 9",
	  "memory: points 9 worst 8 reference 7\n",
	  "memory:worst 8 points 9 reference 7\r\n",
	  "\tmemory:\treference\t7\tworst 8   points 9  # said so\n",
	  "memory: reference 007 worst 0008 points 9#\n",
	  "# first\n\nmemory: reference 7 worst 8 points 9\n\n# last" };

  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    {
      parse (texts[i]);
      check_rule (MDTRACE_HEALTH_MEMORY, 7, 8, 9);
    }
}

static void
the_largest_and_the_smallest (void)
{
  parse ("cpu: reference 0 worst 1 points 0\n"
	 "memory: reference 4294967294 worst 4294967295 points 100\n");
  check_rule (MDTRACE_HEALTH_CPU, 0, 1, 0);
  check_rule (MDTRACE_HEALTH_MEMORY, 4294967294, 4294967295, 100);
}

/* Rules of random numbers, as they would be printed.  */
static void
what_is_printed_is_read (void)
{
  struct mdtrace_health_rule made[MDTRACE_HEALTH_FACTORS];
  uint64_t state = 1;

  for (int round = 0; round < 2000; round++)
    {
      char text[4096];
      size_t used = 0;
      for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
	{
	  uint32_t range = UINT32_MAX >> tap_below (&state, 32);
	  made[i].reference = tap_below (&state, range);
	  made[i].worst = made[i].reference + 1
			  + tap_below (&state, range - made[i].reference);
	  made[i].points = tap_below (&state, 101);
	  used += snprintf (text + used, sizeof text - used,
			    "# %s\n%s: reference %" PRIu32 " worst %" PRIu32
			    " points %" PRIu32 "\n",
			    mdtrace_health_words (i)->measured,
			    mdtrace_health_words (i)->word, made[i].reference,
			    made[i].worst, made[i].points);
	}
      parse (text);
      for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
	check_rule (i, made[i].reference, made[i].worst, made[i].points);
    }
}

static void
factors_have_words (void)
{
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      const struct mdtrace_health_words *words = mdtrace_health_words (i);
      CHECK (words->word[0] != '\0' && words->unit[0] != '\0'
	     && words->measured[0] != '\0');
    }
  CHECK_TEXT (mdtrace_health_words (MDTRACE_HEALTH_IPC_LATENCY)->counter,
	      "ipc-latency");
  CHECK_TEXT (mdtrace_health_words (MDTRACE_HEALTH_CPU)->counter, "");
  CHECK (mdtrace_health_words (MDTRACE_HEALTH_FACTORS) == NULL);
}

TAP_MAIN ({ nothing_is_the_default, "an empty file is the default" },
	  { one_leaves_the_others, "one rule leaves the others" },
	  { numbers_in_any_form, "in any order, with spaces and comments" },
	  { the_largest_and_the_smallest, "numbers at their limits" },
	  { what_is_printed_is_read, "what is printed is read" },
	  { factors_have_words, "each factor has its words" })
