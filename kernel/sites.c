/* Sites: the places in the kernel's text that are probed.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "command_line.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "sites.h"
#include "stacks.h"
#include "symbols.h"
#include "text.h"
#include "x86/cpu.h"
#include "x86/gate.h"
#include "x86/hook_gate.h"
#include "x86/patch.h"
#include "x86/slot.h"

#if MACH_DYNAMIC_PROBES

enum
{
  BUCKETS = 4096, /* a power of two */
  /* Sites that are patched before interrupts are let in again.  */
  BATCH = 256
};

/* All sites by address; they are added at the head of a list and never taken
   out.  [s], but read at any time */
static struct dtrace_site *buckets[BUCKETS];

/* Whether sites may be patched by jumps at all.  [I after the start]  */
static bool jumps = true;

/* Places within functions that have a jump at this moment.  [s] */
static unsigned place_jumps;

static struct dtrace_site **
bucket_of (word_t address)
{
  return &buckets[(address ^ address >> 12) & (BUCKETS - 1)];
}

void
sites_initialize (void)
{
  const char *off = command_line_value ("mdtrace.jumps=");

  jumps = cpus == 1 && !(off != NULL && text_equal_n (off, 3, "off"));
  clear_memory (buckets, sizeof buckets);
  place_jumps = 0;
  stacks_initialize ();
}

struct dtrace_site *
sites_find (word_t address)
{
  struct dtrace_site *site
      = __atomic_load_n (bucket_of (address), __ATOMIC_ACQUIRE);

  while (site != NULL && site->address != address)
    site = site->hash_next;
  return site;
}

unsigned
sites_mode (word_t address)
{
  const struct dtrace_site *site = sites_find (address);

  return site == NULL ? MDTRACE_MODE_NONE : site->mode;
}

/* Where the jump of SITE, which has a plan for one, begins.  */
static word_t
jump_start (const struct table_site *table)
{
  return table->address - table->lead;
}

enum
{
  /* No jump begins, or reaches, further from the event than this.  */
  REACH = SITE_CODE_BYTES_MAX
};

/* As below, among those from TABLE on up to BEHIND, of which the first is the
   first that can be meant.  */
static inline struct dtrace_site *
find_among (const struct table_site *table, const struct table_site *behind,
	    word_t start, word_t end, const struct dtrace_site *self)
{
  for (; table < behind && table->address < end + REACH; table++)
    {
      if (table->plan != SITE_PLAN_JUMP || jump_start (table) >= end
	  || jump_start (table) + table->original_bytes <= start)
	continue;
      struct dtrace_site *site = sites_find (table->address);
      if (site != NULL && site != self && site->mode == MDTRACE_MODE_JUMP
	  && site->table == table)
	return site;
    }
  return NULL;
}

/* The same among the places within functions.  */
static struct dtrace_site *__attribute__ ((noinline))
find_place_over (word_t start, word_t end, const struct dtrace_site *self)
{
  return find_among (symbols_place (symbols_first_place (start - REACH)),
		     symbols_place (mdtrace_site_table.places), start, end,
		     self);
}

/* The site whose jump is written at this moment, and has displaced, or covers,
   a byte of [START, END), which lies around AROUND; null if there is none. Not
   SELF.  */
static struct dtrace_site *
find_jump_over (const struct dtrace_site *around, word_t start, word_t end,
		const struct dtrace_site *self)
{
  const struct table_site *first = symbols_site (0);
  const struct table_site *near = symbols_site (around->near);

  while (near > first && near[-1].address + REACH > start)
    near--;
  struct dtrace_site *site = find_among (
      near, symbols_site (mdtrace_site_table.sites), start, end, self);
  return site != NULL || place_jumps == 0 ? site
					  : find_place_over (start, end, self);
}

/* Whether a breakpoint other than SELF's is set in [START, END).  */
static bool
has_breakpoint (word_t start, word_t end, const struct dtrace_site *self)
{
  for (word_t at = start; at < end; at++)
    {
      const struct dtrace_site *site = sites_find (at);
      if (site != NULL && site != self
	  && site->mode == MDTRACE_MODE_BREAKPOINT)
	return true;
    }
  return false;
}

/* Copy BYTES bytes of the kernel's own text at SITE, as it is without our
   changes.  */
static void
copy_original (const struct dtrace_site *site, unsigned bytes, uint8_t *to)
{
  word_t address = site->address;
  word_t end = address + bytes;
  const struct dtrace_site *jump = find_jump_over (site, address, end, NULL);

  copy_memory (to, (const void *) address, bytes);
  /* Instructions overlap with at most two jumps.  */
  for (int i = 0; jump != NULL && i < 2; i++)
    {
      word_t start = jump_start (jump->table);
      const uint8_t *original = symbols_code (jump->table);
      for (unsigned at = 0; at < SITE_JUMP_BYTES; at++)
	if (start + at >= address && start + at < end)
	  to[start + at - address] = original[at];
      start += jump->table->original_bytes;
      jump = start < end ? find_jump_over (site, start, end, NULL) : NULL;
    }
  for (word_t at = address; at < end; at++)
    {
      const struct dtrace_site *there = sites_find (at);
      if (there != NULL && there->mode == MDTRACE_MODE_BREAKPOINT)
	to[at - address] = there->original;
    }
}

