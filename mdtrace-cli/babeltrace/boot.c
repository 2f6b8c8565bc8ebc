/* babeltrace2's source: boots, as traces with their clocks and streams.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctf.h"
#include "identifier.h"

static const char select_boots[]
    = "SELECT boot_id, boot_time_ns, target, version, hex(text_hash),"
      " word_bytes, kernel_boot_id, text_hash FROM boot"
      " JOIN kernel USING (kernel_id) ORDER BY boot_id";

enum column
{
  COLUMN_BOOT,
  COLUMN_BOOT_TIME,
  COLUMN_TARGET,
  COLUMN_VERSION,
  COLUMN_HASH,
  COLUMN_WORD,
  COLUMN_KERNEL_BOOT,
  COLUMN_HASH_BYTES
};

/* A UUID that is the same whenever the boot in ROW is read: of the kernel's
   number for the boot, and of its text's hash.  */
static void
make_uuid (sqlite3_stmt *row, uint8_t uuid[16])
{
  uint64_t boot = sqlite3_column_int64 (row, COLUMN_KERNEL_BOOT);
  const uint8_t *hash = sqlite3_column_blob (row, COLUMN_HASH_BYTES);

  memset (uuid, 0, 16);
  for (int i = 0; i < 8; i++)
    uuid[i] = (uint8_t) (boot >> (8 * i));
  if (hash != NULL && sqlite3_column_bytes (row, COLUMN_HASH_BYTES) >= 8)
    memcpy (uuid + 8, hash, 8);
  /* One that its maker defines: version 8 of RFC 9562.  */
  uuid[6] = (uuid[6] & 0x0f) | 0x80;
  uuid[8] = (uuid[8] & 0x3f) | 0x80;
}

static bt_clock_class *
make_clock (const struct ctf_boots *boots, const uint8_t uuid[16],
	    bt_self_component *self)
{
  bt_clock_class *clock = bt_clock_class_create (self);

  if (clock == NULL)
    return NULL;
  bt_clock_class_set_frequency (clock, 1000000000);
  bt_clock_class_set_offset (clock, boots->clock_offset_s, 0);
  bt_clock_class_set_origin_is_unix_epoch (clock, BT_TRUE);
  bt_clock_class_set_uuid (clock, uuid);
  if (bt_clock_class_set_name (clock, "mach")
	  == BT_CLOCK_CLASS_SET_NAME_STATUS_OK
      && bt_clock_class_set_description (
	     clock, "the traced kernel's clock, in nanoseconds")
	     == BT_CLOCK_CLASS_SET_DESCRIPTION_STATUS_OK)
    return clock;
  bt_clock_class_put_ref (clock);
  return NULL;
}

/* What each packet of events says of itself: its CPU.  */
static bool
set_packet_context (bt_trace_class *trace_class, bt_stream_class *class)
{
  bt_field_class *context = bt_field_class_structure_create (trace_class);
  bt_field_class *cpu = bt_field_class_integer_unsigned_create (trace_class);
  bool good = context != NULL && cpu != NULL;

  if (good)
    bt_field_class_integer_set_field_value_range (cpu, 32);
  good = good
	 && bt_field_class_structure_append_member (context, "cpu_id", cpu)
		== BT_FIELD_CLASS_STRUCTURE_APPEND_MEMBER_STATUS_OK
	 && bt_stream_class_set_packet_context_field_class (class, context)
		== BT_STREAM_CLASS_SET_FIELD_CLASS_STATUS_OK;
  if (cpu != NULL)
    bt_field_class_put_ref (cpu);
  if (context != NULL)
    bt_field_class_put_ref (context);
  return good;
}

/* Make the two classes of streams of BOOT, whose trace class is there.  */
static bool
make_stream_classes (struct ctf_boot *boot, bt_clock_class *clock)
{
  bt_stream_class *events = bt_stream_class_create (boot->trace_class);
  bt_stream_class *losses = bt_stream_class_create (boot->trace_class);

  boot->events_class = events;
  boot->losses_class = losses;
  if (events == NULL || losses == NULL
      || bt_stream_class_set_default_clock_class (events, clock)
	     != BT_STREAM_CLASS_SET_DEFAULT_CLOCK_CLASS_STATUS_OK
      || bt_stream_class_set_default_clock_class (losses, clock)
	     != BT_STREAM_CLASS_SET_DEFAULT_CLOCK_CLASS_STATUS_OK
      || bt_stream_class_set_name (events, "events")
	     != BT_STREAM_CLASS_SET_NAME_STATUS_OK
      || bt_stream_class_set_name (losses, "losses")
	     != BT_STREAM_CLASS_SET_NAME_STATUS_OK)
    return false;
  bt_stream_class_set_supports_packets (events, BT_TRUE, BT_TRUE, BT_TRUE);
  bt_stream_class_set_supports_packets (losses, BT_TRUE, BT_TRUE, BT_TRUE);
  bt_stream_class_set_supports_discarded_events (losses, BT_TRUE, BT_TRUE);
  bt_stream_class_set_assigns_automatic_stream_id (events, BT_FALSE);
  bt_stream_class_set_assigns_automatic_stream_id (losses, BT_FALSE);
  bt_field_class *common = ctf_common_context (boot->trace_class);
  bool good = common != NULL
	      && bt_stream_class_set_event_common_context_field_class (events,
								       common)
		     == BT_STREAM_CLASS_SET_FIELD_CLASS_STATUS_OK
	      && set_packet_context (boot->trace_class, events);
  if (common != NULL)
    bt_field_class_put_ref (common);
  return good;
}

