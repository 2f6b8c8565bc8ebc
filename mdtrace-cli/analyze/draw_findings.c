/* The text report: anomalies, correlations and predictions.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   They are in the document only if they were asked for.  */

#include <config.h>

#include <stdlib.h>

#include "draw_report.h"

enum
{
  ANOMALIES_MAX = 12,
  PREDICTIONS_MAX = 6, /* in sentences */
  PROBES_MAX = 5       /* behind an anomaly */
};

static void
put_anomaly (const struct report *report, const json_t *anomaly)
{
  int64_t begin_ns = draw_member_integer (anomaly, "begin_ns");
  int64_t end_ns = draw_member_integer (anomaly, "end_ns");
  const json_t *events = json_object_get (anomaly, "events");
  const json_t *probes = json_object_get (events, "probes"), *probe;
  size_t i;

  report_say (report, 0, "%s", draw_member_text (anomaly, "sentence"));
  report_say (report, 2, "%s, for %s (%s); score %s",
	      draw_since (begin_ns, report->first_ns).text,
	      draw_duration (draw_distance (begin_ns, end_ns)).text,
	      draw_time (begin_ns).text,
	      draw_number (draw_member_real (anomaly, "score")).text);
  if (!json_is_object (events))
    return;
  report_say (report, 2, "%s events at that time%s",
	      draw_count (draw_member_integer (events, "count")).text,
	      json_array_size (probes) > 0 ? ", most of them of:" : "");
  json_array_foreach (probes, i, probe)
    if (i < PROBES_MAX)
      report_say (report, 4, "%s: %s", draw_member_text (probe, "name"),
		  draw_count (draw_member_integer (probe, "count")).text);
  if (draw_has (events, "sql"))
    report_say (report, 4, "SQL: %s", draw_member_text (events, "sql"));
}

static void
put_anomalies (const struct report *report, const json_t *list)
{
  const json_t *anomaly;
  size_t i, groups = 0;

  report_heading (report, "Anomalies");
  if (json_array_size (list) == 0)
    report_say (report, 0,
		"None: nothing was found that differs from what "
		"is usual in this trace.");
  json_array_foreach (list, i, anomaly)
    {
      /* What is part of another one is told there.  */
      if (draw_has (anomaly, "part_of") || groups++ >= ANOMALIES_MAX)
	continue;
      if (i > 0)
	fputc ('\n', report->file);
      put_anomaly (report, anomaly);
    }
  report_rest (report, groups, ANOMALIES_MAX);
}

static void
put_correlations (const struct report *report, const json_t *list)
{
  const json_t *correlation;
  size_t i;

  report_heading (report, "Correlations");
  if (json_array_size (list) == 0)
    report_say (report, 0, "None that chance would not explain.");
  json_array_foreach (list, i, correlation)
    {
      report_say (report, 0, "%s", draw_member_text (correlation, "sentence"));
      report_say (
	  report, 2, "coefficient %.2f, lag %s s, p = %.2g, %s samples",
	  draw_member_real (correlation, "coefficient"),
	  draw_number (draw_member_real (correlation, "lag_seconds")).text,
	  draw_member_real (correlation, "p_value"),
	  draw_count (draw_member_integer (correlation, "samples")).text);
    }
}

static void
put_predictions (const struct report *report, const json_t *list)
{
  static const char *const values[] = { "last", "value", "low", "high" };
  const json_t *prediction;
  size_t i;

  report_heading (report, "Predictions");
  if (json_array_size (list) == 0)
    {
      report_say (report, 0,
		  "None: the history is too short, or nothing "
		  "predicts it better than its last value.");
      return;
    }
  struct table *table = table_new ();
  table_add_column (table, "SERIES", false);
  table_add_column (table, "UNIT", false);
  table_add_column (table, "LAST", true);
  table_add_column (table, "PREDICTED", true);
  table_add_column (table, "FROM", true);
  table_add_column (table, "TO", true);
  json_array_foreach (list, i, prediction)
    {
      const char *unit = draw_member_text (prediction, "unit");
      bool has_scale = draw_has_scale (unit);
      report_name (table, draw_member_text (prediction, "series"), 30);
      report_name (table, has_scale ? "" : unit, 10);
      for (int value = 0; value < 4; value++)
	table_add_cell (
	    table, draw_value (draw_member_real (prediction, values[value]),
			       has_scale ? unit : "")
		       .text);
    }
  report_table (report, table);
  json_array_foreach (list, i, prediction)
    if (i < PREDICTIONS_MAX)
      report_say (report, 0, "%s", draw_member_text (prediction, "sentence"));
  report_rest (report, json_array_size (list), PREDICTIONS_MAX);
}

void
report_findings (const struct report *report)
{
  const json_t *list = json_object_get (report->document, "anomalies");

  if (list != NULL)
    put_anomalies (report, list);
  list = json_object_get (report->document, "correlations");
  if (list != NULL)
    put_correlations (report, list);
  list = json_object_get (report->document, "predictions");
  if (list != NULL)
    put_predictions (report, list);
}
