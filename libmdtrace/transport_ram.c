/* The transport ram:DIR, to what a guest of this host has left in its memory.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The guest has died, has stopped in its debugger, or hangs; its memory is a
   file still, of which a copy is looked at.  Nobody can be asked anything:
   status, clock, probes, their sites and rings are what the kernel part wrote
   there for this case, and all else fails with UNSUPPORTED.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guest_memory.h"
#include "guest_table.h"

enum
{
  /* A guest whose clock stands still for so long does nothing any more.  */
  CLOCK_PATIENCE_MS = 500
};

struct ram_state
{
  struct guest_memory memory;
  const struct mdtrace_shared *shared;
};

static int
ram_rpc (struct mdtrace_target *target, mach_msg_header_t *message,
	 mach_msg_size_t receive_bytes)
{
  (void) message;
  (void) receive_bytes;
  return target_fail (target, MDTRACE_ERR_UNSUPPORTED,
		      "nothing can be changed in a machine that has ended");
}

static int
ram_map_ring (struct mdtrace_target *target, unsigned cpu,
	      struct ring_memory *memory)
{
  const struct ram_state *state = target->state;

  return guest_memory_ring (&state->memory, state->shared, cpu, memory);
}

static void
ram_unmap_ring (struct mdtrace_target *target,
		const struct ring_memory *memory)
{
  (void) target;
  (void) memory;
}

/* Add COUNTS to SUM.  */
static void
add_counts (mdtrace_counts_t *sum, const mdtrace_counts_t *counts)
{
  sum->hits += counts->hits;
  sum->recorded += counts->recorded;
  sum->filtered += counts->filtered;
  sum->dropped += counts->dropped;
  sum->throttled += counts->throttled;
  sum->missed += counts->missed;
}

/* Whether PROBE is one of custom events: it is nowhere in the text, and what
   stands for its sites is one without an address, which has its counts.  */
static bool
is_custom (const struct mdtrace_shared_probe *probe)
{
  return strncmp (probe->options.provider, "custom",
		  sizeof probe->options.provider)
	 == 0;
}

/* How many sites PROBE has at most, however damaged what stands there.  */
static uint64_t
sites_max (const struct ram_state *state,
	   const struct mdtrace_shared_probe *probe)
{
  uint64_t fit
      = state->memory.guest.memory_bytes / sizeof (struct mdtrace_shared_site);

  uint64_t sites = is_custom (probe) ? 1 : probe->info.sites;

  return sites < fit ? sites : fit;
}

/* The site at the physical ADDRESS with its counts; null if there is none.  */
static const struct mdtrace_shared_site *
site_at (const struct ram_state *state, uint64_t address)
{
  const struct mdtrace_shared_site *site;

  return guest_memory_at (&state->memory, address,
			  sizeof *site
			      + state->shared->cpus * sizeof *site->counts);
}

/* Add the COUNTS of CPU, or of all if that is MDTRACE_CPU_ALL, to SUM.  */
static void
add_cpus (const struct ram_state *state, const mdtrace_counts_t *counts,
	  uint32_t cpu, mdtrace_counts_t *sum)
{
  for (uint32_t i = 0; i < state->shared->cpus; i++)
    if (cpu == MDTRACE_CPU_ALL || cpu == i)
      add_counts (sum, &counts[i]);
}

/* Sum up what became of the hits of PROBE.  False if that cannot be read.  */
static bool
sum_counts (const struct ram_state *state,
	    const struct mdtrace_shared_probe *probe, mdtrace_counts_t *sum)
{
  uint64_t cpus = state->shared->cpus;
  uint64_t left = sites_max (state, probe);
  const mdtrace_counts_t *counts = guest_memory_at (
      &state->memory, probe->counts_address, cpus * sizeof *counts);
  const uint64_t *overwritten = guest_memory_at (
      &state->memory, probe->overwritten_address, cpus * sizeof *overwritten);

  memset (sum, 0, sizeof *sum);
  if (counts == NULL || overwritten == NULL)
    return false;
  add_cpus (state, counts, MDTRACE_CPU_ALL, sum);
  for (uint64_t address = probe->sites_address; address != 0; left--)
    {
      const struct mdtrace_shared_site *site = site_at (state, address);
      if (site == NULL || left == 0)
	return false;
      add_cpus (state, site->counts, MDTRACE_CPU_ALL, sum);
      address = site->next_address;
    }
  for (uint64_t cpu = 0; cpu < cpus; cpu++)
    {
      sum->recorded -= overwritten[cpu];
      sum->dropped += overwritten[cpu];
    }
  return true;
}

/* The probe at the physical ADDRESS, whose number must be greater than LAST;
   null if there is none.  */
static const struct mdtrace_shared_probe *
probe_at (const struct ram_state *state, uint64_t address, uint32_t last)
{
  const struct mdtrace_shared_probe *probe
      = guest_memory_at (&state->memory, address, sizeof *probe);

  return address != 0 && probe != NULL && probe->info.id > last ? probe : NULL;
}

