/* Static probes: events with names that stay the same in every kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "mdtrace_errors.h"
#include "static_probes.h"
#include "symbols.h"
#include "text.h"
#include "x86/cpu.h"

#if MACH_DYNAMIC_PROBES

enum
{
  /* Of what is said of a kernel that lacks something.  */
  REASON_BYTES = 1024
};

static const void *
table_at (uint32_t offset)
{
  const char *table = (const char *) &mdtrace_site_table;

  /* What is behind the structure is part of the table.  */
  __asm__("" : "+r"(table));
  return table + offset;
}

static const char *
string (uint32_t offset)
{
  return table_at (mdtrace_site_table.strings_at + offset);
}

static const struct table_static *
static_probe (uint32_t index)
{
  const struct table_static *statics
      = table_at (mdtrace_site_table.statics_at);
  return &statics[index];
}

const struct table_static_site *
static_probe_site (uint32_t index)
{
  const struct table_static_site *sites
      = table_at (mdtrace_site_table.static_sites_at);
  return &sites[index];
}

bool
static_probe_is_asked (const struct definition *definition)
{
  const char *provider = definition->options->provider;

  return provider[0] != '\0' && !text_equal (provider, "fbt");
}

bool
static_probe_is_custom (const mdtrace_probe_options_t *options)
{
  return text_equal (options->provider, "custom");
}

/* How many there are that probes can be made of: behind them are those of
   counters.  */
static uint32_t
public_statics (void)
{
  return mdtrace_site_table.statics - mdtrace_site_table.hooks;
}

const struct table_static *
static_probe_of_counter (const char *event)
{
  for (uint32_t i = public_statics (); i < mdtrace_site_table.statics; i++)
    if (text_equal (string (static_probe (i)->event), event))
      return static_probe (i);
  return NULL;
}

const char *
static_probe_lacks (const struct table_static *probe)
{
  return string (probe->reason);
}

const struct table_static *
static_probe_find (const struct definition *definition)
{
  const mdtrace_probe_options_t *options = definition->options;

  for (uint32_t i = 0; i < public_statics (); i++)
    if (text_equal (string (static_probe (i)->provider), options->provider)
	&& text_equal (string (static_probe (i)->event), options->event))
      return static_probe (i);
  return NULL;
}

uint32_t
static_probe_unusable (const struct table_static *probe)
{
  uint32_t count = 0;

  for (uint32_t i = 0; i < probe->sites; i++)
    {
      const struct table_static_site *place
	  = static_probe_site (probe->first + i);
      count += place->reason != MDTRACE_REASON_NONE
	       || (probe->arguments > 0 && place->values[0].source == 0);
    }
  return count;
}

/* Whether DEFINITION asks for nothing that only one who knows the place could
   ask for.  */
static bool
values_are_left_alone (const struct definition *definition)
{
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (definition->config->values[i].source != 0)
      return false;
  return definition->config->offset == 0;
}

int
static_probe_check (const struct definition *definition)
{
  const mdtrace_probe_options_t *options = definition->options;
  const struct table_static *probe;

  if (!values_are_left_alone (definition))
    return MDTRACE_ERR_BAD_ARGUMENT;
  if (options->latency)
    return MDTRACE_ERR_BAD_OPTION;
  if (static_probe_is_custom (options))
    {
      if (options->event[0] == '\0' || definition->config->function[0] != '\0')
	return MDTRACE_ERR_NO_SUCH_EVENT;
      /* Whoever fires is always at the same place, and in no function that
	 could be told.  */
      return options->stack_depth > 0 || options->keys & MDTRACE_KEY_FUNCTION
		 ? MDTRACE_ERR_BAD_OPTION
		 : MDTRACE_OK;
    }
  probe = static_probe_find (definition);
  if (probe == NULL)
    return MDTRACE_ERR_NO_SUCH_EVENT;
  return probe->sites == probe->refused ? MDTRACE_ERR_NOT_IN_KERNEL
					: MDTRACE_OK;
}

uint64_t
static_probe_fields (const struct definition *definition)
{
  uint64_t fields = MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK;
  unsigned arguments = MDTRACE_ARGUMENTS_MAX;

  if (!static_probe_is_custom (definition->options))
    {
      const struct table_static *probe = static_probe_find (definition);
      arguments = probe->arguments;
      if (probe->sites > 1)
	fields |= MDTRACE_FIELD_ADDRESS;
    }
  for (unsigned i = 0; i < arguments; i++)
    fields |= (uint64_t) MDTRACE_FIELD_ARG0 << i;
  return fields;
}

const char *
static_probe_names (const struct definition *definition)
{
  if (definition->config->names[0] != '\0'
      || static_probe_is_custom (definition->options))
    return definition->config->names;
  return string (static_probe_find (definition)->names);
}

uint32_t
static_probe_list (uint32_t first, void *buffer, uint32_t *bytes)
{
  uint32_t used = 0;

  for (uint32_t i = first; i < public_statics (); i++)
    {
      const struct table_static *probe = static_probe (i);
      const char *const texts[]
	  = { string (probe->provider), string (probe->event),
	      string (probe->names), string (probe->reason) };
      struct mdtrace_static_entry *entry
	  = (struct mdtrace_static_entry *) ((char *) buffer + used);
      word_t length = 0;
      for (unsigned j = 0; j < sizeof texts / sizeof texts[0]; j++)
	length += text_length (texts[j]) < REASON_BYTES
		      ? text_length (texts[j]) + 1
		      : REASON_BYTES;
      length = (length + 7) & ~(word_t) 7;
      if (used + sizeof *entry + length > *bytes)
	{
	  *bytes = used;
	  return i;
	}
      clear_memory (entry, sizeof *entry + length);
      entry->entry_bytes = sizeof *entry + length;
      entry->sites = probe->sites;
      entry->refused = probe->refused;
      entry->arguments = probe->arguments;
      char *to = (char *) (entry + 1);
      for (unsigned j = 0; j < sizeof texts / sizeof texts[0]; j++)
	{
	  word_t room = text_length (texts[j]) < REASON_BYTES
			    ? text_length (texts[j]) + 1
			    : REASON_BYTES;
	  text_copy (to, room, texts[j]);
	  to += room;
	}
      used += entry->entry_bytes;
    }
  *bytes = used;
  return 0;
}

#endif /* MACH_DYNAMIC_PROBES */
