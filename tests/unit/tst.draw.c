/* What is drawn: words, names that come from anywhere, the report, the page,
   flame graphs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <time.h>

#include "draw.h"
#include "draw_words.h"
#include "flame_graph.h"
#include "tap.h"

static void
says_counts (void)
{
  CHECK_TEXT (draw_count (0).text, "0");
  CHECK_TEXT (draw_count (999).text, "999");
  CHECK_TEXT (draw_count (1000).text, "1,000");
  CHECK_TEXT (draw_count (-1234567).text, "-1,234,567");
  CHECK_TEXT (draw_count (INT64_MAX).text, "9,223,372,036,854,775,807");
  CHECK_TEXT (draw_count (INT64_MIN).text, "-9,223,372,036,854,775,808");
}

static void
says_numbers (void)
{
  CHECK_TEXT (draw_number (NAN).text, "-");
  CHECK_TEXT (draw_number (0).text, "0");
  CHECK_TEXT (draw_number (-0.25).text, "-0.2500");
  CHECK_TEXT (draw_number (1.5).text, "1.50");
  CHECK_TEXT (draw_number (9.999).text, "10.0");
  CHECK_TEXT (draw_number (99.96).text, "100.0");
  CHECK_TEXT (draw_number (1234567.8).text, "1,234,568");
  CHECK_TEXT (draw_number (-1234.4).text, "-1,234");
  CHECK_TEXT (draw_number (1e-9).text, "1e-09");
  CHECK_TEXT (draw_number (1e300).text, "1e+300");
  CHECK_TEXT (draw_percent (NAN).text, "-");
  CHECK_TEXT (draw_percent (0).text, "0.0 %");
  CHECK_TEXT (draw_percent (0.0001).text, "<0.1 %");
  CHECK_TEXT (draw_percent (1).text, "100.0 %");
}

static void
says_durations (void)
{
  static const struct
  {
    int64_t ns;
    const char *words;
  } durations[] = { { 0, "0 ns" },
		    { 999, "999 ns" },
		    { 1000, "1.00 us" },
		    { 9994, "9.99 us" },
		    { 9995, "10.0 us" },
		    { 99949, "99.9 us" },
		    { 999499, "999 us" },
		    { 999500, "1.00 ms" },
		    { 999500000, "1.00 s" },
		    { -1500, "-1.50 us" },
		    { INT64_C (119999999999), "120 s" },
		    { INT64_C (120000000000), "2 min 00 s" },
		    { INT64_C (3599000000000), "59 min 59 s" },
		    { INT64_C (3660000000000), "1 h 01 min" },
		    { INT64_C (90000000000000), "1 d 01 h" },
		    { INT64_MAX, "106751 d 23 h" },
		    { INT64_MIN, "-106751 d 23 h" } };

  for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++)
    CHECK_TEXT (draw_duration (durations[i].ns).text, durations[i].words);
}

static void
says_times (void)
{
  setenv ("TZ", "IST-5:30", 1);
  tzset ();
  CHECK_TEXT (draw_time (0).text, "1970-01-01 00:00:00.000000000 UTC");
  CHECK_TEXT (draw_time (-1).text, "1969-12-31 23:59:59.999999999 UTC");
  CHECK_TEXT (draw_time (INT64_MAX).text, "2262-04-11 23:47:16.854775807 UTC");
  CHECK_TEXT (draw_time (INT64_MIN).text, "1677-09-21 00:12:43.145224192 UTC");
  CHECK_TEXT (draw_second (1999999999).text, "1970-01-01 00:00:01 UTC");
  CHECK_NUMBER (draw_later (INT64_MIN, INT64_C (1) << 62, 3), INT64_C (1)
								  << 62);
  CHECK_NUMBER (draw_later (INT64_MIN, INT64_C (1) << 62, 4), INT64_MAX);
  CHECK_NUMBER (draw_later (-5, 1, 5), 0);
  CHECK_NUMBER (draw_later (INT64_MAX - 1, 1, 1), INT64_MAX);
  CHECK_NUMBER (draw_later (INT64_MAX, 0, SIZE_MAX), INT64_MAX);
  CHECK_NUMBER (draw_distance (INT64_MIN, INT64_MAX), INT64_MAX);
  CHECK_NUMBER (draw_distance (INT64_MAX, INT64_MIN), INT64_MIN);
  CHECK_NUMBER (draw_distance (-1, 1), 2);
  CHECK_TEXT (draw_since (1234567890499, 0).text, "+1,234.567890 s");
  CHECK_TEXT (draw_since (1234567890500, 0).text, "+1,234.567891 s");
  CHECK_TEXT (draw_since (999999999, 0).text, "+1.000000 s");
  CHECK_TEXT (draw_since (0, 2000000).text, "-0.002000 s");
  CHECK_TEXT (draw_since (INT64_MAX, INT64_MIN).text,
	      "+18,446,744,073.709551 s");
}

/* Without an event, times are told from where its series begin.  */
static void
begins (void)
{
  json_t *events = json_pack ("{s:{s:i}, s:[{s:i}]}", "trace", "first_ns", 5,
			      "series", "first_ns", 7);
  json_t *none = json_pack ("{s:{s:n}, s:[{s:i}]}", "trace", "first_ns",
			    "series", "first_ns", 7);
  json_t *nothing = json_pack ("{s:{s:n}}", "trace", "first_ns");

  CHECK_NUMBER (draw_beginning (events), 5);
  CHECK_NUMBER (draw_beginning (none), 7);
  CHECK_NUMBER (draw_beginning (nothing), 0);
  json_decref (events);
  json_decref (none);
  json_decref (nothing);
}

