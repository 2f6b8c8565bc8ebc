/* Series of what snapshots and counters have come to.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What has grown between two snapshots belongs to the step in which the middle
   between them lies, divided by the time of all that lies there.  A gap, and a
   counter that has begun anew, give nothing.  The numbers are those of the
   views snapshots and counter_values; tables are read in their own order,
   since the joins of views would take long for a week.  */

#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics_private.h"

/* What becomes of a column.  */
enum way
{
  LEVEL,    /* the mean */
  RATE,	    /* how much it has grown in a second */
  CPU_SHARE /* what of the time of the CPUs it has grown by, in percent */
};

static const struct column
{
  const char *name, *unit;
  const char *expression;
  enum way way;
  double factor;
  unsigned kin;
} columns[] = {
  { "CPU busy", "percent", "utilisation", LEVEL, 0.01, STATISTICS_KIN_CPU },
  { "CPU in user mode", "percent", "user_ns", CPU_SHARE, 100,
    STATISTICS_KIN_CPU },
  { "CPU in the kernel", "percent", "system_ns", CPU_SHARE, 100,
    STATISTICS_KIN_CPU },
  { "CPU in interrupts", "percent", "interrupt_ns", CPU_SHARE, 100,
    STATISTICS_KIN_INTERRUPTS },
  { "tasks", "tasks", "tasks", LEVEL, 1, STATISTICS_KIN_TASKS },
  { "threads", "threads", "threads", LEVEL, 1, STATISTICS_KIN_TASKS },
  { "free memory", "bytes", "free_bytes", LEVEL, 1, STATISTICS_KIN_NONE },
  { "page faults", "faults/s", "faults", RATE, 1, STATISTICS_KIN_NONE },
  { "page-ins", "pages/s", "pageins", RATE, 1, STATISTICS_KIN_NONE },
  { "page-outs", "pages/s", "pageouts", RATE, 1, STATISTICS_KIN_NONE },
  { "hits of all probes", "hits/s", "hits", RATE, 1, STATISTICS_KIN_EVENTS },
  { "hits that were lost", "hits/s", "lost", RATE, 1, STATISTICS_KIN_EVENTS },
};
enum
{
  COLUMNS = sizeof columns / sizeof columns[0],
  /* Before the columns in a row: sequence, time, uptime, CPUs.  */
  COLUMN_FIRST = 4
};

/* Sums of a step.  */
struct sums
{
  double grown, time;
};

/* The step that what was between EARLIER_NS and LATER_NS belongs to, or COUNT
   if it is none of COUNT.  */
static size_t
step_of (int64_t earlier_ns, int64_t later_ns, int64_t first_ns,
	 int64_t step_ns, size_t count)
{
  int64_t middle_ns = (int64_t) (((__int128) earlier_ns + later_ns) / 2);

  if (middle_ns < first_ns)
    return count;
  uint64_t step
      = ((uint64_t) middle_ns - (uint64_t) first_ns) / (uint64_t) step_ns;
  return step < count ? step : count;
}

static sqlite3_stmt *
prepare (struct statistics *statistics, const char *sql, int64_t boot_id,
	 int64_t from_ns, int64_t to_ns)
{
  sqlite3_stmt *row = NULL;

  if (sqlite3_prepare_v2 (source_connection (statistics->source), sql, -1,
			  &row, NULL)
      != SQLITE_OK)
    return NULL;
  sqlite3_bind_int64 (row, 1, boot_id);
  sqlite3_bind_int64 (row, 2, from_ns);
  sqlite3_bind_int64 (row, 3, to_ns);
  return row;
}

/* Add what a row says of column NUMBER to SUMS.  BEFORE are the values of the
   row before, SECONDS the time since.  */
