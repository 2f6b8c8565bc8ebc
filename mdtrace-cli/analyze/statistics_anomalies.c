/* Anomalies of a trace, as the document has them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outlier.h"
#include "statistics_private.h"

enum
{
  /* Of a change, the events behind it are those of so many steps.  */
  CHANGE_STEPS = 30
};

static const char *const kinds[] = { [ANOMALY_OUTLIER] = "outlier",
				     [ANOMALY_SEASONAL] = "seasonal",
				     [ANOMALY_CHANGE] = "change",
				     [ANOMALY_ISOLATION] = "isolation" };

/* The least likely first, of those that are equally so the farthest off, and
   then the earliest.  */
static int
by_chance (const void *a, const void *b)
{
  const struct anomaly *one = a, *other = b;

  if (one->chance != other->chance)
    return one->chance < other->chance ? -1 : 1;
  if (fabs (one->score) != fabs (other->score))
    return fabs (one->score) > fabs (other->score) ? -1 : 1;
  if (one->begin != other->begin)
    return one->begin < other->begin ? -1 : 1;
  return one->series < other->series ? -1 : one->series > other->series;
}

static const struct series *
series_of (const struct statistics *statistics, const struct anomaly *anomaly)
{
  return &statistics->list.series[anomaly->series];
}

/* Whether ANOMALY of GROUP is seen better in another one.  */
static bool
is_elsewhere (const struct statistics *statistics,
	      const struct statistics_group *group,
	      const struct anomaly *anomaly)
{
  const struct statistics_group *last
      = &statistics->groups[statistics->groups_count - 1];
  bool has_finer = last->boot_id == 0 && last != group;

  if (anomaly->kind == ANOMALY_ISOLATION)
    return group == last && last->boot_id == 0 && statistics->groups_count > 1;
  return has_finer && anomaly->series >= group->events;
}

/* Find the anomalies of all groups, in *FOUND.  Returns how many, the clearest
   first; *FOUND is null if there is no memory.  */
static size_t
find_all (struct statistics *statistics, struct anomaly **found)
{
  struct anomaly *all = calloc (1, sizeof *all);
  size_t count = 0;

  for (size_t i = 0; all != NULL && i < statistics->groups_count; i++)
    {
      const struct statistics_group *group = &statistics->groups[i];
      struct anomaly *some;
      /* Rates of events, of which one is the sum of the others, would only
	 hide what the rest shows.  */
      size_t together = group->events - group->first;
      size_t some_count
	  = anomaly_find (&statistics->list, group->first, group->count,
			  together > 0 ? together : group->count, &some);
      struct anomaly *more
	  = some != NULL
		? reallocarray (all, count + some_count + 1, sizeof *more)
		: NULL;
      if (more == NULL)
	free (all);
      all = more;
      for (size_t j = 0; all != NULL && j < some_count; j++)
	if (!is_elsewhere (statistics, group, &some[j]))
	  all[count++] = some[j];
      free (some);
    }
  if (all != NULL)
    qsort (all, count, sizeof *all, by_chance);
  *found = all;
  return all != NULL ? count : 0;
}

/* Which steps the events behind ANOMALY come from.  */
static void
find_span (const struct statistics *statistics, const struct anomaly *anomaly,
	   struct behind *behind)
{
  const struct series *series = series_of (statistics, anomaly);
  size_t end = anomaly->end;

  if (anomaly->kind == ANOMALY_CHANGE && end > anomaly->begin + CHANGE_STEPS)
    end = anomaly->begin + CHANGE_STEPS;
  behind->begin_ns = statistics_time (series, anomaly->begin);
  behind->end_ns = statistics_time (series, end) - 1;
}

