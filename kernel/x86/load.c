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
  CR4_PSE = 1 << 4,
  CR4_PAE = 1 << 5,
  PAGE_SHIFT = 12
};

#ifndef MDTRACE_STANDIN

/* The form of the tables.  */
struct paging
{
  unsigned levels;
  unsigned index_bits;
  unsigned entry_bytes;
  bool large_pages;
};

static struct paging
current_paging (void)
{
#ifdef __x86_64__
  return (struct paging){ 4, 9, 8, true };
#else
  word_t cr4;

  __asm__ volatile ("mov %%cr4, %0" : "=r" (cr4));
  if (cr4 & CR4_PAE)
    return (struct paging){ 3, 9, 8, true };
  return (struct paging){ 2, 10, 4, (cr4 & CR4_PSE) != 0 };
#endif
}

/* Where the virtual ADDRESS is in memory.  */
static bool
translate (word_t address, uint64_t *physical)
{
  struct paging paging = current_paging ();
  uint64_t table;
  word_t cr3;

#ifdef __x86_64__
  /* The highest bits must all be the same.  */
  if ((word_t) ((int64_t) (address << 16) >> 16) != address)
    return false;
#endif
  __asm__ volatile ("mov %%cr3, %0" : "=r" (cr3));
  /* With three levels the first table is smaller than a page.  */
  table = cr3 & (paging.levels == 3 ? ~(word_t) 31 : ~(word_t) 0xfff);
  for (unsigned level = paging.levels; level > 0; level--)
    {
      unsigned shift = PAGE_SHIFT + (level - 1) * paging.index_bits;
      word_t index = address >> shift & ((1 << paging.index_bits) - 1);
      uint64_t place = table + index * paging.entry_bytes;
      if (place + paging.entry_bytes > pages_mapped_end ())
	return false;
      const void *pointer = (const void *) ((word_t) place + DIRECT_MAP);
      uint64_t entry = paging.entry_bytes == 8 ? *(const uint64_t *) pointer
					       : *(const uint32_t *) pointer;
      if (!(entry & ENTRY_PRESENT))
	return false;
      /* The bits above belong to no address.  */
      table = entry & UINT64_C (0x000ffffffffff000);
      if (level > 1 && entry & ENTRY_LARGE && paging.large_pages)
	{
	  word_t mask = ((word_t) 1 << shift) - 1;
	  *physical = (table & ~(uint64_t) mask) | (address & mask);
	  return true;
	}
    }
  *physical = table | (address & (PAGE_BYTES - 1));
  return true;
}
#endif /* MDTRACE_STANDIN */

bool
load_memory (word_t address, unsigned bytes, uint64_t *value)
{
  uint64_t physical;

  *value = 0;
  for (unsigned done = 0; done < bytes;)
    {
      word_t at = address + done;
      unsigned here = PAGE_BYTES - (at & (PAGE_BYTES - 1));
      if (here > bytes - done)
	here = bytes - done;
      if (!translate (at, &physical)
	  || physical + here > pages_mapped_end ())
	return false;
      copy_memory ((char *) value + done,
		   (const void *) ((word_t) physical + DIRECT_MAP), here);
      done += here;
    }
  return true;
}

#endif /* MACH_DYNAMIC_PROBES */
