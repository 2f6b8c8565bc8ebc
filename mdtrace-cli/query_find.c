/* Queries that have a name: which one is meant.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mdtrace.h"
#include "queries.h"

const struct named_query *
query_find (const char *name)
{
  for (const struct named_query *query = named_queries; query->name != NULL;
       query++)
    if (strcmp (query->name, name) == 0)
      return query;
  return NULL;
}

const char *
query_suggest (const char *name)
{
  size_t count = 0;
  const char *best, *result = NULL;

  while (named_queries[count].name != NULL)
    count++;
  struct mdtrace_function *names = calloc (count, sizeof *names);
  if (names == NULL)
    return NULL;
  for (size_t i = 0; i < count; i++)
    snprintf (names[i].name, sizeof names[i].name, "%s",
	      named_queries[i].name);
  if (mdtrace_suggest (names, count, name, &best, 1) > 0)
    for (size_t i = 0; i < count; i++)
      if (strcmp (named_queries[i].name, best) == 0)
	result = named_queries[i].name;
  free (names);
  return result;
}

const struct query_word *
query_parameter (const struct named_query *query, const char *name)
{
  for (const struct query_word *word = query->parameters; word->name != NULL;
       word++)
    if (strcmp (word->name, name) == 0)
      return word;
  return NULL;
}
