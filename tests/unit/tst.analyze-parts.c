/* What analyses of traces are made of: distributions, steps of time, and what
   is under way.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <jansson.h>

#include "analyze.h"
#include "distribution.h"
#include "grid.h"
#include "msgids.h"
#include "pending.h"
#include "tap.h"
#include "words.h"

static int
compare_values (const void *first, const void *second)
{
  uint64_t a = *(const uint64_t *) first, b = *(const uint64_t *) second;

  return a < b ? -1 : a > b;
}

/* The greatest value that has the 8 upper bits of VALUE.  */
static uint64_t
greatest_like (uint64_t value)
{
  int bits = 0;

  while (bits < 64 && value >> bits > 0)
    bits++;
  return bits <= 8 ? value : value | (((uint64_t) 1 << (bits - 8)) - 1);
}

/* Percentiles are those of the sorted values, but for what a bucket hides.  */
static void
distribution_is_of_sorted_values (void)
{
  enum
  {
    VALUES = 5000
  };
  static uint64_t values[VALUES];
  uint64_t state = 7;

  for (unsigned count = 1; count <= VALUES; count = count * 3 + 1)
    {
      struct distribution distribution = { .count = 0 };
      for (unsigned i = 0; i < count; i++)
	{
	  values[i] = tap_random (&state) >> tap_below (&state, 64);
	  CHECK (distribution_add (&distribution, values[i]));
	}
      qsort (values, count, sizeof *values, compare_values);
      for (unsigned percent = 1; percent <= 100; percent++)
	{
	  uint64_t exact = values[(count * percent + 99) / 100 - 1];
	  uint64_t expected = greatest_like (exact);
	  if (expected > values[count - 1])
	    expected = values[count - 1];
	  CHECK_NUMBER (distribution_percentile (&distribution, percent),
			expected);
	}
      CHECK_NUMBER (distribution_between (&distribution, 0, UINT64_MAX),
		    count);
      distribution_free (&distribution);
    }
}

static void
distribution_has_all_64_bits (void)
{
  static const uint64_t values[]
      = { 0, 255, 256, 257, 511, 512, UINT64_MAX, (uint64_t) 1 << 63 };
  struct distribution distribution = { .count = 0 };

  CHECK_NUMBER (distribution_percentile (&distribution, 50), 0);
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
    {
      CHECK (distribution_add (&distribution, values[i]));
      CHECK_NUMBER (distribution_greatest (values[i]),
		    greatest_like (values[i]));
    }
  CHECK_NUMBER (distribution_rank (&distribution, 1), 0);
  CHECK_NUMBER (distribution_rank (&distribution, 2), 255);
  CHECK_NUMBER (distribution_rank (&distribution, 3), 257);
  CHECK_NUMBER (distribution_rank (&distribution, 8), UINT64_MAX);
  distribution_free (&distribution);
}

/* The step that TIME_NS is in, by division.  */
static unsigned
step_of (const struct grid *grid, int64_t time_ns)
{
  return grid_between (grid->first_ns, time_ns) / grid->step_ns;
}

static void
grid_is_a_division (void)
{
  static const int64_t spans[][2] = { { 0, 0 },
				      { 5, 516 },
				      { 5, 517 },
				      { -7, 1000000007 },
				      { INT64_MIN, INT64_MAX },
				      { INT64_MAX - 3, INT64_MAX },
				      { INT64_MIN, INT64_MIN + 1 } };
  uint64_t state = 3;

  for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
    {
      struct grid grid = grid_make (spans[i][0], spans[i][1], 512);
      uint64_t span_ns = grid_between (spans[i][0], spans[i][1]);
      CHECK (grid.steps >= 1 && grid.steps <= 512);
      CHECK_NUMBER (step_of (&grid, spans[i][1]), grid.steps - 1);
      uint64_t at = 0;
      for (int j = 0; j < 1000; j++)
	{
	  int64_t time_ns = (int64_t) ((uint64_t) spans[i][0] + at);
	  unsigned step = grid_find (&grid, time_ns);
	  CHECK_NUMBER (step, step_of (&grid, time_ns));
	  CHECK (grid_begin (&grid, step) <= time_ns
		 && time_ns <= grid_end (&grid, step));
	  uint64_t more = tap_below (&state, span_ns / 500 + 2);
	  at = span_ns - at > more ? at + more : span_ns;
	}
      CHECK_NUMBER (grid_find (&grid, spans[i][1]), grid.steps - 1);
    }
}

/* What a list would do.  */
struct model
{
  struct
  {
    struct pending_key key;
    uint64_t mark;
    int64_t time_ns;
  } entries[64];
  unsigned count;
};

static bool
model_end (struct model *model, const struct pending_key *key, uint64_t mark,
	   int64_t *time_ns)
{
  bool found = false;
  unsigned kept = 0;

  for (unsigned i = 0; i < model->count; i++)
    {
      bool is_same = memcmp (&model->entries[i].key, key, sizeof *key) == 0;
      if (!found && is_same)
	{
	  found = model->entries[i].mark == mark;
	  *time_ns = model->entries[i].time_ns;
	}
      else
	model->entries[kept++] = model->entries[i];
    }
  model->count = kept;
  return found;
}

