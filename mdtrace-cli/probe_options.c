/* mdtrace probe create: reading what the probe is to do with its hits.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget.h"
#include "probe_options.h"

enum
{
  OPTION_IF = 3000,
  OPTION_AGG,
  OPTION_BY,
  OPTION_LATENCY,
  OPTION_STACK,
  OPTION_LIMIT,
  OPTION_BUDGET,
  OPTION_KEYS
};

static const struct argp_option argp_options[] = {
  { "if", OPTION_IF, "EXPRESSION", 0,
    "Only hits for which that is true, as in 'task == \"workload\"'", 1 },
  { "latency", OPTION_LATENCY, NULL, 0,
    "Pair entry and return in one thread, and record how long it took", 1 },
  { "agg", OPTION_AGG, "WHAT[=VALUE]", 0,
    "Do not record hits, but add them up: count, sum, min, max, avg, hist or "
    "lhist=VALUE:LOW:HIGH:STEP",
    1 },
  { "by", OPTION_BY, "KEY,...", 0,
    "With --agg, for each of these: task, thread, cpu, function, site, stack, "
    "retval or an argument",
    1 },
  { "keys", OPTION_KEYS, "N", 0,
    "With --by, room for N keys on each CPU; default: 1024", 1 },
  { "stack", OPTION_STACK, "DEPTH", OPTION_ARG_OPTIONAL,
    "Record the kernel stack, DEPTH frames of it at most; default: 8", 1 },
  { "limit", OPTION_LIMIT, "N/s", 0,
    "At most N hits a second on each CPU; others are throttled", 1 },
  { "budget", OPTION_BUDGET, "P%", 0,
    "Let the probe take P percent of each CPU's time; others are throttled",
    1 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

/* The whole of TEXT as a number, perhaps with a unit behind it.  */
static bool
read_number (const char *text, int64_t *number)
{
  static const struct
  {
    const char *name;
    int64_t factor;
  } units[] = {
    { "", 1 },		 { "ns", 1 },
    { "us", 1000 },	 { "ms", 1000 * 1000 },
    { "s", 1000000000 }, { "K", 1 << 10 },
    { "M", 1 << 20 },	 { "G", INT64_C (1) << 30 },
  };
  char *end;

  errno = 0;
  *number = strtoll (text, &end, 0);
  if (end == text || errno != 0 || text[0] == ' ')
    return false;
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (strcmp (end, units[i].name) == 0)
      return !__builtin_mul_overflow (*number, units[i].factor, number);
  return false;
}

/* Take VALUE:LOW:HIGH:STEP or LOW:HIGH:STEP at TEXT, of which VALUE is left,
   or null.  */
static const char *
take_range (const struct argp_state *state, char *text,
	    mdtrace_probe_options_t *asked)
{
  int64_t numbers[3];
  uint64_t width;

  for (int i = 2; i >= 0; i--)
    {
      char *colon = strrchr (text, ':');
      char *number = colon != NULL ? colon + 1 : text;
      if (!read_number (number, &numbers[i]) || (colon == NULL && i > 0))
	argp_error (
	    state, "--agg lhist needs a range, as in lhist=VALUE:LOW:HIGH:STEP"
		   " or lhist=duration:0:10ms:500us");
      if (colon != NULL)
	*colon = '\0';
      else
	text = NULL;
    }
  width = (uint64_t) numbers[1] - (uint64_t) numbers[0];
  if (numbers[1] <= numbers[0] || numbers[2] <= 0
      || width % (uint64_t) numbers[2] != 0)
    argp_error (state, "--agg lhist: from LOW to HIGH it must be one or more "
		       "whole STEPs");
  if (width / (uint64_t) numbers[2] > MDTRACE_BUCKETS_MAX)
    argp_error (state,
		"--agg lhist: these would be %llu steps; there can be %d, so "
		"make them larger",
		(unsigned long long) (width / (uint64_t) numbers[2]),
		MDTRACE_BUCKETS_MAX);
  asked->low = numbers[0];
  asked->step = numbers[2];
  asked->buckets = width / (uint64_t) numbers[2];
  return text;
}