static bool
set_text (bt_trace *trace, const char *name, const char *text)
{
  char *clean = ctf_metadata_text (text != NULL ? text : "");
  bool good = clean != NULL
	      && bt_trace_set_environment_entry_string (trace, name, clean)
		     == BT_TRACE_SET_ENVIRONMENT_ENTRY_STATUS_OK;

  free (clean);
  return good;
}

static bool
set_number (bt_trace *trace, const char *name, int64_t number)
{
  return bt_trace_set_environment_entry_integer (trace, name, number)
	 == BT_TRACE_SET_ENVIRONMENT_ENTRY_STATUS_OK;
}

/* Say in the environment of TRACE where the boot in ROW was.  */
static bool
set_environment (bt_trace *trace, sqlite3_stmt *row)
{
#define TEXT(column) ((const char *) sqlite3_column_text (row, column))
  return set_text (trace, "tracer_name", "mdtrace")
	 && set_text (trace, "tracer_version", PACKAGE_VERSION)
	 && set_text (trace, "hostname", TEXT (COLUMN_TARGET))
	 && set_text (trace, "sysname", "GNU Mach")
	 && set_text (trace, "kernel_version", TEXT (COLUMN_VERSION))
	 && set_text (trace, "kernel_text_sha256", TEXT (COLUMN_HASH))
	 && set_number (trace, "kernel_word_bytes",
			sqlite3_column_int64 (row, COLUMN_WORD))
	 && set_number (trace, "boot_id",
			sqlite3_column_int64 (row, COLUMN_BOOT))
	 && set_number (trace, "boot_time_ns",
			sqlite3_column_int64 (row, COLUMN_BOOT_TIME));
#undef TEXT
}

/* Make BOOT, which is all zeros, of ROW.  */
static bool
make_boot (const struct ctf_boots *boots, struct ctf_boot *boot,
	   sqlite3_stmt *row, bt_self_component *self)
{
  uint8_t uuid[16];
  char name[40];

  boot->boot_id = sqlite3_column_int64 (row, COLUMN_BOOT);
  boot->time_ns = sqlite3_column_int64 (row, COLUMN_BOOT_TIME);
  make_uuid (row, uuid);
  snprintf (name, sizeof name, "boot-%lld", (long long) boot->boot_id);
  boot->trace_class = bt_trace_class_create (self);
  if (boot->trace_class == NULL)
    return false;
  bt_clock_class *clock = make_clock (boots, uuid, self);
  bool good = clock != NULL && make_stream_classes (boot, clock);
  if (clock != NULL)
    bt_clock_class_put_ref (clock);
  boot->trace = good ? bt_trace_create (boot->trace_class) : NULL;
  if (boot->trace == NULL)
    return false;
  bt_trace_set_uuid (boot->trace, uuid);
  return bt_trace_set_name (boot->trace, name) == BT_TRACE_SET_NAME_STATUS_OK
	 && set_environment (boot->trace, row);
}

static int
compare_boots (const void *first, const void *second)
{
  const struct ctf_boot *a = first, *b = second;

  return a->boot_id < b->boot_id ? -1 : a->boot_id > b->boot_id;
}

/* The one with BOOT_ID; null: there is none.  */
static struct ctf_boot *
find_boot (const struct ctf_boots *boots, int64_t boot_id)
{
  const struct ctf_boot key = { .boot_id = boot_id };

  return bsearch (&key, boots->boots, boots->count, sizeof key, compare_boots);
}

/* Make room for the losses of each boot.  */
static bool
make_room (struct ctf_boots *boots, const struct losses *losses)
{
  for (size_t i = 0; i < losses->count; i++)
    boots->boots[boots->of_probe[losses->rows[i].probe->index]].loss_count++;
  for (size_t b = 0; b < boots->count; b++)
    {
      struct ctf_boot *boot = &boots->boots[b];
      boot->losses = calloc (boot->loss_count + 1, sizeof *boot->losses);
      boot->loss_count = 0;
      if (boot->losses == NULL)
	return false;
    }
  return true;
}

