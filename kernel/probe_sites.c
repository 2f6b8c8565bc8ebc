/* The sites that a probe's description matches.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "enabling.h"
#include "mdtrace_errors.h"
#include "probe_sites.h"
#include "sites.h"
#include "static_probes.h"
#include "symbols.h"
#include "text.h"
#include "x86/cpu.h"

#if MACH_DYNAMIC_PROBES

/* A search as it goes on.  */
struct search
{
  const mdtrace_probe_config_t *config;
  const struct dtrace_format *format;
  struct dtrace_enabling **link; /* where the next enabling is linked */
  mdtrace_created_t *created;
  bool many; /* what cannot be probed is counted, and is no error */
  /* Of a static probe, the place that is looked at; otherwise null.  */
  const struct table_static_site *place;
};

bool
probe_sites_are_many (const mdtrace_probe_config_t *config)
{
  if (config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS))
    return false;
  return config->kinds != MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
	 || config->function[0] == '\0' || text_is_pattern (config->function);
}

void
probe_sites_free (struct dtrace_enabling *first)
{
  while (first != NULL)
    {
      struct dtrace_enabling *next = first->probe_next;
      dtrace_enabling_free (first);
      first = next;
    }
}

/* Count a site that matches but may not be probed.  */
static int
refuse (struct search *search, unsigned reason)
{
  if (!search->many)
    return reason == MDTRACE_REASON_NO_VALUE ? MDTRACE_ERR_NO_VALUE
					     : MDTRACE_ERR_REFUSED_SITE;
  search->created->refused++;
  search->created->reasons[reason]++;
  return MDTRACE_OK;
}

/* Add the site at ADDRESS in the function with number INDEX.  */
static int
add (struct search *search, uint32_t index, word_t address, unsigned kind,
     const struct table_site *table)
{
  struct dtrace_site *site;
  int error = sites_get (address, table, &site);

  if (error != MDTRACE_OK)
    return error;
  struct dtrace_enabling *enabling = dtrace_enabling_new ();
  if (enabling == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  enabling->site = site;
  enabling->kind = kind;
  if (search->place != NULL)
    {
      enabling->values = search->place->values;
      if (search->place->is_guarded)
	enabling->when = &search->place->guard;
    }
  error = dtrace_enabling_prepare (enabling, search->format,
				   symbols_function (index));
  if (error != MDTRACE_OK)
    {
      dtrace_enabling_free (enabling);
      return error == MDTRACE_ERR_NO_VALUE
		 ? refuse (search, MDTRACE_REASON_NO_VALUE)
		 : error;
    }
  *search->link = enabling;
  search->link = &enabling->probe_next;
  search->created->sites++;
  return MDTRACE_OK;
}

static int
add_table_site (struct search *search, uint32_t index,
		const struct table_site *table)
{
  if (table->plan == SITE_PLAN_REFUSED)
    return refuse (search, table->reason);
  return add (search, index, table->address, table->kind, table);
}

/* Add the entry and the returns, as asked for, of one function.  */
static int
add_function (struct search *search, uint32_t index)
{
  const struct table_function *function = symbols_function (index);
  uint32_t kinds = search->config->kinds;
  uint32_t before = search->created->sites;
  int error = MDTRACE_OK;

  const struct table_site *entry = symbols_site (function->entry_site);
  /* Calls that have no beginning or no end have no duration.  */
  if (search->format->pairs != NULL
      && (entry->plan == SITE_PLAN_REFUSED || function->returns == 0))
    return refuse (search, entry->plan == SITE_PLAN_REFUSED
			       ? entry->reason
			       : MDTRACE_REASON_NO_VALUE);
  /* A function that is not to be touched at all has no returns in the
     table: it counts once.  */
  if (kinds & MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
      || SITE_CLASS_OF (symbols_class (entry->address)) == SITE_CLASS_REFUSED)
    error = add_table_site (search, index, entry);
  /* The entry may lack a value: then its calls have no beginning either.  */
  if (search->format->pairs != NULL && search->created->sites == before)
    return error;
  if (kinds & MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN))
    for (unsigned i = 0; i < function->returns && error == MDTRACE_OK; i++)
      error = add_table_site (search, index,
			      symbols_site (function->entry_site + 1 + i));
  if (search->created->sites > before)
    search->created->functions++;
  return error;
}

