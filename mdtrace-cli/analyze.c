/* mdtrace analyze: what happened when, and where time went.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/analyze.h"
#include "analyze/draw.h"
#include "analyze/statistics.h"
#include "cli.h"
#include "part.h"
#include "msgids.h"
#include "progress.h"

enum
{
  OPTION_VISUALIZE = 256,
  OPTION_DETECT_ANOMALIES,
  OPTION_REPORT,
  OPTION_OUTPUT_DIR,
  OPTION_FORMAT,
  OPTION_MSGIDS
};

static const struct argp_option argp_options[] = {
  { "visualize", OPTION_VISUALIZE, NULL, 0,
    "Draw a timeline, heat maps and bottlenecks, and write reports", 0 },
  { "detect-anomalies", OPTION_DETECT_ANOMALIES, NULL, 0,
    "Look for what is out of the ordinary, what belongs together, and "
    "what comes next",
    0 },
  { "report", OPTION_REPORT, "FILE", 0,
    "Write the report to FILE, as HTML if its name ends in .html", 0 },
  { "output-dir", OPTION_OUTPUT_DIR, "DIR", 0,
    "Where --visualize writes to (default: here); made if it is not "
    "there",
    0 },
  { "format", OPTION_FORMAT, "png|svg", 0,
    "What --visualize draws (default: png)", 0 },
  { "probe", 'p', "PATTERN", 0,
    "Only events of which PATTERN matches provider:module:function:name, "
    "the function or the probe's label",
    0 },
  { "msgids", OPTION_MSGIDS, "DIR", 0,
    "Where files *.msgids are, with names of messages; several "
    "directories are separated by ':'",
    0 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

struct arguments
{
  struct cli_options *options;
  struct analyze_options analysis;
  struct part part;
  const char *given;
  const char *report, *directory, *format, *msgids;
  bool visualize, detects_anomalies;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case OPTION_VISUALIZE:
      arguments->visualize = true;
      return 0;
    case OPTION_DETECT_ANOMALIES:
      arguments->detects_anomalies = true;
      return 0;
    case OPTION_REPORT:
      arguments->report = argument;
      return 0;
    case OPTION_OUTPUT_DIR:
      arguments->directory = argument;
      return 0;
    case OPTION_FORMAT:
      if (strcmp (argument, "png") != 0 && strcmp (argument, "svg") != 0)
	argp_error (state, "--format takes png or svg, not '%s'", argument);
      arguments->format = argument;
      return 0;
    case 'p':
      arguments->analysis.probe = argument;
      return 0;
    case OPTION_MSGIDS:
      arguments->msgids = argument;
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->given != NULL)
	argp_error (state, "one trace at a time");
      arguments->given = argument;
      return 0;
    case ARGP_KEY_END:
      if (!arguments->visualize
	  && (arguments->directory != NULL || arguments->format != NULL))
	argp_error (state, "--output-dir and --format are for what "
			   "--visualize draws");
      return 0;
    default:
      return part_parse_rest (key, argument, state, arguments->options,
			      &arguments->part);
    }
}

static int
report_errno (const struct cli_options *options, const char *what)
{
  return cli_report (options, what, MDTRACE_ERR_SYSTEM, strerror (errno));
}

/* Make DIRECTORY and those above it, unless they are there.  */
static bool
make_directory (const char *directory)
{
  char *path = cli_format ("%s", directory);
  bool good = true;

  for (char *end = path + 1; good; end++)
    if (*end == '/' || *end == '\0')
      {
	char kept = *end;
	*end = '\0';
	good = mkdir (path, 0777) == 0 || errno == EEXIST;
	*end = kept;
	if (kept == '\0')
	  break;
      }
  free (path);
  return good;
}

/* Whether NAME is one of a file of HTML.  */
static bool
is_html (const char *name)
{
  size_t length = strlen (name);

  return length > 5 && strcmp (name + length - 5, ".html") == 0;
}

/* Write the report on DOCUMENT to PATH.  Returns the exit status.  */
static int
write_report (const struct cli_options *options, const json_t *document,
	      const char *path)
{
  FILE *file = fopen (path, "we");

  if (file == NULL)
    return report_errno (options, path);
  bool good = true;
  if (is_html (path))
    good = draw_html (document, file);
  else
    draw_text (document, file);
  good = good && fflush (file) == 0 && !ferror (file);
  int error = errno;
  if (fclose (file) == 0 && good)
    return 0;
  errno = good ? errno : error;
  return report_errno (options, path);
}

