/* mdtrace health: a score from 0 to 100, and its reasons.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "health.h"
#include "watch.h"

enum
{
  OPTION_WATCH = 256,
  OPTION_RULES,
  OPTION_PRINT_RULES,
  OPTION_PREVIEW,
  OPTION_FROM,
  OPTION_TO,
  OPTION_LAST
};

static const struct argp_option argp_options[] = {
  { "explain", 'e', NULL, 0,
    "Print how each deduction comes about, and a query that shows what "
    "is behind it",
    0 },
  { "watch", OPTION_WATCH, "SECONDS", OPTION_ARG_OPTIONAL,
    "Print a line each time that another deduction is made, or every "
    "SECONDS seconds, until interrupted",
    0 },
  { "rules", OPTION_RULES, "FILE", 0, "Score by the rules in FILE", 0 },
  { "print-rules", OPTION_PRINT_RULES, NULL, 0,
    "Print the rules, as a file that can be edited", 0 },
  { "preview", OPTION_PREVIEW, NULL, 0,
    "Print what the rules say of what is stored in a database", 0 },
  { "database", 'd', "FILE", 0,
    "That database (default: what MDTRACE_DATABASE names, or that of the "
    "daemon, which is asked first to store what it has not yet)",
    0 },
  { "from", OPTION_FROM, "TIME", 0,
    "Nothing before TIME: nanoseconds since 1970, or "
    "YYYY-MM-DDTHH:MM:SS with or without a fraction and a Z, in UTC",
    0 },
  { "to", OPTION_TO, "TIME", 0, "Nothing after TIME", 0 },
  { "last", OPTION_LAST, "TIME", 0,
    "Only the last of what is stored: a number with s, m, h or d for "
    "seconds, minutes, hours or days",
    0 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

struct parsed
{
  struct health_arguments arguments;
  bool print_rules;
  const char *of_preview; /* an option that belongs to it; null: none */
};

/* The nanoseconds that ARGUMENT of --last is.  */
static uint64_t
parse_last (const struct argp_state *state, const char *argument)
{
  static const char units[] = "smhd";
  static const uint64_t factors[] = { 1, 60, 3600, 86400 };
  char *end;

  errno = 0;
  unsigned long number = strtoul (argument, &end, 10);
  const char *unit
      = *end != '\0' && end[1] == '\0' ? strchr (units, *end) : NULL;
  if (argument[0] < '0' || argument[0] > '9' || errno != 0 || unit == NULL
      || number == 0 || number > 100000)
    argp_error (state,
		"--last takes a whole number from 1 to 100000 and one letter "
		"of smhd, not '%s'",
		argument);
  return number * factors[unit - units] * UINT64_C (1000000000);
}

