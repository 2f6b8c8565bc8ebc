/* Dynamic probes: from creation to destruction.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A probe that was destroyed stays in the list, as destroyed, for as long as
   a ring may hold events of it: whoever reads them must be able to ask what
   they are.  Once the rings' tails have passed the positions noted at its
   destruction it is forgotten; if somebody has claimed the rings, and so may
   keep accounts, not before a lease's time has passed.

   A probe is bound to the claim of the rings under which it was enabled, if
   there was one, unless it persists.  When that claim lapses, since its holder
   has died, the probe is disabled.  */

#include <config.h>

#include "budget.h"
#include "claim.h"
#include "command_line.h"
#include "definition.h"
#include "dynamic_probes.h"
#include "enabling.h"
#include "hooks.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "pairs.h"
#include "probe_registry.h"
#include "probe_sites.h"
#include "ring.h"
#include "sites.h"
#include "static_probes.h"
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

struct dynamic_probe *dynamic_probes;

/* The end of their list, and the counts of those that were forgotten.  [s]  */
static struct dynamic_probe **probes_end = &dynamic_probes;
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
	    probe->shared.info.function, what);
}

struct dynamic_probe *
dynamic_probe_find (uint32_t id)
{
  struct dynamic_probe *probe = dynamic_probes;

  while (probe != NULL && probe->id != id)
    probe = probe->next;
  return probe;
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
  if (link == &dynamic_probes)
    return &mdtrace_shared.probes_address;
  return &((struct dynamic_probe *) ((char *) link
				     - offsetof (struct dynamic_probe, next)))
	      ->shared.next_address;
}

/* The mask of kinds of PROBE: what was asked for, or those of its sites.  */
static uint32_t
kinds_of (const struct dynamic_probe *probe,
	  const struct definition *definition)
{
  uint32_t kinds = 0;

  if (!static_probe_is_asked (definition))
    return definition->config->kinds;
  for (const struct dtrace_enabling *enabling = probe->first; enabling != NULL;
       enabling = enabling->probe_next)
    kinds |= MDTRACE_KIND_BIT (enabling->kind == MDTRACE_PROBE_TAIL
				   ? MDTRACE_PROBE_RETURN
				   : enabling->kind);
  return kinds;
}

/* Say what PROBE, made by DEFINITION, is for its life, and where its sites and
   counts are.  */
static void
describe (struct dynamic_probe *probe, const struct definition *definition)
{
  const mdtrace_probe_config_t *config = definition->config;
  struct mdtrace_shared_probe *shared = &probe->shared;
  dynamic_probe_status_t *info = &shared->info;

  shared->counts_address = physical_address (probe->last_counts);
  shared->overwritten_address = physical_address (probe->overwritten.counts);
  shared->sites_address = physical_address (&probe->first->shared);
  for (struct dtrace_enabling *enabling = probe->first; enabling != NULL;
       enabling = enabling->probe_next)
    {
      enabling->shared.address = enabling->site->address;
      enabling->shared.kind = enabling->kind;
      if (enabling->probe_next != NULL)
	enabling->shared.next_address
	    = physical_address (&enabling->probe_next->shared);
    }
  copy_memory (&shared->options, definition->options, sizeof shared->options);
  info->id = probe->id;
  info->kinds = kinds_of (probe, definition);
  info->state = probe->state;
  info->sites = probe->created.sites;
  info->functions = probe->created.functions;
  info->refused = probe->created.refused;
  info->persist = config->persist != 0;
  info->address = probe->first->site->address;
  info->fields = probe->format.fields;
  info->offset = config->offset;
  text_copy (info->provider, sizeof info->provider,
	     static_probe_is_asked (definition)
		 ? definition->options->provider
		 : "fbt");
  if (static_probe_is_asked (definition))
    text_copy (info->event, sizeof info->event, definition->options->event);
  text_copy (info->module, sizeof info->module, "kernel");
  text_copy (info->label, sizeof info->label, config->label);
  text_copy (info->names, sizeof info->names,
	     static_probe_is_asked (definition)
		 ? static_probe_names (definition)
		 : config->names);
  text_copy (info->function, sizeof info->function, config->function);
  /* A name that is unique today needs its file in another kernel; an address
     says little by itself.  */
  uint32_t index = symbols_function_at (info->address);
  if (probe->created.functions == 1 && !text_is_pattern (config->function)
      && index != SYMBOLS_NONE)
    {
      const struct table_function *function = symbols_function (index);
      symbols_copy_name (function, info->function, sizeof info->function);
      if (config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS))
	info->offset = info->address - function->address;
    }
}

