/* mdtrace record: record events without a daemon.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Of a kernel that runs, by probes that are created for as long as it takes;
   or of a virtual machine that has ended, what it has left in its rings.

   A database is one that mdtraced could have written.  If it is the one
   that a daemon did write before the machine ended, this goes on where the
   daemon stopped, so that no event is in it twice.  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "new_file.h"
#include "record.h"
#include "recorder.h"

enum
{
  OPTION_FROM_RAM = 256,
  OPTION_EVENTS,
  OPTION_DEBUG_FILE,
  BATCH_EVENTS = 10000
};

static const struct argp_option argp_options[] = {
  { "output", 'o', "FILE", 0,
    "Where to: a new trace file if its name ends in .mdt, else a database; "
    "default: mdtrace.mdt",
    0 },
  { "duration", 'd', "SECONDS", 0, "End after that time", 0 },
  { "events", OPTION_EVENTS, "N", 0, "End after N events", 0 },
  { "debug-file", OPTION_DEBUG_FILE, "FILE", 0,
    "The kernel's debug file, which has names and types; default: beside the "
    "kernel that MDTRACE_KERNEL names, or that the virtual machine runs",
    0 },
  { "from-ram", OPTION_FROM_RAM, "DIR", 0,
    "Instead of a kernel that runs, what is left of the virtual machine in "
    "this directory, whose guest has stopped or died",
    0 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

struct arguments
{
  struct cli_options *options;
  const char *directory;
  const char *output;
  unsigned long events, duration;
  char **descriptions;
  int count;
  struct probe_request request; /* what all have in common */
  struct probe_request *requests;
};

/* Complain of options that do not go together.  */
static void
check (const struct argp_state *state, const struct arguments *arguments)
{
  if (arguments->directory != NULL && arguments->options->target != NULL)
    argp_error (state, "--from-ram says already what is read, so that "
		       "--target cannot");
  if (arguments->directory != NULL
      && (arguments->count > 0 || arguments->events != 0
	  || arguments->duration != 0))
    argp_error (state, "what --from-ram names has ended; it has no new "
		       "probes or events");
  if (arguments->directory != NULL && arguments->output == NULL)
    argp_error (state, "where to? For example: mdtrace record "
		       "--from-ram DIR --output FILE");
  if (arguments->request.probe_options.asked.aggregation != 0)
    argp_error (state, "what is added up is no events; let 'mdtrace probe "
		       "create' make such a probe, and 'mdtrace agg' read it");
}

