/* mdtrace hist: how values of a trace are distributed.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"

enum
{
  OPTION_BY = 2000,
  OPTION_LINEAR,
  GROUPS_DEFAULT = 12,
  LISTED_MAX = 8
};

static const char *const by_words[]
    = { "probe", "task", "thread", "cpu", "function", NULL };

static const struct argp_option argp_options[] = {
  { "linear", OPTION_LINEAR, "STEP", 0,
    "Buckets of STEP, and not by powers of two; durations are in nanoseconds",
    0 },
  { "by", OPTION_BY, "WHAT", 0,
    "One for each probe, task (those of one name together), thread, cpu or "
    "function",
    0 },
  { "limit", 'n', "N", 0,
    "With --by: the N with most values, and the others together; default 12",
    0 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

static enum hist_by
parse_by (const struct argp_state *state, const char *argument)
{
  for (int i = 0; by_words[i] != NULL; i++)
    if (strcmp (by_words[i], argument) == 0)
      return HIST_BY_PROBE + i;
  argp_error (state,
	      "--by must be one of probe, task, thread, cpu, function, not "
	      "'%s'",
	      argument);
  return HIST_BY_NOTHING;
}

/* Take ARGUMENT for a number, if it is one that a probe can have.  */
static void
parse_probe (struct hist_arguments *arguments, const char *argument)
{
  char *end;
  unsigned long number = strtoul (argument, &end, 10);

  arguments->is_number = argument[0] >= '0' && argument[0] <= '9'
			 && *end == '\0' && number <= UINT32_MAX;
  arguments->number = arguments->is_number ? number : 0;
}

static void
parse_argument (const struct argp_state *state,
		struct hist_arguments *arguments, const char *argument)
{
  const char **place = arguments->probe == NULL	  ? &arguments->probe
		       : arguments->value == NULL ? &arguments->value
						  : &arguments->part.given;

  if (*place != NULL)
    argp_error (state, "one trace at a time");
  if (place == &arguments->probe)
    parse_probe (arguments, argument);
  *place = argument;
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct hist_arguments *arguments = state->input;

  switch (key)
    {
    case OPTION_LINEAR:
      arguments->step = cli_parse_number (state, argument, "--linear", 1);
      return 0;
    case OPTION_BY:
      arguments->by = parse_by (state, argument);
      return 0;
    case 'n':
      arguments->limit = cli_parse_number (state, argument, "--limit", 1);
      return 0;
    case ARGP_KEY_ARG:
      parse_argument (state, arguments, argument);
      return 0;
    case ARGP_KEY_END:
      if (arguments->value == NULL)
	argp_error (state, "which value of which probe? For example: mdtrace "
			   "hist ipc:::send size");
      return 0;
    default:
      return part_parse_rest (key, argument, state, arguments->options,
			      &arguments->part);
    }
}

/* The name of a function or a label of PROBES that looks most like what was
   asked for; null if none does.  The caller frees it.  */
static char *
suggest (const struct hist_arguments *arguments,
	 const struct source_probe *probes, unsigned count)
{
  struct mdtrace_function *names = calloc (2 * count + 1, sizeof *names);
  size_t filled = 0;
  const char *best;
  char *found = NULL;

  for (unsigned i = 0; names != NULL && i < 2 * count; i++)
    {
      const struct source_probe *probe = &probes[i / 2];
      const char *name = i % 2 == 0 ? probe->function : probe->label;
      /* What has no name looks like whatever is short.  */
      if (name[0] != '\0')
	snprintf (names[filled++].name, sizeof names[0].name, "%s", name);
    }
  if (filled > 0
      && mdtrace_suggest (names, filled, arguments->probe, &best, 1) > 0)
    found = cli_format ("%s", best);
  free (names);
  return found;
}

/* Report that no probe is meant by ARGUMENTS->probe, with what looks like it,
   or those that there are.  */
static int
report_probe (const struct hist_arguments *arguments, struct source *source)
{
  unsigned count, listed = 0;
  const struct source_probe *probes = source_probes (source, &count);
  char *name = suggest (arguments, probes, count);
  char *detail = name != NULL
		     ? cli_format ("did you mean %s?", name)
		     : cli_format ("it has %s", count == 0 ? "no probes" : "");

  for (; name == NULL && listed < count && listed < LISTED_MAX; listed++)
    {
      char *described = hist_describe (&probes[listed]);
      char *longer
	  = cli_format ("%s%s%s", detail, listed > 0 ? ", " : "", described);
      free (described);
      free (detail);
      detail = longer;
    }
  if (name == NULL && listed < count)
    {
      char *longer = cli_format ("%s and more", detail);
      free (detail);
      detail = longer;
    }
  int status = cli_report (arguments->options, arguments->probe,
			   MDTRACE_ERR_NOT_IN_TRACE, detail);
  free (detail);
  free (name);
  return status;
}

/* Whether a probe is there that is meant; and if it is by a number, whether
   that is the same in each boot.  If not that is reported.  */
