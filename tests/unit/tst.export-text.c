/* Text that is exported: numbers and strings, to the last digit and byte; and
   arrows between messages.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>

#include "chrome.h"
#include "fragment.h"
#include "identifier.h"
#include "output.h"
#include "tap.h"
#include "utf8.h"

static struct output output;
static char text[4 * OUTPUT_BYTES];
static size_t text_bytes;

static void
start (void)
{
  static FILE *file;

  if (file == NULL)
    file = tmpfile ();
  CHECK (file != NULL && ftruncate (fileno (file), 0) == 0
	 && lseek (fileno (file), 0, SEEK_SET) == 0);
  output_open (&output, fileno (file));
}

/* What has been put since start.  */
static const char *
result (void)
{
  CHECK (output_flush (&output));
  ssize_t count = pread (output.file, text, sizeof text - 1, 0);
  CHECK (count >= 0 && (uint64_t) count == output.bytes);
  text[count] = '\0';
  text_bytes = count;
  return text;
}

/* What PUT makes of its argument.  */
#define MADE(put, ...) (start (), put (&output, __VA_ARGS__), result ())

static void
numbers_are_exact (void)
{
  CHECK_TEXT (MADE (output_unsigned, 0), "0");
  CHECK_TEXT (MADE (output_unsigned, 9), "9");
  CHECK_TEXT (MADE (output_unsigned, 10), "10");
  CHECK_TEXT (MADE (output_unsigned, 100), "100");
  CHECK_TEXT (MADE (output_unsigned, UINT64_MAX), "18446744073709551615");
  CHECK_TEXT (MADE (output_signed, -1), "-1");
  CHECK_TEXT (MADE (output_signed, INT64_MAX), "9223372036854775807");
  CHECK_TEXT (MADE (output_signed, INT64_MIN), "-9223372036854775808");
  CHECK_TEXT (MADE (output_hex, 0), "0x0");
  CHECK_TEXT (MADE (output_hex, 0xf), "0xf");
  CHECK_TEXT (MADE (output_hex, 0x10), "0x10");
  CHECK_TEXT (MADE (output_hex, UINT64_MAX), "0xffffffffffffffff");
  CHECK_TEXT (MADE (output_elapsed, 5, 5), "0.000");
  CHECK_TEXT (MADE (output_elapsed, 0, 1), "0.001");
  CHECK_TEXT (MADE (output_elapsed, 0, -1), "-0.001");
  CHECK_TEXT (MADE (output_elapsed, -1, 1234566), "1234.567");
  CHECK_TEXT (MADE (output_elapsed, 0, INT64_MAX), "9223372036854775.807");
  CHECK_TEXT (MADE (output_elapsed, 0, INT64_MIN), "-9223372036854775.808");
  CHECK_TEXT (MADE (output_elapsed, INT64_MIN, INT64_MAX),
	      "18446744073709551.615");
  CHECK_TEXT (MADE (output_elapsed, INT64_MAX, INT64_MIN),
	      "-18446744073709551.615");
}

/* As printf has them, at random and around every power of two and ten.  */
static void
numbers_are_those_of_printf (void)
{
  uint64_t seed = 1, number = 0;
  char expected[64];

  for (int i = 0; i < 20000; i++)
    {
      if (i < 640)
	number = (UINT64_C (1) << (i / 10)) + i % 10 - 5;
      else
	number = tap_random (&seed) >> tap_below (&seed, 64);
      snprintf (expected, sizeof expected, "%" PRIu64, number);
      CHECK_TEXT (MADE (output_unsigned, number), expected);
      snprintf (expected, sizeof expected, "%" PRId64, (int64_t) number);
      CHECK_TEXT (MADE (output_signed, (int64_t) number), expected);
      snprintf (expected, sizeof expected, "0x%" PRIx64, number);
      CHECK_TEXT (MADE (output_hex, number), expected);
    }
  for (number = 1; number < UINT64_MAX / 10; number *= 10)
    {
      snprintf (expected, sizeof expected, "%" PRIu64, number - 1);
      CHECK_TEXT (MADE (output_unsigned, number - 1), expected);
      snprintf (expected, sizeof expected, "%" PRIu64, number);
      CHECK_TEXT (MADE (output_unsigned, number), expected);
    }
}

static void
reals_come_back (void)
{
  uint64_t seed = 2;

  CHECK_TEXT (MADE (output_real, 0.1), "0.1");
  CHECK_TEXT (MADE (output_real, 1e300), "1e+300");
  CHECK_TEXT (MADE (output_real, (double) NAN), "NaN");
  CHECK_TEXT (MADE (output_real, (double) -INFINITY), "-Inf");
  for (int i = 0; i < 1000; i++)
    {
      double number = (double) tap_random (&seed)
		      / (double) (1 + tap_below (&seed, 1 << 20));
      CHECK (strtod (MADE (output_real, number), NULL) == number);
    }
}