/* What ANOMALY was compared with.  */
static void
say_compared (const struct statistics *statistics,
	      const struct anomaly *anomaly,
	      char text[static STATISTICS_SENTENCE])
{
  const struct series *series = series_of (statistics, anomaly);
  const char *side = anomaly->is_before ? "before" : "after";
  char period[STATISTICS_WORDS], count[STATISTICS_WORDS];

  statistics_count (anomaly->compared, count);
  statistics_seconds (anomaly->period * series->step_ns / 1e9, period);
  if (anomaly->kind == ANOMALY_SEASONAL)
    snprintf (text, STATISTICS_SENTENCE,
	      "the same time of the other periods of %s, and %s values %s",
	      period, count, side);
  else if (anomaly->kind == ANOMALY_ISOLATION)
    snprintf (text, STATISTICS_SENTENCE, "the %s other steps", count);
  else
    snprintf (text, STATISTICS_SENTENCE, "%s values %s%s%s", count, side,
	      anomaly->period > 0 ? ", less what is usual in each period of "
				  : "",
	      anomaly->period > 0 ? period : "");
}

/* Write at the end of TEXT, by printf's rules.  */
__attribute__ ((format (printf, 2, 3))) static void
add_words (char text[static STATISTICS_SENTENCE], const char *format, ...)
{
  size_t length = strlen (text);
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (text + length, STATISTICS_SENTENCE - length, format, arguments);
  va_end (arguments);
}

/* Which series do not go together.  */
static void
add_others (const struct statistics *statistics, const struct anomaly *anomaly,
	    char text[static STATISTICS_SENTENCE])
{
  for (size_t i = 0; i < anomaly->others_count; i++)
    {
      const struct series *series
	  = &statistics->list.series[anomaly->others[i]];
      char value[STATISTICS_WORDS];
      add_words (text, "%s%s (%s)",
		 i == 0				  ? ""
		 : i + 1 == anomaly->others_count ? " and "
						  : ", ",
		 series->name,
		 statistics_value (series->values[anomaly->begin],
				   series->unit, value));
    }
}

/* What is said of the CHANGE of a series.  */
static void
add_change (const struct series *series, const struct anomaly *change,
	    const char *compared, char text[static STATISTICS_SENTENCE])
{
  char value[STATISTICS_WORDS], expected[STATISTICS_WORDS];
  char begin[STATISTICS_WORDS], end[STATISTICS_WORDS];
  int64_t begin_ns = statistics_time (series, change->begin);
  int64_t end_ns = statistics_time (series, change->end);

  add_words (text, "%s %s %s, after %s, at %s, until %s (%s)", series->name,
	     change->is_variance		? "began to vary by"
	     : change->value > change->expected ? "went up to"
						: "went down to",
	     statistics_value (change->value, series->unit, value),
	     statistics_value (change->expected, series->unit, expected),
	     statistics_when (begin_ns, series->step_ns, begin),
	     change->end == series->count
		 ? "the end"
		 : statistics_when (end_ns, series->step_ns, end),
	     compared);
}

/* How often chance gives such a thing.  */
static void
add_chance (const struct anomaly *anomaly,
	    char text[static STATISTICS_SENTENCE])
{
  if (anomaly->kind == ANOMALY_OUTLIER || anomaly->kind == ANOMALY_SEASONAL)
    add_words (text,
	       fabs (anomaly->score) >= 1000 && fabs (anomaly->score) < 1e6
		   ? "; %.0f spreads from the median"
		   : "; %.3g spreads from the median",
	       fabs (anomaly->score));
  if (anomaly->chance < 0.001)
    add_words (text,
	       "; chance gives such in fewer than 0.001 of 1,000 windows");
  else
    add_words (text, "; chance gives such in %.2g of 1,000 windows",
	       anomaly->chance);
}

