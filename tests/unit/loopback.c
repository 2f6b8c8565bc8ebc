/* A target whose kernel is the stand-in in the same process.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loopback.h"
#include "shadow.h"

/* In standin.c and kernel/hooks.c, whose headers are the kernel's.  */
size_t standin_rpc (const void *request, size_t bytes, void *reply,
		    size_t room);
extern struct mdtrace_shared mdtrace_shared;

enum
{
  DIRECT_MAP = 0x10000 /* as in standin.h */
};

struct ring_memory loopback_ring;
unsigned loopback_mapped, loopback_rpcs;
void (*loopback_on_request) (void *message, size_t *bytes);
void (*loopback_on_reply) (void *message, size_t *bytes);

static int
rpc (struct mdtrace_target *target, mach_msg_header_t *message,
     mach_msg_size_t receive_bytes)
{
  uint64_t request[MDTRACE_MESSAGE_BYTES_MAX / 8];
  uint64_t reply[MDTRACE_MESSAGE_BYTES_MAX / 8];
  size_t bytes = message->msgh_size;

  (void) target;
  loopback_rpcs++;
  memcpy (request, message, bytes);
  if (loopback_on_request != NULL)
    loopback_on_request (request, &bytes);
  bytes = standin_rpc (request, bytes, reply, sizeof reply);
  if (loopback_on_reply != NULL)
    loopback_on_reply (reply, &bytes);
  if (bytes > receive_bytes)
    return MACH_RCV_TOO_LARGE;
  memcpy (message, reply, bytes);
  message->msgh_size = bytes;
  return MDTRACE_OK;
}

static void *
at (uint64_t physical_address)
{
  return (void *) (uintptr_t) (physical_address + DIRECT_MAP);
}

static int
map_ring (struct mdtrace_target *target, unsigned cpu,
	  struct ring_memory *memory)
{
  const struct mdtrace_shared_ring *ring = &mdtrace_shared.rings[cpu];

  (void) target;
  loopback_mapped++;
  if (loopback_ring.data != NULL)
    *memory = loopback_ring;
  else
    *memory = (struct ring_memory){
      .control = at (ring->control_address),
      .tail = at (ring->tail_address),
      .data = at (ring->data_address),
      .data_bytes = ring->data_bytes,
      .word_bytes = 8,
    };
  return MDTRACE_OK;
}

static void
unmap_ring (struct mdtrace_target *target, const struct ring_memory *memory)
{
  (void) target;
  (void) memory;
  loopback_mapped--;
}

static const struct transport transport
    = { .rpc = rpc, .map_ring = map_ring, .unmap_ring = unmap_ring };

static struct mdtrace_target target
    = { .transport = &transport, .token = 1, .timeout_ms = 1000 };

struct mdtrace_target *const loopback = &target;

static const struct transport copies = {
  .rpc = rpc,
  .map_ring = shadow_map_ring,
  .unmap_ring = shadow_unmap_ring,
  .update_ring = shadow_update_ring,
  .release_ring = shadow_release_ring,
  .get_watermarks = shadow_get_watermarks,
};

void
loopback_set_copies (bool wanted)
{
  target.transport = wanted ? &copies : &transport;
}

/* What target.c has for the targets that are opened by a URL.  */

struct mdtrace_target *
target_of_token (uint32_t token)
{
  return token == target.token ? &target : NULL;
}

int
target_fail (struct mdtrace_target *failed, int error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (failed->detail, sizeof failed->detail, format, arguments);
  va_end (arguments);
  return error;
}
