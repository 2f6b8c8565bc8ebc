/* The performance monitoring unit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Which unit there is CPUID says: Intel's architectural one, or AMD's core
   counters.  Each event gets a counter of its own, the same one on all CPUs,
   which counts in user and in kernel mode.  Counters are never written: they
   run on from whatever they hold, and at each clock tick what has come since
   the last one is added up, modulo their width.  In a tick a CPU does not
   complete as many instructions as the narrowest counter, of 32 bits, can tell
   apart.  No interrupt is asked for.

   What is not ours is left alone: a register that CPUID does not announce, a
   counter that is enabled already, since firmware or a hypervisor may use it,
   and a CPU whose unit is not like that of the first one; that counts nothing.
   A counter whose register does not keep what is written to it is that of an
   emulation, and is not taken for one.

   All this has run against a model of the registers, tests/unit/tst.pmu.c, and
   in virtual machines that have no unit.  No run on real hardware has been
   made.  */

#include <config.h>

#include "pages.h"
#include "x86/cpu.h"
#include "x86/pmu.h"

#if MACH_PERF_COUNTERS

enum
{
  /* Of a register that selects an event; the same with both.  */
  SELECT_USER = 1 << 16,
  SELECT_KERNEL = 1 << 17,
  SELECT_ENABLE = 1 << 22,

  /* Intel SDM, volume 4, "Architectural MSRs".  */
  INTEL_VALUE = 0xc1,
  INTEL_SELECT = 0x186,
  INTEL_FIXED_VALUE = 0x309,
  INTEL_FIXED_CONTROL = 0x38d,
  INTEL_GLOBAL_CONTROL = 0x38f,
  FIXED_FIELD = 0xf,
  FIXED_USER_AND_KERNEL = 3,
  /* Of the global control, the bit of the first fixed counter.  */
  FIXED_GLOBAL_BIT = 32,

  BYTES_PER_MISS = 64,
  AMD_WIDTH = 48,
  AMD_LEGACY_COUNTERS = 4,
  AMD_CORE_COUNTERS = 6
};

/* AMD APM, volume 2, "Performance Monitoring Counters"; the last one PPR for
   family 19h.  */
#define AMD_LEGACY_SELECT 0xc0010000
#define AMD_LEGACY_VALUE 0xc0010004
#define AMD_CORE_SELECT 0xc0010200
#define AMD_CORE_VALUE 0xc0010201
#define AMD_GLOBAL_CONTROL 0xc0000301

/* AMD's families, from 10h on.  */
#define FAMILY(number) (1 << ((number) -0x10))
#define FAMILIES_ZEN                                                          \
  (FAMILY (0x17) | FAMILY (0x18) | FAMILY (0x19) | FAMILY (0x1a))

/* What can be counted, and by which event.  The first ones of a unit get their
   counters first.  */
static const struct pmu_event
{
  uint8_t source; /* enum mdtrace_counter_source */
  uint8_t number; /* enum mdtrace_counter */
  uint8_t code, mask;
  uint8_t missing;   /* Intel: the bit of CPUID 0AH EBX that is set without */
  uint8_t counters;  /* that can count it, as a mask */
  uint16_t families; /* AMD: that have it */
  const char *detail;
} events[] = {
  /* Intel SDM, volume 3B, "Pre-defined Architectural Performance Events".  */
  { MDTRACE_COUNTER_PMU_INTEL, MDTRACE_COUNTER_INSTRUCTIONS, 0xc0, 0, 1, 0xff,
    0, "Intel architectural event C0H, instructions retired" },
  { MDTRACE_COUNTER_PMU_INTEL, MDTRACE_COUNTER_CACHE_MISSES, 0x2e, 0x41, 4,
    0xff, 0, "Intel architectural event 2EH/41H, last-level cache misses" },
  { MDTRACE_COUNTER_PMU_INTEL, MDTRACE_COUNTER_BRANCH_MISPREDICTS, 0xc5, 0, 6,
    0xff, 0, "Intel architectural event C5H, branch mispredicts retired" },

  /* AMD BKDG for families 10h, 12h and 15h, PMCx07E, PMCx046, PMCx0C0,
     PMCx0C3.  In family 15h the first two need one of the counters 0 to 2.  */
  { MDTRACE_COUNTER_PMU_AMD, MDTRACE_COUNTER_CACHE_MISSES, 0x7e, 0x07, 0, 0x07,
    FAMILY (0x10) | FAMILY (0x12) | FAMILY (0x15),
    "AMD event 7EH/07H, L2 cache misses; an L3 cache may serve them" },
  { MDTRACE_COUNTER_PMU_AMD, MDTRACE_COUNTER_TLB_MISSES, 0x46, 0x07, 0, 0x07,
    FAMILY (0x10) | FAMILY (0x12),
    "AMD event 46H/07H, data accesses that miss the L1 and L2 TLB" },
  { MDTRACE_COUNTER_PMU_AMD, MDTRACE_COUNTER_TLB_MISSES, 0x46, 0x77, 0, 0x07,
    FAMILY (0x15), "AMD event 46H/77H, unified TLB misses" },
  /* AMD PPR for families 17h, 19h and 1Ah, PMCx064 and PMCx045.  */
  { MDTRACE_COUNTER_PMU_AMD, MDTRACE_COUNTER_CACHE_MISSES, 0x64, 0x09, 0, 0xff,
    FAMILIES_ZEN,
    "AMD event 64H/09H, L2 cache misses; the L3 cache may serve them" },
  { MDTRACE_COUNTER_PMU_AMD, MDTRACE_COUNTER_TLB_MISSES, 0x45, 0xf0, 0, 0xff,
    FAMILIES_ZEN,
    "AMD event 45H/F0H, data accesses that miss the L1 and L2 TLB" },
  { MDTRACE_COUNTER_PMU_AMD, MDTRACE_COUNTER_INSTRUCTIONS, 0xc0, 0, 0, 0xff,
    0xffff, "AMD event C0H, instructions retired" },
  { MDTRACE_COUNTER_PMU_AMD, MDTRACE_COUNTER_BRANCH_MISPREDICTS, 0xc3, 0, 0,
    0xff, 0xffff, "AMD event C3H, mispredicted branches retired" },
};

