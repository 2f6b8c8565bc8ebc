/* babeltrace2's source: a trace as messages in the order of time.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef BABELTRACE_MESSAGES_H
#define BABELTRACE_MESSAGES_H

#include <babeltrace2/babeltrace.h>
#include <stdbool.h>

#include "source.h"

struct messages;

/* What of a source is wanted.  */
struct messages_options
{
  int64_t from_ns, to_ns; /* inclusive */
  const char *probe;	  /* a pattern, as in place.h; null: all */
};

/* The messages of what OPTIONS say of SOURCE, which is closed at the end.  On
   failure returns null and leaves a sentence in MESSAGE, of BYTES bytes.  */
struct messages *messages_new (struct source *source,
			       const struct messages_options *options,
			       bt_self_message_iterator *self, char *message,
			       size_t bytes);
void messages_free (struct messages *messages);

/* Begin anew.  */
bool messages_rewind (struct messages *messages);

/* The next message, a new reference; null: there is none, or, if *FAILED is
   set, an error.  */
const bt_message *messages_next (struct messages *messages, bool *failed);

/* Say on standard error what of the source, whose file is at PATH, was damaged
   and could not be used.  */
void messages_tell_damage (const struct messages *messages, const char *path);

/* What has gone wrong, a sentence.  */
const char *messages_problem (const struct messages *messages);

#endif /* BABELTRACE_MESSAGES_H */
