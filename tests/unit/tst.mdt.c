/* Trace files, byte by byte: what is written is read again.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "mdt.h"
#include "tap.h"

enum
{
  RANDOM_EVENTS = 200000
};

static const uint64_t extremes[] = { 0,
				     1,
				     0x7f,
				     0x80,
				     0x3fff,
				     0x4000,
				     UINT32_MAX,
				     INT64_MAX,
				     (uint64_t) INT64_MIN,
				     UINT64_MAX,
				     UINT64_MAX - 1 };

enum
{
  EXTREMES = sizeof extremes / sizeof extremes[0]
};

/* A number of any length.  */
static uint64_t
any_number (uint64_t *seed)
{
  uint64_t number = tap_random (seed);

  if (tap_below (seed, 8) == 0)
    return extremes[tap_below (seed, EXTREMES)];
  return number >> tap_below (seed, 64);
}

static void
numbers (void)
{
  struct mdt_buffer buffer = { .data = NULL };
  uint64_t seed = 1, number;

  for (unsigned i = 0; i < 100000; i++)
    {
      uint64_t wanted = i < EXTREMES ? extremes[i] : any_number (&seed);
      buffer.used = 0;
      CHECK (mdt_put_number (&buffer, wanted));
      CHECK (buffer.used <= MDT_VARINT_BYTES_MAX);
      struct mdt_cursor cursor
	  = { .at = buffer.data, .end = buffer.data + buffer.used };
      CHECK (mdt_get_number (&cursor, &number));
      CHECK_NUMBER (number, wanted);
      CHECK (cursor.at == cursor.end);
      for (size_t cut = 0; cut < buffer.used; cut++)
	{
	  cursor.at = buffer.data;
	  cursor.end = buffer.data + cut;
	  CHECK (!mdt_get_number (&cursor, &number));
	  CHECK (cursor.at == buffer.data);
	}
    }
  free (buffer.data);
}

/* A number takes ten bytes at most, whatever they are.  */
static void
long_numbers (void)
{
  uint8_t bytes[32];
  uint64_t number;

  memset (bytes, 0xff, sizeof bytes);
  struct mdt_cursor cursor = { .at = bytes, .end = bytes + sizeof bytes };
  CHECK (mdt_get_number (&cursor, &number));
  CHECK (cursor.at == bytes + MDT_VARINT_BYTES_MAX);
  CHECK_NUMBER (number, UINT64_MAX);
}

static void
check_value (const struct mdt_value *value)
{
  struct mdt_buffer buffer = { .data = NULL };
  struct mdt_value got;

  CHECK (mdt_put_value (&buffer, value));
  /* In a place of its own, where the sanitizer sees what is behind it.  */
  uint8_t *copy = malloc (buffer.used);
  memcpy (copy, buffer.data, buffer.used);
  struct mdt_cursor cursor = { .at = copy, .end = copy + buffer.used };
  CHECK (mdt_get_value (&cursor, &got));
  CHECK (cursor.at == cursor.end);
  CHECK_NUMBER (got.kind, value->kind);
  CHECK_NUMBER (got.integer, value->integer);
  CHECK (memcmp (&got.real, &value->real, sizeof got.real) == 0);
  CHECK_NUMBER (got.size, value->size);
  CHECK (got.size == 0 || memcmp (got.bytes, value->bytes, got.size) == 0);
  for (size_t cut = 0; cut < buffer.used && cut < 100; cut++)
    {
      cursor.at = copy;
      cursor.end = copy + cut;
      CHECK (!mdt_get_value (&cursor, &got));
    }
  free (copy);
  free (buffer.data);
}

static void
values (void)
{
  static uint8_t bytes[100000];
  static const double reals[]
      = { 0.0, -0.0, 1.5, 1e308, 4.9e-324, __builtin_inf () };
  uint64_t seed = 2;

  tap_random_bytes (&seed, bytes, sizeof bytes);
  check_value (&(struct mdt_value){ .kind = MDT_NULL });
  for (size_t i = 0; i < EXTREMES; i++)
    check_value (&(struct mdt_value){ .kind = MDT_INTEGER,
				      .integer = (int64_t) extremes[i] });
  for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
    check_value (&(struct mdt_value){ .kind = MDT_REAL, .real = reals[i] });
  for (size_t size = 0; size < sizeof bytes; size = 3 * size + 1)
    {
      check_value (&(struct mdt_value){
	  .kind = MDT_TEXT, .bytes = bytes, .size = size });
      check_value (&(struct mdt_value){
	  .kind = MDT_BLOB, .bytes = bytes, .size = size });
    }
}

