/* From records to events: fields, values and sites.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel's answers are made here.  */

#include <config.h>

#include "mdtrace.h"
#include "tap.h"

enum
{
  FIRST = 0x1000, /* a function */
  SECOND = 0x2000,
  ENTRY_KIND = 1 << MDTRACE_PROBE_ENTRY,
  RETURN_KIND = 1 << MDTRACE_PROBE_RETURN,
  ADDRESS_KIND = 1 << MDTRACE_PROBE_ADDRESS
};

static mdtrace_probe_info_t probe; /* the only one */
static unsigned asked;		   /* how often for sites */
static int sites_error;

int
mdtrace_probe_list (struct mdtrace_target *target, uint32_t first,
		    mdtrace_probe_info_t **probes, size_t *count)
{
  (void) target;
  *count = first <= probe.id;
  *probes = malloc (sizeof probe);
  **probes = probe;
  return MDTRACE_OK;
}

/* No test of this reads rings.  */
void
mdtrace_rings_position (const struct mdtrace_rings *rings, unsigned cpu,
			uint64_t *generation, uint64_t *position)
{
  (void) rings;
  (void) cpu;
  *generation = *position = 0;
}

uint64_t
mdtrace_rings_unread (const struct mdtrace_rings *rings, unsigned cpu)
{
  (void) rings;
  (void) cpu;
  return 0;
}

int
mdtrace_rings_seek (struct mdtrace_rings *rings, unsigned cpu,
		    uint64_t position)
{
  (void) rings;
  (void) cpu;
  (void) position;
  return MDTRACE_OK;
}

int
mdtrace_rings_next (struct mdtrace_rings *rings, unsigned cpu,
		    const uint64_t **record, unsigned *words)
{
  (void) rings;
  (void) cpu;
  *record = NULL;
  *words = 0;
  return MDTRACE_OK;
}

int
mdtrace_function_list (struct mdtrace_target *target,
		       struct mdtrace_function **functions, size_t *count)
{
  static const struct mdtrace_function all[] = {
    { FIRST, 16, .name = "first" },
    { SECOND, 16, .name = "second" },
    { SECOND, 16, .name = "alias" },
  };

  (void) target;
  *functions = malloc (sizeof all);
  memcpy (*functions, all, sizeof all);
  *count = sizeof all / sizeof all[0];
  return MDTRACE_OK;
}

int
mdtrace_probe_sites (struct mdtrace_target *target, uint32_t probe_id,
		     uint32_t cpu, struct mdtrace_site **sites, size_t *count)
{
  static const struct mdtrace_site all[] = {
    { FIRST, FIRST, .kind = MDTRACE_PROBE_ENTRY, .function = "first" },
    { FIRST + 9, FIRST, .kind = MDTRACE_PROBE_RETURN, .function = "first" },
    { SECOND, SECOND, .kind = MDTRACE_PROBE_ENTRY, .function = "second" },
    { SECOND + 5, SECOND, .kind = MDTRACE_PROBE_TAIL, .function = "second" },
    { SECOND + 8, SECOND, .kind = MDTRACE_PROBE_ADDRESS,
      .function = "second" },
  };

  (void) target;
  asked++;
  CHECK_NUMBER (probe_id, 7);
  CHECK_NUMBER (cpu, MDTRACE_CPU_ALL);
  if (sites_error != MDTRACE_OK)
    return sites_error;
  *sites = malloc (sizeof all);
  memcpy (*sites, all, sizeof all);
  *count = sizeof all / sizeof all[0];
  return MDTRACE_OK;
}

/* A decoder for a probe of KINDS, with SITES and FIELDS.  */
static struct mdtrace_decoder *
begin (unsigned kinds, uint32_t sites, uint64_t fields, const char *names)
{
  probe = (mdtrace_probe_info_t){ .id = 7,
				  .kinds = kinds,
				  .sites = sites,
				  .fields = fields,
				  .address = FIRST,
				  .provider = "fbt",
				  .module = "kernel",
				  .function = "first" };
  memcpy (probe.names, names, strlen (names) + 1);
  struct mdtrace_decoder *decoder = mdtrace_decoder_new (NULL);
  CHECK (decoder != NULL);
  return decoder;
}