/* Make a request of each description.  */
static void
describe (const struct argp_state *state, struct arguments *arguments)
{
  arguments->requests
      = calloc (arguments->count + 1, sizeof *arguments->requests);
  if (arguments->requests == NULL)
    argp_failure (state, 1, ENOMEM, "record");
  for (int i = 0; i < arguments->count; i++)
    {
      arguments->requests[i] = arguments->request;
      probe_request_describe (state, &arguments->requests[i],
			      arguments->descriptions[i]);
    }
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case OPTION_FROM_RAM:
      arguments->directory = argument;
      return 0;
    case 'o':
      arguments->output = argument;
      return 0;
    case 'd':
      arguments->duration
	  = cli_parse_number (state, argument, "--duration", 1);
      return 0;
    case OPTION_EVENTS:
      arguments->events = cli_parse_number (state, argument, "--events", 1);
      return 0;
    case OPTION_DEBUG_FILE:
      arguments->request.debug_file = argument;
      return 0;
    case ARGP_KEY_ARGS:
      arguments->descriptions = state->argv + state->next;
      arguments->count = state->argc - state->next;
      return 0;
    case ARGP_KEY_ARG:
      return ARGP_ERR_UNKNOWN;
    case ARGP_KEY_INIT:
      state->child_inputs[1] = &arguments->request;
      return cli_parse_rest (key, argument, state, arguments->options);
    case ARGP_KEY_SUCCESS:
      check (state, arguments);
      describe (state, arguments);
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* Say what was recorded.  */
static void
summarize (const struct cli_options *options, const char *path,
	   const struct record_result *result)
{
  const mdtrace_counts_t *counts = &result->counts;
  uint64_t lost = counts->dropped + counts->throttled + counts->missed;

  if (options->json)
    cli_print_json (cli_json_pack (
	"{s:s, s:I, s:I, s:I, s:I, s:I}",
	record_is_file (path) ? "file" : "database", path, "events",
	(json_int_t) result->events, "held", (json_int_t) result->held, "hits",
	(json_int_t) counts->hits, "filtered", (json_int_t) counts->filtered,
	"lost", (json_int_t) lost));
  else if (result->held > 0)
    printf ("%" PRIu64 " events in %s, %" PRIu64
	    " of which the rings held before; of %" PRIu64
	    " hits since then %" PRIu64 " were lost\n",
	    result->events, path, result->held, counts->hits, lost);
  else
    printf ("%" PRIu64 " events in %s; of %" PRIu64 " hits %" PRIu64
	    " were lost\n",
	    result->events, path, counts->hits, lost);
}

/* Store everything that the rings of TARGET hold.  */
static int
store (struct mdtrace_target *target, struct record_output *output,
       struct record_result *result)
{
  struct recorder *recorder;
  mdtrace_status_t status;
  unsigned batch;
  int error = recorder_open (target, output->database, "mdtrace record",
			     "mdtrace record", NULL, &recorder);

  if (error != MDTRACE_OK)
    return error;
  recorder_set_ended (recorder);
  do
    {
      error = recorder_store (recorder, BATCH_EVENTS, &batch);
      result->events += batch;
      if (error == MDTRACE_OK)
	error = record_commit (output);
    }
  while (error == MDTRACE_OK && batch > 0);
  recorder_close (recorder, error == MDTRACE_OK ? "all is stored" : NULL);
  if (error == MDTRACE_OK)
    error = record_finish (output);
  if (error == MDTRACE_OK)
    error = mdtrace_get_status (target, &status);
  if (error == MDTRACE_OK)
    result->counts = status.counts;
  return error;
}

/* Store everything, made as NAME.  Returns the exit status.  */
static int
store_as (const struct arguments *arguments, struct mdtrace_target *target,
	  const char *name, struct record_result *result)
{
  struct cli_options *options = arguments->options;
  struct record_output output;

  if (!record_open (&output, options, arguments->output, name))
    return 1;
  int error = store (target, &output, result);
  int status = error == MDTRACE_OK
		   ? 0
		   : record_report (options, &output, target, error);
  record_close (&output, error == MDTRACE_OK);
  return status;
}

static int
report_file (const struct arguments *arguments)
{
  return cli_report (arguments->options, arguments->output,
		     MDTRACE_ERR_TRACE_FILE,
		     errno == EEXIST ? "is there already; name another file, "
				       "or remove it"
				     : strerror (errno));
}

/* Store everything in a trace file, which nobody needs before it is complete.
   Returns the exit status.  */
static int
store_new (const struct arguments *arguments, struct mdtrace_target *target,
	   struct record_result *result)
{
  struct new_file new;
  int status;

  if (new_file_begin (&new, arguments->output, NEW_FILE_IS_FIRST))
    status = store_as (arguments, target, new.name, result);
  else
    status = report_file (arguments);
  if (status == 0 && !new_file_finish (&new))
    status = report_file (arguments);
  new_file_discard (&new);
  return status;
}

/* Record what is left of a virtual machine.  Returns the exit status.  */
static int
record_from_ram (const struct arguments *arguments,
		 struct record_result *result)
{
  struct cli_options *options = arguments->options;
  const char *output = arguments->output;

  options->target = cli_format ("ram:%s", arguments->directory);
  struct mdtrace_target *target = cli_open (options);
  int status = record_is_file (output)
		   ? store_new (arguments, target, result)
		   : store_as (arguments, target, output, result);
  mdtrace_close (target);
  return status;
}

int
cli_record (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments
      = { .options = options, .request = { .options = options } };
  const struct argp_child children[] = { cli_children[0],
					 { &probe_request_argp, 0, NULL, 0 },
					 { NULL, 0, NULL, 0 } };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = children,
	  .args_doc = "[PROBE...]",
	  .doc = "Record events without a daemon: of each PROBE, which is "
		 "described as for 'mdtrace probe create' and exists until "
		 "this ends, and of those that are enabled already; until "
		 "interrupted, or the kernel ends.\v"
		 "With --from-ram, store what is left in the trace rings of a "
		 "virtual machine whose guest has stopped in its debugger, "
		 "hangs or has died, before 'mdtrace-vm stop' removes it." };
  struct record_result result = { .events = 0 };
  int status;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  const char *path
      = arguments.output != NULL ? arguments.output : "mdtrace.mdt";
  if (arguments.directory != NULL)
    status = record_from_ram (&arguments, &result);
  else
    {
      const struct record_wish wish = { .options = options,
					.output = path,
					.requests = arguments.requests,
					.count = (unsigned) arguments.count,
					.events = arguments.events,
					.duration = arguments.duration };
      status = record_live (&wish, &result);
    }
  free (arguments.requests);
  if (status != 0)
    return status;
  summarize (options, path, &result);
  return cli_finish ();
}