/* Take over LOSSES.  Numbers that are negative, of what was found again, are
   set off against those that come after them.  */
static bool
take_losses (struct ctf_boots *boots, const struct losses *losses)
{
  if (!make_room (boots, losses))
    return false;
  for (size_t i = 0; i < losses->count; i++)
    {
      const struct loss *loss = &losses->rows[i];
      struct ctf_boot *boot
	  = &boots->boots[boots->of_probe[loss->probe->index]];
      struct ctf_loss *last = &boot->losses[boot->loss_count];
      boot->owed += loss_total (loss);
      if (boot->owed <= 0)
	continue;
      if (boot->loss_count > 0 && last[-1].time_ns == loss->time_ns)
	last[-1].count += boot->owed;
      else
	{
	  last->time_ns = loss->time_ns;
	  last->count = boot->owed;
	  boot->loss_count++;
	}
      boot->owed = 0;
    }
  return true;
}

/* The next loss of a boot that is put in order.  */
struct turn
{
  int64_t time_ns;
  uint32_t boot;
};

static int
compare_turns (const void *first, const void *second)
{
  const struct turn *a = first, *b = second;

  if (a->time_ns != b->time_ns)
    return a->time_ns < b->time_ns ? -1 : 1;
  return a->boot < b->boot ? -1 : a->boot > b->boot;
}

/* Find out in which order the losses of all boots come.  */
static bool
order_losses (struct ctf_boots *boots)
{
  size_t count = 0;

  for (size_t b = 0; b < boots->count; b++)
    boots->loss_count += boots->boots[b].loss_count;
  struct turn *turns = calloc (boots->loss_count + 1, sizeof *turns);
  boots->losses = calloc (boots->loss_count + 1, sizeof *boots->losses);
  bool good = turns != NULL && boots->losses != NULL;
  for (size_t b = 0; good && b < boots->count; b++)
    for (size_t i = 0; i < boots->boots[b].loss_count; i++)
      turns[count++]
	  = (struct turn){ .time_ns = boots->boots[b].losses[i].time_ns,
			   .boot = b };
  if (good)
    qsort (turns, count, sizeof *turns, compare_turns);
  for (size_t i = 0; good && i < count; i++)
    boots->losses[i] = turns[i].boot;
  free (turns);
  return good;
}

/* Where clocks begin: at the epoch, or before the first time of all.  */
static int64_t
clock_offset_s (const struct source *source, const struct losses *losses)
{
  int64_t first_ns, last_ns, least_ns = 0;

  if (losses->count > 0)
    least_ns = losses->rows[0].time_ns;
  if (source_extent (source, &first_ns, &last_ns) && first_ns < least_ns)
    least_ns = first_ns;
  return least_ns < 0 ? least_ns / 1000000000 - 1 : 0;
}

/* Make the boots that ROW goes through.  */
static bool
make_boots (struct ctf_boots *boots, sqlite3_stmt *row,
	    bt_self_component *self)
{
  while (sqlite3_step (row) == SQLITE_ROW)
    {
      /* Room for twice as many whenever there are a power of two.  */
      if ((boots->count & (boots->count - 1)) == 0)
	{
	  struct ctf_boot *more = reallocarray (
	      boots->boots, 2 * boots->count + 1, sizeof *more);
	  if (more == NULL)
	    return false;
	  boots->boots = more;
	}
      struct ctf_boot *boot = &boots->boots[boots->count++];
      memset (boot, 0, sizeof *boot);
      if (!make_boot (boots, boot, row, self))
	return false;
    }
  return true;
}

/* Find out which boot each probe of SOURCE is of.  False if there is one that
   is of none.  */
static bool
find_boots (struct ctf_boots *boots, const struct source *source)
{
  unsigned count;
  const struct source_probe *probe = source_probes (source, &count);

  for (unsigned i = 0; i < count; i++)
    {
      const struct ctf_boot *boot = find_boot (boots, probe[i].boot_id);
      if (boot == NULL)
	return false;
      boots->of_probe[i] = boot - boots->boots;
    }
  return true;
}

const char *
ctf_boots_load (struct ctf_boots *boots, struct source *source,
		const struct losses *losses, bt_self_component *self)
{
  unsigned probes;
  sqlite3_stmt *row;

  source_probes (source, &probes);
  boots->clock_offset_s = clock_offset_s (source, losses);
  boots->of_probe = calloc (probes + 1, sizeof *boots->of_probe);
  if (sqlite3_prepare_v2 (source_connection (source), select_boots, -1, &row,
			  NULL)
      != SQLITE_OK)
    return sqlite3_errmsg (source_connection (source));
  bool good = boots->of_probe != NULL && make_boots (boots, row, self);
  if (sqlite3_finalize (row) != SQLITE_OK)
    return sqlite3_errmsg (source_connection (source));
  if (good && !find_boots (boots, source))
    return "has a probe of a boot that is not there; 'mdtrace db check' tells "
	   "more";
  return good && take_losses (boots, losses) && order_losses (boots)
	     ? NULL
	     : strerror (ENOMEM);
}

