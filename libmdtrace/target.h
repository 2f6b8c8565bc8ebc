/* Targets from the inside: what a transport is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Of all the userland only the transports know where the kernel is.  Each
   performs Mach RPCs, and some can reach the memory of the trace rings.  */

#ifndef LIBMDTRACE_TARGET_H
#define LIBMDTRACE_TARGET_H

#include <mach/message.h>

#include "mdtrace.h"

enum
{
  TARGET_DETAIL_BYTES = 1024,
  TARGET_TIMEOUT_MS = 10000
};

/* Memory of the traced machine, as seen from here.  */
struct ring_memory
{
  const struct mdtrace_ring_control *control;
  struct mdtrace_ring_tail *tail;
  const uint8_t *data;
  uint64_t data_bytes;
  unsigned word_bytes;
  /* If it is a copy: the positions between which data is here.  */
  uint64_t from, there;
};

struct transport
{
  /* What a URL of this kind begins with.  */
  const char *prefix;

  /* Connect TARGET to ADDRESS, the rest of its URL.  */
  int (*open) (struct mdtrace_target *target, const char *address);
  void (*close) (struct mdtrace_target *target);

  /* Send MESSAGE, of msgh_size bytes, to the host privileged port and put
     the reply, of at most RECEIVE_BYTES bytes, in its place.  */
  int (*rpc) (struct mdtrace_target *target, mach_msg_header_t *message,
	      mach_msg_size_t receive_bytes);

  /* Make the ring of CPU visible; null if this kind cannot.  It stays so
     until unmap_ring or close.  */
  int (*map_ring) (struct mdtrace_target *target, unsigned cpu,
		   struct ring_memory *memory);
  void (*unmap_ring) (struct mdtrace_target *target,
		      const struct ring_memory *memory);

  /* Where map_ring gives a copy of the memory; null where it is the memory
     itself.  Bring the copy up to date, from POSITION on, or some of it at
     least: MEMORY->there tells.  */
  int (*update_ring) (struct mdtrace_target *target, unsigned cpu,
		      struct ring_memory *memory, uint64_t position);
  /* Release what is before POSITION, as HOLDER, of MDTRACE_HOLDER_BYTES.  */
  int (*release_ring) (struct mdtrace_target *target, unsigned cpu,
		       const char *holder, uint64_t position);
  /* The watermark of each of CPUS.  */
  int (*get_watermarks) (struct mdtrace_target *target, unsigned cpus,
			 uint64_t *watermarks);

  /* What a machine that has ended is known by: all of these, or none where
     it is asked by RPC.  */
  int (*get_status) (struct mdtrace_target *target, mdtrace_status_t *status);
  int (*get_clock) (struct mdtrace_target *target, mdtrace_clock_t *clock);
  int (*list_probes) (struct mdtrace_target *target, uint32_t first,
		      mdtrace_probe_info_t **probes, size_t *count);
  int (*list_sites) (struct mdtrace_target *target, uint32_t probe_id,
		     uint32_t cpu, struct mdtrace_site **sites, size_t *count);
  int (*get_options) (struct mdtrace_target *target, uint32_t probe_id,
		      mdtrace_probe_options_t *options);
  int (*list_functions) (struct mdtrace_target *target,
			 struct mdtrace_function **functions, size_t *count);
  int (*get_ring) (struct mdtrace_target *target, unsigned cpu,
		   mdtrace_ring_info_t *ring);
};

struct mdtrace_target
{
  const struct transport *transport;
  void *state;	  /* the transport's */
  uint32_t token; /* that stands for this target in a message */
  unsigned timeout_ms;
  uint32_t interface_version; /* of the kernel */
  char detail[TARGET_DETAIL_BYTES];
  char url[];
};

extern const struct transport transport_mach;
extern const struct transport transport_ram;
extern const struct transport transport_serial;
extern const struct transport transport_unix;
extern const struct transport transport_vm;

/* Set what mdtrace_detail returns, by printf's rules, and return ERROR.  */
int target_fail (struct mdtrace_target *target, int error, const char *format,
		 ...) __attribute__ ((format (printf, 3, 4)));

/* Whether TARGET has ended: it does nothing any more, and only what it has
   left behind can be looked at.  */
static inline bool
target_has_ended (const struct mdtrace_target *target)
{
  return target->transport != NULL && target->transport->get_status != NULL;
}

/* The target that TOKEN stands for, or null.  */
struct mdtrace_target *target_of_token (uint32_t token);

#endif /* LIBMDTRACE_TARGET_H */
