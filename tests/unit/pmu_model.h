/* A model of performance monitoring units: what CPUID tells of them, and their
   registers.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Written by the vendors' manuals, not by kernel/x86/pmu.c.  A register that
   this machine has not, or that nobody may write, ends the test, as does a bit
   that is reserved, or one that asks for an interrupt.  */

#ifndef UNIT_PMU_MODEL_H
#define UNIT_PMU_MODEL_H

#include "probes.h"
#include "x86/cpu.h"

enum
{
  MODEL_GENERAL_MAX = 8,
  MODEL_FIXED_MAX = 4
};

enum model_vendor
{
  MODEL_INTEL,
  MODEL_AMD,
  MODEL_HYGON,
  MODEL_OTHER
};

/* What happens in a processor.  */
enum model_event
{
  MODEL_INSTRUCTION,
  MODEL_CACHE_MISS,
  MODEL_MISPREDICT,
  MODEL_TLB_MISS,
  MODEL_CYCLE
};

/* The machine; set by each test.  */
struct model_machine
{
  enum model_vendor vendor;
  unsigned family;
  bool guest;
  /* An emulation that hides itself, and ignores what is written.  */
  bool deaf;
  /* Intel: leaf 0AH.  Version 0: it is not there.  */
  unsigned version, general, width, fixed, fixed_width;
  unsigned known; /* length of the list of architectural events */
  unsigned missing;
  /* AMD: bit 23 of 8000_0001H ECX, and 8000_0022H.  */
  bool core, version_2;
};

/* One CPU.  */
struct model_cpu
{
  uint64_t select[MODEL_GENERAL_MAX], value[MODEL_GENERAL_MAX];
  uint64_t fixed_control, fixed[MODEL_FIXED_MAX];
  uint64_t global;
  unsigned accesses;
};

static struct model_machine model;
static struct model_cpu model_cpus[STANDIN_SLOTS];
/* A machine of which the CPUs are not alike: what the last one is.  */
static const struct model_machine *model_last;

static const struct model_machine *
model_of_this_cpu (void)
{
  return model_last != NULL && standin.cpu == STANDIN_SLOTS - 1 ? model_last
								: &model;
}

static unsigned
model_width (const struct model_machine *machine)
{
  return machine->vendor == MODEL_INTEL ? machine->width : 48;
}

static unsigned
model_general (const struct model_machine *machine)
{
  return machine->vendor == MODEL_INTEL ? machine->general
	 : machine->core		? 6
					: 4;
}

static void
model_identify_intel (const struct model_machine *machine,
		      struct cpuid *result)
{
  result->eax = machine->version | machine->general << 8 | machine->width << 16
		| machine->known << 24;
  result->ebx = machine->missing;
  if (machine->version > 1)
    result->edx = machine->fixed | machine->fixed_width << 5;
}

static void
model_identify (uint32_t leaf, struct cpuid *result)
{
  static const char vendors[][13]
      = { "GenuineIntel", "AuthenticAMD", "HygonGenuine", "CentaurHauls" };
  const struct model_machine *machine = model_of_this_cpu ();
  const char *name = vendors[machine->vendor];

  switch (leaf)
    {
    case 0:
      result->eax = machine->vendor != MODEL_INTEL ? 1
		    : machine->version > 0	   ? 0xd
						   : 2;
      memcpy (&result->ebx, name, 4);
      memcpy (&result->edx, name + 4, 4);
      memcpy (&result->ecx, name + 8, 4);
      break;
    case 1:
      result->eax = machine->family < 0xf
			? machine->family << 8
			: 0xf << 8 | (machine->family - 0xf) << 20;
      result->ecx = (uint32_t) machine->guest << 31;
      break;
    case 0xa:
      CHECK (machine->vendor == MODEL_INTEL && machine->version > 0);
      model_identify_intel (machine, result);
      break;
    case 0x80000000:
      result->eax = machine->version_2 ? 0x80000022 : 0x80000008;
      break;
    case 0x80000001:
      result->ecx = (uint32_t) machine->core << 23;
      break;
    case 0x80000022:
      CHECK (machine->version_2);
      result->eax = 1;
      result->ebx = 6;
      break;
    default:
      CHECK (false);
    }
}

/* Where the register NUMBER is, of the CPU that the test is on; *MAY has the
   bits of it that can be written.  */
static uint64_t *
model_register (uint32_t number, uint64_t *may)
{
  const struct model_machine *machine = model_of_this_cpu ();
  struct model_cpu *cpu = &model_cpus[standin.cpu];
  unsigned general = model_general (machine);
  /* Event, mask, user, kernel, edge, enable, inverse and threshold.  */
  const uint64_t select = 0xffc7ffff;

  cpu->accesses++;
  *may = 0;
  if (machine->vendor == MODEL_INTEL && machine->version > 0)
    {
      if (number - 0xc1 < general)
	return &cpu->value[number - 0xc1];
      if (number - 0x186 < general)
	{
	  *may = select;
	  return &cpu->select[number - 0x186];
	}
      if (machine->version > 1 && number - 0x309 < machine->fixed)
	return &cpu->fixed[number - 0x309];
      if (machine->version > 1 && number == 0x38d)
	{
	  /* Of each the two that enable it.  */
	  *may = 0x3333 & ((1 << 4 * machine->fixed) - 1);
	  return &cpu->fixed_control;
	}
      if (machine->version > 1 && number == 0x38f)
	{
	  *may = ((uint64_t) 1 << general) - 1;
	  *may |= (((uint64_t) 1 << machine->fixed) - 1) << 32;
	  return &cpu->global;
	}
    }
  /* The old ones are there, too.  */
  if (machine->vendor != MODEL_INTEL && machine->vendor != MODEL_OTHER
      && !(machine->guest && !machine->core))
    {
      if (number - 0xc0010000 < 4)
	{
	  *may = select;
	  return &cpu->select[number - 0xc0010000];
	}
      if (number - 0xc0010004 < 4)
	return &cpu->value[number - 0xc0010004];
      if (machine->core && number - 0xc0010200 < 2 * general)
	{
	  if (number % 2 == 1)
	    return &cpu->value[(number - 0xc0010200) / 2];
	  *may = select;
	  return &cpu->select[(number - 0xc0010200) / 2];
	}
      if (machine->version_2 && number == 0xc0000301)
	{
	  *may = 0x3f;
	  return &cpu->global;
	}
    }
  printf ("# there is no register 0x%x\n", number);
  CHECK (false);
  return NULL;
}

