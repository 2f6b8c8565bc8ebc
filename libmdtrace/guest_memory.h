/* The memory of a guest, as a file of its host.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Nothing in it is trusted: an address must lie inside of it, a size must
   fit.  */

#ifndef LIBMDTRACE_GUEST_MEMORY_H
#define LIBMDTRACE_GUEST_MEMORY_H

#include <sys/types.h>

#include "guest.h"
#include "target.h"

struct guest_memory
{
  char directory[GUEST_PATH_BYTES];
  struct guest guest;
  uint8_t *bytes;
  /* Of the file.  */
  dev_t device;
  ino_t inode;
};

/* Map the memory of the guest in DIRECTORY: to be shared with the guest, or
   a copy of which nothing that is written gets back to it.  What fails is
   said in TARGET.  Errors: BAD_TARGET, CANNOT_CONNECT.  */
int guest_memory_open (struct guest_memory *memory,
		       struct mdtrace_target *target, const char *directory,
		       bool shared);
void guest_memory_close (struct guest_memory *memory);

/* Whether the guest in the directory is still the one whose memory it is:
   another one brings a file of its own.  */
bool guest_memory_is_current (const struct guest_memory *memory);

/* The BYTES bytes at the physical ADDRESS, or null if they are not there.  */
void *guest_memory_at (const struct guest_memory *memory, uint64_t address,
		       uint64_t bytes);

/* What the kernel part shares; null if it is not there.  */
const struct mdtrace_shared *
guest_memory_shared (const struct guest_memory *memory);

/* Where the ring of CPU is.  Errors: NO_SUCH_CPU, PROTOCOL.  */
int guest_memory_ring (const struct guest_memory *memory,
		       const struct mdtrace_shared *shared, unsigned cpu,
		       struct ring_memory *ring);

#endif /* LIBMDTRACE_GUEST_MEMORY_H */
