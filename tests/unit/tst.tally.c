/* Things that happen are counted in bounded memory, and none is counted twice
   or forgotten.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdarg.h>

#include "tally.h"
#include "tap.h"
#include "top.h"

/* As the command has it, which needs all of the library.  */
char *
cli_format (const char *format, ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  CHECK (vasprintf (&text, format, arguments) >= 0);
  va_end (arguments);
  return text;
}

static void
happen (struct tally *tally, uint64_t number, const char *text, uint64_t times)
{
  struct tally_count *count = tally_of (tally, number, text);

  count->now += times;
  count->total += times;
}

/* What is known of NUMBER and TEXT; null if that is not told apart.  */
static const struct tally_count *
known (const struct tally *tally, uint64_t number, const char *text)
{
  unsigned count;
  const struct tally_entry *entries = tally_entries (tally, &count);

  for (unsigned i = 0; i < count; i++)
    if (entries[i].number == number && strcmp (entries[i].text, text) == 0)
      return &entries[i].count;
  return NULL;
}

/* Of all together: what happened in the interval, and in all.  */
static struct tally_count
all (const struct tally *tally)
{
  unsigned count;
  const struct tally_entry *entries = tally_entries (tally, &count);
  struct tally_count sum = *tally_others (tally);

  for (unsigned i = 0; i < count; i++)
    {
      sum.now += entries[i].count.now;
      sum.total += entries[i].count.total;
    }
  return sum;
}

static void
tells_apart (void)
{
  struct tally *tally = tally_new (8);

  happen (tally, 1, "a", 3);
  happen (tally, 1, "b", 4);
  happen (tally, 2, "a", 5);
  happen (tally, 1, "", 6);
  happen (tally, 1, "ab", 7);
  happen (tally, 1, "a", 1);
  CHECK (known (tally, 1, "a")->now == 4);
  CHECK (known (tally, 1, "b")->now == 4);
  CHECK (known (tally, 2, "a")->now == 5);
  CHECK (known (tally, 1, "")->now == 6);
  CHECK (known (tally, 1, "ab")->now == 7);
  CHECK (tally_others (tally)->total == 0);
  tally_free (tally);
}

static void
divides_time (void)
{
  struct tally *tally = tally_new (8);

  happen (tally, 1, "a", 3);
  tally_of (tally, 1, "a")->timed = 2;
  tally_of (tally, 1, "a")->duration_ns = 100;
  tally_next (tally);
  CHECK (known (tally, 1, "a")->now == 0);
  CHECK (known (tally, 1, "a")->total == 3);
  CHECK (known (tally, 1, "a")->timed == 0);
  CHECK (known (tally, 1, "a")->duration_ns == 0);
  happen (tally, 1, "a", 2);
  CHECK (known (tally, 1, "a")->now == 2);
  CHECK (known (tally, 1, "a")->total == 5);
  tally_free (tally);
}

/* A text that is too long is told by its beginning, again and again.  */
static void
cuts_text (void)
{
  struct tally *tally = tally_new (8);
  char text[3 * TALLY_TEXT_BYTES];
  unsigned count;

  memset (text, 'x', sizeof text);
  text[sizeof text - 1] = '\0';
  happen (tally, 1, text, 1);
  text[TALLY_TEXT_BYTES] = 'y';
  happen (tally, 1, text, 1);
  const struct tally_entry *entries = tally_entries (tally, &count);
  CHECK (count == 1);
  CHECK (entries[0].count.total == 2);
  CHECK (strlen (entries[0].text) == TALLY_TEXT_BYTES - 1);
  tally_free (tally);
}

/* What there is no room for is counted among the others.  */
static void
is_bounded (void)
{
  struct tally *tally = tally_new (4);
  unsigned count;

  for (unsigned i = 0; i < 10; i++)
    happen (tally, i, "", 1 + i);
  tally_entries (tally, &count);
  CHECK (count == 4);
  CHECK (tally_others (tally)->now == 5 + 6 + 7 + 8 + 9 + 10);
  CHECK (all (tally).total == 55);
  tally_free (tally);
}

/* Room is made by what has happened least; what goes on keeps its total.  */
static void
makes_room (void)
{
  struct tally *tally = tally_new (8);
  unsigned count;

  for (unsigned i = 0; i < 8; i++)
    happen (tally, i, "old", 100);
  tally_next (tally);
  tally_entries (tally, &count);
  CHECK (count == 4);
  CHECK (tally_others (tally)->total == 400);
  CHECK (tally_others (tally)->now == 0);
  happen (tally, 50, "busy", 2);
  happen (tally, 51, "busy", 1);
  happen (tally, 52, "busy", 1);
  tally_next (tally);
  tally_entries (tally, &count);
  CHECK (count == 4);
  CHECK (known (tally, 50, "busy")->total == 2);
  CHECK (known (tally, 51, "busy")->total == 1);
  CHECK (known (tally, 52, "busy")->total == 1);
  CHECK (all (tally).total == 804);
  tally_free (tally);
}