/* Add all functions of which a name matches the pattern.  */
static int
add_matching (struct search *search)
{
  const char *pattern = search->config->function;
  int error = MDTRACE_OK;

  for (uint32_t i = 0;
       i < mdtrace_site_table.functions && error == MDTRACE_OK;)
    {
      bool matches = false;
      uint32_t first = i;
      do
	matches
	    |= pattern[0] == '\0'
	       || text_matches (symbols_name (symbols_function (i)), pattern);
      while (++i < mdtrace_site_table.functions
	     && symbols_function (i)->alias);
      if (matches)
	error = add_function (search, first);
    }
  return error;
}

/* The table's site at ADDRESS whose plan is a jump, or null.  */
static const struct table_site *
planned_jump (word_t address)
{
  for (uint32_t i = symbols_first_site (address);
       i < mdtrace_site_table.sites && symbols_site (i)->address == address;
       i++)
    if (symbols_site (i)->plan == SITE_PLAN_JUMP)
      return symbols_site (i);
  return NULL;
}

static int
add_address (struct search *search)
{
  const mdtrace_probe_config_t *config = search->config;
  word_t address = config->offset;
  uint32_t index;

  if (address != config->offset)
    return MDTRACE_ERR_NOT_TEXT;
  if (config->function[0] != '\0')
    {
      int error = symbols_find (config->function, &index);
      if (error != MDTRACE_OK)
	return error;
      if (config->offset >= symbols_function (index)->bytes)
	return MDTRACE_ERR_NOT_TEXT;
      address += symbols_function (index)->address;
    }
  index = symbols_function_at (address);
  if (index == SYMBOLS_NONE)
    return MDTRACE_ERR_NOT_TEXT;
  uint8_t class = symbols_class (address);
  if (class == 0)
    return MDTRACE_ERR_INSIDE_INSTRUCTION;
  if (SITE_CLASS_OF (class) >= SITE_CLASS_CANNOT_MOVE)
    return MDTRACE_ERR_REFUSED_SITE;
  search->created->functions = 1;
  return add (search, index, address, MDTRACE_PROBE_ADDRESS,
	      planned_jump (address));
}

/* Whether the function with number INDEX is one that is asked for.  */
static bool
is_asked (const struct search *search, uint32_t index)
{
  const char *pattern = search->config->function;

  return pattern[0] == '\0'
	 || text_matches (symbols_name (symbols_function (index)), pattern);
}

/* Add PLACE of a static probe.  */
static int
add_place (struct search *search, const struct table_static_site *place)
{
  search->place = place;
  if (place->reason != MDTRACE_REASON_NONE)
    return refuse (search, place->reason);
  if (place->site != SITE_NONE)
    return add_table_site (search, place->function,
			   symbols_site (place->site));
  return add (search, place->function, place->address, MDTRACE_PROBE_ADDRESS,
	      place->place != SITE_NONE ? symbols_place (place->place)
					: planned_jump (place->address));
}

/* Add the places of the static probe PROBE in the functions that are asked
   for.  */
static int
add_static (struct search *search, const struct table_static *probe)
{
  uint32_t last = SYMBOLS_NONE;
  int error = MDTRACE_OK;

  for (uint32_t i = 0; i < probe->sites && error == MDTRACE_OK; i++)
    {
      const struct table_static_site *place
	  = static_probe_site (probe->first + i);
      uint32_t before = search->created->sites;
      if (!is_asked (search, place->function))
	continue;
      error = add_place (search, place);
      if (search->created->sites > before && place->function != last)
	{
	  search->created->functions++;
	  last = place->function;
	}
    }
  return error;
}

