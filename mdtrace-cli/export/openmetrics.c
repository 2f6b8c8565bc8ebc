/* Export: counters in the text format of OpenMetrics 1.0.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What is known last of the last boot, without times: the moment at which it
   is read is that of who reads it.  Units are those of OpenMetrics: seconds,
   bytes and ratios.  */

#include <config.h>

#include "export.h"

/* A family of metrics, and the query that gives its values: in each row the
   value and then, in pairs, names and values of labels, which are left out
   where the value is NULL; of a summary, the count behind the labels.  ?1 is
   the boot.  A value is divided by DIVISOR.  */
struct family
{
  const char *name, *type, *unit, *help;
  double divisor;
  const char *query;
};

#define SNAPSHOT(column)                                                      \
  "SELECT " column " FROM snapshot WHERE boot_id = ?1"                        \
  " ORDER BY sequence DESC LIMIT 1"
/* COLUMN of the counters of the last snapshot that WHICH says.  */
#define COUNTERS(column, which)                                               \
  "SELECT " column ", 'counter', c.name FROM counter_value v"                 \
  " JOIN counter c USING (counter_id) WHERE v.boot_id = ?1 AND " which        \
  " AND v.sequence = (SELECT max(sequence) FROM counter_value"                \
  "  WHERE boot_id = ?1) ORDER BY c.name"
/* Which unit is in the name of a family.  */
#define BYTES "c.unit = 'bytes'"
#define SHARES "c.unit = '1/10000'"
#define NANOSECONDS "c.unit = 'ns'"
#define OTHERS "c.unit NOT IN ('bytes', '1/10000', 'ns')"

static const struct family families[] = {
  { "mdtrace_boot_time_seconds", "gauge", "seconds",
    "When the kernel was booted, since 1970.", 1e9,
    "SELECT boot_time_ns FROM boot WHERE boot_id = ?1" },
  { "mdtrace_last_event_time_seconds", "gauge", "seconds",
    "When the last event of the trace was, since 1970.", 1e9, NULL },
  { "mdtrace_uptime_seconds", "gauge", "seconds",
    "Time since boot at the last snapshot.", 1e9, SNAPSHOT ("uptime_ns") },
  { "mdtrace_tasks", "gauge", NULL, "Tasks.", 1, SNAPSHOT ("tasks") },
  { "mdtrace_threads", "gauge", NULL, "Threads.", 1, SNAPSHOT ("threads") },
  { "mdtrace_cpus", "gauge", NULL, "CPUs.", 1, SNAPSHOT ("cpus") },
  { "mdtrace_utilisation_ratio", "gauge", "ratio",
    "Share of the clock ticks that did not find a CPU idle.", 1e4,
    SNAPSHOT ("utilisation") },
  { "mdtrace_memory_bytes", "gauge", "bytes", "Memory that is managed.", 1,
    SNAPSHOT ("memory_bytes") },
  { "mdtrace_memory_free_bytes", "gauge", "bytes", "Memory that is free.", 1,
    SNAPSHOT ("free_bytes") },
  { "mdtrace_cpu_seconds", "counter", "seconds",
    "Time that all CPUs together have spent.", 1e9,
    "WITH last AS (SELECT * FROM snapshot WHERE boot_id = ?1"
    "  ORDER BY sequence DESC LIMIT 1)"
    " SELECT user_ns, 'mode', 'user' FROM last UNION ALL"
    " SELECT system_ns, 'mode', 'system' FROM last UNION ALL"
    " SELECT idle_ns, 'mode', 'idle' FROM last" },
  { "mdtrace_faults", "counter", NULL, "Page faults.", 1,
    SNAPSHOT ("faults") },
  { "mdtrace_pageins", "counter", NULL, "Pages that were brought in.", 1,
    SNAPSHOT ("pageins") },
  { "mdtrace_pageouts", "counter", NULL, "Pages that were sent out.", 1,
    SNAPSHOT ("pageouts") },
  { "mdtrace_counted_events", "counter", NULL,
    "How often what counters count has happened.", 1,
    COUNTERS ("v.count", "c.kind = 'count'") },
  { "mdtrace_counted_bytes", "counter", "bytes", "What counters add up.", 1,
    COUNTERS ("v.sum", "c.kind = 'count' AND " BYTES) },
  { "mdtrace_counted_seconds", "counter", "seconds", "What counters add up.",
    1e9, COUNTERS ("v.sum", "c.kind = 'count' AND " NANOSECONDS) },
  { "mdtrace_counted", "counter", NULL,
    "What counters add up, in the unit that the label names.", 1,
    "SELECT v.sum, 'counter', c.name, 'unit', c.unit FROM counter_value v"
    " JOIN counter c USING (counter_id) WHERE v.boot_id = ?1"
    " AND c.kind = 'count' AND " OTHERS
    " AND v.sequence = (SELECT max(sequence) FROM counter_value"
    "  WHERE boot_id = ?1) ORDER BY c.name" },
  { "mdtrace_duration_seconds", "summary", "seconds",
    "What counters measure: how often, and how long in all.", 1e9,
    "SELECT v.sum, 'counter', c.name, v.count FROM counter_value v"
    " JOIN counter c USING (counter_id) WHERE v.boot_id = ?1"
    " AND c.kind = 'duration'"
    " AND v.sequence = (SELECT max(sequence) FROM counter_value"
    "  WHERE boot_id = ?1) ORDER BY c.name" },
  { "mdtrace_level_ratio", "gauge", "ratio",
    "Levels of counters that are shares.", 1e4,
    COUNTERS ("v.sum", "c.kind = 'level' AND " SHARES) },
  { "mdtrace_level_bytes", "gauge", "bytes",
    "Levels of counters that are bytes.", 1,
    COUNTERS ("v.sum", "c.kind = 'level' AND " BYTES) },
  { "mdtrace_level", "gauge", NULL,
    "Levels of counters, in the unit that the label names.", 1,
    "SELECT v.sum, 'counter', c.name, 'unit', c.unit FROM counter_value v"
    " JOIN counter c USING (counter_id) WHERE v.boot_id = ?1"
    " AND c.kind = 'level' AND c.unit NOT IN ('bytes', '1/10000')"
    " AND v.sequence = (SELECT max(sequence) FROM counter_value"
    "  WHERE boot_id = ?1) ORDER BY c.name" },
  { "mdtrace_health_score", "gauge", NULL,
    "The health score, from 0 to 100: the higher the better.", 1,
    "SELECT score FROM health WHERE boot_id = ?1"
    " ORDER BY time_ns DESC LIMIT 1" },
  { "mdtrace_health_deducted", "gauge", NULL,
    "What each factor has deducted from the health score.", 1,
    "SELECT points, 'factor', factor FROM health_factor WHERE boot_id = ?1"
    " AND known AND time_ns = (SELECT max(time_ns) FROM health"
    "  WHERE boot_id = ?1) ORDER BY factor" },
};

