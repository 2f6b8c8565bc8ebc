/* Export: text that is written fast.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A buffer before a file.  What is put is never refused: that writing has
   failed is known at the end, or by output_is_good, so that whoever puts need
   not look each time.  Numbers and strings are put without printf, which would
   take longer than reading the event.  */

#ifndef EXPORT_OUTPUT_H
#define EXPORT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum
{
  OUTPUT_BYTES = 1 << 17,
  /* Room that output_room makes without being asked for more.  */
  OUTPUT_NUMBER_BYTES = 24
};

struct output
{
  int file;
  int error;	  /* errno of the first failure; 0: none */
  uint64_t bytes; /* written */
  uint64_t flushes;
  size_t used;
  char buffer[OUTPUT_BYTES];
};

void output_open (struct output *output, int file);

/* Write what the buffer holds.  Returns whether all has been written.  */
bool output_flush (struct output *output);

/* Put what does not fit into the buffer.  */
void output_put_long (struct output *output, const char *bytes, size_t count);

static inline bool
output_is_good (const struct output *output)
{
  return output->error == 0;
}

/* Make room for COUNT bytes, at most OUTPUT_BYTES, and return where.  */
static inline char *
output_room (struct output *output, size_t count)
{
  if (OUTPUT_BYTES - output->used < count)
    output_flush (output);
  return output->buffer + output->used;
}

static inline void
output_bytes (struct output *output, const char *bytes, size_t count)
{
  if (OUTPUT_BYTES - output->used < count)
    {
      output_put_long (output, bytes, count);
      return;
    }
  memcpy (output->buffer + output->used, bytes, count);
  output->used += count;
}

static inline void
output_text (struct output *output, const char *text)
{
  output_bytes (output, text, strlen (text));
}

static inline void
output_char (struct output *output, char c)
{
  *output_room (output, 1) = c;
  output->used++;
}

/* Write NUMBER to TEXT, which has OUTPUT_NUMBER_BYTES bytes, without a null
   byte at the end.  Return where it ends.  */
char *format_unsigned (char *text, uint64_t number);
char *format_signed (char *text, int64_t number);
/* With the 0x before it.  */
char *format_hex (char *text, uint64_t number);
/* How long it is from FROM_NS to TO_NS, in microseconds.  */
char *format_elapsed (char *text, int64_t from_ns, int64_t to_ns);

static inline void
output_unsigned (struct output *output, uint64_t number)
{
  char *begin = output_room (output, OUTPUT_NUMBER_BYTES);

  output->used += format_unsigned (begin, number) - begin;
}

static inline void
output_signed (struct output *output, int64_t number)
{
  char *begin = output_room (output, OUTPUT_NUMBER_BYTES);

  output->used += format_signed (begin, number) - begin;
}

static inline void
output_hex (struct output *output, uint64_t number)
{
  char *begin = output_room (output, OUTPUT_NUMBER_BYTES);

  output->used += format_hex (begin, number) - begin;
}

static inline void
output_elapsed (struct output *output, int64_t from_ns, int64_t to_ns)
{
  char *begin = output_room (output, OUTPUT_NUMBER_BYTES);

  output->used += format_elapsed (begin, from_ns, to_ns) - begin;
}

/* A real number in as few digits as bring it back; NAN and infinities as
   "NaN", "+Inf" and "-Inf".  */
void output_real (struct output *output, double number);

/* TEXT as a string of JSON with its quotes.  What is not UTF-8 becomes U+FFFD,
   and what would end a script within HTML is escaped too.  */
void output_json (struct output *output, const char *text);
/* The same as a part of a string, without its quotes.  */
void output_json_part (struct output *output, const char *text);

/* TEXT as a field of CSV, RFC 4180: in quotes if it must be, or if it is
   empty, which an empty field without quotes is not: that is NULL.  */
void output_csv (struct output *output, const char *text);

/* TEXT as the value of a label of OpenMetrics with its quotes, or, if
   !IS_LABEL, as what stands behind HELP.  What is not UTF-8 becomes U+FFFD. */
void output_openmetrics (struct output *output, const char *text,
			 bool is_label);

#endif /* EXPORT_OUTPUT_H */
