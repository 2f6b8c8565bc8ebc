/* mdtrace probe create: create a probe.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "probe_request.h"
#include "probe_static.h"

enum
{
  OPTION_PERSIST = 2000
};

static const struct argp_option argp_options[] = {
  { "enable", 'e', NULL, 0, "Enable it at once", 0 },
  { "label", 'l', "TEXT", 0, "A name of your own for it", 0 },
  { "persist", OPTION_PERSIST, NULL, 0,
    "Let it stay enabled when whoever reads the rings dies", 0 },
  { "debug-file", 'd', "FILE", 0,
    "The kernel's debug file, which has names and types; default: beside the "
    "kernel that MDTRACE_KERNEL names, or that the virtual machine runs",
    0 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

struct arguments
{
  struct cli_options *options;
  const char *description;
  struct probe_request request;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;
  mdtrace_probe_config_t *config = &arguments->request.config;

  switch (key)
    {
    case 'e':
      config->enabled = 1;
      return 0;
    case 'l':
      if (strlen (argument) >= sizeof config->label)
	argp_error (state, "--label: at most %zu characters",
		    sizeof config->label - 1);
      memcpy (config->label, argument, strlen (argument) + 1);
      return 0;
    case OPTION_PERSIST:
      config->persist = 1;
      return 0;
    case 'd':
      arguments->request.debug_file = argument;
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->description != NULL)
	argp_error (state, "one probe at a time");
      arguments->description = argument;
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "name a function, for example task_create");
      return 0;
    case ARGP_KEY_INIT:
      state->child_inputs[1] = &arguments->request;
      return cli_parse_rest (key, argument, state, arguments->options);
    case ARGP_KEY_SUCCESS:
      probe_request_describe (state, &arguments->request,
			      arguments->description);
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* Whether it goes without saying how many sites there are.  */
static bool
is_one_place (const mdtrace_probe_config_t *config,
	      const mdtrace_created_t *created)
{
  return created->sites == 1 && created->refused == 0
	 && (cli_is_single (config)
	     || probe_only_kind (config) == MDTRACE_PROBE_ADDRESS);
}

static const char *
plural (uint32_t count)
{
  return count == 1 ? "" : "s";
}

static void
print (const mdtrace_probe_config_t *config, const mdtrace_created_t *created)
{
  bool is_one = is_one_place (config, created);
  char *description
      = cli_describe (config->function, config->kinds, config->offset, is_one);
  const char *state = mdtrace_state_words (
      config->enabled ? MDTRACE_STATE_ENABLED : MDTRACE_STATE_DISABLED);

  printf ("probe %u: %s", (unsigned) created->id, description);
  if (is_one)
    printf (" (%s)", mdtrace_kinds_words (config->kinds));
  else
    printf (": %u site%s in %u function%s", (unsigned) created->sites,
	    plural (created->sites), (unsigned) created->functions,
	    plural (created->functions));
  printf (", %s", state);
  if (created->refused > 0)
    printf ("; %u site%s refused:", (unsigned) created->refused,
	    plural (created->refused));
  putchar ('\n');
  for (unsigned reason = 0; reason < MDTRACE_REASONS_MAX; reason++)
    if (created->reasons[reason] > 0)
      printf ("%6u %s\n", (unsigned) created->reasons[reason],
	      mdtrace_reason_words (reason));
  free (description);
}

static void
print_json (const mdtrace_probe_config_t *config,
	    const mdtrace_created_t *created)
{
  char *description
      = cli_describe (config->function, config->kinds, config->offset,
		      is_one_place (config, created));
  json_t *reasons = json_array ();

  for (unsigned reason = 0; reason < MDTRACE_REASONS_MAX; reason++)
    if (created->reasons[reason] > 0)
      json_array_append_new (
	  reasons, cli_json_pack ("{s:s, s:i, s:i}", "reason",
				  mdtrace_reason_words (reason),
				  "reason_number", (int) reason, "sites",
				  (int) created->reasons[reason]));
  cli_print_json (cli_json_pack (
      "{s:i, s:s, s:s, s:s, s:s, s:b, s:s, s:i, s:i, s:i, s:o, s:o}",
      "probe_id", (int) created->id, "description", description, "function",
      config->function, "kind", mdtrace_kinds_words (config->kinds), "state",
      mdtrace_state_words (config->enabled ? MDTRACE_STATE_ENABLED
					   : MDTRACE_STATE_DISABLED),
      "persist", (int) config->persist, "label", config->label, "sites",
      (int) created->sites, "functions", (int) created->functions, "refused",
      (int) created->refused, "reasons", reasons, "values",
      cli_json_names (config->names)));
  free (description);
}

/* Say that a probe was created.  */
static void
tell (void *closure, const struct probe_made *made)
{
  const struct cli_options *options = closure;

  if (made->description != NULL)
    probe_static_print (options, made);
  else if (options->json)
    print_json (made->config, made->created);
  else
    print (made->config, made->created);
}

int
cli_probe_create (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = {
    .options = options,
    .request = { .options = options, .tell = tell, .closure = options },
  };
  const struct argp_child children[] = { cli_children[0],
					 { &probe_request_argp, 0, NULL, 0 },
					 { NULL, 0, NULL, 0 } };
  const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .children = children,
    .args_doc = "FUNCTION|FUNCTION+OFFSET|ADDRESS|"
		"PROVIDER:MODULE:FUNCTION:NAME",
    .doc = "Create a probe at the entry of a kernel function, at an address, "
	   "or at all places that a description matches.\v"
	   "Each part of a description can be a pattern, and an empty one "
	   "matches all: fbt:kernel:vm_*:return.  FUNCTION@FILE.c tells "
	   "functions of the same name apart.  PROVIDER:::EVENT is a static "
	   "probe, such as vm:::fault; of a pattern, each that matches.",
  };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  struct mdtrace_debug *debug = NULL;
  if (probe_request_wants_debug (&arguments.request))
    debug = cli_open_debug (options, target, arguments.request.debug_file);
  int status = probe_request_create (&arguments.request, target, debug);
  mdtrace_debug_close (debug);
  mdtrace_close (target);
  return status != 0 ? status : cli_finish ();
}
