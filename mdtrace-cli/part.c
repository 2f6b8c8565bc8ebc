/* mdtrace: what of a trace verbs are asked for.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "db.h"
#include "part.h"

enum
{
  OPTION_FROM = 3000,
  OPTION_TO,
  OPTION_PARTIAL,
  /* The children, by their places.  */
  CHILD_PART = 0,
  CHILD_COMMON
};

static const struct argp_option argp_options[]
    = { { "from", OPTION_FROM, "TIME", 0,
	  "No event before TIME: nanoseconds since 1970, or "
	  "YYYY-MM-DDTHH:MM:SS with or without a fraction and a Z, in UTC",
	  0 },
	{ "to", OPTION_TO, "TIME", 0, "No event after TIME", 0 },
	{ "partial", OPTION_PARTIAL, NULL, 0,
	  "Of a trace that is damaged use what precedes that", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct part *part = state->input;

  switch (key)
    {
    case OPTION_FROM:
      part->from_ns = db_parse_time (state, "--from", argument);
      return 0;
    case OPTION_TO:
      part->to_ns = db_parse_time (state, "--to", argument);
      return 0;
    case OPTION_PARTIAL:
      part->is_partial = true;
      return 0;
    case ARGP_KEY_END:
      if (part->from_ns > part->to_ns)
	argp_error (state, "--from is after --to");
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp part_argp
    = { .options = argp_options, .parser = parse_option };
const struct argp_child part_children[] = { { &part_argp, 0, NULL, 0 },
					    { &cli_common_argp, 0, NULL, 0 },
					    { NULL, 0, NULL, 0 } };

error_t
part_parse_rest (int key, char *argument, struct argp_state *state,
		 struct cli_options *options, struct part *part)
{
  if (key == ARGP_KEY_ARG)
    {
      if (part->given != NULL)
	argp_error (state, "one trace at a time");
      part->given = argument;
      return 0;
    }
  if (key != ARGP_KEY_INIT)
    return cli_parse_rest (key, argument, state, options);
  state->child_inputs[CHILD_PART] = part;
  state->child_inputs[CHILD_COMMON] = options;
  return 0;
}
