/* mdtrace: adding files to a database.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>

#include "db_add.h"

error_t
db_add_parse_rest (int key, char *argument, struct argp_state *state,
		   struct db_add *add, const char *example)
{
  switch (key)
    {
    case ARGP_KEY_ARGS:
      add->sources = state->argv + state->next;
      add->count = state->argc - state->next;
      return 0;
    case ARGP_KEY_END:
      if (add->into == NULL || add->count == 0)
	argp_error (state, "what, and into which? For example: %s", example);
      return 0;
    case ARGP_KEY_ARG:
      return ARGP_ERR_UNKNOWN;
    default:
      return cli_parse_rest (key, argument, state, add->options);
    }
}

int
db_add_database (const struct db_add *add, struct database *database,
		 const char *source, const struct new_file *new,
		 const char *shown, struct merge_counts *counts)
{
  const struct merge_part all = { .from_ns = INT64_MIN,
				  .to_ns = INT64_MAX,
				  .directory = new->directory };
  char message[1536];

  if (merge_database (database, source, &all, counts, message, sizeof message))
    return 0;
  return db_report (add->options, shown, message);
}

void
db_add_tell (struct db_add *add, const char *kind, const char *source,
	     const struct merge_counts *counts)
{
  if (!add->options->json)
    {
      printf ("%s: %" PRId64 " events added, %" PRId64 " were there; %" PRId64
	      " boots added, %" PRId64 " were there\n",
	      source, counts->events, counts->known_events, counts->boots,
	      counts->known_boots);
      return;
    }
  if (add->list == NULL)
    add->list = json_array ();
  json_array_append_new (
      add->list,
      cli_json_pack ("{s:s, s:I, s:I, s:I, s:I}", kind, source, "boots",
		     (json_int_t) counts->boots, "known_boots",
		     (json_int_t) counts->known_boots, "events",
		     (json_int_t) counts->events, "known_events",
		     (json_int_t) counts->known_events));
}

int
db_add_end (struct db_add *add, const char *kinds, int status)
{
  if (status == 0 && add->list != NULL)
    cli_print_json (
	cli_json_pack ("{s:s, s:O}", "database", add->into, kinds, add->list));
  json_decref (add->list);
  return status != 0 ? status : cli_finish ();
}
