/* Loads that never fault.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The page tables are walked by hand, and the memory is read where the kernel
   maps all of it for good: nothing that another CPU does to the tables
   meanwhile can make the load fault.  Formats of the tables: Intel 64 and
   IA-32 Architectures Software Developer's Manual, volume 3, "Paging".  */

#include <config.h>

#include "pages.h"
#include "x86/cpu.h"
#include "x86/load.h"

#if MACH_DYNAMIC_PROBES

enum
{
  ENTRY_PRESENT = 1 << 0,
  ENTRY_LARGE = 1 << 7,
  CR4_PAE = 1 << 5,
  PAGE_SHIFT = 12
};

#define NOWHERE UINT64_MAX

#ifndef MDTRACE_STANDIN

/* The entry with number INDEX of the page table at the physical address TABLE,
   of entries of BYTES bytes; 0, which is not present, if it cannot be
   read.  */
static inline uint64_t
read_entry (uint64_t table, word_t index, unsigned bytes)
{
  uint64_t place = table + index * bytes;

  if (place + bytes > pages_mapped_end ())
    return 0;
  const void *pointer = (const void *) ((word_t) place + DIRECT_MAP);
  return bytes == 8 ? *(const uint64_t *) pointer
		    : *(const uint32_t *) pointer;
}

/* Where the virtual ADDRESS is in memory, or NOWHERE.  */
static inline uint64_t
translate (word_t address)
{
  unsigned index_bits = 9, entry_bytes = 8, levels = 4;
  word_t cr3;

  __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
#ifdef __x86_64__
  /* The highest bits must all be the same.  */
  if ((word_t) ((int64_t) (address << 16) >> 16) != address)
    return NOWHERE;
  uint64_t table = cr3 & ~(word_t) 0xfff;
#else
  word_t cr4;
  __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
  levels = 3;
  if (!(cr4 & CR4_PAE))
    {
      levels = 2;
      index_bits = 10;
      entry_bytes = 4;
    }
  /* With three levels the first table is smaller than a page.  */
  uint64_t table = cr3 & (levels == 3 ? ~(word_t) 31 : ~(word_t) 0xfff);
#endif
  for (unsigned shift = PAGE_SHIFT + (levels - 1) * index_bits;;
       shift -= index_bits)
    {
      word_t index = address >> shift & ((1 << index_bits) - 1);
      uint64_t entry = read_entry (table, index, entry_bytes);
      word_t below = ((word_t) 1 << shift) - 1;
      if (!(entry & ENTRY_PRESENT))
	return NOWHERE;
      /* The bits above belong to no address.  */
      table = entry & UINT64_C (0x000ffffffffff000);
      if (shift == PAGE_SHIFT || entry & ENTRY_LARGE)
	return (table & ~(uint64_t) below) | (address & below);
    }
}
#endif /* MDTRACE_STANDIN */

bool
load_memory (word_t address, unsigned bytes, uint64_t *value)
{
  char *to = (char *) value;

  *value = 0;
  while (bytes > 0)
    {
      uint64_t physical = translate (address);
      unsigned here = PAGE_BYTES - (address & (PAGE_BYTES - 1));
      if (here > bytes)
	here = bytes;
      if (physical > pages_mapped_end () - here)
	return false;
      copy_memory (to, (const void *) ((word_t) physical + DIRECT_MAP), here);
      to += here;
      address += here;
      bytes -= here;
    }
  return true;
}

#endif /* MACH_DYNAMIC_PROBES */