static uint64_t
model_read (uint32_t number)
{
  uint64_t may;

  return *model_register (number, &may);
}

static void
model_write (uint32_t number, uint64_t value)
{
  uint64_t may;
  uint64_t *at = model_register (number, &may);

  CHECK (!standin.interrupts_enabled);
  if (may == 0)
    printf ("# register 0x%x is written\n", number);
  CHECK (may != 0);
  CHECK ((value & ~may) == 0);
  if (!model_of_this_cpu ()->deaf)
    *at = value;
}

static const struct standin_processor model_processor
    = { model_identify, model_read, model_write };

/* Whether SELECT selects EVENT.  */
static bool
model_selects (const struct model_machine *machine, unsigned counter,
	       uint64_t select, enum model_event event)
{
  bool zen = machine->family >= 0x17;
  unsigned code = select & 0xff, mask = select >> 8 & 0xff;

  if (machine->vendor == MODEL_INTEL)
    switch (event)
      {
      case MODEL_INSTRUCTION:
	return code == 0xc0 && mask == 0 && !(machine->missing & 1 << 1);
      case MODEL_CACHE_MISS:
	return code == 0x2e && mask == 0x41 && !(machine->missing & 1 << 4);
      case MODEL_MISPREDICT:
	return code == 0xc5 && mask == 0 && !(machine->missing & 1 << 6);
      default:
	return false;
      }
  /* There are counters that cannot do everything.  */
  if (machine->family == 0x15 && counter > 2 && code < 0x80)
    return false;
  switch (event)
    {
    case MODEL_INSTRUCTION:
      return code == 0xc0 && mask == 0;
    case MODEL_CACHE_MISS:
      return zen ? code == 0x64 && mask == 0x09 : code == 0x7e && mask == 0x07;
    case MODEL_MISPREDICT:
      return code == 0xc3 && mask == 0;
    case MODEL_TLB_MISS:
      return zen		       ? code == 0x45 && mask == 0xf0
	     : machine->family == 0x15 ? code == 0x46 && mask == 0x77
				       : code == 0x46 && mask == 0x07;
    default:
      return false;
    }
}

static void
model_add (uint64_t *value, unsigned width, uint64_t count)
{
  *value += count;
  if (width < 64)
    *value &= ((uint64_t) 1 << width) - 1;
}

/* Let EVENT happen COUNT times on the CPU that the test is on, in user mode if
   USER.  */
static void
model_run_in (enum model_event event, uint64_t count, bool user)
{
  const struct model_machine *machine = model_of_this_cpu ();
  struct model_cpu *cpu = &model_cpus[standin.cpu];
  bool global = machine->vendor == MODEL_INTEL ? machine->version > 1
					       : machine->version_2;

  for (unsigned i = 0; i < model_general (machine); i++)
    {
      uint64_t select = cpu->select[i];
      if ((select & 1 << 22) != 0 && (select & (user ? 1 << 16 : 1 << 17)) != 0
	  && (!global || (cpu->global >> i & 1) != 0)
	  && model_selects (machine, i, select, event))
	model_add (&cpu->value[i], model_width (machine), count);
    }
  if (machine->fixed > 0 && (cpu->global >> 32 & 1) != 0
      && (cpu->fixed_control & (user ? 2 : 1)) != 0
      && event == MODEL_INSTRUCTION)
    model_add (&cpu->fixed[0], machine->fixed_width, count);
}

/* The same, a third of it in user mode.  */
static void
model_run (enum model_event event, uint64_t count)
{
  model_run_in (event, count / 3, true);
  model_run_in (event, count - count / 3, false);
}

/* Fill the counters with numbers that mean nothing.  */
static void
model_reset (uint64_t seed)
{
  memset (model_cpus, 0, sizeof model_cpus);
  for (unsigned i = 0; i < STANDIN_SLOTS; i++)
    {
      for (unsigned j = 0; j < MODEL_GENERAL_MAX; j++)
	model_add (&model_cpus[i].value[j], model_width (&model),
		   tap_random (&seed));
      model_add (&model_cpus[i].fixed[0], model.fixed_width,
		 tap_random (&seed));
    }
}

/* Boot MACHINE with COUNT CPUs.  */
static void
model_boot (struct model_machine machine, unsigned count)
{
  model = machine;
  model_reset (1);
  standin_boot ("");
  standin_set_cpus (count);
  standin.processor = &model_processor;
  mdtrace_start ();
}

#endif /* UNIT_PMU_MODEL_H */
