/* mdtrace probe create: create a probe.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum
{
  SUGGESTIONS_MAX = 3
};

static const struct argp_option argp_options[]
    = { { "enable", 'e', NULL, 0, "Enable it at once", 0 },
	{ "label", 'l', "TEXT", 0, "A name of your own for it", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *description;
  mdtrace_probe_config_t config;
};

/* Copy the LENGTH characters at TEXT into the array TO of BYTES, or end with a
   usage error about WHAT.  */
static void
copy_part (const struct argp_state *state, const char *what, char *to,
	   size_t bytes, const char *text, size_t length)
{
  if (length >= bytes)
    argp_error (state, "%s: at most %zu characters", what, bytes - 1);
  memcpy (to, text, length);
  to[length] = '\0';
}

/* Take provider:module:function:name apart, of which an empty part matches
   all; without a colon it is a function.  */
static void
parse_description (const struct argp_state *state, const char *text,
		   mdtrace_probe_config_t *config)
{
  const char *parts[4];
  size_t lengths[4];
  size_t count = 0;
  char provider[16], name[16];

  if (strchr (text, ':') == NULL)
    {
      copy_part (state, "FUNCTION", config->function, sizeof config->function,
		 text, strlen (text));
      return;
    }
  for (const char *part = text; count < 4; part += lengths[count - 1] + 1)
    {
      parts[count] = part;
      lengths[count] = strcspn (part, ":");
      if (part[lengths[count++]] == '\0')
	break;
    }
  if (count != 4 || parts[3][lengths[3]] != '\0')
    argp_error (state,
		"'%s': a description has four parts, "
		"PROVIDER:MODULE:FUNCTION:NAME, as in fbt::task_create:entry",
		text);
  copy_part (state, "PROVIDER", provider, sizeof provider, parts[0],
	     lengths[0]);
  copy_part (state, "MODULE", config->module, sizeof config->module, parts[1],
	     lengths[1]);
  copy_part (state, "FUNCTION", config->function, sizeof config->function,
	     parts[2], lengths[2]);
  copy_part (state, "NAME", name, sizeof name, parts[3], lengths[3]);
  if (provider[0] != '\0' && strcmp (provider, "fbt") != 0)
    argp_error (state, "'%s': no such provider; there is fbt", provider);
  if (config->module[0] != '\0' && strcmp (config->module, "kernel") != 0)
    argp_error (state, "'%s': no such module; there is kernel",
		config->module);
  if (name[0] != '\0' && strcmp (name, "entry") != 0)
    argp_error (state, "'%s': no such place in a function; there is entry",
		name);
  if (config->function[0] == '\0')
    argp_error (state, "'%s': name a function", text);
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'e':
      arguments->config.enabled = 1;
      return 0;
    case 'l':
      copy_part (state, "--label", arguments->config.label,
		 sizeof arguments->config.label, argument, strlen (argument));
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->description != NULL)
	argp_error (state, "one probe at a time");
      arguments->description = argument;
      parse_description (state, argument, &arguments->config);
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "name a function, for example task_create");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* Report that the function is not there, with names that look like it.  */
static int
report_unknown (struct mdtrace_target *target,
		const struct arguments *arguments, int error)
{
  struct mdtrace_function *functions;
  size_t count;
  const char *suggestions[SUGGESTIONS_MAX];
  char text[SUGGESTIONS_MAX * (MDTRACE_FUNCTION_BYTES + 4) + 32] = "";

  if (mdtrace_function_list (target, &functions, &count) == MDTRACE_OK)
    {
      size_t found
	  = mdtrace_suggest (functions, count, arguments->config.function,
			     suggestions, SUGGESTIONS_MAX);
      for (size_t i = 0; i < found; i++)
	{
	  strcat (text, i == 0		? "did you mean "
			: i + 1 < found ? ", "
					: " or ");
	  strcat (text, suggestions[i]);
	}
      if (found > 0)
	strcat (text, "?");
      free (functions);
    }
  return cli_report (arguments->options, arguments->config.function, error,
		     text);
}

