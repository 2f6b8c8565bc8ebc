/* Formatting text in a bare Mach task.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdio.h>

#include "bare.h"

/* Text that is being made.  */
struct output
{
  char *text;
  size_t bytes, used;
};

static void
put (struct output *output, char character)
{
  if (output->used + 1 < output->bytes)
    output->text[output->used] = character;
  output->used++;
}

static void
put_number (struct output *output, unsigned long long number, unsigned base)
{
  char digits[24];
  size_t count = 0;

  do
    digits[count++] = "0123456789abcdef"[number % base];
  while ((number /= base) != 0);
  while (count > 0)
    put (output, digits[--count]);
}

int
vsnprintf (char *text, size_t bytes, const char *format, va_list arguments)
{
  struct output output = { .text = text, .bytes = bytes };

  for (; *format != '\0'; format++)
    {
      unsigned longs = 0;
      if (*format != '%')
	{
	  put (&output, *format);
	  continue;
	}
      while (*++format == 'l')
	longs++;
      if (*format == 's')
	for (const char *string = va_arg (arguments, const char *);
	     *string != '\0'; string++)
	  put (&output, *string);
      else if (*format == 'c')
	put (&output, va_arg (arguments, int));
      else if (*format == 'd')
	{
	  long long number = longs == 2	  ? va_arg (arguments, long long)
			     : longs == 1 ? va_arg (arguments, long)
					  : va_arg (arguments, int);
	  if (number < 0)
	    put (&output, '-');
	  put_number (&output,
		      number < 0 ? -(unsigned long long) number
				 : (unsigned long long) number,
		      10);
	}
      else if (*format == 'u' || *format == 'x')
	put_number (&output,
		    longs == 2	 ? va_arg (arguments, unsigned long long)
		    : longs == 1 ? va_arg (arguments, unsigned long)
				 : va_arg (arguments, unsigned),
		    *format == 'x' ? 16 : 10);
      else
	put (&output, *format);
    }
  if (bytes > 0)
    text[output.used < bytes ? output.used : bytes - 1] = '\0';
  return output.used;
}

int
snprintf (char *text, size_t bytes, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  int length = vsnprintf (text, bytes, format, arguments);
  va_end (arguments);
  return length;
}

void
bare_print (const char *format, ...)
{
  char line[512];
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (line, sizeof line, format, arguments);
  va_end (arguments);
  mach_print (line);
}