static void
add_value (struct sums *sums, unsigned number, const double *values,
	   const double *before, double seconds, double cpus)
{
  const struct column *column = &columns[number];
  double value = values[number];

  if (isnan (value))
    return;
  if (column->way == LEVEL)
    {
      sums->grown += column->factor * value;
      sums->time += 1;
      return;
    }
  /* Less than before: it has begun anew.  */
  double grown = value - before[number];
  if (!(grown >= 0))
    return;
  sums->grown
      += column->factor * grown / (column->way == CPU_SHARE ? 1e9 * cpus : 1);
  sums->time += seconds;
}

/* Make a series of the SUMS of each step, if there are enough.  */
static bool
make_series (struct statistics *statistics, const char *name, const char *unit,
	     unsigned kin, int64_t boot_id, int64_t first_ns, int64_t step_ns,
	     size_t count, const struct sums *sums, size_t stride)
{
  struct series *series
      = statistics_add_series (statistics, name, unit, kin, boot_id, first_ns,
			       step_ns, count, statistics->where);
  bool is_known = false;

  if (series == NULL)
    return false;
  for (size_t i = 0; i < count; i++)
    if (sums[i * stride].time > 0)
      {
	series->values[i] = sums[i * stride].grown / sums[i * stride].time;
	is_known = true;
      }
  if (!is_known)
    statistics_drop_series (statistics);
  return true;
}

static double
column_double (sqlite3_stmt *row, int column)
{
  return sqlite3_column_type (row, column) == SQLITE_NULL
	     ? NAN
	     : sqlite3_column_double (row, column);
}

bool
statistics_read_snapshots (struct statistics *statistics, int64_t boot_id,
			   int64_t from_ns, int64_t to_ns, int64_t first_ns,
			   int64_t step_ns, size_t count)
{
  double before[COLUMNS], values[COLUMNS];
  int64_t sequence = -2, time_ns = 0, uptime_ns = 0;
  struct sums *sums = calloc (count * COLUMNS + 1, sizeof *sums);
  char sql[1024] = "select sequence, time_ns, uptime_ns, cpus";
  int result = SQLITE_ERROR;

  for (unsigned i = 0; i < COLUMNS; i++)
    {
      strcat (sql, ", ");
      strcat (sql, columns[i].expression);
    }
  strcat (sql, " from snapshot where boot_id = ?1 and time_ns between ?2 and"
	       " ?3 order by sequence");
  sqlite3_stmt *row = prepare (statistics, sql, boot_id, from_ns, to_ns);
  while (row != NULL && sums != NULL
	 && (result = sqlite3_step (row)) == SQLITE_ROW)
    {
      int64_t now[3];
      for (int i = 0; i < 3; i++)
	now[i] = sqlite3_column_int64 (row, i);
      double cpus = sqlite3_column_int (row, 3);
      for (unsigned i = 0; i < COLUMNS; i++)
	values[i] = column_double (row, COLUMN_FIRST + i);
      size_t step = step_of (time_ns, now[1], first_ns, step_ns, count);
      if (now[0] == sequence + 1 && now[2] > uptime_ns && step < count)
	for (unsigned i = 0; i < COLUMNS; i++)
	  add_value (&sums[step * COLUMNS + i], i, values, before,
		     (now[2] - uptime_ns) / 1e9, cpus > 0 ? cpus : 1);
      sequence = now[0];
      time_ns = now[1];
      uptime_ns = now[2];
      memcpy (before, values, sizeof before);
    }
  sqlite3_finalize (row);
  bool is_good = result == SQLITE_DONE;
  for (unsigned i = 0; is_good && i < COLUMNS; i++)
    is_good = make_series (statistics, columns[i].name, columns[i].unit,
			   columns[i].kin, boot_id, first_ns, step_ns, count,
			   sums + i, COLUMNS);
  free (sums);
  return is_good;
}

/* A counter, and what it came to at each step: the mean of a level, or of what
   was measured; how much and how often it was.  */
struct counter
{
  int64_t id;
  char *name, *unit, *kind;
  int64_t sequence;
  double times, amount;
  struct sums *means, *rates;
};

