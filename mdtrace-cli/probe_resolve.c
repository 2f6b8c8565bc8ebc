/* mdtrace probe create: from what was asked for to what the kernel is told.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Whatever is added up or is a key is one of the probe's values: an argument
   at its place among them, what is returned, or the duration.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agg.h"
#include "probe_options.h"

/* What people call what --latency measures.  */
static const char duration[] = "duration";

/* Whether LIST, of parts with commas between them, has the part TEXT.  */
static bool
has_part (const char *list, const char *text)
{
  size_t length = strlen (text);

  for (const char *at = list; at != NULL;)
    {
      size_t part = strcspn (at, ",");
      if (part == length && strncmp (at, text, length) == 0)
	return true;
      at = at[part] == ',' ? at + part + 1 : NULL;
    }
  return false;
}

/* LIST, which may be null and is freed, with TEXT among its parts.  */
static char *
with_part (char *list, const char *text)
{
  if (has_part (list, text))
    return list;
  char *longer = list == NULL ? cli_format ("%s", text)
			      : cli_format ("%s,%s", list, text);
  free (list);
  return longer;
}

/* Whether the duration is added up, by its name.  */
static bool
is_duration (const struct probe_options *options)
{
  return options->asked.latency && options->value != NULL
	 && strcmp (options->value, duration) == 0;
}

char *
probe_options_values (const struct probe_options *options, const char *given)
{
  char *list = given != NULL ? cli_format ("%s", given) : NULL;

  for (unsigned i = 0; i < options->key_count; i++)
    list = with_part (list, options->keys[i]);
  if (options->value != NULL && !is_duration (options))
    list = with_part (list, options->value);
  return list;
}

/* Find the value that is called TEXT: the number of its field to *BIT, and how
   it is to be read.  Null if there is none.  */
static const struct mdtrace_value_name *
find_value (const struct mdtrace_names *names, const char *text, unsigned *bit)
{
  if (strcmp (text, "retval") == 0)
    {
      *bit = MDTRACE_FIELD_RETVAL_BIT;
      return &names->retval;
    }
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (strcmp (text, names->values[i].name) == 0)
      {
	*bit = MDTRACE_FIELD_ARG0_BIT + i;
	return &names->values[i];
      }
  return NULL;
}

static int
refuse (struct probe_resolved *resolved, const char *what, const char *message)
{
  resolved->what = what;
  snprintf (resolved->message, sizeof resolved->message, "%s", message);
  return MDTRACE_ERR_BAD_OPTION;
}

/* Say which values there are to be added up: those of the function at ADDRESS,
   or if that is not known those that NAMES has.  */
static int
refuse_ambiguous (const struct mdtrace_debug *debug, uint64_t address,
		  const struct mdtrace_names *names,
		  struct probe_resolved *resolved)
{
  struct mdtrace_value_name arguments[MDTRACE_ARGUMENTS_MAX];
  unsigned aggregation = resolved->options.aggregation;
  int count = mdtrace_debug_arguments (debug, address, arguments,
				       MDTRACE_ARGUMENTS_MAX);
  bool has_function = count > 0;

  if (!has_function)
    {
      memcpy (arguments, names->values, sizeof arguments);
      for (count = 0;
	   count < MDTRACE_ARGUMENTS_MAX && arguments[count].name[0] != '\0';)
	count++;
    }
  char *text = cli_format (
      "say of what, as in --agg %s=%s%s", agg_word (aggregation),
      count > 0 ? arguments[0].name : "arg0",
      aggregation == MDTRACE_AGGREGATION_LHIST ? ":LOW:HIGH:STEP" : "");
  for (int i = 0; i < count && i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      char *longer = cli_format ("%s%s%s", text,
				 i > 0		? ", "
				 : has_function ? "; the function has "
						: "; it has ",
				 arguments[i].name);
      free (text);
      text = longer;
    }
  int error = refuse (resolved, "--agg", text);
  free (text);
  return error;
}

/* What is added up if nobody said it: what is returned, where there are only
   returns, or the only argument.  Null: that is not clear.  */
static const char *
only_value (const struct probe_options *options, const char *given,
	    const struct mdtrace_names *names,
	    const mdtrace_probe_config_t *config)
{
  if (config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN))
    return names->retval.name[0] != '\0' || !cli_is_single (config) ? "retval"
								    : NULL;
  /* Keys are there since they are keys.  */
  if ((given == NULL && options->key_count > 0)
      || names->values[0].name[0] == '\0' || names->values[1].name[0] != '\0')
    return NULL;
  return names->values[0].name;
}

