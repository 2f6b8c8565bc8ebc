/* Explaining a place in the kernel: what is meant, and what is known of it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

enum
{
  SUGGESTIONS_MAX = 3
};

enum explain_relation
explain_relation (const char *name, uint64_t address,
		  const struct mdtrace_function *other)
{
  size_t length = strcspn (name, "@");

  if (other->address == address)
    return strcmp (other->name, name) == 0 ? EXPLAIN_UNRELATED : EXPLAIN_ALIAS;
  if (strncmp (other->name, name, length) != 0)
    return EXPLAIN_UNRELATED;
  switch (other->name[length])
    {
    case '@':
      return EXPLAIN_NAMESAKE;
    case '.':
      return EXPLAIN_VARIANT;
    default:
      return EXPLAIN_UNRELATED;
    }
}

/* Whether NAME, which may have @FILE.c, means FUNCTION, whose name only has
   that where it must.  */
static bool
is_meant (const struct explain_source *source, const char *name,
	  const struct mdtrace_function *function)
{
  size_t length = strcspn (name, "@");

  if (strcmp (function->name, name) == 0)
    return true;
  return name[length] == '@' && strncmp (function->name, name, length) == 0
	 && function->name[length] == '\0' && source->debug != NULL
	 && strcmp (mdtrace_debug_file (source->debug, function->address),
		    name + length + 1)
		== 0;
}

void
explain_suggest (const struct mdtrace_function *functions, size_t count,
		 const char *name, char *text, size_t bytes)
{
  const char *like[SUGGESTIONS_MAX];
  size_t found
      = mdtrace_suggest (functions, count, name, like, SUGGESTIONS_MAX);
  size_t used = 0;

  text[0] = '\0';
  for (size_t i = 0; i < found && used < bytes; i++)
    used += snprintf (text + used, bytes - used, "%s%s%s",
		      i == 0	      ? "did you mean "
		      : i + 1 < found ? ", "
				      : " or ",
		      like[i], i + 1 < found ? "" : "?");
}

/* Find the function EXPLAINED->name.  */
static int
find_function (struct explained *explained, char *message, size_t bytes)
{
  const struct explain_source *source = explained->source;
  const char *name = explained->name;
  bool has_namesakes = false;

  for (size_t i = 0; i < source->count; i++)
    {
      const struct mdtrace_function *function = &source->functions[i];
      if (is_meant (source, name, function))
	{
	  explained->address = function->address;
	  explained->bytes = function->bytes;
	  memcpy (explained->name, function->name, sizeof function->name);
	  return MDTRACE_OK;
	}
      has_namesakes
	  |= strchr (name, '@') == NULL
	     && explain_relation (name, 0, function) == EXPLAIN_NAMESAKE;
    }
  if (has_namesakes)
    return MDTRACE_ERR_AMBIGUOUS_FUNCTION;
  explain_suggest (source->functions, source->count, name, message, bytes);
  return MDTRACE_ERR_NO_SUCH_FUNCTION;
}

static int
explain_function (struct explained *explained, char *message, size_t bytes)
{
  const struct explain_source *source = explained->source;
  int error = find_function (explained, message, bytes);

  if (source->debug != NULL)
    {
      int inlined = mdtrace_debug_inlined (source->debug, explained->name,
					   &explained->inlined,
					   &explained->inlined_count);
      if (inlined != MDTRACE_OK)
	return inlined;
    }
  explained->kind = EXPLAIN_FUNCTION;
  if (error == MDTRACE_OK)
    return source->get_sites (source->closure, explained->address,
			      &explained->sites, &explained->site_count);
  if (error == MDTRACE_ERR_AMBIGUOUS_FUNCTION)
    explained->kind = EXPLAIN_AMBIGUOUS;
  else if (explained->inlined_count > 0)
    explained->kind = EXPLAIN_INLINED;
  else
    return error;
  return MDTRACE_OK;
}

int
explain (const struct explain_source *source, const char *what,
	 struct explained *explained, char *message, size_t bytes)
{
  mdtrace_probe_config_t config = { .kinds = 0 };
  const char *problem;

  memset (explained, 0, sizeof *explained);
  explained->what = what;
  explained->source = source;
  message[0] = '\0';
  int error = mdtrace_parse_description (what, &config, &problem);
  if (error == MDTRACE_OK
      && (mdtrace_is_pattern (config.function)
	  || (config.function[0] == '\0'
	      && !(config.kinds & MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS)))))
    {
      error = MDTRACE_ERR_BAD_DESCRIPTION;
      problem = "name one function, FUNCTION+OFFSET or an address";
    }
  if (error != MDTRACE_OK)
    {
      snprintf (message, bytes, "%s", problem);
      return error;
    }
  memcpy (explained->name, config.function, sizeof explained->name);
  if (!(config.kinds & MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS)))
    return explain_function (explained, message, bytes);
  if (config.function[0] != '\0')
    error = find_function (explained, message, bytes);
  if (error == MDTRACE_OK && config.function[0] != '\0'
      && config.offset >= explained->bytes)
    {
      snprintf (message, bytes, "%s has %u bytes", explained->name,
		(unsigned) explained->bytes);
      return MDTRACE_ERR_NOT_TEXT;
    }
  if (error != MDTRACE_OK)
    return error;
  explained->kind = EXPLAIN_ADDRESS;
  explained->address += config.offset;
  return source->explain (source->closure, explained->address, &explained->at);
}

void
explained_free (struct explained *explained)
{
  free (explained->sites);
  free (explained->inlined);
}