static void
json_escapes (void)
{
  CHECK_TEXT (MADE (output_json, ""), "\"\"");
  CHECK_TEXT (MADE (output_json, "plain"), "\"plain\"");
  CHECK_TEXT (MADE (output_json, "a\"b\\c"), "\"a\\\"b\\\\c\"");
  CHECK_TEXT (MADE (output_json, "\n\r\t\1\x1f\x7f"),
	      "\"\\n\\r\\t\\u0001\\u001f\\u007f\"");
  CHECK_TEXT (MADE (output_json, "</script>"), "\"\\u003c/script>\"");
  CHECK_TEXT (MADE (output_json, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
	      "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
  /* Cut off, overlong, a surrogate, beyond the end, a lone continuation.  */
  CHECK_TEXT (MADE (output_json, "\xc3"), "\"" UTF8_REPLACEMENT "\"");
  CHECK_TEXT (MADE (output_json, "\xe2\x82"),
	      "\"" UTF8_REPLACEMENT UTF8_REPLACEMENT "\"");
  CHECK_TEXT (MADE (output_json, "\xc0\x80"),
	      "\"" UTF8_REPLACEMENT UTF8_REPLACEMENT "\"");
  CHECK_TEXT (MADE (output_json, "\xed\xa0\x80"),
	      "\"" UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT "\"");
  CHECK_TEXT (
      MADE (output_json, "\xf4\x90\x80\x80"),
      "\"" UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT
      "\"");
  CHECK_TEXT (MADE (output_json, "a\x80z"), "\"a" UTF8_REPLACEMENT "z\"");
}

static void
csv_escapes (void)
{
  CHECK_TEXT (MADE (output_csv, ""), "\"\"");
  CHECK_TEXT (MADE (output_csv, "plain text"), "plain text");
  CHECK_TEXT (MADE (output_csv, "a,b"), "\"a,b\"");
  CHECK_TEXT (MADE (output_csv, "a\"b"), "\"a\"\"b\"");
  CHECK_TEXT (MADE (output_csv, "a\nb\rc"), "\"a\nb\rc\"");
  /* Bytes stay what they are.  */
  CHECK_TEXT (MADE (output_csv, "\xff"), "\xff");
}

static void
openmetrics_escapes (void)
{
  CHECK_TEXT (MADE (output_openmetrics, "a\"b\\c\nd", true),
	      "\"a\\\"b\\\\c\\nd\"");
  CHECK_TEXT (MADE (output_openmetrics, "a\"b\nc", false), "a\\\"b\\nc");
  CHECK_TEXT (MADE (output_openmetrics, "\xff", true),
	      "\"" UTF8_REPLACEMENT "\"");
}

/* Whatever is put where the buffer ends arrives whole.  */
static void
buffer_ends_anywhere (void)
{
  static char filler[2 * OUTPUT_BYTES];
  /* So that the compiler does not follow it into the wrong branch.  */
  volatile size_t all = sizeof filler;

  memset (filler, 'x', sizeof filler);
  for (size_t before = OUTPUT_BYTES - 30; before <= OUTPUT_BYTES; before++)
    {
      start ();
      output_bytes (&output, filler, before);
      output_signed (&output, INT64_MIN);
      output_json (&output, "\xc3\xa4\n\"");
      output_text (&output, "end");
      result ();
      CHECK_TEXT (text + before, "-9223372036854775808\"\xc3\xa4\\n\\\"\"end");
    }
  start ();
  output_bytes (&output, filler, all);
  output_char (&output, 'y');
  result ();
  CHECK_NUMBER (text_bytes, sizeof filler + 1);
  CHECK (text[sizeof filler] == 'y'
	 && memcmp (text, filler, sizeof filler) == 0);
}

/* A disk that is full is told at the end, and what is put meanwhile harms
   nothing.  */
static void
failures_are_kept (void)
{
  output_open (&output, open ("/dev/full", O_WRONLY));
  CHECK (output.file >= 0);
  for (int i = 0; i < 2 * OUTPUT_BYTES; i++)
    output_text (&output, "12345");
  CHECK (!output_is_good (&output));
  CHECK (!output_flush (&output));
  CHECK_NUMBER (output.error, ENOSPC);
}

static int makings;

static void
make_long (struct output *to, const void *what)
{
  makings++;
  for (int i = 0; i < *(const int *) what; i++)
    output_text (to, "0123456789");
}

/* What fits is made once, and what does not is made again and is right.  */
static void
fragments_repeat (void)
{
  for (int tens = 0; tens < 2 * OUTPUT_BYTES / 20; tens += 1777)
    {
      struct fragment fragment = { .text = NULL };
      makings = 0;
      start ();
      for (int i = 0; i < 3; i++)
	fragment_put (&fragment, &output, make_long, &tens);
      result ();
      CHECK_NUMBER (text_bytes, 30 * tens);
      for (size_t i = 0; i < text_bytes; i++)
	CHECK (text[i] == (char) ('0' + i % 10));
      if (10 * tens <= OUTPUT_BYTES / 4)
	CHECK_NUMBER (makings, 1);
      fragment_free (&fragment);
    }
}

static void
clean_text_is_utf8 (void)
{
  char *clean = utf8_clean ("a\xff\xc3\xa4");

  CHECK_TEXT (clean, "a" UTF8_REPLACEMENT "\xc3\xa4");
  free (clean);
}

static void
identifiers_are_good (void)
{
  const char *const taken[] = { "size", "size_2" };
  char name[64], little[8];

  ctf_identifier ("map", NULL, 0, name, sizeof name);
  CHECK_TEXT (name, "map");
  ctf_identifier ("a->b.c", NULL, 0, name, sizeof name);
  CHECK_TEXT (name, "a__b_c");
  ctf_identifier ("1st", NULL, 0, name, sizeof name);
  CHECK_TEXT (name, "x1st");
  ctf_identifier ("_x", NULL, 0, name, sizeof name);
  CHECK_TEXT (name, "x_x");
  ctf_identifier ("", NULL, 0, name, sizeof name);
  CHECK_TEXT (name, "x");
  ctf_identifier ("\xff\n", NULL, 0, name, sizeof name);
  CHECK_TEXT (name, "__");
  ctf_identifier ("size", taken, 2, name, sizeof name);
  CHECK_TEXT (name, "size_3");
  ctf_identifier ("much too long", NULL, 0, little, sizeof little);
  CHECK_TEXT (little, "much");
}

static void
metadata_is_printable (void)
{
  char *clean = ctf_metadata_text ("a \"b\" \\ c\n\xc3\xa4 d~\x7f");

  CHECK_TEXT (clean, "a \"b\" \\ c??? d~?");
  free (clean);
}

/* In the order in which they were sent, each once, and not those of others;
   and of too many the oldest are forgotten.  */
static void
arrows_find_their_ends (void)
{
  struct chrome_flows *flows = chrome_flows_new ();
  int64_t first[4] = { 1, 2, 3, 4 }, other[4] = { 1, 2, 3, 5 };

  CHECK_NUMBER (chrome_flow_receive (flows, first), 0);
  CHECK_NUMBER (chrome_flow_send (flows, first), 1);
  CHECK_NUMBER (chrome_flow_send (flows, other), 2);
  CHECK_NUMBER (chrome_flow_send (flows, first), 3);
  CHECK_NUMBER (chrome_flow_receive (flows, first), 1);
  CHECK_NUMBER (chrome_flow_receive (flows, first), 3);
  CHECK_NUMBER (chrome_flow_receive (flows, first), 0);
  CHECK_NUMBER (chrome_flow_receive (flows, other), 2);
  for (int64_t i = 0; i < 200000; i++)
    {
      int64_t key[4] = { i % 1000, 0, 0, 0 };
      CHECK_NUMBER (chrome_flow_send (flows, key), i + 4);
    }
  for (int64_t i = 0; i < 1000; i++)
    {
      /* 65,536 are kept: the oldest with this key is among them.  */
      int64_t key[4] = { i, 0, 0, 0 };
      int64_t oldest = 200000 - 65536;
      int64_t expected = oldest + (i - oldest % 1000 + 1000) % 1000;
      CHECK_NUMBER (chrome_flow_receive (flows, key), expected + 4);
    }
  chrome_flows_free (flows);
}

TAP_MAIN ({ numbers_are_exact, "numbers are exact at their extremes" },
	  { numbers_are_those_of_printf, "numbers are those of printf" },
	  { reals_come_back, "real numbers come back as they were" },
	  { json_escapes, "JSON: quotes, control characters, no UTF-8" },
	  { csv_escapes, "CSV: quotes, commas, lines" },
	  { openmetrics_escapes, "OpenMetrics: quotes, backslashes, lines" },
	  { buffer_ends_anywhere, "the buffer can end anywhere" },
	  { failures_are_kept, "what cannot be written is told" },
	  { fragments_repeat, "fragments are the same each time" },
	  { clean_text_is_utf8, "what is no UTF-8 is replaced" },
	  { identifiers_are_good, "identifiers of CTF" },
	  { metadata_is_printable, "what metadata of CTF can have" },
	  { arrows_find_their_ends, "messages find where they were sent" })
