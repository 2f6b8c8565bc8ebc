/* Trace rings: their memory, sizes and modes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Whoever was handed a mapping of a ring may look at it for as long as it
   likes, and write to the page of the tail, claim or no claim.  So nothing
   that once was part of a ring ever becomes anything else: the two pages stay
   the ring's, and a block of data that is no longer used is kept until a ring
   of that CPU has that size again.  Per CPU that is at most one block of each
   size.  */

#include <config.h>

#include "command_line.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "ring.h"
#include "text.h"
#include "x86/cpu.h"

#if MACH_DTRACE

enum
{
  /* Powers of two from the smallest ring to the largest.  */
  SIZES = __builtin_ctz (PAGES_BYTES_MAX / RING_BYTES_MIN) + 1
};

/* Blocks of data by size, the smallest first; null: none was needed yet.
   [server lock]  */
static uint8_t *blocks[MDTRACE_CPUS_MAX][SIZES];

/* Where the rings are described.  [I]  */
static struct mdtrace_shared *described;

/* The block of CPU for a ring of BYTES bytes.  */
static uint8_t **
block_of (unsigned cpu, word_t bytes)
{
  return &blocks[cpu][__builtin_ctzl (bytes / RING_BYTES_MIN)];
}

/* Get what a ring of BYTES bytes needs for CPU and has not yet.  False if
   there is no memory.  */
static bool
provide (unsigned cpu, word_t bytes)
{
  struct ring *ring = &rings[cpu];
  uint8_t **block = block_of (cpu, bytes);

  /* Two pages of their own, since they are mapped with different rights.  */
  if (ring->control == NULL)
    ring->control = pages_allocate (PAGE_BYTES);
  if (ring->tail == NULL)
    ring->tail = pages_allocate (PAGE_BYTES);
  if (*block == NULL)
    *block = pages_allocate (bytes);
  return ring->control != NULL && ring->tail != NULL && *block != NULL;
}

/* Make the ring of CPU anew.  What nobody has read of the old one is given
   up.  */
static void
make (unsigned cpu, word_t bytes, enum mdtrace_ring_mode mode)
{
  struct ring *ring = &rings[cpu];
  struct mdtrace_shared_ring *shared = &described->rings[cpu];
  word_t flags = rings_stop ();

  if (ring->data != NULL)
    {
      ring_give_up (ring);
      ring->control->generation++;
    }
  /* Whoever looks after a crash in the midst of this sees no ring.  */
  shared->data_bytes = 0;
  store_barrier ();
  ring->data = *block_of (cpu, bytes);
  ring->size = bytes;
  ring->mode = mode;
  ring->frozen = false;
  ring->head = ring->oldest = 0;
  ring->limit = bytes;
  ring_forget_task_names (ring);
  ring->control->head = ring->control->oldest = ring->tail->tail = 0;
  ring->control->mode = mode;
  ring->control->frozen = false;
  shared->control_address = physical_address (ring->control);
  shared->tail_address = physical_address (ring->tail);
  shared->data_address = physical_address (ring->data);
  store_barrier ();
  shared->data_bytes = bytes;
  rings_go (flags);
}

static int
make_all (word_t bytes, enum mdtrace_ring_mode mode)
{
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    if (!provide (cpu, bytes))
      return MDTRACE_ERR_NO_MEMORY;
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    make (cpu, bytes, mode);
  return MDTRACE_OK;
}

static bool
size_is_good (uint64_t bytes)
{
  return bytes >= RING_BYTES_MIN && bytes <= PAGES_BYTES_MAX
	 && (bytes & (bytes - 1)) == 0;
}

int
rings_configure (uint64_t bytes, uint32_t mode)
{
  if (bytes == 0)
    bytes = rings[0].data != NULL ? rings[0].size : RING_BYTES_DEFAULT;
  if (mode == 0)
    mode = rings[0].data != NULL ? rings[0].mode : MDTRACE_RING_DISCARD;
  if (!size_is_good (bytes) || mode >= MDTRACE_RING_MODES)
    return MDTRACE_ERR_BAD_ARGUMENT;
  return make_all (bytes, mode);
}

/* The size that the command line asks for in mdtrace.ring=BYTES[K|M].  */
static word_t
size_asked_for (void)
{
  const char *text = command_line_value ("mdtrace.ring=");
  uint64_t bytes = 0;

  if (text == NULL)
    return RING_BYTES_DEFAULT;
  for (; *text >= '0' && *text <= '9' && bytes <= PAGES_BYTES_MAX; text++)
    bytes = 10 * bytes + (*text - '0');
  if (*text == 'K' || *text == 'M')
    bytes <<= *text++ == 'K' ? 10 : 20;
  if (command_line_is_end (text) && size_is_good (bytes))
    return bytes;
  printf ("mdtrace: mdtrace.ring: refused; it takes a power of two from %u to "
	  "%u bytes, as in 256K or 1M\n",
	  RING_BYTES_MIN, PAGES_BYTES_MAX);
  return RING_BYTES_DEFAULT;
}

/* The mode that it asks for in mdtrace.mode=WORD.  */
static enum mdtrace_ring_mode
mode_asked_for (void)
{
  static const char *const words[MDTRACE_RING_MODES] = {
#define MDTRACE_MODE(number, name, word, documentation) [number] = word,
#include "mdtrace_modes.def"
#undef MDTRACE_MODE
  };
  const char *text = command_line_value ("mdtrace.mode=");
  word_t length = 0;

  if (text == NULL)
    return MDTRACE_RING_DISCARD;
  while (!command_line_is_end (text + length))
    length++;
  for (unsigned mode = 1; mode < MDTRACE_RING_MODES; mode++)
    if (text_equal_n (text, length, words[mode]))
      return mode;
  printf ("mdtrace: mdtrace.mode: refused; there are");
  for (unsigned mode = 1; mode < MDTRACE_RING_MODES; mode++)
    printf ("%s %s", mode == 1 ? "" : ",", words[mode]);
  printf ("\n");
  return MDTRACE_RING_DISCARD;
}

int
rings_initialize (struct mdtrace_shared *shared)
{
  described = shared;
  return make_all (size_asked_for (), mode_asked_for ());
}

#endif /* MACH_DTRACE */
