/* mdtrace: what its verbs share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum
{
  OPTION_JSON = 1000
};

static const struct argp_option common_options[]
    = { { "target", 't', "URL", 0,
	  "The kernel: unix:PATH (a daemon), vm:DIR (a virtual machine), "
	  "ram:DIR (what one has left that has ended), serial:DEVICE (at the "
	  "other end of a line) or mach: (this one, on GNU/Hurd); default: "
	  "MDTRACE_TARGET, or the daemon of this machine",
	  -1 },
	{ "json", OPTION_JSON, NULL, 0, "Print JSON", -1 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

static error_t
parse_common (int key, char *argument, struct argp_state *state)
{
  struct cli_options *options = state->input;

  switch (key)
    {
    case 't':
      options->target = argument;
      return 0;
    case OPTION_JSON:
      options->json = true;
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

const struct argp cli_common_argp
    = { .options = common_options, .parser = parse_common };
const struct argp_child cli_children[]
    = { { &cli_common_argp, 0, NULL, 0 }, { NULL, 0, NULL, 0 } };

error_t
cli_parse_rest (int key, char *argument, struct argp_state *state,
		struct cli_options *options)
{
  switch (key)
    {
    case ARGP_KEY_INIT:
      state->child_inputs[0] = options;
      return 0;
    case ARGP_KEY_ARG:
      argp_error (state, "%s: takes no argument", argument);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

char *
cli_format (const char *format, ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  if (vasprintf (&text, format, arguments) < 0)
    {
      fprintf (stderr, "mdtrace: %s\n", strerror (ENOMEM));
      exit (1);
    }
  va_end (arguments);
  return text;
}

static error_t
parse_before_verb (int key, char *argument, struct argp_state *state)
{
  /* The argument is the verb.  */
  if (key == ARGP_KEY_ARG)
    return ARGP_ERR_UNKNOWN;
  return cli_parse_rest (key, argument, state, state->input);
}

int
cli_dispatch (const struct cli_verb *verbs, const char *arguments,
	      const char *help, int argc, char **argv,
	      struct cli_options *options)
{
  const struct argp argp = { .parser = parse_before_verb,
			     .children = cli_children,
			     .args_doc = arguments,
			     .doc = help };
  int first;

  /* Options before the verb; those after it are the verb's.  */
  argp_parse (&argp, argc, argv, ARGP_IN_ORDER, &first, options);
  for (const struct cli_verb *verb = verbs; verb->name != NULL; verb++)
    if (first < argc && strcmp (argv[first], verb->name) == 0)
      {
	argv[first] = cli_format ("%s %s", argv[0], verb->name);
	return verb->run (argc - first, argv + first, options);
      }

  if (first < argc)
    fprintf (stderr, "%s: %s: no such verb; there are", argv[0], argv[first]);
  else
    fprintf (stderr, "%s: what is to be done? There are", argv[0]);
  for (const struct cli_verb *verb = verbs; verb->name != NULL; verb++)
    fprintf (stderr, "%s %s", verb == verbs ? "" : ",", verb->name);
  fprintf (stderr, "; '%s --help' tells more\n", argv[0]);
  return 2;
}

void
cli_complain (const char *what, int error, const char *detail)
{
  bool has_detail = detail != NULL && detail[0] != '\0';

  fflush (stdout);
  fprintf (stderr, "mdtrace: %s: %s%s%s\n", what,
	   mdtrace_error_message (error), has_detail ? "; " : "",
	   has_detail ? detail : "");
}

json_t *
cli_json_error (const char *what, int error, const char *detail)
{
  return cli_json_pack ("{s:s, s:i, s:s, s:s}", "about", what, "code", error,
			"message", mdtrace_error_message (error), "detail",
			detail != NULL ? detail : "");
}

int
cli_report (const struct cli_options *options, const char *what, int error,
	    const char *detail)
{
  cli_complain (what, error, detail);
  if (options->json)
    {
      json_t *document = cli_json_pack ("{s:o}", "error",
					cli_json_error (what, error, detail));
      json_dumpf (document, stdout, JSON_COMPACT);
      putchar ('\n');
      json_decref (document);
    }
  return 1;
}

struct mdtrace_target *
cli_open (const struct cli_options *options)
{
  struct mdtrace_target *target;
  int error = mdtrace_open (options->target, &target);

  if (error != MDTRACE_OK)
    cli_cannot_open (options, target, error);
  return target;
}

void
cli_cannot_open (const struct cli_options *options,
		 const struct mdtrace_target *target, int error)
{
  const char *what = options->target != NULL ? options->target
		     : target != NULL	     ? mdtrace_target_url (target)
					     : getenv ("MDTRACE_TARGET");
  exit (cli_report (options, what != NULL && what[0] != '\0' ? what : "target",
		    error, target != NULL ? mdtrace_detail (target) : NULL));
}

bool
cli_can_read (const struct cli_options *options, const char *directories)
{
  while (directories != NULL && *directories != '\0')
    {
      size_t length = strcspn (directories, ":");
      char *directory = cli_format ("%.*s", (int) length, directories);
      bool can = length == 0 || access (directory, R_OK | X_OK) == 0;
      if (!can)
	cli_report (options, directory, MDTRACE_ERR_SYSTEM, strerror (errno));
      free (directory);
      if (!can)
	return false;
      directories += length + (directories[length] == ':');
    }
  return true;
}

int
cli_finish (void)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return 0;
  fprintf (stderr, "mdtrace: standard output: %s\n", strerror (errno));
  return 1;
}

unsigned long
cli_parse_number (const struct argp_state *state, const char *argument,
		  const char *what, unsigned long least)
{
  char *end;

  errno = 0;
  unsigned long number = strtoul (argument, &end, 10);
  if (end == argument || *end != '\0' || errno != 0 || argument[0] == '-'
      || number < least)
    argp_error (state, "%s must be a whole number from %lu on, not '%s'", what,
		least, argument);
  return number;
}