static struct dynamic_probe *
find_live (uint32_t id)
{
  struct dynamic_probe *probe = dynamic_probe_find (id);

  return probe != NULL && probe->state != MDTRACE_STATE_DESTROYED ? probe
								  : NULL;
}

static bool
rings_may_hold (const struct dynamic_probe *probe)
{
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      /* There may be no ring at all.  */
      if (probe->last_counts[cpu].recorded == 0)
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

/* Keep the memory of PROBE, which nobody can reach any more.  */
static void
free_probe (struct dynamic_probe *probe)
{
  probe->next = free_probes;
  free_probes = probe;
}

/* Take the probe at LINK out of the list and keep its memory.  */
static void
forget (struct dynamic_probe **link)
{
  struct dynamic_probe *probe = *link;

  *link = probe->next;
  *shared_link (link) = probe->shared.next_address;
  overwritten_remove (&probe->overwritten);
  probe_sum_all (probe, &forgotten_counts);
  probe_keep_spent (probe);
  if (probes_end == &probe->next)
    probes_end = link;
  free_probe (probe);
  destroyed--;
}

void
dynamic_probes_forget (void)
{
  struct dynamic_probe **link = &dynamic_probes;

  while (*link != NULL)
    if ((*link)->state == MDTRACE_STATE_DESTROYED
	&& (destroyed > DESTROYED_MAX || !is_remembered (*link)))
      forget (link);
    else
      link = &(*link)->next;
}

/* A probe with the next number, about which nothing else is known yet.  */
static struct dynamic_probe *
new_probe (void)
{
  struct dynamic_probe *probe = free_probes;
  mdtrace_counts_t *counts;
  struct dtrace_usage *usage;
  uint64_t *overwritten;
  word_t bytes = sizeof *probe
		 + cpus
		       * (sizeof *counts + sizeof *usage + sizeof *overwritten
			  + sizeof probe->ring_positions[0]);

  if (probe == NULL)
    probe = pages_allocate_small (bytes);
  else
    {
      free_probes = probe->next;
      clear_memory (probe, bytes);
    }
  if (probe == NULL)
    return NULL;
  counts = (mdtrace_counts_t *) (probe + 1);
  usage = (struct dtrace_usage *) (counts + cpus);
  overwritten = (uint64_t *) (usage + cpus);
  probe->format.usage = usage;
  probe->id = last_id + 1;
  probe->last_counts = counts;
  probe->ring_positions = (word_t *) (overwritten + cpus);
  /* Before its first event can be.  */
  overwritten_add (&probe->overwritten, probe->id, overwritten);
  return probe;
}

static bool
is_custom (const struct dynamic_probe *probe)
{
  return probe->first->site->function == SYMBOLS_NONE;
}

/* A custom probe stands on no text.  */
static int
attach (const struct dynamic_probe *probe)
{
  return is_custom (probe) ? MDTRACE_OK : sites_attach (probe->first);
}

/* Fill in PROBE, of which the number is there.  */
static int
set_up (struct dynamic_probe *probe, const struct definition *definition)
{
  const dynamic_probe_config_t *config = definition->config;

  probe->state = MDTRACE_STATE_DISABLED;
  probe->format.has_values = static_probe_is_asked (definition);
  /* Of a value without a source nothing is checked, so nothing is taken.  */
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (config->values[i].source != 0)
      {
	copy_memory (&probe->format.values[i], &config->values[i],
		     sizeof config->values[i]);
	probe->format.has_values = true;
      }
  int error = definition_make (definition, &probe->format);
  if (error == MDTRACE_OK)
    error = dtrace_format_prepare (&probe->format, probe->id,
				   definition_fields (definition));
  if (error == MDTRACE_OK)
    error = static_probe_is_custom (definition->options)
		? custom_enabling_make (&probe->format, &probe->first)
		: probe_sites_find (definition, &probe->format, &probe->first,
				    &probe->created);
  if (error != MDTRACE_OK)
    return error;
  probe->created.id = probe->id;
  if (config->enabled)
    {
      error = attach (probe);
      if (error != MDTRACE_OK)
	probe_sites_free (probe->first);
      probe->state = MDTRACE_STATE_ENABLED;
    }
  return error;
}

/* Bind PROBE, which was created or enabled just now, to the claim that is
   held.  */
static void
bind (struct dynamic_probe *probe)
{
  probe->claim = probe->shared.info.persist ? 0 : claim_number ();
  probe->shared.info.lapsed = false;
}

static int
create (const struct definition *definition, mdtrace_created_t *created)
{
  if (!definition_is_good (definition))
    return MDTRACE_ERR_BAD_ARGUMENT;
  if (static_probe_is_asked (definition))
    {
      int error = static_probe_check (definition);
      if (error != MDTRACE_OK)
	return error;
    }
  dynamic_probes_forget ();
  if (live == MAX_DYNAMIC_PROBES)
    return MDTRACE_ERR_TOO_MANY_PROBES;
  struct dynamic_probe *probe = new_probe ();
  if (probe == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  int error = set_up (probe, definition);
  if (error != MDTRACE_OK)
    {
      definition_clear (&probe->format);
      overwritten_remove (&probe->overwritten);
      free_probe (probe);
      return error;
    }

  last_id++;
  live++;
  describe (probe, definition);
  bind (probe);
  *probes_end = probe;
  *shared_link (probes_end) = physical_address (&probe->shared);
  probes_end = &probe->next;
  *created = probe->created;
  debug (probe, "created");
  return MDTRACE_OK;
}

int
dynamic_probe_create (const dynamic_probe_config_t *config,
		      mdtrace_created_t *created)
{
  static const mdtrace_probe_options_t no_options;
  struct definition definition = { config, &no_options, NULL };

  return create (&definition, created);
}

int
dynamic_probe_define (const void *bytes, word_t length,
		      mdtrace_created_t *created)
{
  struct definition definition;
  int error = definition_read (bytes, length, &definition);

  return error != MDTRACE_OK ? error : create (&definition, created);
}

int
dynamic_probe_enable (uint32_t id)
{
  struct dynamic_probe *probe = find_live (id);

  if (probe == NULL)
    return MDTRACE_ERR_NO_SUCH_PROBE;
  if (probe->state == MDTRACE_STATE_ENABLED)
    return MDTRACE_ERR_ALREADY_ENABLED;
  /* Calls that were open when it was disabled have returned unseen.  */
  if (probe->format.pairs != NULL)
    pairs_forget (probe->format.pairs);
  int error = attach (probe);
  if (error != MDTRACE_OK)
    return error;
  probe->stopped_share = 0;
  set_state (probe, MDTRACE_STATE_ENABLED);
  bind (probe);
  debug (probe, "enabled");
  return MDTRACE_OK;
}

static void
disable (struct dynamic_probe *probe)
{
  if (!is_custom (probe))
    sites_detach (probe->first);
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

/* If a claim of the rings has lapsed, disable the probes that are bound to
   it.  */
static void
lapse (void)
{
  uint64_t claim = claim_lapsed ();

  if (claim == 0)
    return;
  for (struct dynamic_probe *probe = dynamic_probes; probe != NULL;
       probe = probe->next)
    if (probe->state == MDTRACE_STATE_ENABLED && probe->claim == claim)
      {
	disable (probe);
	probe->shared.info.lapsed = true;
      }
}

/* Switch off the probe that took most of CPU, where all took SHARE.  If it is
   enabled no more, all is well: the others are not to pay for it.  */
static void
stop_dearest (unsigned cpu, uint32_t share)
{
  struct dynamic_probe *dearest = probes_find_dearest (cpu);

  if (dearest == NULL || dearest->state != MDTRACE_STATE_ENABLED)
    return;
  disable (dearest);
  dearest->stopped_share = share;
  dearest->stopped_cpu = cpu;
  const char *function = dearest->shared.info.function;
  printf ("mdtrace: probe %u, %s: switched off, all probes took %u.%u%% of "
	  "CPU %u\n",
	  dearest->id, function[0] == '\0' ? "*" : function, share / 100,
	  share % 100 / 10, cpu);
}

/* Forget the calls that are open: while the deadman has a CPU throttle all,
   their returns are not seen.  */
static void
forget_calls (void)
{
  for (struct dynamic_probe *probe = dynamic_probes; probe != NULL;
       probe = probe->next)
    if (probe->format.pairs != NULL)
      pairs_forget (probe->format.pairs);
}

void
dynamic_probes_tend (void)
{
  /* When what was spent was last noted.  [s]  */
  static unsigned long noted_at;
  unsigned cpu;
  uint32_t share;

  lapse ();
  if (budget_has_struck (&cpu, &share))
    {
      stop_dearest (cpu, share);
      forget_calls ();
      budget_go_on ();
    }
  if (mach_elapsed_ticks - noted_at < (unsigned long) mach_hz / 2)
    return;
  noted_at = mach_elapsed_ticks;
  probes_note_spent ();
}

int
dynamic_probe_destroy (uint32_t id)
{
  struct dynamic_probe *probe = find_live (id);

  if (probe == NULL)
    return MDTRACE_ERR_NO_SUCH_PROBE;
  if (probe->state == MDTRACE_STATE_ENABLED)
    disable (probe);
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      probe_sum_sites (probe, cpu, &probe->last_counts[cpu]);
      probe->ring_positions[cpu] = rings[cpu].head;
    }
  probe->shared.sites_address = 0;
  probe_sites_free (probe->first);
  probe->first = NULL;
  definition_clear (&probe->format);
  probe->destroyed_at = mach_elapsed_ticks;
  set_state (probe, MDTRACE_STATE_DESTROYED);
  live--;
  destroyed++;
  debug (probe, "destroyed");
  dynamic_probes_forget ();
  return MDTRACE_OK;
}

/* The counts of all probes that exist or have existed.  */
static void
sum_total (mdtrace_counts_t *sum)
{
  *sum = forgotten_counts;
  overwritten_move_others (sum);
  for (const struct dynamic_probe *probe = dynamic_probes; probe != NULL;
       probe = probe->next)
    probe_sum_all (probe, sum);
}

void
dynamic_probe_status (mdtrace_status_t *status)
{
  status->probes = live;
  status->probes_max = MAX_DYNAMIC_PROBES;
  status->probes_enabled = 0;
  for (const struct dynamic_probe *probe = dynamic_probes; probe != NULL;
       probe = probe->next)
    status->probes_enabled += probe->state == MDTRACE_STATE_ENABLED;
  sum_total (&status->counts);
}

void
dynamic_probes_init (void)
{
  const char *names = command_line_value ("mdtrace.probes=");
  /* Too large for a kernel's stack.  */
  static dynamic_probe_config_t config;
  static mdtrace_created_t created;

  while (names != NULL && *names != '\0' && *names != ' ' && *names != '\t')
    {
      word_t length = 0;
      clear_memory (&config, sizeof config);
      clear_memory (&created, sizeof created);
      config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY);
      config.enabled = 1;
      while (names[length] != '\0' && names[length] != ' '
	     && names[length] != '\t' && names[length] != ',')
	{
	  if (length < sizeof config.function - 1)
	    config.function[length] = names[length];
	  length++;
	}
      /* An empty name would stand for all functions.  */
      int error = length == 0 ? MDTRACE_OK
			      : dynamic_probe_create (&config, &created);
      if (error != MDTRACE_OK)
	printf ("mdtrace: mdtrace.probes: %s: refused, error %d\n",
		config.function, error);
      names += length;
      if (*names == ',')
	names++;
    }
}

#endif /* MACH_DYNAMIC_PROBES */
