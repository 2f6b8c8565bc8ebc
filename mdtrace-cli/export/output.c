/* Export: text that is written fast: the buffer, and numbers.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "output.h"

void
output_open (struct output *output, int file)
{
  output->file = file;
  output->error = 0;
  output->bytes = 0;
  output->flushes = 0;
  output->used = 0;
}

/* Write COUNT BYTES, unless that has failed before.  */
static void
write_all (struct output *output, const char *bytes, size_t count)
{
  while (count > 0 && output->error == 0)
    {
      ssize_t done = write (output->file, bytes, count);
      if (done < 0 && errno != EINTR)
	output->error = errno;
      if (done <= 0)
	continue;
      output->bytes += done;
      bytes += done;
      count -= done;
    }
}

bool
output_flush (struct output *output)
{
  write_all (output, output->buffer, output->used);
  output->used = 0;
  output->flushes++;
  return output_is_good (output);
}

void
output_put_long (struct output *output, const char *bytes, size_t count)
{
  output_flush (output);
  if (count >= OUTPUT_BYTES)
    {
      write_all (output, bytes, count);
      return;
    }
  memcpy (output->buffer, bytes, count);
  output->used = count;
}

char *
format_unsigned (char *text, uint64_t number)
{
  static const char pairs[] = "0001020304050607080910111213141516171819"
			      "2021222324252627282930313233343536373839"
			      "4041424344454647484950515253545556575859"
			      "6061626364656667686970717273747576777879"
			      "8081828384858687888990919293949596979899";
  char digits[20];
  char *first = digits + sizeof digits;

  while (number >= 100)
    {
      first -= 2;
      memcpy (first, pairs + 2 * (number % 100), 2);
      number /= 100;
    }
  if (number >= 10)
    {
      first -= 2;
      memcpy (first, pairs + 2 * number, 2);
    }
  else
    *--first = (char) ('0' + number);
  size_t count = digits + sizeof digits - first;
  memcpy (text, first, count);
  return text + count;
}

char *
format_signed (char *text, int64_t number)
{
  uint64_t size = number;

  if (number < 0)
    {
      *text++ = '-';
      size = -size;
    }
  return format_unsigned (text, size);
}

char *
format_hex (char *text, uint64_t number)
{
  unsigned digits = number != 0 ? (67 - __builtin_clzll (number)) / 4 : 1;

  *text++ = '0';
  *text++ = 'x';
  for (unsigned i = digits; i-- > 0;)
    {
      text[i] = "0123456789abcdef"[number & 15];
      number >>= 4;
    }
  return text + digits;
}

char *
format_elapsed (char *text, int64_t from_ns, int64_t to_ns)
{
  /* Between the ends of 64 bits with a sign it is one of 64 without.  */
  uint64_t size = (uint64_t) to_ns - (uint64_t) from_ns;

  if (to_ns < from_ns)
    {
      *text++ = '-';
      size = -size;
    }
  text = format_unsigned (text, size / 1000);
  unsigned rest = size % 1000;
  *text++ = '.';
  *text++ = (char) ('0' + rest / 100);
  *text++ = (char) ('0' + rest / 10 % 10);
  *text++ = (char) ('0' + rest % 10);
  return text;
}

void
output_real (struct output *output, double number)
{
  char text[40];

  if (isnan (number))
    {
      output_text (output, "NaN");
      return;
    }
  if (isinf (number))
    {
      output_text (output, number < 0 ? "-Inf" : "+Inf");
      return;
    }
  for (int digits = 15; digits <= 17; digits++)
    {
      snprintf (text, sizeof text, "%.*g", digits, number);
      if (strtod (text, NULL) == number)
	break;
    }
  output_text (output, text);
}
