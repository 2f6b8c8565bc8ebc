/* Trace rings whose memory cannot be seen from here.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A line is slow: what a ring holds is not brought here all at once, but some
   of it each time, so that the caller can store it, renew its claim and be
   stopped.  What comes in is checked as far as this side would go wrong with
   it; rings.c checks the rest.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mdtrace_user.h"
#include "shadow.h"

enum
{
  /* At least one page is brought, and no more after so long.  */
  PAGES_MAX = 4,
  PAGES_MS = 1000
};

/* What stands for the memory of the traced machine.  */
struct shadow
{
  struct mdtrace_ring_control control;
  struct mdtrace_ring_tail tail;
  uint64_t data[];
};

static uint64_t
now_ms (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (uint64_t) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static struct shadow *
shadow_of (const struct ring_memory *memory)
{
  return (struct shadow *) memory->control;
}

/* NUMBER modulo the traced machine's word.  */
static uint64_t
word (const struct ring_memory *memory, uint64_t number)
{
  return memory->word_bytes == 4 ? (uint32_t) number : number;
}

static void
take_info (struct shadow *shadow, const mdtrace_ring_info_t *info)
{
  shadow->control.head = info->head;
  shadow->control.oldest = info->oldest;
  shadow->control.mode = info->mode;
  shadow->control.frozen = info->frozen;
}

int
shadow_map_ring (struct mdtrace_target *target, unsigned cpu,
		 struct ring_memory *memory)
{
  mdtrace_ring_info_t info;
  mdtrace_status_t status;
  int error = mdtrace_get_status (target, &status);

  if (error == MDTRACE_OK)
    error = rpc_mdtrace_ring_status (target->token, cpu, &info);
  if (error != MDTRACE_OK)
    return error;
  if (info.data_bytes > MDTRACE_RING_BYTES_MAX)
    return MDTRACE_ERR_PROTOCOL;
  struct shadow *shadow = calloc (1, sizeof *shadow + info.data_bytes);
  if (shadow == NULL)
    return MDTRACE_ERR_SYSTEM;
  take_info (shadow, &info);
  shadow->control.generation = info.generation;
  shadow->tail.tail = info.tail;
  *memory = (struct ring_memory){
    .control = &shadow->control,
    .tail = &shadow->tail,
    .data = (uint8_t *) shadow->data,
    .data_bytes = info.data_bytes,
    .word_bytes = status.word_bytes,
    .from = info.tail,
    .there = info.tail,
  };
  return MDTRACE_OK;
}

void
shadow_unmap_ring (struct mdtrace_target *target,
		   const struct ring_memory *memory)
{
  (void) target;
  free (shadow_of (memory));
}

/* Put COUNT bytes at BYTES where they belong, and go on behind them.  */
static void
append (struct ring_memory *memory, const uint8_t *bytes, uint64_t count)
{
  uint8_t *data = (uint8_t *) shadow_of (memory)->data;
  uint64_t offset = memory->there & (memory->data_bytes - 1);
  uint64_t first = memory->data_bytes - offset;

  if (first > count)
    first = count;
  memcpy (data + offset, bytes, first);
  memcpy (data, bytes + first, count - first);
  memory->there = word (memory, memory->there + count);
}

int
shadow_update_ring (struct mdtrace_target *target, unsigned cpu,
		    struct ring_memory *memory, uint64_t position)
{
  struct shadow *shadow = shadow_of (memory);
  mdtrace_ring_info_t info;
  uint64_t start_ms = now_ms ();
  int error = rpc_mdtrace_ring_status (target->token, cpu, &info);

  if (error != MDTRACE_OK)
    return error;
  /* Made anew, which it is not as long as the claim lasts.  */
  if (info.generation != shadow->control.generation
      || info.data_bytes != memory->data_bytes)
    return MDTRACE_ERR_NOT_CLAIMED;
  if (word (memory, info.head - position) > memory->data_bytes)
    return MDTRACE_ERR_CORRUPT_RING;
  take_info (shadow, &info);
  if (word (memory, info.head - memory->there)
      > word (memory, info.head - position))
    memory->from = memory->there = position;
  /* Nobody goes back farther.  */
  if (word (memory, info.head - memory->from)
      > word (memory, info.head - info.oldest))
    memory->from = info.oldest;
  for (int pages = 0; pages < PAGES_MAX && memory->there != info.head
		      && (pages == 0 || now_ms () - start_ms < PAGES_MS);
       pages++)
    {
      mdtrace_bytes_page_t page;
      mach_msg_type_number_t count = sizeof page;
      error = rpc_mdtrace_ring_read (target->token, cpu, memory->there, page,
				     &count);
      if (error != MDTRACE_OK)
	return error;
      if (count == 0 || count % 8 != 0 || count > sizeof page)
	return MDTRACE_ERR_PROTOCOL;
      /* More may have been written since.  */
      uint64_t left = word (memory, info.head - memory->there);
      append (memory, page, count < left ? count : left);
    }
  return MDTRACE_OK;
}

int
shadow_release_ring (struct mdtrace_target *target, unsigned cpu,
		     const char *holder, uint64_t position)
{
  mdtrace_holder_t name;

  memcpy (name, holder, sizeof name);
  return rpc_mdtrace_ring_consume (target->token, name, cpu, position);
}

int
shadow_get_watermarks (struct mdtrace_target *target, unsigned cpus,
		       uint64_t *watermarks)
{
  mdtrace_watermarks_t all;
  mach_msg_type_number_t count = MDTRACE_CPUS_MAX;
  int error = rpc_mdtrace_ring_watermarks (target->token, all, &count);

  if (error != MDTRACE_OK)
    return error;
  if (count < cpus)
    return MDTRACE_ERR_PROTOCOL;
  memcpy (watermarks, all, cpus * sizeof *watermarks);
  return MDTRACE_OK;
}
