/* Whether the database takes what it is given.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A disk that is nearly full takes one thing and refuses the next.  That is
   one stall, said once: it is over when nothing was refused for
   STALL_QUIET_MS.  */

#ifndef MDTRACED_STALL_H
#define MDTRACED_STALL_H

#include <stdbool.h>
#include <stdint.h>

enum
{
  STALL_QUIET_MS = 3000
};

struct stall
{
  bool refuses;		   /* the last time that it was tried */
  bool lasts;		   /* and was said */
  uint64_t works_since_ms; /* if it does not refuse */
};

/* Something was refused.  Returns whether that is to be said.  */
static inline bool
stall_refuse (struct stall *stall)
{
  bool is_new = !stall->lasts;

  stall->refuses = stall->lasts = true;
  return is_new;
}

/* Something was taken at NOW_MS.  */
static inline void
stall_take (struct stall *stall, uint64_t now_ms)
{
  if (stall->refuses)
    stall->works_since_ms = now_ms;
  stall->refuses = false;
}

/* Whether it is to be said at NOW_MS that the stall is over.  */
static inline bool
stall_is_over (const struct stall *stall, uint64_t now_ms)
{
  return stall->lasts && !stall->refuses
	 && now_ms - stall->works_since_ms >= STALL_QUIET_MS;
}

#endif /* MDTRACED_STALL_H */
