/* Histograms in a terminal.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdbool.h>
#include <stdio.h>

#include "mdtrace.h"

enum
{
  HISTOGRAM_TEXT_BYTES = 32,
  HISTOGRAM_BAR = 40 /* characters of the longest */
};

/* Values from LOW on and below HIGH: numbers with a sign if IS_SIGNED, in
   hexadecimal if IS_ADDRESS.  */
struct histogram_bucket
{
  bool has_low, has_high, is_signed, is_address;
  uint64_t low, high;
};

/* How many buckets an aggregation of OPTIONS has, HIST or LHIST, and the one
   with NUMBER, from 0 on.  */
unsigned histogram_buckets (const mdtrace_probe_options_t *options);
struct histogram_bucket
histogram_bucket (const mdtrace_probe_options_t *options, unsigned number);

/* VALUE, with a sign if IS_SIGNED, to TEXT: of nanoseconds three digits and
   the unit, as in "1.02 us"; of whatever else whole numbers of 1,024,
   1,048,576 and so on with K, M, G, T, P and E, and all others as they are. */
void histogram_scale (char text[HISTOGRAM_TEXT_BYTES], uint64_t value,
		      bool is_signed, bool is_time);

/* Draw the BUCKETS buckets at COUNTS, each as DESCRIBE says, which is called
   with CONTEXT, on FILE: from the first to the last that is not empty, a line
   each.  */
void histogram_draw_buckets (
    FILE *file, unsigned buckets,
    struct histogram_bucket (*describe) (const void *context, unsigned number),
    const void *context, const uint64_t *counts, bool is_time);

/* The same of an aggregation of OPTIONS.  */
void histogram_draw (FILE *file, const mdtrace_probe_options_t *options,
		     const uint64_t *counts);

#endif /* HISTOGRAM_H */
