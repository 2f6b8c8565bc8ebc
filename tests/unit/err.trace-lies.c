/* Trace files that are whole and lie: blocks, tables, rows and events that
   cannot be, with the checksums that belong to them. Copyright (C) 2026 the
   mdtrace authors. SPDX-License-Identifier: GPL-2.0-or-later  */

#include "small_trace.h"

/* Let the block with index BLOCK say what CHANGED says, and have the checksums
   that belong to that.  */
static void
put_lie (unsigned block, const struct mdt_block *changed)
{
  uint8_t *at = small + places[block].offset;

  mdt_put_block (at, changed);
  write_file (bad_path, small, small_bytes);
  mdt_put_block (at, &places[block].block);
}

/* The same, after it has changed BYTE of the payload to VALUE.  */
static void
put_wrong (unsigned block, size_t byte, uint8_t value)
{
  struct mdt_block changed = places[block].block;
  uint8_t *payload = small + places[block].offset + MDT_BLOCK_BYTES;
  uint8_t was = payload[byte];

  payload[byte] = value;
  changed.checksum = mdt_checksum (payload, changed.bytes);
  put_lie (block, &changed);
  payload[byte] = was;
}

/* The first block of TYPE.  */
static unsigned
first_of (enum mdt_type type)
{
  unsigned block = 0;

  while (places[block].block.type != type)
    block++;
  return block;
}

static void
lies_of_blocks (void)
{
  make_small ();
  unsigned events = first_of (MDT_EVENTS) + 1;
  struct mdt_block lie = places[events].block;
  static const uint32_t sizes[]
      = { 0, 1, MDT_PAYLOAD_MAX, MDT_PAYLOAD_MAX + 1u, INT32_MAX, UINT32_MAX };
  static const uint32_t counts[] = { 0, 1, 3, 5, 1000000, UINT32_MAX };

  for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
    {
      lie = places[events].block;
      lie.bytes = sizes[i];
      put_lie (events, &lie);
      /* That the next one is not where it should be may be found first.  */
      check_has (read_all (bad_path), "block 1");
      check_used_before (events);
    }
  for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
    {
      char damage[2048];
      lie = places[events].block;
      lie.count = counts[i];
      put_lie (events, &lie);
      check_has (read_all (bad_path), "block ");
      /* The events themselves are good.  */
      CHECK (read_partially (bad_path, damage, sizeof damage)
	     <= events_before (events) + PER_BLOCK);
      check_has (damage, "block ");
    }
  for (unsigned type = 0; type < 256; type++)
    if (type != MDT_EVENTS)
      {
	lie = places[events].block;
	lie.type = type;
	put_lie (events, &lie);
	check_damaged_in (events);
      }
  lie = places[events].block;
  lie.flags = 0x82;
  put_lie (events, &lie);
  check_damaged_in (events);
}

static void
lies_of_times (void)
{
  make_small ();
  unsigned events = first_of (MDT_EVENTS) + 1;
  struct mdt_block lie = places[events].block;
  char damage[2048];

  lie.first_ns++;
  put_lie (events, &lie);
  check_damaged_in (events);
  lie = places[events].block;
  lie.last_ns++;
  put_lie (events, &lie);
  check_has (read_all (bad_path), "another time than the block says");
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage),
		events_before (events) + PER_BLOCK - 1);
  lie = places[events].block;
  lie.last_ns--;
  put_lie (events, &lie);
  check_has (read_all (bad_path), "another time than the block says");
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage),
		events_before (events) + PER_BLOCK - 1);
  lie = places[events].block;
  lie.first_ns = INT64_MAX;
  lie.last_ns = INT64_MIN;
  put_lie (events, &lie);
  check_damaged_in (events);
}

