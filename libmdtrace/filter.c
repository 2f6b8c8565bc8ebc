/* Filters: from an expression to a program.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter_tree.h"

enum
{
  /* Of the text, in a message about a place in it.  */
  SHOWN_BYTES = 24
};

void
filter_fail (struct filter *filter, const char *at, int error,
	     const char *format, ...)
{
  va_list arguments;
  int used;

  if (filter->error != MDTRACE_OK)
    return;
  filter->error = error;
  if (*at == '\0')
    used = snprintf (filter->message, filter->bytes, "at its end: ");
  else
    used = snprintf (
	filter->message, filter->bytes,
	"at character %zu, '%.*s%s': ", (size_t) (at - filter->text) + 1,
	SHOWN_BYTES, at, strlen (at) > SHOWN_BYTES ? "..." : "");
  if (used < 0 || (size_t) used >= filter->bytes)
    return;
  va_start (arguments, format);
  vsnprintf (filter->message + used, filter->bytes - used, format, arguments);
  va_end (arguments);
}

/* Whether CONFIG is that of a static probe: its values have names, and nobody
   has said where they are.  */
static bool
has_values_of_its_own (const struct filter *filter)
{
  if (filter->place.function != NULL
      || filter->names.values[0].name[0] == '\0')
    return false;
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (filter->values[i].source != 0)
      return false;
  return true;
}

/* Take over what CONFIG says of the probe.  */
static void
take_config (struct filter *filter, const mdtrace_probe_config_t *config)
{
  mdtrace_names_read (config->names, &filter->names);
  memcpy (filter->values, config->values, sizeof filter->values);
  filter->place.is_many = filter->place.function == NULL
			  && (config->function[0] == '\0'
			      || mdtrace_is_pattern (config->function));
  filter->is_static = has_values_of_its_own (filter);
}

int
mdtrace_filter_compile (const struct mdtrace_debug *debug, uint64_t address,
			unsigned kinds, bool latency,
			const mdtrace_probe_config_t *config, const char *text,
			mdtrace_instruction_t *program, unsigned *count,
			char *message, size_t bytes)
{
  /* Not on the stack, which is small where this may run.  */
  struct filter *filter = calloc (1, sizeof *filter);

  message[0] = '\0';
  *count = 0;
  if (filter == NULL)
    return MDTRACE_ERR_SYSTEM;
  filter->place.debug = debug;
  filter->place.function
      = address == 0 ? NULL : debug_find_code (debug, address);
  filter->place.kinds = kinds;
  filter->place.latency = latency;
  filter->word_bytes = debug == NULL ? 8 : debug->word_bytes;
  filter->text = filter->at = text;
  filter->message = message;
  filter->bytes = bytes;
  if (config != NULL)
    take_config (filter, config);
  if (strlen (text) >= MDTRACE_FILTER_BYTES)
    filter_fail (
	filter, text + MDTRACE_FILTER_BYTES - 1, MDTRACE_ERR_BAD_EXPRESSION,
	"it is too long; at most %d characters", MDTRACE_FILTER_BYTES - 1);
  else
    {
      const struct filter_node *node = filter_parse (filter);
      if (node != NULL)
	filter_generate (filter, node, program, count);
    }
  int error = filter->error;
  free (filter);
  return error;
}
