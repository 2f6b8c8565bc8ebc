/* mdtrace hist: how values of a trace are distributed.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "hist.h"

enum
{
  OPTION_FROM = 2000,
  OPTION_TO,
  OPTION_BY,
  OPTION_LINEAR,
  OPTION_PARTIAL,
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
  { "from", OPTION_FROM, "TIME", 0,
    "No event before TIME: nanoseconds since 1970, or YYYY-MM-DDTHH:MM:SS "
    "with or without a fraction and a Z, in UTC",
    0 },
  { "to", OPTION_TO, "TIME", 0, "No event after TIME", 0 },
  { "partial", OPTION_PARTIAL, NULL, 0,
    "Of a damaged trace, use what precedes the damage", 0 },
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
						  : &arguments->given;

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
    case OPTION_FROM:
      arguments->from_ns = db_parse_time (state, "--from", argument);
      return 0;
    case OPTION_TO:
      arguments->to_ns = db_parse_time (state, "--to", argument);
      return 0;
    case OPTION_PARTIAL:
      arguments->is_partial = true;
      return 0;
    case ARGP_KEY_ARG:
      parse_argument (state, arguments, argument);
      return 0;
    case ARGP_KEY_END:
      if (arguments->value == NULL)
	argp_error (state, "which value of which probe? For example: mdtrace "
			   "hist ipc:::send size");
      if (arguments->from_ns > arguments->to_ns)
	argp_error (state, "--from is after --to");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
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

  for (unsigned i = 0; names != NULL && i < count; i++)
    {
      snprintf (names[filled++].name, sizeof names[0].name, "%s",
		probes[i].function);
      snprintf (names[filled++].name, sizeof names[0].name, "%s",
		probes[i].label);
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
      const struct source_probe *probe = &probes[listed];
      char *longer
	  = cli_format ("%s%s%" PRIu32 " (%s:%s:%s:%s)", detail,
			listed > 0 ? ", " : "", probe->id, probe->provider,
			probe->module, probe->function, probe->name);
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

/* -------------------------------------------------------------------- */

/* What groups are told apart by, and the groups, in the order in which they
   came.  */
struct groups
{
  enum hist_by by;
  struct hist_group *groups;
  size_t count, room;
  size_t *of_index; /* of task, thread and so on, plus 1; 0: none yet */
  size_t indices;
};

/* What EVENT belongs to; the caller frees it.  */
static char *
name_group (enum hist_by by, const struct source_event *event)
{
  const struct source_thread *thread = event->thread;
  const struct source_task *task = thread != NULL ? thread->task : NULL;
  const char *task_name
      = task != NULL && task->name[0] != '\0' ? task->name : "?";

  switch (by)
    {
    case HIST_BY_PROBE:
      return cli_format ("probe %" PRIu32 " (%s:%s:%s:%s)", event->probe->id,
			 event->probe->provider, event->probe->module,
			 event->probe->function, event->probe->name);
    case HIST_BY_TASK:
      return cli_format ("%s", task_name);
    case HIST_BY_THREAD:
      return thread != NULL && thread->has_address
		 ? cli_format ("%s 0x%" PRIx64, task_name, thread->address)
		 : cli_format ("%s", task_name);
    case HIST_BY_CPU:
      return cli_format ("CPU %" PRIu32, event->cpu);
    default:
      return cli_format ("%s", source_function (event));
    }
}

/* A number that is the same only for events of one group; but several numbers
   can be one group.  */
static size_t
group_index (enum hist_by by, const struct source_event *event)
{
  switch (by)
    {
    case HIST_BY_PROBE:
      return event->probe->index;
    case HIST_BY_TASK:
      return event->thread != NULL ? event->thread->task->index + 1 : 0;
    case HIST_BY_THREAD:
      return event->thread != NULL ? event->thread->index + 1 : 0;
    case HIST_BY_CPU:
      return event->cpu;
    default:
      /* A function is known by its site, or else by the probe.  */
      return event->site != NULL ? 2 * (size_t) event->site->index
				 : 2 * (size_t) event->probe->index + 1;
    }
}

/* The number, from 1 on, of the group called NAME, which is freed; 0: no
   memory.  */
static size_t
find_group (struct groups *groups, char *name, bool is_signed)
{
  for (size_t i = 0; i < groups->count; i++)
    if (strcmp (groups->groups[i].name, name) == 0)
      {
	free (name);
	return i + 1;
      }
  if (groups->count == groups->room)
    {
      size_t room = groups->room != 0 ? 2 * groups->room : 16;
      struct hist_group *grown
	  = reallocarray (groups->groups, room, sizeof *grown);
      if (grown == NULL)
	{
	  free (name);
	  return 0;
	}
      groups->groups = grown;
      groups->room = room;
    }
  groups->groups[groups->count++]
      = (struct hist_group){ .name = name,
			     .numbers = { .is_signed = is_signed } };
  return groups->count;
}

/* The numbers that EVENT belongs to.  Null if there is no memory.  */
static struct numbers *
group_of (struct groups *groups, const struct source_event *event,
	  bool is_signed)
{
  enum
  {
    /* What is numbered by an index is less; a CPU may be said to be any.  */
    INDICES_MAX = 1 << 24
  };
  size_t index = group_index (groups->by, event);

  if (index >= INDICES_MAX)
    {
      size_t number
	  = find_group (groups, name_group (groups->by, event), is_signed);
      return number != 0 ? &groups->groups[number - 1].numbers : NULL;
    }
  if (index >= groups->indices)
    {
      size_t indices = 2 * index + 64;
      size_t *grown = reallocarray (groups->of_index, indices, sizeof *grown);
      if (grown == NULL)
	return NULL;
      memset (grown + groups->indices, 0,
	      (indices - groups->indices) * sizeof *grown);
      groups->of_index = grown;
      groups->indices = indices;
    }
  if (groups->of_index[index] == 0)
    groups->of_index[index]
	= find_group (groups, name_group (groups->by, event), is_signed);
  if (groups->of_index[index] == 0)
    return NULL;
  return &groups->groups[groups->of_index[index] - 1].numbers;
}

