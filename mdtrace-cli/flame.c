/* mdtrace flame: which ways through the kernel led to events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/flame_graph.h"
#include "cli.h"
#include "new_file.h"
#include "part.h"

enum
{
  OPTION_FOLDED = 256,
  OPTION_BY
};

static const struct argp_option argp_options[]
    = { { "folded", OPTION_FOLDED, NULL, 0,
	  "Write folded stacks, a line for each, instead of a picture", 0 },
	{ "output", 'o', "FILE", 0,
	  "Write to FILE, which is replaced when all is written (default: "
	  "standard output)",
	  0 },
	{ "probe", 'p', "PATTERN", 0,
	  "Only events whose provider:module:function:name, function or label "
	  "matches PATTERN",
	  0 },
	{ "by", OPTION_BY, "count|duration", 0,
	  "What is added up: events, or the nanoseconds that calls took "
	  "(default: count)",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  struct folded_options folded;
  const char *output;
  struct part part;
  bool is_text;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case OPTION_FOLDED:
      arguments->is_text = true;
      return 0;
    case 'o':
      arguments->output = argument;
      return 0;
    case 'p':
      arguments->folded.probe = argument;
      return 0;
    case OPTION_BY:
      if (strcmp (argument, "duration") == 0)
	arguments->folded.by = FOLDED_BY_DURATION;
      else if (strcmp (argument, "count") == 0)
	arguments->folded.by = FOLDED_BY_COUNT;
      else
	argp_error (state, "--by takes count or duration, not '%s'", argument);
      return 0;
    default:
      return part_parse_rest (key, argument, state, arguments->options,
			      &arguments->part);
    }
}

static bool
put (const struct arguments *arguments, const struct folded *folded,
     const char *path, bool is_damaged, FILE *file)
{
  if (arguments->is_text)
    {
      folded_print (folded, file);
      return fflush (file) == 0 && !ferror (file);
    }
  char *title = cli_format ("Kernel stacks of %s%s", path,
			    is_damaged ? ", up to where it is damaged" : "");
  bool good = flame_graph (folded, arguments->folded.by, title, file);
  int error = errno;
  free (title);
  errno = error;
  return good;
}

/* Write to the file that is asked for.  What goes to standard output that way
   has it for itself, as if no file were named.  */
static bool
put_to_file (struct arguments *arguments, const struct folded *folded,
	     const char *path, bool is_damaged)
{
  struct new_file new;
  FILE *file = NULL;

  if (new_file_begin (&new, arguments->output, NEW_FILE_REPLACES))
    file = new_file_open (&new);
  bool good = file != NULL && put (arguments, folded, path, is_damaged, file)
	      && new_file_finish (&new);
  if (new_file_is_stdout (&new))
    arguments->output = NULL;
  new_file_discard (&new);
  return good;
}

/* Say what was written, and what is missing.  What is written to standard
   output has that for itself.  */
static void
summarize (const struct arguments *arguments, const struct folded *folded)
{
  FILE *file = arguments->output != NULL ? stdout : stderr;

  if (arguments->output != NULL && arguments->options->json)
    cli_print_json (cli_json_pack (
	"{s:s, s:I, s:I, s:I}", "output", arguments->output, "stacks",
	(json_int_t) folded->count, "weight", (json_int_t) folded->weight,
	"lost", (json_int_t) folded->lost));
  else if (arguments->output != NULL || folded->lost != 0)
    fprintf (file, "%s: %zu stacks, %" PRIu64 " %s, %" PRId64 " hits lost\n",
	     arguments->output != NULL ? arguments->output : "mdtrace",
	     folded->count, folded->weight,
	     arguments->folded.by == FOLDED_BY_COUNT ? "events" : "ns",
	     folded->lost);
}

static int
run (void *closure, struct source *source, const char *path)
{
  struct arguments *arguments = closure;
  struct folded folded;
  char message[512];

  if (!folded_collect (source, &arguments->folded, &folded, message,
		       sizeof message))
    return cli_report (
	arguments->options, path,
	folded.is_empty ? MDTRACE_ERR_NO_STACKS : MDTRACE_ERR_TRACE, message);
  bool is_damaged = source_damage (source) != NULL;
  bool good = arguments->output != NULL
		  ? put_to_file (arguments, &folded, path, is_damaged)
		  : put (arguments, &folded, path, is_damaged, stdout);
  int error = errno;
  if (good)
    summarize (arguments, &folded);
  folded_free (&folded);
  if (good)
    return 0;
  return cli_report (arguments->options,
		     arguments->output != NULL ? arguments->output
					       : "standard output",
		     MDTRACE_ERR_SYSTEM, strerror (error));
}

int
cli_flame (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options, .part = PART_INITIAL };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = part_children,
	  .args_doc = "[SOURCE]",
	  .doc = "Draw the kernel stacks of a trace as a flame graph, a "
		 "picture in SVG for a browser.  SOURCE is a database, a "
		 "trace file or a daemon (default: what MDTRACE_DATABASE "
		 "names, or the daemon)." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  arguments.folded.from_ns = arguments.part.from_ns;
  arguments.folded.to_ns = arguments.part.to_ns;
  return cli_use_source (options, arguments.part.given,
			 arguments.part.is_partial, run, &arguments);
}
