/* mdtrace health: what its parts share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   health.c has the options and what is printed without any, health_look.c asks
   the kernel, health_explain.c tells how each deduction came about,
   health_watch.c follows the score, health_preview.c makes scores of what a
   database has.  */

#ifndef HEALTH_H
#define HEALTH_H

#include "cli.h"

struct health_arguments
{
  struct cli_options *options;
  const char *rules_path; /* null: the default rules */
  struct mdtrace_health_rule rules[MDTRACE_HEALTH_FACTORS];
  bool explain;
  bool watch;
  unsigned long interval_ms; /* of watch; 0: a line for each change */
  bool preview;
  const char *database; /* null: the default */
  int64_t from_ns, to_ns;
  uint64_t last_ns; /* 0: from and to */
};

/* The score, and what is needed to explain it.  */
struct health_view
{
  mdtrace_health_t health;
  /* Factors, those that deduct most first, then the others that are known.  */
  unsigned order[MDTRACE_HEALTH_FACTORS];
  mdtrace_status_t status;
  mdtrace_counter_info_t *counters;
  size_t counter_count;
  /* What it was made of, if it was not the kernel that did it.  */
  mdtrace_snapshot_t then, now;
  uint64_t newest; /* number of the last one of the history; 0: none yet */
};

/* Ask TARGET for the health by ARGUMENTS.  VIEW, which was cleared before the
   first time, is to be freed by health_forget in any case, and may be used
   again then.  Returns MDTRACE_OK or an error.  */
int health_look (const struct health_arguments *arguments,
		 struct mdtrace_target *target, struct health_view *view);
void health_forget (struct health_view *view);

/* Put the factors of HEALTH into ORDER.  */
void health_sort (const mdtrace_health_t *health, unsigned *order);

/* Why FACTOR is not known, and what to do about it.  The caller frees it.  */
char *health_why (const struct health_view *view, unsigned factor);

/* How people write the numbers of a factor, from its UNIT: parts of 10000 as
   percent, or as how many there are.  */
#define HEALTH_PARTS "1/10000"
enum
{
  HEALTH_TEXT_BYTES = 48
};
void health_text (char text[HEALTH_TEXT_BYTES], uint64_t value,
		  const char *unit);

/* The score with its factors, as JSON; one line of text.  */
json_t *health_json (const struct health_arguments *arguments,
		     const struct health_view *view);
void health_print_line (const mdtrace_health_t *health, const unsigned *order);

/* How the deduction of FACTOR by RULE comes about, in numbers; and a query
   that shows in a database what is behind it, over the window of VIEW.  The
   caller frees both.  */
char *health_formula (const struct mdtrace_health_rule *rule,
		      const struct mdtrace_health_deduction *deduction);
char *health_sql (const struct health_view *view, unsigned factor);

void health_explain (const struct health_arguments *arguments,
		     const struct health_view *view);

/* Both return the exit status.  */
int health_watch (const struct health_arguments *arguments,
		  struct mdtrace_target *target);
int health_preview (const struct health_arguments *arguments);

#endif /* HEALTH_H */
