/* Breakpoints: int3 in the place of an instruction's first byte.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Where a site's byte is no breakpoint any more when its trap comes in,
   another CPU has just taken it away.  Then the kernel goes on in the slot all
   the same, only that it was no hit: to execute the text again would rely on
   this CPU having forgotten what stood there, and a virtual one may not have.
   That CPU may be about to set it anew, so both the byte and whether it is
   ours must be known for the same moment.
   Interrupt gates: Intel 64 and IA-32 Architectures Software Developer's
   Manual, volume 3, "Interrupt and Exception Handling".  */

#include <config.h>

#include "x86/breakpoint.h"
#include "x86/cpu.h"
#include "x86/patch.h"

#if MACH_DYNAMIC_PROBES

enum owner
{
  OURS,
  SOMEBODY_ELSE,
  NOBODY
};

/* Whose breakpoint is at SITE.  */
static enum owner __attribute__ ((noinline))
find_owner (const struct dtrace_site *site)
{
  const volatile uint8_t *text = (const volatile uint8_t *) site->address;

  for (;;)
    {
      unsigned sequence = patch_sequence ();
      unsigned mode = __atomic_load_n (&site->mode, __ATOMIC_ACQUIRE);
      uint8_t byte = *text;
      if (mode == MDTRACE_MODE_BREAKPOINT)
	return OURS;
      if (patch_sequence () == sequence)
	return byte == OPCODE_BREAKPOINT ? SOMEBODY_ELSE : NOBODY;
    }
}

/* In assembly: one that is no hit, and behind it a return.  */
extern const uint8_t breakpoint_to_measure[];

#ifndef MDTRACE_STANDIN
uint32_t
breakpoint_measure (void)
{
  uint64_t least = UINT32_MAX;

  for (unsigned i = 0; i < 16; i++)
    {
      word_t flags = interrupts_disable ();
      uint64_t before = time_stamp ();
      __asm__ volatile("call breakpoint_to_measure" : : : "memory", "cc");
      uint64_t taken = time_stamp () - before;
      interrupts_restore (flags);
      if (taken < least)
	least = taken;
    }
  return least;
}
#endif

DTRACE_REGISTER_CALL word_t
breakpoint_find (struct breakpoint_frame *frame)
{
  word_t address = frame->instruction_pointer - 1;
  const struct dtrace_site *site = sites_find (address);

  if (site == NULL)
    return address == (word_t) breakpoint_to_measure ? BREAKPOINT_GONE
						     : BREAKPOINT_OF_OTHERS;
  if (__builtin_expect (site->mode != MDTRACE_MODE_BREAKPOINT, 0))
    switch (find_owner (site))
      {
      case OURS:
	break;
      case SOMEBODY_ELSE:
	return BREAKPOINT_OF_OTHERS;
      case NOBODY:
	/* Behind a jump that is there by now the slot would lead into it.  */
	frame->instruction_pointer
	    = site->mode == MDTRACE_MODE_NONE && site->slot != NULL
		  ? (word_t) site->slot
		  : address;
	return BREAKPOINT_GONE;
      }
  frame->instruction_pointer = (word_t) site->slot;
  return (word_t) site;
}

#ifndef MDTRACE_STANDIN

enum
{
  VECTOR = 3,
  /* How often we look whether another CPU has had its tick: many seconds.  */
  SPINS = 1 << 30
};

/* CPUs whose vector leads to us.  [each element: its CPU]  */
static bool taken_over[MDTRACE_CPUS_MAX];

/* A descriptor in the interrupt table.  */
struct gate_descriptor
{
  uint16_t offset_low;
  uint16_t segment;
  uint16_t type;
  uint16_t offset_middle;
#ifdef __x86_64__
  uint32_t offset_high;
  uint32_t unused;
#endif
};

/* Where the vector led before [I after the start].  */
word_t breakpoint_kernel_handler;

extern const char breakpoint_entry[];

static word_t
descriptor_offset (const struct gate_descriptor *descriptor)
{
  word_t offset
      = descriptor->offset_low | (word_t) descriptor->offset_middle << 16;

#ifdef __x86_64__
  offset |= (word_t) descriptor->offset_high << 32;
#endif
  return offset;
}

void
breakpoints_start_cpu (unsigned cpu)
{
  struct
  {
    uint16_t limit;
    word_t base;
  } __attribute__ ((packed)) table;
  struct gate_descriptor descriptor;
  word_t entry = (word_t) breakpoint_entry;

  if (__atomic_load_n (&taken_over[cpu], __ATOMIC_RELAXED))
    return;
  __asm__ volatile("sidt %0" : "=m"(table));
  struct gate_descriptor *place
      = (struct gate_descriptor *) table.base + VECTOR;
  descriptor = *place;
  /* It is the same on all CPUs.  */
  breakpoint_kernel_handler = descriptor_offset (&descriptor);
  descriptor.offset_low = entry;
  descriptor.offset_middle = entry >> 16;
#ifdef __x86_64__
  descriptor.offset_high = entry >> 32;
#endif
  *place = descriptor;
  __atomic_store_n (&taken_over[cpu], true, __ATOMIC_RELEASE);
}

bool
breakpoints_start (void)
{
  word_t flags = interrupts_disable ();

  breakpoints_start_cpu (cpu_number ());
  interrupts_restore (flags);
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    for (unsigned i = 0; !__atomic_load_n (&taken_over[cpu], __ATOMIC_ACQUIRE);
	 i++)
      {
	if (i == SPINS)
	  return false;
	cpu_relax ();
      }
  return true;
}

#endif /* MDTRACE_STANDIN */
#endif /* MACH_DYNAMIC_PROBES */
