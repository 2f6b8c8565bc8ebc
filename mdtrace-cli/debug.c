/* The kernel's debug file, as verbs use it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct mdtrace_debug *
cli_open_debug (const struct cli_options *options,
		struct mdtrace_target *target, const char *path)
{
  struct mdtrace_debug *debug;
  mdtrace_status_t status;
  char *found = path == NULL ? mdtrace_debug_find_file (target) : NULL;
  const char *file = path != NULL ? path : found;

  if (file == NULL)
    return NULL;
  int error = mdtrace_get_status (target, &status);
  if (error != MDTRACE_OK)
    exit (cli_report (options, mdtrace_target_url (target), error,
		      mdtrace_detail (target)));
  error = mdtrace_debug_open (file, status.text_hash, &debug);
  const char *detail = error == MDTRACE_ERR_SYSTEM ? strerror (errno) : NULL;
  if (error != MDTRACE_OK && path != NULL)
    exit (cli_report (options, path, error, detail));
  /* One that only happened to be there is no error.  */
  if (error != MDTRACE_OK)
    cli_complain (file, error,
		  detail != NULL ? detail : "it is not looked into");
  free (found);
  return debug;
}

bool
cli_is_single (const mdtrace_probe_config_t *config)
{
  return config->function[0] != '\0' && !mdtrace_is_pattern (config->function);
}

json_t *
cli_json_name (const struct mdtrace_value_name *name)
{
  return cli_json_pack ("{s:s, s:s, s:o}", "name", name->name, "type",
			name->type, "format",
			json_sprintf ("%c%u", name->format, name->bytes));
}

json_t *
cli_json_names (const char *text)
{
  struct mdtrace_names names;
  json_t *list = json_array ();

  mdtrace_names_read (text, &names);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (names.values[i].name[0] != '\0')
      json_array_append_new (list, cli_json_name (&names.values[i]));
  if (names.retval.name[0] != '\0')
    json_array_append_new (list, cli_json_name (&names.retval));
  return list;
}

char *
cli_describe (const char *function, unsigned kinds, uint64_t offset,
	      bool is_single)
{
  if (kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS))
    return function[0] == '\0'
	       ? cli_format ("0x%llx", (unsigned long long) offset)
	       : cli_format ("%s+0x%llx", function,
			     (unsigned long long) offset);
  if (is_single)
    return cli_format ("%s", function);
  const char *part = mdtrace_kinds_part (kinds);
  return cli_format ("fbt:kernel:%s%s%s", function[0] != '\0' ? function : "*",
		     part[0] != '\0' ? ":" : "", part);
}
