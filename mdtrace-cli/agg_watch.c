/* mdtrace agg watch: print what probes add up, again and again.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agg.h"
#include "watch.h"

enum
{
  OPTION_TOTALS = 2000
};

static const struct argp_option argp_options[]
    = { { "interval", 'i', "SECONDS", 0,
	  "How often; three decimals are good, and 1 is the default", 0 },
	{ "count", 'c', "N", 0, "End when it was printed N times", 0 },
	{ "limit", 'n', "N", 0, "Only the N entries with the greatest values",
	  0 },
	{ "top", 0, NULL, OPTION_ALIAS, NULL, 0 },
	{ "totals", OPTION_TOTALS, NULL, 0,
	  "Print all that was added up, not what was since the last time", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

/* What a probe had added up the last time.  */
struct before
{
  struct before *next;
  uint32_t probe_id;
  struct mdtrace_aggregate *aggregate;
};

struct arguments
{
  struct cli_options *options;
  const char *which; /* null: all */
  unsigned long interval_ms;
  unsigned long count; /* 0: no end */
  size_t limit;	       /* 0: all */
  bool totals;
  struct symbols symbols;
  struct before *before;
  bool is_first; /* there is nothing to compare with yet */
  unsigned printed;
  json_t *list;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'i':
      arguments->interval_ms
	  = watch_parse_interval (state, argument, "--interval");
      return 0;
    case 'c':
      arguments->count = cli_parse_number (state, argument, "--count", 1);
      return 0;
    case 'n':
      arguments->limit = cli_parse_number (state, argument, "--limit", 1);
      return 0;
    case OPTION_TOTALS:
      arguments->totals = true;
      return 0;
    default:
      return agg_parse_rest (key, argument, state, &arguments->which,
			     arguments->options);
    }
}

static void
print (struct arguments *arguments, const struct agg *agg)
{
  if (arguments->options->json)
    {
      json_array_append_new (arguments->list,
			     agg_json (agg, arguments->limit));
      return;
    }
  if (arguments->printed++ > 0)
    putchar ('\n');
  agg_print (agg, arguments->limit);
}

/* What is remembered of PROBE_ID; nothing yet if it is new.  */
static struct before *
find_before (struct arguments *arguments, uint32_t probe_id)
{
  struct before *before = arguments->before;

  while (before != NULL && before->probe_id != probe_id)
    before = before->next;
  if (before != NULL)
    return before;
  before = calloc (1, sizeof *before);
  if (before == NULL)
    return NULL;
  before->next = arguments->before;
  before->probe_id = probe_id;
  arguments->before = before;
  return before;
}

/* Print what is new of AGG, unless there was nothing to compare with yet, and
   remember it.  */
static int
print_difference (struct arguments *arguments, struct agg *agg)
{
  struct before *before = find_before (arguments, agg->probe->id);

  if (before == NULL)
    return MDTRACE_ERR_SYSTEM;
  if (!arguments->is_first)
    {
      struct agg difference = *agg;
      difference.aggregate
	  = agg_difference (agg->aggregate, before->aggregate);
      print (arguments, &difference);
      agg_close (&difference);
    }
  mdtrace_aggregate_free (before->aggregate);
  before->aggregate = agg->aggregate;
  agg->aggregate = NULL;
  return MDTRACE_OK;
}

static int
take (struct mdtrace_target *target, const mdtrace_probe_info_t *probe,
      void *context)
{
  struct arguments *arguments = context;
  struct agg agg;

  symbols_load (&arguments->symbols, target);
  int error
      = agg_open (target, probe, MDTRACE_CPU_ALL, &arguments->symbols, &agg);
  if (error != MDTRACE_OK)
    return error;
  if (arguments->totals)
    print (arguments, &agg);
  else
    error = print_difference (arguments, &agg);
  agg_close (&agg);
  return error;
}

/* Look once at all probes.  Returns the exit status.  */
static int
look (struct arguments *arguments, struct mdtrace_target *target)
{
  char text[16];
  time_t now = time (NULL);
  struct tm local;

  localtime_r (&now, &local);
  strftime (text, sizeof text, "%H:%M:%S", &local);
  arguments->printed = 0;
  arguments->list = json_array ();
  if (!arguments->options->json && !arguments->is_first)
    printf ("-- %s\n", text);
  int status = agg_for_each (arguments->options, target, arguments->which,
			     take, arguments);
  if (status == 0 && arguments->options->json && !arguments->is_first)
    {
      json_t *document = cli_json_pack ("{s:I, s:O}", "time", (json_int_t) now,
					"aggregations", arguments->list);
      json_dumpf (document, stdout, JSON_COMPACT);
      putchar ('\n');
      json_decref (document);
    }
  json_decref (arguments->list);
  fflush (stdout);
  return status;
}

static int
watch (struct arguments *arguments, struct mdtrace_target *target)
{
  int status = 0;

  /* What is new is only known from the second time on.  */
  arguments->is_first = !arguments->totals;
  if (arguments->is_first)
    {
      status = look (arguments, target);
      watch_wait (arguments->interval_ms);
    }
  arguments->is_first = false;
  for (unsigned long printed = 0;
       status == 0 && !watch_is_over ()
       && (arguments->count == 0 || printed < arguments->count);
       printed++)
    {
      if (printed > 0)
	watch_wait (arguments->interval_ms);
      /* An interrupted wait ends with what there is by then.  */
      status = look (arguments, target);
    }
  return status;
}

int
cli_agg_watch (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments
      = { .options = options, .interval_ms = WATCH_INTERVAL_MS };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "[PROBE]",
	  .doc = "Print what PROBE, a number or a label, or all probes, have "
		 "added up since the last time, until interrupted.  With "
		 "--json, one object in a line each time." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  watch_start ();
  int status = watch (&arguments, target);
  while (arguments.before != NULL)
    {
      struct before *before = arguments.before;
      arguments.before = before->next;
      mdtrace_aggregate_free (before->aggregate);
      free (before);
    }
  symbols_free (&arguments.symbols);
  mdtrace_close (target);
  return status != 0 ? status : cli_finish ();
}
