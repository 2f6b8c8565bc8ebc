/* What a guest has left in its memory, damaged in every way.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "guest.h"
#include "mdtrace_errors.h"
#include "site_table.h"
#include "target.h"
#include "tap.h"

enum
{
  MEMORY_BYTES = 1 << 18,
  /* Where things are in it.  */
  SHARED_AT = 0x1000,
  PROBES_AT = 0x3000,
  SITES_AT = 0x5000,
  COUNTS_AT = 0x5800,
  OVERWRITTEN_AT = 0x6000,
  TABLE_AT = 0x6800,
  CONTROL_AT = 0x8000,
  TAIL_AT = 0x9000,
  DATA_AT = 0x10000,
  DATA_BYTES = 0x4000,
  PROBES = 3,
  PROBE_SITES = 2, /* of each */
  TEXT = 0x100000, /* where functions are, of 16 bytes each */
  EVENTS = 100,
  EVENT_WORDS = 4
};

static char directory[] = "/tmp/mdtrace-unit-XXXXXX";
static struct mdtrace_target *target;
static union
{
  uint8_t bytes[MEMORY_BYTES];
  uint64_t words[MEMORY_BYTES / 8];
} memory;

static void *
at (unsigned address)
{
  return memory.bytes + address;
}

/* A site with its counts on one CPU.  */
struct counted_site
{
  struct mdtrace_shared_site site;
  mdtrace_counts_t counts;
};

/* The table: the functions "f" of a.c, "f" of b.c, and "g", and a jump at
   the entry of each.  */
static void
fill_table (void)
{
  static const char strings[] = "\0f\0g\0a.c\0b.c";
  struct site_table *table = at (TABLE_AT);
  struct table_function *functions = at (TABLE_AT + 0x100);
  struct table_site *sites = at (TABLE_AT + 0x200);

  *table = (struct site_table){ .magic = SITE_TABLE_MAGIC,
				.functions = PROBES,
				.functions_at = 0x100,
				.sites = PROBES,
				.sites_at = 0x200,
				.strings_at = 0x300,
				.strings_bytes = sizeof strings };
  memcpy (at (TABLE_AT + 0x300), strings, sizeof strings);
  for (unsigned i = 0; i < PROBES; i++)
    {
      functions[i].address = sites[i].address = TEXT + 16 * i;
      functions[i].bytes = 16;
      functions[i].name = i < 2 ? 1 : 3;
      functions[i].file = i == 1 ? 9 : 5;
      sites[i].plan = SITE_PLAN_JUMP;
      sites[i].lead = i;
    }
}

/* Fill the memory with what a kernel leaves.  */
static void
fill (void)
{
  struct mdtrace_shared *shared = at (SHARED_AT);
  struct mdtrace_shared_probe *probes = at (PROBES_AT);
  struct counted_site *sites = at (SITES_AT);
  mdtrace_counts_t *counts = at (COUNTS_AT);
  uint64_t *overwritten = at (OVERWRITTEN_AT);
  struct mdtrace_ring_control *control = at (CONTROL_AT);
  uint64_t *data = at (DATA_AT);

  memset (&memory, 0, sizeof memory);
  shared->magic = MDTRACE_SHARED_MAGIC;
  shared->header_bytes = sizeof *shared;
  shared->word_bytes = 8;
  shared->cpus = 1;
  shared->interface_version = MDTRACE_INTERFACE_VERSION;
  shared->probes_address = PROBES_AT;
  shared->table_address = TABLE_AT;
  shared->rings[0] = (struct mdtrace_shared_ring){ CONTROL_AT, TAIL_AT,
						   DATA_AT, DATA_BYTES };
  for (unsigned i = 0; i < PROBES; i++)
    {
      probes[i].next_address
	  = i + 1 < PROBES ? PROBES_AT + (i + 1) * sizeof *probes : 0;
      probes[i].counts_address = COUNTS_AT + i * sizeof *counts;
      probes[i].overwritten_address = OVERWRITTEN_AT + i * 8;
      probes[i].info.id = i + 1;
      probes[i].info.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
			     | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN);
      probes[i].info.state = MDTRACE_STATE_ENABLED;
      probes[i].info.sites = PROBE_SITES;
      probes[i].info.fields = MDTRACE_FIELD_ADDRESS | MDTRACE_FIELD_ARG0;
      probes[i].sites_address
	  = SITES_AT + i * PROBE_SITES * sizeof (struct counted_site);
      counts[i].hits = counts[i].recorded = 500;
      overwritten[i] = 900;
      for (unsigned j = 0; j < PROBE_SITES; j++)
	{
	  struct counted_site *counted = &sites[PROBE_SITES * i + j];
	  counted->site.address = TEXT + 16 * i + 9 * j;
	  counted->site.kind
	      = j == 0 ? MDTRACE_PROBE_ENTRY : MDTRACE_PROBE_RETURN;
	  counted->site.next_address
	      = j + 1 < PROBE_SITES ? probes[i].sites_address + sizeof *counted
				    : 0;
	  counted->counts.hits = counted->counts.recorded = 200 + 100 * j;
	}
    }
  fill_table ();
  for (unsigned i = 0; i < EVENTS; i++)
    {
      data[EVENT_WORDS * i] = mdtrace_record_word (1 + i % PROBES, EVENT_WORDS,
						   MDTRACE_RECORD_EVENT, 0);
      data[EVENT_WORDS * i + 1] = i;
      data[EVENT_WORDS * i + 2]
	  = TEXT + 16 * (i % PROBES) + (i % 2 == 0 ? 0 : 9);
    }
  control->head = 8 * EVENT_WORDS * EVENTS;
  control->mode = MDTRACE_RING_OVERWRITE;
}