static bool
check_probe (const struct hist_arguments *arguments, struct source *source,
	     const struct places *places)
{
  unsigned count;
  const struct source_probe *probes = source_probes (source, &count);
  const struct source_probe *first = NULL;

  for (unsigned i = 0; i < count; i++)
    {
      const struct source_probe *probe = &probes[i];
      if (!hist_is_meant (arguments, places, probe))
	continue;
      if (first != NULL && arguments->is_number
	  && (strcmp (first->provider, probe->provider) != 0
	      || strcmp (first->function, probe->function) != 0
	      || strcmp (first->name, probe->name) != 0))
	{
	  cli_report (arguments->options, arguments->probe,
		      MDTRACE_ERR_NOT_IN_TRACE,
		      "that number was several probes, in boots that followed "
		      "each other; name one by its description");
	  return false;
	}
      first = probe;
    }
  if (first == NULL)
    report_probe (arguments, source);
  return first != NULL;
}

/* Read all values.  False after an error, which is not reported: *PROBLEM
   says what it was.  */
static bool
read_values (struct hist *hist, struct source *source,
	     const struct places *places, const char **problem)
{
  const struct hist_arguments *arguments = hist->arguments;
  const struct hist_values *values = hist->values;
  const struct source_event *event;
  struct numbers *numbers;
  bool failed = false;
  uint64_t number;

  *problem = NULL;
  if (!source_begin (source, arguments->part.from_ns, arguments->part.to_ns))
    {
      *problem = source_problem (source);
      return false;
    }
  while ((event = source_next (source, &failed)) != NULL)
    {
      const struct hist_value *value = &values->of_probe[event->probe->index];
      if (value->known == 0 || !places_of (places, event)->is_selected)
	continue;
      if (!hist_read (value, event, &number))
	{
	  hist->unknown++;
	  continue;
	}
      numbers = arguments->by == HIST_BY_NOTHING
		    ? &hist->all
		    : hist_group_of (&hist->groups, event, values->is_signed);
      if (numbers == NULL || !numbers_add (numbers, number))
	{
	  *problem = "no memory";
	  return false;
	}
    }
  if (failed)
    *problem = source_problem (source);
  return !failed;
}

/* Why there are no values to show.  */
static const char *
reason (const struct hist *hist)
{
  const struct part *part = &hist->arguments->part;

  if (hist->unknown > 0)
    return "the value is known of none of its events";
  if (part->from_ns != INT64_MIN || part->to_ns != INT64_MAX)
    return "there is no event of it in that time";
  return "no event of it is there that could have the value; hits that were "
	 "added up are no events, and 'mdtrace agg read' shows them";
}

/* Add up what became of the hits of the probes that are meant.  */
static void
add_losses (struct hist *hist, struct source *source)
{
  unsigned count;
  const struct source_probe *probes = source_probes (source, &count);

  for (unsigned i = 0; i < count; i++)
    if (hist->values->of_probe[i].known != 0)
      {
	hist->counts.dropped += probes[i].counts.dropped;
	hist->counts.throttled += probes[i].counts.throttled;
	hist->counts.missed += probes[i].counts.missed;
      }
}

static int
show (struct hist *hist, struct source *source, const struct places *places)
{
  const struct cli_options *options = hist->arguments->options;
  const char *problem;
  int status;

  hist->all.is_signed = hist->values->is_signed;
  hist->groups.by = hist->arguments->by;
  if (!read_values (hist, source, places, &problem))
    status = cli_report (options, hist->path, MDTRACE_ERR_TRACE, problem);
  else if (!hist_groups_arrange (&hist->groups, hist->arguments->limit,
				 &hist->all))
    status = cli_report (options, hist->path, MDTRACE_ERR_SYSTEM, "no memory");
  else if (hist->all.count == 0)
    status = cli_report (options, hist->arguments->probe,
			 MDTRACE_ERR_NOT_IN_TRACE, reason (hist));
  else
    {
      add_losses (hist, source);
      status = hist_print (hist);
    }
  numbers_free (&hist->all);
  hist_groups_free (&hist->groups);
  return status;
}

/* Let SOURCE, which is at PATH, answer.  Returns the exit status.  */
static int
ask (void *closure, struct source *source, const char *path)
{
  struct hist_arguments *arguments = closure;
  struct hist_values values = { .of_probe = NULL };
  struct hist hist
      = { .arguments = arguments, .values = &values, .path = path };
  char message[512];
  int status = 1;
  struct places *places
      = places_new (source, arguments->is_number ? NULL : arguments->probe,
		    message, sizeof message);

  if (places == NULL && message[0] == '\0')
    status = report_probe (arguments, source);
  else if (places == NULL)
    status = cli_report (arguments->options, path, MDTRACE_ERR_TRACE, message);
  else if (check_probe (arguments, source, places)
	   && hist_find_values (arguments, source, places, &values))
    status = show (&hist, source, places);
  free (values.of_probe);
  places_free (places);
  return status;
}

int
cli_hist (int argc, char **argv, struct cli_options *options)
{
  struct hist_arguments arguments
      = { .options = options, .part = PART_INITIAL, .limit = GROUPS_DEFAULT };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = part_children,
	  .args_doc = "PROBE VALUE [SOURCE]",
	  .doc
	  = "Print how a value of a probe's events is distributed: "
	    "counts by powers of two, least, mean and greatest value, and "
	    "percentiles.  PROBE is a number, a label, a function or a "
	    "description, or a pattern of one; VALUE the name of an "
	    "argument, arg0 to arg5, retval or duration_ns; SOURCE a "
	    "database, a trace file or a target (default: what "
	    "MDTRACE_DATABASE names, or the daemon's database)." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  return cli_use_source (options, arguments.part.given,
			 arguments.part.is_partial, ask, &arguments);
}
