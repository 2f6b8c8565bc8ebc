/* Export: text that many events repeat.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Made when it is put for the first time, and copied from then on: names have
   to be escaped once only.  */

#ifndef EXPORT_FRAGMENT_H
#define EXPORT_FRAGMENT_H

#include "output.h"

struct fragment
{
  char *text; /* null: not made yet */
  size_t bytes;
};

/* What puts the text that belongs to WHAT.  */
typedef void fragment_maker (struct output *output, const void *what);

/* Put what MAKE makes of WHAT, and keep it in FRAGMENT if there is memory.  */
void fragment_make (struct fragment *fragment, struct output *output,
		    fragment_maker *make, const void *what);

static inline void
fragment_put (struct fragment *fragment, struct output *output,
	      fragment_maker *make, const void *what)
{
  if (fragment->text != NULL)
    output_bytes (output, fragment->text, fragment->bytes);
  else
    fragment_make (fragment, output, make, what);
}

void fragment_free (struct fragment *fragment);

/* COUNT fragments, to be freed by the next function; null: no memory.  */
struct fragment *fragments_new (size_t count);
void fragments_free (struct fragment *fragments, size_t count);

#endif /* EXPORT_FRAGMENT_H */