/* Let that be the memory of a guest that has ended.  */
static void
store (void)
{
  char path[GUEST_PATH_BYTES];

  guest_path (path, directory, "ram");
  FILE *file = fopen (path, "w");
  CHECK (file != NULL);
  CHECK_NUMBER (fwrite (memory.bytes, 1, MEMORY_BYTES, file), MEMORY_BYTES);
  CHECK (fclose (file) == 0);
}

static void
make_directory (void)
{
  struct guest guest
      = { .memory_bytes = MEMORY_BYTES, .shared_address = SHARED_AT };

  CHECK (mkdtemp (directory) != NULL);
  CHECK (guest_write (directory, &guest));
  target = calloc (1, sizeof *target + 1);
}

static void
remove_directory (void)
{
  char path[GUEST_PATH_BYTES];

  guest_path (path, directory, "ram");
  unlink (path);
  guest_path (path, directory, "guest");
  unlink (path);
  rmdir (directory);
  free (target);
}

static int
open_target (void)
{
  int error = transport_ram.open (target, directory);

  target->transport = error == MDTRACE_OK ? &transport_ram : NULL;
  return error;
}

/* Look at everything; returns how many events could be decoded, or -1 if
   something was refused.  */
static int
look (void)
{
  mdtrace_status_t status;
  mdtrace_clock_t clock;
  mdtrace_ring_info_t info;
  mdtrace_probe_info_t *probes;
  size_t count;
  struct mdtrace_rings *rings;
  int events = 0;

  mdtrace_get_clock (target, &clock);
  mdtrace_ring_status (target, 0, &info);
  if (mdtrace_get_status (target, &status) != MDTRACE_OK
      || mdtrace_probe_list (target, 1, &probes, &count) != MDTRACE_OK)
    return -1;
  free (probes);
  if (mdtrace_rings_open (target, "test", &rings) != MDTRACE_OK)
    return -1;
  struct mdtrace_decoder *decoder = mdtrace_decoder_new (target);
  for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (rings) && events >= 0;
       cpu++)
    {
      if (mdtrace_decoder_learn_names (decoder, rings, cpu) != MDTRACE_OK)
	events = -1;
      while (events >= 0)
	{
	  const uint64_t *record;
	  unsigned words;
	  struct mdtrace_event event;
	  bool is_event = false;
	  int error = mdtrace_rings_next (rings, cpu, &record, &words);
	  if (error == MDTRACE_OK && record == NULL)
	    break;
	  if (error == MDTRACE_OK)
	    error = mdtrace_decode (decoder, cpu, record, words, &event,
				    &is_event);
	  events = error == MDTRACE_OK ? events + is_event : -1;
	}
    }
  mdtrace_decoder_free (decoder);
  mdtrace_rings_close (rings);
  return events;
}

