/* mdtrace hist: which value of a probe is meant.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A value has a name, by which the probe recorded it, and a place among the
   arguments.  Several probes can have it in different places, as long as it is
   the same kind of number.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "hist.h"

/* The kinds of number that a value can be, since the words of one with a sign
   mean something else without it.  */
static bool
has_sign (const struct hist_value *value)
{
  return value->name == NULL || value->name->format == 'd';
}

/* Find the value NAME of PROBE, also if it was not recorded.  */
static bool
find_value (const struct source_probe *probe, const char *name,
	    struct hist_value *value)
{
  static const char digits[] = "012345";
  unsigned i = 0;

  *value = (struct hist_value){ .known = 0 };
  if (strcmp (name, "duration_ns") == 0 || strcmp (name, "duration") == 0)
    {
      value->known = SOURCE_DURATION;
      return true;
    }
  if (strcmp (name, "retval") == 0)
    {
      value->known = SOURCE_RETVAL;
      value->name = &probe->names->retval;
      return true;
    }
  while (i < MDTRACE_ARGUMENTS_MAX
	 && strcmp (probe->names->values[i].name, name) != 0)
    i++;
  if (i == MDTRACE_ARGUMENTS_MAX && strncmp (name, "arg", 3) == 0
      && name[3] != '\0' && strchr (digits, name[3]) != NULL
      && name[4] == '\0')
    i = name[3] - '0';
  if (i == MDTRACE_ARGUMENTS_MAX)
    return false;
  value->known = SOURCE_ARG0 << i;
  value->argument = i;
  value->name = &probe->names->values[i];
  return true;
}

/* The bit of VALUE in a probe's mask of fields.  */
static uint64_t
field_of (const struct hist_value *value)
{
  return value->known == SOURCE_DURATION ? MDTRACE_FIELD_DURATION
	 : value->known == SOURCE_RETVAL
	     ? MDTRACE_FIELD_RETVAL
	     : (uint64_t) MDTRACE_FIELD_ARG0 << value->argument;
}

/* LIST with NAME behind it, once.  LIST is freed.  */
static char *
append (char *list, const char *name)
{
  size_t length = strlen (name);

  for (const char *at = list; at != NULL && (at = strstr (at, name)) != NULL;
       at += length)
    if ((at == list || at[-1] == ' ')
	&& (at[length] == '\0' || at[length] == ','))
      return list;
  char *longer = cli_format ("%s%s%s", list != NULL ? list : "",
			     list != NULL ? ", " : "", name);
  free (list);
  return longer;
}

/* The names of the values that PROBE recorded, behind LIST.  */
static char *
append_values (char *list, const struct source_probe *probe)
{
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (probe->fields & (uint64_t) MDTRACE_FIELD_ARG0 << i)
      list = append (list, place_argument_name (probe, i));
  if (probe->fields & MDTRACE_FIELD_RETVAL)
    list = append (list, "retval");
  if (probe->fields & MDTRACE_FIELD_DURATION)
    list = append (list, "duration_ns");
  return list;
}

/* Report that no probe has recorded the value, which one HAS_IT at least.  */
static bool
report (const struct hist_arguments *arguments, bool has_it, char *recorded)
{
  const char *value = arguments->value;
  char *what = cli_format ("%s of %s", value, arguments->probe);
  char *detail
      = has_it && strncmp (value, "duration", 8) == 0
	    ? cli_format ("durations are recorded by probes that were created "
			  "with --latency")
	: has_it && strcmp (value, "retval") == 0
	    ? cli_format ("it was not recorded; returns have it, as of "
			  "'mdtrace probe create fbt::FUNCTION:return'")
	: has_it ? cli_format ("it was not recorded; 'mdtrace probe create "
			       "--args %s' makes a probe that does",
			       value)
	: recorded != NULL
	    ? cli_format ("what was recorded is %s", recorded)
	    : cli_format ("no value was recorded; see --args of 'mdtrace "
			  "probe create'");
  cli_report (arguments->options, what, MDTRACE_ERR_NOT_IN_TRACE, detail);
  free (detail);
  free (what);
  free (recorded);
  return false;
}

/* Report that the value is not the same kind of number everywhere.  */
static bool
report_mixed (const struct hist_arguments *arguments)
{
  char *what = cli_format ("%s of %s", arguments->value, arguments->probe);

  cli_report (arguments->options, what, MDTRACE_ERR_NOT_IN_TRACE,
	      "it has a sign in some of these probes, and none in others; "
	      "name fewer of them");
  free (what);
  return false;
}

/* Let VALUES be what FOUND is, the first of them.  */
static void
describe (struct hist_values *values, const struct hist_arguments *arguments,
	  const struct source_probe *probe, const struct hist_value *found)
{
  values->is_signed = has_sign (found);
  values->is_time = found->known == SOURCE_DURATION;
  values->format = found->name != NULL ? found->name->format : 'd';
  values->type = found->name != NULL ? found->name->type : "";
  values->name = values->is_time ? "duration_ns"
		 : found->known == SOURCE_RETVAL
		     ? arguments->value
		     : place_argument_name (probe, found->argument);
}

bool
hist_is_meant (const struct hist_arguments *arguments,
	       const struct places *places, const struct source_probe *probe)
{
  return arguments->is_number ? probe->id == arguments->number
			      : places_has_probe (places, probe);
}

bool
hist_find_values (const struct hist_arguments *arguments,
		  struct source *source, const struct places *places,
		  struct hist_values *values)
{
  const struct source_probe *probes = source_probes (source, &values->count);
  bool has_it = false, any = false;
  char *recorded = NULL;

  values->of_probe = calloc (values->count + 1, sizeof *values->of_probe);
  if (values->of_probe == NULL)
    {
      cli_report (arguments->options, arguments->probe, MDTRACE_ERR_SYSTEM,
		  "no memory");
      return false;
    }
  for (unsigned i = 0; i < values->count; i++)
    {
      struct hist_value *value = &values->of_probe[i];
      if (!hist_is_meant (arguments, places, &probes[i]))
	continue;
      recorded = append_values (recorded, &probes[i]);
      if (!find_value (&probes[i], arguments->value, value))
	continue;
      has_it = true;
      if (!(probes[i].fields & field_of (value)))
	value->known = 0;
      else if (!any)
	describe (values, arguments, &probes[i], value);
      else if (values->is_signed != has_sign (value))
	{
	  free (recorded);
	  return report_mixed (arguments);
	}
      any |= value->known != 0;
    }
  if (!any)
    return report (arguments, has_it, recorded);
  free (recorded);
  return true;
}

bool
hist_read (const struct hist_value *value, const struct source_event *event,
	   uint64_t *number)
{
  if (!(event->known & value->known))
    return false;
  if (value->known == SOURCE_DURATION)
    *number = (uint64_t) event->duration_ns;
  else if (value->known == SOURCE_RETVAL)
    *number = mdtrace_value_read (value->name, (uint64_t) event->retval);
  else
    *number = mdtrace_value_read (
	value->name, (uint64_t) event->arguments[value->argument]);
  return true;
}