static void
says_values (void)
{
  CHECK_TEXT (draw_value (NAN, "ns").text, "-");
  CHECK_TEXT (draw_value (1234567, "ns").text, "1.23 ms");
  CHECK_TEXT (draw_value (12.34, "ns").text, "12.3 ns");
  CHECK_TEXT (draw_value (1023, "bytes").text, "1023 B");
  CHECK_TEXT (draw_value (-1536, "bytes").text, "-1.5 KiB");
  CHECK_TEXT (draw_value (1e15, "bytes").text, "909 TiB");
  CHECK_TEXT (draw_value (12.345, "percent").text, "12.3 %");
  CHECK_TEXT (draw_value (7.45, "percent").text, "7.45 %");
  CHECK_TEXT (draw_value (15, "percent").text, "15 %");
  CHECK_TEXT (draw_value (1e300, "percent").text, "1e+300 %");
  CHECK_TEXT (draw_value (-1e300, "bytes").text, "-1e+300 bytes");
  CHECK_TEXT (draw_value (1200, "events/s").text, "1,200 events/s");
  CHECK_TEXT (draw_value (2097152, "bytes/s").text, "2.0 MiB/s");
  CHECK_TEXT (draw_value (124, "1/10000").text, "1.24 %");
  CHECK_TEXT (draw_value (7, "").text, "7");
}

static void
check_escaped (const char *name, const char *expected)
{
  char *text = draw_escape (name);

  CHECK_TEXT (text, expected);
  free (text);
}

