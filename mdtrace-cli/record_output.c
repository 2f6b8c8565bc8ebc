/* mdtrace record: trace files and databases, as they are recorded.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "now.h"
#include "record.h"

bool
record_is_file (const char *path)
{
  size_t length = strlen (path);

  return length > 4 && strcmp (path + length - 4, ".mdt") == 0;
}

bool
record_open (struct record_output *output, const struct cli_options *options,
	     const char *path, const char *name)
{
  char message[1024];

  *output = (struct record_output){ .path = path, .name = name };
  if (record_is_file (path))
    output->file = mdt_record_open (name, message, sizeof message);
  else
    output->database = database_open (name, message, sizeof message);
  if (output->file != NULL)
    output->database = mdt_record_database (output->file);
  if (output->database != NULL)
    return true;
  cli_report (options, path,
	      record_is_file (path) ? MDTRACE_ERR_TRACE_FILE
				    : MDTRACE_ERR_DATABASE,
	      message);
  return false;
}

int
record_commit (struct record_output *output)
{
  return output->file == NULL || mdt_record_commit (output->file, now_ms ())
	     ? MDTRACE_OK
	     : MDTRACE_ERR_DATABASE;
}

int
record_finish (struct record_output *output)
{
  return output->file == NULL || mdt_record_finish (output->file)
	     ? MDTRACE_OK
	     : MDTRACE_ERR_DATABASE;
}

static const char *
problem_of (const struct record_output *output)
{
  const char *problem = "";

  if (output->file != NULL)
    problem = mdt_record_problem (output->file);
  return problem[0] != '\0' ? problem : database_error (output->database);
}

int
record_report (const struct cli_options *options,
	       const struct record_output *output,
	       const struct mdtrace_target *target, int error)
{
  if (error != MDTRACE_ERR_DATABASE)
    return cli_report (options, mdtrace_target_url (target), error,
		       mdtrace_detail (target));
  return cli_report (options, output->path,
		     output->file != NULL ? MDTRACE_ERR_TRACE_FILE : error,
		     problem_of (output));
}

void
record_close (struct record_output *output, bool kept)
{
  if (output->file != NULL)
    {
      mdt_record_close (output->file);
      if (!kept)
	unlink (output->name);
    }
  else
    database_close (output->database);
  output->file = NULL;
  output->database = NULL;
}
