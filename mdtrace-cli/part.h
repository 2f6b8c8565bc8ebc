/* mdtrace: what of a trace verbs are asked for.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The options --from, --to and --partial, which mean the same for every verb
   that reads a trace, and the trace, as the argument of those that take no
   other.  */

#ifndef PART_H
#define PART_H

#include <stdint.h>

#include "cli.h"

struct part
{
  int64_t from_ns, to_ns; /* inclusive */
  bool is_partial;	  /* of a damaged trace use what precedes that */
  const char *given;	  /* which trace; null: the default */
};

/* To be the children of such a verb's argp, which gives what it does not know
   itself to part_parse_rest.  */
extern const struct argp_child part_children[];

/* All of it.  */
#define PART_INITIAL                                                          \
  {                                                                           \
    .from_ns = INT64_MIN, .to_ns = INT64_MAX                                  \
  }

error_t part_parse_rest (int key, char *argument, struct argp_state *state,
			 struct cli_options *options, struct part *part);

#endif /* PART_H */
