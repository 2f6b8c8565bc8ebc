/* mdtrace hist: showing how values are distributed.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All groups have the same buckets, so that they can be compared.  */

#include <config.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hist.h"

static const unsigned percents[] = { 50, 90, 99 };

enum
{
  PERCENTS = sizeof percents / sizeof percents[0],
  ADDRESS_STEPS = 32
};

/* NUMBER as a value of HIST, for people: the caller frees it.  */
static char *
number_text (const struct hist *hist, uint64_t number)
{
  char text[HISTOGRAM_TEXT_BYTES];

  if (hist->values->is_time)
    {
      histogram_scale (text, number, true, true);
      return cli_format ("%s", text);
    }
  if (hist->values->is_signed)
    return cli_format ("%" PRId64, (int64_t) number);
  return cli_format (hist->values->format == 'x' ? "%#" PRIx64 : "%" PRIu64,
		     number);
}

static void
print_number (const struct hist *hist, const char *what, uint64_t number)
{
  char *text = number_text (hist, number);

  printf (", %s %s", what, text);
  free (text);
}

static void
print_mean (const struct hist *hist, double mean)
{
  char text[HISTOGRAM_TEXT_BYTES];

  /* Addresses have none that would mean anything.  */
  if (hist->values->format == 'x')
    return;
  if (!hist->values->is_time)
    {
      printf (", mean %.*f", mean > -1e6 && mean < 1e6 ? 1 : 0, mean);
      return;
    }
  histogram_scale (text, (uint64_t) (int64_t) mean, true, true);
  printf (", mean %s", text);
}

/* Print NAME, which may have come from anywhere, on one line.  */
static void
print_name (const char *name)
{
  for (; *name != '\0'; name++)
    if (iscntrl ((unsigned char) *name))
      printf ("\\x%02x", (unsigned char) *name);
    else
      putchar (*name);
}

/* What is known of all values of GROUP, behind its NAME.  */
static void
print_summary (const struct hist *hist, const char *name,
	       const struct numbers *numbers)
{
  print_name (name);
  printf (": count %zu", numbers->count);
  print_number (hist, "min", numbers->values[0]);
  print_mean (hist, numbers_mean (numbers));
  for (unsigned i = 0; i < PERCENTS; i++)
    {
      char what[8];
      snprintf (what, sizeof what, "p%u", percents[i]);
      print_number (hist, what, numbers_percentile (numbers, percents[i]));
    }
  print_number (hist, "max", numbers->values[numbers->count - 1]);
  putchar ('\n');
}

static uint64_t
lost (const struct hist *hist)
{
  return hist->counts.dropped + hist->counts.throttled + hist->counts.missed;
}

/* What is not in the numbers above.  */
static void
print_missing (const struct hist *hist)
{
  if (hist->unknown > 0)
    printf ("%" PRIu64 " more events do not have it\n", hist->unknown);
  if (lost (hist) > 0)
    printf ("in all of the trace %" PRIu64 " hits of these probes were lost: "
	    "%" PRIu64 " dropped, %" PRIu64 " throttled, %" PRIu64 " missed\n",
	    lost (hist), hist->counts.dropped, hist->counts.throttled,
	    hist->counts.missed);
}

static void
print_text (const struct hist *hist, const struct numbers_buckets *all,
	    const struct numbers_buckets *groups)
{
  const struct hist_values *values = hist->values;
  char *name
      = cli_format ("%s of %s%s%s%s", values->name, hist->arguments->probe,
		    values->type[0] != '\0' ? " (" : "", values->type,
		    values->type[0] != '\0' ? ")" : "");

  print_summary (hist, name, &hist->all);
  free (name);
  if (hist->arguments->by == HIST_BY_NOTHING)
    histogram_draw_buckets (stdout, all->count, numbers_bucket, all,
			    all->counts, values->is_time);
  for (size_t i = 0; i < hist->groups.count; i++)
    {
      putchar ('\n');
      print_summary (hist, hist->groups.groups[i].name,
		     &hist->groups.groups[i].numbers);
      histogram_draw_buckets (stdout, groups[i].count, numbers_bucket,
			      &groups[i], groups[i].counts, values->is_time);
    }
  print_missing (hist);
}

/* NUMBER as a value of HIST: as 'mdtrace trace' has it.  */
static json_t *
number_json (const struct hist *hist, uint64_t number)
{
  if (hist->values->is_signed)
    return json_integer ((json_int_t) number);
  return hist->values->format == 'x' || number > INT64_MAX
	     ? cli_json_address (number)
	     : json_integer ((json_int_t) number);
}

/* An end of a bucket.  */
static json_t *
end_json (const struct histogram_bucket *bucket, bool is_there, uint64_t end)
{
  if (!is_there)
    return json_null ();
  return bucket->is_signed || end <= INT64_MAX
	     ? json_integer ((json_int_t) end)
	     : cli_json_address (end);
}

static json_t *
buckets_json (const struct numbers_buckets *buckets)
{
  json_t *list = json_array ();

  for (unsigned i = 0; i < buckets->count; i++)
    if (buckets->counts[i] > 0)
      {
	struct histogram_bucket bucket = numbers_bucket (buckets, i);
	json_array_append_new (
	    list, cli_json_pack (
		      "{s:o, s:o, s:I}", "low",
		      end_json (&bucket, bucket.has_low, bucket.low), "high",
		      end_json (&bucket, bucket.has_high, bucket.high),
		      "count", (json_int_t) buckets->counts[i]));
      }
  return list;
}

