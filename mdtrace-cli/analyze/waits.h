/* Waits: for a CPU, for messages, and for replies.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All of them from static probes:

     run queue	a thread, from the first sched:::wakeup of it since it ran
		last, to the sched:::switch to it
     message	by id and receiving task, from the ipc:::send of a message to
		the ipc:::receive of it: of those that were sent to that port
		the oldest with that id
     request	by id, from the ipc:::send with a reply port to the
		ipc:::receive of a message with that id and 100 more from that
		port; another request with the same reply port and id takes the
		place of what has had no reply

   Not all that is sent is seen to be received: a probe came later, or has lost
   hits, or the receiver is the kernel itself.  So that nothing is taken for
   another message, these are forgotten: what was sent to a port before what is
   received from it, all if that was not seen to be sent; what was sent to a
   port for replies, when the next request with it is sent; what waits at the
   first ipc:::receive or sched:::switch of a boot; and all of it when such a
   probe has lost hits or was switched.  Of what is under way the latest 65,536
   are remembered.  */

#ifndef ANALYZE_WAITS_H
#define ANALYZE_WAITS_H

#include "latency.h"

enum wait_kind
{
  WAIT_RUN_QUEUE,
  WAIT_MESSAGE,
  WAIT_REQUEST
};

/* All waits of one kind for the same.  */
struct wait_group
{
  enum wait_kind kind;
  int64_t boot_id;
  /* The thread's address, or the message's id.  */
  uint64_t what;
  /* Of a message: who receives it, a task, by the first one of its name;
     UINT32_MAX: not known.  Of a thread: its task, or the same.  */
  unsigned task;
  struct latency latency; /* the detail is a port's or a thread's address */
  /* The arguments that have it, of what began the wait and of what ended
     it.  */
  uint8_t began_argument, ended_argument;
};

struct waits;

/* For the events of SOURCE.  Null if there is no memory, or what is lost
   cannot be read: then *FAILED is set, and SOURCE's connection tells.  */
struct waits *waits_new (struct source *source, bool *failed);
void waits_free (struct waits *waits);

/* Take EVENT, the next one.  False if there is no memory.  */
bool waits_take (struct waits *waits, const struct source_event *event,
		 struct latency_heat *heat);

/* The groups that there are.  */
struct wait_group *waits_groups (const struct waits *waits, unsigned *count);

#endif /* ANALYZE_WAITS_H */
