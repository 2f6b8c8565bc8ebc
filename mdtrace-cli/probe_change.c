/* mdtrace probe enable, disable and destroy: change probes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* What can be done to a probe.  */
static const struct change
{
  const char *verb;
  const char *past;
  int (*function) (struct mdtrace_target *target, uint32_t probe_id);
} changes[] = {
  { "enable", "enabled", mdtrace_probe_enable },
  { "disable", "disabled", mdtrace_probe_disable },
  { "destroy", "destroyed", mdtrace_probe_destroy },
};

struct arguments
{
  struct cli_options *options;
  uint32_t *ids;
  size_t count;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case ARGP_KEY_ARG:
      {
	unsigned long id
	    = cli_parse_number (state, argument, "a probe's number", 1);
	if (id > UINT32_MAX)
	  argp_error (state, "%s: no probe has so large a number", argument);
	arguments->ids[arguments->count++] = id;
	return 0;
      }
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "name a probe by its number, as 'mdtrace probe list' "
			 "shows it");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* Which change the verb at the end of NAME is.  */
static const struct change *
find_change (const char *name)
{
  const char *verb = strrchr (name, ' ') + 1;

  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
    if (strcmp (verb, changes[i].verb) == 0)
      return &changes[i];
  abort ();
}

int
cli_probe_change (int argc, char **argv, struct cli_options *options)
{
  const struct change *change = find_change (argv[0]);
  struct arguments arguments
      = { .options = options, .ids = calloc (argc, sizeof (uint32_t)) };
  char *doc = cli_format ("Probes are to be %s.", change->past);
  const struct argp argp = { .parser = parse_option,
			     .children = cli_children,
			     .args_doc = "NUMBER...",
			     .doc = doc };
  json_t *document = json_object (), *done = json_array ();
  int status = 0;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  json_object_set_new (document, "probes", done);
  for (size_t i = 0; i < arguments.count && status == 0; i++)
    {
      char *name = cli_format ("probe %u", (unsigned) arguments.ids[i]);
      int error = change->function (target, arguments.ids[i]);
      if (error != MDTRACE_OK)
	{
	  /* What was done before is told as well.  */
	  const char *detail = mdtrace_detail (target);
	  cli_complain (name, error, detail);
	  json_object_set_new (document, "error",
			       cli_json_error (name, error, detail));
	  status = 1;
	}
      else if (options->json)
	json_array_append_new (done, json_pack ("{s:i, s:s}", "probe_id",
						(int) arguments.ids[i],
						"state", change->past));
      else
	printf ("%s: %s\n", name, change->past);
      free (name);
    }
  if (options->json)
    cli_print_json (document);
  else
    json_decref (document);
  free (arguments.ids);
  free (doc);
  mdtrace_close (target);
  return status != 0 ? status : cli_finish ();
}
