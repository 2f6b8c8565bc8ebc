/* mdtrace counter: the counters that are meant.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "counter.h"

error_t
counter_parse_rest (int key, char *argument, struct argp_state *state,
		    struct counter_names *names, struct cli_options *options)
{
  switch (key)
    {
    case ARGP_KEY_ARG:
      if (names->names == NULL)
	names->names = calloc (state->argc, sizeof *names->names);
      if (names->names == NULL)
	argp_failure (state, 1, ENOMEM, "%s", argument);
      names->names[names->count++] = argument;
      return 0;
    case ARGP_KEY_END:
      if (names->count > 1)
	for (size_t i = 0; i < names->count; i++)
	  if (strcmp (names->names[i], "all") == 0)
	    argp_error (state, "all goes with no other name");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, options);
    }
}

void
counter_names_free (struct counter_names *names)
{
  free (names->names);
}

bool
counter_names_all (const struct counter_names *names)
{
  return names->count == 1 && strcmp (names->names[0], "all") == 0;
}

int
counter_report (const struct cli_options *options,
		struct mdtrace_target *target,
		const mdtrace_counter_info_t *counter, int error)
{
  return cli_report (options, counter->name, error,
		     error == MDTRACE_ERR_COUNTER_UNAVAILABLE
			 ? counter->detail
			 : mdtrace_detail (target));
}

/* Move those of the COUNT counters at ALL that NAMES names to *COUNTERS.  */
static int
choose (const struct cli_options *options, struct mdtrace_target *target,
	const struct counter_names *names, const mdtrace_counter_info_t *all,
	size_t count, mdtrace_counter_info_t **counters)
{
  *counters = calloc (names->count, sizeof **counters);
  if (*counters == NULL)
    return cli_report (options, names->names[0], MDTRACE_ERR_SYSTEM,
		       mdtrace_detail (target));
  for (size_t i = 0; i < names->count; i++)
    {
      size_t j = 0;
      while (j < count && strcmp (all[j].name, names->names[i]) != 0)
	j++;
      if (j == count)
	{
	  free (*counters);
	  return cli_report (options, names->names[i],
			     MDTRACE_ERR_NO_SUCH_COUNTER, NULL);
	}
      (*counters)[i] = all[j];
    }
  return 0;
}

int
counter_select (const struct cli_options *options,
		struct mdtrace_target *target,
		const struct counter_names *names,
		mdtrace_counter_info_t **counters, size_t *count)
{
  mdtrace_counter_info_t *all;
  int error = mdtrace_counter_list (target, &all, count);

  if (error != MDTRACE_OK)
    return cli_report (options, mdtrace_target_url (target), error,
		       mdtrace_detail (target));
  if (names->count == 0 || counter_names_all (names))
    {
      *counters = all;
      return 0;
    }
  int status = choose (options, target, names, all, *count, counters);
  *count = names->count;
  free (all);
  return status;
}
