/* Queries that have a name: the files in queries/, which are made into
   queries.c.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A file begins with comments that explain it: what it answers, a line
   "parameter NAME DEFAULT: what it is" for each :NAME in it, and a line
   "column NAME: what it is" for each of its columns.  A default of null is
   NULL.  */

#ifndef QUERIES_H
#define QUERIES_H

#include <stddef.h>

struct query_word
{
  const char *name, *value; /* of a parameter: its default */
  const char *help;
};

struct named_query
{
  const char *name;
  const char *answers; /* what, in a line; and what else there is to know */
  const char *notes;
  const struct query_word *parameters, *columns; /* end with a null name */
  const char *sql;
};

/* In the order of their names, at the end a null name.  */
extern const struct named_query named_queries[];

/* The one called NAME; null if there is none.  */
const struct named_query *query_find (const char *name);

/* What NAME may have meant; null if that is hard to say.  */
const char *query_suggest (const char *name);

/* The parameter of QUERY called NAME; null if it has none.  */
const struct query_word *query_parameter (const struct named_query *query,
					  const char *name);

#endif /* QUERIES_H */
