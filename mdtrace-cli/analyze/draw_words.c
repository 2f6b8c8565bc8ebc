/* Drawing: numbers, times and names as people read them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "draw_words.h"

enum
{
  NS_PER_US = 1000,
  NS_PER_MS = 1000000,
  NS_PER_S = 1000000000
};

/* DIGITS, of a whole number, in groups of three, behind what TEXT has.  */
static void
group (char *text, size_t bytes, const char *digits)
{
  size_t length = strlen (digits), used = strlen (text);

  for (size_t i = 0; i < length && used + 2 < bytes; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
	text[used++] = ',';
      text[used++] = digits[i];
    }
  text[used] = '\0';
}

struct draw_words
draw_count (int64_t number)
{
  struct draw_words words = { .text = "" };
  char digits[24];

  /* The least number has no opposite but without a sign.  */
  uint64_t magnitude = number < 0 ? -(uint64_t) number : (uint64_t) number;
  if (number < 0)
    strcpy (words.text, "-");
  snprintf (digits, sizeof digits, "%" PRIu64, magnitude);
  group (words.text, sizeof words.text, digits);
  return words;
}

struct draw_words
draw_number (double number)
{
  struct draw_words words = { .text = "" };
  double magnitude = fabs (number);

  if (isnan (number))
    strcpy (words.text, "-");
  else if (magnitude >= 1e15 || (magnitude > 0 && magnitude < 1e-3))
    snprintf (words.text, sizeof words.text, "%.3g", number);
  else if (magnitude < 100 && number != floor (number))
    snprintf (words.text, sizeof words.text, "%.*f",
	      magnitude < 1	  ? 4
	      : magnitude < 9.995 ? 2
				  : 1,
	      number);
  else
    {
      char digits[32];
      snprintf (digits, sizeof digits, "%.0f", magnitude);
      strcpy (words.text, number <= -0.5 ? "-" : "");
      group (words.text, sizeof words.text, digits);
    }
  return words;
}

/* VALUE with three digits, and UNIT.  */
static void
three_digits (char *text, size_t bytes, double value, const char *unit)
{
  int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;

  snprintf (text, bytes, "%.*f %s", decimals, value, unit);
}

struct draw_words
draw_duration (int64_t ns)
{
  enum
  {
    MINUTE = 60,
    HOUR = 60 * MINUTE,
    DAY = 24 * HOUR
  };
  struct draw_words words = { .text = "" };
  uint64_t magnitude = ns < 0 ? -(uint64_t) ns : (uint64_t) ns;
  uint64_t seconds = magnitude / NS_PER_S;
  char *text = words.text;
  size_t bytes = sizeof words.text;

  if (ns < 0)
    {
      *text++ = '-';
      bytes--;
    }
  /* The limits are where what is rounded has four digits.  */
  if (magnitude < NS_PER_US)
    snprintf (text, bytes, "%" PRIu64 " ns", magnitude);
  else if (magnitude < 999500)
    three_digits (text, bytes, (double) magnitude / NS_PER_US, "us");
  else if (magnitude < 999500000)
    three_digits (text, bytes, (double) magnitude / NS_PER_MS, "ms");
  else if (seconds < 2 * MINUTE)
    three_digits (text, bytes, (double) magnitude / NS_PER_S, "s");
  else if (seconds < HOUR)
    snprintf (text, bytes, "%u min %02u s", (unsigned) (seconds / MINUTE),
	      (unsigned) (seconds % MINUTE));
  else if (seconds < DAY)
    snprintf (text, bytes, "%u h %02u min", (unsigned) (seconds / HOUR),
	      (unsigned) (seconds % HOUR / MINUTE));
  else
    snprintf (text, bytes, "%" PRIu64 " d %02u h", seconds / DAY,
	      (unsigned) (seconds % DAY / HOUR));
  return words;
}

struct draw_words
draw_percent (double share)
{
  struct draw_words words;
  double percent = 100 * share;

  if (isnan (share))
    strcpy (words.text, "-");
  else if (percent != 0 && fabs (percent) < 0.05)
    snprintf (words.text, sizeof words.text, "<0.1 %%");
  else
    snprintf (words.text, sizeof words.text,
	      fabs (percent) < 1e9 ? "%.1f %%" : "%.3g %%", percent);
  return words;
}

