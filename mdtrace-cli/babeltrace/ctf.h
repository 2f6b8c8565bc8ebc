/* babeltrace2's source: a trace as its objects.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each boot is a trace, with a clock class of its own, and each CPU of it a
   stream.  What was lost is known by probe and not by CPU, and is told by one
   more stream, which has no events.  Events of a place that have the same
   fields are a class of events: what is NULL in the database is not there.

   Functions that return bool return false if there is no memory; babeltrace2
   knows more then.  */

#ifndef BABELTRACE_CTF_H
#define BABELTRACE_CTF_H

#include <babeltrace2/babeltrace.h>

#include "losses.h"
#include "place.h"
#include "source.h"

enum
{
  /* CPUs with a stream of their own.  Those above, which no kernel has, share
     one: whoever writes CTF has a file open for each.  */
  CTF_CPUS = 256
};

/* Time and number of hits that became no events.  */
struct ctf_loss
{
  int64_t time_ns;
  uint64_t count;
};

/* A stream, and the packet that is open in it; null: none.  */
struct ctf_stream
{
  bt_stream *stream;
  bt_packet *packet;
  unsigned events; /* in the packet */
  uint32_t cpu;
  bool has_begun;
};

struct ctf_boot
{
  int64_t boot_id, time_ns;
  bt_trace_class *trace_class;
  bt_stream_class *events_class, *losses_class;
  bt_trace *trace;
  struct ctf_stream *cpus; /* by number; some may not have been seen */
  size_t cpu_count;
  struct ctf_loss *losses; /* by time */
  size_t loss_count, next_loss;
  int64_t owed; /* less than 0: so many of the next ones were found again */
  struct ctf_stream loss_stream;
  bool has_begun;
};

struct ctf_boots
{
  struct ctf_boot *boots; /* by their ids */
  size_t count;
  uint32_t *of_probe; /* boots, by the probe's index */
  /* The boots that have losses, in the order in which these come.  */
  uint32_t *losses;
  size_t loss_count, next_loss;
  /* Clocks count from here, in seconds: 0, unless the trace has times before
     the epoch.  */
  int64_t clock_offset_s;
};

/* The boots of SOURCE, and their losses within LOSSES.  Returns what has gone
   wrong, a sentence; null: nothing.  */
const char *ctf_boots_load (struct ctf_boots *boots, struct source *source,
			    const struct losses *losses,
			    bt_self_component *self);
void ctf_boots_free (struct ctf_boots *boots);

/* Let BOOTS be as if nothing had been read of them.  */
void ctf_boots_rewind (struct ctf_boots *boots);

/* The stream of CPU in BOOT, which is made if it is not there; null: no
   memory.  Good until the next one is made.  Its cpu is that of its packet, or
   of the next one if none is open.  */
struct ctf_stream *ctf_boot_cpu (struct ctf_boot *boot, uint32_t cpu);
/* That of its losses, in the same way.  */
struct ctf_stream *ctf_boot_losses (struct ctf_boot *boot);

/* Begin a packet in STREAM, which says of which CPU it is if that HAS_CPU, and
   end it.  */
bool ctf_packet_begin (struct ctf_stream *stream, bool has_cpu);
void ctf_packet_end (struct ctf_stream *stream);

/* What the clock of a boot shows at TIME_NS.  */
static inline uint64_t
ctf_clock (const struct ctf_boots *boots, int64_t time_ns)
{
  return (uint64_t) time_ns - (uint64_t) boots->clock_offset_s * 1000000000;
}

/* The class of EVENT, which is made if it is the first one; null: no
   memory.  */
bt_event_class *ctf_event_class (const struct ctf_boot *boot,
				 struct place *place,
				 const struct source_event *event);
/* Fill in TO, which is of that class.  */
bool ctf_event_fill (bt_event *to, const struct source_event *event);
/* Give back what PLACE keeps.  */
void ctf_place_free (struct place *place);

/* The class of the context that all events have.  */
bt_field_class *ctf_common_context (bt_trace_class *trace_class);

#endif /* BABELTRACE_CTF_H */
