/* What is under way: begun, and not ended yet.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each has a key and a mark, and those with the same key end in the order in
   which they began.  There is room for so many; when it is used up the oldest
   of all is forgotten, so that memory does not grow, and what never ends does
   no harm.
 */

#ifndef ANALYZE_PENDING_H
#define ANALYZE_PENDING_H

#include <stdbool.h>
#include <stdint.h>

struct pending_key
{
  int64_t boot_id;
  uint64_t first, second;
};

struct pending;

/* With room for COUNT, a power of two; null if there is no memory.  */
struct pending *pending_new (unsigned count);
void pending_free (struct pending *pending);

/* One with KEY and MARK has begun at TIME_NS.  */
void pending_begin (struct pending *pending, const struct pending_key *key,
		    uint64_t mark, int64_t time_ns);

/* Whether there is one with KEY.  */
bool pending_has (const struct pending *pending,
		  const struct pending_key *key);

/* The oldest with KEY and MARK has ended; *TIME_NS is when it began.  False if
   there is none.  Those with KEY that began before it are forgotten, or all if
   there is none.  */
bool pending_end (struct pending *pending, const struct pending_key *key,
		  uint64_t mark, int64_t *time_ns);

/* Forget all with KEY.  */
void pending_forget_key (struct pending *pending,
			 const struct pending_key *key);

/* Forget all of them.  */
void pending_forget (struct pending *pending);

#endif /* ANALYZE_PENDING_H */
