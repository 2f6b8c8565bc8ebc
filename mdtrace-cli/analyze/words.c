/* Words.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyze.h"
#include "words.h"

/* How many bytes at TEXT are a character in UTF-8; 0: none.  */
static size_t
character_bytes (const unsigned char *text)
{
  uint32_t character;
  size_t bytes;

  if (text[0] < 0x80)
    return 1;
  if (text[0] >= 0xc2 && text[0] < 0xe0)
    bytes = 2;
  else if ((text[0] & 0xf0) == 0xe0)
    bytes = 3;
  else if (text[0] >= 0xf0 && text[0] < 0xf5)
    bytes = 4;
  else
    return 0;
  character = text[0] & (0xff >> (bytes + 1));
  for (size_t i = 1; i < bytes; i++)
    {
      if ((text[i] & 0xc0) != 0x80)
	return 0;
      character = character << 6 | (text[i] & 0x3f);
    }
  bool is_long = (bytes == 3 && character < 0x800)
		 || (bytes == 4 && character < 0x10000);
  bool is_surrogate = character >= 0xd800 && character < 0xe000;
  return is_long || is_surrogate || character > 0x10ffff ? 0 : bytes;
}

json_t *
analyze_text (const char *text)
{
  static const char replacement[] = "\xef\xbf\xbd";
  json_t *string = json_string (text);

  if (string != NULL)
    return string;
  char *copy = malloc (3 * strlen (text) + 1), *end = copy;
  if (copy == NULL)
    return NULL;
  while (*text != '\0')
    {
      size_t bytes = character_bytes ((const unsigned char *) text);
      memcpy (end, bytes > 0 ? text : replacement, bytes > 0 ? bytes : 3);
      end += bytes > 0 ? bytes : 3;
      text += bytes > 0 ? bytes : 1;
    }
  *end = '\0';
  string = json_string (copy);
  free (copy);
  return string;
}

char *
words_format (const char *format, ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  if (vasprintf (&text, format, arguments) < 0)
    text = NULL;
  va_end (arguments);
  return text;
}

json_t *
words_json (const char *format, ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  if (vasprintf (&text, format, arguments) < 0)
    text = NULL;
  va_end (arguments);
  json_t *string = text != NULL ? analyze_text (text) : NULL;
  free (text);
  return string;
}

json_t *
words_address (uint64_t address)
{
  return json_sprintf ("0x%" PRIx64, address);
}

json_t *
words_number (uint64_t value)
{
  return json_integer (value < INT64_MAX ? (int64_t) value : INT64_MAX);
}

const char *
words_task (const struct source_task *task, char text[static WORDS_BYTES])
{
  if (task == NULL || (task->name[0] == '\0' && !task->has_address))
    return "unknown";
  if (task->name[0] != '\0')
    return task->name;
  snprintf (text, WORDS_BYTES, "0x%" PRIx64, task->address);
  return text;
}

char *
words_thread (const struct source_thread *thread)
{
  char task[WORDS_BYTES];

  if (thread == NULL)
    return words_format ("unknown");
  if (thread->has_address)
    return words_format ("0x%" PRIx64 " of %s", thread->address,
			 words_task (thread->task, task));
  return words_format ("of %s", words_task (thread->task, task));
}

const char *
words_duration (double ns, char text[static WORDS_BYTES])
{
  static const struct
  {
    double ns;
    const char *unit;
  } units[] = { { 3600e9, "h" }, { 60e9, "min" }, { 1e9, "s" },
		{ 1e6, "ms" },	 { 1e3, "us" },	  { 1, "ns" } };
  size_t i = 0;

  /* Hours and minutes where there are two of them, so that no digit is lost;
     and none of what would be rounded to a thousand.  */
  while (i < 5 && fabs (ns) < units[i].ns * (i < 2 ? 2 : 0.9995))
    i++;
  snprintf (text, WORDS_BYTES, i == 5 ? "%.0f %s" : "%.3g %s",
	    ns / units[i].ns, units[i].unit);
  if (i < 5 && fabs (ns) / units[i].ns >= 1000)
    snprintf (text, WORDS_BYTES, "%.0f %s", ns / units[i].ns, units[i].unit);
  return text;
}

const char *
words_time (int64_t ns, char text[static WORDS_BYTES])
{
  int64_t rest_ns = ns % 1000000000;
  time_t seconds = ns / 1000000000;
  struct tm parts;
  size_t used;

  if (rest_ns < 0)
    {
      rest_ns += 1000000000;
      seconds--;
    }
  if (gmtime_r (&seconds, &parts) == NULL)
    return "?";
  used = strftime (text, WORDS_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf (text + used, WORDS_BYTES - used, ".%06dZ", (int) (rest_ns / 1000));
  return text;
}

char *
analyze_probe_name (const struct source_probe *probe)
{
  bool is_static = strcmp (probe->provider, "fbt") != 0;

  return words_format ("%s:%s:%s:%s", probe->provider,
		       is_static ? "" : probe->module, probe->function,
		       probe->name);
}

static bool
is_alike (const struct source_probe *a, const struct source_probe *b)
{
  return strcmp (a->provider, b->provider) == 0
	 && strcmp (a->module, b->module) == 0
	 && strcmp (a->function, b->function) == 0
	 && strcmp (a->name, b->name) == 0;
}

char *
analyze_probe_title (const struct source *source,
		     const struct source_probe *probe, bool says_boot)
{
  unsigned count;
  const struct source_probe *probes = source_probes (source, &count);
  bool has_twin = false, has_label = probe->label[0] != '\0';
  char number[32], boot[48] = "";

  for (unsigned i = 0; i < count; i++)
    {
      const struct source_probe *other = &probes[i];
      if (other == probe || !is_alike (other, probe))
	continue;
      if (other->boot_id != probe->boot_id)
	snprintf (boot, sizeof boot, " (boot %" PRId64 ")", probe->boot_id);
      else
	{
	  has_twin = true;
	  has_label = has_label && strcmp (other->label, probe->label) != 0;
	}
    }
  snprintf (number, sizeof number, "probe %" PRIu32, probe->id);
  char *name = analyze_probe_name (probe);
  char *title
      = name == NULL
	    ? NULL
	    : words_format ("%s%s%s%s%s", name, has_twin ? " (" : "",
			    !has_twin	? ""
			    : has_label ? probe->label
					: number,
			    has_twin ? ")" : "", says_boot ? boot : "");
  free (name);
  return title;
}