/* Describe a family.  */
static void
put_family (struct output *output, const char *name, const char *type,
	    const char *unit, const char *help)
{
  const struct
  {
    const char *word, *value;
  } lines[]
      = { { "# TYPE ", type }, { "# UNIT ", unit }, { "# HELP ", help } };

  for (int i = 0; i < 3; i++)
    if (lines[i].value != NULL)
      {
	output_text (output, lines[i].word);
	output_text (output, name);
	output_char (output, ' ');
	output_openmetrics (output, lines[i].value, false);
	output_char (output, '\n');
      }
}

/* The labels of ROW, from its second column on.  */
static void
put_labels (struct output *output, sqlite3_stmt *row)
{
  char before = '{';

  for (int i = 1; i + 1 < sqlite3_column_count (row); i += 2)
    {
      const char *name = (const char *) sqlite3_column_text (row, i);
      const char *value = (const char *) sqlite3_column_text (row, i + 1);
      if (name == NULL || value == NULL)
	continue;
      output_char (output, before);
      before = ',';
      output_text (output, name);
      output_char (output, '=');
      output_openmetrics (output, value, true);
    }
  if (before == ',')
    output_char (output, '}');
}

/* The value in ROW, divided by DIVISOR; whole ones to the last digit.  None
   has a sign: a database has but numbers that do, and counters may be greater.
 */
static void
put_value (struct output *output, sqlite3_stmt *row, double divisor)
{
  uint64_t value = sqlite3_column_int64 (row, 0);

  output_char (output, ' ');
  if (divisor == 1)
    output_unsigned (output, value);
  else
    output_real (output, value / divisor);
  output_char (output, '\n');
}

static void
put_sample (struct output *output, const char *name, const char *suffix,
	    sqlite3_stmt *row, double divisor)
{
  output_text (output, name);
  output_text (output, suffix);
  put_labels (output, row);
  put_value (output, row, divisor);
}

/* Prepare QUERY for BOOT_ID; null on failure.  */
static sqlite3_stmt *
prepare (struct export *export, const char *query, int64_t boot_id)
{
  sqlite3_stmt *row = export_prepare (export, query);

  if (row != NULL)
    sqlite3_bind_int64 (row, 1, boot_id);
  return row;
}

/* How often it was measured whose sum the first column of ROW has: the fourth
   one.  */
static void
put_count (struct output *output, const char *name, sqlite3_stmt *row)
{
  output_text (output, name);
  output_text (output, "_count");
  put_labels (output, row);
  output_char (output, ' ');
  output_unsigned (output, sqlite3_column_int64 (row, 3));
  output_char (output, '\n');
}

