/* mdtrace agg: what the words of a key mean.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agg.h"

/* What mig/mdtrace_keys.def says of each.  */
static const struct
{
  enum mdtrace_key key;
  const char *word;
  unsigned words;
} keys[] = {
#define MDTRACE_KEY(bit, name, word, words, documentation)                    \
  { MDTRACE_KEY_##name, word, words },
#include "mdtrace_keys.def"
#undef MDTRACE_KEY
};

enum
{
  KEYS = sizeof keys / sizeof keys[0]
};

unsigned
agg_parts (const struct agg *agg, const uint64_t *words,
	   struct agg_part parts[AGG_PARTS_MAX])
{
  const mdtrace_probe_options_t *options = &agg->aggregate->options;
  const uint64_t *end = words + agg->aggregate->usage.key_words;
  unsigned count = 0;

  for (size_t i = 0; i < KEYS; i++)
    {
      unsigned length = keys[i].words;
      if (keys[i].key == MDTRACE_KEY_STACK)
	length += options->stack_depth;
      /* A kernel that contradicts itself is not believed.  */
      if (!(options->keys & keys[i].key) || length > end - words)
	continue;
      parts[count++] = (struct agg_part){ keys[i].key, words };
      words += length;
    }
  return count;
}

/* The name of the value that KEY stands for; null if that is something
   else.  */
static const struct mdtrace_value_name *
value_name (const struct agg *agg, enum mdtrace_key key)
{
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (key == (enum mdtrace_key) (MDTRACE_KEY_ARG0 << i))
      return &agg->names.values[i];
  return key == MDTRACE_KEY_RETVAL ? &agg->names.retval : NULL;
}

const char *
agg_part_name (const struct agg *agg, enum mdtrace_key key)
{
  const struct mdtrace_value_name *name = value_name (agg, key);
  size_t i = 0;

  if (name != NULL && name->name[0] != '\0')
    return name->name;
  while (i < KEYS && keys[i].key != key)
    i++;
  return i < KEYS ? keys[i].word : "?";
}

unsigned
agg_frames (const struct agg *agg, const uint64_t *words)
{
  uint32_t depth = agg->aggregate->options.stack_depth;

  return words[0] < depth ? words[0] : depth;
}

/* The name of the task at WORDS; empty if it has none.  */
static void
task_name (const uint64_t *words, char name[MDTRACE_TASK_NAME_BYTES + 1])
{
  memcpy (name, words + 1, MDTRACE_TASK_NAME_BYTES);
  name[MDTRACE_TASK_NAME_BYTES] = '\0';
}

static char *
value_text (const struct mdtrace_value_name *name, uint64_t word)
{
  uint64_t value = mdtrace_value_read (name, word);

  switch (name->format)
    {
    case 'd':
      return cli_format ("%" PRId64, (int64_t) value);
    case 'u':
      return cli_format ("%" PRIu64, value);
    default:
      return cli_format ("0x%" PRIx64, value);
    }
}

char *
agg_part_text (const struct agg *agg, const struct agg_part *part)
{
  char name[MDTRACE_TASK_NAME_BYTES + 1];

  switch (part->key)
    {
    case MDTRACE_KEY_TASK:
      task_name (part->words, name);
      if (name[0] != '\0')
	return cli_format ("%s", name);
      return cli_format ("0x%" PRIx64, part->words[0]);
    case MDTRACE_KEY_THREAD:
      return cli_format ("0x%" PRIx64, part->words[0]);
    case MDTRACE_KEY_CPU:
      return cli_format ("%" PRIu64, part->words[0]);
    case MDTRACE_KEY_FUNCTION:
    case MDTRACE_KEY_SITE:
      return symbols_place (agg->symbols, part->words[0]);
    case MDTRACE_KEY_STACK:
      return agg_frames (agg, part->words) > 0
		 ? symbols_frame (agg->symbols, 0, part->words[1])
		 : cli_format ("?");
    default:
      return value_text (value_name (agg, part->key), part->words[0]);
    }
}

static json_t *
value_json (const struct mdtrace_value_name *name, uint64_t word)
{
  uint64_t value = mdtrace_value_read (name, word);

  if (name->format == 'd' || (name->format == 'u' && value <= INT64_MAX))
    return json_integer ((json_int_t) value);
  return cli_json_address (value);
}

/* Put a place in the kernel's text into OBJECT.  */
static void
place_json (const struct agg *agg, uint64_t address, json_t *object)
{
  const struct mdtrace_function *function
      = symbols_find (agg->symbols, address);

  json_object_set_new (object, "address", cli_json_address (address));
  json_object_set_new (object, "function",
		       function != NULL ? cli_json_text (function->name)
					: json_null ());
  json_object_set_new (object, "offset",
		       function != NULL ? json_integer (
			   (json_int_t) (address - function->address))
					: json_null ());
}

static json_t *
stack_json (const struct agg *agg, const uint64_t *words)
{
  json_t *list = json_array ();

  for (unsigned i = 0; i < agg_frames (agg, words); i++)
    json_array_append_new (list,
			   symbols_frame_json (agg->symbols, i, words[1 + i]));
  return list;
}

void
agg_part_json (const struct agg *agg, const struct agg_part *part,
	       json_t *object)
{
  const char *called = agg_part_name (agg, part->key);
  char name[MDTRACE_TASK_NAME_BYTES + 1];
  json_t *place;

  switch (part->key)
    {
    case MDTRACE_KEY_TASK:
      task_name (part->words, name);
      json_object_set_new (object, "task", cli_json_address (part->words[0]));
      json_object_set_new (object, "task_name", cli_json_text (name));
      break;
    case MDTRACE_KEY_THREAD:
      cli_json_set (object, called, cli_json_address (part->words[0]));
      break;
    case MDTRACE_KEY_CPU:
      cli_json_set (object, called,
		    json_integer ((json_int_t) part->words[0]));
      break;
    case MDTRACE_KEY_FUNCTION:
    case MDTRACE_KEY_SITE:
      place = json_object ();
      place_json (agg, part->words[0], place);
      cli_json_set (object, called, place);
      break;
    case MDTRACE_KEY_STACK:
      cli_json_set (object, called, stack_json (agg, part->words));
      break;
    default:
      cli_json_set (object, called,
		    value_json (value_name (agg, part->key), part->words[0]));
    }
}
