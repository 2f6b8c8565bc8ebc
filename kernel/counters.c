/* The performance counters: which there are, and what they have come to.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "counter_hooks.h"
#include "counters.h"
#include "mdtrace_errors.h"
#include "pages.h"
#include "snapshot.h"
#include "text.h"
#include "x86/cpu.h"
#include "x86/pmu.h"

#if MACH_PERF_COUNTERS

struct counter counters[MDTRACE_COUNTER_SLOTS];

/* What the table has of each counter.  */
static const struct
{
  const char *word, *unit;
  uint8_t kind;
} table[MDTRACE_COUNTERS] = {
#define MDTRACE_COUNTER(number, name, word, kind, unit, sources,              \
			documentation)                                        \
  [number] = { word, unit, MDTRACE_COUNTER_##kind },
#include "mdtrace_counters.def"
#undef MDTRACE_COUNTER
};

/* And of those that tasks update.  [s]  */
static struct
{
  mdtrace_counter_name_t name;
  mdtrace_counter_unit_t unit;
} custom[MDTRACE_CUSTOM_MAX];

static uint32_t
parts_of (unsigned number)
{
  uint32_t parts = 1;

#define MDTRACE_COUNTER_PART(counter, part, name, word, kind, unit,           \
			     documentation)                                   \
  if (number == MDTRACE_COUNTER_##counter && part >= parts)                   \
    parts = part + 1;
#include "mdtrace_counter_parts.def"
#undef MDTRACE_COUNTER_PART
  return parts;
}

void
counters_start (void)
{
  clear_memory (counters, sizeof counters);
  counter_hooks_start ();
  pmu_find ();
  for (unsigned i = 0; i < MDTRACE_COUNTERS; i++)
    {
      struct counter *counter = &counters[i];
      counter->kind = table[i].kind;
      counter->parts = parts_of (i);
      counter->sample = 1;
      counter->source = pmu_source (i, &counter->detail);
      if (counter->source == MDTRACE_COUNTER_NOWHERE)
	counter_hooks_find (i, counter);
    }
}

int
counter_check (uint32_t number)
{
  if (number >= MDTRACE_COUNTER_SLOTS || counters[number].kind == 0)
    return MDTRACE_ERR_NO_SUCH_COUNTER;
  return counters[number].source == MDTRACE_COUNTER_NOWHERE
	     ? MDTRACE_ERR_COUNTER_UNAVAILABLE
	     : MDTRACE_OK;
}

uint32_t
counter_list (uint32_t first, void *buffer, uint32_t *bytes)
{
  mdtrace_counter_info_t *info = buffer;
  uint32_t room = *bytes / sizeof *info;

  *bytes = 0;
  for (; first < MDTRACE_COUNTER_SLOTS; first++)
    {
      const struct counter *counter = &counters[first];
      if (counter->kind == 0)
	continue;
      if (room-- == 0)
	return first;
      bool is_custom = first >= MDTRACE_CUSTOM_FIRST;
      clear_memory (info, sizeof *info);
      info->number = first;
      info->kind = counter->kind;
      info->state = counter->source == MDTRACE_COUNTER_NOWHERE
			? MDTRACE_COUNTER_UNAVAILABLE
		    : counter->on ? MDTRACE_COUNTER_ON
				  : MDTRACE_COUNTER_OFF;
      info->source = counter->source;
      info->sample = counter->sample;
      info->parts = counter->parts;
      info->sites = counter->sites;
      info->refused = counter->refused;
      text_copy (info->name, sizeof info->name,
		 is_custom ? custom[first - MDTRACE_CUSTOM_FIRST].name
			   : table[first].word);
      text_copy (info->unit, sizeof info->unit,
		 is_custom ? custom[first - MDTRACE_CUSTOM_FIRST].unit
			   : table[first].unit);
      info->lost = counter_hooks_lost (first);
      if (counter->detail != NULL)
	text_copy (info->detail, sizeof info->detail, counter->detail);
      info++;
      *bytes += sizeof *info;
    }
  return 0;
}

/* Whether COUNTER counts by the performance monitoring unit.  */
static bool
is_pmu (const struct counter *counter)
{
  return counter->source == MDTRACE_COUNTER_PMU_INTEL
	 || counter->source == MDTRACE_COUNTER_PMU_AMD;
}