/* What says that it is longer than what there is.  */
static void
lying_values (void)
{
  struct mdt_buffer buffer = { .data = NULL };
  struct mdt_value value;

  for (size_t i = 0; i < EXTREMES; i++)
    {
      buffer.used = 0;
      CHECK (mdt_put_number (&buffer, extremes[i]));
      CHECK (mdt_put_number (&buffer, 0));
      struct mdt_cursor cursor
	  = { .at = buffer.data, .end = buffer.data + buffer.used };
      bool good = mdt_get_value (&cursor, &value);
      CHECK (cursor.at <= cursor.end);
      CHECK_NUMBER (good, extremes[i] < 2);
    }
  free (buffer.data);
}

static struct stored_event
random_event (uint64_t *seed, int64_t previous_ns)
{
  struct stored_event event = {
    .time_ns = previous_ns + (int64_t) tap_below (seed, 5000),
    .probe_key = (int64_t) any_number (seed),
    .cpu = (uint32_t) any_number (seed),
    .known = (uint32_t) tap_below (seed, 1 << (2 + MDTRACE_ARGUMENTS_MAX)),
  };

  if (tap_below (seed, 10) == 0)
    event.time_ns = (int64_t) any_number (seed);
  if (tap_below (seed, 2))
    event.thread_key = (int64_t) any_number (seed);
  if (tap_below (seed, 2))
    event.site_key = (int64_t) any_number (seed);
  if (tap_below (seed, 2))
    event.stack_id = (int64_t) any_number (seed);
  if (event.known & STORED_RETVAL)
    event.retval = (int64_t) any_number (seed);
  if (event.known & STORED_DURATION)
    event.duration_ns = (int64_t) any_number (seed);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (event.known & (uint32_t) STORED_ARG0 << i)
      event.arguments[i] = (int64_t) any_number (seed);
  return event;
}

static void
events (void)
{
  struct stored_event *wanted = calloc (RANDOM_EVENTS, sizeof *wanted);
  struct mdt_buffer buffer = { .data = NULL };
  struct stored_event got;
  uint64_t seed = 3;
  int64_t previous = 0;

  for (unsigned i = 0; i < RANDOM_EVENTS; i++)
    {
      wanted[i] = random_event (&seed, previous & INT64_MAX >> 1);
      CHECK (mdt_put_event (&buffer, previous, &wanted[i]));
      previous = wanted[i].time_ns;
    }
  CHECK (mdt_reserve (&buffer, MDT_EVENT_BYTES_MAX));
  memset (buffer.data + buffer.used, 0xff, MDT_EVENT_BYTES_MAX);
  struct mdt_cursor cursor
      = { .at = buffer.data, .end = buffer.data + buffer.used };
  previous = 0;
  for (unsigned i = 0; i < RANDOM_EVENTS; i++)
    {
      memset (&got, 0x5a, sizeof got);
      CHECK (mdt_get_event (&cursor, previous, &got));
      CHECK_NUMBER (got.time_ns, wanted[i].time_ns);
      CHECK_NUMBER (got.probe_key, wanted[i].probe_key);
      CHECK_NUMBER (got.thread_key, wanted[i].thread_key);
      CHECK_NUMBER (got.site_key, wanted[i].site_key);
      CHECK_NUMBER (got.stack_id, wanted[i].stack_id);
      CHECK_NUMBER (got.cpu, wanted[i].cpu);
      CHECK_NUMBER (got.known, wanted[i].known);
      CHECK_NUMBER (got.retval, wanted[i].retval);
      CHECK_NUMBER (got.duration_ns, wanted[i].duration_ns);
      for (int j = 0; j < MDTRACE_ARGUMENTS_MAX; j++)
	CHECK_NUMBER (got.arguments[j], wanted[i].arguments[j]);
      previous = got.time_ns;
    }
  CHECK (cursor.at == cursor.end);
  CHECK (!mdt_get_event (&cursor, previous, &got));
  free (buffer.data);
  free (wanted);
}

/* Whatever the bytes are, there is an event within them or none.  */
static void
random_bytes_as_events (void)
{
  uint64_t seed = 4;
  unsigned good = 0;

  for (unsigned i = 0; i < 200000; i++)
    {
      size_t bytes = tap_below (&seed, 64);
      uint8_t *data = malloc (bytes + MDT_EVENT_BYTES_MAX);
      struct mdt_cursor cursor = { .at = data, .end = data + bytes };
      struct stored_event event;
      tap_random_bytes (&seed, data, bytes + MDT_EVENT_BYTES_MAX);
      while (mdt_get_event (&cursor, 0, &event))
	{
	  good++;
	  CHECK (cursor.at <= cursor.end);
	}
      free (data);
    }
  CHECK (good > 100000);
}

