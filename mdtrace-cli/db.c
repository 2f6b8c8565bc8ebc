/* mdtrace db: the verbs about databases as a whole.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "db.h"

static const struct cli_verb verbs[] = {
  { "info", "tell what is in a database", cli_db_info },
  { "check", "tell whether all in it is right", cli_db_check },
  { "vacuum", "give back the room that is free in it", cli_db_vacuum },
  { "export", "copy a part of it, or all, into a new one", cli_db_export },
  { "merge", "add what is in others to one", cli_db_merge },
  { "recover", "save what can be read of a damaged one", cli_db_recover },
  { NULL, NULL, NULL },
};

int
cli_db (int argc, char **argv, struct cli_options *options)
{
  return cli_dispatch (
      verbs, "info|check|vacuum|export|merge|recover [ARGUMENT...]",
      "Look after a database: tell what is in it and whether that is "
      "right, make it smaller, copy a part of it, put several together, "
      "and save what is left of a damaged one.\v"
      "'mdtrace db VERB --help' tells more of each.",
      argc, argv, options);
}

static error_t
parse_file (int key, char *argument, struct argp_state *state)
{
  struct db_arguments *arguments = state->input;

  if (key != ARGP_KEY_ARG)
    return cli_parse_rest (key, argument, state, arguments->options);
  if (arguments->given != NULL)
    argp_error (state, "one database at a time");
  arguments->given = argument;
  return 0;
}

char *
db_parse (int argc, char **argv, struct cli_options *options, const char *doc)
{
  struct db_arguments arguments = { .options = options };
  const struct argp argp = { .parser = parse_file,
			     .children = cli_children,
			     .args_doc = "[FILE]",
			     .doc = doc };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  return cli_find_database (options, arguments.given);
}

int
db_report (const struct cli_options *options, const char *path,
	   const char *message)
{
  return cli_report (options, path, MDTRACE_ERR_DATABASE, message);
}

/* Report that OUTPUT cannot be made, because of errno.  */
static int
report_output (const struct cli_options *options, const char *output)
{
  return db_report (options, output,
		    errno == EEXIST ? "is there already; name another file"
				    : strerror (errno));
}

int
db_begin_output (const struct cli_options *options, const char *output,
		 enum new_file_kind kind, struct new_file *new)
{
  int file = -1;

  /* What is in a database of ours is for its owner alone.  */
  if (new_file_begin (new, output, kind))
    file = open (new->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file >= 0)
    {
      close (file);
      return 0;
    }
  int status = report_output (options, output);
  new_file_discard (new);
  return status;
}

/* Whether the database NAME is all in that file.  If there was no room to
   bring its journal into it, that is still beside it.  */
static bool
is_whole (const char *name)
{
  char *journal = cli_format ("%s-wal", name);
  bool is_left = access (journal, F_OK) == 0;

  free (journal);
  if (is_left)
    errno = ENOSPC;
  return !is_left;
}

int
db_end_output (const struct cli_options *options, const char *output,
	       struct new_file *new, int status)
{
  if (status == 0 && new->kind != NEW_FILE_IS_TEMPORARY
      && (!is_whole (new->name) || !new_file_finish (new)))
    status = report_output (options, output);
  new_file_discard (new);
  return status;
}

char *
db_format_time (int64_t time_ns)
{
  time_t seconds = time_ns / 1000000000;
  struct tm parts;
  char text[40];

  gmtime_r (&seconds, &parts);
  strftime (text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return cli_format ("%s.%09" PRId64 "Z", text, time_ns % 1000000000);
}

/* The nanoseconds of a fraction of a second at TEXT, which is moved behind
   it.  */
static int64_t
parse_fraction (const char **text)
{
  int64_t fraction_ns = 0, digit_ns = 100000000;

  if (**text != '.')
    return 0;
  for ((*text)++; isdigit ((unsigned char) **text); (*text)++)
    {
      fraction_ns += (**text - '0') * digit_ns;
      digit_ns /= 10;
    }
  return fraction_ns;
}

int64_t
db_parse_time (const struct argp_state *state, const char *option,
	       const char *argument)
{
  struct tm parts = { .tm_sec = 0 };
  char *end;

  errno = 0;
  long long number = strtoll (argument, &end, 10);
  if (isdigit ((unsigned char) argument[0]) && *end == '\0' && errno == 0)
    return number;
  const char *rest = strptime (argument, "%Y-%m-%d", &parts);
  if (rest != NULL && (*rest == 'T' || *rest == ' '))
    rest = strptime (rest + 1, "%H:%M:%S", &parts);
  else
    rest = NULL;
  int64_t fraction_ns = rest != NULL ? parse_fraction (&rest) : 0;
  if (rest != NULL && *rest == 'Z')
    rest++;
  else if (rest != NULL && strcmp (rest, " UTC") == 0)
    rest += strlen (rest);
  int day = parts.tm_mday;
  time_t seconds = timegm (&parts);
  /* What nanoseconds of 64 bits have room for, and a day that its month has:
     timegm takes one that it has not for one of the next.  */
  if (rest == NULL || *rest != '\0' || parts.tm_year < 70
      || parts.tm_year >= 362 || parts.tm_mday != day)
    argp_error (state,
		"%s takes nanoseconds since 1970, or a time of UTC like "
		"2026-11-23T09:02:08.5Z, not '%s'",
		option, argument);
  return (int64_t) seconds * 1000000000 + fraction_ns;
}
