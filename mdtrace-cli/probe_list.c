/* mdtrace probe list: list probes and their counts.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "table.h"

static const struct argp_option argp_options[]
    = { { "all", 'a', NULL, 0,
	  "Also probes that were destroyed and are remembered still", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  bool all;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'a':
      arguments->all = true;
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

static bool
is_shown (const struct arguments *arguments, const mdtrace_probe_info_t *probe)
{
  return arguments->all || probe->state != MDTRACE_STATE_DESTROYED;
}

static void
print (const struct arguments *arguments, const mdtrace_probe_info_t *probes,
       size_t count)
{
  struct table *table = table_new ();

  table_add_column (table, "PROBE", true);
  table_add_column (table, "FUNCTION", false);
  table_add_column (table, "KIND", false);
  table_add_column (table, "STATE", false);
  table_add_column (table, "HITS", true);
  table_add_column (table, "RECORDED", true);
  table_add_column (table, "FILTERED", true);
  table_add_column (table, "DROPPED", true);
  table_add_column (table, "THROTTLED", true);
  table_add_column (table, "MISSED", true);
  table_add_column (table, "LABEL", false);
  for (size_t i = 0; i < count; i++)
    if (is_shown (arguments, &probes[i]))
      {
	table_add_number (table, probes[i].id);
	table_add_cell (table, probes[i].function);
	table_add_cell (table, mdtrace_kind_words (probes[i].kind));
	table_add_cell (table, mdtrace_state_words (probes[i].state));
	table_add_number (table, probes[i].counts.hits);
	table_add_number (table, probes[i].counts.recorded);
	table_add_number (table, probes[i].counts.filtered);
	table_add_number (table, probes[i].counts.dropped);
	table_add_number (table, probes[i].counts.throttled);
	table_add_number (table, probes[i].counts.missed);
	table_add_cell (table, probes[i].label);
      }
  table_print (table);
}

static void
print_json (const struct arguments *arguments,
	    const mdtrace_probe_info_t *probes, size_t count)
{
  json_t *list = json_array ();

  for (size_t i = 0; i < count; i++)
    if (is_shown (arguments, &probes[i]))
      {
	const mdtrace_probe_info_t *probe = &probes[i];
	json_array_append_new (
	    list,
	    json_pack (
		"{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:I, s:I, "
		"s:I, s:I, s:I, s:I}",
		"probe_id", (int) probe->id, "provider", probe->provider,
		"module", probe->module, "function", probe->function, "name",
		mdtrace_kind_part (probe->kind), "kind",
		mdtrace_kind_words (probe->kind), "state",
		mdtrace_state_words (probe->state), "label", probe->label,
		"address", cli_json_address (probe->address), "argument_count",
		(int) probe->argument_count, "hits",
		(json_int_t) probe->counts.hits, "recorded",
		(json_int_t) probe->counts.recorded, "filtered",
		(json_int_t) probe->counts.filtered, "dropped",
		(json_int_t) probe->counts.dropped, "throttled",
		(json_int_t) probe->counts.throttled, "missed",
		(json_int_t) probe->counts.missed));
      }
  cli_print_json (json_pack ("{s:o}", "probes", list));
}

int
cli_probe_list (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .doc = "List probes, and what became of their hits: hits = recorded "
		 "+ filtered + dropped + throttled + missed." };
  mdtrace_probe_info_t *probes;
  size_t count;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int error = mdtrace_probe_list (target, 1, &probes, &count);
  if (error != MDTRACE_OK)
    return cli_report (options, mdtrace_target_url (target), error,
		       mdtrace_detail (target));
  if (options->json)
    print_json (&arguments, probes, count);
  else
    print (&arguments, probes, count);
  free (probes);
  mdtrace_close (target);
  return cli_finish ();
}
