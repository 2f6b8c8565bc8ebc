/* The factors of the health score, and files of rules for it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "mdtrace.h"

static const struct mdtrace_health_words words[MDTRACE_HEALTH_FACTORS] = {
#define MDTRACE_HEALTH(name, word, counter, unit, reference, worst, points,   \
		       measured)                                              \
  [MDTRACE_HEALTH_##name] = { word, counter, unit, measured },
#include "mdtrace_health.def"
#undef MDTRACE_HEALTH
};

const struct mdtrace_health_words *
mdtrace_health_words (unsigned factor)
{
  return factor < MDTRACE_HEALTH_FACTORS ? &words[factor] : NULL;
}

/* The numbers of a rule.  */
enum number
{
  REFERENCE,
  WORST,
  POINTS,
  NUMBERS
};

static const char *const number_words[NUMBERS]
    = { "reference", "worst", "points" };

/* What is being read.  */
struct reading
{
  const char *name;
  unsigned line;
  char *message;
  size_t message_bytes;
};

/* A word, of BYTES bytes; none: 0.  */
struct word
{
  const char *text;
  size_t bytes;
};

/* Say what is wrong with the line.  */
static int __attribute__ ((format (printf, 2, 3)))
refuse (const struct reading *reading, const char *format, ...)
{
  va_list arguments;
  int used = snprintf (reading->message, reading->message_bytes,
		       "%s: line %u: ", reading->name, reading->line);

  va_start (arguments, format);
  if (used >= 0 && (size_t) used < reading->message_bytes)
    vsnprintf (reading->message + used, reading->message_bytes - used, format,
	       arguments);
  va_end (arguments);
  return MDTRACE_ERR_BAD_RULES;
}

/* So many bytes of WORD are shown.  */
static int
shown (const struct word *word)
{
  return word->bytes < 40 ? (int) word->bytes : 40;
}