static void
free_stream (struct ctf_stream *stream)
{
  if (stream->packet != NULL)
    bt_packet_put_ref (stream->packet);
  if (stream->stream != NULL)
    bt_stream_put_ref (stream->stream);
}

void
ctf_boots_free (struct ctf_boots *boots)
{
  for (size_t i = 0; i < boots->count; i++)
    {
      struct ctf_boot *boot = &boots->boots[i];
      for (size_t j = 0; j < boot->cpu_count; j++)
	free_stream (&boot->cpus[j]);
      free_stream (&boot->loss_stream);
      if (boot->trace != NULL)
	bt_trace_put_ref (boot->trace);
      if (boot->events_class != NULL)
	bt_stream_class_put_ref (boot->events_class);
      if (boot->losses_class != NULL)
	bt_stream_class_put_ref (boot->losses_class);
      if (boot->trace_class != NULL)
	bt_trace_class_put_ref (boot->trace_class);
      free (boot->cpus);
      free (boot->losses);
    }
  free (boots->boots);
  free (boots->of_probe);
  free (boots->losses);
}

/* The stream itself belongs to its trace for good.  */
static void
rewind_stream (struct ctf_stream *stream)
{
  if (stream->packet != NULL)
    ctf_packet_end (stream);
  stream->has_begun = false;
}

static void
rewind_boot (struct ctf_boot *boot)
{
  for (size_t i = 0; i < boot->cpu_count; i++)
    rewind_stream (&boot->cpus[i]);
  rewind_stream (&boot->loss_stream);
  boot->next_loss = 0;
  boot->has_begun = false;
}

void
ctf_boots_rewind (struct ctf_boots *boots)
{
  for (size_t b = 0; b < boots->count; b++)
    rewind_boot (&boots->boots[b]);
  boots->next_loss = 0;
}

/* Make STREAM, which is that with NUMBER of BOOT.  */
static bool
make_stream (struct ctf_boot *boot, struct ctf_stream *stream, uint32_t number)
{
  char name[24];

  snprintf (name, sizeof name, number < CTF_CPUS ? "cpu%u" : "cpus-above",
	    (unsigned) number);
  stream->stream
      = bt_stream_create_with_id (boot->events_class, boot->trace, number);
  return stream->stream != NULL
	 && bt_stream_set_name (stream->stream, name)
		== BT_STREAM_SET_NAME_STATUS_OK;
}

struct ctf_stream *
ctf_boot_cpu (struct ctf_boot *boot, uint32_t cpu)
{
  uint32_t number = cpu < CTF_CPUS ? cpu : CTF_CPUS;

  if (number >= boot->cpu_count)
    {
      struct ctf_stream *more
	  = reallocarray (boot->cpus, number + 1, sizeof *more);
      if (more == NULL)
	return NULL;
      memset (more + boot->cpu_count, 0,
	      (number + 1 - boot->cpu_count) * sizeof *more);
      boot->cpus = more;
      boot->cpu_count = number + 1;
    }
  struct ctf_stream *stream = &boot->cpus[number];
  if (stream->stream == NULL && !make_stream (boot, stream, number))
    return NULL;
  if (stream->packet == NULL)
    stream->cpu = cpu;
  return stream;
}

struct ctf_stream *
ctf_boot_losses (struct ctf_boot *boot)
{
  struct ctf_stream *stream = &boot->loss_stream;

  if (stream->stream != NULL)
    return stream;
  stream->stream
      = bt_stream_create_with_id (boot->losses_class, boot->trace, 0);
  return stream->stream != NULL
		 && bt_stream_set_name (stream->stream, "losses")
			== BT_STREAM_SET_NAME_STATUS_OK
	     ? stream
	     : NULL;
}

bool
ctf_packet_begin (struct ctf_stream *stream, bool has_cpu)
{
  stream->packet = bt_packet_create (stream->stream);
  stream->events = 0;
  if (stream->packet != NULL && has_cpu)
    bt_field_integer_unsigned_set_value (
	bt_field_structure_borrow_member_field_by_index (
	    bt_packet_borrow_context_field (stream->packet), 0),
	stream->cpu);
  return stream->packet != NULL;
}

void
ctf_packet_end (struct ctf_stream *stream)
{
  bt_packet_put_ref (stream->packet);
  stream->packet = NULL;
}
