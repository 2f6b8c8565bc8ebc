/* mdtrace probe create: create a probe.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "probe.h"
#include "probe_options.h"
#include "probe_static.h"

enum
{
  OPTION_PERSIST = 2000,
  MESSAGE_BYTES = 1024
};

static const struct argp_option argp_options[] = {
  { "enable", 'e', NULL, 0, "Enable it at once", 0 },
  { "label", 'l', "TEXT", 0, "A name of your own for it", 0 },
  { "persist", OPTION_PERSIST, NULL, 0,
    "Let it stay enabled when whoever reads the rings dies", 0 },
  { "args", 'a', "VALUE,...", 0,
    "Record these values: arguments by name, with members of structures as "
    "in 'task->map', retval at returns, registers such as %rdi at addresses",
    0 },
  { "fields", 'f', "FIELD,...", 0,
    "Record these: thread, task, address, retval, arg0 to arg5, and with "
    "--latency and --stack duration_ns and stack",
    0 },
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
  const char *debug_file;
  char *values;
  struct probe_options probe_options;
  mdtrace_probe_config_t config;
  /* Of a static probe, or patterns of them; otherwise empty.  */
  char provider[MDTRACE_PROVIDER_BYTES];
  char event[MDTRACE_EVENT_BYTES];
};

/* The mask of the fields that LIST names.  */
static uint64_t
parse_fields (const struct argp_state *state, char *list)
{
  static const struct
  {
    const char *name;
    uint64_t bit;
  } fields[] = {
#define MDTRACE_FIELD(bit, name, column, documentation)                       \
  { #column, MDTRACE_FIELD_##name },
#include "mdtrace_fields.def"
#undef MDTRACE_FIELD
  };
  enum
  {
    FIELDS = sizeof fields / sizeof fields[0]
  };
  uint64_t mask = 0;

  for (char *name; (name = strsep (&list, ",")) != NULL;)
    {
      size_t i = 0;
      while (i < FIELDS && strcmp (name, fields[i].name) != 0)
	i++;
      if (i == FIELDS)
	argp_error (state,
		    "--fields: '%s': no such field; there are thread, task, "
		    "address, retval, arg0 to arg5, duration_ns, stack",
		    name);
      mask |= fields[i].bit;
    }
  return mask;
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;
  mdtrace_probe_config_t *config = &arguments->config;
  mdtrace_probe_definition_t definition;
  const char *problem;

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
    case 'a':
      arguments->values = argument;
      return 0;
    case 'f':
      config->fields = parse_fields (state, argument);
      return 0;
    case 'd':
      arguments->debug_file = argument;
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->description != NULL)
	argp_error (state, "one probe at a time");
      arguments->description = argument;
      definition.config = *config;
      if (mdtrace_parse_definition (argument, &definition, &problem)
	  != MDTRACE_OK)
	argp_error (state, "'%s': %s", argument, problem);
      *config = definition.config;
      strcpy (arguments->provider, definition.options.provider);
      strcpy (arguments->event, definition.options.event);
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "name a function, for example task_create");
      return 0;
    case ARGP_KEY_INIT:
      state->child_inputs[1] = &arguments->probe_options;
      return cli_parse_rest (key, argument, state, arguments->options);
    case ARGP_KEY_SUCCESS:
      probe_options_check (state, &arguments->probe_options,
			   arguments->description, config);
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* The kind if the probe has but one, else 0.  */
static unsigned
only_kind (const mdtrace_probe_config_t *config)
{
  for (unsigned kind = MDTRACE_PROBE_ENTRY; kind <= MDTRACE_PROBE_ADDRESS;
       kind++)
    if (config->kinds == MDTRACE_KIND_BIT (kind))
      return kind;
  return 0;
}

/* The fields of a record if nobody said which: beside the values.  */
static uint64_t
usual_fields (const struct arguments *arguments)
{
  const mdtrace_probe_config_t *config = &arguments->config;
  uint64_t fields = MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK;

  if (!cli_is_single (config) || only_kind (config) == MDTRACE_PROBE_RETURN
      || only_kind (config) == 0)
    fields |= MDTRACE_FIELD_ADDRESS;
  if (arguments->probe_options.asked.latency)
    fields |= MDTRACE_FIELD_DURATION;
  return fields;
}

/* The kind of the sites at which VALUE is to be had; 0: of several.  */
static unsigned
kind_for (const struct arguments *arguments, const char *value)
{
  if (!arguments->probe_options.asked.latency)
    return only_kind (&arguments->config);
  /* Arguments are those at the entry.  */
  return strncmp (value, "retval", 6) == 0 ? MDTRACE_PROBE_RETURN
					   : MDTRACE_PROBE_ENTRY;
}

/* Put the VALUES that were asked for into the configuration.  Returns the
   exit status, 0 if all is well.  */
