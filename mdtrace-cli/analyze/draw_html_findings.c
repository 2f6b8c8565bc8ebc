/* The page of an analysis: anomalies, counters, correlations, predictions, and
   the probes that all of it comes from.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>

#include "draw_markup.h"

static void
put_anomalies (const struct markup *markup, const json_t *list)
{
  const json_t *anomaly, *probe;
  size_t i, j;

  fputs ("<section>\n<h2 id=\"Anomalies\">Anomalies</h2>\n", markup->file);
  if (json_array_size (list) == 0)
    markup_say (markup, "None: nothing was found that differs from what is "
			"usual in this trace.");
  json_array_foreach (list, i, anomaly)
    {
      const json_t *events = json_object_get (anomaly, "events");
      const json_t *probes = json_object_get (events, "probes");
      /* What is part of another one is told there.  */
      if (draw_has (anomaly, "part_of"))
	continue;
      fputs ("<h3>", markup->file);
      markup_text (markup->file, draw_member_text (anomaly, "sentence"));
      fputs ("</h3>\n", markup->file);
      markup_when (markup, draw_member_integer (anomaly, "begin_ns"),
		   draw_member_integer (anomaly, "end_ns"));
      markup_say (markup, "Score %s (%s), compared with %s.",
		  draw_number (draw_member_real (anomaly, "score")).text,
		  draw_member_text (anomaly, "kind"),
		  draw_member_text (anomaly, "compared_with"));
      if (!json_is_object (events))
	continue;
      markup_say (markup, "%s events at that time%s",
		  draw_count (draw_member_integer (events, "count")).text,
		  json_array_size (probes) > 0 ? ", most of them of:" : ".");
      fputs ("<ul>\n", markup->file);
      json_array_foreach (probes, j, probe)
	{
	  fputs ("<li>", markup->file);
	  markup_text (markup->file, draw_member_text (probe, "name"));
	  fprintf (markup->file, ": %s</li>\n",
		   draw_count (draw_member_integer (probe, "count")).text);
	}
      fputs ("</ul>\n", markup->file);
      markup_sql (markup, draw_member_text (events, "sql"));
    }
  fputs ("</section>\n", markup->file);
}

static void
put_series (const struct markup *markup, const json_t *list)
{
  static const char *const headings[]
      = { "counter", "#least", "#last", "#greatest" };
  const json_t *series, *value;
  size_t i, j;

  fputs ("<section>\n<h2 id=\"Counters\">Counters</h2>\n", markup->file);
  if (json_array_size (list) == 0)
    markup_say (markup, "No snapshots and no counters in this trace.");
  else
    {
      markup_table (markup, NULL, headings, 4);
      json_array_foreach (list, i, series)
	{
	  const char *unit = draw_member_text (series, "unit");
	  double least = NAN, last = NAN, greatest = NAN;
	  json_array_foreach (json_object_get (series, "values"), j, value)
	    {
	      double number = draw_real (value);
	      /* Of a number and NAN these give the number.  */
	      least = fmin (least, number);
	      greatest = fmax (greatest, number);
	      last = isnan (number) ? last : number;
	    }
	  markup_row (markup);
	  markup_name (markup, draw_member_text (series, "name"));
	  markup_number (markup, least, draw_value (least, unit));
	  markup_number (markup, last, draw_value (last, unit));
	  markup_number (markup, greatest, draw_value (greatest, unit));
	  markup_row_end (markup);
	}
      markup_table_end (markup);
    }
  json_array_foreach (list, i, series)
    {
      fprintf (markup->file, "<figure data-series=\"%zu\"><figcaption>", i);
      markup_text (markup->file, draw_member_text (series, "name"));
      fputs (", ", markup->file);
      markup_text (markup->file, draw_member_text (series, "unit"));
      fputs ("</figcaption></figure>\n", markup->file);
    }
  fputs ("</section>\n", markup->file);
}

static void
put_correlations (const struct markup *markup, const json_t *list)
{
  static const char *const headings[]
      = { "what", "#coefficient", "#lag in seconds", "#p", "#samples" };
  const json_t *correlation;
  size_t i;

  fputs ("<section>\n<h2 id=\"Correlations\">Correlations</h2>\n",
	 markup->file);
  if (json_array_size (list) == 0)
    markup_say (markup, "None that chance would not explain.");
  else
    {
      static const char *const keys[]
	  = { "coefficient", "lag_seconds", "p_value" };
      markup_table (markup, NULL, headings, 5);
      json_array_foreach (list, i, correlation)
	{
	  markup_row (markup);
	  markup_name (markup, draw_member_text (correlation, "sentence"));
	  for (int key = 0; key < 3; key++)
	    {
	      double value = draw_member_real (correlation, keys[key]);
	      markup_number (markup, value, draw_number (value));
	    }
	  markup_count (markup, correlation, "samples");
	  markup_row_end (markup);
	}
      markup_table_end (markup);
    }
  fputs ("</section>\n", markup->file);
}

