/* mdtrace budget: what all probes take of the CPUs, and may take.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "cli.h"
#include "table.h"

static const struct argp_option argp_options[] = {
  { "max", 'm', "P%", 0,
    "Let all probes together take P percent of each CPU's time at most, "
    "before the dearest of them is switched off; off: whatever they take",
    0 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

struct arguments
{
  struct cli_options *options;
  bool sets_max;
  uint32_t max; /* 0: off */
};

uint32_t
budget_parse (const struct argp_state *state, const char *argument,
	      const char *what)
{
  const char *at = argument;
  unsigned long share = 0;
  int decimals = -1; /* no point yet */

  for (; decimals < 2 && share <= MDTRACE_SHARE_ALL; at++)
    if (*at >= '0' && *at <= '9')
      {
	share = 10 * share + (*at - '0');
	decimals += decimals >= 0;
      }
    else if (*at == '.' && decimals < 0 && at > argument)
      decimals = 0;
    else
      break;
  bool is_number = at > argument && at[-1] != '.';
  for (decimals = decimals < 0 ? 0 : decimals; decimals < 2; decimals++)
    share *= 10;
  if (*at == '%')
    at++;
  if (!is_number || *at != '\0' || share == 0 || share > MDTRACE_SHARE_ALL)
    argp_error (state,
		"%s must be a percentage from 0.01 to 100, with two decimals "
		"at most, as in 2%% or 0.5%%, not '%s'",
		what, argument);
  return share;
}

void
budget_format (char text[BUDGET_TEXT_BYTES], uint32_t share)
{
  int decimals = share % 100 == 0 ? 0 : share % 10 == 0 ? 1 : 2;

  snprintf (text, BUDGET_TEXT_BYTES, "%.*f %%", decimals, share / 100.0);
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'm':
      arguments->sets_max = true;
      arguments->max = strcmp (argument, "off") == 0
			   ? 0
			   : budget_parse (state, argument, "--max");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

static void
print (const mdtrace_load_t *loads, unsigned cpus)
{
  struct table *table = table_new ();
  char text[BUDGET_TEXT_BYTES];

  table_add_column (table, "CPU", true);
  table_add_column (table, "TAKEN", true);
  table_add_column (table, "MAX", true);
  table_add_column (table, "STOPS", true);
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      table_add_number (table, cpu);
      budget_format (text, loads[cpu].share);
      table_add_cell (table, text);
      budget_format (text, loads[cpu].share_max);
      table_add_cell (table, loads[cpu].share_max != 0 ? text : "off");
      table_add_number (table, loads[cpu].stops);
    }
  table_print (table);
}

static void
print_json (const mdtrace_load_t *loads, unsigned cpus)
{
  json_t *list = json_array ();

  for (unsigned cpu = 0; cpu < cpus; cpu++)
    json_array_append_new (
	list, cli_json_pack ("{s:i, s:f, s:o, s:I}", "cpu", (int) cpu,
			     "share_percent", loads[cpu].share / 100.0,
			     "max_percent",
			     loads[cpu].share_max != 0
				 ? json_real (loads[cpu].share_max / 100.0)
				 : json_null (),
			     "stops", (json_int_t) loads[cpu].stops));
  cli_print_json (cli_json_pack ("{s:o}", "cpus", list));
}

int
cli_budget (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .doc = "Show what all probes together have taken of each CPU's time "
		 "over the last second, what they may take, and how often one "
		 "had to be switched off since they took more." };
  mdtrace_load_t loads[MDTRACE_CPUS_MAX];
  unsigned cpus;
  int error = MDTRACE_OK;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  if (arguments.sets_max)
    error = mdtrace_set_share (target, arguments.max);
  if (error == MDTRACE_OK)
    error = mdtrace_get_loads (target, loads, &cpus);
  if (error != MDTRACE_OK)
    return cli_report (options, mdtrace_target_url (target), error,
		       mdtrace_detail (target));
  if (options->json)
    print_json (loads, cpus);
  else
    print (loads, cpus);
  mdtrace_close (target);
  return cli_finish ();
}
