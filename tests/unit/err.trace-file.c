/* Trace files and databases that are damaged, cut, or lie: it is said where,
   and what precedes is used if that is wanted. Copyright (C) 2026 the mdtrace
   authors. SPDX-License-Identifier: GPL-2.0-or-later  */

#include "mdt_read.h"
#include "trace_files.h"

enum
{
  /* Of the small file, in blocks of so many.  */
  EVENTS = 12,
  PER_BLOCK = 4,
  FILE_BYTES_MAX = 1 << 16
};

static const char *small_path, *bad_path;
static uint8_t *small;
static size_t small_bytes;
static struct mdt_place places[64]; /* of the blocks of the small file */
static unsigned place_count;

/* Describe table NUMBER as NAME, and put the rows that TEXT selects.  */
static void
put_table (struct mdt_writer *writer, unsigned number, const char *name,
	   const char *text)
{
  sqlite3 *connection;
  sqlite3_stmt *rows;

  CHECK_NUMBER (sqlite3_open (":memory:", &connection), SQLITE_OK);
  CHECK_NUMBER (sqlite3_prepare_v2 (connection, text, -1, &rows, NULL),
		SQLITE_OK);
  CHECK (mdt_put_table (writer, number, name, rows));
  while (sqlite3_step (rows) == SQLITE_ROW)
    CHECK (mdt_put_row (writer, number, rows));
  CHECK (mdt_flush (writer));
  sqlite3_finalize (rows);
  sqlite3_close (connection);
}

#define ONE_KERNEL                                                            \
  "SELECT 1 AS kernel_id, x'0102' AS text_hash, 'k' AS version,"              \
  " 8 AS word_bytes"
#define ONE_BOOT                                                              \
  "SELECT 1 AS boot_id, 1 AS kernel_id, 5 AS kernel_boot_id,"                 \
  " 6 AS boot_time_ns, 't' AS target"
#define TWO_PROBES                                                            \
  "SELECT value AS probe_key, 1 AS boot_id, value AS probe_id,"               \
  " 'fbt' AS provider, 'kernel' AS module, 'f' AS function,"                  \
  " 'entry' AS name, 'entry' AS kind, '' AS label, 7 AS address, 1 AS sites," \
  " 1 AS functions, 0 AS refused, 0 AS fields, '' AS args, 0 AS persist,"     \
  " 'enabled' AS state, 12 AS hits, 12 AS recorded, 0 AS filtered,"           \
  " 0 AS dropped, 0 AS throttled, 0 AS missed"                                \
  " FROM json_each('[1, 2]')"
#define ONE_THREAD                                                            \
  "SELECT 1 AS thread_key, 1 AS boot_id, 99 AS thread, 98 AS task,"           \
  " NULL AS task_name_id"

static struct stored_event
event_of (unsigned number)
{
  return (struct stored_event){ .time_ns = 1000 + number * number,
				.probe_key = 1 + number % 2,
				.cpu = number % 3,
				.thread_key = 1,
				.known = STORED_ARG0 | STORED_DURATION,
				.duration_ns = number,
				.arguments = { -(int64_t) number } };
}