static int
decode (struct mdtrace_decoder *decoder, enum mdtrace_record_kind kind,
	const uint64_t *fields, unsigned count, struct mdtrace_event *event)
{
  /* In a block of just that length.  */
  uint64_t *record = malloc ((2 + count) * sizeof *record);
  bool is_event;

  record[0] = mdtrace_record_word (7, 2 + count, kind, 0);
  record[1] = 1000;
  memcpy (record + 2, fields, count * sizeof *fields);
  int error = mdtrace_decode (decoder, 0, record, 2 + count, event, &is_event);
  if (error == MDTRACE_OK)
    CHECK (is_event);
  free (record);
  return error;
}

static void
takes_all_fields (void)
{
  static const uint64_t words[] = { 1, 2, 3, 4, 10, 11, 12, 13, 14, 15 };
  struct mdtrace_event event;
  struct mdtrace_decoder *decoder = begin (ENTRY_KIND, 1, 0x3ff, "");

  CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_EVENT, words, 10, &event),
		MDTRACE_OK);
  CHECK_NUMBER (event.thread, 1);
  CHECK_NUMBER (event.task, 2);
  CHECK_NUMBER (event.address, 3);
  CHECK_NUMBER (event.retval, 4);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    CHECK_NUMBER (event.arguments[i], 10 + i);
  CHECK_NUMBER (event.unknown, 0);
  CHECK_NUMBER (event.kind, MDTRACE_PROBE_ENTRY);
  CHECK_TEXT (event.function, "first");
  CHECK_TEXT (event.name, "entry");
  /* What can be told without is not asked for.  */
  CHECK_NUMBER (asked, 0);
  mdtrace_decoder_free (decoder);
}

static void
reads_values (void)
{
  static const uint64_t words[]
      = { UINT64_C (0xdeadbeefffffffff), UINT64_C (0xdeadbeef80000000),
	  UINT64_C (0xdeadbeef800000ff) };
  struct mdtrace_event event;
  struct mdtrace_decoder *decoder
      = begin (RETURN_KIND, 1,
	       MDTRACE_FIELD_RETVAL | MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_ARG1,
	       "a:x4:int;retval:d4:int;b:u1:char");

  CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_EVENT, words, 3, &event),
		MDTRACE_OK);
  CHECK_NUMBER (event.retval, UINT64_MAX);
  CHECK_NUMBER (event.arguments[0], 0x80000000);
  CHECK_NUMBER (event.arguments[1], 0xff);
  CHECK_TEXT (event.names->values[0].name, "a");
  CHECK_TEXT (event.names->values[1].name, "b");
  CHECK_TEXT (event.names->retval.type, "int");
  mdtrace_decoder_free (decoder);
}

static void
knows_what_is_not_known (void)
{
  static const uint64_t words[]
      = { 5, 0, MDTRACE_FIELD_ARG1 | MDTRACE_FIELD_ARG5 };
  struct mdtrace_event event;
  struct mdtrace_decoder *decoder
      = begin (ENTRY_KIND, 1, MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_ARG1, "");

  CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_PARTIAL, words, 3, &event),
		MDTRACE_OK);
  CHECK_NUMBER (event.arguments[0], 5);
  /* Only of what is recorded.  */
  CHECK_NUMBER (event.unknown, MDTRACE_FIELD_ARG1);
  mdtrace_decoder_free (decoder);
}

enum
{
  STACK_FIELDS
  = MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_DURATION | MDTRACE_FIELD_STACK
};