/* Put a file with one block of events, of EVENTS, COUNT, that says FLAGS.  */
static void
put_events (const struct stored_event *events, unsigned count, uint8_t flags)
{
  unsigned first = first_of (MDT_EVENTS);
  struct mdt_buffer buffer = { .data = NULL };
  int64_t previous = 0;
  size_t at = places[first].offset;
  uint8_t *bytes = calloc (1, FILE_BYTES_MAX);
  struct mdt_block block = { .type = MDT_EVENTS,
			     .flags = flags,
			     .count = count,
			     .first_ns = INT64_MAX,
			     .last_ns = INT64_MIN };

  for (unsigned i = 0; i < count; i++)
    {
      CHECK (mdt_put_event (&buffer, previous, &events[i]));
      previous = events[i].time_ns;
      if (previous < block.first_ns)
	block.first_ns = previous;
      if (previous > block.last_ns)
	block.last_ns = previous;
    }
  block.bytes = buffer.used;
  block.checksum = mdt_checksum (buffer.data, buffer.used);
  memcpy (bytes, small, at);
  mdt_put_block (bytes + at, &block);
  memcpy (bytes + at + MDT_BLOCK_BYTES, buffer.data, buffer.used);
  write_file (bad_path, bytes, at + MDT_BLOCK_BYTES + buffer.used);
  free (buffer.data);
  free (bytes);
}

static void
lies_of_events (void)
{
  struct stored_event events[EVENTS];
  char damage[2048];

  make_small ();
  unsigned first = first_of (MDT_EVENTS);
  for (unsigned i = 0; i < EVENTS; i++)
    events[i] = event_of (i);
  put_events (events, EVENTS, MDT_SORTED);
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage), EVENTS);
  check_has (damage, "was not closed");

  /* Of a probe that is not there.  */
  events[7].probe_key = 77;
  put_events (events, EVENTS, MDT_SORTED);
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage), 7);
  check_has (damage, "of a probe that is not in the file");
  events[7].probe_key = 0;
  put_events (events, EVENTS, MDT_SORTED);
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage), 7);
  events[7].probe_key = INT64_MIN;
  put_events (events, EVENTS, MDT_SORTED);
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage), 7);
  events[7] = event_of (7);

  /* In an order that the block denies.  */
  events[5] = event_of (6);
  events[6] = event_of (5);
  put_events (events, EVENTS, MDT_SORTED);
  check_has (read_all (bad_path), "not closed");
  struct source *source = source_open (bad_path, true, damage, sizeof damage);
  CHECK (source != NULL);
  check_has (source_damage (source), "another time than the block says");
  source_close (source);
  put_events (events, EVENTS, 0);
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage), EVENTS);

  /* Another time.  */
  put_wrong (first, 1, 0x7f);
  check_damaged_in (first);
  /* An event that goes on behind the block.  */
  put_wrong (first, places[first].block.bytes - 1, 0x80);
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage),
		PER_BLOCK - 1);
  check_has (damage, "an event of it is damaged");
}

/* What is behind an event that cannot be is not used, also if only its time
   is asked for.  */
static void
nothing_behind_damage (void)
{
  const char *path = scratch_path ("behind.mdt");
  struct mdt_end losses = { .dropped = 0 };
  char message[2048];
  bool failed;

  int file = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  struct mdt_writer *writer = mdt_begin (file);
  put_table (writer, 0, "kernel", ONE_KERNEL);
  put_table (writer, 1, "boot", ONE_BOOT);
  put_table (writer, 2, "probe", TWO_PROBES);
  for (unsigned i = 0; i < 3; i++)
    {
      struct stored_event event = event_of (i);
      event.probe_key = i == 1 ? 77 : 1;
      CHECK (mdt_put (writer, &event));
      CHECK (mdt_flush (writer));
    }
  CHECK (mdt_finish (writer, &losses));
  mdt_abandon (writer);
  close (file);
  struct source *source = source_open (path, true, message, sizeof message);
  CHECK (source != NULL);
  CHECK (source_begin (source, event_of (2).time_ns, INT64_MAX));
  CHECK (source_next (source, &failed) == NULL);
  CHECK (!failed);
  CHECK (source_begin (source, INT64_MIN, INT64_MAX));
  CHECK (source_next (source, &failed) != NULL);
  CHECK (source_next (source, &failed) == NULL);
  check_has (source_damage (source), "of a probe that is not in the file");
  source_close (source);
}

/* Put a file that has TABLE in a block of its own as first thing.  */
static void
put_only_table (const struct mdt_block *block, const uint8_t *payload)
{
  uint8_t *bytes = calloc (1, FILE_BYTES_MAX);
  struct mdt_block whole = *block;

  whole.checksum = mdt_checksum (payload, whole.bytes);
  memcpy (bytes, small, MDT_HEADER_BYTES);
  mdt_put_block (bytes + MDT_HEADER_BYTES, &whole);
  memcpy (bytes + MDT_HEADER_BYTES + MDT_BLOCK_BYTES, payload, whole.bytes);
  write_file (bad_path, bytes,
	      MDT_HEADER_BYTES + MDT_BLOCK_BYTES + whole.bytes);
  free (bytes);
}

