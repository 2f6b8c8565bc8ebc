/* Export: hits that became no events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Of a whole trace they are what its probes count.  Of a part of it, what the
   table loss says of times that touch it: a row tells what has been lost since
   the row before of the same probe.  */

#ifndef EXPORT_LOSSES_H
#define EXPORT_LOSSES_H

#include "place.h"

/* What of it was found at a time; can be negative, see mdtrace-db(5).  */
struct loss
{
  int64_t time_ns;
  const struct source_probe *probe;
  int64_t dropped, throttled, missed;
};

struct losses
{
  struct loss *rows; /* by time */
  size_t count;
  /* Of each probe, by index, what it is in all; time_ns is 0.  */
  struct loss *of_probe;
  unsigned probe_count;
  struct loss sum;
};

/* The losses of probes that PLACES select, between FROM_NS and TO_NS.  On
   failure returns null and leaves a sentence in MESSAGE, of BYTES bytes.  */
struct losses *losses_new (struct source *source, const struct places *places,
			   int64_t from_ns, int64_t to_ns, char *message,
			   size_t bytes);
void losses_free (struct losses *losses);

static inline int64_t
loss_total (const struct loss *loss)
{
  return loss->dropped + loss->throttled + loss->missed;
}

#endif /* EXPORT_LOSSES_H */