static void
reads_what_is_good (void)
{
  mdtrace_probe_info_t *probes;
  mdtrace_status_t status;
  size_t count;

  make_directory ();
  fill ();
  store ();
  CHECK_NUMBER (open_target (), MDTRACE_OK);
  CHECK_NUMBER (look (), EVENTS);
  CHECK_NUMBER (mdtrace_probe_list (target, 2, &probes, &count), MDTRACE_OK);
  CHECK_NUMBER (count, PROBES - 1);
  CHECK_NUMBER (probes[0].id, 2);
  CHECK_NUMBER (probes[0].counts.hits, 1000);
  CHECK_NUMBER (probes[0].counts.recorded, 100);
  CHECK_NUMBER (probes[0].counts.dropped, 900);
  free (probes);
  CHECK_NUMBER (mdtrace_get_status (target, &status), MDTRACE_OK);
  CHECK_NUMBER (status.counts.hits, 1000 * PROBES);
  CHECK_NUMBER (status.probes_enabled, PROBES);
  transport_ram.close (target);
  remove_directory ();
}

/* Sites have the names that the table says, and so do the events.  */
static void
names_places (void)
{
  static const char *const names[PROBES] = { "f@a.c", "f@b.c", "g" };
  struct mdtrace_rings *rings;
  struct mdtrace_site *sites;
  const uint64_t *record;
  unsigned words;
  size_t count;

  make_directory ();
  fill ();
  store ();
  CHECK_NUMBER (open_target (), MDTRACE_OK);
  for (unsigned i = 0; i < PROBES; i++)
    {
      CHECK_NUMBER (
	  mdtrace_probe_sites (target, i + 1, MDTRACE_CPU_ALL, &sites, &count),
	  MDTRACE_OK);
      CHECK_NUMBER (count, PROBE_SITES);
      for (unsigned j = 0; j < PROBE_SITES; j++)
	{
	  CHECK_TEXT (sites[j].function, names[i]);
	  CHECK_NUMBER (sites[j].function_address, TEXT + 16 * i);
	  CHECK_NUMBER (sites[j].kind,
			j == 0 ? MDTRACE_PROBE_ENTRY : MDTRACE_PROBE_RETURN);
	  CHECK_NUMBER (sites[j].plan,
			j == 0 ? MDTRACE_MODE_JUMP : MDTRACE_MODE_BREAKPOINT);
	  CHECK_NUMBER (sites[j].lead, j == 0 ? i : 0);
	  CHECK_NUMBER (sites[j].counts.hits, 200 + 100 * j);
	}
      free (sites);
    }
  CHECK_NUMBER (mdtrace_probe_sites (target, 1, 1, &sites, &count),
		MDTRACE_ERR_NO_SUCH_CPU);
  CHECK_NUMBER (mdtrace_probe_sites (target, PROBES + 1, 0, &sites, &count),
		MDTRACE_ERR_NO_SUCH_PROBE);
  CHECK_NUMBER (mdtrace_rings_open (target, "test", &rings), MDTRACE_OK);
  struct mdtrace_decoder *decoder = mdtrace_decoder_new (target);
  for (unsigned i = 0; i < EVENTS; i++)
    {
      struct mdtrace_event event;
      bool is_event;
      CHECK_NUMBER (mdtrace_rings_next (rings, 0, &record, &words),
		    MDTRACE_OK);
      CHECK_NUMBER (
	  mdtrace_decode (decoder, 0, record, words, &event, &is_event),
	  MDTRACE_OK);
      CHECK_TEXT (event.function, names[i % PROBES]);
      CHECK_TEXT (event.name, i % 2 == 0 ? "entry" : "return");
    }
  mdtrace_decoder_free (decoder);
  mdtrace_rings_close (rings);
  transport_ram.close (target);
  remove_directory ();
}