/* Describe table 0 by TEXTS, COUNT of them, of which the first is its name; it
   must be refused with MESSAGE.  */
static void
check_description (const char *const *texts, unsigned count,
		   const char *message)
{
  struct mdt_buffer buffer = { .data = NULL };

  for (unsigned i = 0; i < count; i++)
    {
      const struct mdt_value value = { .kind = MDT_TEXT,
				       .bytes = (const uint8_t *) texts[i],
				       .size = strlen (texts[i]) };
      CHECK (mdt_put_value (&buffer, &value));
    }
  const struct mdt_block block
      = { .type = MDT_TABLE, .count = count - 1, .bytes = buffer.used };
  put_only_table (&block, buffer.data);
  check_has (read_all (bad_path), message);
  check_has (read_all (bad_path), "block 1, at byte 24:");
  free (buffer.data);
}

static void
lies_of_tables (void)
{
  static const char *const hostile[][3] = {
    { "event", "time_ns", "cpu" },
    { "duration", "time_ns", "duration_ns" },
    { "identity", "name", "name" },
    { "sqlite_schema", "name", "sql" },
    { "nothing", "a", "b" },
    { "kernel\"; DROP TABLE probe; --", "a", "b" },
    { "pragma_table_info", "name", "cid" },
    { "events", "time_ns", "cpu" },
    { "kernel", "kernel_id", "rowid" },
    { "kernel", "kernel_id", "version) VALUES (1); DROP TABLE boot; --" },
    { "kernel", "kernel_id", "nothing" },
    { "kernel", "version", "version" },
    { "kernel", "kernel_id", "" },
    { "", "kernel_id", "version" },
  };

  make_small ();
  for (unsigned i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
    check_description (hostile[i], 3, "block 1, at byte 24: it ");
  check_description (hostile[0], 3, "it describes what is no table");
  check_description (hostile[10], 3,
		     "it describes a column of kernel that is not one");
  check_description (hostile[11], 3, "it names a column twice");
  check_description (hostile[8], 1, "it describes what is no table");

  /* Numbers of tables, and rows that nobody has described.  */
  unsigned rows = first_of (MDT_ROWS);
  struct mdt_block lie = places[rows].block;
  lie.table = MDT_TABLES_MAX;
  put_lie (rows, &lie);
  check_damaged_in (rows);
  lie.table = UINT16_MAX;
  put_lie (rows, &lie);
  check_damaged_in (rows);
  lie.table = MDT_TABLES_MAX - 1;
  put_lie (rows, &lie);
  check_damaged_in (rows);
  check_has (read_all (bad_path), "rows of a table that is not described");
  lie = places[rows].block;
  lie.count = UINT32_MAX;
  put_lie (rows, &lie);
  check_damaged_in (rows);
  check_has (read_all (bad_path), "a row of it ends too early");
  lie.count = 0;
  put_lie (rows, &lie);
  check_damaged_in (rows);
  check_has (read_all (bad_path), "more than its rows");
  lie = places[rows + 1].block;
  lie.table = 0;
  put_lie (rows + 1, &lie);
  check_damaged_in (rows + 1);
  check_has (read_all (bad_path), "describes a table once more");
  /* A null that must not be one.  */
  put_wrong (rows, places[rows].block.bytes - 2, 0);
  check_damaged_in (rows);
  check_has (read_all (bad_path), "NOT NULL");
}

static void
lies_of_ends (void)
{
  make_small ();
  unsigned end = first_of (MDT_END);

  put_wrong (end, 0, EVENTS + 1);
  check_damaged_in (end);
  put_wrong (end, 0, EVENTS - 1);
  check_damaged_in (end);
  put_wrong (end, 1, small[places[end].offset + MDT_BLOCK_BYTES + 1] + 1);
  check_damaged_in (end);
  put_wrong (end, places[end].block.bytes - 1, 0xff);
  check_damaged_in (end);
}

TAP_MAIN ({ lies_of_blocks, "blocks that lie about what they are" },
	  { lies_of_times, "and about the times of their events" },
	  { lies_of_events, "events that cannot be" },
	  { nothing_behind_damage, "and nothing behind one" },
	  { lies_of_tables, "tables and rows that cannot be" },
	  { lies_of_ends, "an end that does not fit" })
