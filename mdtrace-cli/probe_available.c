/* mdtrace probe list --available: what can be probed.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "probe.h"
#include "probe_static.h"
#include "table.h"

enum
{
  ARGUMENTS_MAX = 32
};

/* Functions of which some are listed.  */
struct available
{
  const struct cli_options *options;
  const char *pattern; /* of functions; empty: all */
  const struct mdtrace_debug *debug;
  struct mdtrace_function *functions;
  size_t count;
};

static bool
is_matched (const struct available *available,
	    const struct mdtrace_function *function)
{
  return available->pattern[0] == '\0'
	 || fnmatch (available->pattern, function->name, 0) == 0;
}

static void
print (const struct available *available)
{
  struct table *table = table_new ();

  table_add_column (table, "FUNCTION", false);
  table_add_column (table, "BYTES", true);
  if (available->debug != NULL)
    table_add_column (table, "RETURNS (ARGUMENTS)", false);
  else
    table_add_column (table, "ARGUMENTS", true);
  for (size_t i = 0; i < available->count; i++)
    {
      const struct mdtrace_function *function = &available->functions[i];
      table_add_cell (table, function->name);
      table_add_number (table, function->bytes);
      if (available->debug != NULL)
	{
	  char *text
	      = explain_prototype (available->debug, function->address, "");
	  table_add_cell (table, text != NULL ? text : "");
	  free (text);
	}
      else
	table_add_number (table, function->argument_count);
    }
  table_print (table);
}

static json_t *
function_json (const struct available *available,
	       const struct mdtrace_function *function)
{
  struct mdtrace_value_name arguments[ARGUMENTS_MAX], result;
  int count = -1;
  bool has_result = false;
  json_t *list = json_null ();

  if (available->debug != NULL)
    {
      count = mdtrace_debug_arguments (available->debug, function->address,
				       arguments, ARGUMENTS_MAX);
      has_result = mdtrace_debug_result (available->debug, function->address,
					 &result);
    }
  if (count >= 0)
    list = json_array ();
  for (int i = 0; i < count && i < ARGUMENTS_MAX; i++)
    json_array_append_new (list, cli_json_name (&arguments[i]));
  return cli_json_pack (
      "{s:s, s:o, s:i, s:i, s:o, s:o}", "function", function->name, "address",
      cli_json_address (function->address), "bytes", (int) function->bytes,
      "argument_count", (int) function->argument_count, "arguments", list,
      "result", has_result ? cli_json_text (result.type) : json_null ());
}

static void
print_json (const struct available *available, size_t refused)
{
  json_t *list = json_array ();

  for (size_t i = 0; i < available->count; i++)
    json_array_append_new (
	list, function_json (available, &available->functions[i]));
  cli_print_json (cli_json_pack ("{s:o, s:I}", "functions", list, "refused",
				 (json_int_t) refused));
}

/* Leave those that are matched and can be probed.  Returns how many cannot
   be.  */
static size_t
choose (struct available *available)
{
  size_t refused = 0, count = 0;

  for (size_t i = 0; i < available->count; i++)
    {
      const struct mdtrace_function *function = &available->functions[i];
      if (!is_matched (available, function))
	continue;
      if (function->refusal != MDTRACE_REASON_NONE)
	refused++;
      else
	available->functions[count++] = *function;
    }
  available->count = count;
  return refused;
}

/* Say what else there is to know.  */
static void
print_notes (const struct available *available, size_t refused)
{
  fflush (stdout);
  if (refused > 0)
    fprintf (stderr,
	     "%zu more may not be probed at their entry; 'mdtrace probe "
	     "explain FUNCTION' tells why\n",
	     refused);
  if (available->debug == NULL)
    fprintf (stderr, "names and types of arguments are in the kernel's debug "
		     "file, which mdtrace-mkkernel writes beside the kernel; "
		     "name it with --debug-file, or the kernel with "
		     "MDTRACE_KERNEL\n");
}

int
probe_list_available (const struct cli_options *options, const char *pattern,
		      const char *debug_file)
{
  mdtrace_probe_definition_t definition = { .options = { .provider = "" } };
  const mdtrace_probe_options_t *statics = &definition.options;
  const char *problem;
  int error = MDTRACE_OK;

  if (pattern != NULL)
    error = mdtrace_parse_definition (pattern, &definition, &problem);
  /* All that have a name of their own; functions are listed without it.  */
  if (pattern != NULL && strcmp (pattern, "*:::*") == 0)
    {
      strcpy (definition.options.provider, "*");
      strcpy (definition.options.event, "*");
    }
  if (error == MDTRACE_OK
      && definition.config.kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS))
    {
      error = MDTRACE_ERR_BAD_DESCRIPTION;
      problem = "name functions, not an address; 'mdtrace probe explain' "
		"tells of that";
    }
  if (error != MDTRACE_OK)
    return cli_report (options, pattern, error, problem);

  struct mdtrace_target *target = cli_open (options);
  if (statics->provider[0] != '\0')
    {
      int status
	  = probe_static_list (options, target, pattern, statics, false);
      mdtrace_close (target);
      return status;
    }
  struct mdtrace_debug *debug = cli_open_debug (options, target, debug_file);
  struct available available = { .options = options,
				 .pattern = definition.config.function,
				 .debug = debug };
  error
      = mdtrace_function_list (target, &available.functions, &available.count);
  if (error != MDTRACE_OK)
    return cli_report (options, mdtrace_target_url (target), error,
		       mdtrace_detail (target));
  size_t refused = choose (&available);
  int status;
  if (available.count + refused == 0)
    status = cli_report (options, pattern != NULL ? pattern : "*",
			 MDTRACE_ERR_NO_SUCH_FUNCTION, NULL);
  else
    {
      if (options->json)
	print_json (&available, refused);
      else
	print (&available);
      print_notes (&available, options->json ? 0 : refused);
      status = cli_finish ();
    }
  free (available.functions);
  mdtrace_debug_close (debug);
  mdtrace_close (target);
  return status;
}
