/* What a kernel that lies says of an aggregation.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Whoever reads entries goes by what the options say of their words; so those
   must be what they say.  The sanitizer for addresses sees who does not.  */

#include <mach/message.h>

#include "mdtrace_ids.h"
#include "options.h"

enum
{
  HITS = 20,
  /* In front of a structure in a message stands what MIG says of its type.  */
  TYPE_BYTES = 8
};

static mdtrace_probe_options_t options_lie;
static mdtrace_probe_usage_t usage_lie;
static bool lies_of_options;

/* Say the lies instead of options and usage, which end that reply.  */
static void
lie_of_options (void *message, size_t *bytes)
{
  const mach_msg_header_t *header = message;
  size_t usage_at = *bytes - sizeof usage_lie;
  size_t options_at = usage_at - TYPE_BYTES - sizeof options_lie;

  if (header->msgh_id != MDTRACE_ID_PROBE_OPTIONS + 100 || !lies_of_options)
    return;
  memcpy ((uint8_t *) message + usage_at, &usage_lie, sizeof usage_lie);
  memcpy ((uint8_t *) message + options_at, &options_lie, sizeof options_lie);
}

/* The number of the next entry, and the length, in replies with entries.  */
static uint32_t next_lie;
static unsigned replies;

static void
lie_of_next (void *message, size_t *bytes)
{
  const mach_msg_header_t *header = message;

  (void) bytes;
  if (header->msgh_id != MDTRACE_ID_AGGREGATION_READ + 100)
    return;
  replies++;
  /* Behind the header, the result and the two types.  */
  memcpy ((uint8_t *) message + sizeof *header + 3 * TYPE_BYTES, &next_lie,
	  sizeof next_lie);
}

/* A probe that has HITS keys, and the truth of it.  */
static uint32_t
begin (unsigned aggregation)
{
  loopback_on_reply = NULL;
  probes_boot ();
  mdtrace_probe_definition_t definition = option_definition ("alpha", ENTRIES);
  definition.options.aggregation = aggregation;
  definition.options.keys = MDTRACE_KEY_ARG0;
  if (aggregation != MDTRACE_AGGREGATION_COUNT)
    definition.options.value = MDTRACE_FIELD_ARG0_BIT;
  uint32_t id = option_define (&definition, NULL);
  for (unsigned i = 0; i < HITS; i++)
    option_call (ALPHA, i, 0);
  CHECK_NUMBER (mdtrace_probe_options (loopback, id, &options_lie, &usage_lie),
		MDTRACE_OK);
  loopback_on_reply = lie_of_options;
  lies_of_options = true;
  return id;
}

static int
read_all (uint32_t id)
{
  struct mdtrace_aggregate *aggregate;
  int error
      = mdtrace_aggregation_read (loopback, id, MDTRACE_CPU_ALL, &aggregate);

  if (error == MDTRACE_OK)
    mdtrace_aggregate_free (aggregate);
  return error;
}

/* That a FIELD of what is said is NUMBER is not believed.  */
#define NOT_BELIEVED(field, number)                                           \
  do                                                                          \
    {                                                                         \
      mdtrace_probe_options_t options = options_lie;                          \
      mdtrace_probe_usage_t usage = usage_lie;                                \
      field = (number);                                                       \
      CHECK_NUMBER (read_all (id), MDTRACE_ERR_PROTOCOL);                     \
      options_lie = options;                                                  \
      usage_lie = usage;                                                      \
    }                                                                         \
  while (0)

static void
does_not_believe_lengths (void)
{
  static const unsigned all[]
      = { MDTRACE_AGGREGATION_COUNT, MDTRACE_AGGREGATION_SUM,
	  MDTRACE_AGGREGATION_HIST };

  for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++)
    {
      uint32_t id = begin (all[i]);
      /* What is true is believed.  */
      CHECK_NUMBER (read_all (id), MDTRACE_OK);
      NOT_BELIEVED (usage_lie.key_words, 0);
      NOT_BELIEVED (usage_lie.key_words, 2);
      NOT_BELIEVED (usage_lie.key_words, UINT32_MAX);
      NOT_BELIEVED (usage_lie.cell_words, 0);
      NOT_BELIEVED (usage_lie.cell_words, usage_lie.cell_words - 1);
      NOT_BELIEVED (usage_lie.cell_words, usage_lie.cell_words + 1);
      NOT_BELIEVED (usage_lie.cell_words, UINT32_MAX);
    }
}

static void
does_not_believe_options (void)
{
  uint32_t id = begin (MDTRACE_AGGREGATION_COUNT);

  NOT_BELIEVED (options_lie.aggregation, MDTRACE_AGGREGATION_HIST);
  NOT_BELIEVED (options_lie.aggregation, MDTRACE_AGGREGATION_LHIST + 1);
  NOT_BELIEVED (options_lie.aggregation, UINT32_MAX);
  NOT_BELIEVED (options_lie.keys, 0);
  NOT_BELIEVED (options_lie.keys, MDTRACE_KEY_STACK << 1);
  NOT_BELIEVED (options_lie.keys, UINT32_MAX);
  NOT_BELIEVED (options_lie.keys, MDTRACE_KEY_ARG0 | MDTRACE_KEY_STACK << 1);
  /* None, and so nothing to be read.  */
  options_lie.aggregation = MDTRACE_AGGREGATION_NONE;
  CHECK_NUMBER (read_all (id), MDTRACE_ERR_NO_AGGREGATION);
  options_lie.aggregation = MDTRACE_AGGREGATION_COUNT;
  CHECK_NUMBER (read_all (id), MDTRACE_OK);
}

static void
does_not_go_on_for_ever (void)
{
  uint32_t id = begin (MDTRACE_AGGREGATION_COUNT);

  loopback_on_reply = lie_of_next;
  next_lie = 1;
  replies = 0;
  /* It begins at 0, goes on at 1, and should then go on there once more.  */
  CHECK_NUMBER (read_all (id), MDTRACE_ERR_PROTOCOL);
  CHECK_NUMBER (replies, 2);
  next_lie = MDTRACE_ENTRIES_MAX + 1;
  CHECK_NUMBER (read_all (id), MDTRACE_ERR_PROTOCOL);
  CHECK_NUMBER (replies, 3);
  next_lie = UINT32_MAX;
  CHECK_NUMBER (read_all (id), MDTRACE_ERR_PROTOCOL);
  CHECK_NUMBER (replies, 4);
  next_lie = 0;
  CHECK_NUMBER (read_all (id), MDTRACE_OK);
  loopback_on_reply = NULL;
}

TAP_MAIN ({ does_not_believe_lengths, "entries that are too long or short" },
	  { does_not_believe_options, "options that others have" },
	  { does_not_go_on_for_ever, "entries that never end" })