/* Split TIME_NS into the time in UTC and the nanoseconds of its second.  */
static unsigned
split (int64_t time_ns, struct tm *parts)
{
  int64_t rest = time_ns % NS_PER_S;
  time_t seconds = time_ns / NS_PER_S;

  if (rest < 0)
    {
      rest += NS_PER_S;
      seconds--;
    }
  gmtime_r (&seconds, parts);
  return rest;
}

struct draw_words
draw_time (int64_t time_ns)
{
  struct draw_words words;
  char date[24];
  struct tm parts;

  unsigned rest = split (time_ns, &parts);
  strftime (date, sizeof date, "%Y-%m-%d %H:%M:%S", &parts);
  snprintf (words.text, sizeof words.text, "%s.%09u UTC", date, rest);
  return words;
}

struct draw_words
draw_second (int64_t time_ns)
{
  struct draw_words words;
  struct tm parts;

  split (time_ns, &parts);
  strftime (words.text, sizeof words.text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return words;
}

int64_t
draw_distance (int64_t from_ns, int64_t to_ns)
{
  int64_t distance;

  if (__builtin_sub_overflow (to_ns, from_ns, &distance))
    return to_ns > from_ns ? INT64_MAX : INT64_MIN;
  return distance;
}

int64_t
draw_later (int64_t time_ns, int64_t step_ns, size_t count)
{
  uint64_t room = (uint64_t) INT64_MAX - (uint64_t) time_ns;

  if (step_ns <= 0 || count == 0)
    return time_ns;
  if ((uint64_t) step_ns > room / count)
    return INT64_MAX;
  return (int64_t) ((uint64_t) time_ns + (uint64_t) step_ns * count);
}

int64_t
draw_beginning (const json_t *document)
{
  const json_t *trace = json_object_get (document, "trace");
  const json_t *series
      = json_array_get (json_object_get (document, "series"), 0);

  return draw_has (trace, "first_ns")
	     ? draw_member_integer (trace, "first_ns")
	     : draw_member_integer (series, "first_ns");
}

struct draw_words
draw_since (int64_t time_ns, int64_t first_ns)
{
  struct draw_words words;
  bool is_before = time_ns < first_ns;
  uint64_t distance = is_before ? (uint64_t) first_ns - (uint64_t) time_ns
				: (uint64_t) time_ns - (uint64_t) first_ns;

  /* To the nearest microsecond.  */
  if (distance <= UINT64_MAX - NS_PER_US / 2)
    distance += NS_PER_US / 2;
  struct draw_words seconds = draw_count (distance / NS_PER_S);

  snprintf (words.text, sizeof words.text, "%c%.40s.%06u s",
	    is_before ? '-' : '+', seconds.text,
	    (unsigned) (distance % NS_PER_S / NS_PER_US));
  return words;
}

/* VALUE bytes, and SUFFIX.  */
static struct draw_words
bytes_words (double value, const char *suffix)
{
  static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
  double magnitude = fabs (value);
  struct draw_words words;
  unsigned i = 0;

  for (; magnitude >= 1024 && i < 4; i++)
    magnitude /= 1024;
  snprintf (words.text, sizeof words.text, "%s%.*f %s%.20s",
	    value < 0 ? "-" : "", i > 0 && magnitude < 100, magnitude,
	    units[i], suffix);
  return words;
}

bool
draw_has_scale (const char *unit)
{
  return strcmp (unit, "ns") == 0 || strncmp (unit, "bytes", 5) == 0
	 || strcmp (unit, "percent") == 0 || strcmp (unit, "1/10000") == 0;
}

struct draw_words
draw_value (double value, const char *unit)
{
  struct draw_words words;
  double magnitude = fabs (value);

  if (isnan (value))
    return draw_number (value);
  bool is_percent = strcmp (unit, "percent") == 0;
  if (is_percent || strcmp (unit, "1/10000") == 0)
    {
      snprintf (words.text, sizeof words.text, "%.40s %%",
		draw_number (is_percent ? value : value / 100).text);
      return words;
    }
  if (strncmp (unit, "bytes", 5) == 0 && magnitude < 1e18)
    return bytes_words (value, unit + 5);
  if (strcmp (unit, "ns") == 0 && magnitude >= 1000 && magnitude < 9e18)
    return draw_duration (llround (value));
  /* Of nanoseconds a tenth is enough.  */
  if (strcmp (unit, "ns") == 0 && magnitude < 1000)
    value = round (value * 10) / 10;
  snprintf (words.text, sizeof words.text, "%.30s%s%.30s",
	    draw_number (value).text, unit[0] != '\0' ? " " : "", unit);
  return words;
}

/* How many bytes of TEXT are one character of UTF-8, which goes to *CODE; 0
   if they are none.  */
static size_t
decode (const char *text, uint32_t *code)
{
  const unsigned char *bytes = (const unsigned char *) text;
  static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
  size_t length = bytes[0] < 0x80	      ? 1
		  : (bytes[0] & 0xe0) == 0xc0 ? 2
		  : (bytes[0] & 0xf0) == 0xe0 ? 3
		  : (bytes[0] & 0xf8) == 0xf0 ? 4
					      : 0;

  if (length <= 1)
    {
      *code = bytes[0];
      return length;
    }
  *code = bytes[0] & (0x7f >> length);
  for (size_t i = 1; i < length; i++)
    {
      if ((bytes[i] & 0xc0) != 0x80)
	return 0;
      *code = *code << 6 | (bytes[i] & 0x3f);
    }
  bool is_good = *code >= least[length] && *code <= 0x10ffff
		 && (*code < 0xd800 || *code > 0xdfff);
  return is_good ? length : 0;
}

/* Whether CODE is seen as a character of its own, and changes no other.  */
static bool
is_visible (uint32_t code)
{
  return code >= 0x20 && (code < 0x7f || code >= 0xa0) && code != 0xad
	 && !(code >= 0x0300 && code <= 0x036f)
	 && !(code >= 0x200b && code <= 0x200f)
	 && !(code >= 0x2028 && code <= 0x202e)
	 && !(code >= 0x2060 && code <= 0x206f) && code != 0x061c
	 && !(code >= 0xfe00 && code <= 0xfe0f) && code != 0xfeff
	 && !(code >= 0xfff0 && code <= 0xfffb) && code < 0xe0000;
}

char *
draw_escape (const char *name)
{
  enum
  {
    ESCAPED = 4 /* what one byte becomes at most */
  };
  char *text = malloc (ESCAPED * strlen (name) + 1), *to = text;

  if (text == NULL)
    return NULL;
  while (*name != '\0')
    {
      uint32_t code;
      size_t length = decode (name, &code);
      if (length > 0 && is_visible (code))
	for (size_t i = 0; i < length; i++)
	  *to++ = *name++;
      else
	for (size_t i = 0; i < (length > 0 ? length : 1); i++)
	  to += sprintf (to, "\\x%02x", (unsigned char) *name++);
    }
  *to = '\0';
  return text;
}

size_t
draw_width (const char *text)
{
  size_t width = 0;

  for (; *text != '\0'; text++)
    width += ((unsigned char) *text & 0xc0) != 0x80;
  return width;
}

/* Where the character with NUMBER of TEXT begins.  */
static char *
character (char *text, size_t number)
{
  for (; *text != '\0'; text++)
    if (((unsigned char) *text & 0xc0) != 0x80 && number-- == 0)
      break;
  return text;
}

char *
draw_elide (const char *name, size_t width)
{
  static const char dots[] = "...";
  char *text = draw_escape (name);

  if (text == NULL)
    return NULL;
  size_t whole = draw_width (text);
  if (whole <= width)
    return text;
  /* The end tells more of a name than its beginning.  */
  size_t kept = width - strlen (dots), before = kept / 2;
  char *to = character (text, before);
  char *from = character (text, whole - (kept - before));
  char *result;
  if (asprintf (&result, "%.*s%s%s", (int) (to - text), text, dots, from) < 0)
    result = NULL;
  free (text);
  return result;
}

const char *
draw_member_text (const json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));

  return text != NULL ? text : "";
}

int64_t
draw_member_integer (const json_t *object, const char *key)
{
  const json_t *value = json_object_get (object, key);

  if (!json_is_real (value))
    return json_integer_value (value);
  double real = json_real_value (value);
  return real >= 0x1p63	   ? INT64_MAX
	 : real <= -0x1p63 ? INT64_MIN
			   : llround (real);
}

double
draw_real (const json_t *value)
{
  return json_is_number (value) ? json_number_value (value) : NAN;
}

double
draw_member_real (const json_t *object, const char *key)
{
  return draw_real (json_object_get (object, key));
}

bool
draw_has (const json_t *object, const char *key)
{
  const json_t *value = json_object_get (object, key);

  return value != NULL && !json_is_null (value);
}

bool
draw_is_empty (const json_t *document)
{
  return draw_member_integer (json_object_get (document, "trace"), "events")
	 == 0;
}
