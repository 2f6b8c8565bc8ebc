/* mdtrace probe list: list probes and their counts.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A row, or an object of JSON, is a probe, or with --per-cpu and --per-site
   a part of one.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "probe_static.h"
#include "probe.h"
#include "probe_detail.h"
#include "table.h"

enum
{
  OPTION_AVAILABLE = 2000,
  OPTION_PER_CPU,
  OPTION_PER_SITE
};

static const struct argp_option argp_options[] = {
  { "all", 'a', NULL, 0,
    "Also probes that were destroyed and are remembered still", 0 },
  { "verbose", 'v', NULL, 0,
    "All that is known of each probe, in several lines; the default if one is "
    "named",
    0 },
  { "per-cpu", OPTION_PER_CPU, NULL, 0, "The counts on each CPU", 0 },
  { "per-site", OPTION_PER_SITE, NULL, 0, "The counts of each site", 0 },
  { "available", OPTION_AVAILABLE, NULL, 0,
    "Instead: the functions that can be probed, of those that the "
    "description or function PATTERN matches, with arguments and types",
    0 },
  { "debug-file", 'd', "FILE", 0,
    "With --available: the kernel's debug file, which has names and types; "
    "default: beside the kernel that MDTRACE_KERNEL names, or that the "
    "virtual machine runs",
    0 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

struct arguments
{
  struct cli_options *options;
  bool all, per_cpu, per_site, available, verbose;
  const char *pattern; /* or a probe; null: all */
  const char *debug_file;
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
    case 'v':
      arguments->verbose = true;
      return 0;
    case OPTION_PER_CPU:
      arguments->per_cpu = true;
      return 0;
    case OPTION_PER_SITE:
      arguments->per_site = true;
      return 0;
    case OPTION_AVAILABLE:
      arguments->available = true;
      return 0;
    case 'd':
      arguments->debug_file = argument;
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->pattern != NULL)
	argp_error (state, "one probe or pattern at a time");
      arguments->pattern = argument;
      return 0;
    case ARGP_KEY_END:
      if (arguments->pattern != NULL && !arguments->available
	  && mdtrace_is_pattern (arguments->pattern))
	argp_error (state, "%s: a pattern goes with --available",
		    arguments->pattern);
      if (arguments->debug_file != NULL && !arguments->available)
	argp_error (state, "--debug-file goes with --available");
      if (arguments->verbose && (arguments->per_cpu || arguments->per_site))
	argp_error (state, "--verbose tells of whole probes; leave --per-cpu "
			   "and --per-site out");
      if (arguments->pattern != NULL && !arguments->per_cpu
	  && !arguments->per_site)
	arguments->verbose = true;
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* A listing under way: of text or of JSON, the other is null.  */
struct listing
{
  const struct arguments *arguments;
  struct mdtrace_target *target;
  struct table *table;
  json_t *list;
};

static bool
is_shown (const struct arguments *arguments, const mdtrace_probe_info_t *probe)
{
  if (arguments->pattern != NULL
      && !probe_is_meant (probe, arguments->pattern))
    return false;
  return arguments->all || probe->state != MDTRACE_STATE_DESTROYED;
}

static void
add_count_columns (struct table *table)
{
  table_add_column (table, "HITS", true);
  table_add_column (table, "RECORDED", true);
  table_add_column (table, "FILTERED", true);
  table_add_column (table, "DROPPED", true);
  table_add_column (table, "THROTTLED", true);
  table_add_column (table, "MISSED", true);
}

static void
add_columns (const struct listing *listing)
{
  const struct arguments *arguments = listing->arguments;
  bool in_parts = arguments->per_cpu || arguments->per_site;
  struct table *table = listing->table;

  table_add_column (table, "PROBE", true);
  if (arguments->per_cpu)
    table_add_column (table, "CPU", true);
  table_add_column (table, "FUNCTION", false);
  table_add_column (table, "KIND", false);
  if (arguments->per_site)
    {
      table_add_column (table, "ADDRESS", false);
      table_add_column (table, "MODE", false);
    }
  if (!in_parts)
    {
      table_add_column (table, "SITES", true);
      table_add_column (table, "STATE", false);
    }
  add_count_columns (table);
  if (!in_parts)
    table_add_column (table, "LABEL", false);
}

static void
add_counts (struct table *table, const mdtrace_counts_t *counts)
{
  table_add_number (table, counts->hits);
  table_add_number (table, counts->recorded);
  table_add_number (table, counts->filtered);
  table_add_number (table, counts->dropped);
  table_add_number (table, counts->throttled);
  table_add_number (table, counts->missed);
}

/* The counts, with the members of OBJECT, which is released, before them.  */
static json_t *
with_counts (json_t *object, const mdtrace_counts_t *counts)
{
  json_object_set_new (object, "hits", json_integer (counts->hits));
  json_object_set_new (object, "recorded", json_integer (counts->recorded));
  json_object_set_new (object, "filtered", json_integer (counts->filtered));
  json_object_set_new (object, "dropped", json_integer (counts->dropped));
  json_object_set_new (object, "throttled", json_integer (counts->throttled));
  json_object_set_new (object, "missed", json_integer (counts->missed));
  return object;
}