/* Add to OBJECT what is known of all values of DISTRIBUTION.  */
static void
add_summary (json_t *object, const struct hist *hist,
	     const struct numbers *numbers,
	     const struct numbers_buckets *buckets)
{
  size_t last = numbers->count - 1;

  json_object_set_new (object, "count",
		       json_integer ((json_int_t) numbers->count));
  json_object_set_new (object, "min", number_json (hist, numbers->values[0]));
  json_object_set_new (object, "mean", json_real (numbers_mean (numbers)));
  for (unsigned i = 0; i < PERCENTS; i++)
    {
      char what[8];
      snprintf (what, sizeof what, "p%u", percents[i]);
      json_object_set_new (
	  object, what,
	  number_json (hist, numbers_percentile (numbers, percents[i])));
    }
  json_object_set_new (object, "max",
		       number_json (hist, numbers->values[last]));
  json_object_set_new (object, "buckets", buckets_json (buckets));
}

static void
print_json (const struct hist *hist, const struct numbers_buckets *all,
	    const struct numbers_buckets *groups)
{
  const struct hist_values *values = hist->values;
  json_t *list = json_array ();
  json_t *object = cli_json_pack (
      "{s:o, s:o, s:o, s:o, s:o}", "trace", cli_json_text (hist->path),
      "probe", cli_json_text (hist->arguments->probe), "value",
      cli_json_text (values->name), "type",
      values->type[0] != '\0' ? cli_json_text (values->type) : json_null (),
      "unit", values->is_time ? cli_json_text ("ns") : json_null ());

  add_summary (object, hist, &hist->all, all);
  for (size_t i = 0; i < hist->groups.count; i++)
    {
      json_t *group = cli_json_pack (
	  "{s:o}", "name", cli_json_text (hist->groups.groups[i].name));
      add_summary (group, hist, &hist->groups.groups[i].numbers, &groups[i]);
      json_array_append_new (list, group);
    }
  if (hist->arguments->by != HIST_BY_NOTHING)
    json_object_set (object, "groups", list);
  json_decref (list);
  json_object_set_new (object, "without_value",
		       json_integer ((json_int_t) hist->unknown));
  json_object_set_new (
      object, "losses",
      cli_json_pack ("{s:I, s:I, s:I}", "dropped",
		     (json_int_t) hist->counts.dropped, "throttled",
		     (json_int_t) hist->counts.throttled, "missed",
		     (json_int_t) hist->counts.missed));
  cli_print_json (object);
}

/* The size of buckets of addresses from LEAST to GREATEST: where by powers of
   two all would be in one the least of which some are enough; else 0.  */
static uint64_t
address_step (uint64_t least, uint64_t greatest)
{
  uint64_t step = 1;

  if (least <= (least ^ greatest))
    return 0;
  while (greatest / step - least / step >= ADDRESS_STEPS)
    step *= 2;
  return step;
}

/* Put the values into buckets: of all, and of each group.  */
static bool
fill (const struct hist *hist, struct numbers_buckets *all,
      struct numbers_buckets *groups)
{
  const struct numbers *numbers = &hist->all;
  uint64_t least = numbers->values[0];
  uint64_t greatest = numbers->values[numbers->count - 1];

  all->step = hist->arguments->step;
  all->is_address = hist->values->format == 'x' && !hist->values->is_signed;
  if (all->is_address && all->step == 0)
    all->step = address_step (least, greatest);
  bool good = numbers_fill (numbers, least, greatest, all);
  for (size_t i = 0; good && i < hist->groups.count; i++)
    {
      groups[i].step = all->step;
      groups[i].is_address = all->is_address;
      good = numbers_fill (&hist->groups.groups[i].numbers, least, greatest,
			   &groups[i]);
    }
  return good;
}

/* Report that STEP is too small for what there is.  */
static int
report_steps (const struct hist *hist, const struct numbers_buckets *all)
{
  const struct numbers *numbers = &hist->all;
  uint64_t range = numbers->values[numbers->count - 1] - numbers->values[0];

  if (all->count <= NUMBERS_STEPS_MAX)
    return cli_report (hist->arguments->options, hist->path,
		       MDTRACE_ERR_SYSTEM, "no memory");
  fprintf (stderr,
	   "mdtrace: --linear %" PRIu64 ": makes more than %d steps of what "
	   "there is; take %" PRIu64 " or more\n",
	   all->step, NUMBERS_STEPS_MAX, range / (NUMBERS_STEPS_MAX - 1) + 1);
  return 2;
}

int
hist_print (const struct hist *hist)
{
  struct numbers_buckets all = { .step = 0 };
  struct numbers_buckets *groups
      = calloc (hist->groups.count + 1, sizeof *groups);
  int status = 0;

  if (groups == NULL || !fill (hist, &all, groups))
    status = report_steps (hist, &all);
  else if (hist->arguments->options->json)
    print_json (hist, &all, groups);
  else
    print_text (hist, &all, groups);
  for (size_t i = 0; groups != NULL && i < hist->groups.count; i++)
    free (groups[i].counts);
  free (groups);
  free (all.counts);
  return status;
}