int
probe_sites_of_counter (const struct table_static *places,
			const struct counter_hook *hook,
			struct dtrace_enabling **first)
{
  /* An argument if it has one, and nothing else.  */
  static const struct dtrace_format formats[2]
      = { { .has_values = true },
	  { .has_values = true, .fields = MDTRACE_FIELD_ARG0 } };
  mdtrace_created_t created;
  struct search search = { .format = &formats[places->arguments > 0],
			   .link = first,
			   .created = &created,
			   .many = true };
  int error = MDTRACE_OK;

  *first = NULL;
  for (uint32_t i = 0; i < places->sites && error == MDTRACE_OK; i++)
    {
      const struct table_static_site *place
	  = static_probe_site (places->first + i);
      if (places->arguments > 0 && place->values[0].source == 0)
	continue;
      struct dtrace_enabling **link = search.link;
      error = add_place (&search, place);
      if (*link != NULL)
	(*link)->hook = hook;
    }
  return error;
}

static int
find (struct search *search, const struct definition *definition)

{
  const mdtrace_probe_config_t *config = search->config;
  uint32_t index;
  int error;

  if (static_probe_is_asked (definition))
    return add_static (search, static_probe_find (definition));
  if (config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS))
    return add_address (search);
  if (config->function[0] == '\0' || text_is_pattern (config->function))
    return add_matching (search);
  error = symbols_find (config->function, &index);
  if (error != MDTRACE_OK)
    return error;
  if (symbols_function (index)->alias)
    index = symbols_function_at (symbols_function (index)->address);
  return add_function (search, index);
}

int
probe_sites_find (const struct definition *definition,
		  const struct dtrace_format *format,
		  struct dtrace_enabling **first, mdtrace_created_t *created)
{
  const mdtrace_probe_config_t *config = definition->config;
  struct search search = {
    .config = config,
    .format = format,
    .link = first,
    .created = created,
    .many
    = probe_sites_are_many (config) || static_probe_is_asked (definition),
  };

  *first = NULL;
  int error = find (&search, definition);
  if (error == MDTRACE_OK && created->sites == 0)
    error = created->refused == 0 ? MDTRACE_ERR_NO_SITES
	    : created->reasons[MDTRACE_REASON_NO_VALUE] == created->refused
		? MDTRACE_ERR_NO_VALUE
		: MDTRACE_ERR_REFUSED_SITE;
  if (error != MDTRACE_OK)
    {
      probe_sites_free (*first);
      *first = NULL;
    }
  return error;
}

/* What the plan for TABLE, or the class alone, allows at best.  */
static void
describe_plan (const struct table_site *table, uint8_t *plan, uint8_t *reason)
{
  *reason = table->reason;
  *plan = table->plan == SITE_PLAN_REFUSED	? MDTRACE_MODE_NONE
	  : table->plan == SITE_PLAN_BREAKPOINT ? MDTRACE_MODE_BREAKPOINT
						: MDTRACE_MODE_JUMP;
}

/* Fill in ENTRY for a site.  TABLE is null for an address that has no plan of
   its own.  */
static void
describe_site (struct mdtrace_site_entry *entry, word_t address, unsigned kind,
	       const struct table_site *table)
{
  entry->address = address;
  entry->kind = kind;
  entry->mode = sites_mode (address);
  entry->plan = MDTRACE_MODE_BREAKPOINT;
  entry->changed_bytes = 1;
  if (table == NULL)
    return;
  describe_plan (table, &entry->plan, &entry->reason);
  entry->changed_bytes = table->plan == SITE_PLAN_JUMP ? SITE_JUMP_BYTES
			 : table->plan == SITE_PLAN_BREAKPOINT ? 1
							       : 0;
  entry->lead = table->lead;
}