static void
takes_stacks (void)
{
  static const uint64_t words[] = { 5, 1200, 3, SECOND, FIRST + 9, 0xfff };
  static const uint64_t empty[] = { 5, 1200, 0 };
  static const uint64_t partial[]
      = { 0, 1200, 1, SECOND, MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_STACK };
  struct mdtrace_event event;
  struct mdtrace_decoder *decoder = begin (RETURN_KIND, 1, STACK_FIELDS, "");

  CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_EVENT, words, 6, &event),
		MDTRACE_OK);
  CHECK_NUMBER (event.arguments[0], 5);
  CHECK_NUMBER (event.duration_ns, 1200);
  CHECK_NUMBER (event.frame_count, 3);
  CHECK_NUMBER (event.frames[0], SECOND);
  CHECK_NUMBER (event.frames[1], FIRST + 9);
  CHECK_NUMBER (event.frames[2], 0xfff);
  CHECK_NUMBER (event.frames[3], 0);
  CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_EVENT, empty, 3, &event),
		MDTRACE_OK);
  CHECK_NUMBER (event.frame_count, 0);
  /* What is not known stands behind the frames.  */
  CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_PARTIAL, partial, 5, &event),
		MDTRACE_OK);
  CHECK_NUMBER (event.unknown, MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_STACK);
  CHECK_NUMBER (event.frame_count, 1);
  CHECK_NUMBER (event.frames[0], SECOND);
  mdtrace_decoder_free (decoder);
}

/* A record that says of itself how long it is may be wrong.  */
static void
refuses_bad_stacks (void)
{
  static const uint64_t huge[]
      = { MDTRACE_STACK_DEPTH_MAX + 1, UINT32_MAX, UINT64_C (1) << 32,
	  UINT64_MAX / 8, UINT64_MAX };
  uint64_t words[MDTRACE_STACK_DEPTH_MAX + 8] = { 0 };
  struct mdtrace_event event;
  struct mdtrace_decoder *decoder = begin (RETURN_KIND, 1, STACK_FIELDS, "");

  for (unsigned frames = 0; frames <= MDTRACE_STACK_DEPTH_MAX + 1; frames++)
    for (unsigned count = 0; count < MDTRACE_STACK_DEPTH_MAX + 8; count++)
      {
	bool fits = frames <= MDTRACE_STACK_DEPTH_MAX;
	words[2] = frames;
	CHECK_NUMBER (
	    decode (decoder, MDTRACE_RECORD_EVENT, words, count, &event),
	    fits && count == 3 + frames ? MDTRACE_OK
					: MDTRACE_ERR_CORRUPT_RING);
	CHECK_NUMBER (
	    decode (decoder, MDTRACE_RECORD_PARTIAL, words, count, &event),
	    fits && count == 4 + frames ? MDTRACE_OK
					: MDTRACE_ERR_CORRUPT_RING);
      }
  for (unsigned i = 0; i < sizeof huge / sizeof huge[0]; i++)
    {
      words[2] = huge[i];
      CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_EVENT, words,
			    sizeof words / sizeof words[0], &event),
		    MDTRACE_ERR_CORRUPT_RING);
    }
  mdtrace_decoder_free (decoder);
}

/* The event at ADDRESS must be of FUNCTION, NAME, KIND and OFFSET.  */
static void
check_site (struct mdtrace_decoder *decoder, uint64_t address,
	    const char *function, const char *name, unsigned kind,
	    uint32_t offset)
{
  struct mdtrace_event event;

  CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_EVENT, &address, 1, &event),
		MDTRACE_OK);
  CHECK_NUMBER (event.address, address);
  CHECK_TEXT (event.function, function);
  CHECK_TEXT (event.name, name);
  CHECK_NUMBER (event.kind, kind);
  CHECK_NUMBER (event.offset, offset);
}

