/* Counters that stand on places in the kernel's text.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "clock.h"
#include "counter_hooks.h"
#include "hook_actions.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "probe_sites.h"
#include "sites.h"
#include "static_probes.h"
#include "x86/cpu.h"

#if MACH_PERF_COUNTERS && MACH_DYNAMIC_PROBES

static const hook_function_t functions[] = {
  [HOOK_ADD] = hook_add,
  [HOOK_BEGIN] = hook_begin,
  [HOOK_END] = hook_end,
  [HOOK_BEGIN_THREAD] = hook_begin_thread,
  [HOOK_END_THREAD] = hook_end_thread,
  [HOOK_ENTER] = hook_enter,
  [HOOK_LEAVE] = hook_leave,
};

/* The table of counter_hooks.def.  */
static const struct
{
  const char *event;
  uint8_t counter, part, action;
} table[] = {
#define COUNTER_HOOK(event, counter, part, action)                            \
  { #event, MDTRACE_COUNTER_##counter, MDTRACE_PART_##part, HOOK_##action },
#include "counter_hooks.def"
#undef COUNTER_HOOK
};

enum
{
  HOOKS = sizeof table / sizeof table[0]
};

/* Of each of these: what its places are, and while its counter is on what
   happens there.  [s] */
static struct hook
{
  const struct table_static *places; /* null: this kernel has none */
  struct counter_hook hook;
  struct hook_data data;
} * hooks;

/* Of each counter: what its hooks share.  [s] */
static struct
{
  struct dtrace_enabling *first; /* not null: it is on */
  struct hook_begin *begins;
  struct hook_interrupts *interrupts;
  uint32_t lost; /* until it was last on */
} shared[MDTRACE_COUNTERS];

void
counter_hooks_start (void)
{
  hooks = pages_allocate_small (HOOKS * sizeof *hooks);
  clear_memory (shared, sizeof shared);
}

void
counter_hooks_find (unsigned number, struct counter *counter)
{
  bool lacks = false, any = false;

  if (hooks == NULL)
    {
      counter->detail = "there was no memory for it when mdtrace was started";
      return;
    }

  for (unsigned i = 0; i < HOOKS; i++)
    {
      if (table[i].counter != number)
	continue;
      const struct table_static *places
	  = static_probe_of_counter (table[i].event);
      hooks[i].places = places;
      any = true;
      if (places == NULL || places->sites == static_probe_unusable (places))
	lacks = true;
      if (places == NULL)
	continue;
      counter->sites += places->sites;
      counter->refused += static_probe_unusable (places);
      if (static_probe_lacks (places)[0] != '\0')
	counter->detail = static_probe_lacks (places);
    }
  if (any && !lacks)
    {
      counter->source = MDTRACE_COUNTER_PLACES;
      if (counter->detail == NULL)
	counter->detail = "all of its places are in this kernel";
    }
  else if (counter->detail == NULL)
    counter->detail = "this kernel lacks the places that it stands on";
}

/* Get what the hooks of counter NUMBER share, and let it begin anew.  */
static int
prepare_shared (unsigned number)
{
  if (shared[number].begins == NULL)
    shared[number].begins = pages_allocate (HOOK_TABLE_BYTES);
  if (shared[number].interrupts == NULL)
    shared[number].interrupts
	= pages_allocate_small (cpus * sizeof (struct hook_interrupts));
  if (shared[number].begins == NULL || shared[number].interrupts == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  clear_memory (shared[number].begins, HOOK_TABLE_BYTES);
  clear_memory (shared[number].interrupts,
		cpus * sizeof (struct hook_interrupts));
  shared[number].lost = 0;
  return MDTRACE_OK;
}

/* Make the enablings of the hook with number INDEX, behind those that end at
 *LINK.  */
static int
make_enablings (unsigned index, struct dtrace_enabling ***link)
{
  const struct counter *counter = &counters[table[index].counter];
  struct hook_data *data = &hooks[index].data;
  unsigned action = table[index].action;
  unsigned part = action == HOOK_ADD ? table[index].part : 0;

  *data = (struct hook_data){
    .cells = counter->cells + part,
    .table = shared[table[index].counter].begins,
    .interrupts = shared[table[index].counter].interrupts,
    .ns_per_count = clock_ns_per_count (),
    .stride = counter->parts,
    .part = table[index].part,
    .sample = counter->sample,
    .left = counter->sample,
  };
  hooks[index].hook = (struct counter_hook){ .run = functions[action],
					     .data = data,
					     .action = action };
  int error = probe_sites_of_counter (hooks[index].places, &hooks[index].hook,
				      *link);
  while (**link != NULL)
    *link = &(**link)->probe_next;
  return error;
}

int
counter_hooks_enable (unsigned number)
{
  struct dtrace_enabling *first = NULL, **link = &first;
  int error = prepare_shared (number);

  for (unsigned i = 0; i < HOOKS && error == MDTRACE_OK; i++)
    if (table[i].counter == number)
      error = make_enablings (i, &link);
  if (error == MDTRACE_OK)
    error = sites_attach (first);
  if (error != MDTRACE_OK)
    probe_sites_free (first);
  else
    shared[number].first = first;
  return error;
}

void
counter_hooks_tend (void)
{
  uint64_t ns_per_count = clock_ns_per_count ();

  for (unsigned i = 0; i < HOOKS; i++)
    if (hooks != NULL && shared[table[i].counter].first != NULL)
      {
	/* No hit of this CPU sees but half of it.  */
	word_t flags = interrupts_disable ();
	hooks[i].data.ns_per_count = ns_per_count;
	interrupts_restore (flags);
      }
}

void
counter_hooks_disable (unsigned number)
{
  sites_detach (shared[number].first);
  probe_sites_free (shared[number].first);
  shared[number].lost = counter_hooks_lost (number);
  shared[number].first = NULL;
}

uint32_t
counter_hooks_lost (unsigned number)
{
  uint32_t lost = 0;

  if (number >= MDTRACE_COUNTERS || shared[number].first == NULL)
    return number >= MDTRACE_COUNTERS ? 0 : shared[number].lost;
  for (unsigned i = 0; i < HOOKS; i++)
    if (table[i].counter == number)
      lost += hooks[i].data.lost;
  return lost;
}

#elif MACH_PERF_COUNTERS

void
counter_hooks_tend (void)
{
}

void
counter_hooks_start (void)
{
}

void
counter_hooks_find (unsigned number, struct counter *counter)
{
  (void) number;
  if (counter->detail == NULL)
    counter->detail = "dynamic probes, by which it would count, were left out "
		      "when this mdtrace was configured";
}

int
counter_hooks_enable (unsigned number)
{
  (void) number;
  return MDTRACE_ERR_NOT_BUILT;
}

void
counter_hooks_disable (unsigned number)
{
  (void) number;
}

uint32_t
counter_hooks_lost (unsigned number)
{
  (void) number;
  return 0;
}

#endif /* MACH_PERF_COUNTERS */
