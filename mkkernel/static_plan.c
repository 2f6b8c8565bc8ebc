/* Where a kernel's static probes are.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each line of static_probes.def about a place adds sites to its probe.  What
   it cannot find, or not see, it says: a probe that misses events silently
   would be worse than none.  */

#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "class.h"
#include "message.h"
#include "static_plan.h"

enum
{
  NAME_BYTES = 64,
  REASON_BYTES = 256
};

struct argument
{
  const char *provider, *event, *name, *format, *type;
};

/* A line about a place.  */
struct line
{
  const char *provider, *event;
  enum static_kind kind;
  const char *function, *in, *guard, *values;
};

static const struct argument arguments[] = {
#define STATIC_PROBE(provider, event, documentation)
#define STATIC_ARGUMENT(provider, event, name, format, type, documentation)   \
  { #provider, #event, #name, format, type },
#define STATIC_SITE(provider, event, kind, function, in, guard, values)
#include "static_probes.def"
#include "counter_sites.def"
#undef STATIC_ARGUMENT
#undef STATIC_SITE
};

static const struct line lines[] = {
#define STATIC_ARGUMENT(provider, event, name, format, type, documentation)
#define STATIC_SITE(provider, event, kind, function, in, guard, values)       \
  { #provider, #event, STATIC_##kind, function, in, guard, values },
#include "static_probes.def"
#include "counter_sites.def"
#undef STATIC_PROBE
#undef STATIC_SITE
};

static const struct
{
  const char *provider, *event;
} probes[] = {
#define STATIC_PROBE(provider, event, documentation) { #provider, #event },
#define STATIC_SITE(provider, event, kind, function, in, guard, values)
#include "static_probes.def"
#include "counter_sites.def"
#undef STATIC_ARGUMENT
#undef STATIC_PROBE
#undef STATIC_SITE
};

enum
{
  PROBES = sizeof probes / sizeof probes[0],
  LINES = sizeof lines / sizeof lines[0],
  ARGUMENTS = sizeof arguments / sizeof arguments[0]
};

/* What is known while all are looked for.  */
struct search
{
  const struct code *code;
  const struct function_plan *plans;
  const struct debug_info *info;
  const struct mdtrace_debug *debug;
  struct static_call *calls; /* by address */
  size_t call_count;
  Dwarf_CFI *frames;
  const struct line *line; /* that is looked at */
  struct static_probe *probe;
};

static void lack (struct search *search, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* Say what of the probe is missing.  */
static void
lack (struct search *search, const char *format, ...)
{
  struct static_probe *probe = search->probe;
  char text[REASON_BYTES];
  va_list list;

  va_start (list, format);
  vsnprintf (text, sizeof text, format, list);
  va_end (list);
  char *longer = must_format ("%s%s%s", probe->reason,
			      probe->reason[0] != '\0' ? "; " : "", text);
  free (probe->reason);
  probe->reason = longer;
}

static const char *
name_of (const struct search *search, size_t function)
{
  return search->code->functions[function].symbols[0].name;
}

/* The number of the function that ADDRESS lies in; SIZE_MAX if there is
   none.  */
static size_t
function_at (const struct search *search, uint64_t address)
{
  for (size_t i = 0; i < search->code->function_count; i++)
    if (address >= search->code->functions[i].address
	&& address - search->code->functions[i].address
	       < search->code->functions[i].bytes)
      return i;
  return SIZE_MAX;
}

/* Read the line's guard into SITE, for PLACE.  False if it cannot be had
   there.  */
static bool
read_guard (const struct search *search, const struct static_place *place,
	    struct static_site *site)
{
  site->is_guarded = search->line->guard[0] != '\0';
  return !site->is_guarded
	 || static_guard (place, search->line->guard, &site->guard);
}

/* Fill in the values of SITE, for PLACE.  */
static void
read_values (const struct search *search, const struct static_place *place,
	     struct static_site *site)
{
  const char *text = search->line->values;

  for (unsigned i = 0; i < search->probe->arguments; i++)
    {
      size_t length = strcspn (text, ";");
      char value[REASON_BYTES];
      if (length < sizeof value)
	{
	  memcpy (value, text, length);
	  value[length] = '\0';
	  static_value (place, value, &site->values[i]);
	}
      text += length + (text[length] == ';');
    }
}

/* Whether there is such a site already.  */
static bool
is_known (const struct static_probe *probe, const struct static_site *site)
{
  for (size_t i = 0; i < probe->count; i++)
    if (probe->sites[i].address == site->address
	&& probe->sites[i].kind == site->kind)
      return true;
  return false;
}

/* Whether PROBE is what a counter stands on.  */
static bool
is_counter (const struct static_probe *probe)
{
  return strcmp (probe->provider, "counter") == 0;
}

/* Add SITE, of which PLACE tells.  */
static void
add (struct search *search, struct static_place *place,
     struct static_site *site)
{
  struct static_probe *probe = search->probe;
  const struct function *function = &search->code->functions[site->function];
  unsigned offset = site->address - function->address;

  if (is_known (probe, site))
    return;
  place->kernel = search->code->kernel;
  place->info = search->info;
  place->debug = search->debug;
  place->code = search->code;
  place->frames = search->frames;
  place->calls = search->calls;
  place->call_count = search->call_count;
  place->kind = search->line->kind;
  place->site_kind = site->kind;
  place->address = site->address;
  place->function = function->address;
  if (!read_guard (search, place, site))
    {
      lack (search, "%s+0x%x is not told from what is no such event",
	    name_of (search, site->function), offset);
      return;
    }
  read_values (search, place, site);
  if (is_counter (probe) && probe->arguments > 0
      && site->values[0].source == 0)
    lack (search, "%s+0x%x: its argument is not known there",
	  name_of (search, site->function), offset);
  if (site->number == STATIC_ADDRESS)
    site->reason = class_reason (class_at (search->code, site->address));
  if (site->reason != MDTRACE_REASON_NONE)
    {
      probe->refused++;
      lack (search, "%s+0x%x: %s", name_of (search, site->function), offset,
	    plan_reason_words (site->reason));
    }
  else if (site->number == STATIC_ADDRESS && is_counter (probe))
    site->plan = plan_address (search->code, function, site->address);
  probe->sites = must_reallocate (probe->sites,
				  (probe->count + 1) * sizeof *probe->sites);
  probe->sites[probe->count++] = *site;
}

/* Add the site with NUMBER, which PLAN is for, of the function with number
   INDEX.  */
static void
add_planned (struct search *search, size_t index, int number,
	     const struct plan *plan, int trap)
{
  struct static_place place = { .trap = trap };
  struct static_site site = {
    .address = plan->address,
    .kind = plan->kind,
    .function = index,
    .number = number,
    .reason
    = plan->plan == SITE_PLAN_REFUSED ? plan->reason : MDTRACE_REASON_NONE,
  };

  add (search, &place, &site);
}

static void
add_returns (struct search *search, size_t index, int trap)
{
  const struct function_plan *plan = &search->plans[index];

  if (plan->return_count == 0 && plan->entry.plan == SITE_PLAN_REFUSED)
    add_planned (search, index, 0, &plan->entry, trap);
  for (size_t i = 0; i < plan->return_count; i++)
    add_planned (search, index, i + 1, &plan->returns[i], trap);
}

/* Add the places in DIE where a copy of the function NAME begins.  */
static void
add_copies (struct search *search, Dwarf_Die *die, const char *name,
	    const char *file)
{
  Dwarf_Die child;

  if (dwarf_child (die, &child) != 0)
    return;
  do
    {
      int tag = dwarf_tag (&child);
      Dwarf_Addr address;
      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block)
	continue;
      if (static_is_copy (&child, name, file)
	  && dwarf_entrypc (&child, &address) == 0)
	{
	  size_t index = function_at (search, address);
	  struct static_place place = { .copy = &child, .trap = -1 };
	  struct static_site site = { .address = address,
				      .kind = MDTRACE_PROBE_ADDRESS,
				      .function = index,
				      .number = STATIC_ADDRESS };
	  /* What the compiler has split off a function, and then put back, is
	     no other call of it.  */
	  if (index != SIZE_MAX && strcmp (name_of (search, index), name) != 0)
	    add (search, &place, &site);
	}
      add_copies (search, &child, name, file);
    }
  while (dwarf_siblingof (&child, &child) == 0);
}

/* Take the line's function apart: its name, and its file if it says one.  */
static const char *
take_function (const struct search *search, char name[NAME_BYTES])
{
  const char *text = search->line->function;
  const char *file = strchr (text, '@');

  text += text[0] == '?' || text[0] == '~';
  size_t length = file != NULL ? (size_t) (file - text) : strlen (text);
  memcpy (name, text, length);
  name[length] = '\0';
  return file != NULL ? file + 1 : NULL;
}

/* Whether the function with number INDEX calls one in which the event is seen
   already.  */
static bool
calls_what_is_seen (const struct search *search, size_t index)
{
  const struct static_probe *probe = search->probe;

  for (size_t i = 0; i < search->call_count; i++)
    for (size_t j = 0; j < probe->count; j++)
      if (search->calls[i].function == index
	  && search->calls[i].target == probe->sites[j].address)
	return true;
  return false;
}

static void
find_function (struct search *search)
{
  bool calls_another = search->line->function[0] == '~';
  bool is_optional = search->line->function[0] == '?' || calls_another;
  const char *function = search->line->function + is_optional;
  size_t before = search->probe->count;
  char name[NAME_BYTES];
  const char *file = take_function (search, name);

  for (size_t i = 0; i < search->code->function_count; i++)
    if (static_is_function (search->code, search->info, i, function)
	&& !(calls_another && calls_what_is_seen (search, i)))
      {
	if (search->line->kind == STATIC_ENTRY)
	  add_planned (search, i, 0, &search->plans[i].entry, -1);
	else
	  add_returns (search, i, -1);
      }
  if (search->line->kind == STATIC_ENTRY && !calls_another)
    for (size_t i = 0; i < search->debug->function_count; i++)
      {
	Dwarf_Die die = search->debug->functions[i].die;
	add_copies (search, &die, name, file);
      }
  if (search->probe->count == before && !is_optional)
    lack (search, "there is no function %s", function);
}

/* Whether CALL is one of those that the line means.  */
static bool
is_meant (const struct search *search, const struct static_call *call)
{
  const struct function *function = &search->code->functions[call->function];
  const struct debug_code *code;

  if (static_matches (name_of (search, call->function), search->line->in))
    return true;
  code = debug_find_code (search->debug, function->address);
  if (code == NULL)
    return false;
  Dwarf_Die die = code->die;
  return static_is_in_copy (&die, call->address, search->line->in);
}

/* The number of the trap of the function with number INDEX, which is called
   for one; otherwise -1.  */
static int trap_of (const struct search *search, size_t index);

static void
add_call (struct search *search, const struct static_call *call)
{
  struct static_place place
      = { .callee = call->target, .trap = trap_of (search, call->function) };
  struct static_site site = { .address = call->address,
			      .kind = MDTRACE_PROBE_ADDRESS,
			      .function = call->function,
			      .number = STATIC_ADDRESS };

  if (search->line->kind == STATIC_AFTER)
    {
      uint8_t class = class_at (search->code, call->address);
      /* A jump to it never comes back.  */
      if (SITE_CLASS_OF (class) != SITE_CLASS_CALL)
	return;
      site.address += SITE_CLASS_LENGTH (class);
    }
  if (search->line->kind == STATIC_SUCCESS)
    {
      site.address = static_success (search->code, call->address);
      if (site.address == 0)
	{
	  lack (search, "%s+0x%x does not tell what %s returns apart",
		name_of (search, call->function),
		(unsigned) (call->address
			    - search->code->functions[call->function].address),
		search->line->function);
	  return;
	}
    }
  add (search, &place, &site);
}

static void
find_calls (struct search *search)
{
  size_t before = search->probe->count;

  for (size_t i = 0; i < search->call_count; i++)
    {
      const struct static_call *call = &search->calls[i];
      size_t callee = function_at (search, call->target);
      if (callee != SIZE_MAX && callee != call->function
	  && static_is_function (search->code, search->info, callee,
				 search->line->function)
	  && is_meant (search, call))
	add_call (search, call);
    }
  if (search->probe->count == before)
    lack (search, "%s is nowhere called in %s", search->line->function,
	  search->line->in);
}

static void
find_stores (struct search *search)
{
  int64_t offset;
  unsigned bytes;
  size_t before = search->probe->count;

  if (!static_member (search->debug, search->line->function, &offset, &bytes))
    {
      lack (search, "there is no %s", search->line->function);
      return;
    }
  for (size_t i = 0; i < search->code->function_count; i++)
    {
      const struct function *function = &search->code->functions[i];
      uint64_t address = function->address;
      struct static_place place = { .trap = -1 };
      if (!static_matches (name_of (search, i), search->line->in))
	continue;
      while ((address = static_store (search->code, address,
				      function->address + function->bytes,
				      offset, bytes, &place.base))
	     != 0)
	{
	  struct static_site site = { .address = address,
				      .kind = MDTRACE_PROBE_ADDRESS,
				      .function = i,
				      .number = STATIC_ADDRESS };
	  add (search, &place, &site);
	  address++;
	}
    }
  if (search->probe->count == before)
    lack (search, "%s is nowhere written in %s", search->line->function,
	  search->line->in);
}

/* The table of traps: for trap -N, the element N with four words: the number
   of arguments, the function, and others.  */
enum
{
  TRAP_WORDS = 4,
  TRAP_FUNCTION_WORD = 1
};

/* The function of the trap with NUMBER; 0 if there is none.  */
static uint64_t
trap_function (const struct search *search, unsigned number)
{
  const struct kernel *kernel = search->code->kernel;
  const struct symbol *table = kernel_find_symbol (kernel, "mach_trap_table");
  uint64_t count;

  if (table == NULL
      || !debug_find_count (search->info, "mach_trap_table", &count)
      || number >= count)
    return 0;
  const uint8_t *word = kernel_bytes (
      kernel,
      table->address
	  + (number * TRAP_WORDS + TRAP_FUNCTION_WORD) * kernel->word_bytes,
      kernel->word_bytes);
  return word == NULL ? 0 : kernel_word (kernel, word);
}

static int
trap_of (const struct search *search, size_t index)
{
  uint64_t address = search->code->functions[index].address;
  uint64_t function;

  for (unsigned number = 0; (function = trap_function (search, number)) != 0;
       number++)
    if (function == address)
      return number;
  return -1;
}

static void
find_traps (struct search *search)
{
  uint64_t address;
  unsigned number;

  for (number = 0; (address = trap_function (search, number)) != 0; number++)
    {
      size_t index = function_at (search, address);
      /* What stands where there is no trap.  */
      if (index == SIZE_MAX
	  || static_is_function (search->code, search->info, index,
				 "kern_invalid"))
	continue;
      if (search->line->kind == STATIC_TRAP)
	add_planned (search, index, 0, &search->plans[index].entry, number);
      else
	add_returns (search, index, number);
    }
  if (number == 0)
    lack (search, "its table of traps cannot be read");
}

static void
find (struct search *search)
{
  switch (search->line->kind)
    {
    case STATIC_ENTRY:
    case STATIC_RETURN:
      find_function (search);
      break;
    case STATIC_CALL:
    case STATIC_AFTER:
    case STATIC_SUCCESS:
      find_calls (search);
      break;
    case STATIC_STORE:
      find_stores (search);
      break;
    case STATIC_TRAP:
    case STATIC_TRAP_RETURN:
      find_traps (search);
      break;
    }
}

/* The names of the arguments of PROBE, as in mdtrace_probe_config.  */
static void
put_names (struct static_probe *probe)
{
  probe->names = must_format ("%s", "");
  for (size_t i = 0; i < ARGUMENTS; i++)
    if (strcmp (arguments[i].provider, probe->provider) == 0
	&& strcmp (arguments[i].event, probe->event) == 0)
      {
	char *longer = must_format (
	    "%s%s%s:%s:%s", probe->names, probe->arguments > 0 ? ";" : "",
	    arguments[i].name, arguments[i].format, arguments[i].type);
	free (probe->names);
	probe->names = longer;
	probe->arguments++;
      }
}

static int
compare_sites (const void *left, const void *right)
{
  const struct static_site *a = left;
  const struct static_site *b = right;

  return a->address < b->address ? -1 : a->address > b->address;
}

struct static_probe *
static_probes_plan (const struct code *code, const struct function_plan *plans,
		    const struct debug_info *info,
		    const struct mdtrace_debug *debug, size_t *count)
{
  struct static_probe *list = must_allocate (PROBES * sizeof *list);
  struct search search
      = { .code = code, .plans = plans, .info = info, .debug = debug };

  search.calls = static_calls (code, &search.call_count);
  search.frames = dwarf_getcfi_elf (code->kernel->elf);
  for (size_t i = 0; i < PROBES; i++)
    {
      search.probe = &list[i];
      list[i].provider = probes[i].provider;
      list[i].event = probes[i].event;
      list[i].reason = must_format ("%s", "");
      put_names (&list[i]);
      for (size_t j = 0; j < LINES; j++)
	if (strcmp (lines[j].provider, list[i].provider) == 0
	    && strcmp (lines[j].event, list[i].event) == 0)
	  {
	    search.line = &lines[j];
	    find (&search);
	  }
      if (list[i].count > 0)
	qsort (list[i].sites, list[i].count, sizeof list[i].sites[0],
	       compare_sites);
    }
  free (search.calls);
  dwarf_cfi_end (search.frames);
  *count = PROBES;
  return list;
}
