/* Dynamic probes: from creation to destruction.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A probe that was destroyed stays in the list, as destroyed, for as long as
   a ring may hold events of it: whoever reads them must be able to ask what
   they are.  Once the rings' tails have passed the positions noted at its
   destruction it is forgotten; if somebody has claimed the rings, and so may
   keep accounts, not before a lease's time has passed.  */

#include <config.h>

#include "claim.h"
#include "command_line.h"
#include "dtrace.h"
#include "dynamic_probes.h"
#include "hooks.h"
#include "mdtrace_errors.h"
#include "overwritten.h"
#include "pages.h"
#include "ring.h"
#include "symbols.h"
#include "text.h"
#include "x86/cpu.h"

#if MACH_DYNAMIC_PROBES

enum
{
  /* When nobody reads the rings, the oldest destroyed probes beyond this
     many are forgotten all the same.  */
  DESTROYED_MAX = 1024,
  /* How long the consumer of the rings has to ask for the last counts.  */
  REMEMBERED_SECONDS = 10
};

/* [I] immutable once created, [s] server lock, [c] see dtrace.h  */
struct dynamic_probe
{
  struct dynamic_probe *next;	   /* [s] by number */
  uint32_t id;			   /* [I] */
  uint32_t kind;		   /* [I] */
  uint32_t state;		   /* [s] */
  uint32_t function;		   /* [I] number in the symbols */
  uint64_t fields;		   /* [I] */
  char label[MDTRACE_LABEL_BYTES]; /* [I] */
  struct dtrace_enabling enabling; /* [s] */
  mdtrace_counts_t counts[CPUS];   /* [c] */
  struct overwritten overwritten;  /* [c] */
  /* [I] but for its link and the state in it, which are [s].  */
  struct mdtrace_shared_probe shared;
  word_t ring_positions[CPUS]; /* [s] heads when it was destroyed */
  unsigned long destroyed_at;  /* [s] in clock ticks */
};

/* All of them, and the counts of those that were forgotten.  [s] to change,
   with interrupts off; the clock tick reads them too.  */
static struct dynamic_probe *first_probe;
static struct dynamic_probe **probes_end = &first_probe;
static mdtrace_counts_t forgotten_counts;

/* [s] */
static struct dynamic_probe *free_probes;
static uint32_t last_id;
static uint32_t live, destroyed;

static inline void
debug (const struct dynamic_probe *probe, const char *what)
{
  if (DYNAMIC_PROBES_DEBUG)
    printf ("mdtrace: probe %u: %s: %s\n", probe->id,
	    symbols_name (symbols_function (probe->function)), what);
}

/* Add the counts of PROBE on all CPUs to SUM.  */
static void
sum_counts (const struct dynamic_probe *probe, mdtrace_counts_t *sum)
{
  word_t flags = interrupts_disable ();

  dtrace_sum_counts (&probe->enabling, sum);
  overwritten_move_all (&probe->overwritten, sum);
  interrupts_restore (flags);
}

static void
set_state (struct dynamic_probe *probe, enum mdtrace_probe_state state)
{
  probe->state = state;
  probe->shared.info.state = state;
}

/* Where the list of probes that others can read has its link to PROBE.  */
static uint64_t *
shared_link (struct dynamic_probe **link)
{
  if (link == &first_probe)
    return &mdtrace_shared.probes_address;
  return &((struct dynamic_probe *) ((char *) link
				     - offsetof (struct dynamic_probe, next)))
	      ->shared.next_address;
}

/* Say what PROBE is, for its life, and where its counts are.  */
static void
describe (struct dynamic_probe *probe)
{
  struct mdtrace_shared_probe *shared = &probe->shared;
  dynamic_probe_status_t *info = &shared->info;
  const struct table_function *function = symbols_function (probe->function);

  shared->counts_address = physical_address (probe->counts);
  shared->count_sets = 1;
  shared->overwritten_address = physical_address (probe->overwritten.counts);
  info->id = probe->id;
  info->kind = probe->kind;
  info->state = probe->state;
  info->argument_count = function->argument_count;
  info->address = function->address;
  info->fields = probe->fields;
  text_copy (info->provider, sizeof info->provider, "fbt");
  text_copy (info->module, sizeof info->module, "kernel");
  symbols_copy_name (function, info->function, sizeof info->function);
  text_copy (info->label, sizeof info->label, probe->label);
}

static struct dynamic_probe *
find_live (uint32_t id)
{
  for (struct dynamic_probe *probe = first_probe; probe != NULL;
       probe = probe->next)
    if (probe->id == id && probe->state != MDTRACE_STATE_DESTROYED)
      return probe;
  return NULL;
}

static bool
rings_may_hold (const struct dynamic_probe *probe)
{
  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    {
      /* There may be no ring at all.  */
      if (probe->counts[cpu].recorded == 0)
	continue;
      word_t behind = rings[cpu].head - probe->ring_positions[cpu];
      word_t unread = rings[cpu].head - ring_released (&rings[cpu]);
      if (unread > behind)
	return true;
    }
  return false;
}

