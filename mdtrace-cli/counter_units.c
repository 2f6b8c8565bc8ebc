/* mdtrace counter: values in units that people read.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "counter.h"
#include "histogram.h"

/* VALUE bytes, with three digits of what is more than 1,023.  */
static void
bytes_text (char *text, uint64_t value)
{
  static const char units[] = "KMGTPE";
  unsigned unit = 0;
  double scaled = (double) value / 1024;

  if (value < 1024)
    {
      snprintf (text, COUNTER_TEXT_BYTES, "%" PRIu64 " bytes", value);
      return;
    }
  /* What would be printed as 1024 is one of the next unit.  */
  for (; scaled >= 1023.5; unit++)
    scaled /= 1024;
  snprintf (text, COUNTER_TEXT_BYTES, "%.*f %ciB",
	    scaled < 9.995   ? 2
	    : scaled < 99.95 ? 1
			     : 0,
	    scaled, units[unit]);
}

void
counter_text (char text[COUNTER_TEXT_BYTES], uint64_t value, const char *unit)
{
  if (strcmp (unit, "ns") == 0)
    histogram_scale (text, value, false, true);
  else if (strcmp (unit, "bytes") == 0)
    bytes_text (text, value);
  else if (strcmp (unit, "1/10000") == 0)
    snprintf (text, COUNTER_TEXT_BYTES, "%.2f %%", (double) value / 100);
  else
    snprintf (text, COUNTER_TEXT_BYTES, "%" PRIu64 "%s%s", value,
	      unit[0] != '\0' ? " " : "", unit);
}

void
counter_percent (char text[COUNTER_TEXT_BYTES], uint64_t part, uint64_t whole)
{
  if (whole == 0)
    snprintf (text, COUNTER_TEXT_BYTES, "?");
  else
    snprintf (text, COUNTER_TEXT_BYTES, "%.1f %%",
	      100.0 * (double) part / (double) whole);
}

char *
counter_source (const mdtrace_counter_info_t *counter)
{
  const char *words = mdtrace_counter_source_words (counter->source);

  if (counter->detail[0] == '\0')
    return cli_format ("%s", words);
  return cli_format ("%s: %s", words, counter->detail);
}

uint64_t
counter_scaled (uint64_t value, uint32_t sample)
{
  return sample > 1 ? value * sample : value;
}

uint64_t
counter_mean (const mdtrace_counter_value_t *value)
{
  return value->sum / value->count;
}