static int
add_values (struct arguments *arguments, struct mdtrace_target *target,
	    const struct mdtrace_debug *debug, uint64_t address, char *values)
{
  mdtrace_probe_config_t *config = &arguments->config;
  char message[MESSAGE_BYTES];

  if (config->fields == 0)
    config->fields = usual_fields (arguments);
  for (char *value; (value = strsep (&values, ",")) != NULL;)
    {
      int error
	  = mdtrace_add_value (debug, address, kind_for (arguments, value),
			       value, config, message, sizeof message);
      /* That the function has no such argument says little if there is no
	 such function.  */
      if (error != MDTRACE_OK && address == 0 && cli_is_single (config)
	  && !probe_function_exists (target, config->function))
	return probe_report (arguments->options, target, config, debug,
			     MDTRACE_ERR_NO_SUCH_FUNCTION);
      if (error != MDTRACE_OK)
	return cli_report (arguments->options, value, error, message);
    }
  return 0;
}

/* With latency an event tells what is returned too, if that is anything.  */
static void
add_result (mdtrace_probe_config_t *config, const struct mdtrace_debug *debug,
	    uint64_t address)
{
  mdtrace_probe_config_t returns = *config;
  struct mdtrace_value_name result;

  if (address != 0 && mdtrace_debug_result (debug, address, &result)
      && strcmp (result.type, "void") == 0)
    return;
  config->fields |= MDTRACE_FIELD_RETVAL;
  if (address == 0)
    return;
  returns.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN);
  mdtrace_add_names (debug, address, &returns);
  memcpy (config->names, returns.names, sizeof config->names);
}

/* Put names of arguments and values into the configuration, where they can be
   known.  */
static int
add_names (struct arguments *arguments, struct mdtrace_target *target,
	   const struct mdtrace_debug *debug, uint64_t address)
{
  mdtrace_probe_config_t *config = &arguments->config;
  struct mdtrace_value_name result;
  char *values
      = probe_options_values (&arguments->probe_options, arguments->values);

  if (values != NULL)
    {
      int status = add_values (arguments, target, debug, address, values);
      free (values);
      return status;
    }
  if (arguments->probe_options.asked.latency && config->fields == 0)
    {
      config->fields = usual_fields (arguments);
      add_result (config, debug, address);
      return 0;
    }
  if (address == 0)
    return 0;
  mdtrace_add_names (debug, address, config);
  /* There is no use in what a function leaves behind by chance.  */
  if (config->fields == 0 && only_kind (config) == MDTRACE_PROBE_RETURN
      && mdtrace_debug_result (debug, address, &result)
      && strcmp (result.type, "void") == 0)
    config->fields
	= MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK | MDTRACE_FIELD_ADDRESS;
  return 0;
}

/* Whether it goes without saying how many sites there are.  */
static bool
is_one_place (const mdtrace_probe_config_t *config,
	      const mdtrace_created_t *created)
{
  return created->sites == 1 && created->refused == 0
	 && (cli_is_single (config)
	     || only_kind (config) == MDTRACE_PROBE_ADDRESS);
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
      json_array_append_new (reasons,
			     json_pack ("{s:s, s:i, s:i}", "reason",
					mdtrace_reason_words (reason),
					"reason_number", (int) reason, "sites",
					(int) created->reasons[reason]));
  cli_print_json (json_pack (
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

/* Create the probe, and say so.  Returns the exit status.  */
static int
create (struct arguments *arguments, struct mdtrace_target *target,
	const struct mdtrace_debug *debug)
{
  const struct cli_options *options = arguments->options;
  mdtrace_probe_config_t *config = &arguments->config;
  mdtrace_probe_definition_t definition;
  struct probe_resolved resolved;
  mdtrace_created_t created;
  uint64_t address = 0;

  if (debug != NULL && cli_is_single (config)
      && mdtrace_debug_find_function (debug, config->function, &address)
	     == MDTRACE_ERR_AMBIGUOUS_FUNCTION)
    return probe_report (options, target, config, debug,
			 MDTRACE_ERR_AMBIGUOUS_FUNCTION);
  int status = add_names (arguments, target, debug, address);
  if (status != 0)
    return status;
  int error
      = probe_options_resolve (&arguments->probe_options, arguments->values,
			       debug, address, config, &resolved);
  if (error != MDTRACE_OK)
    return cli_report (options, resolved.what, error, resolved.message);
  definition.config = *config;
  definition.options = resolved.options;
  error
      = mdtrace_probe_define (target, &definition, resolved.program, &created);
  if (error != MDTRACE_OK)
    return probe_report (options, target, config, debug, error);
  if (options->json)
    print_json (config, &created);
  else
    print (config, &created);
  return cli_finish ();
}

int
cli_probe_create (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp_child children[]
      = { cli_children[0],
	  { &probe_options_argp, 0, "What is done with its hits:", 1 },
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
  if (cli_is_single (&arguments.config) || arguments.debug_file != NULL
      || arguments.probe_options.filter != NULL)
    debug = cli_open_debug (options, target, arguments.debug_file);
  const struct probe_static statics = {
    .options = options,
    .description = arguments.description,
    .provider = arguments.provider,
    .event = arguments.event,
    .values = arguments.values,
    .probe_options = &arguments.probe_options,
    .config = &arguments.config,
  };
  int status = arguments.provider[0] != '\0'
		   ? probe_static_create (&statics, target, debug)
		   : create (&arguments, target, debug);
  mdtrace_debug_close (debug);
  mdtrace_close (target);
  return status;
}
