/* mdtrace probe create, of static probes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel knows where they are and what their arguments are; a pattern is
   matched here, and becomes a probe for each that it matches.  */

#include <config.h>

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe_static.h"

char *
probe_static_describe (const char *provider, const char *function,
		       const char *event)
{
  return cli_format ("%s::%s:%s", provider, function, event);
}

const char *
probe_static_kind (const mdtrace_probe_info_t *probe)
{
  return probe->event[0] != '\0' ? "static"
				 : mdtrace_kinds_words (probe->kinds);
}

/* Names for values of a custom probe: those in LIST, which are recorded then,
   or if it is null arg0 to arg5.  False if they are too many, or too long.  */
static bool
name_custom (const char *list, mdtrace_probe_config_t *config)
{
  size_t used = 0;
  unsigned count = 0;

  for (unsigned i = 0; list == NULL && i < MDTRACE_ARGUMENTS_MAX; i++)
    used += snprintf (config->names + used, sizeof config->names - used,
		      "%sarg%u:x8:", i > 0 ? ";" : "", i);
  while (list != NULL)
    {
      size_t length = strcspn (list, ",");
      if (count == MDTRACE_ARGUMENTS_MAX || length == 0
	  || used + length + 5 >= sizeof config->names)
	return false;
      used
	  += snprintf (config->names + used, sizeof config->names - used,
		       "%s%.*s:x8:", count > 0 ? ";" : "", (int) length, list);
      config->fields |= (uint64_t) MDTRACE_FIELD_ARG0 << count++;
      list = list[length] == ',' ? list + length + 1 : NULL;
    }
  return true;
}

/* Ask for those of the arguments of NAMES that LIST names.  Returns the first
   one that is none, which the caller frees; null if all are well.  */
static char *
choose_values (const char *list, const struct mdtrace_names *names,
	       mdtrace_probe_config_t *config)
{
  while (list != NULL)
    {
      size_t length = strcspn (list, ",");
      unsigned i = 0;
      while (i < MDTRACE_ARGUMENTS_MAX
	     && (names->values[i].name[0] == '\0'
		 || strlen (names->values[i].name) != length
		 || strncmp (names->values[i].name, list, length) != 0))
	i++;
      if (i == MDTRACE_ARGUMENTS_MAX)
	return cli_format ("%.*s", (int) length, list);
      config->fields |= (uint64_t) MDTRACE_FIELD_ARG0 << i;
      list = list[length] == ',' ? list + length + 1 : NULL;
    }
  return NULL;
}

/* The arguments of NAMES in a list.  The caller frees it.  */
static char *
list_names (const struct mdtrace_names *names)
{
  char *text = cli_format ("it has");

  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (names->values[i].name[0] != '\0')
      {
	char *longer = cli_format ("%s%s %s", text, i > 0 ? "," : "",
				   names->values[i].name);
	free (text);
	text = longer;
      }
  if (names->values[0].name[0] == '\0')
    {
      free (text);
      text = cli_format ("it has no arguments");
    }
  return text;
}

/* Put the values that are asked for into CONFIG, of which PROBE, null for a
   custom one, has the names.  Returns the exit status, 0 if all is well.  */
static int
add_values (const struct probe_request *request,
	    const struct mdtrace_static *probe, mdtrace_probe_config_t *config)
{
  char *values
      = probe_options_values (&request->probe_options, request->values);
  struct mdtrace_names names;
  int status = 0;

  if (values != NULL && config->fields == 0)
    config->fields
	= MDTRACE_FIELD_THREAD | MDTRACE_FIELD_TASK
	  | (probe != NULL && probe->sites > 1 ? MDTRACE_FIELD_ADDRESS : 0);
  if (probe == NULL)
    {
      if (!name_custom (values, config))
	status
	    = cli_report (request->options, "--args", MDTRACE_ERR_BAD_VALUE,
			  "a custom event has at most six values, and names "
			  "of up to 190 characters in all");
      free (values);
      return status;
    }
  memcpy (config->names, probe->names, sizeof config->names);
  mdtrace_names_read (probe->names, &names);
  char *unknown = choose_values (values, &names, config);
  if (unknown != NULL)
    {
      char *there = list_names (&names);
      status = cli_report (request->options, unknown, MDTRACE_ERR_BAD_VALUE,
			   there);
      free (there);
    }
  free (unknown);
  free (values);
  return status;
}

