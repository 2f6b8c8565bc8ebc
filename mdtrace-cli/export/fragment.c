/* Export: text that many events repeat.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>

#include "fragment.h"

void
fragment_make (struct fragment *fragment, struct output *output,
	       fragment_maker *make, const void *what)
{
  /* Room for what is usual, so that all of it stands in the buffer.  */
  output_room (output, OUTPUT_BYTES / 4);
  size_t begin = output->used;
  uint64_t flushes = output->flushes;

  make (output, what);
  if (output->flushes != flushes)
    return;
  size_t bytes = output->used - begin;
  fragment->text = malloc (bytes + 1);
  if (fragment->text == NULL)
    return;
  memcpy (fragment->text, output->buffer + begin, bytes);
  fragment->bytes = bytes;
}

void
fragment_free (struct fragment *fragment)
{
  free (fragment->text);
  fragment->text = NULL;
}

struct fragment *
fragments_new (size_t count)
{
  return calloc (count + 1, sizeof (struct fragment));
}

void
fragments_free (struct fragment *fragments, size_t count)
{
  for (size_t i = 0; fragments != NULL && i < count; i++)
    fragment_free (&fragments[i]);
  free (fragments);
}