static int
compare_groups (const void *a, const void *b)
{
  const struct hist_group *first = a, *second = b;

  if (first->numbers.count != second->numbers.count)
    return first->numbers.count > second->numbers.count ? -1 : 1;
  return strverscmp (first->name, second->name);
}

/* -------------------------------------------------------------------- */

/* Read all values.  False after an error, which is not reported: *PROBLEM
   says what it was.  */
static bool
read_values (struct hist *hist, struct source *source,
	     const struct places *places, struct groups *groups,
	     const char **problem)
{
  const struct hist_arguments *arguments = hist->arguments;
  const struct hist_values *values = hist->values;
  const struct source_event *event;
  struct numbers *numbers;
  bool failed = false;
  uint64_t number;

  *problem = NULL;
  if (!source_begin (source, arguments->from_ns, arguments->to_ns))
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
      numbers = groups->by == HIST_BY_NOTHING
		    ? &hist->all.numbers
		    : group_of (groups, event, values->is_signed);
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

/* Of the groups keep those with most values, and one of the others; all of
   them are to be in HIST->all too.  */
static bool
arrange (struct hist *hist, struct groups *groups)
{
  size_t limit = hist->arguments->limit;
  bool good = true;

  hist->groups = groups->groups;
  hist->group_count = groups->count;
  if (groups->count > 0)
    qsort (groups->groups, groups->count, sizeof *groups->groups,
	   compare_groups);
  for (size_t i = 0; good && i < groups->count; i++)
    {
      struct numbers *numbers = &groups->groups[i].numbers;
      for (size_t j = 0; good && j < numbers->count; j++)
	good = numbers_add (&hist->all.numbers, numbers->values[j]);
    }
  if (good && groups->count > limit + 1)
    {
      free (groups->groups[limit].name);
      groups->groups[limit].name = cli_format ("(others)");
      while (good && hist->group_count > limit + 1)
	{
	  struct hist_group *last = &groups->groups[--hist->group_count];
	  good
	      = numbers_merge (&groups->groups[limit].numbers, &last->numbers);
	  free (last->name);
	}
    }
  numbers_sort (&hist->all.numbers);
  for (size_t i = 0; i < hist->group_count; i++)
    numbers_sort (&hist->groups[i].numbers);
  return good;
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
  struct groups groups = { .by = hist->arguments->by };
  const char *problem;
  int status;

  hist->all.numbers.is_signed = hist->values->is_signed;
  if (!read_values (hist, source, places, &groups, &problem))
    status = cli_report (options, hist->path, MDTRACE_ERR_TRACE, problem);
  else if (!arrange (hist, &groups))
    status = cli_report (options, hist->path, MDTRACE_ERR_SYSTEM, "no memory");
  else if (hist->all.numbers.count == 0)
    status = cli_report (
	options, hist->arguments->probe, MDTRACE_ERR_NOT_IN_TRACE,
	hist->unknown > 0 ? "the value is known of none of its events"
			  : "there is no event of it in that time");
  else
    {
      add_losses (hist, source);
      status = hist_print (hist);
    }
  numbers_free (&hist->all.numbers);
  for (size_t i = 0; i < hist->group_count; i++)
    {
      numbers_free (&hist->groups[i].numbers);
      free (hist->groups[i].name);
    }
  free (groups.groups);
  free (groups.of_index);
  return status;
}

int
cli_hist (int argc, char **argv, struct cli_options *options)
{
  struct hist_arguments arguments = { .options = options,
				      .from_ns = INT64_MIN,
				      .to_ns = INT64_MAX,
				      .limit = GROUPS_DEFAULT };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "PROBE VALUE [SOURCE]",
	  .doc
	  = "Print how a value of a probe's events is distributed: "
	    "counts by powers of two, least, mean and greatest value, and "
	    "percentiles.  PROBE is a number, a label, a function or a "
	    "description, or a pattern of one; VALUE the name of an "
	    "argument, arg0 to arg5, retval or duration_ns; SOURCE a "
	    "database, a trace file or a target (default: what "
	    "MDTRACE_DATABASE names, or the daemon's database)." };
  struct hist_values values = { .of_probe = NULL };
  struct hist hist = { .arguments = &arguments, .values = &values };
  char message[512];
  char *path;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct source *source = cli_open_source (options, arguments.given,
					   arguments.is_partial, &path);
  if (source == NULL)
    return 1;
  hist.path = path;
  struct places *places
      = places_new (source, arguments.is_number ? NULL : arguments.probe,
		    message, sizeof message);
  int status = 1;
  if (places == NULL && message[0] == '\0')
    status = report_probe (&arguments, source);
  else if (places == NULL)
    status = cli_report (options, path, MDTRACE_ERR_TRACE, message);
  else if (check_probe (&arguments, source, places)
	   && hist_find_values (&arguments, source, places, &values))
    status = show (&hist, source, places);
  free (values.of_probe);
  places_free (places);
  cli_close_source (source, path);
  free (path);
  return status;
}
