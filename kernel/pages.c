/* Memory of the kernel for mdtrace.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All of it comes from the kernel's allocator of contiguous pages, and from
   the part of physical memory that the kernel has mapped directly: what a
   probe's handler touches may never fault.  */

#include "pages.h"
#include "x86/cpu.h"

enum
{
  SIZES = 11 /* PAGE_BYTES << 10 is PAGES_BYTES_MAX */
};

/* The pages that are cut, and how much of them is left: for data, and for code.
   [server lock]  */
static struct pieces
{
  char *next;
  word_t left;
} small, code;

static uint64_t
page_physical_address (vm_page_t page)
{
  const void *field = FIELD_AT (page, vm_page, phys_addr);

  if (LAYOUT_BYTES (vm_page, phys_addr) == sizeof (uint32_t))
    return *(const uint32_t *) field;
  return *(const uint64_t *) field;
}

void *
pages_allocate (word_t bytes)
{
  bytes = (bytes + PAGE_BYTES - 1) & ~(word_t) (PAGE_BYTES - 1);
  if (bytes == 0 || bytes > PAGES_BYTES_MAX)
    return NULL;

  /* The selectors' order differs between kernels; 0 is always the lowest
     memory, which devices with 24-bit addresses need and which is therefore
     the last choice.  What lies beyond the direct map is given back.  */
  for (int selector = 2; selector >= 0; selector--)
    {
      vm_page_t page = vm_page_grab_contig (bytes, selector);
      if (page == NULL)
	continue;
      uint64_t address = page_physical_address (page);
      if (address + bytes <= pages_mapped_end ())
	{
	  char *memory = (char *) ((word_t) address + DIRECT_MAP);
	  clear_memory (memory, bytes);
	  return memory;
	}
      vm_page_free_contig (page, bytes);
    }
  return NULL;
}

/* Cut a piece of BYTES bytes off PIECES.  */
static void *
cut (struct pieces *pieces, word_t bytes)
{
  bytes = (bytes + 15) & ~(word_t) 15;
  /* What exists for each CPU is large where there are many.  */
  if (bytes > PAGE_BYTES)
    return pages_allocate (bytes);
  if (bytes > pieces->left)
    {
      char *page = pages_allocate (PAGE_BYTES);
      if (page == NULL)
	return NULL;
      pieces->next = page;
      pieces->left = PAGE_BYTES;
    }
  void *piece = pieces->next;
  pieces->next += bytes;
  pieces->left -= bytes;
  return piece;
}

void *
pages_allocate_small (word_t bytes)
{
  return cut (&small, bytes);
}

void *
pages_allocate_code (word_t bytes)
{
  return cut (&code, bytes);
}

/* Blocks of powers of two of pages that nobody uses; in each stands where the
   next one is.  [server lock]  */
static void *kept[SIZES];

/* The number of the least power of two of pages that BYTES bytes fit into; at
   most SIZES.  */
static unsigned
size_of (word_t bytes)
{
  unsigned size = 0;

  while (size < SIZES && (word_t) PAGE_BYTES << size < bytes)
    size++;
  return size;
}

void *
pages_take (word_t bytes)
{
  unsigned size = size_of (bytes);

  if (size == SIZES)
    return NULL;
  void **block = kept[size];
  if (block == NULL)
    return pages_allocate ((word_t) PAGE_BYTES << size);
  kept[size] = *block;
  clear_memory (block, (word_t) PAGE_BYTES << size);
  return block;
}

void
pages_keep (void *memory, word_t bytes)
{
  void **block = memory;
  unsigned size = size_of (bytes);

  *block = kept[size];
  kept[size] = block;
}