static int
make_slot (struct dtrace_site *site)
{
  uint8_t original[SITE_INSTRUCTION_BYTES_MAX];

  copy_original (site, SITE_CLASS_LENGTH (site->class), original);
  /* No instruction that we displace is a breakpoint: this one is somebody
     else's.  */
  if (original[0] == OPCODE_BREAKPOINT)
    return MDTRACE_ERR_TEXT_CHANGED;
  uint8_t *slot = pages_allocate_code (SLOT_BYTES_MAX);
  if (slot == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  slot_make (slot, original, site->address, site->class);
  site->slot = slot;
  return MDTRACE_OK;
}

int
sites_get (word_t address, const struct table_site *table,
	   struct dtrace_site **result)
{
  struct dtrace_site *site = sites_find (address);

  if (site == NULL)
    {
      site = pages_allocate_small (sizeof *site);
      if (site == NULL)
	return MDTRACE_ERR_NO_MEMORY;
      site->address = address;
      site->class = symbols_class (address);
      site->function = symbols_function_at (address);
      site->near = symbols_first_site (address);
      struct dtrace_site **bucket = bucket_of (address);
      site->hash_next = *bucket;
      __atomic_store_n (bucket, site, __ATOMIC_RELEASE);
    }
  /* Only one plan can be for a jump from here.  */
  if (site->table == NULL && table != NULL && table->plan == SITE_PLAN_JUMP)
    site->table = table;
  *result = site;
  return MDTRACE_OK;
}

/* Get what the site of ENABLING needs to be patched, before anything is
   changed.  */
static int
prepare (const struct dtrace_enabling *enabling)
{
  struct dtrace_site *site = enabling->site;
  int error = MDTRACE_OK;

  if (site->slot == NULL)
    error = make_slot (site);
  if (error == MDTRACE_OK && site->table != NULL && jumps)
    {
      if (site->gate == NULL)
	error = gate_make (site);
#if MACH_PERF_COUNTERS
      if (error == MDTRACE_OK && site->light == NULL && enabling->hook != NULL)
	error = hook_gate_make (site);
#endif
    }
  return error;
}

/* Write the original bytes of SITE's jump back.  */
static void
remove_jump (struct dtrace_site *site)
{
  place_jumps -= site->table->kind == MDTRACE_PROBE_ADDRESS;
  patch_write (jump_start (site->table), symbols_code (site->table),
	       SITE_JUMP_BYTES);
  site->mode = MDTRACE_MODE_NONE;
}

/* The byte is written last: whoever runs into it must find the rest.  */
static int
write_breakpoint (struct dtrace_site *site)
{
  static const uint8_t breakpoint = OPCODE_BREAKPOINT;

  struct dtrace_site *jump
      = find_jump_over (site, site->address, site->address + 1, site);
  if (jump != NULL)
    {
      remove_jump (jump);
      write_breakpoint (jump);
    }
  site->original = *(const volatile uint8_t *) site->address;
  if (site->original == OPCODE_BREAKPOINT)
    return MDTRACE_ERR_TEXT_CHANGED;
  __atomic_store_n (&site->mode, MDTRACE_MODE_BREAKPOINT, __ATOMIC_RELEASE);
  patch_write (site->address, &breakpoint, 1);
  return MDTRACE_OK;
}

/* The byte is put back first: a trap that has already happened is still
   taken for a hit, or goes on in the slot without one.  */
static void
remove_breakpoint (struct dtrace_site *site)
{
  patch_write (site->address, &site->original, 1);
  __atomic_store_n (&site->mode, MDTRACE_MODE_NONE, __ATOMIC_RELEASE);
}

/* Where a jump from SITE must lead for the enablings that are there; null: no
   jump serves for these.  With nothing but hooks there, their gate is written
   anew.  */
static const void *
find_target (struct dtrace_site *site)
{
  const void *target = NULL;
  bool only_hooks = true, needs_breakpoint = false;

  for (const struct dtrace_enabling *enabling = site->first; enabling != NULL;
       enabling = enabling->next)
    {
      only_hooks &= enabling->hook != NULL;
      needs_breakpoint |= enabling->needs_breakpoint;
    }
#if MACH_PERF_COUNTERS
  if (only_hooks && site->light != NULL)
    target = hook_gate_write (site);
#endif
  return target == NULL && !needs_breakpoint ? site->gate : target;
}

static bool
can_jump (const struct dtrace_site *site)
{
  if (site->target == NULL)
    return false;
  word_t start = jump_start (site->table);
  word_t end = start + site->table->original_bytes;
  return !stacks_point_into (start + 1, start + SITE_JUMP_BYTES)
	 && find_jump_over (site, start, end, site) == NULL
	 && !has_breakpoint (start, end, site);
}

/* Let the jump of SITE lead to its target.  */
static void
lead_jump (const struct dtrace_site *site)
{
  uint8_t jump[SITE_JUMP_BYTES];

  patch_make_jump_from (jump, jump_start (site->table), (word_t) site->target);
  patch_write (jump_start (site->table), jump, SITE_JUMP_BYTES);
}

static int
write_jump (struct dtrace_site *site)
{
  word_t start = jump_start (site->table);
  const uint8_t *text = (const uint8_t *) start;
  const uint8_t *original = symbols_code (site->table);

  /* All that is displaced: a breakpoint of the kernel debugger behind the
     jump would never be reached.  */
  for (unsigned i = 0; i < site->table->original_bytes; i++)
    if (text[i] != original[i])
      return MDTRACE_ERR_TEXT_CHANGED;
  place_jumps += site->table->kind == MDTRACE_PROBE_ADDRESS;
  site->mode = MDTRACE_MODE_JUMP;
  lead_jump (site);
  return MDTRACE_OK;
}

/* See which short ways there are at SITE.  */
static void
find_short_ways (struct dtrace_site *site)
{
  struct dtrace_enabling *only = site->first;

  if (only != NULL && only->next != NULL)
    only = NULL;
  if (only != NULL && only->hook != NULL)
    only = NULL;
  site->plain = only != NULL && only->actions == 0 ? only : NULL;
  site->quick = only != NULL
			&& (only->actions & DTRACE_GUARD
			    || (only->actions == DTRACE_AGGREGATE))
		    ? only
		    : NULL;
}

/* Attach ENABLING, and patch its site if it is the first there.  Between
   patch_begin and patch_end.  */
static int
attach (struct dtrace_enabling *enabling)
{
  struct dtrace_site *site = enabling->site;
  int error = MDTRACE_OK;

  enabling->next = site->first;
  __atomic_store_n (&site->first, enabling, __ATOMIC_RELEASE);
  site->target
      = site->mode == MDTRACE_MODE_BREAKPOINT ? NULL : find_target (site);
  if (site->mode == MDTRACE_MODE_NONE)
    error = can_jump (site) ? write_jump (site) : write_breakpoint (site);
  else if (site->mode == MDTRACE_MODE_JUMP && site->target == NULL)
    {
      remove_jump (site);
      error = write_breakpoint (site);
    }
  else if (site->mode == MDTRACE_MODE_JUMP)
    lead_jump (site);
  if (error != MDTRACE_OK)
    site->first = enabling->next;
  find_short_ways (site);
  return error;
}

static void
detach (struct dtrace_enabling *enabling)
{
  struct dtrace_site *site = enabling->site;
  struct dtrace_enabling **link = &site->first;

  if (site->first == enabling && enabling->next == NULL)
    {
      if (site->mode == MDTRACE_MODE_JUMP)
	remove_jump (site);
      else
	remove_breakpoint (site);
    }
  while (*link != enabling)
    link = &(*link)->next;
  __atomic_store_n (link, enabling->next, __ATOMIC_RELEASE);
  /* With fewer of them a jump serves as before.  */
  if (site->mode == MDTRACE_MODE_JUMP)
    {
      site->target = find_target (site);
      lead_jump (site);
    }
  find_short_ways (site);
}

/* Detach from FIRST on up to END.  */
static void
detach_all (struct dtrace_enabling *first, const struct dtrace_enabling *end)
{
  while (first != end)
    {
      patch_begin ();
      for (unsigned i = 0; i < BATCH && first != end; i++)
	{
	  detach (first);
	  first = first->probe_next;
	}
      patch_end ();
    }
  dtrace_wait_for_handlers ();
}

int
sites_attach (struct dtrace_enabling *first)
{
  struct dtrace_enabling *enabling;
  int error = MDTRACE_OK;

  for (enabling = first; enabling != NULL; enabling = enabling->probe_next)
    {
      error = prepare (enabling);
      if (error != MDTRACE_OK)
	return error;
    }

  enabling = first;
  while (enabling != NULL && error == MDTRACE_OK)
    {
      patch_begin ();
      if (jumps)
	stacks_scan ();
      for (unsigned i = 0; i < BATCH && enabling != NULL; i++)
	{
	  error = attach (enabling);
	  if (error != MDTRACE_OK)
	    break;
	  enabling = enabling->probe_next;
	}
      patch_end ();
    }
  if (error != MDTRACE_OK)
    detach_all (first, enabling);
  return error;
}

void
sites_detach (struct dtrace_enabling *first)
{
  detach_all (first, NULL);
}

#endif /* MACH_DYNAMIC_PROBES */