static bool
is_space (char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

/* The next word between *TEXT, which is moved behind it, and END: what has no
   space in it, and a colon ends it.  */
static struct word
next_word (const char **text, const char *end)
{
  while (*text < end && is_space (**text))
    (*text)++;
  struct word word = { *text, 0 };
  while (*text < end && !is_space (**text))
    {
      word.bytes++;
      if (*(*text)++ == ':')
	break;
    }
  return word;
}

static bool
is_word (const struct word *word, const char *text)
{
  return word->bytes == strlen (text)
	 && memcmp (word->text, text, word->bytes) == 0;
}

/* Which factor WORD with a colon behind it names; -1: none.  */
static int
find_factor (const struct word *word)
{
  const struct word name = { word->text, word->bytes - 1 };

  for (int i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    if (is_word (&name, words[i].word))
      return i;
  return -1;
}

/* The number that WORD is.  False: it is none, or too large.  */
static bool
read_number (const struct word *word, uint32_t *number)
{
  uint64_t value = 0;

  for (size_t i = 0; i < word->bytes; i++)
    {
      if (word->text[i] < '0' || word->text[i] > '9')
	return false;
      value = 10 * value + (word->text[i] - '0');
      if (value > UINT32_MAX)
	return false;
    }
  *number = value;
  return word->bytes > 0;
}

/* The numbers behind FACTOR, in the text up to END.  */
static int
read_numbers (const struct reading *reading, const char *factor,
	      const char *text, const char *end, uint32_t *numbers)
{
  bool has[NUMBERS] = { false };
  struct word key;

  while ((key = next_word (&text, end)).bytes > 0)
    {
      int which = 0;
      while (which < NUMBERS && !is_word (&key, number_words[which]))
	which++;
      if (which == NUMBERS)
	return refuse (reading,
		       "'%.*s' is none of reference, worst and points",
		       shown (&key), key.text);
      if (has[which])
	return refuse (reading, "%s has two numbers behind %s", factor,
		       number_words[which]);
      struct word value = next_word (&text, end);
      if (value.bytes == 0)
	return refuse (reading, "%s has no number behind %s", factor,
		       number_words[which]);
      if (!read_number (&value, &numbers[which]))
	return refuse (reading,
		       "'%.*s' behind %s is no whole number up to 4294967295",
		       shown (&value), value.text, number_words[which]);
      has[which] = true;
    }
  for (int i = 0; i < NUMBERS; i++)
    if (!has[i])
      return refuse (reading,
		     "%s lacks %s; a rule is 'FACTOR: reference R worst W "
		     "points P'",
		     factor, number_words[i]);
  return MDTRACE_OK;
}

/* The line from TEXT up to END.  SEEN has a bit for each factor that there was
   before.  */
static int
read_line (const struct reading *reading, const char *text, const char *end,
	   struct mdtrace_health_rule *rules, unsigned *seen)
{
  uint32_t numbers[NUMBERS] = { 0 };
  const char *comment = memchr (text, '#', end - text);

  if (comment != NULL)
    end = comment;
  struct word name = next_word (&text, end);
  if (name.bytes == 0)
    return MDTRACE_OK;
  if (name.text[name.bytes - 1] != ':')
    return refuse (reading,
		   "'%.*s' has no colon behind it; a rule is 'FACTOR: "
		   "reference R worst W points P'",
		   shown (&name), name.text);
  int factor = find_factor (&name);
  if (factor < 0)
    return refuse (reading,
		   "'%.*s' is no factor; 'mdtrace health --print-rules' shows "
		   "those that there are",
		   shown (&name) - 1, name.text);
  const char *word = words[factor].word;
  if (*seen & 1u << factor)
    return refuse (reading, "%s has a rule before; remove one of both", word);
  int error = read_numbers (reading, word, text, end, numbers);
  if (error != MDTRACE_OK)
    return error;
  if (numbers[WORST] <= numbers[REFERENCE])
    return refuse (reading,
		   "%s: worst, %u, must be greater than reference, %u", word,
		   (unsigned) numbers[WORST], (unsigned) numbers[REFERENCE]);
  if (numbers[POINTS] > 100)
    return refuse (reading, "%s: points, %u, must be 100 at most", word,
		   (unsigned) numbers[POINTS]);
  *seen |= 1u << factor;
  rules[factor]
      = (struct mdtrace_health_rule){ numbers[REFERENCE], numbers[WORST],
				      numbers[POINTS] };
  return MDTRACE_OK;
}

int
mdtrace_rules_parse (const char *text, size_t bytes, const char *name,
		     struct mdtrace_health_rule *rules, char *message,
		     size_t message_bytes)
{
  struct reading reading = { name, 0, message, message_bytes };
  const char *end = text + bytes;
  unsigned seen = 0;
  int error = MDTRACE_OK;

  memcpy (rules, mdtrace_health_rules_default,
	  sizeof mdtrace_health_rules_default);
  while (error == MDTRACE_OK && text < end)
    {
      const char *line_end = memchr (text, '\n', end - text);
      if (line_end == NULL)
	line_end = end;
      reading.line++;
      if (memchr (text, '\0', line_end - text) != NULL)
	error = refuse (&reading, "it is no text: a byte is 0");
      else
	error = read_line (&reading, text, line_end, rules, &seen);
      text = line_end < end ? line_end + 1 : end;
    }
  return error;
}

int
mdtrace_rules_read (const char *path, struct mdtrace_health_rule *rules,
		    char *message, size_t message_bytes)
{
  static const char too_long[] = "is longer than a file of rules may be";
  char text[MDTRACE_RULES_BYTES_MAX + 1];
  FILE *file = fopen (path, "re");

  if (file == NULL)
    {
      snprintf (message, message_bytes, "%s: %s", path, strerror (errno));
      return MDTRACE_ERR_SYSTEM;
    }
  errno = 0;
  size_t bytes = fread (text, 1, sizeof text, file);
  bool failed = ferror (file);
  int reason = errno;
  fclose (file);
  if (failed)
    {
      snprintf (message, message_bytes, "%s: %s", path, strerror (reason));
      errno = reason;
      return MDTRACE_ERR_SYSTEM;
    }
  if (bytes > MDTRACE_RULES_BYTES_MAX)
    {
      snprintf (message, message_bytes, "%s: %s, %d bytes", path, too_long,
		MDTRACE_RULES_BYTES_MAX);
      return MDTRACE_ERR_BAD_RULES;
    }
  return mdtrace_rules_parse (text, bytes, path, rules, message,
			      message_bytes);
}