/* Make what COUNTER counts in, if it has that not yet.  */
static int
make_cells (struct counter *counter)
{
  word_t bytes = sizeof (struct counter_cell) * counter->parts * cpus;

  if (is_pmu (counter))
    {
      if (counter->bases == NULL)
	counter->bases = pages_allocate_small (cpus * sizeof (uint64_t));
      return counter->bases == NULL ? MDTRACE_ERR_NO_MEMORY : MDTRACE_OK;
    }
  if (counter->cells == NULL)
    counter->cells = bytes < PAGE_BYTES ? pages_allocate_small (bytes)
					: pages_allocate (bytes);
  return counter->cells == NULL ? MDTRACE_ERR_NO_MEMORY : MDTRACE_OK;
}

/* Set what counter NUMBER, which nobody updates at this moment, has counted to
   0.  */
static void
clear_cells (unsigned number)
{
  struct counter *counter = &counters[number];

  for (uint32_t cpu = 0; cpu < cpus && counter->bases != NULL; cpu++)
    counter->bases[cpu] = pmu_count (number, cpu);
  /* The sequence goes on: a tick may be reading.  */
  for (uint32_t i = 0; i < counter->parts * cpus && counter->cells != NULL;
       i++)
    {
      struct counter_cell *cell = &counter->cells[i];
      word_t flags = interrupts_disable ();
      cell->sequence++;
      store_barrier ();
      clear_memory (&cell->count,
		    sizeof *cell - offsetof (struct counter_cell, count));
      cell->minimum = UINT64_MAX;
      store_barrier ();
      cell->sequence++;
      interrupts_restore (flags);
    }
}

int
perf_counter_enable (uint32_t number, uint32_t sample)
{
  int error = counter_check (number);

  if (error != MDTRACE_OK)
    return error;
  struct counter *counter = &counters[number];
  if (sample > MDTRACE_SAMPLE_MAX
      || (sample > 1 && counter->kind != MDTRACE_COUNTER_DURATION)
      || (sample > 1 && number >= MDTRACE_CUSTOM_FIRST))
    return MDTRACE_ERR_BAD_SAMPLE;
  if (counter->on)
    return MDTRACE_ERR_ALREADY_ENABLED;
  error = make_cells (counter);
  if (error != MDTRACE_OK)
    return error;
  clear_cells (number);
  counter->sample = sample == 0 ? 1 : sample;
  if (counter->source == MDTRACE_COUNTER_PLACES)
    error = counter_hooks_enable (number);
  else if (counter->source != MDTRACE_COUNTER_TASKS)
    pmu_want (number, true);
  counter->on = error == MDTRACE_OK;
  return error;
}

int
perf_counter_disable (uint32_t number)
{
  int error = counter_check (number);

  if (error == MDTRACE_ERR_COUNTER_UNAVAILABLE)
    return MDTRACE_ERR_NOT_ENABLED;
  if (error != MDTRACE_OK)
    return error;
  struct counter *counter = &counters[number];
  if (!counter->on)
    return MDTRACE_ERR_NOT_ENABLED;
  if (counter->source == MDTRACE_COUNTER_PLACES)
    counter_hooks_disable (number);
  else if (counter->source != MDTRACE_COUNTER_TASKS)
    pmu_want (number, false);
  counter->on = false;
  return MDTRACE_OK;
}

/* Copy CELL as it is at one moment, whatever its CPU does.  */
static void
copy_cell (const struct counter_cell *cell, struct counter_cell *copy)
{
  word_t flags = interrupts_disable ();
  uint32_t before;

  do
    {
      while ((before = __atomic_load_n (&cell->sequence, __ATOMIC_ACQUIRE)) % 2
	     != 0)
	cpu_relax ();
      copy_memory (copy, cell, sizeof *copy);
      full_barrier ();
    }
  while (__atomic_load_n (&cell->sequence, __ATOMIC_RELAXED) != before);
  interrupts_restore (flags);
}

/* Add CELL to VALUE.  */
static void
add_cell (mdtrace_counter_value_t *value, const struct counter_cell *cell)
{
  if (cell->count > 0 && (value->count == 0 || cell->minimum < value->minimum))
    value->minimum = cell->minimum;
  if (cell->maximum > value->maximum)
    value->maximum = cell->maximum;
  value->count += cell->count;
  value->sum += cell->sum;
  for (unsigned i = 0; i < MDTRACE_COUNTER_BUCKETS; i++)
    value->buckets[i] += cell->buckets[i];
}

