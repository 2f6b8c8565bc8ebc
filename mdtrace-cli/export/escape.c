/* Export: strings as the formats want them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Names come from the traced machine, and can be anything but null bytes.  */

#include <config.h>

#include "output.h"
#include "utf8.h"

/* Put the character of UTF-8 at *TEXT, which is beyond ASCII, or what stands
   for one that is none, and move behind it.  */
static void
put_character (struct output *output, const unsigned char **text)
{
  size_t count = utf8_bytes ((const char *) *text);

  if (count == 0)
    {
      output_text (output, UTF8_REPLACEMENT);
      ++*text;
      return;
    }
  output_bytes (output, (const char *) *text, count);
  *text += count;
}

static void
put_json_ascii (struct output *output, unsigned char c)
{
  static const char hex[] = "0123456789abcdef";
  char escape[6] = { '\\', 'u', '0', '0' };

  switch (c)
    {
    case '"':
    case '\\':
      output_char (output, '\\');
      output_char (output, (char) c);
      return;
    case '\n':
      output_bytes (output, "\\n", 2);
      return;
    case '\t':
      output_bytes (output, "\\t", 2);
      return;
    case '\r':
      output_bytes (output, "\\r", 2);
      return;
    case '<':
      break;
    default:
      if (c >= 0x20 && c != 0x7f)
	{
	  output_char (output, (char) c);
	  return;
	}
    }
  escape[4] = hex[c >> 4];
  escape[5] = hex[c & 15];
  output_bytes (output, escape, sizeof escape);
}

void
output_json_part (struct output *output, const char *text)
{
  const unsigned char *rest = (const unsigned char *) text;

  while (*rest != '\0')
    if (*rest < 0x80)
      put_json_ascii (output, *rest++);
    else
      put_character (output, &rest);
}

void
output_json (struct output *output, const char *text)
{
  output_char (output, '"');
  output_json_part (output, text);
  output_char (output, '"');
}

void
output_csv (struct output *output, const char *text)
{
  if (*text != '\0' && text[strcspn (text, "\",\r\n")] == '\0')
    {
      output_text (output, text);
      return;
    }
  output_char (output, '"');
  for (; *text != '\0'; text++)
    {
      if (*text == '"')
	output_char (output, '"');
      output_char (output, *text);
    }
  output_char (output, '"');
}

void
output_openmetrics (struct output *output, const char *text, bool is_label)
{
  const unsigned char *rest = (const unsigned char *) text;

  if (is_label)
    output_char (output, '"');
  while (*rest != '\0')
    if (*rest >= 0x80)
      put_character (output, &rest);
    else
      {
	unsigned char c = *rest++;
	if (c == '\n')
	  output_bytes (output, "\\n", 2);
	else
	  {
	    if (c == '\\' || c == '"')
	      output_char (output, '\\');
	    output_char (output, (char) c);
	  }
      }
  if (is_label)
    output_char (output, '"');
}