struct counters
{
  struct counter *counters;
  size_t count;
};

static void
free_counters (struct counters *counters)
{
  for (size_t i = 0; i < counters->count; i++)
    {
      struct counter *counter = &counters->counters[i];
      free (counter->name);
      free (counter->unit);
      free (counter->kind);
      free (counter->means);
      free (counter->rates);
    }
  free (counters->counters);
}

static char *
column_text (sqlite3_stmt *row, int column)
{
  const char *text = (const char *) sqlite3_column_text (row, column);

  return strdup (text != NULL ? text : "");
}

/* Read which counters BOOT_ID has.  */
static bool
read_counters (struct statistics *statistics, int64_t boot_id, size_t steps,
	       struct counters *counters)
{
  int result = SQLITE_ERROR;
  sqlite3_stmt *row
      = prepare (statistics,
		 "select counter_id, name, unit, kind from counter"
		 " where boot_id = ?1 and name <> '' and ?2 is not null"
		 " and ?3 is not null order by number, counter_id limit 64",
		 boot_id, 0, 0);

  while (row != NULL && (result = sqlite3_step (row)) == SQLITE_ROW)
    {
      struct counter *more = reallocarray (counters->counters,
					   counters->count + 1, sizeof *more);
      if (more == NULL)
	break;
      counters->counters = more;
      struct counter *counter = &more[counters->count++];
      *counter = (struct counter){
	.id = sqlite3_column_int64 (row, 0),
	.name = column_text (row, 1),
	.unit = column_text (row, 2),
	.kind = column_text (row, 3),
	.sequence = -2,
	.means = calloc (steps + 1, sizeof *counter->means),
	.rates = calloc (steps + 1, sizeof *counter->rates),
      };
      if (counter->name == NULL || counter->unit == NULL
	  || counter->kind == NULL || counter->means == NULL
	  || counter->rates == NULL)
	break;
    }
  sqlite3_finalize (row);
  return result == SQLITE_DONE;
}

/* Add what COUNTER came to at a snapshot, SECONDS after the one before, to
   STEP.  */
static void
take_value (struct counter *counter, int64_t sequence, double times,
	    double amount, double seconds, size_t step)
{
  bool has_grown = counter->sequence + 1 == sequence && seconds > 0
		   && times >= counter->times && amount >= counter->amount;

  if (strcmp (counter->kind, "level") == 0)
    {
      counter->means[step].grown += amount;
      counter->means[step].time += 1;
    }
  else if (has_grown && strcmp (counter->kind, "duration") == 0)
    {
      counter->means[step].grown += amount - counter->amount;
      counter->means[step].time += times - counter->times;
      counter->rates[step].grown += times - counter->times;
      counter->rates[step].time += seconds;
    }
  else if (has_grown)
    {
      counter->rates[step].grown += amount - counter->amount;
      counter->rates[step].time += seconds;
    }
}

/* Read what the counters came to.  Both are in the order of snapshots.  */
static bool
read_values (struct statistics *statistics, int64_t boot_id, int64_t from_ns,
	     int64_t to_ns, int64_t first_ns, int64_t step_ns, size_t steps,
	     struct counters *counters)
{
  int64_t sequence = -2, time_ns = 0, uptime_ns = 0;
  double seconds = 0;
  size_t step = steps;
  int result = SQLITE_ERROR;
  sqlite3_stmt *row = prepare (
      statistics,
      "select s.sequence, s.time_ns, s.uptime_ns, v.counter_id, v.count, v.sum"
      " from snapshot s cross join counter_value v"
      " on v.boot_id = s.boot_id and v.sequence = s.sequence"
      " where s.boot_id = ?1 and s.time_ns between ?2 and ?3"
      " order by s.sequence",
      boot_id, from_ns, to_ns);