/* What PART of counter NUMBER has come to on CPU, or on all.  */
static void
read_part (unsigned number, uint32_t cpu, unsigned part,
	   mdtrace_counter_value_t *value)
{
  const struct counter *counter = &counters[number];
  /* Under the server lock, and large for a kernel's stack.  */
  static struct counter_cell copy;
  /* What comes from the performance monitoring unit.  */
  unsigned pmu_part
      = number == MDTRACE_COUNTER_MEMORY_BANDWIDTH ? MDTRACE_PART_BUS : 0;

  clear_memory (value, sizeof *value);
  value->part = part;
  value->sample = counter->sample;
  value->minimum = UINT64_MAX;
  for (uint32_t i = 0; i < cpus; i++)
    if (cpu != MDTRACE_CPU_ALL && cpu != i)
      continue;
    else if (counter->bases != NULL && part == pmu_part)
      {
	value->sum += pmu_count (number, i) - counter->bases[i];
	value->count = value->sum;
      }
    else if (counter->cells != NULL)
      {
	copy_cell (&counter->cells[i * counter->parts + part], &copy);
	add_cell (value, &copy);
      }
  /* There are no durations.  */
  if (value->minimum == UINT64_MAX)
    value->minimum = 0;
  if (number == MDTRACE_COUNTER_VM_PRESSURE && part == MDTRACE_PART_PRESSURE
      && counter->on)
    {
      value->count = 1;
      value->sum = value->minimum = value->maximum = snapshot_pressure ();
    }
}

int
counter_read (uint32_t number, uint32_t cpu, uint32_t first, uint32_t *next,
	      void *buffer, uint32_t *bytes)
{
  mdtrace_counter_value_t *value = buffer;
  uint32_t room = *bytes / sizeof *value;
  int error = counter_check (number);

  if (error != MDTRACE_OK)
    return error;
  if (cpu != MDTRACE_CPU_ALL && cpu >= cpus)
    return MDTRACE_ERR_NO_SUCH_CPU;
  *bytes = 0;
  for (*next = first; *next < counters[number].parts; ++*next)
    {
      if (room == 0)
	return MDTRACE_OK;
      read_part (number, cpu, *next, value);
      if (value->count == 0)
	continue;
      value++;
      room--;
      *bytes += sizeof *value;
    }
  *next = 0;
  return MDTRACE_OK;
}

int
counter_reset (uint32_t number)
{
  int error = counter_check (number);

  if (error != MDTRACE_OK)
    return error;
  struct counter *counter = &counters[number];
  /* No other CPU may be writing what is cleared.  */
  bool stop = counter->on && counter->source == MDTRACE_COUNTER_PLACES;
  if (stop)
    counter_hooks_disable (number);
  clear_cells (number);
  if (stop)
    {
      error = counter_hooks_enable (number);
      counter->on = error == MDTRACE_OK;
    }
  return error;
}

/* The kind of PART of counter NUMBER, if it is not that of the counter.  */
static unsigned
part_kind (unsigned number, unsigned part)
{
#define MDTRACE_COUNTER_PART(counter, place, name, word, kind, unit,          \
			     documentation)                                   \
  if (number == MDTRACE_COUNTER_##counter && part == place)                   \
    return MDTRACE_COUNTER_##kind;
#include "mdtrace_counter_parts.def"
#undef MDTRACE_COUNTER_PART
  return counters[number].kind;
}

/* COUNT and SUM of CELL at one moment.  */
static void
add_sums (const struct counter_cell *cell, struct mdtrace_counter_sum *sum)
{
  uint64_t count, total;
  uint32_t before;

  do
    {
      while ((before = __atomic_load_n (&cell->sequence, __ATOMIC_ACQUIRE)) % 2
	     != 0)
	cpu_relax ();
      count = cell->count;
      total = cell->sum;
      full_barrier ();
    }
  while (__atomic_load_n (&cell->sequence, __ATOMIC_RELAXED) != before);
  sum->count += count;
  sum->sum += total;
}

void
counter_sum (unsigned number, struct mdtrace_counter_sum *sum)
{
  const struct counter *counter = &counters[number];
  word_t flags = interrupts_disable ();

  sum->count = sum->sum = 0;
  if (counter->cells != NULL)
    for (uint32_t i = 0; i < counter->parts * cpus; i++)
      if (part_kind (number, i % counter->parts) == counter->kind)
	add_sums (&counter->cells[i], sum);
  for (uint32_t i = 0; i < cpus && counter->bases != NULL; i++)
    sum->sum += pmu_count (number, i) - counter->bases[i];
  if (counter->bases != NULL)
    sum->count = sum->sum;
  sum->count *= counter->sample;
  sum->sum *= counter->sample;
  if (number == MDTRACE_COUNTER_VM_PRESSURE)
    {
      sum->count = 1;
      sum->sum = snapshot_pressure ();
    }
  interrupts_restore (flags);
}