/* What belongs together of the options, once all were given.  */
static void
check_options (const struct argp_state *state, const struct parsed *parsed)
{
  const struct health_arguments *arguments = &parsed->arguments;

  if (parsed->of_preview != NULL && !arguments->preview)
    argp_error (state, "%s is of use with --preview only", parsed->of_preview);
  if (arguments->explain + arguments->watch + arguments->preview
	  + parsed->print_rules
      > 1)
    argp_error (state, "one of --explain, --watch, --preview and "
		       "--print-rules at a time");
  if (arguments->last_ns != 0
      && (arguments->from_ns != 0 || arguments->to_ns != INT64_MAX))
    argp_error (state, "--last goes without --from and --to");
  if (arguments->from_ns > arguments->to_ns)
    argp_error (state, "--from is after --to");
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct parsed *parsed = state->input;
  struct health_arguments *arguments = &parsed->arguments;

  switch (key)
    {
    case 'e':
      arguments->explain = true;
      return 0;
    case OPTION_WATCH:
      arguments->watch = true;
      if (argument != NULL)
	arguments->interval_ms
	    = watch_parse_interval (state, argument, "the seconds of --watch");
      return 0;
    case OPTION_RULES:
      arguments->rules_path = argument;
      return 0;
    case OPTION_PRINT_RULES:
      parsed->print_rules = true;
      return 0;
    case OPTION_PREVIEW:
      arguments->preview = true;
      return 0;
    case 'd':
      arguments->database = argument;
      parsed->of_preview = "--database";
      return 0;
    case OPTION_FROM:
      arguments->from_ns = db_parse_time (state, "--from", argument);
      parsed->of_preview = "--from";
      return 0;
    case OPTION_TO:
      arguments->to_ns = db_parse_time (state, "--to", argument);
      parsed->of_preview = "--to";
      return 0;
    case OPTION_LAST:
      arguments->last_ns = parse_last (state, argument);
      parsed->of_preview = "--last";
      return 0;
    case ARGP_KEY_END:
      check_options (state, parsed);
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* The rules that are wanted.  False: they cannot be read, which is
   reported.  */
static bool
read_rules (struct health_arguments *arguments)
{
  const char *path = arguments->rules_path;
  char message[1024];

  memcpy (arguments->rules, mdtrace_health_rules_default,
	  sizeof arguments->rules);
  if (path == NULL)
    return true;
  int error
      = mdtrace_rules_read (path, arguments->rules, message, sizeof message);
  if (error == MDTRACE_OK)
    return true;
  /* It begins with the file, which is said anyway.  */
  const char *detail = message;
  if (strncmp (message, path, strlen (path)) == 0
      && strncmp (message + strlen (path), ": ", 2) == 0)
    detail += strlen (path) + 2;
  cli_report (arguments->options, path, error, detail);
  return false;
}

static int
print_rules (const struct health_arguments *arguments)
{
  puts ("# Rules of the health score, see mdtrace-health(1).");
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      const struct mdtrace_health_words *words = mdtrace_health_words (i);
      const struct mdtrace_health_rule *rule = &arguments->rules[i];
      printf ("\n# %s, in %s\n%s: reference %" PRIu32 " worst %" PRIu32
	      " points %" PRIu32 "\n",
	      words->measured, words->unit, words->word, rule->reference,
	      rule->worst, rule->points);
    }
  return cli_finish ();
}

void
health_print_line (const mdtrace_health_t *health, const unsigned *order)
{
  const char *separator = " ";

  printf ("%3" PRIu32, health->score);
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    if (health->factors[order[i]].points > 0)
      {
	printf ("%s%s -%" PRIu32, separator,
		mdtrace_health_words (order[i])->word,
		health->factors[order[i]].points);
	separator = ", ";
      }
  putchar ('\n');
}

void
health_text (char text[HEALTH_TEXT_BYTES], uint64_t value, const char *unit)
{
  size_t length = strlen (HEALTH_PARTS);

  if (strcmp (unit, HEALTH_PARTS) == 0)
    snprintf (text, HEALTH_TEXT_BYTES, "%.2f %%", (double) value / 100);
  else if (strncmp (unit, HEALTH_PARTS, length) == 0)
    snprintf (text, HEALTH_TEXT_BYTES, "%.2f%s", (double) value / 10000,
	      unit + length);
  else
    snprintf (text, HEALTH_TEXT_BYTES, "%" PRIu64 " %s", value, unit);
}

static void
print (const struct health_arguments *arguments,
       const struct health_view *view)
{
  const mdtrace_counts_t *counts = &view->status.counts;

  printf ("System health: %" PRIu32 "/100\n", view->health.score);
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    {
      unsigned factor = view->order[i];
      const struct mdtrace_health_words *words = mdtrace_health_words (factor);
      const struct mdtrace_health_deduction *deduction
	  = &view->health.factors[factor];
      if (deduction->known)
	{
	  char measured[HEALTH_TEXT_BYTES], reference[HEALTH_TEXT_BYTES];
	  health_text (measured, deduction->measured, words->unit);
	  health_text (reference, deduction->reference, words->unit);
	  printf ("  %-18s %3d of %2" PRIu32
		  " points  %s, free up to %s: %s\n",
		  words->word, -(int) deduction->points,
		  arguments->rules[factor].points, measured, reference,
		  words->measured);
	}
    }
  if (view->health.window_seconds > 0)
    printf ("  over the last %" PRIu32 " seconds\n",
	    view->health.window_seconds);
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    if (!view->health.factors[view->order[i]].known)
      {
	char *why = health_why (view, view->order[i]);
	printf ("  not known: %s: %s\n",
		mdtrace_health_words (view->order[i])->word, why);
	free (why);
      }
  printf ("  lost events: %" PRIu64 " of %" PRIu64 " hits since boot\n",
	  counts->dropped + counts->throttled + counts->missed, counts->hits);
}

/* FACTOR as JSON.  */
static json_t *
factor_json (const struct health_arguments *arguments,
	     const struct health_view *view, unsigned factor)
{
  const struct mdtrace_health_words *words = mdtrace_health_words (factor);
  const struct mdtrace_health_rule *rule = &arguments->rules[factor];
  const struct mdtrace_health_deduction *deduction
      = &view->health.factors[factor];
  json_t *object = cli_json_pack (
      "{s:s, s:b, s:I, s:I, s:I, s:s, s:s, s:s}", "factor", words->word,
      "known", (int) deduction->known, "reference",
      (json_int_t) rule->reference, "worst", (json_int_t) rule->worst,
      "at_most", (json_int_t) rule->points, "unit", words->unit, "measured_is",
      words->measured, "counter", words->counter);

  if (!deduction->known)
    {
      char *why = health_why (view, factor);
      json_object_set_new (object, "why", cli_json_text (why));
      free (why);
      return object;
    }
  json_object_set_new (object, "deducted", json_integer (deduction->points));
  json_object_set_new (object, "measured", json_integer (deduction->measured));
  if (!arguments->explain)
    return object;
  char *formula = health_formula (rule, deduction);
  char *sql = health_sql (view, factor);
  json_object_set_new (object, "formula", cli_json_text (formula));
  json_object_set_new (object, "sql", cli_json_text (sql));
  free (formula);
  free (sql);
  return object;
}

json_t *
health_json (const struct health_arguments *arguments,
	     const struct health_view *view)
{
  const mdtrace_counts_t *counts = &view->status.counts;
  json_t *list = json_array ();

  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    json_array_append_new (list,
			   factor_json (arguments, view, view->order[i]));
  return cli_json_pack (
      "{s:I, s:I, s:o, s:I, s:I}", "score", (json_int_t) view->health.score,
      "window_seconds", (json_int_t) view->health.window_seconds, "factors",
      list, "hits", (json_int_t) counts->hits, "lost",
      (json_int_t) (counts->dropped + counts->throttled + counts->missed));
}

static int
show (const struct health_arguments *arguments, struct mdtrace_target *target)
{
  struct health_view view = { .newest = 0 };
  int error = health_look (arguments, target, &view);

  if (error != MDTRACE_OK)
    {
      health_forget (&view);
      return cli_report (arguments->options, mdtrace_target_url (target),
			 error, mdtrace_detail (target));
    }
  if (arguments->options->json)
    cli_print_json (health_json (arguments, &view));
  else if (arguments->explain)
    health_explain (arguments, &view);
  else
    print (arguments, &view);
  health_forget (&view);
  return cli_finish ();
}

int
cli_health (int argc, char **argv, struct cli_options *options)
{
  struct parsed parsed
      = { .arguments = { .options = options, .to_ns = INT64_MAX } };
  struct health_arguments *arguments = &parsed.arguments;
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .doc = "Print a score from 0 (bad) to 100, and what was deducted "
		 "for what." };

  argp_parse (&argp, argc, argv, 0, NULL, &parsed);
  if (!read_rules (arguments))
    return 1;
  if (parsed.print_rules)
    return print_rules (arguments);
  if (arguments->preview)
    return health_preview (arguments);
  struct mdtrace_target *target = cli_open (options);
  int status = arguments->watch ? health_watch (arguments, target)
				: show (arguments, target);
  mdtrace_close (target);
  return status;
}