/* Make the small file, and remember it and its blocks.  */
static void
make_small (void)
{
  struct mdt_end losses = { .dropped = 3 };

  small_path = scratch_path ("small.mdt");
  bad_path = scratch_path ("bad.mdt");
  int file = open (small_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  struct mdt_writer *writer = mdt_begin (file);
  put_table (writer, 0, "kernel", ONE_KERNEL);
  put_table (writer, 1, "boot", ONE_BOOT);
  put_table (writer, 2, "probe", TWO_PROBES);
  put_table (writer, 3, "thread", ONE_THREAD);
  for (unsigned i = 0; i < EVENTS; i++)
    {
      const struct stored_event event = event_of (i);
      CHECK (mdt_put (writer, &event));
      if (i % PER_BLOCK == PER_BLOCK - 1)
	CHECK (mdt_flush (writer));
    }
  CHECK (mdt_finish (writer, &losses));
  mdt_abandon (writer);
  close (file);
  small = read_file (small_path, &small_bytes);
  CHECK (small_bytes < FILE_BYTES_MAX);
  size_t at = MDT_HEADER_BYTES;
  for (place_count = 0; at < small_bytes; place_count++)
    {
      struct mdt_place *place = &places[place_count];
      CHECK (mdt_get_block (small + at, &place->block));
      place->offset = at;
      at += MDT_BLOCK_BYTES + place->block.bytes;
    }
}

/* Read what is good of the file at PATH; returns how many events that is.
 *DAMAGE is set to what is said of the rest, empty: nothing.  */
static unsigned
read_partially (const char *path, char *damage, size_t bytes)
{
  struct source *source = source_open (path, true, damage, bytes);
  const struct source_event *event;
  int64_t first, last, last_ns = 0;
  unsigned count = 0;
  bool failed;

  if (source == NULL)
    return 0;
  CHECK (source_begin (source, INT64_MIN, INT64_MAX));
  while ((event = source_next (source, &failed)) != NULL)
    {
      const struct stored_event wanted = event_of (count);
      CHECK_NUMBER (event->time_ns, wanted.time_ns);
      CHECK_NUMBER (event->probe->key, wanted.probe_key);
      CHECK_NUMBER (event->cpu, wanted.cpu);
      CHECK (event->thread != NULL);
      CHECK_NUMBER (event->thread->key, wanted.thread_key);
      CHECK_NUMBER (event->known, wanted.known);
      CHECK_NUMBER (event->duration_ns, wanted.duration_ns);
      CHECK_NUMBER (event->arguments[0], wanted.arguments[0]);
      last_ns = event->time_ns;
      count++;
    }
  CHECK (!failed);
  CHECK (source_extent (source, &first, &last) == (count > 0));
  if (count > 0)
    CHECK_NUMBER (last, last_ns);
  const char *said = source_damage (source);
  snprintf (damage, bytes, "%s", said != NULL ? said : "");
  source_close (source);
  return count;
}

/* Read all of the file at PATH; returns what is wrong, empty: nothing.  */
static const char *
read_all (const char *path)
{
  static char message[2048];
  struct source *source = source_open (path, false, message, sizeof message);
  bool failed;

  if (source == NULL)
    return message;
  message[0] = '\0';
  CHECK (source_begin (source, INT64_MIN, INT64_MAX));
  while (source_next (source, &failed) != NULL)
    {
    }
  if (failed)
    snprintf (message, sizeof message, "%s", source_problem (source));
  source_close (source);
  return message;
}

static void
check_has (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    printf ("# '%s' is not in: %s\n", part, text);
  CHECK (strstr (text, part) != NULL);
}

/* The block that byte OFFSET of the small file is in.  */
static unsigned
block_at (size_t offset)
{
  unsigned block = 0;

  while (block + 1 < place_count && places[block + 1].offset <= offset)
    block++;
  return block;
}

/* Events in the blocks before BLOCK.  */
static unsigned
events_before (unsigned block)
{
  unsigned count = 0;

  for (unsigned i = 0; i < block && i < place_count; i++)
    if (places[i].block.type == MDT_EVENTS)
      count += places[i].block.count;
  return count;
}

/* The place of BLOCK, as it is told, in TEXT.  */
static void
put_place (unsigned block, char *text, size_t bytes)
{
  snprintf (text, bytes, "block %u, at byte %" PRIu64 ":", block + 1,
	    places[block].offset);
}

/* What is read of the file at BAD_PATH must end before BLOCK, and that be
   said.  */
static void
check_used_before (unsigned block)
{
  char where[64], damage[2048];

  put_place (block, where, sizeof where);
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage),
		events_before (block));
  check_has (damage, where);
  if (events_before (block) > 0)
    snprintf (where, sizeof where,
	      "the last event before it is of %" PRId64 " ns",
	      event_of (events_before (block) - 1).time_ns);
  else
    snprintf (where, sizeof where, "no event precedes");
  check_has (damage, where);
}

/* It must be refused for what is wrong in BLOCK.  */
static void
check_refused_in (unsigned block)
{
  char where[64];

  put_place (block, where, sizeof where);
  const char *message = read_all (bad_path);
  check_has (message, where);
  check_has (message, "--partial");
}

static void
check_damaged_in (unsigned block)
{
  check_refused_in (block);
  check_used_before (block);
}

/* The same of a file whose header is damaged.  */
static void
check_useless (void)
{
  char damage[2048];

  check_has (read_all (bad_path), "damaged at byte 0");
  CHECK_NUMBER (read_partially (bad_path, damage, sizeof damage), 0);
  check_has (damage, "damaged at byte 0");
}

static void
whole (void)
{
  char damage[2048];

  make_small ();
  CHECK_TEXT (read_all (small_path), "");
  CHECK_NUMBER (read_partially (small_path, damage, sizeof damage), EVENTS);
  CHECK_TEXT (damage, "");
}

/* The file at BAD_PATH is damaged at the byte AT, which is in BLOCK; that it
   is refused is tried of some.  */
static void
check_at (size_t at, unsigned block)
{
  if (at < MDT_HEADER_BYTES)
    {
      check_useless ();
      return;
    }
  check_used_before (block);
  if (at % 5 == 0)
    check_refused_in (block);
}

static void
each_length (void)
{
  make_small ();
  for (size_t bytes = 1; bytes < small_bytes; bytes++)
    {
      write_file (bad_path, small, bytes);
      check_at (bytes, block_at (bytes));
    }
  write_file (bad_path, small, 0);
  check_has (read_all (bad_path), "is empty");
}