/* Put FAMILY, if it has values.  */
static bool
put_values (struct export *export, const struct family *family,
	    int64_t boot_id)
{
  struct output *output = &export->output;
  const char *suffix = strcmp (family->type, "counter") == 0   ? "_total"
		       : strcmp (family->type, "summary") == 0 ? "_sum"
							       : "";
  bool failed, is_first = true;
  sqlite3_stmt *row = prepare (export, family->query, boot_id);

  if (row == NULL)
    return false;
  while (export_step (export, row, &failed))
    {
      if (sqlite3_column_type (row, 0) == SQLITE_NULL)
	continue;
      if (is_first)
	put_family (output, family->name, family->type, family->unit,
		    family->help);
      is_first = false;
      if (strcmp (family->type, "summary") == 0)
	put_count (output, family->name, row);
      put_sample (output, family->name, suffix, row, family->divisor);
    }
  sqlite3_finalize (row);
  return !failed;
}

/* What a probe is, as labels; more can follow.  */
static void
put_probe (struct output *output, const struct source_probe *probe)
{
  const struct
  {
    const char *name, *value;
  } labels[] = { { ",provider=", probe->provider },
		 { ",module=", probe->module },
		 { ",function=", probe->function },
		 { ",name=", probe->name },
		 { ",label=", probe->label } };

  output_text (output, "{probe_id=\"");
  output_unsigned (output, probe->id);
  output_char (output, '"');
  for (unsigned i = 0; i < sizeof labels / sizeof labels[0]; i++)
    if (labels[i].value[0] != '\0')
      {
	output_text (output, labels[i].name);
	output_openmetrics (output, labels[i].value, true);
      }
}

/* What has become of the hits of the probes that are asked for.  */
static void
put_probes (struct export *export, int64_t boot_id)
{
  struct output *output = &export->output;
  unsigned count;
  const struct source_probe *probe = source_probes (export->source, &count);

  put_family (output, "mdtrace_probe_hits", "counter", NULL,
	      "How often probes were hit.");
  for (unsigned i = 0; i < count; i++)
    if (probe[i].boot_id == boot_id
	&& places_has_probe (export->places, &probe[i]))
      {
	output_text (output, "mdtrace_probe_hits_total");
	put_probe (output, &probe[i]);
	output_text (output, "} ");
	output_unsigned (output, probe[i].counts.hits);
	output_char (output, '\n');
      }
  put_family (output, "mdtrace_probe_outcomes", "counter", NULL,
	      "What became of these hits: recorded, or filtered as was asked "
	      "for, or lost: dropped, throttled or missed.");
  for (unsigned i = 0; i < count; i++)
    if (probe[i].boot_id == boot_id
	&& places_has_probe (export->places, &probe[i]))
      {
	const mdtrace_counts_t *counts = &probe[i].counts;
	const struct
	{
	  const char *word;
	  uint64_t value;
	} outcomes[] = { { "recorded", counts->recorded },
			 { "filtered", counts->filtered },
			 { "dropped", counts->dropped },
			 { "throttled", counts->throttled },
			 { "missed", counts->missed } };
	for (unsigned j = 0; j < sizeof outcomes / sizeof outcomes[0]; j++)
	  {
	    output_text (output, "mdtrace_probe_outcomes_total");
	    put_probe (output, &probe[i]);
	    output_text (output, ",outcome=\"");
	    output_text (output, outcomes[j].word);
	    output_text (output, "\"} ");
	    output_unsigned (output, outcomes[j].value);
	    output_char (output, '\n');
	  }
      }
}

static void
put_last_event (struct export *export, const struct family *family)
{
  struct output *output = &export->output;
  int64_t first_ns, last_ns;

  if (!source_extent (export->source, &first_ns, &last_ns))
    return;
  put_family (output, family->name, family->type, family->unit, family->help);
  output_text (output, family->name);
  output_char (output, ' ');
  output_real (output, last_ns / family->divisor);
  output_char (output, '\n');
}

/* What was traced, by what.  */
static bool
put_info (struct export *export, int64_t boot_id)
{
  struct output *output = &export->output;
  bool failed;
  sqlite3_stmt *row = prepare (
      export,
      "SELECT 1, 'boot_id', boot_id, 'target', target, 'kernel', version,"
      " 'tracer', 'mdtrace " PACKAGE_VERSION "' FROM boot"
      " JOIN kernel USING (kernel_id) WHERE boot_id = ?1",
      boot_id);

  if (row == NULL)
    return false;
  while (export_step (export, row, &failed))
    {
      /* No info, which Prometheus's own older format does not know.  */
      put_family (output, "mdtrace_target", "gauge", NULL,
		  "What was traced, and by what.");
      put_sample (output, "mdtrace_target", "", row, 1);
    }
  sqlite3_finalize (row);
  return !failed;
}

bool
export_openmetrics (struct export *export)
{
  bool failed;
  sqlite3_stmt *row = export_prepare (export, "SELECT max(boot_id) FROM boot");

  if (row == NULL)
    return false;
  export_step (export, row, &failed);
  int64_t boot_id = failed ? 0 : sqlite3_column_int64 (row, 0);
  sqlite3_finalize (row);
  if (failed || !put_info (export, boot_id))
    return false;
  for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
    if (families[i].query == NULL)
      put_last_event (export, &families[i]);
    else if (!put_values (export, &families[i], boot_id))
      return false;
  put_probes (export, boot_id);
  output_text (&export->output, "# EOF\n");
  return true;
}