static char *
function_of_probe (const mdtrace_probe_info_t *probe)
{
  bool is_address = probe->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);

  if (probe->event[0] != '\0')
    return probe_static_describe (probe->provider, "", probe->event);
  if (is_address)
    return cli_describe (probe->function, probe->kinds, probe->offset, true);
  return cli_format ("%s", probe->function[0] != '\0' ? probe->function : "*");
}

/* The state of PROBE, and what there is to say of it.  */
static char *
state_of_probe (const mdtrace_probe_info_t *probe,
		const struct probe_detail *detail)
{
  char *stopped = probe_detail_stopped (detail);
  const char *more = "";

  if (stopped != NULL)
    {
      char *text
	  = cli_format ("%s: %s", mdtrace_state_words (probe->state), stopped);
      free (stopped);
      return text;
    }
  if (probe->state == MDTRACE_STATE_DISABLED && probe->lapsed)
    more = ": its reader died";
  else if (probe->state == MDTRACE_STATE_ENABLED && probe->persist)
    more = ", persists";
  return cli_format ("%s%s", mdtrace_state_words (probe->state), more);
}

static json_t *
probe_json (const mdtrace_probe_info_t *probe)
{
  const char *part = mdtrace_kinds_part (probe->kinds);
  char *name = probe->event[0] != '\0' ? cli_format ("%s", probe->event)
	       : probe->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS)
		   ? cli_format ("+0x%llx", (unsigned long long) probe->offset)
		   : cli_format ("%s", part);
  json_t *object = cli_json_pack (
      "{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:o, s:i, s:i, s:i, "
      "s:o}",
      "probe_id", (int) probe->id, "provider", probe->provider, "module",
      probe->module, "function", probe->function, "name", name, "kind",
      probe_static_kind (probe), "state", mdtrace_state_words (probe->state),
      "persist", (int) probe->persist, "lapsed", (int) probe->lapsed, "label",
      probe->label, "address", cli_json_address (probe->address), "sites",
      (int) probe->sites, "functions", (int) probe->functions, "refused",
      (int) probe->refused, "values", cli_json_names (probe->names));

  free (name);
  return with_counts (object, &probe->counts);
}

/* One site of PROBE, on CPU unless that is MDTRACE_CPU_ALL.  */
static void
list_site (const struct listing *listing, const mdtrace_probe_info_t *probe,
	   uint32_t cpu, const struct mdtrace_site *site, json_t *list)
{
  uint64_t offset = site->address - site->function_address;

  if (list != NULL)
    {
      json_array_append_new (
	  list, with_counts (
		    cli_json_pack ("{s:s, s:s, s:o, s:I, s:s, s:s}",
				   "function", site->function, "kind",
				   mdtrace_kind_words (site->kind), "address",
				   cli_json_address (site->address), "offset",
				   (json_int_t) offset, "plan",
				   mdtrace_mode_words (site->plan), "mode",
				   mdtrace_mode_words (site->mode)),
		    &site->counts));
      return;
    }
  char *function = offset == 0 ? cli_format ("%s", site->function)
			       : cli_format ("%s+0x%llx", site->function,
					     (unsigned long long) offset);
  char *address = cli_format ("0x%llx", (unsigned long long) site->address);
  table_add_number (listing->table, probe->id);
  if (cpu != MDTRACE_CPU_ALL)
    table_add_number (listing->table, cpu);
  table_add_cell (listing->table, function);
  table_add_cell (listing->table, mdtrace_kind_words (site->kind));
  table_add_cell (listing->table, address);
  table_add_cell (listing->table, mdtrace_mode_words (site->mode));
  add_counts (listing->table, &site->counts);
  free (address);
  free (function);
}

/* All sites of PROBE on CPU; as JSON into *LIST.  A destroyed probe may have
   none any more.  */
static int
list_sites (const struct listing *listing, const mdtrace_probe_info_t *probe,
	    uint32_t cpu, json_t **list)
{
  struct mdtrace_site *sites;
  size_t count;
  int error
      = mdtrace_probe_sites (listing->target, probe->id, cpu, &sites, &count);

  *list = listing->list != NULL ? json_array () : NULL;
  if (error == MDTRACE_ERR_NO_SUCH_PROBE)
    return MDTRACE_OK;
  if (error != MDTRACE_OK)
    return error;
  for (size_t i = 0; i < count; i++)
    list_site (listing, probe, cpu, &sites[i], *list);
  free (sites);
  return MDTRACE_OK;
}

/* PROBE on one CPU, by sites if asked to; as JSON into *OBJECT.  */
static int
list_cpu (const struct listing *listing, const mdtrace_probe_info_t *probe,
	  uint32_t cpu, const mdtrace_counts_t *counts, json_t **object)
{
  json_t *sites;
  int error = MDTRACE_OK;

  *object = NULL;
  if (listing->list != NULL)
    *object = with_counts (cli_json_pack ("{s:i}", "cpu", (int) cpu), counts);
  if (listing->arguments->per_site)
    {
      error = list_sites (listing, probe, cpu, &sites);
      if (*object != NULL)
	json_object_set_new (*object, "by_site", sites);
    }
  else if (listing->list == NULL)
    {
      char *function = function_of_probe (probe);
      table_add_number (listing->table, probe->id);
      table_add_number (listing->table, cpu);
      table_add_cell (listing->table, function);
      table_add_cell (listing->table, probe_static_kind (probe));
      add_counts (listing->table, counts);
      free (function);
    }
  return error;
}