static void
put_predictions (const struct markup *markup, const json_t *list)
{
  static const char *const headings[]
      = { "counter", "#last",	    "#predicted",	   "#from",   "#to",
	  "method",  "#mean error", "#error of no change", "#covered" };
  static const char *const values[] = { "last", "value", "low", "high" };
  const json_t *prediction;
  size_t i;

  fputs ("<section>\n<h2 id=\"Predictions\">Predictions</h2>\n", markup->file);
  if (json_array_size (list) == 0)
    markup_say (markup, "None: the history is too short, or nothing predicts "
			"it better than its last value.");
  else
    {
      markup_table (markup, NULL, headings, 9);
      json_array_foreach (list, i, prediction)
	{
	  const json_t *test = json_object_get (prediction, "backtest");
	  const char *unit = draw_member_text (prediction, "unit");
	  markup_row (markup);
	  markup_name (markup, draw_member_text (prediction, "series"));
	  for (int key = 0; key < 4; key++)
	    {
	      double value = draw_member_real (prediction, values[key]);
	      markup_number (markup, value, draw_value (value, unit));
	    }
	  fputs ("<td>", markup->file);
	  markup_text (markup->file, draw_member_text (prediction, "method"));
	  fputs ("</td>", markup->file);
	  double error = draw_member_real (test, "mean_error");
	  double naive = draw_member_real (test, "naive_error");
	  double covered = draw_member_real (test, "covered_percent");
	  markup_number (markup, error, draw_value (error, unit));
	  markup_number (markup, naive, draw_value (naive, unit));
	  markup_number (markup, covered, draw_value (covered, "percent"));
	  markup_row_end (markup);
	}
      markup_table_end (markup);
      json_array_foreach (list, i, prediction)
	markup_say (markup, "%s", draw_member_text (prediction, "sentence"));
    }
  fputs ("</section>\n", markup->file);
}

static void
put_probes (const struct markup *markup)
{
  static const char *const headings[]
      = { "#boot",	 "#id",	       "probe",	 "label",     "#events",
	  "#per second", "#share",     "#hits",	 "#recorded", "#filtered",
	  "#dropped",	 "#throttled", "#missed" };
  static const char *const counts[]
      = { "hits", "recorded", "filtered", "dropped", "throttled", "missed" };
  const json_t *list = json_object_get (markup->document, "probes"), *probe;
  size_t i;

  fputs ("<section>\n<h2 id=\"Probes\">Probes</h2>\n", markup->file);
  if (json_array_size (list) == 0)
    markup_say (markup, "None in this trace.");
  else
    {
      markup_table (markup, NULL, headings,
		    sizeof headings / sizeof headings[0]);
      json_array_foreach (list, i, probe)
	{
	  double rate = draw_member_real (probe, "per_second");
	  markup_row (markup);
	  markup_count (markup, probe, "boot_id");
	  markup_count (markup, probe, "probe_id");
	  markup_name (markup, draw_member_text (probe, "name"));
	  fputs ("<td>", markup->file);
	  markup_text (markup->file, draw_member_text (probe, "label"));
	  fputs ("</td>", markup->file);
	  markup_count (markup, probe, "events");
	  markup_number (markup, rate, draw_number (rate));
	  markup_share (markup, draw_member_real (probe, "share"));
	  for (int key = 0; key < 6; key++)
	    markup_count (markup, probe, counts[key]);
	  markup_row_end (markup);
	}
      markup_table_end (markup);
      markup_others (markup, markup->document, "other_probes");
    }
  fputs ("</section>\n", markup->file);
}

void
markup_findings (const struct markup *markup)
{
  const json_t *list = json_object_get (markup->document, "anomalies");

  if (list != NULL)
    put_anomalies (markup, list);
  list = json_object_get (markup->document, "series");
  if (list != NULL)
    put_series (markup, list);
  list = json_object_get (markup->document, "correlations");
  if (list != NULL)
    put_correlations (markup, list);
  list = json_object_get (markup->document, "predictions");
  if (list != NULL)
    put_predictions (markup, list);
  put_probes (markup);
}
