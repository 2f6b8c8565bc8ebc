/* Values: into what a probe records.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   value_find.c says where the kernel finds a value; here it gets a place in
   the probe's configuration, and its name and type one in the names.  */

#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "debug.h"

/* Append NAME to the names of CONFIG, without its type if there is no room
   for that.  False if there is no room at all.  */
static bool
append_name (mdtrace_probe_config_t *config,
	     const struct mdtrace_value_name *name)
{
  char entry[sizeof name->name + sizeof name->type + 8];
  size_t used = strlen (config->names);
  size_t room = sizeof config->names - used;
  const char *separator = used > 0 ? ";" : "";

  size_t length = snprintf (entry, sizeof entry, "%s%s:%c%u:%s", separator,
			    name->name, name->format, name->bytes, name->type);
  if (length >= room)
    length = snprintf (entry, sizeof entry, "%s%s:%c%u:", separator,
		       name->name, name->format, name->bytes);
  if (length >= room)
    return false;
  memcpy (config->names + used, entry, length + 1);
  return true;
}

/* Put VALUE, which is called NAME, into the next free place of CONFIG.  */
static int
put_value (mdtrace_probe_config_t *config, const mdtrace_value_t *value,
	   const struct mdtrace_value_name *name, char *message, size_t bytes)
{
  int place = 0;

  while (place < MDTRACE_ARGUMENTS_MAX && config->values[place].source != 0)
    place++;
  if (place == MDTRACE_ARGUMENTS_MAX)
    {
      snprintf (message, bytes, "a probe records at most %d values",
		MDTRACE_ARGUMENTS_MAX);
      return MDTRACE_ERR_BAD_VALUE;
    }
  if (!append_name (config, name))
    {
      snprintf (message, bytes,
		"the values' names are too long together; at most %zu "
		"characters",
		sizeof config->names - 1);
      return MDTRACE_ERR_BAD_VALUE;
    }
  config->values[place] = *value;
  config->fields |= (uint64_t) MDTRACE_FIELD_ARG0 << place;
  return MDTRACE_OK;
}

int
mdtrace_add_value (const struct mdtrace_debug *debug, uint64_t address,
		   enum mdtrace_probe_kind kind, const char *text,
		   mdtrace_probe_config_t *config, char *message, size_t bytes)
{
  struct value_place place = {
    .debug = debug,
    .function = debug_find_code (debug, address),
    .kinds = kind == 0 ? 0 : MDTRACE_KIND_BIT (kind),
    .is_many
    = mdtrace_is_pattern (config->function) || config->function[0] == '\0',
  };
  struct value_found found;
  int error = value_find (&place, text, false, &found, message, bytes);

  if (error != MDTRACE_OK)
    return error;
  if (strlen (text) >= sizeof found.name.name)
    {
      snprintf (message, bytes, "it is too long; at most %zu characters",
		sizeof found.name.name - 1);
      return MDTRACE_ERR_BAD_VALUE;
    }
  memcpy (found.name.name, text, strlen (text) + 1);
  if (found.value.source != MDTRACE_SOURCE_RETURN || found.value.steps > 0)
    return put_value (config, &found.value, &found.name, message, bytes);
  /* There is a field for that.  */
  config->fields |= MDTRACE_FIELD_RETVAL;
  append_name (config, &found.name);
  return MDTRACE_OK;
}

void
mdtrace_add_names (const struct mdtrace_debug *debug, uint64_t address,
		   mdtrace_probe_config_t *config)
{
  struct mdtrace_value_name names[MDTRACE_ARGUMENTS_MAX];
  int count
      = mdtrace_debug_arguments (debug, address, names, MDTRACE_ARGUMENTS_MAX);

  if (config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY))
    for (int i = 0; i < count && i < MDTRACE_ARGUMENTS_MAX; i++)
      {
	/* This name is another value's.  */
	if (strcmp (names[i].name, "retval") == 0)
	  snprintf (names[i].name, sizeof names[i].name, "arg%d", i);
	if (!append_name (config, &names[i]))
	  return;
      }
  else if (config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN)
	   && mdtrace_debug_result (debug, address, &names[0])
	   && strcmp (names[0].type, "void") != 0)
    append_name (config, &names[0]);
}