void
probe_static_print (const struct cli_options *options,
		    const struct probe_made *made)
{
  const mdtrace_probe_config_t *config = made->config;
  const mdtrace_created_t *created = made->created;
  const char *state = mdtrace_state_words (
      config->enabled ? MDTRACE_STATE_ENABLED : MDTRACE_STATE_DISABLED);

  if (!options->json)
    {
      printf ("probe %u: %s: ", (unsigned) created->id, made->description);
      if (created->sites > 0)
	printf ("%u site%s in %u function%s, ", (unsigned) created->sites,
		created->sites == 1 ? "" : "s", (unsigned) created->functions,
		created->functions == 1 ? "" : "s");
      puts (state);
      if (created->refused > 0)
	printf ("  %u more cannot be probed\n", (unsigned) created->refused);
      return;
    }
  json_dumpf (cli_json_pack (
		  "{s:i, s:s, s:s, s:s, s:s, s:b, s:s, s:i, s:i, s:i, s:o}",
		  "probe_id", (int) created->id, "description",
		  made->description, "function", config->function, "kind",
		  "static", "state", state, "persist", (int) config->persist,
		  "label", config->label, "sites", (int) created->sites,
		  "functions", (int) created->functions, "refused",
		  (int) created->refused, "values",
		  cli_json_names (config->names)),
	      stdout, JSON_COMPACT);
  putchar ('\n');
}

/* Create the probe of PROVIDER and EVENT, as PROBE, or a custom one if that is
   null.  */
static int
create (const struct probe_request *request, const char *provider,
	const char *event, const struct mdtrace_static *probe,
	struct mdtrace_target *target, const struct mdtrace_debug *debug)
{
  mdtrace_probe_definition_t definition = { .config = request->config };
  struct probe_resolved resolved;
  mdtrace_created_t created;

  int status = add_values (request, probe, &definition.config);
  if (status != 0)
    return status;
  int error = probe_options_resolve (&request->probe_options, request->values,
				     debug, 0, &definition.config, &resolved);
  if (error != MDTRACE_OK)
    return cli_report (request->options, resolved.what, error,
		       resolved.message);
  definition.options = resolved.options;
  strcpy (definition.options.provider, provider);
  strcpy (definition.options.event, event);
  char *description
      = probe_static_describe (provider, definition.config.function, event);
  error
      = mdtrace_probe_define (target, &definition, resolved.program, &created);
  const struct probe_made made = { .config = &definition.config,
				   .created = &created,
				   .description = description };
  if (error == MDTRACE_OK)
    request->tell (request->closure, &made);
  else
    status = cli_report (request->options, description, error,
			 error == MDTRACE_ERR_NOT_IN_KERNEL && probe != NULL
			     ? probe->missing
			     : mdtrace_detail (target));
  free (description);
  return status;
}

static bool
matches (const struct mdtrace_static *probe, const char *provider,
	 const char *event)
{
  return fnmatch (provider, probe->provider, 0) == 0
	 && fnmatch (event, probe->event, 0) == 0;
}

