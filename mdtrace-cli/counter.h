/* mdtrace counter: what its verbs share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   counter_select.c finds the counters that are meant, counter_units.c says
   values in units that people read, counter_print.c and counter_json.c show
   what a counter has counted.  */

#ifndef COUNTER_H
#define COUNTER_H

#include "cli.h"

enum
{
  COUNTER_TEXT_BYTES = 64
};

/* Counters that are meant: their names, or "all".  */
struct counter_names
{
  char **names;
  size_t count;
};

/* What the verbs do with what they do not know themselves: arguments are NAMES,
   which counter_names_free frees.  */
error_t counter_parse_rest (int key, char *argument, struct argp_state *state,
			    struct counter_names *names,
			    struct cli_options *options);
void counter_names_free (struct counter_names *names);

/* Whether all are meant.  */
bool counter_names_all (const struct counter_names *names);

/* Find the counters that are meant, in the order of NAMES, or all by number.
   *COUNTERS, of *COUNT elements, is to be freed.  Returns the exit status, 0 if
   there are all of them; otherwise that was reported.  */
int counter_select (const struct cli_options *options,
		    struct mdtrace_target *target,
		    const struct counter_names *names,
		    mdtrace_counter_info_t **counters, size_t *count);

/* Report ERROR about COUNTER, with the reason that it has for that.  Returns
   exit status 1.  */
int counter_report (const struct cli_options *options,
		    struct mdtrace_target *target,
		    const mdtrace_counter_info_t *counter, int error);

/* VALUE, which is in UNIT, for people: nanoseconds as in "1.02 us", bytes as in
   "1.50 KiB", 1/10000 as in "12.34 %", and everything else with its unit.  */
void counter_text (char text[COUNTER_TEXT_BYTES], uint64_t value,
		   const char *unit);

/* PART of WHOLE in percent, as in "12.3 %".  */
void counter_percent (char text[COUNTER_TEXT_BYTES], uint64_t part,
		      uint64_t whole);

/* What there is to know of where COUNTER comes from, or why there is no such
   place.  The caller frees it.  */
char *counter_source (const mdtrace_counter_info_t *counter);

/* What COUNTER has counted: the parts that have counted anything.  */
struct counter_reading
{
  mdtrace_counter_info_t counter;
  mdtrace_counter_value_t *values;
  size_t count;
};

/* VALUE as it would be if all had been measured, of those of which one of
   SAMPLE was.  */
uint64_t counter_scaled (uint64_t value, uint32_t sample);

/* The mean of VALUE, which has counted something.  */
uint64_t counter_mean (const mdtrace_counter_value_t *value);

/* Show READINGS, with the histograms of durations if those are asked for.  */
void counter_print (const struct counter_reading *readings, size_t count,
		    bool histograms);
json_t *counter_json (const struct counter_reading *reading);

/* What is known of COUNTER itself.  */
json_t *counter_info_json (const mdtrace_counter_info_t *counter);

/* VALUE as a number, if JSON's are large enough.  */
json_t *counter_json_number (uint64_t value);

#endif /* COUNTER_H */
