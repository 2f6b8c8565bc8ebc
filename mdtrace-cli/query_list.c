/* Queries that have a name, explained.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "query.h"
#include "table.h"

static json_t *
words_json (const struct query_word *words)
{
  json_t *list = json_array ();

  for (; words->name != NULL; words++)
    {
      json_t *word = cli_json_pack ("{s:s, s:s}", "name", words->name, "help",
				    words->help);
      if (words->value != NULL)
	json_object_set_new (word, "default",
			     strcmp (words->value, "null") == 0
				 ? json_null ()
				 : cli_json_text (words->value));
      json_array_append_new (list, word);
    }
  return list;
}

/* Print what there is to know of WORDS, which are called TITLE.  */
static void
print_words (const char *title, const struct query_word *words)
{
  for (const struct query_word *word = words; word->name != NULL; word++)
    {
      bool has_default
	  = word->value != NULL && strcmp (word->value, "null") != 0;
      printf ("  %-10s %-16s %s%s%s%s\n", word == words ? title : "",
	      word->name, word->help, has_default ? " (" : "",
	      has_default ? word->value : "", has_default ? ")" : "");
    }
}

int
query_list (const struct cli_options *options, const struct named_query *only)
{
  json_t *queries = json_array ();
  struct table *table = table_new ();

  table_add_column (table, "NAME", false);
  table_add_column (table, "ANSWERS", false);
  for (const struct named_query *query = named_queries; query->name != NULL;
       query++)
    {
      if (only != NULL && only != query)
	continue;
      table_add_cell (table, query->name);
      table_add_cell (table, query->answers);
      json_array_append_new (
	  queries, cli_json_pack (
		       "{s:s, s:s, s:s, s:o, s:o, s:s}", "name", query->name,
		       "answers", query->answers, "notes", query->notes,
		       "parameters", words_json (query->parameters), "columns",
		       words_json (query->columns), "sql", query->sql));
    }
  if (options->json)
    cli_print_json (cli_json_pack ("{s:O}", "queries", queries));
  else if (only == NULL)
    table_print (table);
  if (!options->json && only != NULL)
    {
      printf ("%s: %s\n", only->name, only->answers);
      if (only->notes[0] != '\0')
	printf ("  %s\n", only->notes);
      print_words ("parameters", only->parameters);
      print_words ("columns", only->columns);
    }
  json_decref (queries);
  return cli_finish ();
}

int
query_show (const struct cli_options *options, const struct named_query *query)
{
  if (options->json)
    cli_print_json (
	cli_json_pack ("{s:s, s:s}", "name", query->name, "sql", query->sql));
  else
    fputs (query->sql, stdout);
  return cli_finish ();
}