/* What is said to be there that nobody knows.  */
static void
unknown_parts (void)
{
  uint8_t bytes[4 + MDT_EVENT_BYTES_MAX] = { 0x02, 0xff, 0x0f };
  struct mdt_cursor cursor = { .at = bytes, .end = bytes + 32 };
  struct stored_event event;

  CHECK (mdt_get_event (&cursor, 0, &event));
  bytes[2] = 0x10;
  cursor.at = bytes;
  CHECK (!mdt_get_event (&cursor, 0, &event));
}

/* These bytes stand in mdtrace-trace(5).  */
static void
known_bytes (void)
{
  static const uint8_t header[MDT_HEADER_BYTES] = {
    0x89, 'M', 'D', 'T', '\r', '\n', 0x1a, '\n', 1,    0,    0,	   0,
    5,	  0,   0,   0,	 0,    0,    0,	   0,	 0xf7, 0xcb, 0x5b, 0x5d
  };
  static const uint8_t event[]
      = { 0x90, 0x03, 0x07, 0x02, 0x01, 0x03, 0x04, 0x05 };
  const struct stored_event stored = { .time_ns = 1200,
				       .probe_key = 2,
				       .cpu = 1,
				       .thread_key = 3,
				       .site_key = 4,
				       .known = STORED_ARG0,
				       .arguments = { -3 } };
  struct mdt_buffer buffer = { .data = NULL };
  uint8_t bytes[MDT_HEADER_BYTES];

  mdt_put_header (bytes, 5);
  for (size_t i = 0; i < sizeof header; i++)
    CHECK_NUMBER (bytes[i], header[i]);
  CHECK (mdt_put_event (&buffer, 1000, &stored));
  CHECK_NUMBER (buffer.used, sizeof event);
  for (size_t i = 0; i < sizeof event; i++)
    CHECK_NUMBER (buffer.data[i], event[i]);
  free (buffer.data);
}

static void
headers (void)
{
  const struct mdt_block block = { .type = MDT_EVENTS,
				   .flags = MDT_SORTED,
				   .table = 0x1234,
				   .bytes = 0x56789abc,
				   .count = 0xdef01234,
				   .first_ns = INT64_MIN,
				   .last_ns = INT64_MAX,
				   .checksum = 0xfedcba98 };
  uint8_t bytes[MDT_BLOCK_BYTES], header[MDT_HEADER_BYTES];
  uint32_t version, database_version;
  struct mdt_block got;

  mdt_put_block (bytes, &block);
  CHECK (mdt_get_block (bytes, &got));
  CHECK_NUMBER (got.type, block.type);
  CHECK_NUMBER (got.flags, block.flags);
  CHECK_NUMBER (got.table, block.table);
  CHECK_NUMBER (got.bytes, block.bytes);
  CHECK_NUMBER (got.count, block.count);
  CHECK_NUMBER (got.first_ns, block.first_ns);
  CHECK_NUMBER (got.last_ns, block.last_ns);
  CHECK_NUMBER (got.checksum, block.checksum);
  for (unsigned bit = 0; bit < 8 * sizeof bytes; bit++)
    {
      bytes[bit / 8] ^= 1 << bit % 8;
      CHECK (!mdt_get_block (bytes, &got));
      bytes[bit / 8] ^= 1 << bit % 8;
    }
  mdt_put_header (header, 5);
  CHECK (mdt_get_header (header, &version, &database_version));
  CHECK_NUMBER (version, MDT_VERSION);
  CHECK_NUMBER (database_version, 5);
  for (unsigned bit = 0; bit < 8 * sizeof header; bit++)
    {
      header[bit / 8] ^= 1 << bit % 8;
      CHECK (!mdt_get_header (header, &version, &database_version));
      header[bit / 8] ^= 1 << bit % 8;
    }
}

TAP_MAIN ({ numbers, "numbers of any length, and cut anywhere" },
	  { long_numbers, "no number is longer than ten bytes" },
	  { values, "values of each kind" },
	  { lying_values, "a value that says that it is longer than all" },
	  { events, "events with anything in them" },
	  { random_bytes_as_events, "bytes of any kind as events" },
	  { unknown_parts, "parts of events that nobody knows" },
	  { headers, "headers, of which no bit can change" },
	  { known_bytes, "the bytes that the manual page shows" })