/* What is said of ANOMALY.  */
static void
say (const struct statistics *statistics, const struct anomaly *anomaly,
     const struct behind *behind, char text[static STATISTICS_SENTENCE])
{
  const struct series *series = series_of (statistics, anomaly);
  char value[STATISTICS_WORDS], range[3 * STATISTICS_WORDS];
  char span[STATISTICS_WORDS], compared[STATISTICS_SENTENCE];
  char most[STATISTICS_WORDS], all[STATISTICS_WORDS];

  text[0] = '\0';
  say_compared (statistics, anomaly, compared);
  statistics_span (statistics_time (series, anomaly->begin),
		   statistics_time (series, anomaly->end), series->step_ns,
		   span);
  switch (anomaly->kind)
    {
    case ANOMALY_ISOLATION:
      add_others (statistics, anomaly, text);
      add_words (text,
		 " did not go together as usual %s, though none of them "
		 "was unusual by itself: isolation score %.2f, %.2f is usual "
		 "(%s)",
		 span, anomaly->value, anomaly->expected, compared);
      break;
    case ANOMALY_CHANGE:
      add_change (series, anomaly, compared, text);
      break;
    default:
      add_words (text, "%s %s %s %s, where %s is usual (%s)", series->name,
		 anomaly->value > anomaly->expected ? "went up to"
						    : "went down to",
		 statistics_value (anomaly->value, series->unit, value), span,
		 statistics_range (fmax (0, anomaly->low), anomaly->high,
				   series->unit, range),
		 compared);
    }
  add_chance (anomaly, text);
  if (behind->events != NULL && behind->count > 0)
    add_words (text, "; %s of %s events%s are of %s",
	       statistics_count (behind->most_count, most),
	       statistics_count (behind->count, all),
	       anomaly->kind == ANOMALY_CHANGE ? " as it began" : " there",
	       behind->most);
}

/* The names of the series of an isolation.  */
static json_t *
name_others (const struct statistics *statistics,
	     const struct anomaly *anomaly)
{
  json_t *names = json_array ();

  for (size_t i = 0; i < anomaly->others_count; i++)
    json_array_append_new (
	names,
	analyze_text (statistics->list.series[anomaly->others[i]].name));
  return names;
}

static json_t *
make_json (const struct statistics *statistics, const struct anomaly *anomaly,
	   const char *group, struct behind *behind)
{
  const struct series *series = series_of (statistics, anomaly);
  bool is_isolation = anomaly->kind == ANOMALY_ISOLATION;
  char text[STATISTICS_SENTENCE], compared[STATISTICS_SENTENCE];

  say (statistics, anomaly, behind, text);
  add_words (text, "%s", group);
  say_compared (statistics, anomaly, compared);
  json_t *events = behind->events != NULL ? behind->events : json_null ();
  behind->events = NULL;
  json_t *result = json_pack (
      "{s:s, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o}",
      "kind", kinds[anomaly->kind], "series", analyze_text (series->name),
      "unit", analyze_text (is_isolation ? "score" : series->unit), "begin_ns",
      (json_int_t) statistics_time (series, anomaly->begin), "end_ns",
      (json_int_t) statistics_time (series, anomaly->end), "value",
      statistics_number (anomaly->value), "expected",
      statistics_number (anomaly->expected), "spread",
      statistics_number (anomaly->spread), "score",
      statistics_number (anomaly->score), "by_chance_in_1000",
      statistics_number (anomaly->chance), "compared_with", compared, "events",
      events, "sentence", analyze_text (text));
  if (result != NULL && is_isolation)
    json_object_set_new (result, "of", name_others (statistics, anomaly));
  return result;
}

json_t *
statistics_anomalies (struct statistics *statistics, char *message,
		      size_t bytes)
{
  struct anomaly *found;
  size_t count = find_all (statistics, &found);
  json_t *result = NULL;

  snprintf (message, bytes, "out of memory");
  if (count > STATISTICS_SAID_MAX)
    count = STATISTICS_SAID_MAX;
  struct behind *behind = calloc (count + 1, sizeof *behind);
  size_t *firsts
      = found != NULL ? statistics_group (statistics, found, count) : NULL;
  if (firsts != NULL && behind != NULL)
    {
      for (size_t i = 0; i < count; i++)
	find_span (statistics, &found[i], &behind[i]);
      if (statistics_look_behind (statistics, behind, count, message, bytes))
	result = json_array ();
      for (size_t i = 0; result != NULL && i < count; i++)
	{
	  char group[STATISTICS_SENTENCE];
	  statistics_say_group (statistics, found, count, firsts, i, group);
	  json_t *anomaly
	      = make_json (statistics, &found[i], group, &behind[i]);
	  if (anomaly != NULL && firsts[i] != i)
	    json_object_set_new (anomaly, "part_of",
				 json_integer ((json_int_t) firsts[i]));
	  json_array_append_new (result, anomaly);
	}
      for (size_t i = 0; i < count; i++)
	json_decref (behind[i].events);
    }
  free (found);
  free (firsts);
  free (behind);
  return result;
}
