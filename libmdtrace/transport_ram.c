/* The transport ram:DIR, to what a guest of this host has left in its memory.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The guest has died, has stopped in its debugger, or hangs; its memory is a
   file still, of which a copy is looked at.  Nobody can be asked anything:
   status, clock, probes and rings are what the kernel part wrote there for
   this case, and all else fails with UNSUPPORTED.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guest_memory.h"

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

/* Sum up what became of the hits of PROBE.  False if that cannot be read.  */
static bool
sum_counts (const struct ram_state *state,
	    const struct mdtrace_shared_probe *probe, mdtrace_counts_t *sum)
{
  uint64_t cpus = state->shared->cpus;
  uint64_t arrays_max
      = state->memory.guest.memory_bytes / (cpus * sizeof *sum);

  memset (sum, 0, sizeof *sum);
  if (probe->count_sets > arrays_max)
    return false;
  const mdtrace_counts_t *counts
      = guest_memory_at (&state->memory, probe->counts_address,
			 probe->count_sets * cpus * sizeof *counts);
  const uint64_t *overwritten = guest_memory_at (
      &state->memory, probe->overwritten_address, cpus * sizeof *overwritten);
  if (counts == NULL || overwritten == NULL)
    return false;
  for (uint64_t i = 0; i < probe->count_sets * cpus; i++)
    add_counts (sum, &counts[i]);
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
  .get_ring = ram_get_ring,
};