static void
makes_names_harmless (void)
{
  check_escaped ("", "");
  check_escaped ("fbt:kernel:vm_fault:entry", "fbt:kernel:vm_fault:entry");
  check_escaped ("a\tb\nc\033[31m\177", "a\\x09b\\x0ac\\x1b[31m\\x7f");
  check_escaped ("Grüße, 世界 😀", "Grüße, 世界 😀");
  /* A control character of two bytes, marks of direction, none of width.  */
  check_escaped ("\xc2\x85", "\\xc2\\x85");
  check_escaped ("a\u202eb\u2066c", "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c");
  check_escaped ("\u200b\ufeff", "\\xe2\\x80\\x8b\\xef\\xbb\\xbf");
  check_escaped ("\u2028", "\\xe2\\x80\\xa8");
  /* No UTF-8: cut off, too long, a surrogate, too great, a byte alone.  */
  check_escaped ("\xe2\x82", "\\xe2\\x82");
  check_escaped ("\xc0\xaf", "\\xc0\\xaf");
  check_escaped ("\xed\xa0\x80", "\\xed\\xa0\\x80");
  check_escaped ("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
  check_escaped ("\xff", "\\xff");
}

static void
leaves_the_middle_out (void)
{
  static const char *const names[]
      = { "fbt:kernel:vm_map_enter_anywhere:return", "äöüßäöüßäöüßäöüß",
	  "\001\002\003\004\005", "short", "" };

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    {
      char *whole = draw_escape (names[i]);
      for (size_t width = 5; width < 60; width++)
	{
	  char *text = draw_elide (names[i], width);
	  size_t length = draw_width (whole);
	  CHECK_NUMBER (draw_width (text), length < width ? length : width);
	  if (length <= width)
	    CHECK_TEXT (text, whole);
	  else
	    {
	      char *dots = strstr (text, "...");
	      size_t end = strlen (dots) - 3;
	      CHECK (dots != NULL);
	      CHECK (strncmp (text, whole, dots - text) == 0);
	      CHECK_TEXT (dots + 3, whole + strlen (whole) - end);
	    }
	  free (text);
	}
      free (whole);
    }
}

/* The document NAME of tests/data.  */
static json_t *
load (const char *name)
{
  const char *directory = getenv ("TEST_SRCDIR");
  char path[4096];

  snprintf (path, sizeof path, "%s/tests/data/%s.json",
	    directory != NULL ? directory : ".", name);
  json_t *document = json_load_file (path, 0, NULL);
  CHECK (document != NULL);
  return document;
}

static const char *const documents[]
    = { "analysis", "analysis-hostile", "analysis-empty", "analysis-extreme" };

enum
{
  DOCUMENTS = sizeof documents / sizeof documents[0]
};

/* What of DOCUMENT is drawn as text, or as HTML.  The caller frees it.  */
static char *
draw (const json_t *document, bool is_html)
{
  char *text = NULL;
  size_t bytes;
  FILE *file = open_memstream (&text, &bytes);

  if (is_html)
    CHECK (draw_html (document, file));
  else
    draw_text (document, file);
  CHECK (fclose (file) == 0);
  return text;
}

static void
reports (void)
{
  for (int i = 0; i < DOCUMENTS; i++)
    {
      json_t *document = load (documents[i]);
      char *text = draw (document, false);
      /* Losses come before all that they make doubtful.  */
      CHECK (strstr (text, "\nLosses\n") != NULL);
      CHECK (strstr (text, "\nLosses\n") < strstr (text, "\nTimeline\n"));
      CHECK (strstr (text, "\nWhere time goes\n") != NULL);
      size_t width = 80;
      for (char *line = strtok (text, "\n"); line != NULL;
	   line = strtok (NULL, "\n"))
	{
	  /* Rows that tell where time goes have room for longer names.  */
	  if (strcmp (line, "Where time goes") == 0)
	    width = 100;
	  else if (strcmp (line, "Anomalies") == 0)
	    width = 80;
	  char *harmless = draw_escape (line);
	  CHECK_TEXT (harmless, line);
	  /* Just a name of 300 characters cannot be broken, and numbers as
	     large as they can be need room.  */
	  CHECK (draw_width (line) <= width || strstr (line, "xxxxx") != NULL
		 || strcmp (documents[i], "analysis-extreme") == 0);
	  free (harmless);
	}
      free (text);
      json_decref (document);
    }
}

static void
reports_numbers (void)
{
  json_t *document = load ("analysis");
  char *text = draw (document, false);

  CHECK (strstr (text, "NOT ALL WAS RECORDED: 1,234 hits were dropped")
	 != NULL);
  CHECK (strstr (text, "fbt:kernel:vm_fault:entry   1,234         0      3\n")
	 != NULL);
  CHECK (strstr (text, "43,210 events where 7,200 are usual, 6 times as many")
	 != NULL);
  CHECK (strstr (text,
		 "vm_fault      12,345 9.00 s 1.80 s 4.50 s 1.20 us 4.80 us "
		 "36.0 us  480 us")
	 != NULL);
  CHECK (strstr (text, "coefficient 0.78, lag 1.50 s, p = 1.2e-09, 88 "
		       "samples")
	 != NULL);
  free (text);
  json_decref (document);
}

/* See that TEXT has the member KEY of each element of LIST, harmless but as a
   whole.  */
static void
has_names (const char *text, const json_t *list, const char *key)
{
  const json_t *element;
  size_t i;

  json_array_foreach (list, i, element)
    {
      const char *name = json_string_value (json_object_get (element, key));
      char *harmless = draw_escape (name != NULL ? name : "");
      CHECK (strstr (text, harmless) != NULL);
      free (harmless);
    }
}

static void
reports_whole_names (void)
{
  for (int i = 0; i < DOCUMENTS; i++)
    {
      json_t *document = load (documents[i]);
      const json_t *timeline = json_object_get (document, "timeline");
      char *text = draw (document, false);
      has_names (text, json_object_get (document, "bottlenecks"), "name");
      has_names (text, json_object_get (document, "probes"), "name");
      has_names (text, json_object_get (document, "predictions"), "series");
      has_names (text, json_object_get (timeline, "tasks"), "task");
      has_names (text, json_object_get (timeline, "probes"), "name");
      free (text);
      json_decref (document);
    }
  json_t *document = load ("analysis");
  char *text = draw (document, false);
  /* What has no room stands above its row.  */
  CHECK (strstr (text,
		 "\nvm_map_enter_with_a_very_long_name_that_does_not_fit\n7  ")
	 != NULL);
  free (text);
  json_decref (document);
}

/* How often WORDS are in TEXT.  */
static unsigned
count (const char *text, const char *words)
{
  unsigned times = 0;

  while ((text = strstr (text, words)) != NULL)
    {
      times++;
      text += strlen (words);
    }
  return times;
}

static void
embeds_the_document (void)
{
  static const char begin[]
      = "<script type=\"application/json\" id=\"analysis\">";

  for (int i = 0; i < DOCUMENTS; i++)
    {
      json_t *document = load (documents[i]);
      char *text = draw (document, true);
      char *at = strstr (text, begin) + strlen (begin);
      char *end = strstr (at, "</script>");
      json_t *back = json_loadb (at, end - at, 0, NULL);
      CHECK (json_equal (document, back));
      for (; at < end; at++)
	CHECK (*at != '<' && *at != '>' && *at != '&' && *at > 0);
      json_decref (back);
      /* All scripts and styles are ours, and nothing else has an attribute
	 that could run one.  */
      CHECK_NUMBER (count (text, "<script"), 2);
      CHECK_NUMBER (count (text, "</script"), 2);
      CHECK_NUMBER (count (text, "<style"), 1);
      CHECK_NUMBER (count (text, "<img"), 0);
      CHECK_NUMBER (count (text, "<!--"), 0);
      CHECK_NUMBER (count (text, "src="),
		    count (text, "&lt;img src=")
			+ count (text, "\\u003cimg src="));
      CHECK_NUMBER (count (text, "http:") + count (text, "https:"), 0);
      CHECK_NUMBER (count (text, "\xe2\x80\xae"), 0);
      free (text);
      json_decref (document);
    }
}

/* What is drawn of STACKS.  The caller frees it.  */
static char *
draw_flame (struct folded_stack *stacks, size_t stack_count, uint64_t weight)
{
  const struct folded folded
      = { .stacks = stacks, .count = stack_count, .weight = weight };
  char *text = NULL;
  size_t bytes;
  FILE *file = open_memstream (&text, &bytes);

  CHECK (flame_graph (&folded, FOLDED_BY_COUNT, "a title", file));
  CHECK (fclose (file) == 0);
  return text;
}

static void
draws_flames (void)
{
  static char *texts[] = { "sh;a", "sh;a;b", "sh;a;b;c", "sh;ab;c", "task;a" };
  struct folded_stack stacks[5];

  for (int i = 0; i < 5; i++)
    stacks[i] = (struct folded_stack){ texts[i], 1 << i };
  char *text = draw_flame (stacks, 5, 31);
  /* Each frame where it begins, with what is above it.  */
  static const char *const frames[]
      = { "data-d=\"0\" data-b=\"0\" data-w=\"31\"><title>all (31 events, ",
	  "data-d=\"1\" data-b=\"0\" data-w=\"15\"><title>sh (15 events, ",
	  "data-d=\"2\" data-b=\"0\" data-w=\"7\"><title>a (7 events, ",
	  "data-d=\"3\" data-b=\"1\" data-w=\"6\"><title>b (6 events, ",
	  "data-d=\"4\" data-b=\"3\" data-w=\"4\"><title>c (4 events, ",
	  "data-d=\"2\" data-b=\"7\" data-w=\"8\"><title>ab (8 events, ",
	  "data-d=\"3\" data-b=\"7\" data-w=\"8\"><title>c (8 events, ",
	  "data-d=\"1\" data-b=\"15\" data-w=\"16\"><title>task (16 events, ",
	  "data-d=\"2\" data-b=\"15\" data-w=\"16\"><title>a (16 events, " };
  for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++)
    CHECK_NUMBER (count (text, frames[i]), 1);
  CHECK_NUMBER (count (text, "<g class=\"f\""), 9);
  free (text);
}