uint32_t
probe_sites_list (const struct dtrace_enabling *list, uint32_t cpu,
		  uint32_t first, void *buffer, uint32_t *bytes)
{
  uint32_t used = 0, number = 0;

  for (; list != NULL; list = list->probe_next, number++)
    {
      /* A custom probe is nowhere.  */
      if (number < first || list->site->function == SYMBOLS_NONE)
	continue;
      const struct dtrace_site *site = list->site;
      const struct table_function *function
	  = symbols_function (site->function);
      struct mdtrace_site_entry *entry
	  = (struct mdtrace_site_entry *) ((char *) buffer + used);
      char name[MDTRACE_FUNCTION_BYTES];
      symbols_copy_name (function, name, sizeof name);
      word_t name_bytes = (text_length (name) + 8) & ~(word_t) 7;
      if (used + sizeof *entry + name_bytes > *bytes)
	{
	  *bytes = used;
	  return number;
	}
      clear_memory (entry, sizeof *entry);
      describe_site (entry, site->address, list->kind, site->table);
      entry->function = function->address;
      entry->entry_bytes = sizeof *entry + name_bytes;
      dtrace_sum_counts (list, cpu, &entry->counts);
      text_copy ((char *) (entry + 1), name_bytes, name);
      used += entry->entry_bytes;
    }
  *bytes = used;
  return 0;
}

int
function_sites_list (word_t address, uint32_t first, uint32_t *next,
		     void *buffer, uint32_t *bytes)
{
  uint32_t index = symbols_function_at (address);
  struct mdtrace_site_entry *entries = buffer;
  uint32_t room = *bytes / sizeof *entries;
  uint32_t count = 0;

  if (index == SYMBOLS_NONE)
    return MDTRACE_ERR_NOT_TEXT;
  const struct table_function *function = symbols_function (index);
  for (*next = first; *next <= function->returns; ++*next)
    {
      const struct table_site *table
	  = symbols_site (function->entry_site + *next);
      if (count == room)
	{
	  *bytes = count * sizeof *entries;
	  return MDTRACE_OK;
	}
      struct mdtrace_site_entry *entry = &entries[count++];
      clear_memory (entry, sizeof *entry);
      describe_site (entry, table->address, table->kind, table);
      entry->function = function->address;
      entry->entry_bytes = sizeof *entry;
    }
  *next = 0;
  *bytes = count * sizeof *entries;
  return MDTRACE_OK;
}

/* Why there can be no breakpoint at an instruction of CLASS in FUNCTION.  */
static unsigned
class_reason (uint8_t class, const struct table_function *function)
{
  switch (SITE_CLASS_OF (class))
    {
    case SITE_CLASS_CANNOT_MOVE:
      return MDTRACE_REASON_CANNOT_MOVE;
    case SITE_CLASS_RECOVERED:
      return MDTRACE_REASON_RECOVERY;
    case SITE_CLASS_REFUSED:
      return symbols_site (function->entry_site)->reason;
    default:
      return MDTRACE_REASON_NONE;
    }
}

int
address_explain (word_t address, mdtrace_explanation_t *explanation)
{
  uint32_t index = symbols_function_at (address);
  word_t start = address;

  clear_memory (explanation, sizeof *explanation);
  if (index == SYMBOLS_NONE)
    return MDTRACE_ERR_NOT_TEXT;
  const struct table_function *function = symbols_function (index);
  explanation->address = address;
  explanation->function = function->address;
  explanation->function_bytes = function->bytes;
  symbols_copy_name (function, explanation->name, sizeof explanation->name);
  while (symbols_class (start) == 0 && start > function->address)
    start--;
  uint8_t class = symbols_class (start);
  if (class == 0 || address - start >= SITE_CLASS_LENGTH (class))
    {
      explanation->reason = MDTRACE_REASON_NOT_CODE;
      return MDTRACE_OK;
    }
  explanation->instruction = start;
  explanation->instruction_bytes = SITE_CLASS_LENGTH (class);
  explanation->mode = sites_mode (start);
  explanation->reason = class_reason (class, function);
  if (explanation->reason == MDTRACE_REASON_NONE)
    explanation->plan = MDTRACE_MODE_BREAKPOINT;
  if (planned_jump (start) != NULL)
    explanation->plan = MDTRACE_MODE_JUMP;
  return MDTRACE_OK;
}

#endif /* MACH_DYNAMIC_PROBES */