/* The counters that have an event of their own are the first ones.  */
enum
{
  COUNTED = MDTRACE_COUNTER_TLB_MISSES + 1
};

/* What tells a unit from another one.  */
struct pmu_identity
{
  uint32_t source; /* enum mdtrace_counter_source */
  uint32_t family;
  uint32_t words[4];
};

/* The unit [I].  */
static struct
{
  struct pmu_identity identity;
  uint32_t global;   /* register of the global control, or 0 */
  uint32_t counters; /* that there are, and of these as a mask: */
  uint32_t taken;
} unit;

/* What counts each of the first counters [I].  */
static struct pmu_counter
{
  const char *detail; /* see mdtrace_counter_info */
  uint32_t control;   /* register, or 0: it is not counted */
  uint32_t value;     /* register */
  uint64_t field;     /* of CONTROL what belongs to it, */
  uint64_t busy;      /* of which any bit is set while somebody uses it, */
  uint64_t program;   /* and what lets it count */
  uint64_t global;    /* its bit in the global control */
  uint64_t width;     /* as a mask */
} pmu_counters[COUNTED];

enum pmu_cell_state
{
  CELL_NEW = 0, /* the CPU has not been looked at */
  CELL_STOPPED = 1,
  CELL_RUNS = 2,
  CELL_UNUSABLE = 3 /* its unit is another one */
};

/* What has been counted on one CPU [c].  Who reads COUNT looks at SEQUENCE,
   which is odd while it is being written.  */
struct pmu_cell
{
  uint32_t sequence;
  uint8_t state;   /* enum pmu_cell_state */
  bool set_global; /* it was us who set its bit in the global control */
  uint64_t last;   /* what VALUE held at the last tick */
  uint64_t count;
};

/* That of counter N on CPU C is the one with number C * COUNTED + N [I].  */
static struct pmu_cell *pmu_cells;
/* Counters that are to count, as MDTRACE_COUNTER_BIT [s].  */
static uint32_t wanted;

static const char no_unit[]
    = "this CPU announces no performance monitoring unit (CPUID leaf 0AH)";
static const char no_unit_amd[]
    = "this CPU announces no performance counters that mdtrace knows (CPUID "
      "8000_0001H ECX bit 23)";
static const char no_unit_guest[]
    = "this virtual machine announces no performance counters (CPUID "
      "8000_0001H ECX bit 23)";
static const char no_vendor[]
    = "mdtrace knows the performance monitoring units of Intel and AMD, this "
      "CPU is another one's";
static const char no_event[] = "this CPU's performance monitoring unit "
			       "announces no event for it (CPUID "
			       "leaf 0AH EBX)";
static const char no_architectural_event[]
    = "Intel has no architectural event for it, and mdtrace uses no others";
static const char no_documented_event[]
    = "mdtrace knows no event for it in AMD CPUs of this family";
static const char no_counter[]
    = "this CPU's performance monitoring unit has too few counters that are "
      "free";