static void
take_aggregation (const struct argp_state *state, char *argument,
		  struct probe_options *options)
{
  static const struct
  {
    const char *word;
    enum mdtrace_aggregation aggregation;
  } words[] = {
#define MDTRACE_AGGREGATION(number, name, word, cells, documentation)         \
  { word, MDTRACE_AGGREGATION_##name },
#include "mdtrace_aggregations.def"
#undef MDTRACE_AGGREGATION
  };
  enum
  {
    WORDS = sizeof words / sizeof words[0]
  };
  char *value = strchr (argument, '=');
  size_t i = 0;

  if (value != NULL)
    *value++ = '\0';
  while (i < WORDS && strcmp (argument, words[i].word) != 0)
    i++;
  if (i == WORDS)
    argp_error (state,
		"--agg: '%s': nothing that can be added up; there are count, "
		"sum, min, max, avg, hist and lhist",
		argument);
  options->asked.aggregation = words[i].aggregation;
  if (words[i].aggregation == MDTRACE_AGGREGATION_COUNT && value != NULL)
    argp_error (state,
		"--agg count counts hits, and takes no value; did you mean "
		"sum=%s?",
		value);
  options->value = value;
  if (words[i].aggregation == MDTRACE_AGGREGATION_LHIST)
    options->value = take_range (state, value != NULL ? value : argument + 5,
				 &options->asked);
  if (options->value != NULL && options->value[0] == '\0')
    options->value = NULL;
}

static void
take_keys (const struct argp_state *state, char *list,
	   struct probe_options *options)
{
  static const struct
  {
    const char *word;
    enum mdtrace_key key;
  } words[] = {
#define MDTRACE_KEY(bit, name, word, words, documentation)                    \
  { word, MDTRACE_KEY_##name },
#include "mdtrace_keys.def"
#undef MDTRACE_KEY
  };
  const uint32_t no_values = MDTRACE_KEY_TASK | MDTRACE_KEY_THREAD
			     | MDTRACE_KEY_CPU | MDTRACE_KEY_FUNCTION
			     | MDTRACE_KEY_SITE | MDTRACE_KEY_STACK;

  for (char *word; (word = strsep (&list, ",")) != NULL;)
    {
      uint32_t key = 0;
      bool is_twice = false;
      for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
	if (strcmp (word, words[i].word) == 0)
	  key = words[i].key & no_values;
      for (unsigned i = 0; i < options->key_count; i++)
	is_twice |= strcmp (word, options->keys[i]) == 0;
      if (is_twice || (options->asked.keys & key))
	argp_error (state, "--by: '%s' stands there twice", word);
      if (word[0] == '\0')
	argp_error (state, "--by: a key is missing beside a comma; there are "
			   "task, thread, cpu, function, site, stack, retval "
			   "and arguments");
      if (key == 0 && options->key_count == PROBE_KEYS_MAX)
	argp_error (state, "--by: so many values no probe has");
      if (key == 0)
	options->keys[options->key_count++] = word;
      options->asked.keys |= key;
    }
}

static uint32_t
parse_limit (const struct argp_state *state, char *argument)
{
  size_t length = strlen (argument);

  if (length > 2 && strcmp (argument + length - 2, "/s") == 0)
    argument[length - 2] = '\0';
  unsigned long limit = cli_parse_number (state, argument, "--limit", 1);
  if (limit > UINT32_MAX)
    argp_error (state, "--limit: at most %lu hits a second",
		(unsigned long) UINT32_MAX);
  return limit;
}

/* The number ARGUMENT from 1 to MAX.  */
static uint32_t
parse_up_to (const struct argp_state *state, const char *argument,
	     const char *what, unsigned long max)
{
  unsigned long number = cli_parse_number (state, argument, what, 1);

  if (number > max)
    argp_error (state, "%s: %s are too many; there can be %lu", what, argument,
		max);
  return number;
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct probe_options *options = state->input;
  mdtrace_probe_options_t *asked = &options->asked;

  switch (key)
    {
    case OPTION_IF:
      if (strlen (argument) >= sizeof asked->filter)
	argp_error (state, "--if: at most %zu characters",
		    sizeof asked->filter - 1);
      options->filter = argument;
      return 0;
    case OPTION_AGG:
      take_aggregation (state, argument, options);
      return 0;
    case OPTION_BY:
      take_keys (state, argument, options);
      return 0;
    case OPTION_LATENCY:
      asked->latency = 1;
      return 0;
    case OPTION_STACK:
      asked->stack_depth = argument == NULL
			       ? MDTRACE_STACK_DEPTH
			       : parse_up_to (state, argument, "--stack",
					      MDTRACE_STACK_DEPTH_MAX);
      return 0;
    case OPTION_LIMIT:
      asked->limit = parse_limit (state, argument);
      return 0;
    case OPTION_BUDGET:
      asked->budget = budget_parse (state, argument, "--budget");
      return 0;
    case OPTION_KEYS:
      asked->entries
	  = parse_up_to (state, argument, "--keys", MDTRACE_ENTRIES_MAX);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

const struct argp probe_options_argp
    = { .options = argp_options, .parser = parse_option };

/* What has to do with aggregations.  */
static void
check_aggregation (const struct argp_state *state,
		   const struct probe_options *options,
		   const mdtrace_probe_config_t *config)
{
  const mdtrace_probe_options_t *asked = &options->asked;
  bool has_keys = asked->keys != 0 || options->key_count > 0;

  if (asked->aggregation == MDTRACE_AGGREGATION_NONE && has_keys)
    argp_error (state, "--by goes with --agg, as in --agg count");
  if (asked->entries != 0 && !has_keys)
    argp_error (state, "--keys goes with --by; without it there is but one");
  if (asked->aggregation == MDTRACE_AGGREGATION_NONE)
    return;
  if (asked->stack_depth != 0 && !(asked->keys & MDTRACE_KEY_STACK))
    argp_error (state, "--stack: what is added up has no stack of its own; "
		       "write --by stack to add up for each");
  if (config->fields != 0)
    argp_error (state, "--fields: --agg records no events that have fields; "
		       "choose one of the two");
}

void
probe_options_check (const struct argp_state *state,
		     const struct probe_options *options,
		     const char *description, mdtrace_probe_config_t *config)
{
  const mdtrace_probe_options_t *asked = &options->asked;
  const unsigned both = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
			| MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN);

  check_aggregation (state, options, config);
  if (asked->latency && strchr (description, ':') == NULL
      && config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY))
    config->kinds = both;
  if (asked->latency && config->kinds != both)
    argp_error (state,
		"--latency needs entries and returns; describe both, as in "
		"'fbt:kernel:%s:'",
		config->function[0] != '\0' ? config->function : "ipc_*");
  if ((config->fields & MDTRACE_FIELD_DURATION) && !asked->latency)
    argp_error (state, "--fields: duration_ns goes with --latency");
  if ((config->fields & MDTRACE_FIELD_STACK) && asked->stack_depth == 0)
    argp_error (state, "--fields: stack goes with --stack");
}