static int
ram_list_probes (struct mdtrace_target *target, uint32_t first,
		 mdtrace_probe_info_t **probes, size_t *count)
{
  const struct ram_state *state = target->state;
  uint64_t address = state->shared->probes_address;
  mdtrace_probe_info_t *list = malloc (sizeof *list);
  uint32_t last = 0;
  size_t listed = 0;

  while (list != NULL && address != 0)
    {
      const struct mdtrace_shared_probe *probe
	  = probe_at (state, address, last);
      mdtrace_counts_t sum;
      if (probe == NULL || !sum_counts (state, probe, &sum))
	{
	  free (list);
	  return MDTRACE_ERR_PROTOCOL;
	}
      last = probe->info.id;
      address = probe->next_address;
      if (last < first)
	continue;
      mdtrace_probe_info_t *longer
	  = realloc (list, (listed + 1) * sizeof *list);
      if (longer == NULL)
	free (list);
      else
	{
	  longer[listed] = probe->info;
	  longer[listed++].counts = sum;
	}
      list = longer;
    }
  if (list == NULL)
    return MDTRACE_ERR_SYSTEM;
  *probes = list;
  *count = listed;
  return MDTRACE_OK;
}

/* The probe with number ID.  Errors: NO_SUCH_PROBE, PROTOCOL.  */
static int
find_probe (const struct ram_state *state, uint32_t id,
	    const struct mdtrace_shared_probe **result)
{
  uint64_t address = state->shared->probes_address;

  for (uint32_t last = 0; last < id && address != 0;)
    {
      const struct mdtrace_shared_probe *probe
	  = probe_at (state, address, last);
      if (probe == NULL)
	return MDTRACE_ERR_PROTOCOL;
      last = probe->info.id;
      address = probe->next_address;
      *result = probe;
      if (last == id)
	return MDTRACE_OK;
    }
  return MDTRACE_ERR_NO_SUCH_PROBE;
}

/* Fill in SITE from what stands at FROM.  */
static void
describe_site (const struct ram_state *state, const struct guest_table *table,
	       const struct mdtrace_shared_site *from, uint32_t cpu,
	       struct mdtrace_site *site)
{
  memset (site, 0, sizeof *site);
  site->address = from->address;
  site->kind = from->kind;
  guest_table_describe (table, site);
  add_cpus (state, from->counts, cpu, &site->counts);
}

static int
ram_list_sites (struct mdtrace_target *target, uint32_t probe_id, uint32_t cpu,
		struct mdtrace_site **sites, size_t *count)
{
  const struct ram_state *state = target->state;
  const struct mdtrace_shared_probe *probe;
  struct guest_table table;
  size_t listed = 0;
  int error = find_probe (state, probe_id, &probe);

  if (error != MDTRACE_OK)
    return error;
  if (cpu != MDTRACE_CPU_ALL && cpu >= state->shared->cpus)
    return MDTRACE_ERR_NO_SUCH_CPU;
  if (!guest_table_find (&state->memory, state->shared, &table))
    return MDTRACE_ERR_PROTOCOL;
  uint64_t max = sites_max (state, probe);
  struct mdtrace_site *list = malloc ((max + 1) * sizeof *list);
  if (list == NULL)
    return MDTRACE_ERR_SYSTEM;
  for (uint64_t address = is_custom (probe) ? 0 : probe->sites_address;
       address != 0;)
    {
      const struct mdtrace_shared_site *site = site_at (state, address);
      if (site == NULL || listed == max)
	{
	  free (list);
	  return MDTRACE_ERR_PROTOCOL;
	}
      describe_site (state, &table, site, cpu, &list[listed++]);
      address = site->next_address;
    }
  *sites = list;
  *count = listed;
  return MDTRACE_OK;
}

static int
ram_get_options (struct mdtrace_target *target, uint32_t probe_id,
		 mdtrace_probe_options_t *options)
{
  const struct mdtrace_shared_probe *probe;
  int error = find_probe (target->state, probe_id, &probe);

  if (error == MDTRACE_OK)
    *options = probe->options;
  return error;
}

static int
ram_list_functions (struct mdtrace_target *target,
		    struct mdtrace_function **functions, size_t *count)
{
  const struct ram_state *state = target->state;
  struct guest_table table;

  if (!guest_table_find (&state->memory, state->shared, &table))
    return MDTRACE_ERR_PROTOCOL;
  struct mdtrace_function *list
      = malloc ((table.function_count + (size_t) 1) * sizeof *list);
  if (list == NULL)
    return MDTRACE_ERR_SYSTEM;
  for (uint32_t i = 0; i < table.function_count; i++)
    guest_table_function (&table, i, &list[i]);
  *functions = list;
  *count = table.function_count;
  return MDTRACE_OK;
}