/* Draw all there is of DOCUMENT.  Returns the exit status.  */
static int
visualize (const struct arguments *arguments, const json_t *document)
{
  static const char *const reports[] = { "dtrace_report.txt", "report.html" };
  const struct cli_options *options = arguments->options;
  const char *directory
      = arguments->directory != NULL ? arguments->directory : ".";
  const char *format = arguments->format != NULL ? arguments->format : "png";
  char message[1024];
  int status = 0;

  if (!make_directory (directory))
    return report_errno (options, directory);
  for (int i = 0; status == 0 && i < 2; i++)
    {
      char *path = cli_format ("%s/%s", directory, reports[i]);
      status = write_report (options, document, path);
      free (path);
    }
  if (status == 0
      && !draw_plots (document, directory, format, message, sizeof message))
    status = cli_report (options, directory, MDTRACE_ERR_DRAWING, message);
  if (status == 0 && !options->json)
    for (int i = 0; i < 2; i++)
      printf ("%s/%s\n", directory, reports[i]);
  if (status == 0 && !options->json)
    printf ("%s/dtrace_timeline.%s\n%s/dtrace_heatmap.%s\n"
	    "%s/dtrace_performance.%s\n",
	    directory, format, directory, format, directory, format);
  return status;
}

/* Show what is asked for of DOCUMENT.  Returns the exit status.  */
static int
show (const struct arguments *arguments, json_t *document)
{
  const struct cli_options *options = arguments->options;
  int status = 0;

  if (arguments->visualize)
    status = visualize (arguments, document);
  if (status == 0 && arguments->report != NULL)
    status = write_report (options, document, arguments->report);
  if (status != 0)
    return status;
  if (options->json)
    cli_print_json (json_incref (document));
  else if (!arguments->visualize && arguments->report == NULL)
    draw_text (document, stdout);
  return cli_finish ();
}

/* Analyse SOURCE, which is at PATH.  Returns the exit status.  */
static int
analyze (struct arguments *arguments, struct source *source, const char *path)
{
  const struct cli_options *options = arguments->options;
  struct analyze_options *analysis = &arguments->analysis;
  struct progress progress;
  char message[1536];

  if (analysis->probe != NULL && !analyze_has_probe (source, analysis->probe))
    return cli_report (options, analysis->probe, MDTRACE_ERR_NO_MATCH, NULL);
  progress_begin (&progress, "analyzing");
  analysis->progress = progress_show;
  analysis->closure = &progress;
  analysis->path = path;
  struct series_list rates = { NULL, 0 };
  json_t *document = analyze_events (
      source, analysis, arguments->detects_anomalies ? &rates : NULL, message,
      sizeof message);
  if (document != NULL && arguments->detects_anomalies
      && !statistics_add (source, analysis, &rates, document, message,
			  sizeof message))
    {
      json_decref (document);
      document = NULL;
    }
  series_free (&rates);
  progress_end (&progress);
  if (document == NULL)
    return cli_report (options, path, MDTRACE_ERR_TRACE, message);
  int status = show (arguments, document);
  json_decref (document);
  return status;
}

/* Read the names of messages.  Null after an error, which is reported.  */
static struct msgids *
read_msgids (const struct arguments *arguments)
{
  if (!cli_can_read (arguments->options, arguments->msgids))
    return NULL;
  struct msgids *msgids = msgids_read (arguments->msgids);
  if (msgids == NULL)
    report_errno (arguments->options, "names of messages");
  return msgids;
}

int
cli_analyze (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options, .part = PART_INITIAL };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = part_children,
	  .args_doc = "[SOURCE]",
	  .doc = "Tell what happened when in a trace, and where time went.  "
		 "SOURCE is a database, a trace file or a daemon (default: "
		 "the database that MDTRACE_DATABASE names, or that of the "
		 "daemon)." };
  char *path;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  arguments.analysis.from_ns = arguments.part.from_ns;
  arguments.analysis.to_ns = arguments.part.to_ns;
  arguments.analysis.is_partial = arguments.part.is_partial;
  struct msgids *msgids = read_msgids (&arguments);
  if (msgids == NULL)
    return 1;
  arguments.analysis.msgids = msgids;
  struct source *source = cli_open_source (options, arguments.given,
					   arguments.part.is_partial, &path);
  int status = 1;
  if (source != NULL)
    {
      status = analyze (&arguments, source, path);
      cli_close_source (source, path);
      free (path);
    }
  msgids_free (msgids);
  return status;
}
