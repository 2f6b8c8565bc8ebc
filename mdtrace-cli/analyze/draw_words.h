/* Drawing: numbers, times and names as people read them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef DRAW_WORDS_H
#define DRAW_WORDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A few words, to be used at once: draw_count (n).text  */
struct draw_words
{
  char text[64];
};

/* A whole number, in groups of three digits.  */
struct draw_words draw_count (int64_t number);

/* Any number, with three digits that count at least, or "-" for NAN.  */
struct draw_words draw_number (double number);

/* NS as people say it, with three digits: 843 ns, 1.23 ms, 2 h 05 min.  */
struct draw_words draw_duration (int64_t ns);

/* A share of one as percent.  */
struct draw_words draw_percent (double share);

/* A point in time, in UTC as all that is said of traces, to the nanosecond;
   and without a fraction.  */
struct draw_words draw_time (int64_t time_ns);
struct draw_words draw_second (int64_t time_ns);

/* How long it is from FROM_NS to TO_NS, and what time it is COUNT times
   STEP_NS after TIME_NS, at most what there is room for.  */
int64_t draw_distance (int64_t from_ns, int64_t to_ns);
int64_t draw_later (int64_t time_ns, int64_t step_ns, size_t count);

/* Where times begin that are told from the beginning: with the first event of
   the trace, or if there is none with the first of its series.  */
int64_t draw_beginning (const json_t *document);

/* How long after FIRST_NS that is, as seconds: +12.345678 s.  */
struct draw_words draw_since (int64_t time_ns, int64_t first_ns);

/* VALUE in UNIT as people say it: of "ns" a duration, of "bytes" and "bytes/s"
   KiB and the like, of "1/10000" percent, else the number and the unit.  */
struct draw_words draw_value (double value, const char *unit);

/* Whether UNIT is one of those.  */
bool draw_has_scale (const char *unit);

/* NAME made harmless: what would not be seen, or would change how others are
   seen, such as control characters, becomes \xNN for each of its bytes; so
   does what is not UTF-8.  The caller frees it; null if there is no memory. */
char *draw_escape (const char *name);

/* The same, of at most WIDTH characters, at least 5: of what is longer the
   middle is left out, for "...".  */
char *draw_elide (const char *name, size_t width);

/* How many characters TEXT, which is UTF-8, has.  */
size_t draw_width (const char *text);

/* Members of OBJECT, which may be null, or what stands for one that is not
   there: "", 0, NAN, and an empty array.  */
const char *draw_member_text (const json_t *object, const char *key);
int64_t draw_member_integer (const json_t *object, const char *key);
double draw_member_real (const json_t *object, const char *key);
bool draw_has (const json_t *object, const char *key);

/* Whether the trace that DOCUMENT is of has no events.  */
bool draw_is_empty (const json_t *document);

/* What VALUE is as a number; NAN if it is none.  */
double draw_real (const json_t *value);

#endif /* DRAW_WORDS_H */