static const char no_response[]
    = "this CPU announces the counter, but its registers do not keep what is "
      "written to them";
static const char no_memory[] = "there was no memory for what it counts";

/* Look which unit this CPU has.  Returns why it has none, or null.  */
static const char *
identify (struct pmu_identity *identity)
{
  struct cpuid vendor, features, unit_leaf = { 0 }, extended;

  clear_memory (identity, sizeof *identity);
  cpuid (0, &vendor);
  if (vendor.eax == 0)
    return no_vendor;
  cpuid (1, &features);
  identity->family = features.eax >> 8 & 0xf;
  if (identity->family == 0xf)
    identity->family += features.eax >> 20 & 0xff;
  if (vendor.ebx == 0x756e6547 && vendor.edx == 0x49656e69
      && vendor.ecx == 0x6c65746e) /* GenuineIntel */
    {
      if (vendor.eax >= 0xa)
	cpuid (0xa, &unit_leaf);
      /* A version and general counters, of a width that can be.  */
      if ((unit_leaf.eax & 0xff) == 0 || (unit_leaf.eax >> 8 & 0xff) == 0
	  || (unit_leaf.eax >> 16 & 0xff) < 32
	  || (unit_leaf.eax >> 16 & 0xff) > 64)
	return no_unit;
      identity->source = MDTRACE_COUNTER_PMU_INTEL;
      identity->words[0] = unit_leaf.eax;
      identity->words[1] = unit_leaf.ebx;
      identity->words[2] = unit_leaf.edx;
      return NULL;
    }
  if (!(vendor.ebx == 0x68747541 && vendor.edx == 0x69746e65
	&& vendor.ecx == 0x444d4163) /* AuthenticAMD */
      && !(vendor.ebx == 0x6f677948 && vendor.edx == 0x6e65476e
	   && vendor.ecx == 0x656e6975)) /* HygonGenuine */
    return no_vendor;
  cpuid (0x80000000, &extended);
  uint32_t last = extended.eax;
  if (last >= 0x80000001)
    {
      cpuid (0x80000001, &extended);
      identity->words[0] = extended.ecx & 1 << 23;
    }
  if (identity->family < 0x10 || identity->family > 0x1f)
    return no_unit_amd;
  /* The counters that are older than that bit come with the family; but nobody
     knows what becomes of their registers in a virtual machine.  */
  if (identity->words[0] == 0 && features.ecx >> 31 != 0)
    return no_unit_guest;
  if (last >= 0x80000022 && identity->words[0] != 0)
    {
      cpuid (0x80000022, &extended);
      identity->words[1] = extended.eax & 1;
      identity->words[2] = identity->words[1] != 0 ? extended.ebx & 0xf : 0;
    }
  identity->source = MDTRACE_COUNTER_PMU_AMD;
  return NULL;
}

static uint64_t
width_mask (unsigned bits)
{
  return bits >= 64 ? UINT64_MAX : ((uint64_t) 1 << bits) - 1;
}

/* Whether the register of COUNTER keeps what is written to it.  */
static bool
responds (const struct pmu_counter *counter)
{
  word_t flags = interrupts_disable ();
  uint64_t before = read_msr (counter->control);

  write_msr (counter->control, (before & ~counter->field) | counter->program);
  bool kept
      = (read_msr (counter->control) & counter->field) == counter->program;
  write_msr (counter->control, before);
  interrupts_restore (flags);
  return kept;
}

/* Let the fixed counter of instructions count, if it is there and free.  */
static bool
take_fixed (struct pmu_counter *counter)
{
  uint32_t edx = unit.identity.words[2];
  unsigned bits = edx >> 5 & 0xff;

  if (unit.global == 0 || (edx & 0x1f) == 0 || bits < 32
      || (read_msr (INTEL_FIXED_CONTROL) & FIXED_FIELD) != 0)
    return false;
  counter->detail = "Intel fixed counter 0, instructions retired";
  counter->control = INTEL_FIXED_CONTROL;
  counter->value = INTEL_FIXED_VALUE;
  counter->field = counter->busy = FIXED_FIELD;
  counter->program = FIXED_USER_AND_KERNEL;
  counter->global = (uint64_t) 1 << FIXED_GLOBAL_BIT;
  counter->width = width_mask (bits);
  return true;
}

