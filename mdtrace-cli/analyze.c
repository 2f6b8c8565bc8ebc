/* mdtrace analyze: what happened when, and where time went.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/analyze.h"
#include "analyze/draw.h"
#include "analyze/statistics.h"
#include "analyze_output.h"
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

/* Show what is asked for of DOCUMENT.  Returns the exit status.  */
static int
show (const struct arguments *arguments, json_t *document,
      struct progress *progress)
{
  const struct cli_options *options = arguments->options;
  int status = 0;

  if (arguments->visualize)
    status = analyze_visualize (
	options, document,
	arguments->directory != NULL ? arguments->directory : ".",
	arguments->format != NULL ? arguments->format : "png", progress);
  if (status == 0 && arguments->report != NULL)
    status = analyze_write_report (options, document, arguments->report,
				   progress);
  progress_end (progress);
  if (status != 0)
    return status;
  if (options->json)
    cli_print_json (json_incref (document));
  else if (!arguments->visualize && arguments->report == NULL)
    draw_text (document, stdout);
  return 0;
}

/* Analyse SOURCE, which is at PATH.  Returns the exit status.  */
static int
analyze (void *closure, struct source *source, const char *path)
{
  struct arguments *arguments = closure;
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
  if (document != NULL && arguments->detects_anomalies)
    progress_phase (&progress, "looking for anomalies");
  if (document != NULL && arguments->detects_anomalies
      && !statistics_add (source, analysis, &rates, document, message,
			  sizeof message))
    {
      json_decref (document);
      document = NULL;
    }
  series_free (&rates);
  if (document == NULL)
    {
      progress_end (&progress);
      return cli_report (options, path, MDTRACE_ERR_TRACE, message);
    }
  int status = show (arguments, document, &progress);
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

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  arguments.analysis.from_ns = arguments.part.from_ns;
  arguments.analysis.to_ns = arguments.part.to_ns;
  arguments.analysis.is_partial = arguments.part.is_partial;
  struct msgids *msgids = read_msgids (&arguments);
  if (msgids == NULL)
    return 1;
  arguments.analysis.msgids = msgids;
  int status = cli_use_source (options, arguments.part.given,
			       arguments.part.is_partial, analyze, &arguments);
  msgids_free (msgids);
  return status;
}
