/* mdtrace db: what its verbs share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef DB_H
#define DB_H

#include <stdint.h>

#include "cli.h"
#include "new_file.h"

/* What a verb is given that takes one database and no option of its own.  */
struct db_arguments
{
  struct cli_options *options;
  const char *given; /* null: the default */
};

/* Parse the command line of such a verb, which DOC describes, and find the
   database.  Null after an error, which is reported.  The caller frees it.  */
char *db_parse (int argc, char **argv, struct cli_options *options,
		const char *doc);

/* Report what is wrong with the database at PATH.  Returns the exit
   status.  */
int db_report (const struct cli_options *options, const char *path,
	       const char *message);

/* Begin to make the database OUTPUT, as NEW and of KIND, which must not be
   there unless it is temporary: NEW's name is that of an empty file.  End
   that: give it its place, when it has been
   closed and STATUS is 0, and in any case remove what is left.  Both return
   the exit status; what begins must be ended unless that is not 0.  */
int db_begin_output (const struct cli_options *options, const char *output,
		     enum new_file_kind kind, struct new_file *new);
int db_end_output (const struct cli_options *options, const char *output,
		   struct new_file *new, int status);

/* TIME_NS in words, in UTC, to the nanosecond.  The caller frees it.  */
char *db_format_time (int64_t time_ns);

/* The time that ARGUMENT of OPTION is, or a usage error.  */
int64_t db_parse_time (const struct argp_state *state, const char *option,
		       const char *argument);

#endif /* DB_H */