/* Create a probe for each that matches what is asked for.  */
static int
create_matching (const struct probe_request *request,
		 struct mdtrace_target *target,
		 const struct mdtrace_debug *debug)
{
  struct mdtrace_static *probes;
  size_t count, matched = 0;
  bool many = mdtrace_is_pattern (request->provider)
	      || mdtrace_is_pattern (request->event);
  int status = 0;

  int error = mdtrace_static_list (target, &probes, &count);
  if (error != MDTRACE_OK)
    return cli_report (request->options, mdtrace_target_url (target), error,
		       mdtrace_detail (target));
  for (size_t i = 0; i < count && status == 0; i++)
    {
      if (!matches (&probes[i], request->provider, request->event))
	continue;
      matched++;
      /* Of several, the kernel may lack some.  */
      if (many && probes[i].sites == probes[i].refused)
	{
	  fprintf (stderr, "%s:::%s: left out: %s\n", probes[i].provider,
		   probes[i].event, probes[i].missing);
	  continue;
	}
      status = create (request, probes[i].provider, probes[i].event,
		       &probes[i], target, debug);
    }
  free (probes);
  if (matched == 0)
    return cli_report (request->options, request->description,
		       MDTRACE_ERR_NO_SUCH_EVENT, NULL);
  return status;
}

int
probe_static_create (const struct probe_request *request,
		     struct mdtrace_target *target,
		     const struct mdtrace_debug *debug)
{
  if (strcmp (request->provider, "custom") == 0)
    {
      if (mdtrace_is_pattern (request->event))
	return cli_report (request->options, request->description,
			   MDTRACE_ERR_BAD_DESCRIPTION,
			   "a custom event has a name, and is no pattern");
      return create (request, request->provider, request->event, NULL, target,
		     debug);
    }
  return create_matching (request, target, debug);
}

/* The names of the arguments of PROBE, with commas between them.  */
static char *
arguments_of (const struct mdtrace_static *probe)
{
  struct mdtrace_names names;
  char *text = cli_format ("%s", "");

  mdtrace_names_read (probe->names, &names);
  for (unsigned i = 0; i < probe->arguments && i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      char *longer = cli_format ("%s%s%s", text, i > 0 ? ", " : "",
				 names.values[i].name);
      free (text);
      text = longer;
    }
  return text;
}

static json_t *
probe_json (const struct mdtrace_static *probe)
{
  return cli_json_pack (
      "{s:s, s:s, s:i, s:i, s:o, s:s}", "provider", probe->provider, "event",
      probe->event, "sites", (int) (probe->sites - probe->refused), "refused",
      (int) probe->refused, "arguments", cli_json_names (probe->names),
      "missing", probe->missing);
}

static void
print_listed (const struct mdtrace_static *probe, bool explain)
{
  char *arguments = arguments_of (probe);
  unsigned sites = probe->sites - probe->refused;
  struct mdtrace_names names;

  printf ("%s:::%s (%s): %u site%s\n", probe->provider, probe->event,
	  arguments, sites, sites == 1 ? "" : "s");
  free (arguments);
  mdtrace_names_read (probe->names, &names);
  for (unsigned i = 0;
       explain && i < probe->arguments && i < MDTRACE_ARGUMENTS_MAX; i++)
    printf ("  %s: %s\n", names.values[i].name, names.values[i].type);
  if (probe->missing[0] != '\0')
    printf ("  missing: %s\n", probe->missing);
}

int
probe_static_list (const struct cli_options *options,
		   struct mdtrace_target *target, const char *pattern,
		   const mdtrace_probe_options_t *patterns, bool explain)
{
  struct mdtrace_static *probes;
  size_t count, matched = 0;
  json_t *list = json_array ();
  int error = mdtrace_static_list (target, &probes, &count);

  if (error != MDTRACE_OK)
    return cli_report (options, mdtrace_target_url (target), error,
		       mdtrace_detail (target));
  for (size_t i = 0; i < count; i++)
    {
      if (!matches (&probes[i], patterns->provider, patterns->event))
	continue;
      matched++;
      if (options->json)
	json_array_append_new (list, probe_json (&probes[i]));
      else
	print_listed (&probes[i], explain);
    }
  free (probes);
  if (matched == 0)
    {
      json_decref (list);
      return cli_report (options, pattern, MDTRACE_ERR_NO_SUCH_EVENT, NULL);
    }
  if (options->json)
    cli_print_json (cli_json_pack ("{s:o}", "static", list));
  else
    json_decref (list);
  return cli_finish ();
}