/* Whether somebody may still want to know of the destroyed PROBE.  */
static bool
is_remembered (const struct dynamic_probe *probe)
{
  unsigned long age = mach_elapsed_ticks - probe->destroyed_at;

  return rings_may_hold (probe)
	 || (claim_is_held ()
	     && age < (unsigned long) REMEMBERED_SECONDS * mach_hz);
}

/* Take the probe at LINK out of the list and keep its memory.  */
static void
forget (struct dynamic_probe **link)
{
  struct dynamic_probe *probe = *link;
  word_t flags = interrupts_disable ();

  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    dtrace_add_counts (&forgotten_counts, &probe->counts[cpu]);
  overwritten_move_all (&probe->overwritten, &forgotten_counts);
  overwritten_remove (&probe->overwritten);
  *link = probe->next;
  *shared_link (link) = probe->shared.next_address;
  if (probes_end == &probe->next)
    probes_end = link;
  interrupts_restore (flags);
  probe->next = free_probes;
  free_probes = probe;
  destroyed--;
}

/* Forget the destroyed probes that nobody needs to be told of, and the oldest
   of those that are too many.  */
static void
forget_destroyed (void)
{
  struct dynamic_probe **link = &first_probe;

  while (*link != NULL)
    if ((*link)->state == MDTRACE_STATE_DESTROYED
	&& (destroyed > DESTROYED_MAX || !is_remembered (*link)))
      forget (link);
    else
      link = &(*link)->next;
}

static struct dynamic_probe *
new_probe (void)
{
  struct dynamic_probe *probe = free_probes;

  if (probe == NULL)
    return pages_allocate_small (sizeof *probe);
  free_probes = probe->next;
  clear_memory (probe, sizeof *probe);
  return probe;
}

/* The mask of fields that a probe of FUNCTION has when none is asked for:
   the thread, the task, and every argument that can be had.  */
static uint64_t
default_fields (const struct table_function *function)
{
  uint64_t fields = MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK;

  for (unsigned i = 0;
       i < function->argument_count && i < MDTRACE_ARGUMENTS_MAX; i++)
    if (function->argument_registers[i] != SITE_NO_REGISTER)
      fields |= (uint64_t) MDTRACE_FIELD_ARG0 << i;
  return fields;
}

static bool
config_is_good (const dynamic_probe_config_t *config)
{
  return config->kind == MDTRACE_PROBE_FUNCTION_ENTRY
	 && text_is_terminated (config->module, sizeof config->module)
	 && text_is_terminated (config->function, sizeof config->function)
	 && text_is_terminated (config->label, sizeof config->label)
	 && (config->module[0] == '\0'
	     || text_equal (config->module, "kernel"));
}

int
dynamic_probe_create (const dynamic_probe_config_t *config, uint32_t *id)
{
  uint32_t index;

  if (!config_is_good (config))
    return MDTRACE_ERR_BAD_ARGUMENT;
  int error = symbols_find (config->function, &index);
  if (error != MDTRACE_OK)
    return error;
  const struct table_function *function = symbols_function (index);
  struct table_site *table = symbols_site (function->entry_site);
  if (table->plan == SITE_PLAN_REFUSED)
    return MDTRACE_ERR_REFUSED_SITE;
  if (table->plan != SITE_PLAN_JUMP)
    return MDTRACE_ERR_NEEDS_BREAKPOINT;

  forget_destroyed ();
  if (live == MAX_DYNAMIC_PROBES)
    return MDTRACE_ERR_TOO_MANY_PROBES;
  struct dynamic_probe *probe = new_probe ();
  struct dtrace_site *site = dtrace_site_for (table);
  if (probe == NULL || site == NULL)
    {
      if (probe != NULL)
	{
	  probe->next = free_probes;
	  free_probes = probe;
	}
      return MDTRACE_ERR_NO_MEMORY;
    }

  probe->id = last_id + 1;
  probe->kind = config->kind;
  probe->state = MDTRACE_STATE_DISABLED;
  probe->function = index;
  probe->fields
      = config->fields != 0 ? config->fields : default_fields (function);
  text_copy (probe->label, sizeof probe->label, config->label);
  probe->enabling.counts = probe->counts;
  probe->enabling.site = site;
  /* Before its first event can be.  */
  overwritten_add (&probe->overwritten, probe->id);
  error = dtrace_enabling_prepare (&probe->enabling, probe->id, probe->fields,
				   function);
  if (error == MDTRACE_OK && config->enabled)
    {
      error = dtrace_attach (site, &probe->enabling);
      probe->state = MDTRACE_STATE_ENABLED;
    }
  if (error != MDTRACE_OK)
    {
      overwritten_remove (&probe->overwritten);
      probe->next = free_probes;
      free_probes = probe;
      return error;
    }

  last_id++;
  live++;
  describe (probe);
  word_t flags = interrupts_disable ();
  *probes_end = probe;
  *shared_link (probes_end) = physical_address (&probe->shared);
  probes_end = &probe->next;
  interrupts_restore (flags);
  *id = probe->id;
  debug (probe, "created");
  return MDTRACE_OK;
}

