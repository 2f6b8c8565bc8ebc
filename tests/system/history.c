/* history TARGET FIRST LAST: print what the kernel keeps of its snapshots from
   FIRST to LAST, as a database should have it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A line for each, in the order of the columns of the table snapshot, behind
   it one for each counter that was on: "counter", sequence, number, count and
   sum.  What is not known is empty.  Without FIRST and LAST: the number of the
   last one.  */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "mdtrace.h"

static void
put (uint64_t number)
{
  printf ("|%" PRIu64, number);
}

static void
put_known (bool is_known, uint64_t number)
{
  if (is_known)
    put (number);
  else
    putchar ('|');
}

static void
print (const mdtrace_snapshot_t *s)
{
  printf ("%" PRIu64, s->sequence);
  put (s->time_ns);
  put (s->uptime_ns);
  put (s->tasks);
  put (s->threads);
  put (s->cpus);
  put_known (s->utilisation != MDTRACE_UNKNOWN, s->utilisation);
  put (s->memory_bytes);
  put (s->free_bytes);
  put (s->low_bytes);
  put (s->min_bytes);
  put (s->user_ns);
  put (s->system_ns);
  put (s->idle_ns);
  put_known (s->known
		 & MDTRACE_COUNTER_BIT (MDTRACE_COUNTER_INTERRUPT_OVERHEAD),
	     s->interrupt_ns);
  put (s->faults);
  put (s->pageins);
  put (s->pageouts);
  put (s->hits);
  put (s->lost);
  put_known (s->known & MDTRACE_COUNTER_BIT (MDTRACE_COUNTER_IPC_LATENCY),
	     s->ipc_ns);
  putchar ('\n');
  for (unsigned i = 0; i < MDTRACE_COUNTER_SLOTS; i++)
    if (s->known & MDTRACE_COUNTER_BIT (i))
      printf ("counter|%" PRIu64 "|%u|%" PRIu64 "|%" PRIu64 "\n", s->sequence,
	      i, s->counters[i].count, s->counters[i].sum);
}

int
main (int argc, char **argv)
{
  struct mdtrace_target *target;
  mdtrace_snapshot_t *snapshots;
  size_t count;

  if (argc != 2 && argc != 4)
    return 2;
  int error = mdtrace_open (argv[1], &target);
  if (error == MDTRACE_OK)
    error = mdtrace_history (target, 0, &snapshots, &count);
  if (error != MDTRACE_OK)
    {
      fprintf (stderr, "history: %s: %s\n", argv[1],
	       mdtrace_error_message (error));
      return 1;
    }
  if (argc == 2)
    printf ("%" PRIu64 "\n", count > 0 ? snapshots[count - 1].sequence : 0);
  else
    for (size_t i = 0; i < count; i++)
      if (snapshots[i].sequence >= strtoull (argv[2], NULL, 10)
	  && snapshots[i].sequence <= strtoull (argv[3], NULL, 10))
	print (&snapshots[i]);
  free (snapshots);
  mdtrace_close (target);
  return 0;
}