/* Let a general counter that is free count EVENT.  */
static bool
take_general (const struct pmu_event *event, struct pmu_counter *counter)
{
  bool intel = event->source == MDTRACE_COUNTER_PMU_INTEL;
  bool core = unit.identity.words[0] != 0;

  for (unsigned i = 0; i < unit.counters && i < 8; i++)
    {
      uint32_t control = intel	? INTEL_SELECT + i
			 : core ? AMD_CORE_SELECT + 2 * i
				: AMD_LEGACY_SELECT + i;
      if ((unit.taken >> i & 1) != 0 || (event->counters >> i & 1) == 0
	  || (read_msr (control) & SELECT_ENABLE) != 0)
	continue;
      unit.taken |= 1 << i;
      counter->detail = event->detail;
      counter->control = control;
      counter->value = intel  ? INTEL_VALUE + i
		       : core ? AMD_CORE_VALUE + 2 * i
			      : AMD_LEGACY_VALUE + i;
      counter->field = UINT64_MAX;
      counter->busy = SELECT_ENABLE;
      counter->program = event->code | event->mask << 8 | SELECT_USER
			 | SELECT_KERNEL | SELECT_ENABLE;
      counter->global = (uint64_t) 1 << i;
      counter->width = width_mask (intel ? unit.identity.words[0] >> 16 & 0xff
					 : AMD_WIDTH);
      return true;
    }
  return false;
}

/* Whether this unit has EVENT.  */
static bool
has_event (const struct pmu_event *event)
{
  if (event->source != unit.identity.source)
    return false;
  if (event->source == MDTRACE_COUNTER_PMU_AMD)
    return (event->families & FAMILY (unit.identity.family)) != 0;
  return event->missing < unit.identity.words[0] >> 24
	 && (unit.identity.words[1] >> event->missing & 1) == 0;
}

/* See how many counters the unit has.  */
static void
count_counters (void)
{
  const struct pmu_identity *identity = &unit.identity;

  if (identity->source == MDTRACE_COUNTER_PMU_INTEL)
    {
      unit.counters = identity->words[0] >> 8 & 0xff;
      if ((identity->words[0] & 0xff) >= 2)
	unit.global = INTEL_GLOBAL_CONTROL;
    }
  else if (identity->words[1] != 0)
    {
      unit.counters = identity->words[2];
      unit.global = AMD_GLOBAL_CONTROL;
    }
  else
    unit.counters
	= identity->words[0] != 0 ? AMD_CORE_COUNTERS : AMD_LEGACY_COUNTERS;
}

/* Memory for what is counted, or null.  */
static struct pmu_cell *
make_cells (void)
{
  word_t bytes = sizeof (struct pmu_cell) * COUNTED * cpus;

  return bytes < PAGE_BYTES ? pages_allocate_small (bytes)
			    : pages_allocate (bytes);
}

void
pmu_find (void)
{
  wanted = 0;
  clear_memory (&unit, sizeof unit);
  clear_memory (pmu_counters, sizeof pmu_counters);
  const char *reason = identify (&unit.identity);
  if (reason == NULL)
    {
      reason = unit.identity.source == MDTRACE_COUNTER_PMU_AMD
		   ? no_documented_event
		   : no_event;
      pmu_cells = make_cells ();
      if (pmu_cells == NULL)
	{
	  unit.identity.source = MDTRACE_COUNTER_NOWHERE;
	  reason = no_memory;
	}
    }
  for (unsigned i = 0; i < COUNTED; i++)
    pmu_counters[i].detail = reason;
  if (unit.identity.source == MDTRACE_COUNTER_NOWHERE)
    return;
  count_counters ();
  if (unit.identity.source == MDTRACE_COUNTER_PMU_INTEL)
    pmu_counters[MDTRACE_COUNTER_TLB_MISSES].detail = no_architectural_event;
  for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++)
    {
      struct pmu_counter *counter = &pmu_counters[events[i].number];
      if (!has_event (&events[i]))
	continue;
      bool may_be_fixed = events[i].source == MDTRACE_COUNTER_PMU_INTEL
			  && events[i].number == MDTRACE_COUNTER_INSTRUCTIONS;
      if (!(may_be_fixed && take_fixed (counter))
	  && !take_general (&events[i], counter))
	counter->detail = no_counter;
      else if (!responds (counter))
	{
	  counter->control = 0;
	  counter->detail = no_response;
	}
    }
}