/* Report that several functions have the name, with what tells them apart.  */
static int
report_ambiguous (struct mdtrace_target *target,
		  const struct arguments *arguments, int error)
{
  struct mdtrace_function *functions;
  size_t count;
  size_t length = strlen (arguments->config.function);
  char *text = cli_format ("%s", "");

  if (mdtrace_function_list (target, &functions, &count) == MDTRACE_OK)
    {
      for (size_t i = 0; i < count; i++)
	if (strncmp (functions[i].name, arguments->config.function, length)
		== 0
	    && functions[i].name[length] == '@')
	  {
	    char *longer = cli_format ("%s%s%s", text,
				       text[0] != '\0' ? ", " : "there are ",
				       functions[i].name);
	    free (text);
	    text = longer;
	  }
      free (functions);
    }
  int status = cli_report (arguments->options, arguments->config.function,
			   error, text);
  free (text);
  return status;
}

/* Report that the function may not be probed, and why.  */
static int
report_refused (struct mdtrace_target *target,
		const struct arguments *arguments, int error)
{
  struct mdtrace_function *functions;
  size_t count;
  const char *reason = "";

  if (mdtrace_function_list (target, &functions, &count) == MDTRACE_OK)
    {
      for (size_t i = 0; i < count; i++)
	if (strcmp (functions[i].name, arguments->config.function) == 0)
	  reason = mdtrace_reason_words (functions[i].refusal);
      free (functions);
    }
  char *detail = cli_format ("it %s", reason);
  int status = cli_report (arguments->options, arguments->config.function,
			   error, reason[0] != '\0' ? detail : NULL);
  free (detail);
  return status;
}

/* Report that there are as many probes as there can be.  */
static int
report_too_many (struct mdtrace_target *target,
		 const struct arguments *arguments, int error)
{
  mdtrace_status_t status;
  char *detail = NULL;

  if (mdtrace_get_status (target, &status) == MDTRACE_OK)
    detail = cli_format ("this kernel was made with a limit of %u",
			 (unsigned) status.probes_max);
  int result = cli_report (arguments->options, arguments->config.function,
			   error, detail);
  free (detail);
  return result;
}

int
cli_probe_create (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments
      = { .options = options,
	  .config = { .kind = MDTRACE_PROBE_FUNCTION_ENTRY } };
  const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .children = cli_children,
    .args_doc = "FUNCTION|PROVIDER:MODULE:FUNCTION:NAME",
    .doc = "Create a probe at the entry of a kernel function.\v"
	   "FUNCTION@FILE.c tells functions of the same name apart.",
  };
  uint32_t id;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  int error = mdtrace_probe_create (target, &arguments.config, &id);
  int status = 0;
  switch (error)
    {
    case MDTRACE_OK:
      break;
    case MDTRACE_ERR_NO_SUCH_FUNCTION:
      status = report_unknown (target, &arguments, error);
      break;
    case MDTRACE_ERR_AMBIGUOUS_FUNCTION:
      status = report_ambiguous (target, &arguments, error);
      break;
    case MDTRACE_ERR_REFUSED_SITE:
      status = report_refused (target, &arguments, error);
      break;
    case MDTRACE_ERR_TOO_MANY_PROBES:
      status = report_too_many (target, &arguments, error);
      break;
    default:
      status = cli_report (options, arguments.config.function, error,
			   mdtrace_detail (target));
    }
  if (status == 0)
    {
      const char *kind = mdtrace_kind_words (arguments.config.kind);
      const char *state = mdtrace_state_words (arguments.config.enabled
						   ? MDTRACE_STATE_ENABLED
						   : MDTRACE_STATE_DISABLED);
      if (options->json)
	cli_print_json (
	    json_pack ("{s:i, s:s, s:s, s:s, s:s}", "probe_id", (int) id,
		       "function", arguments.config.function, "kind", kind,
		       "state", state, "label", arguments.config.label));
      else
	printf ("probe %u: %s (%s), %s\n", (unsigned) id,
		arguments.config.function, kind, state);
      status = cli_finish ();
    }
  mdtrace_close (target);
  return status;
}