static void
draws_deep_and_hostile_flames (void)
{
  char deep[2 * 600], *text;
  struct folded_stack stack = { deep, 1 };

  for (int i = 0; i < 599; i++)
    memcpy (deep + 2 * i, "f;", 2);
  strcpy (deep + 2 * 599, "f");
  text = draw_flame (&stack, 1, 1);
  CHECK_NUMBER (count (text, "<g class=\"f\""), 256);
  free (text);
  stack.text = "</title><script>;]]>&\"'\001";
  text = draw_flame (&stack, 1, 1);
  CHECK_NUMBER (count (text, "<script"), 1);
  CHECK_NUMBER (count (text, "]]>"), 1);
  CHECK_NUMBER (count (text, "\001"), 0);
  CHECK (strstr (text, "&lt;/title&gt;&lt;script&gt; (1 event, ") != NULL);
  free (text);
}

TAP_MAIN ({ says_counts, "whole numbers, to the ends of 64 bits" },
	  { says_numbers, "other numbers, and shares" },
	  { says_durations, "durations, where digits and units change" },
	  { says_times, "points in time, to the ends of 64 bits" },
	  { begins, "times of what has no events" },
	  { says_values, "values by their units" },
	  { makes_names_harmless, "names are made harmless" },
	  { leaves_the_middle_out, "long names lose their middle" },
	  { reports, "reports: losses first, 80 columns, nothing hostile" },
	  { reports_whole_names, "reports cut no names" },
	  { reports_numbers, "reports have the numbers of the document" },
	  { embeds_the_document, "pages have the document, and no other "
				 "script" },
	  { draws_flames, "flame graphs: each frame in its place" },
	  { draws_deep_and_hostile_flames, "and deep stacks, and hostile "
					   "names" })