/* Six quiet ones in a tally of eight are no reason to forget any.  */
static void
keeps_what_fits (void)
{
  struct tally *tally = tally_new (8);
  unsigned count;

  for (unsigned i = 0; i < 6; i++)
    happen (tally, i, "quiet", 1);
  for (unsigned i = 0; i < 100; i++)
    tally_next (tally);
  tally_entries (tally, &count);
  CHECK (count == 6);
  tally_free (tally);
}

/* A million events of tasks that come and go, and three that go on: those are
   told apart, whatever else happens, and all are counted.  */
static void
holds_through_churn (void)
{
  struct tally *tally = tally_new (64);
  uint64_t state = 88172645463325252ULL;
  unsigned count;

  for (unsigned interval = 0; interval < 100; interval++)
    {
      for (unsigned i = 0; i < 3; i++)
	happen (tally, i, "goes on", 1000);
      for (unsigned i = 0; i < 10000; i++)
	{
	  state ^= state << 13;
	  state ^= state >> 7;
	  state ^= state << 17;
	  happen (tally, interval * 1000 + state % 1000, "comes and goes", 1);
	}
      CHECK (all (tally).now == 13000);
      tally_entries (tally, &count);
      CHECK (count <= 64);
      tally_next (tally);
    }
  CHECK (all (tally).total == 1300000);
  for (unsigned i = 0; i < 3; i++)
    CHECK (known (tally, i, "goes on")->total == 100000);
  tally_free (tally);
}

static void
computes_rates (void)
{
  CHECK (top_rate (0, 0) == 0);
  CHECK (top_rate (5, 0) == 0);
  CHECK (top_rate (5, 1000000000) == 5);
  CHECK (top_rate (1, 2000000000) == 0.5);
  CHECK (top_rate (1000000, 500000000) == 2e6);
  CHECK (top_rate (UINT64_MAX, 1) > 1e28);
}

/* Rows of a tally, sorted and cut.  */
static void
makes_rows (void)
{
  struct top_arguments arguments = { .by = TOP_BY_CPU };
  struct top_view view = { .arguments = &arguments, .tally = tally_new (8) };
  struct top_rows rows;

  happen (view.tally, 10, "", 5);
  happen (view.tally, 9, "", 5);
  happen (view.tally, 1, "", 1);
  happen (view.tally, 2, "", 7);
  CHECK (top_rows_make (&view, 0, &rows));
  CHECK (rows.count == 4 && !rows.has_others && rows.all.now == 18);
  CHECK_TEXT (rows.rows[0].name, "2");
  /* As numbers, where counts are equal.  */
  CHECK_TEXT (rows.rows[1].name, "9");
  CHECK_TEXT (rows.rows[2].name, "10");
  CHECK_TEXT (rows.rows[3].name, "1");
  top_rows_free (&rows);
  CHECK (top_rows_make (&view, 1, &rows));
  CHECK (rows.count == 1 && rows.has_others);
  CHECK (rows.others.count.now == 11 && rows.all.now == 18);
  top_rows_free (&rows);
  arguments.sort = TOP_SORT_NAME;
  CHECK (top_rows_make (&view, 0, &rows));
  CHECK_TEXT (rows.rows[0].name, "1");
  CHECK_TEXT (rows.rows[3].name, "10");
  top_rows_free (&rows);
  tally_of (view.tally, 1, "")->timed = 1;
  tally_of (view.tally, 1, "")->duration_ns = 9;
  arguments.sort = TOP_SORT_TIME;
  CHECK (top_rows_make (&view, 0, &rows));
  CHECK_TEXT (rows.rows[0].name, "1");
  CHECK (rows.has_times);
  top_rows_free (&rows);
  tally_free (view.tally);
}

TAP_MAIN ({ tells_apart, "things are told apart by number and text" },
	  { divides_time, "an interval ends, and totals stay" },
	  { cuts_text, "a text that is too long is cut off" },
	  { is_bounded, "what there is no room for is among the others" },
	  { makes_room, "what happens least makes room" },
	  { keeps_what_fits, "what fits is kept" },
	  { holds_through_churn, "all are counted, whatever comes and goes" },
	  { computes_rates, "rates" },
	  { makes_rows, "rows are sorted and cut" })
