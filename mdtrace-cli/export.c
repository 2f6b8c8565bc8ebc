/* mdtrace export: events, to where people look already.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "export.h"
#include "export_ctf.h"
#include "msgids.h"
#include "new_file.h"
#include "progress.h"
#include "table.h"

enum
{
  OPTION_TO = 256,
  OPTION_FROM,
  OPTION_UNTIL,
  OPTION_PARTIAL,
  OPTION_MSGIDS,
  OPTION_LIST
};

static const struct argp_option argp_options[] = {
  { "to", OPTION_TO, "FORMAT", 0,
    "csv, losses, ndjson, chrome, folded, openmetrics, ctf or mdt; --list "
    "says more of them",
    0 },
  { "output", 'o', "FILE", 0,
    "Write to FILE, which is replaced when all is written (default: standard "
    "output); a directory if the format is ctf",
    0 },
  { "from", OPTION_FROM, "TIME", 0,
    "No event before TIME: nanoseconds since 1970, or YYYY-MM-DDTHH:MM:SS "
    "with or without a fraction and a Z, in UTC",
    0 },
  { "until", OPTION_UNTIL, "TIME", 0, "No event after TIME", 0 },
  { "probe", 'p', "PATTERN", 0,
    "Only events whose provider:module:function:name, function or label "
    "matches PATTERN",
    0 },
  { "partial", OPTION_PARTIAL, NULL, 0,
    "Of a damaged trace, export what precedes the damage", 0 },
  { "msgids", OPTION_MSGIDS, "DIR", 0,
    "Where files *.msgids are, with names of messages; several directories "
    "are separated by ':'",
    0 },
  { "list", OPTION_LIST, NULL, 0, "List the formats", 0 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

struct exporter
{
  const char *name, *what;
  bool (*run) (struct export *export); /* null: it is CTF */
  bool has_times;		       /* it takes --from and --until */
  bool has_count;		       /* of events, when it has run */
};

static const struct exporter exporters[] = {
  { "csv", "the view events of mdtrace-db(5) as CSV, with a heading",
    export_csv, true, true },
  { "losses", "its view losses as CSV: hits that became no events",
    export_losses, true, false },
  { "ndjson", "an object of JSON in each line, as 'mdtrace --json trace' has",
    export_ndjson, true, true },
  { "chrome", "JSON trace events, for ui.perfetto.dev and Chrome",
    export_chrome, true, true },
  { "folded", "kernel stacks with how often they were, for flame graphs",
    export_folded, true, true },
  { "openmetrics", "counters, probes and health as text, for Prometheus",
    export_openmetrics, false, false },
  { "ctf", "the Common Trace Format, a directory, by babeltrace2", NULL, true,
    false },
  { "mdt", "a trace file of mdtrace-trace(5): all that mdtrace knows of it",
    export_mdt, true, true },
};

enum
{
  EXPORTERS = sizeof exporters / sizeof exporters[0]
};

struct arguments
{
  struct cli_options *options;
  const char *given, *output, *msgids;
  const struct exporter *exporter;
  struct export_options export;
  bool lists;
};

static const struct exporter *
find_exporter (const struct argp_state *state, const char *name)
{
  for (int i = 0; i < EXPORTERS; i++)
    if (strcmp (exporters[i].name, name) == 0)
      return &exporters[i];
  argp_error (
      state,
      "no format is called '%s'; 'mdtrace export --list' shows "
      "those that there are, and --until takes the time of the last event",
      name);
  return NULL;
}

static void
check_arguments (const struct argp_state *state,
		 const struct arguments *arguments)
{
  if (arguments->lists)
    return;
  if (arguments->exporter == NULL)
    argp_error (state, "to what format? For example: mdtrace export --to csv; "
		       "'mdtrace export --list' shows all");
  if (arguments->exporter->run == NULL && arguments->output == NULL)
    argp_error (state, "to what directory? For example: mdtrace export --to "
		       "ctf --output DIRECTORY");
  if (arguments->export.from_ns > arguments->export.to_ns)
    argp_error (state, "--from is after --until");
  if (!arguments->exporter->has_times
      && (arguments->export.from_ns != INT64_MIN
	  || arguments->export.to_ns != INT64_MAX))
    argp_error (state,
		"%s has what is known at the end, and takes no --from "
		"or --until",
		arguments->exporter->name);
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case OPTION_TO:
      arguments->exporter = find_exporter (state, argument);
      return 0;
    case 'o':
      arguments->output = argument;
      return 0;
    case OPTION_FROM:
      arguments->export.from_ns = db_parse_time (state, "--from", argument);
      return 0;
    case OPTION_UNTIL:
      arguments->export.to_ns = db_parse_time (state, "--until", argument);
      return 0;
    case 'p':
      arguments->export.probe = argument;
      return 0;
    case OPTION_PARTIAL:
      arguments->export.is_partial = true;
      return 0;
    case OPTION_MSGIDS:
      arguments->msgids = argument;
      return 0;
    case OPTION_LIST:
      arguments->lists = true;
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->given != NULL)
	argp_error (state, "one trace at a time");
      arguments->given = argument;
      return 0;
    case ARGP_KEY_END:
      check_arguments (state, arguments);
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

