/* mdtrace probe enable, disable and destroy: change probes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe.h"

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
  char **names; /* numbers or labels */
  size_t count;
};

/* Whether NAME is a number that a probe can have, to *ID.  */
static bool
is_number (const char *name, uint32_t *id)
{
  char *end;
  unsigned long number = strtoul (name, &end, 10);

  *id = (uint32_t) number;
  return name[0] >= '0' && name[0] <= '9' && *end == '\0'
	 && number <= UINT32_MAX;
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case ARGP_KEY_ARG:
      arguments->names[arguments->count++] = argument;
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state,
		  "name a probe by its number or its label, as 'mdtrace "
		  "probe list' shows them");
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

/* What is being done.  */
struct changing
{
  const struct arguments *arguments;
  const struct change *change;
  struct mdtrace_target *target;
  json_t *document, *done;
};

/* Say that what NAME says has failed with ERROR.  What was done before is told
   as well.  Returns the exit status.  */
static int
fail (struct changing *changing, const char *name, int error)
{
  const char *detail = mdtrace_detail (changing->target);

  cli_complain (name, error, detail);
  json_object_set_new (changing->document, "error",
		       cli_json_error (name, error, detail));
  return 1;
}

/* Change the probe with ID.  Returns the exit status.  */
static int
change_one (struct changing *changing, uint32_t id)
{
  const struct change *change = changing->change;
  char *name = cli_format ("probe %" PRIu32, id);
  int error = change->function (changing->target, id);
  int status = 0;

  if (error != MDTRACE_OK)
    status = fail (changing, name, error);
  else if (changing->arguments->options->json)
    json_array_append_new (changing->done,
			   cli_json_pack ("{s:i, s:s}", "probe_id", (int) id,
					  "state", change->past));
  else
    printf ("%s: %s\n", name, change->past);
  free (name);
  return status;
}

/* Change the probe with the number NAME, or all that have it as their label.
   Returns the exit status.  */
static int
change_named (struct changing *changing, const char *name)
{
  mdtrace_probe_info_t *probes;
  size_t count;
  uint32_t id;
  int status = 0;

  if (is_number (name, &id))
    return change_one (changing, id);
  int error = probe_find (changing->target, name, &probes, &count);
  if (error != MDTRACE_OK)
    return fail (changing, name, error);
  for (size_t i = 0; i < count && status == 0; i++)
    status = change_one (changing, probes[i].id);
  free (probes);
  return status;
}

int
cli_probe_change (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments
      = { .options = options, .names = calloc (argc, sizeof (char *)) };
  struct changing changing = { .arguments = &arguments,
			       .change = find_change (argv[0]),
			       .document = json_object (),
			       .done = json_array () };
  char *doc = cli_format ("Probes are to be %s: those with these numbers or "
			  "labels.",
			  changing.change->past);
  const struct argp argp = { .parser = parse_option,
			     .children = cli_children,
			     .args_doc = "PROBE...",
			     .doc = doc };
  int status = 0;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  changing.target = cli_open (options);
  json_object_set_new (changing.document, "probes", changing.done);
  for (size_t i = 0; i < arguments.count && status == 0; i++)
    status = change_named (&changing, arguments.names[i]);
  if (options->json)
    cli_print_json (changing.document);
  else
    json_decref (changing.document);
  free (arguments.names);
  free (doc);
  mdtrace_close (changing.target);
  return status != 0 ? status : cli_finish ();
}