unsigned
pmu_source (unsigned number, const char **detail)
{
  const struct pmu_counter *misses
      = &pmu_counters[MDTRACE_COUNTER_CACHE_MISSES];

  *detail = NULL;
  if (number < COUNTED)
    {
      *detail = pmu_counters[number].detail;
      return pmu_counters[number].control != 0 ? unit.identity.source
					       : MDTRACE_COUNTER_NOWHERE;
    }
  /* What AMD's event counts need not go to memory.  */
  if (number != MDTRACE_COUNTER_MEMORY_BANDWIDTH || misses->control == 0
      || unit.identity.source != MDTRACE_COUNTER_PMU_INTEL)
    return MDTRACE_COUNTER_NOWHERE;
  *detail = "Intel architectural event 2EH/41H, last-level cache misses, 64 "
	    "bytes each";
  return unit.identity.source;
}

void
pmu_want (unsigned number, bool on)
{
  uint32_t bit = MDTRACE_COUNTER_BIT (number);

  __atomic_store_n (&wanted, on ? wanted | bit : wanted & ~bit,
		    __ATOMIC_RELAXED);
}

/* Whether counter NUMBER, of the first ones, is to count.  */
static bool
is_wanted (unsigned number)
{
  uint32_t bits = MDTRACE_COUNTER_BIT (number);

  if (number == MDTRACE_COUNTER_CACHE_MISSES)
    bits |= MDTRACE_COUNTER_BIT (MDTRACE_COUNTER_MEMORY_BANDWIDTH);
  return (__atomic_load_n (&wanted, __ATOMIC_RELAXED) & bits) != 0;
}

/* Let COUNTER count on this CPU, if it can and nobody else uses it.  */
static void
start (const struct pmu_counter *counter, struct pmu_cell *cell)
{
  if (cell->state == CELL_NEW)
    {
      struct pmu_identity identity;
      identify (&identity);
      cell->state = CELL_STOPPED;
      if (identity.source != unit.identity.source
	  || identity.family != unit.identity.family
	  || identity.words[0] != unit.identity.words[0]
	  || identity.words[1] != unit.identity.words[1]
	  || identity.words[2] != unit.identity.words[2])
	cell->state = CELL_UNUSABLE;
    }
  if (cell->state == CELL_UNUSABLE)
    return;
  uint64_t control = read_msr (counter->control);
  if ((control & counter->busy) != 0)
    return;
  write_msr (counter->control, (control & ~counter->field) | counter->program);
  if (unit.global != 0)
    {
      uint64_t global = read_msr (unit.global);
      cell->set_global = (global & counter->global) == 0;
      if (cell->set_global)
	write_msr (unit.global, global | counter->global);
    }
  cell->last = read_msr (counter->value);
  cell->state = CELL_RUNS;
}

static void
stop (const struct pmu_counter *counter, struct pmu_cell *cell)
{
  write_msr (counter->control, read_msr (counter->control) & ~counter->field);
  if (cell->set_global)
    write_msr (unit.global, read_msr (unit.global) & ~counter->global);
  cell->set_global = false;
  cell->state = CELL_STOPPED;
}

/* Add up what has come since the last tick.  */
static void
add (const struct pmu_counter *counter, struct pmu_cell *cell)
{
  uint64_t value = read_msr (counter->value);

  cell->sequence++;
  store_barrier ();
  cell->count += (value - cell->last) & counter->width;
  store_barrier ();
  cell->sequence++;
  cell->last = value;
}

void
pmu_tick (unsigned cpu)
{
  if (unit.identity.source == MDTRACE_COUNTER_NOWHERE)
    return;
  for (unsigned i = 0; i < COUNTED; i++)
    {
      const struct pmu_counter *counter = &pmu_counters[i];
      struct pmu_cell *cell = &pmu_cells[cpu * COUNTED + i];
      if (counter->control == 0)
	continue;
      if (cell->state == CELL_RUNS)
	add (counter, cell);
      if (is_wanted (i) && cell->state != CELL_RUNS)
	start (counter, cell);
      else if (!is_wanted (i) && cell->state == CELL_RUNS)
	stop (counter, cell);
    }
}

uint64_t
pmu_count (unsigned number, unsigned cpu)
{
  bool bytes = number == MDTRACE_COUNTER_MEMORY_BANDWIDTH;
  const struct pmu_cell *cell
      = &pmu_cells[cpu * COUNTED
		   + (bytes ? MDTRACE_COUNTER_CACHE_MISSES : number)];
  uint64_t count;
  uint32_t before;

  do
    {
      while ((before = __atomic_load_n (&cell->sequence, __ATOMIC_ACQUIRE)) % 2
	     != 0)
	cpu_relax ();
      count = *(const volatile uint64_t *) &cell->count;
      full_barrier ();
    }
  while (__atomic_load_n (&cell->sequence, __ATOMIC_RELAXED) != before);
  return bytes ? count * BYTES_PER_MISS : count;
}

#endif /* MACH_PERF_COUNTERS */