int
dynamic_probe_enable (uint32_t id)
{
  struct dynamic_probe *probe = find_live (id);

  if (probe == NULL)
    return MDTRACE_ERR_NO_SUCH_PROBE;
  if (probe->state == MDTRACE_STATE_ENABLED)
    return MDTRACE_ERR_ALREADY_ENABLED;
  int error = dtrace_attach (probe->enabling.site, &probe->enabling);
  if (error != MDTRACE_OK)
    return error;
  set_state (probe, MDTRACE_STATE_ENABLED);
  debug (probe, "enabled");
  return MDTRACE_OK;
}

static void
disable (struct dynamic_probe *probe)
{
  dtrace_detach (&probe->enabling);
  set_state (probe, MDTRACE_STATE_DISABLED);
  debug (probe, "disabled");
}

int
dynamic_probe_disable (uint32_t id)
{
  struct dynamic_probe *probe = find_live (id);

  if (probe == NULL)
    return MDTRACE_ERR_NO_SUCH_PROBE;
  if (probe->state != MDTRACE_STATE_ENABLED)
    return MDTRACE_ERR_NOT_ENABLED;
  disable (probe);
  return MDTRACE_OK;
}

int
dynamic_probe_destroy (uint32_t id)
{
  struct dynamic_probe *probe = find_live (id);

  if (probe == NULL)
    return MDTRACE_ERR_NO_SUCH_PROBE;
  if (probe->state == MDTRACE_STATE_ENABLED)
    disable (probe);
  for (unsigned cpu = 0; cpu < CPUS; cpu++)
    probe->ring_positions[cpu] = rings[cpu].head;
  probe->destroyed_at = mach_elapsed_ticks;
  set_state (probe, MDTRACE_STATE_DESTROYED);
  live--;
  destroyed++;
  debug (probe, "destroyed");
  forget_destroyed ();
  return MDTRACE_OK;
}

uint32_t
dynamic_probe_list (uint32_t first, dynamic_probe_status_t *probes,
		    uint32_t max)
{
  uint32_t listed = 0;

  forget_destroyed ();
  for (const struct dynamic_probe *probe = first_probe;
       probe != NULL && listed < max; probe = probe->next)
    {
      dynamic_probe_status_t *info = &probes[listed];
      if (probe->id < first)
	continue;
      copy_memory (info, &probe->shared.info, sizeof *info);
      sum_counts (probe, &info->counts);
      listed++;
    }
  return listed;
}

int
dynamic_probe_counts (uint32_t id, mdtrace_counts_t *counts, uint32_t *cpus)
{
  for (const struct dynamic_probe *probe = first_probe; probe != NULL;
       probe = probe->next)
    if (probe->id == id)
      {
	word_t flags = interrupts_disable ();
	copy_memory (counts, probe->counts, sizeof probe->counts);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
	  overwritten_move (&probe->overwritten, cpu, &counts[cpu]);
	interrupts_restore (flags);
	*cpus = CPUS;
	return MDTRACE_OK;
      }
  return MDTRACE_ERR_NO_SUCH_PROBE;
}

void
dynamic_probe_total (mdtrace_counts_t *sum)
{
  word_t flags = interrupts_disable ();

  *sum = forgotten_counts;
  for (const struct dynamic_probe *probe = first_probe; probe != NULL;
       probe = probe->next)
    sum_counts (probe, sum);
  overwritten_move_others (sum);
  interrupts_restore (flags);
}

void
dynamic_probe_status (mdtrace_status_t *status)
{
  status->probes = live;
  status->probes_max = MAX_DYNAMIC_PROBES;
  status->probes_enabled = 0;
  for (const struct dynamic_probe *probe = first_probe; probe != NULL;
       probe = probe->next)
    status->probes_enabled += probe->state == MDTRACE_STATE_ENABLED;
  dynamic_probe_total (&status->counts);
}

void
dynamic_probes_init (void)
{
  const char *names = command_line_value ("mdtrace.probes=");

  while (names != NULL && *names != '\0' && *names != ' ' && *names != '\t')
    {
      dynamic_probe_config_t config
	  = { .kind = MDTRACE_PROBE_FUNCTION_ENTRY, .enabled = 1 };
      word_t length = 0;
      uint32_t id;
      while (names[length] != '\0' && names[length] != ' '
	     && names[length] != '\t' && names[length] != ',')
	{
	  if (length < sizeof config.function - 1)
	    config.function[length] = names[length];
	  length++;
	}
      int error = dynamic_probe_create (&config, &id);
      if (error != MDTRACE_OK)
	printf ("mdtrace: mdtrace.probes: %s: refused, error %d\n",
		config.function, error);
      names += length;
      if (*names == ',')
	names++;
    }
}

#endif /* MACH_DYNAMIC_PROBES */