  while (row != NULL && (result = sqlite3_step (row)) == SQLITE_ROW)
    {
      int64_t now = sqlite3_column_int64 (row, 0);
      int64_t id = sqlite3_column_int64 (row, 3);
      if (now != sequence)
	{
	  int64_t now_ns = sqlite3_column_int64 (row, 1);
	  int64_t now_uptime_ns = sqlite3_column_int64 (row, 2);
	  bool is_next = now == sequence + 1 && now_uptime_ns > uptime_ns;
	  seconds = is_next ? (now_uptime_ns - uptime_ns) / 1e9 : 0;
	  step = is_next ? step_of (time_ns, now_ns, first_ns, step_ns, steps)
			 : steps;
	  sequence = now;
	  time_ns = now_ns;
	  uptime_ns = now_uptime_ns;
	}
      for (size_t i = 0; i < counters->count; i++)
	if (counters->counters[i].id == id)
	  {
	    struct counter *counter = &counters->counters[i];
	    double times = sqlite3_column_double (row, 4);
	    double amount = sqlite3_column_double (row, 5);
	    if (step < steps)
	      take_value (counter, now, times, amount, seconds, step);
	    counter->sequence = now;
	    counter->times = times;
	    counter->amount = amount;
	    break;
	  }
    }
  sqlite3_finalize (row);
  return result == SQLITE_DONE;
}

/* UNIT followed by END, which lives as long as STATISTICS; null if there is no
   memory.  */
static const char *
keep_unit (struct statistics *statistics, const char *unit, const char *end)
{
  char **more = reallocarray (statistics->units, statistics->units_count + 1,
			      sizeof *more);
  char *text;

  if (more == NULL)
    return NULL;
  statistics->units = more;
  if (asprintf (&text, "%s%s", unit, end) < 0)
    return NULL;
  return more[statistics->units_count++] = text;
}

static bool
add_counter (struct statistics *statistics, const struct counter *counter,
	     unsigned kin, int64_t boot_id, int64_t first_ns, int64_t step_ns,
	     size_t steps)
{
  bool is_level = strcmp (counter->kind, "level") == 0;
  bool is_duration = strcmp (counter->kind, "duration") == 0;
  const char *per_second
      = keep_unit (statistics, is_duration ? "times" : counter->unit, "/s");
  const char *unit = keep_unit (statistics, counter->unit, "");
  char *mean_name, *rate_name;

  if (per_second == NULL || unit == NULL
      || asprintf (&mean_name, is_level ? "%s" : "mean of %s", counter->name)
	     < 0)
    return false;
  if (asprintf (&rate_name, "%s", counter->name) < 0)
    {
      free (mean_name);
      return false;
    }
  bool is_good = (!is_level && !is_duration)
		 || make_series (statistics, mean_name, unit, kin, boot_id,
				 first_ns, step_ns, steps, counter->means, 1);
  is_good
      = is_good
	&& (is_level
	    || make_series (statistics, rate_name, per_second, kin, boot_id,
			    first_ns, step_ns, steps, counter->rates, 1));
  free (mean_name);
  free (rate_name);
  return is_good;
}

bool
statistics_read_counters (struct statistics *statistics, int64_t boot_id,
			  int64_t from_ns, int64_t to_ns, int64_t first_ns,
			  int64_t step_ns, size_t count)
{
  struct counters counters = { NULL, 0 };
  bool is_good = read_counters (statistics, boot_id, count, &counters)
		 && read_values (statistics, boot_id, from_ns, to_ns, first_ns,
				 step_ns, count, &counters);

  for (size_t i = 0; is_good && i < counters.count; i++)
    {
      const char *name = counters.counters[i].name;
      unsigned kin = strcmp (name, "interrupt-overhead") == 0
			 ? STATISTICS_KIN_INTERRUPTS
			 : STATISTICS_KIN_COUNTER + (unsigned) i;
      is_good = add_counter (statistics, &counters.counters[i], kin, boot_id,
			     first_ns, step_ns, count);
    }
  free_counters (&counters);
  return is_good;
}
