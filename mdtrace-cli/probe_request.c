/* mdtrace: probes that a command line asks for.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "probe.h"
#include "probe_request.h"
#include "probe_static.h"

enum
{
  MESSAGE_BYTES = 1024
};

static const struct argp_option argp_options[] = {
  { "args", 'a', "VALUE,...", 0,
    "Record these values: arguments by name, with members of structures as "
    "in 'task->map', retval at returns, registers such as %rdi at addresses",
    0 },
  { "fields", 'f', "FIELD,...", 0,
    "Record these: thread, task, address, retval, arg0 to arg5, and with "
    "--latency and --stack duration_ns and stack",
    0 },
  { NULL, 0, NULL, 0, NULL, 0 }
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
  struct probe_request *request = state->input;

  switch (key)
    {
    case 'a':
      request->values = argument;
      return 0;
    case 'f':
      request->config.fields = parse_fields (state, argument);
      return 0;
    case ARGP_KEY_INIT:
      state->child_inputs[0] = &request->probe_options;
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[]
    = { { &probe_options_argp, 0, "What is done with its hits:", 1 },
	{ NULL, 0, NULL, 0 } };

const struct argp probe_request_argp = { .options = argp_options,
					 .parser = parse_option,
					 .children = children };

void
probe_request_describe (const struct argp_state *state,
			struct probe_request *request, const char *description)
{
  mdtrace_probe_definition_t definition = { .config = request->config };
  const char *problem;

  if (mdtrace_parse_definition (description, &definition, &problem)
      != MDTRACE_OK)
    argp_error (state, "'%s': %s", description, problem);
  request->description = description;
  request->config = definition.config;
  strcpy (request->provider, definition.options.provider);
  strcpy (request->event, definition.options.event);
  probe_options_check (state, &request->probe_options, description,
		       &request->config);
}

bool
probe_request_wants_debug (const struct probe_request *request)
{
  return cli_is_single (&request->config) || request->debug_file != NULL
	 || request->probe_options.filter != NULL;
}

unsigned
probe_only_kind (const mdtrace_probe_config_t *config)
{
  for (unsigned kind = MDTRACE_PROBE_ENTRY; kind <= MDTRACE_PROBE_ADDRESS;
       kind++)
    if (config->kinds == MDTRACE_KIND_BIT (kind))
      return kind;
  return 0;
}

/* The fields of a record if nobody said which: beside the values.  */
static uint64_t
usual_fields (const struct probe_request *request)
{
  const mdtrace_probe_config_t *config = &request->config;
  uint64_t fields = MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK;

  if (!cli_is_single (config)
      || probe_only_kind (config) == MDTRACE_PROBE_RETURN
      || probe_only_kind (config) == 0)
    fields |= MDTRACE_FIELD_ADDRESS;
  if (request->probe_options.asked.latency)
    fields |= MDTRACE_FIELD_DURATION;
  return fields;
}

/* The kind of the sites at which VALUE is to be had; 0: of several.  */
static unsigned
kind_for (const struct probe_request *request, const char *value)
{
  if (!request->probe_options.asked.latency)
    return probe_only_kind (&request->config);
  /* Arguments are those at the entry.  */
  return strncmp (value, "retval", 6) == 0 ? MDTRACE_PROBE_RETURN
					   : MDTRACE_PROBE_ENTRY;
}

/* Put the VALUES that were asked for into the configuration.  Returns the
   exit status, 0 if all is well.  */
static int
add_values (struct probe_request *request, struct mdtrace_target *target,
	    const struct mdtrace_debug *debug, uint64_t address, char *values)
{
  mdtrace_probe_config_t *config = &request->config;
  char message[MESSAGE_BYTES];

  if (config->fields == 0)
    config->fields = usual_fields (request);
  for (char *value; (value = strsep (&values, ",")) != NULL;)
    {
      int error = mdtrace_add_value (debug, address, kind_for (request, value),
				     value, config, message, sizeof message);
      /* That the function has no such argument says little if there is no
	 such function.  */
      if (error != MDTRACE_OK && address == 0 && cli_is_single (config)
	  && !probe_function_exists (target, config->function))
	return probe_report (request->options, target, config, debug,
			     MDTRACE_ERR_NO_SUCH_FUNCTION);
      if (error != MDTRACE_OK)
	return cli_report (request->options, value, error, message);
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
add_names (struct probe_request *request, struct mdtrace_target *target,
	   const struct mdtrace_debug *debug, uint64_t address)
{
  mdtrace_probe_config_t *config = &request->config;
  struct mdtrace_value_name result;
  char *values
      = probe_options_values (&request->probe_options, request->values);

  if (values != NULL)
    {
      int status = add_values (request, target, debug, address, values);
      free (values);
      return status;
    }
  if (request->probe_options.asked.latency && config->fields == 0)
    {
      config->fields = usual_fields (request);
      add_result (config, debug, address);
      return 0;
    }
  if (address == 0)
    return 0;
  mdtrace_add_names (debug, address, config);
  /* There is no use in what a function leaves behind by chance.  */
  if (config->fields == 0 && probe_only_kind (config) == MDTRACE_PROBE_RETURN
      && mdtrace_debug_result (debug, address, &result)
      && strcmp (result.type, "void") == 0)
    config->fields
	= MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK | MDTRACE_FIELD_ADDRESS;
  return 0;
}

/* Create a probe that is no static one.  */
static int
create (struct probe_request *request, struct mdtrace_target *target,
	const struct mdtrace_debug *debug)
{
  const struct cli_options *options = request->options;
  mdtrace_probe_config_t *config = &request->config;
  mdtrace_probe_definition_t definition;
  struct probe_resolved resolved;
  mdtrace_created_t created;
  uint64_t address = 0;

  if (debug != NULL && cli_is_single (config)
      && mdtrace_debug_find_function (debug, config->function, &address)
	     == MDTRACE_ERR_AMBIGUOUS_FUNCTION)
    return probe_report (options, target, config, debug,
			 MDTRACE_ERR_AMBIGUOUS_FUNCTION);
  int status = add_names (request, target, debug, address);
  if (status != 0)
    return status;
  int error = probe_options_resolve (&request->probe_options, request->values,
				     debug, address, config, &resolved);
  if (error != MDTRACE_OK)
    return cli_report (options, resolved.what, error, resolved.message);
  definition.config = *config;
  definition.options = resolved.options;
  error
      = mdtrace_probe_define (target, &definition, resolved.program, &created);
  if (error != MDTRACE_OK)
    return probe_report (options, target, config, debug, error);
  const struct probe_made made = { .config = config, .created = &created };
  request->tell (request->closure, &made);
  return 0;
}

int
probe_request_create (struct probe_request *request,
		      struct mdtrace_target *target,
		      const struct mdtrace_debug *debug)
{
  return request->provider[0] != '\0'
	     ? probe_static_create (request, target, debug)
	     : create (request, target, debug);
}
