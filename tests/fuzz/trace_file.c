/* Whatever bytes are taken for a trace file: it is read or refused, and what
   is read without complaint can be written and read again. Copyright (C) 2026
   the mdtrace authors. SPDX-License-Identifier: GPL-2.0-or-later

   For libFuzzer.  An input is a byte of flags (1: its checksums are made right
   first; 2: damage is passed over), and the file.  With MDTRACE_SEEDS in the
   environment, some to begin with are written into that directory.  */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "database.h"
#include "mdt_source.h"
#include "source.h"

enum
{
  FLAG_REPAIRED = 1 << 0,
  FLAG_PARTIAL = 1 << 1
};

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes);

static unsigned long whole, partial, refused;

/* What was read, in a number.  */
struct digest
{
  uint64_t events, sum;
};

#define MUST(condition)                                                       \
  do                                                                          \
    if (!(condition))                                                         \
      {                                                                       \
	fprintf (stderr, "false: %s\n", #condition);                          \
	abort ();                                                             \
      }                                                                       \
  while (0)

static void
print_counts (void)
{
  fprintf (stderr, "whole: %lu\npartial: %lu\nrefused: %lu\n", whole, partial,
	   refused);
}

/* Describe table NUMBER as NAME, and put the rows that TEXT selects.  */
static void
put_table (struct mdt_writer *writer, unsigned number, const char *name,
	   const char *text)
{
  sqlite3 *connection;
  sqlite3_stmt *rows;

  MUST (sqlite3_open (":memory:", &connection) == SQLITE_OK);
  MUST (sqlite3_prepare_v2 (connection, text, -1, &rows, NULL) == SQLITE_OK);
  MUST (mdt_put_table (writer, number, name, rows));
  while (sqlite3_step (rows) == SQLITE_ROW)
    MUST (mdt_put_row (writer, number, rows));
  MUST (mdt_flush (writer));
  sqlite3_finalize (rows);
  sqlite3_close (connection);
}

/* Write a small trace, whose events are in order unless STEP_NS is negative,
   with FLAGS before it.  */
static void
write_seed (const char *directory, int flags, int step_ns)
{
  char path[4096], byte = flags;

  snprintf (path, sizeof path, "%s/seed-%d-%d", directory, flags, step_ns < 0);
  int file = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  MUST (write (file, &byte, 1) == 1);
  struct mdt_writer *writer = mdt_begin (file);
  put_table (writer, 0, "probe",
	     "SELECT 1 AS probe_key, 1 AS boot_id, 1 AS probe_id,"
	     " 'fbt' AS provider, 'kernel' AS module, 'f' AS function,"
	     " 'entry' AS name, 'entry' AS kind, 'l' AS label, 7 AS address,"
	     " 1 AS sites, 1 AS functions, 0 AS refused, 0 AS fields,"
	     " 'a:x8:long' AS args, 0 AS persist, 'enabled' AS state,"
	     " 9 AS hits, 9 AS recorded, 0 AS filtered, 0 AS dropped,"
	     " 0 AS throttled, 0 AS missed");
  put_table (writer, 1, "site",
	     "SELECT 1 AS site_key, 1 AS probe_key, 64 AS address,"
	     " 'g' AS function, 'return' AS name, 'return' AS kind,"
	     " 4 AS offset, 'jump' AS plan");
  put_table (writer, 2, "task_name",
	     "SELECT 1 AS task_name_id, 'sh' AS task_name");
  put_table (writer, 3, "thread",
	     "SELECT 1 AS thread_key, 1 AS boot_id, 99 AS thread, 98 AS task,"
	     " 1 AS task_name_id");
  put_table (writer, 4, "stack",
	     "SELECT 1 AS stack_id, 0 AS kernel_id,"
	     " x'41000000000000004200000000000000' AS frames");
  put_table (writer, 5, "symbol",
	     "SELECT 0 AS kernel_id, 64 AS address, 'g' AS name, 9 AS bytes");
  put_table (writer, 6, "clock",
	     "SELECT 1 AS boot_id, 2 AS tsc, 3 AS time_ns, 4 AS uptime_ns,"
	     " 0.5 AS ns_per_count, NULL AS error_ns");
  for (int i = 0; i < 9; i++)
    {
      const struct stored_event event = { .time_ns = 1000 + i * step_ns,
					  .probe_key = 1,
					  .cpu = i % 2,
					  .thread_key = i % 3 > 0,
					  .site_key = i % 4 > 0,
					  .stack_id = i % 5 > 0,
					  .known = 1 << i % 8 | STORED_ARG0,
					  .retval = i % 8 == 0 ? -1 : 0,
					  .duration_ns = i % 8 == 1 ? 77 : 0,
					  .arguments = { i } };
      MUST (mdt_put (writer, &event));
      if (i % 4 == 3)
	MUST (mdt_flush (writer));
    }
  MUST (mdt_finish (writer, &(struct mdt_end){ .dropped = 1 }));
  mdt_abandon (writer);
  close (file);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  const char *directory = getenv ("MDTRACE_SEEDS");

  (void) argc;
  (void) argv;
  for (int flags = 0; directory != NULL && flags < 4; flags++)
    {
      write_seed (directory, flags, 10);
      write_seed (directory, flags, -10);
    }
  atexit (print_counts);
  return 0;
}

/* Give the header and each block of the file at DATA the checksums that belong
   to them, as far as blocks can be followed.  */
static void
repair (uint8_t *data, size_t bytes)
{
  struct mdt_block block;
  size_t at = MDT_HEADER_BYTES;

  if (bytes < MDT_HEADER_BYTES)
    return;
  mdt_put_header (data, DATABASE_VERSION);
  while (bytes - at >= MDT_BLOCK_BYTES)
    {
      mdt_get_block (data + at, &block);
      size_t rest = bytes - at - MDT_BLOCK_BYTES;
      if (block.bytes > rest)
	block.bytes = rest;
      block.checksum = mdt_checksum (data + at + MDT_BLOCK_BYTES, block.bytes);
      mdt_put_block (data + at, &block);
      at += MDT_BLOCK_BYTES + block.bytes;
    }
}

static uint64_t
text_sum (const char *text)
{
  uint64_t sum = 0;

  for (; *text != '\0'; text++)
    sum = 31 * sum + (unsigned char) *text;
  return sum;
}

static void
add (struct digest *digest, struct source *source,
     const struct source_event *event)
{
  uint64_t offset, sum = (uint64_t) event->time_ns;

  sum = 31 * sum + (uint64_t) event->probe->key;
  sum = 31 * sum + event->cpu;
  sum = 31 * sum + event->known;
  sum = 31 * sum + (uint64_t) event->retval;
  sum = 31 * sum + (uint64_t) event->duration_ns;
  sum = 31 * sum + text_sum (source_function (event));
  sum = 31 * sum + text_sum (source_name (event));
  if (event->thread != NULL)
    sum = 31 * sum + event->thread->address
	  + text_sum (event->thread->task->name);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    sum = 31 * sum + (uint64_t) event->arguments[i];
  for (uint32_t i = 0; event->stack != NULL && i < event->stack->count; i++)
    {
      const char *name = source_frame (source, event->stack, i, &offset);
      sum = 31 * sum + event->stack->frames[i];
      if (name != NULL)
	sum = 31 * sum + text_sum (name) + offset;
    }
  digest->sum = 31 * digest->sum + sum;
  digest->events++;
}

/* Read all of SOURCE, and write it to WRITER unless that is null.  Returns
   whether all could be read.  */
static bool
read_all (struct source *source, struct mdt_writer *writer,
	  struct digest *digest)
{
  const struct source_event *event;
  int64_t first, last, previous = INT64_MIN;
  bool failed;

  *digest = (struct digest){ .events = 0 };
  MUST (source_begin (source, INT64_MIN, INT64_MAX));
  while ((event = source_next (source, &failed)) != NULL)
    {
      MUST (event->time_ns >= previous);
      previous = event->time_ns;
      add (digest, source, event);
      MUST (writer == NULL || mdt_put_source_event (writer, event));
    }
  if (!failed && digest->events > 0)
    {
      MUST (source_extent (source, &first, &last));
      MUST (last == previous);
    }
  return !failed;
}

/* A file in memory with the BYTES bytes at DATA; its name is put in PATH.  */
static int
make_file (const uint8_t *data, size_t bytes, char *path)
{
  int file = memfd_create ("trace", MFD_CLOEXEC);

  MUST (file >= 0);
  MUST (write (file, data, bytes) == (ssize_t) bytes);
  sprintf (path, "/proc/self/fd/%d", file);
  return file;
}

/* SOURCE, of which nothing was said, is the same once it was written.  */
static void
write_again (struct source *source)
{
  struct digest digest, again;
  struct mdt_end losses;
  char path[64], message[1024];
  int file = make_file (NULL, 0, path);
  struct mdt_writer *writer = mdt_begin (file);

  MUST (writer != NULL);
  MUST (mdt_write_tables (writer, source_connection (source), message,
			  sizeof message));
  MUST (mdt_count_losses (source_connection (source), &losses));
  bool good = read_all (source, writer, &digest);
  if (good)
    {
      MUST (mdt_finish (writer, &losses));
      struct source *copy = source_open (path, false, message, sizeof message);
      MUST (copy != NULL);
      MUST (read_all (copy, NULL, &again));
      MUST (again.events == digest.events && again.sum == digest.sum);
      source_close (copy);
    }
  if (good)
    whole++;
  else
    refused++;
  mdt_abandon (writer);
  close (file);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes)
{
  char path[64], message[1024];
  struct digest digest;

  if (bytes < 1)
    return 0;
  uint8_t flags = data[0];
  bool is_partial = flags & FLAG_PARTIAL;
  uint8_t *copy = malloc (bytes);
  memcpy (copy, data + 1, bytes - 1);
  if (flags & FLAG_REPAIRED)
    repair (copy, bytes - 1);
  int file = make_file (copy, bytes - 1, path);
  struct source *source
      = source_open (path, is_partial, message, sizeof message);
  if (source == NULL)
    refused++;
  else if (is_partial)
    {
      MUST (read_all (source, NULL, &digest));
      partial++;
    }
  else
    write_again (source);
  source_close (source);
  close (file);
  free (copy);
  return 0;
}
