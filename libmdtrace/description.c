/* Descriptions of probes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   provider:module:function:name, of which each part may be a pattern and an
   empty one matches all; or, without a colon, a function, whose entry is
   meant, FUNCTION+OFFSET or an address.  The kernel matches functions;
   everything else is matched here.  */

#include <config.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "mdtrace.h"

enum
{
  PARTS = 4,
  PART_BYTES = MDTRACE_FUNCTION_BYTES
};

/* Read the whole of TEXT as a number, decimal or with 0x hexadecimal.  */
static bool
read_number (const char *text, uint64_t *number)
{
  char *end;
  bool is_hexadecimal = strncmp (text, "0x", 2) == 0;
  const char *digits = is_hexadecimal ? text + 2 : text;

  if (strspn (digits, is_hexadecimal ? "0123456789abcdefABCDEF" : "0123456789")
	  != strlen (digits)
      || digits[0] == '\0')
    return false;
  errno = 0;
  *number = strtoull (digits, &end, is_hexadecimal ? 16 : 10);
  return errno == 0;
}

/* Copy the LENGTH characters at TEXT to TO, of PART_BYTES bytes.  */
static const char *
copy_part (char *to, const char *text, size_t length)
{
  if (length >= PART_BYTES)
    return "a part of it is too long; at most 95 characters";
  memcpy (to, text, length);
  to[length] = '\0';
  return NULL;
}

/* What follows takes a part of a description, and returns what is wrong with
   it, or null.  */

static const char *
take_offset (const char *text, mdtrace_probe_config_t *config)
{
  config->kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);
  if (!read_number (text, &config->offset))
    return "behind the + stands an offset in bytes, as in "
	   "task_create+0x12";
  if (config->function[0] == '\0' || mdtrace_is_pattern (config->function))
    return "an offset is that in one function; name it without a pattern";
  return NULL;
}

static const char *
take_name (const char *name, mdtrace_probe_config_t *config)
{
  if (name[0] == '+')
    return take_offset (name + 1, config);
  config->kinds = 0;
  for (unsigned kind = MDTRACE_PROBE_ENTRY; kind <= MDTRACE_PROBE_RETURN;
       kind++)
    if (name[0] == '\0' || fnmatch (name, mdtrace_kind_part (kind), 0) == 0)
      config->kinds |= MDTRACE_KIND_BIT (kind);
  if (config->kinds == 0)
    return "no such place in a function; there are entry, return and "
	   "+OFFSET";
  return NULL;
}

static const char *
take_word (const char *text, mdtrace_probe_config_t *config)
{
  const char *plus = strchr (text, '+');

  if (text[0] == '\0')
    return "name a function, for example task_create";
  if (plus != NULL)
    {
      const char *problem = copy_part (config->function, text, plus - text);
      return problem != NULL ? problem : take_offset (plus + 1, config);
    }
  if (strncmp (text, "0x", 2) == 0)
    {
      config->kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS);
      if (!read_number (text, &config->offset))
	return "an address has up to 16 hexadecimal digits behind 0x";
      return NULL;
    }
  config->kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY);
  return copy_part (config->function, text, strlen (text));
}

/* Take PROVIDER, FUNCTION and EVENT of a static probe.  */
static const char *
take_static (const char *provider, const char *function, const char *event,
	     mdtrace_probe_definition_t *definition)
{
  mdtrace_probe_options_t *options = &definition->options;

  if (strlen (provider) >= sizeof options->provider
      || strlen (event) >= sizeof options->event)
    return "no provider has a longer name than 15 characters, and no event "
	   "than 31";
  if (event[0] == '\0')
    return "name the event, as in vm:::fault; vm:::* are all of them";
  strcpy (options->provider, provider);
  strcpy (options->event, event);
  memcpy (definition->config.function, function,
	  sizeof definition->config.function);
  return NULL;
}

static const char *
take_parts (const char *text, mdtrace_probe_definition_t *definition)
{
  mdtrace_probe_config_t *config = &definition->config;
  char parts[PARTS][PART_BYTES];

  for (int i = 0; i < PARTS; i++)
    {
      size_t length = strcspn (text, ":");
      const char *problem = copy_part (parts[i], text, length);
      if (problem != NULL)
	return problem;
      text += length;
      if ((*text == ':') != (i + 1 < PARTS))
	return "a description is a function, FUNCTION+OFFSET, an address, or "
	       "has four parts, PROVIDER:MODULE:FUNCTION:NAME, as in "
	       "fbt:kernel:task_create:return";
      text++;
    }
  if (parts[1][0] != '\0' && fnmatch (parts[1], "kernel", 0) != 0)
    return "no such module; there is kernel";
  if (parts[0][0] != '\0' && fnmatch (parts[0], "fbt", 0) != 0)
    return take_static (parts[0], parts[2], parts[3], definition);
  memcpy (config->function, parts[2], sizeof config->function);
  return take_name (parts[3], config);
}

int
mdtrace_parse_definition (const char *text,
			  mdtrace_probe_definition_t *definition,
			  const char **problem)
{
  mdtrace_probe_config_t *config = &definition->config;

  memset (config->module, 0, sizeof config->module);
  memset (config->function, 0, sizeof config->function);
  config->kinds = 0;
  config->offset = 0;
  memset (definition->options.provider, 0,
	  sizeof definition->options.provider);
  memset (definition->options.event, 0, sizeof definition->options.event);
  *problem = strchr (text, ':') == NULL ? take_word (text, config)
					: take_parts (text, definition);
  return *problem == NULL ? MDTRACE_OK : MDTRACE_ERR_BAD_DESCRIPTION;
}

int
mdtrace_parse_description (const char *text, mdtrace_probe_config_t *config,
			   const char **problem)
{
  mdtrace_probe_definition_t definition = { .config = *config };
  int error = mdtrace_parse_definition (text, &definition, problem);

  if (error == MDTRACE_OK && definition.options.provider[0] != '\0')
    {
      *problem = "that is a static probe, and here functions are meant";
      error = MDTRACE_ERR_BAD_DESCRIPTION;
    }
  *config = definition.config;
  return error;
}