static void
each_byte (void)
{
  uint64_t seed = 1;

  make_small ();
  for (size_t at = 0; at < small_bytes; at++)
    {
      uint8_t was = small[at];
      small[at] ^= 1 << tap_below (&seed, 8);
      write_file (bad_path, small, small_bytes);
      check_at (at, block_at (at));
      small[at] = was;
    }
}

static void
bytes_behind (void)
{
  make_small ();
  small = realloc (small, small_bytes + 100);
  memset (small + small_bytes, 0, 100);
  write_file (bad_path, small, small_bytes + 100);
  check_damaged_in (place_count - 1);
  check_has (read_all (bad_path), "goes on behind its end");
}

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

static void
other_versions (void)
{
  uint8_t *version = small;

  make_small ();
  version = small + 8;
  *version = 2;
  for (int i = 0; i < 2; i++)
    {
      uint32_t checksum = mdt_checksum (small, 20);
      for (int j = 0; j < 4; j++)
	small[20 + j] = checksum >> 8 * j;
      write_file (bad_path, small, small_bytes);
      check_has (read_all (bad_path),
		 i == 0 ? "is a trace file of version 2"
			: "has the tables of version 9 of the database");
      small[8] = 1;
      small[12] = 9;
    }
}

static void
no_files (void)
{
  make_small ();
  check_has (read_all (scratch_path ("nothing")), "No such file");
  check_has (read_all ("/dev/null"), "is no file");
  check_has (read_all ("/"), "is no file");
  write_file (bad_path, "something else, of no kind that is known", 40);
  check_has (read_all (bad_path), "not a database");
}

/* A database of which a page of events is damaged.  */
static void
damaged_database (void)
{
  enum
  {
    ROWS = 20000
  };
  const char *path = scratch_path ("damaged.db");
  const struct source_event *event;
  char message[2048], where[80];
  unsigned count = 0;
  sqlite3 *connection;
  int64_t first, last;
  size_t bytes;
  bool failed;

  make_database (path);
  CHECK_NUMBER (sqlite3_open (path, &connection), SQLITE_OK);
  run_sql (connection,
	   "DELETE FROM duration; DELETE FROM event;"
	   "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1"
	   " FROM n WHERE i < 20000)"
	   "INSERT INTO event (time_ns, probe_key, cpu, arg0)"
	   " SELECT 1000000 + i, 1, 0, i FROM n;"
	   "PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite3_close (connection);
  uint8_t *data = read_file (path, &bytes);
  uint8_t page[4096];
  size_t at = bytes;
  /* The last page that is one of events.  */
  do
    {
      if (at < bytes)
	memcpy (data + at, page, sizeof page);
      at -= sizeof page;
      CHECK (at > 0);
      memcpy (page, data + at, sizeof page);
      memset (data + at, 0x5a, sizeof page);
      write_file (path, data, bytes);
    }
  while (strstr (read_all (path), "behind the event of ") == NULL);
  check_has (read_all (path), "malformed");
  check_has (read_all (path), "--partial");

  struct source *source = source_open (path, true, message, sizeof message);
  CHECK (source != NULL);
  CHECK (source_begin (source, INT64_MIN, INT64_MAX));
  while ((event = source_next (source, &failed)) != NULL)
    {
      CHECK_NUMBER (event->time_ns, 1000001 + count);
      CHECK_NUMBER (event->arguments[0], ++count);
    }
  CHECK (!failed);
  CHECK (count > ROWS / 2 && count < ROWS);
  CHECK (source_extent (source, &first, &last));
  CHECK_NUMBER (last, 1000000 + count);
  snprintf (where, sizeof where, "behind the event of %u ns", 1000000 + count);
  check_has (source_damage (source), where);
  source_close (source);

  /* Whatever page is damaged, reading ends.  */
  for (at = 4096; at < bytes; at += 4096)
    {
      memset (data + at, 0xa5, 4096);
      write_file (path, data, bytes);
      read_all (path);
      source = source_open (path, true, message, sizeof message);
      if (source != NULL && source_begin (source, INT64_MIN, INT64_MAX))
	while (source_next (source, &failed) != NULL)
	  {
	  }
      source_close (source);
    }
  free (data);
}

TAP_MAIN ({ whole, "a whole file is read, and nothing is said" },
	  { each_length, "cut at each of its bytes, what precedes is used" },
	  { each_byte, "with a bit of each byte changed, the same" },
	  { bytes_behind, "what is behind its end is damage" },
	  { lies_of_blocks, "blocks that lie about what they are" },
	  { lies_of_times, "and about the times of their events" },
	  { lies_of_events, "events that cannot be" },
	  { nothing_behind_damage, "and nothing behind one" },
	  { lies_of_tables, "tables and rows that cannot be" },
	  { lies_of_ends, "an end that does not fit" },
	  { other_versions, "files of other versions" },
	  { no_files, "what is no trace" },
	  { damaged_database, "a database of which pages are damaged" })
