/* mdtrace analyze: reports and pictures, as files.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/draw.h"
#include "analyze_output.h"
#include "new_file.h"

static const char *const reports[] = { "dtrace_report.txt", "report.html" };
static const char *const pictures[]
    = { "dtrace_timeline", "dtrace_heatmap", "dtrace_performance" };

enum
{
  REPORTS = sizeof reports / sizeof reports[0],
  PICTURES = sizeof pictures / sizeof pictures[0]
};

/* Say what has gone wrong with WHAT, in place of PROGRESS.  */
static int
report_errno (const struct cli_options *options, struct progress *progress,
	      const char *what)
{
  int error = errno;

  progress_end (progress);
  return cli_report (options, what, MDTRACE_ERR_SYSTEM, strerror (error));
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

/* Put the report on DOCUMENT into FILE.  */
static bool
put_report (const json_t *document, bool as_html, FILE *file)
{
  if (as_html)
    return draw_html (document, file);
  draw_text (document, file);
  return fflush (file) == 0 && !ferror (file);
}

int
analyze_write_report (const struct cli_options *options,
		      const json_t *document, const char *path,
		      struct progress *progress)
{
  struct new_file new;
  FILE *file = NULL;

  if (new_file_begin (&new, path, NEW_FILE_REPLACES))
    file = new_file_open (&new);
  bool good = file != NULL && put_report (document, is_html (path), file)
	      && new_file_finish (&new);
  new_file_discard (&new);
  return good ? 0 : report_errno (options, progress, path);
}

/* Write the reports on DOCUMENT, which NEW is to move to its place.  Returns
   the exit status.  */
static int
write_reports (const struct cli_options *options, const json_t *document,
	       const struct new_file *new, struct progress *progress)
{
  int status = 0;

  progress_phase (progress, "writing reports");
  for (int i = 0; status == 0 && i < REPORTS; i++)
    {
      char *path = cli_format ("%s/%s", new->directory, reports[i]);
      FILE *file = fopen (path, "we");
      bool good = file != NULL && put_report (document, is_html (path), file);
      if (file != NULL && fclose (file) != 0)
	good = false;
      int error = errno;
      free (path);
      path = cli_format ("%s/%s", new->place, reports[i]);
      errno = error;
      if (!good)
	status = report_errno (options, progress, path);
      else
	progress_show (progress, (i + 1.0) / REPORTS);
      free (path);
    }
  return status;
}

/* Move what was made in NEW, the file NAME.SUFFIX, or NAME if SUFFIX is
   empty, to DIRECTORY.  Returns the exit status.  */
static int
move (const struct cli_options *options, struct new_file *new,
      const char *directory, const char *name, const char *suffix)
{
  char *file
      = cli_format ("%s%s%s", name, suffix[0] != '\0' ? "." : "", suffix);
  int status = 0;

  if (!new_file_move (new, file))
    {
      char *path = cli_format ("%s/%s", directory, file);
      status = cli_report (options, path, MDTRACE_ERR_SYSTEM,
			   errno == EEXIST ? "is there already, and is no file"
					   : strerror (errno));
      free (path);
    }
  free (file);
  return status;
}

/* The same of all.  */
static int
move_all (const struct cli_options *options, struct new_file *new,
	  const char *directory, const char *format)
{
  const char *const suffixes[] = { "dat", "gp", format };
  int status = 0;

  for (int i = 0; status == 0 && i < REPORTS; i++)
    status = move (options, new, directory, reports[i], "");
  for (int i = 0; i < PICTURES; i++)
    for (int j = 0; status == 0 && j < 3; j++)
      status = move (options, new, directory, pictures[i], suffixes[j]);
  return status;
}

int
analyze_visualize (const struct cli_options *options, const json_t *document,
		   const char *directory, const char *format,
		   struct progress *progress)
{
  char message[1024];
  struct new_file new;
  int status;

  if (!make_directory (directory))
    return report_errno (options, progress, directory);
  if (new_file_begin_several (&new, directory))
    status = write_reports (options, document, &new, progress);
  else
    status = report_errno (options, progress, directory);
  if (status == 0)
    progress_phase (progress, "drawing");
  bool is_drawn
      = status == 0
	&& draw_plots (document, new.directory, format, progress_show,
		       progress, message, sizeof message);
  progress_end (progress);
  if (status == 0 && !is_drawn)
    status = cli_report (options, directory, MDTRACE_ERR_DRAWING, message);
  if (status == 0)
    status = move_all (options, &new, directory, format);
  new_file_discard (&new);
  for (int i = 0; status == 0 && !options->json && i < REPORTS; i++)
    printf ("%s/%s\n", directory, reports[i]);
  for (int i = 0; status == 0 && !options->json && i < PICTURES; i++)
    printf ("%s/%s.%s\n", directory, pictures[i], format);
  return status;
}