/* Tell what is added up.  */
static int
resolve_value (const struct probe_options *options, const char *given,
	       const struct mdtrace_debug *debug, uint64_t address,
	       const struct mdtrace_names *names,
	       mdtrace_probe_config_t *config, struct probe_resolved *resolved)
{
  mdtrace_probe_options_t *result = &resolved->options;
  const char *value = options->value;
  const struct mdtrace_value_name *name = NULL;
  unsigned bit = 0;

  if (result->aggregation == MDTRACE_AGGREGATION_NONE
      || result->aggregation == MDTRACE_AGGREGATION_COUNT)
    return MDTRACE_OK;
  if (is_duration (options) || (value == NULL && result->latency))
    {
      result->value = MDTRACE_FIELD_DURATION_BIT;
      result->value_bytes = sizeof (uint64_t);
      return MDTRACE_OK;
    }
  if (value == NULL)
    value = only_value (options, given, names, config);
  if (value != NULL)
    name = find_value (names, value, &bit);
  if (name == NULL)
    return refuse_ambiguous (debug, address, names, resolved);
  result->value = bit;
  result->value_bytes = name->bytes;
  result->value_signed = name->format == 'd';
  if (result->low < 0 && !result->value_signed)
    return refuse (resolved, "--agg lhist",
		   "the value has no sign; begin with 0 or more");
  config->fields |= UINT64_C (1) << bit;
  return MDTRACE_OK;
}

/* Tell which keys are values.  */
static void
resolve_keys (const struct probe_options *options,
	      const struct mdtrace_names *names,
	      mdtrace_probe_config_t *config, struct probe_resolved *resolved)
{
  for (unsigned i = 0; i < options->key_count; i++)
    {
      unsigned bit = 0;
      /* It was put there, or that has failed.  */
      if (find_value (names, options->keys[i], &bit) == NULL)
	continue;
      config->fields |= UINT64_C (1) << bit;
      resolved->options.keys |= bit == MDTRACE_FIELD_RETVAL_BIT
				    ? (uint32_t) MDTRACE_KEY_RETVAL
				    : (uint32_t) MDTRACE_KEY_ARG0
					  << (bit - MDTRACE_FIELD_ARG0_BIT);
    }
}

static int
resolve_filter (const struct probe_options *options,
		const struct mdtrace_debug *debug, uint64_t address,
		const mdtrace_probe_config_t *config,
		struct probe_resolved *resolved)
{
  unsigned count;

  if (options->filter == NULL)
    return MDTRACE_OK;
  int error = mdtrace_filter_compile (
      debug, address, config->kinds, options->asked.latency, config,
      options->filter, resolved->program, &count, resolved->message,
      sizeof resolved->message);
  if (error != MDTRACE_OK)
    {
      resolved->what = options->filter;
      return error;
    }
  resolved->options.instructions = count;
  memcpy (resolved->options.filter, options->filter,
	  strlen (options->filter) + 1);
  return MDTRACE_OK;
}

int
probe_options_resolve (const struct probe_options *options, const char *given,
		       const struct mdtrace_debug *debug, uint64_t address,
		       mdtrace_probe_config_t *config,
		       struct probe_resolved *resolved)
{
  mdtrace_probe_options_t *result = &resolved->options;
  struct mdtrace_names names;

  *result = options->asked;
  resolved->message[0] = '\0';
  mdtrace_names_read (config->names, &names);
  if ((result->keys & MDTRACE_KEY_STACK) && result->stack_depth == 0)
    result->stack_depth = MDTRACE_STACK_DEPTH;
  /* The kernel adds these to whatever is asked for, and takes values to be all
     that is behind their fields.  */
  if (config->values[0].source != 0)
    config->fields
	&= ~(uint64_t) (MDTRACE_FIELD_DURATION | MDTRACE_FIELD_STACK);
  resolve_keys (options, &names, config, resolved);
  int error = resolve_value (options, given, debug, address, &names, config,
			     resolved);
  if (error == MDTRACE_OK)
    error = resolve_filter (options, debug, address, config, resolved);
  return error;
}
