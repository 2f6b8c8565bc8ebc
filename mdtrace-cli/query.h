/* mdtrace query: what is said of the queries that have a name.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef QUERY_H
#define QUERY_H

#include "cli.h"
#include "queries.h"

/* Explain the query ONLY in full, or, if that is null, all in a line each.
   Returns the exit status.  */
int query_list (const struct cli_options *options,
		const struct named_query *only);

/* Print the SQL of QUERY.  Returns the exit status.  */
int query_show (const struct cli_options *options,
		const struct named_query *query);

#endif /* QUERY_H */