/* The counts are those of the probes that are remembered.  */
static int
ram_get_status (struct mdtrace_target *target, mdtrace_status_t *status)
{
  const struct ram_state *state = target->state;
  const struct mdtrace_shared *shared = state->shared;
  mdtrace_probe_info_t *probes;
  size_t count;
  int error = ram_list_probes (target, 1, &probes, &count);

  if (error != MDTRACE_OK)
    return error;
  memset (status, 0, sizeof *status);
  status->interface_version = shared->interface_version;
  status->cpus = shared->cpus;
  status->word_bytes = shared->word_bytes;
  status->functions = shared->functions;
  status->functions_refused = shared->functions_refused;
  status->probes_max = shared->probes_max;
  status->clock_hz = shared->clock_hz;
  status->ring_bytes = shared->rings[0].data_bytes;
  status->boot_id = shared->boot_id;
  memcpy (status->mdtrace_version, shared->mdtrace_version,
	  sizeof status->mdtrace_version);
  memcpy (status->kernel_version, shared->kernel_version,
	  sizeof status->kernel_version);
  memcpy (status->text_hash, shared->text_hash, sizeof status->text_hash);
  for (size_t i = 0; i < count; i++)
    {
      add_counts (&status->counts, &probes[i].counts);
      status->probes += probes[i].state != MDTRACE_STATE_DESTROYED;
      status->probes_enabled += probes[i].state == MDTRACE_STATE_ENABLED;
    }
  free (probes);
  return MDTRACE_OK;
}

/* As it was published last.  If the machine ended in the midst of that, the
   two clocks of the pair are one tick apart.  */
static int
ram_get_clock (struct mdtrace_target *target, mdtrace_clock_t *clock)
{
  const struct ram_state *state = target->state;
  const struct mdtrace_shared_clock *published = &state->shared->clock;

  clock->tsc_now = published->tsc;
  clock->tsc = published->tsc;
  clock->time_ns = published->time_ns;
  clock->uptime_ns = published->uptime_ns;
  clock->ticks = published->ticks;
  clock->first_tsc = published->first_tsc;
  clock->first_uptime_ns = published->first_uptime_ns;
  return MDTRACE_OK;
}

static int
ram_get_ring (struct mdtrace_target *target, unsigned cpu,
	      mdtrace_ring_info_t *ring)
{
  struct ring_memory memory;
  int error = ram_map_ring (target, cpu, &memory);

  if (error != MDTRACE_OK)
    return error;
  uint64_t mask = memory.word_bytes == 4 ? UINT32_MAX : UINT64_MAX;
  ring->data_bytes = memory.data_bytes;
  ring->generation = memory.control->generation & mask;
  ring->head = memory.control->head & mask;
  ring->oldest = memory.control->oldest & mask;
  ring->mode = memory.control->mode & mask;
  ring->frozen = (memory.control->frozen & mask) != 0;
  ring->tail = ring->mode == MDTRACE_RING_OVERWRITE && !ring->frozen
		   ? ring->oldest
		   : memory.tail->tail & mask;
  return MDTRACE_OK;
}

/* Whether the guest goes on: its clock is published at each tick.  */
static bool
goes_on (const struct ram_state *state)
{
  const struct timespec patience = { .tv_nsec = CLOCK_PATIENCE_MS * 1000000L };
  const uint64_t *ticks = &state->shared->clock.ticks;

  if (guest_get_state (state->memory.directory) != GUEST_RUNNING)
    return false;
  uint64_t before = __atomic_load_n (ticks, __ATOMIC_RELAXED);
  nanosleep (&patience, NULL);
  return __atomic_load_n (ticks, __ATOMIC_RELAXED) != before;
}

static void
ram_close (struct mdtrace_target *target)
{
  struct ram_state *state = target->state;

  guest_memory_close (&state->memory);
  free (state);
}

/* Whether there is something to be read at all.  */
static int
check (struct mdtrace_target *target, const struct ram_state *state)
{
  const struct mdtrace_shared *shared = state->shared;

  if (shared == NULL)
    return MDTRACE_ERR_NOT_TRACED;
  if (shared->cpus == 0 || shared->cpus > MDTRACE_CPUS_MAX
      || (shared->word_bytes != 4 && shared->word_bytes != 8))
    return MDTRACE_ERR_PROTOCOL;
  if (goes_on (state))
    return target_fail (target, MDTRACE_ERR_GUEST_RUNS, "vm:%s",
			state->memory.directory);
  return MDTRACE_OK;
}

static int
ram_open (struct mdtrace_target *target, const char *address)
{
  struct ram_state *state = calloc (1, sizeof *state);

  if (state == NULL)
    return MDTRACE_ERR_SYSTEM;
  int error = guest_memory_open (&state->memory, target, address, false);
  if (error != MDTRACE_OK)
    {
      free (state);
      return error;
    }
  state->shared = guest_memory_shared (&state->memory);
  error = check (target, state);
  if (error != MDTRACE_OK)
    {
      guest_memory_close (&state->memory);
      free (state);
      return error;
    }
  target->state = state;
  return MDTRACE_OK;
}

const struct transport transport_ram = {
  .prefix = "ram:",
  .open = ram_open,
  .close = ram_close,
  .rpc = ram_rpc,
  .map_ring = ram_map_ring,
  .unmap_ring = ram_unmap_ring,
  .get_status = ram_get_status,
  .get_clock = ram_get_clock,
  .list_probes = ram_list_probes,
  .list_sites = ram_list_sites,
  .get_options = ram_get_options,
  .list_functions = ram_list_functions,
  .get_ring = ram_get_ring,
};