/* Lists must not go round, and lie inside.  */
static void
refuses_bad_lists (void)
{
  struct mdtrace_shared_probe *probes = at (PROBES_AT);
  struct counted_site *sites = at (SITES_AT);
  static const uint64_t addresses[]
      = { PROBES_AT, MEMORY_BYTES - 8, MEMORY_BYTES,
	  4,	     UINT64_MAX - 7,   UINT64_C (1) << 63 };

  make_directory ();
  for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
    for (int field = 0; field < 5; field++)
      {
	uint64_t *fields[]
	    = { &probes[1].next_address, &sites[2].site.next_address,
		&probes[1].sites_address, &probes[1].counts_address,
		&probes[1].overwritten_address };
	if (i == 0 && field > 1)
	  continue;
	if (addresses[i] == MEMORY_BYTES - 8 && field == 4)
	  continue;
	fill ();
	/* A list of sites that goes round, too.  */
	*fields[field] = i == 0 && field == 1
			     ? (uint64_t) SITES_AT + 2 * sizeof *sites
			     : addresses[i];
	store ();
	CHECK_NUMBER (open_target (), MDTRACE_OK);
	CHECK_NUMBER (look (), -1);
	transport_ram.close (target);
      }
  remove_directory ();
}

static void
refuses_what_is_not_there (void)
{
  struct mdtrace_shared *shared = at (SHARED_AT);
  char path[GUEST_PATH_BYTES];

  make_directory ();
  CHECK_NUMBER (open_target (), MDTRACE_ERR_CANNOT_CONNECT);
  fill ();
  shared->magic = 0;
  store ();
  CHECK_NUMBER (open_target (), MDTRACE_ERR_NOT_TRACED);
  fill ();
  shared->header_bytes++;
  store ();
  CHECK_NUMBER (open_target (), MDTRACE_ERR_NOT_TRACED);
  fill ();
  shared->cpus = MDTRACE_CPUS_MAX + 1;
  store ();
  CHECK_NUMBER (open_target (), MDTRACE_ERR_PROTOCOL);
  fill ();
  shared->word_bytes = 2;
  store ();
  CHECK_NUMBER (open_target (), MDTRACE_ERR_PROTOCOL);
  guest_path (path, directory, "ram");
  CHECK (truncate (path, MEMORY_BYTES / 2) == 0);
  CHECK_NUMBER (open_target (), MDTRACE_ERR_CANNOT_CONNECT);
  remove_directory ();
}

/* Nothing is believed: whatever is damaged, nothing outside is read.  */
static void
bears_any_damage (void)
{
  static const struct
  {
    unsigned from, bytes;
  } parts[]
      = { { SHARED_AT, sizeof (struct mdtrace_shared) },
	  { PROBES_AT, PROBES * sizeof (struct mdtrace_shared_probe) },
	  { SITES_AT, PROBES * PROBE_SITES * sizeof (struct counted_site) },
	  { TABLE_AT, 0x310 },
	  { CONTROL_AT, sizeof (struct mdtrace_ring_control) },
	  { TAIL_AT, 8 },
	  { DATA_AT, 8 * EVENT_WORDS * EVENTS } };
  uint64_t seed = 1;
  unsigned refused = 0, read = 0;

  make_directory ();
  for (int round = 0; round < 3000; round++)
    {
      fill ();
      for (unsigned n = 1 + tap_below (&seed, 4); n > 0; n--)
	{
	  unsigned part = tap_below (&seed, sizeof parts / sizeof parts[0]);
	  uint64_t *word = at (parts[part].from
			       + 8 * tap_below (&seed, parts[part].bytes / 8));
	  switch (tap_below (&seed, 4))
	    {
	    case 0:
	      *word = tap_random (&seed);
	      break;
	    case 1:
	      *word ^= UINT64_C (1) << tap_below (&seed, 64);
	      break;
	    case 2:
	      *word = MEMORY_BYTES - 8 * tap_below (&seed, 40);
	      break;
	    case 3:
	      *word = tap_below (&seed, 300);
	      break;
	    }
	}
      store ();
      int events = -1;
      if (open_target () == MDTRACE_OK)
	{
	  events = look ();
	  transport_ram.close (target);
	}
      refused += events < 0;
      read += events >= 0;
    }
  CHECK (refused > 100);
  CHECK (read > 100);
  remove_directory ();
}

TAP_MAIN ({ reads_what_is_good, "what is left is read" },
	  { names_places, "sites and events have names" },
	  { refuses_bad_lists,
	    "lists of probes and sites that lead elsewhere" },
	  { refuses_what_is_not_there, "memory that holds nothing of ours" },
	  { bears_any_damage, "damage of any kind" })