static int
list (const struct cli_options *options)
{
  json_t *rows = json_array ();
  struct table *table = options->json ? NULL : table_new ();

  if (table != NULL)
    {
      table_add_column (table, "FORMAT", false);
      table_add_column (table, "WHAT", false);
    }
  for (int i = 0; i < EXPORTERS; i++)
    if (options->json)
      json_array_append_new (rows, cli_json_pack ("{s:s, s:s}", "name",
						  exporters[i].name, "what",
						  exporters[i].what));
    else
      {
	table_add_cell (table, exporters[i].name);
	table_add_cell (table, exporters[i].what);
      }
  if (options->json)
    cli_print_json (cli_json_pack ("{s:O}", "formats", rows));
  else
    table_print (table);
  json_decref (rows);
  return cli_finish ();
}

/* Say how many events there were, if that is known, and how many are
   missing.  */
static void
summarize (const struct arguments *arguments, const struct export *export)
{
  int64_t lost = loss_total (&export->losses->sum);
  int64_t throttled = export->losses->sum.throttled;
  bool is_counted = arguments->exporter->has_count;
  /* What was exported has standard output for itself.  */
  FILE *file = arguments->output != NULL ? stdout : stderr;

  if (arguments->output == NULL && (lost == 0 || !is_counted))
    return;
  if (arguments->output != NULL && arguments->options->json)
    {
      json_t *document = cli_json_pack (
	  "{s:s, s:s, s:I, s:I}", "format", arguments->exporter->name,
	  "output", arguments->output, "lost", (json_int_t) lost, "throttled",
	  (json_int_t) throttled);
      if (is_counted)
	json_object_set_new (document, "events",
			     json_integer ((json_int_t) export->events));
      cli_print_json (document);
      return;
    }
  fprintf (file,
	   "%s: ", arguments->output != NULL ? arguments->output : "mdtrace");
  if (is_counted)
    fprintf (file, "%" PRIu64 " events, ", export->events);
  fprintf (file, "%" PRId64 " lost", lost);
  if (throttled != 0)
    fprintf (file, ", of which %" PRId64 " throttled", throttled);
  fputc ('\n', file);
}

static int
report_failure (const struct arguments *arguments, const struct export *export,
		const char *path)
{
  const struct cli_options *options = arguments->options;

  if (!output_is_good (&export->output))
    return cli_report (options,
		       arguments->output != NULL ? arguments->output
						 : "standard output",
		       MDTRACE_ERR_SYSTEM, export->message);
  if (export->message[0] == '\0')
    return cli_report (options, arguments->export.probe, MDTRACE_ERR_NO_MATCH,
		       NULL);
  return cli_report (options, path, export->error, export->message);
}

/* Export SOURCE, which is at PATH, to FILE, or if it is CTF to the output.
   Returns the exit status.  */
static int
run (struct arguments *arguments, struct export *export, struct source *source,
     const char *path, int file)
{
  const struct exporter *exporter = arguments->exporter;
  struct progress progress;
  struct export_options *options = &arguments->export;

  progress_begin (&progress, "exporting");
  if (!isatty (file))
    {
      options->progress = progress_show;
      options->closure = &progress;
    }
  bool good = export_begin (export, source, options, file);
  if (good && exporter->run != NULL)
    good = exporter->run (export) && export_flush (export);
  progress_end (&progress);
  if (!good)
    return report_failure (arguments, export, path);
  return exporter->run == NULL ? export_ctf (arguments->options, options, path,
					     arguments->output)
			       : 0;
}

static int
report_output (const struct arguments *arguments)
{
  return cli_report (arguments->options, arguments->output, MDTRACE_ERR_SYSTEM,
		     strerror (errno));
}

/* The same to the file that is asked for.  What goes to standard output that
   way has it for itself, as if no file were named.  */
static int
run_to_file (struct arguments *arguments, struct export *export,
	     struct source *source, const char *path)
{
  struct new_file new;
  FILE *file = NULL;
  int status;

  if (new_file_begin (&new, arguments->output, NEW_FILE_REPLACES))
    file = new_file_open (&new);
  if (file == NULL)
    status = report_output (arguments);
  else
    status = run (arguments, export, source, path, fileno (file));
  if (status == 0 && !new_file_finish (&new))
    status = report_output (arguments);
  if (new_file_is_stdout (&new))
    arguments->output = NULL;
  new_file_discard (&new);
  return status;
}

/* Export SOURCE, which is at PATH, to where it is asked for.  Returns the exit
   status.  */
static int
export_source (void *closure, struct source *source, const char *path)
{
  struct arguments *arguments = closure;
  struct export *export = calloc (1, sizeof *export);

  if (export == NULL)
    return cli_report (arguments->options, path, MDTRACE_ERR_SYSTEM,
		       strerror (errno));
  bool is_file = arguments->output != NULL && arguments->exporter->run != NULL;
  int status = is_file ? run_to_file (arguments, export, source, path)
		       : run (arguments, export, source, path, STDOUT_FILENO);
  if (status == 0)
    summarize (arguments, export);
  export_end (export);
  free (export);
  return status;
}

int
cli_export (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments
      = { .options = options,
	  .export = { .from_ns = INT64_MIN, .to_ns = INT64_MAX } };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "[SOURCE]",
	  .doc = "Write events in a format that other programs read.  SOURCE "
		 "is a database, a trace file or a daemon (default: what "
		 "MDTRACE_DATABASE names, or the daemon)." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  if (arguments.lists)
    return list (options);
  if (!cli_can_read (options, arguments.msgids))
    return 1;
  /* Without memory for names messages have numbers.  */
  struct msgids *msgids = msgids_read (arguments.msgids);
  arguments.export.msgids = msgids;
  int status
      = cli_use_source (options, arguments.given, arguments.export.is_partial,
			export_source, &arguments);
  msgids_free (msgids);
  return status;
}