/* Keys and marks are few, and room is scarce, so that all happens.  */
static void
pending_is_a_list (void)
{
  enum
  {
    ROOM = 16
  };
  struct pending *pending = pending_new (ROOM);
  struct model model = { .count = 0 };
  uint64_t state = 11;
  unsigned ended = 0;
  /* The slots of those that have ended are not free before their turn.  */
  int64_t begun[ROOM] = { 0 };
  int64_t number = 0;

  CHECK (pending != NULL);
  for (int64_t time_ns = 1; time_ns < 100000; time_ns++)
    {
      struct pending_key key
	  = { 1 + tap_below (&state, 2), tap_below (&state, 3), 0 };
      uint64_t mark = tap_below (&state, 3);
      int64_t expected_ns = 0, found_ns = 0;
      if (tap_below (&state, 5) < 3)
	{
	  int64_t oldest_ns = begun[number % ROOM];
	  if (model.count > 0 && model.entries[0].time_ns == oldest_ns)
	    memmove (model.entries, model.entries + 1,
		     --model.count * sizeof model.entries[0]);
	  begun[number++ % ROOM] = time_ns;
	  model.entries[model.count].key = key;
	  model.entries[model.count].mark = mark;
	  model.entries[model.count++].time_ns = time_ns;
	  pending_begin (pending, &key, mark, time_ns);
	  CHECK (pending_has (pending, &key));
	}
      else if (tap_below (&state, 50) == 0)
	{
	  pending_forget (pending);
	  model.count = 0;
	  CHECK (!pending_has (pending, &key));
	}
      else if (tap_below (&state, 20) == 0)
	{
	  pending_forget_key (pending, &key);
	  while (model_end (&model, &key, UINT64_MAX, &expected_ns))
	    continue;
	  CHECK (!pending_has (pending, &key));
	}
      else
	{
	  bool found = pending_end (pending, &key, mark, &found_ns);
	  CHECK_NUMBER (found, model_end (&model, &key, mark, &expected_ns));
	  if (found)
	    CHECK_NUMBER (found_ns, expected_ns);
	  ended += found;
	}
    }
  CHECK (ended > 1000);
  pending_free (pending);
}

/* TEXT as JSON is EXPECTED.  */
static void
expect_text (const char *text, const char *expected)
{
  json_t *json = analyze_text (text);

  CHECK (json != NULL);
  CHECK_TEXT (json_string_value (json), expected);
  json_decref (json);
}

static void
text_may_be_anything (void)
{
  expect_text ("", "");
  expect_text ("plain \"quoted\" \\ \t\x01", "plain \"quoted\" \\ \t\x01");
  expect_text ("\xc3\xa4\xe2\x82\xac\xf0\x9f\x8c\x8d",
	       "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8c\x8d");
  /* A byte that continues nothing, a character that is cut, one that is
     longer than need be, a surrogate, and what is no character any more.  */
  expect_text ("a\x80z", "a\xef\xbf\xbdz");
  expect_text ("a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd");
  expect_text ("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");
  expect_text ("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  expect_text ("\xf4\x90\x80\x80",
	       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  expect_text ("\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd");
}

/* Write TEXT to the file called NAME in DIRECTORY.  */
static void
put_file (const char *directory, const char *name, const char *text)
{
  char path[256];

  snprintf (path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen (path, "w");
  CHECK (file != NULL && fputs (text, file) >= 0 && fclose (file) == 0);
}

static void
messages_have_names (void)
{
  char directory[] = "/tmp/mdtrace-msgids-XXXXXX", list[64], command[64];

  CHECK (mkdtemp (directory) != NULL);
  put_file (directory, "b.msgids", "second 10 late 0 10 110\n");
  put_file (directory, "a.msgids",
	    "first 10 early 0 10 110\nfirst 10 simple 1 11 0\n"
	    "no routine\n\nfirst 10 low 2 -5 95\n"
	    "first 10 huge 3 99999999999999999999 1\nfirst 10 last 4 14 114");
  put_file (directory, "c.other", "third 10 other 5 15 115\n");
  snprintf (list, sizeof list, "/nowhere::%s", directory);
  struct msgids *msgids = msgids_read (list);
  CHECK (msgids != NULL);
  CHECK_TEXT (msgids_name (msgids, 10), "first.early");
  CHECK_TEXT (msgids_name (msgids, 110), "first.early reply");
  CHECK_TEXT (msgids_name (msgids, 11), "first.simple");
  CHECK_TEXT (msgids_name (msgids, -5), "first.low");
  CHECK_TEXT (msgids_name (msgids, 14), "first.last");
  CHECK (msgids_name (msgids, 0) == NULL);
  CHECK (msgids_name (msgids, 15) == NULL);
  CHECK (msgids_name (msgids, INT32_MAX) == NULL);
  CHECK (msgids_name (NULL, 10) == NULL);
  msgids_free (msgids);
  msgids_free (NULL);
  snprintf (command, sizeof command, "rm -r %s", directory);
  CHECK (system (command) == 0);
}

static void
durations_have_units (void)
{
  static const struct
  {
    double ns;
    const char *text;
  } cases[] = { { 0, "0 ns" },		{ 999, "999 ns" },    { 1000, "1 us" },
		{ 1234567, "1.23 ms" }, { 999999999, "1 s" }, { 90e9, "90 s" },
		{ 7260e9, "2.02 h" },	{ 1e18, "277778 h" } };
  char text[WORDS_BYTES];

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    CHECK_TEXT (words_duration (cases[i].ns, text), cases[i].text);
  CHECK_TEXT (words_time (0, text), "1970-01-01T00:00:00.000000Z");
  CHECK_TEXT (words_time (-1, text), "1969-12-31T23:59:59.999999Z");
  CHECK_TEXT (words_time (INT64_MAX, text), "2262-04-11T23:47:16.854775Z");
}

TAP_MAIN ({ distribution_is_of_sorted_values,
	    "percentiles are those of the sorted values" },
	  { distribution_has_all_64_bits, "values may have all 64 bits" },
	  { grid_is_a_division, "steps of time are what a division gives" },
	  { pending_is_a_list,
	    "what is under way ends in order, and is forgotten" },
	  { text_may_be_anything, "text from anywhere is text in JSON" },
	  { messages_have_names, "messages have the names of files" },
	  { durations_have_units, "durations and times in words" })
