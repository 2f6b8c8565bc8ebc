/* Statistics of a trace: the members of its document.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "statistics_private.h"

/* Set the member KEY of DOCUMENT to VALUE, which may be null: false then.  */
static bool
set (json_t *document, const char *key, json_t *value)
{
  return value != NULL && json_object_set_new (document, key, value) == 0;
}

/* Tell that SHARE of it is done, about.  */
static bool
tell (const struct statistics *statistics, double share)
{
  const struct analyze_options *options = statistics->options;

  if (options->progress != NULL)
    options->progress (options->closure, share);
  return true;
}

bool
statistics_add (struct source *source, const struct analyze_options *options,
		const struct series_list *events, json_t *document,
		char *message, size_t bytes)
{
  struct statistics statistics = { .source = source, .options = options };
  bool failed = false;

  snprintf (message, bytes, "out of memory");
  bool is_good = wanted_begin (&statistics.wanted, source, options->probe);
  if (is_good)
    statistics.where = wanted_where (&statistics.wanted, NULL, &failed);
  is_good
      = is_good && !failed
	&& statistics_collect (&statistics, events, message, bytes)
	&& tell (&statistics, 0.2)
	&& set (document, "anomalies",
		statistics_anomalies (&statistics, message, bytes))
	&& tell (&statistics, 0.8)
	&& set (document, "correlations",
		statistics_correlations (&statistics))
	&& tell (&statistics, 0.9)
	&& set (document, "predictions", statistics_predictions (&statistics))
	&& set (document, "series", statistics_series (&statistics))
	&& tell (&statistics, 1);
  wanted_free (&statistics.wanted);
  series_free (&statistics.list);
  free (statistics.where);
  free (statistics.kin);
  for (size_t i = 0; i < statistics.units_count; i++)
    free (statistics.units[i]);
  free (statistics.units);
  return is_good;
}
