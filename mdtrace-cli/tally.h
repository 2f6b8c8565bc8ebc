/* How often each of many things happens, in bounded memory.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Things are told apart by a number and a text.  Time is divided into
   intervals.  A tally has room for so many things; what is more, and what has
   been quiet for an interval when room gets short, is counted among the
   others, which have no names.  Whatever is told apart, nothing is counted
   twice or forgotten.  */

#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum
{
  TALLY_TEXT_BYTES = 96 /* as long as the names of functions */
};

struct tally_count
{
  uint64_t now;	  /* in the interval */
  uint64_t total; /* since the beginning, that included */
  /* Of the interval: those that have taken a known time, and how long all of
     them.  */
  uint64_t timed, duration_ns;
};

struct tally_entry
{
  uint64_t number;
  char text[TALLY_TEXT_BYTES];
  struct tally_count count;
  uint32_t next; /* of the same hash; the tally's own */
};

struct tally;

/* A tally with room for CAPACITY things, at least 2.  Null if there is no
   memory.  */
struct tally *tally_new (unsigned capacity);
void tally_free (struct tally *tally);

/* What has happened to the thing of NUMBER and TEXT, which is cut off if it is
   too long; to be counted in now, and total, by the caller.  The others if
   there is no room.  Valid until tally_next.  */
struct tally_count *tally_of (struct tally *tally, uint64_t number,
			      const char *text);

/* The things told apart, in no order, and the others together.  */
const struct tally_entry *tally_entries (const struct tally *tally,
					 unsigned *count);
const struct tally_count *tally_others (const struct tally *tally);

/* Begin the next interval.  */
void tally_next (struct tally *tally);

#endif /* TALLY_H */
