/* mdtrace export: events, to where people look already.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db.h"
#include "export.h"
#include "export_ctf.h"
#include "msgids.h"
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
      json_array_append_new (rows, json_pack ("{s:s, s:s}", "name",
					      exporters[i].name, "what",
					      exporters[i].what));
    else
      {
	table_add_cell (table, exporters[i].name);
	table_add_cell (table, exporters[i].what);
      }
  if (options->json)
    cli_print_json (json_pack ("{s:O}", "formats", rows));
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
      json_t *document = json_pack (
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
  return cli_report (options, path,
		     export->has_no_stacks ? MDTRACE_ERR_NO_STACKS
					   : MDTRACE_ERR_TRACE,
		     export->message);
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

/* The file beside the output, as long as it has not got that name.  */
static const char *volatile unfinished = "";

/* Take it away before the signal does what it would have done.  */
static void
clean_up (int signal)
{
  unlink (unfinished);
  raise (signal);
}

static void
clean_up_after_signals (void)
{
  static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGXFSZ };
  const struct sigaction action
      = { .sa_handler = clean_up, .sa_flags = SA_RESETHAND | SA_NODEFER };
  struct sigaction old;

  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    if (sigaction (signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction (signals[i], &action, NULL);
}

/* The same to a file beside the output, which then gets its name.  */
static int
run_to_file (struct arguments *arguments, struct export *export,
	     struct source *source, const char *path)
{
  char *new = cli_format ("%s.XXXXXX", arguments->output);

  unfinished = new;
  clean_up_after_signals ();
  int file = mkstemp (new);

  if (file < 0)
    {
      int status = report_output (arguments);
      unfinished = "";
      free (new);
      return status;
    }
  mode_t mask = umask (0);
  umask (mask);
  fchmod (file, 0666 & ~mask);
  int status = run (arguments, export, source, path, file);
  if (close (file) != 0 && status == 0)
    status = report_output (arguments);
  if (status == 0 && rename (new, arguments->output) != 0)
    status = report_output (arguments);
  if (status != 0)
    unlink (new);
  unfinished = "";
  free (new);
  return status;
}

/* The same to what is there already and stays what it is.  */
static int
run_to_special (struct arguments *arguments, struct export *export,
		struct source *source, const char *path)
{
  int file = open (arguments->output, O_WRONLY | O_NOCTTY | O_CLOEXEC);

  if (file < 0)
    return report_output (arguments);
  int status = run (arguments, export, source, path, file);
  if (close (file) != 0 && status == 0)
    status = report_output (arguments);
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
  char *path;
  struct source *source = cli_open_source (options, arguments.given,
					   arguments.export.is_partial, &path);
  if (source == NULL)
    return 1;
  /* Without memory for names messages have numbers.  */
  struct msgids *msgids = msgids_read (arguments.msgids);
  arguments.export.msgids = msgids;
  struct export *export = calloc (1, sizeof *export);
  int status = export == NULL ? cli_report (options, path, MDTRACE_ERR_SYSTEM,
					    strerror (errno))
	       : arguments.output != NULL && arguments.exporter->run != NULL
		   ? (cli_is_special (arguments.output)
			  ? run_to_special
			  : run_to_file) (&arguments, export, source, path)
		   : run (&arguments, export, source, path, STDOUT_FILENO);
  if (status == 0)
    summarize (&arguments, export);
  if (export != NULL)
    export_end (export);
  cli_close_source (source, path);
  msgids_free (msgids);
  free (export);
  free (path);
  return status != 0 ? status : cli_finish ();
}