uint64_t
counter_short_ns (unsigned number, unsigned end)
{
  const struct counter *counter = &counters[number];
  uint64_t sum = 0;

  for (uint32_t i = 0; i < counter->parts * cpus && counter->cells != NULL;
       i++)
    for (unsigned bucket = 1; bucket < end; bucket++)
      /* From 2^(bucket - 1) to twice that.  */
      sum += counter->cells[i].buckets[bucket]
	     * (((uint64_t) 3 << bucket) / 4);
  return sum * counter->sample;
}

/* The number of the counter NAME that tasks update; MDTRACE_COUNTER_SLOTS if
   there is none.  */
static unsigned
find_custom (const char *name)
{
  unsigned i;

  for (i = MDTRACE_CUSTOM_FIRST; i < MDTRACE_COUNTER_SLOTS; i++)
    if (counters[i].kind != 0
	&& text_equal (custom[i - MDTRACE_CUSTOM_FIRST].name, name))
      break;
  return i;
}

/* Whether NAME is one that people can write.  */
static bool
is_name (const char *name)
{
  if (*name == '\0')
    return false;
  for (; *name != '\0'; name++)
    if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z')
	  || (*name >= '0' && *name <= '9') || *name == '-' || *name == '_'
	  || *name == '.'))
      return false;
  return true;
}

int
counter_create (const char *name, const char *unit, uint32_t kind,
		uint32_t *number)
{
  unsigned i;

  if (!is_name (name) || kind < MDTRACE_COUNTER_COUNT
      || kind > MDTRACE_COUNTER_LEVEL)
    return MDTRACE_ERR_BAD_ARGUMENT;
  for (i = 0; i < MDTRACE_COUNTERS; i++)
    if (text_equal (table[i].word, name))
      return MDTRACE_ERR_COUNTER_EXISTS;
  if (find_custom (name) < MDTRACE_COUNTER_SLOTS)
    return MDTRACE_ERR_COUNTER_EXISTS;
  for (i = MDTRACE_CUSTOM_FIRST; i < MDTRACE_COUNTER_SLOTS; i++)
    if (counters[i].kind == 0)
      break;
  if (i == MDTRACE_COUNTER_SLOTS)
    return MDTRACE_ERR_TOO_MANY_COUNTERS;
  struct counter *counter = &counters[i];
  counter->parts = 1;
  counter->sample = 1;
  counter->source = MDTRACE_COUNTER_TASKS;
  int error = make_cells (counter);
  if (error != MDTRACE_OK)
    return error;
  clear_cells (i);
  text_copy (custom[i - MDTRACE_CUSTOM_FIRST].name,
	     sizeof (mdtrace_counter_name_t), name);
  text_copy (custom[i - MDTRACE_CUSTOM_FIRST].unit,
	     sizeof (mdtrace_counter_unit_t), unit);
  counter->kind = kind;
  counter->on = true;
  *number = i;
  return MDTRACE_OK;
}

int
counter_destroy (uint32_t number)
{
  if (number < MDTRACE_CUSTOM_FIRST || counter_check (number) != MDTRACE_OK)
    return MDTRACE_ERR_NO_SUCH_COUNTER;
  counters[number].on = false;
  counters[number].kind = 0;
  return MDTRACE_OK;
}

int
perf_counter_update (const char *name, uint64_t value)
{
  unsigned number = find_custom (name);

  if (number == MDTRACE_COUNTER_SLOTS)
    return MDTRACE_ERR_NO_SUCH_COUNTER;
  struct counter *counter = &counters[number];
  if (!counter->on)
    return MDTRACE_ERR_NOT_ENABLED;
  /* Whoever updates has the server lock: the first CPU's cell serves all.  */
  struct counter_cell *cell = counter->cells;
  word_t flags = interrupts_disable ();
  cell->sequence++;
  store_barrier ();
  uint64_t sum = cell->sum;
  counter_cell_add_alone (cell, value);
  cell->sum = counter->kind == MDTRACE_COUNTER_LEVEL ? value : sum + value;
  store_barrier ();
  cell->sequence++;
  interrupts_restore (flags);
  return MDTRACE_OK;
}

#endif /* MACH_PERF_COUNTERS */