/* PROBE on each CPU; as JSON into *LIST.  */
static int
list_cpus (const struct listing *listing, const mdtrace_probe_info_t *probe,
	   json_t **list)
{
  mdtrace_counts_t counts[MDTRACE_CPUS_MAX];
  unsigned cpus;
  int error = mdtrace_probe_counts (listing->target, probe->id, counts, &cpus);

  *list = listing->list != NULL ? json_array () : NULL;
  if (error == MDTRACE_ERR_NO_SUCH_PROBE)
    return MDTRACE_OK;
  for (unsigned cpu = 0; error == MDTRACE_OK && cpu < cpus; cpu++)
    {
      json_t *object;
      error = list_cpu (listing, probe, cpu, &counts[cpu], &object);
      if (*list != NULL)
	json_array_append_new (*list, object);
    }
  return error;
}

static void
list_whole (const struct listing *listing, const mdtrace_probe_info_t *probe,
	    const struct probe_detail *detail)
{
  char *function = function_of_probe (probe);
  char *state = state_of_probe (probe, detail);

  if (listing->arguments->verbose)
    {
      probe_detail_print (probe, state, detail);
      free (state);
      free (function);
      return;
    }
  table_add_number (listing->table, probe->id);
  table_add_cell (listing->table, function);
  table_add_cell (listing->table, probe_static_kind (probe));
  table_add_number (listing->table, probe->sites);
  table_add_cell (listing->table, state);
  add_counts (listing->table, &probe->counts);
  table_add_cell (listing->table, probe->label);
  free (state);
  free (function);
}

static int
list_probe (const struct listing *listing, const mdtrace_probe_info_t *probe)
{
  const struct arguments *arguments = listing->arguments;
  json_t *object = listing->list != NULL ? probe_json (probe) : NULL;
  json_t *parts = NULL;
  struct probe_detail detail = { .is_known = false };
  int error = MDTRACE_OK;

  /* In the table it only tells why a probe was switched off.  */
  if (object != NULL || arguments->verbose
      || probe->state == MDTRACE_STATE_DISABLED)
    error = probe_detail_get (listing->target, probe->id, &detail);
  if (error != MDTRACE_OK)
    {
      json_decref (object);
      return error;
    }
  if (object != NULL)
    probe_detail_json (probe, &detail, object);
  if (arguments->per_cpu)
    error = list_cpus (listing, probe, &parts);
  else if (arguments->per_site)
    error = list_sites (listing, probe, MDTRACE_CPU_ALL, &parts);
  else if (listing->list == NULL)
    list_whole (listing, probe, &detail);
  if (object != NULL)
    {
      if (parts != NULL)
	json_object_set_new (object, arguments->per_cpu ? "by_cpu" : "by_site",
			     parts);
      json_array_append_new (listing->list, object);
    }
  return error;
}

static int
list_probes (const struct arguments *arguments, struct mdtrace_target *target)
{
  struct listing listing = { .arguments = arguments, .target = target };
  mdtrace_probe_info_t *probes;
  size_t count, listed = 0;
  int error = mdtrace_probe_list (target, 1, &probes, &count);

  if (error != MDTRACE_OK)
    return error;
  if (arguments->options->json)
    listing.list = json_array ();
  else if (!arguments->verbose)
    {
      listing.table = table_new ();
      add_columns (&listing);
    }
  for (size_t i = 0; i < count && error == MDTRACE_OK; i++)
    if (is_shown (arguments, &probes[i]))
      {
	error = list_probe (&listing, &probes[i]);
	listed++;
      }
  free (probes);
  if (error == MDTRACE_OK && arguments->pattern != NULL && listed == 0)
    error = MDTRACE_ERR_NO_SUCH_PROBE;
  if (error != MDTRACE_OK)
    return error;
  if (arguments->options->json)
    cli_print_json (cli_json_pack ("{s:o}", "probes", listing.list));
  else if (!arguments->verbose)
    table_print (listing.table);
  return MDTRACE_OK;
}

int
cli_probe_list (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "[PROBE]\n--available [PATTERN]",
	  .doc = "List probes, or all about PROBE, a number or a label, and "
		 "what became of their hits: hits = recorded + filtered + "
		 "dropped + throttled + missed." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  if (arguments.available)
    return probe_list_available (options, arguments.pattern,
				 arguments.debug_file);
  struct mdtrace_target *target = cli_open (options);
  int error = list_probes (&arguments, target);
  if (error != MDTRACE_OK)
    return cli_report (options,
		       error == MDTRACE_ERR_NO_SUCH_PROBE
			   ? arguments.pattern
			   : mdtrace_target_url (target),
		       error, mdtrace_detail (target));
  mdtrace_close (target);
  return cli_finish ();
}