static void
names_sites (void)
{
  struct mdtrace_decoder *decoder
      = begin (ENTRY_KIND | RETURN_KIND, 4, MDTRACE_FIELD_ADDRESS, "");
  const struct mdtrace_site *sites;
  size_t count;

  memcpy (probe.function, "*", 2);
  check_site (decoder, FIRST, "first", "entry", MDTRACE_PROBE_ENTRY, 0);
  check_site (decoder, FIRST + 9, "first", "return", MDTRACE_PROBE_RETURN, 9);
  check_site (decoder, SECOND, "second", "entry", MDTRACE_PROBE_ENTRY, 0);
  check_site (decoder, SECOND + 5, "second", "return", MDTRACE_PROBE_TAIL, 5);
  check_site (decoder, SECOND + 8, "second", "+0x8", MDTRACE_PROBE_ADDRESS, 8);
  /* In no function: all that is known is the pattern.  */
  check_site (decoder, SECOND + 16, "*", "", 0, 0);
  check_site (decoder, FIRST - 1, "*", "", 0, 0);
  CHECK_NUMBER (mdtrace_decoder_sites (decoder, 7, &sites, &count),
		MDTRACE_OK);
  CHECK_NUMBER (count, 5);
  CHECK_NUMBER (sites[4].address, SECOND + 8);
  CHECK_NUMBER (asked, 1);
  CHECK_NUMBER (mdtrace_decoder_sites (decoder, 8, &sites, &count),
		MDTRACE_OK);
  CHECK_NUMBER (count, 0);
  mdtrace_decoder_free (decoder);
}

static void
does_without_sites (void)
{
  struct mdtrace_decoder *decoder
      = begin (ENTRY_KIND | RETURN_KIND, 4, MDTRACE_FIELD_ADDRESS, "");
  uint64_t address = FIRST;
  struct mdtrace_event event;

  /* The kernel has forgotten the probe.  */
  sites_error = MDTRACE_ERR_NO_SUCH_PROBE;
  check_site (decoder, FIRST + 9, "first", "return", MDTRACE_PROBE_RETURN, 9);
  check_site (decoder, FIRST, "first", "entry", MDTRACE_PROBE_ENTRY, 0);
  check_site (decoder, SECOND, "second", "entry", MDTRACE_PROBE_ENTRY, 0);
  check_site (decoder, SECOND + 15, "second", "return", MDTRACE_PROBE_RETURN,
	      15);
  CHECK_NUMBER (asked, 1);
  mdtrace_decoder_free (decoder);
  /* It does not answer, and is asked again.  */
  decoder = begin (ENTRY_KIND | RETURN_KIND, 4, MDTRACE_FIELD_ADDRESS, "");
  sites_error = MDTRACE_ERR_TIMED_OUT;
  CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_EVENT, &address, 1, &event),
		MDTRACE_ERR_TIMED_OUT);
  sites_error = MDTRACE_OK;
  check_site (decoder, FIRST, "first", "entry", MDTRACE_PROBE_ENTRY, 0);
  mdtrace_decoder_free (decoder);
}

static void
refuses_bad_records (void)
{
  static const uint64_t words[20];
  struct mdtrace_event event;
  struct mdtrace_decoder *decoder
      = begin (ENTRY_KIND, 1, MDTRACE_FIELD_ARG0 | MDTRACE_FIELD_ARG1, "");

  for (unsigned count = 0; count < 20; count++)
    {
      CHECK_NUMBER (
	  decode (decoder, MDTRACE_RECORD_EVENT, words, count, &event),
	  count == 2 ? MDTRACE_OK : MDTRACE_ERR_CORRUPT_RING);
      CHECK_NUMBER (
	  decode (decoder, MDTRACE_RECORD_PARTIAL, words, count, &event),
	  count == 3 ? MDTRACE_OK : MDTRACE_ERR_CORRUPT_RING);
    }
  CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_PARTIAL + 1, words, 2, &event),
		MDTRACE_ERR_CORRUPT_RING);
  mdtrace_decoder_free (decoder);
  /* A field that no version has had.  */
  decoder = begin (ENTRY_KIND, 1, UINT64_C (1) << 40, "");
  CHECK_NUMBER (decode (decoder, MDTRACE_RECORD_EVENT, words, 1, &event),
		MDTRACE_ERR_CORRUPT_RING);
  mdtrace_decoder_free (decoder);
}

TAP_MAIN ({ takes_all_fields, "each field in its place" },
	  { reads_values, "values by their formats" },
	  { knows_what_is_not_known, "values that could not be read" },
	  { takes_stacks, "durations and stacks" },
	  { refuses_bad_stacks, "stacks of lengths that they cannot have" },
	  { names_sites, "the functions and places of sites" },
	  { does_without_sites, "sites that cannot be had" },
	  { refuses_bad_records, "records of lengths that they cannot have" })
