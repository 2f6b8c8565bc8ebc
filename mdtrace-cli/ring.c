/* mdtrace ring: what the trace rings hold, and how they are to be.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "table.h"

static const struct argp_option argp_options[]
    = { { "size", 's', "BYTES[K|M]", 0,
	  "Make rings of that size: a power of two from 4K to 4M", 0 },
	{ "mode", 'm', "MODE", 0,
	  "Make rings that discard what they have no room for, or that "
	  "overwrite the oldest (discard, overwrite)",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

enum
{
  BYTES_MIN = 4 << 10,
  BYTES_MAX = 4 << 20
};

struct arguments
{
  struct cli_options *options;
  uint64_t bytes;	       /* 0: as they are */
  enum mdtrace_ring_mode mode; /* 0: as it is */
};

static uint64_t
parse_size (const struct argp_state *state, const char *argument)
{
  size_t digits = strspn (argument, "0123456789");
  uint64_t bytes = 0;

  for (size_t i = 0; i < digits && bytes <= BYTES_MAX; i++)
    bytes = 10 * bytes + (argument[i] - '0');
  const char *unit = argument + digits;
  if (*unit == 'K' || *unit == 'M')
    bytes <<= *unit++ == 'K' ? 10 : 20;
  if (*unit != '\0' || bytes < BYTES_MIN || bytes > BYTES_MAX
      || (bytes & (bytes - 1)) != 0)
    argp_error (state,
		"--size must be a power of two from 4K to 4M, as in 256K, "
		"not '%s'",
		argument);
  return bytes;
}

static enum mdtrace_ring_mode
parse_mode (const struct argp_state *state, const char *argument)
{
  for (unsigned mode = 1; mode < MDTRACE_RING_MODES; mode++)
    if (strcmp (argument, mdtrace_ring_mode_word (mode)) == 0)
      return mode;
  argp_error (state, "--mode must be discard or overwrite, not '%s'",
	      argument);
  return 0;
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 's':
      arguments->bytes = parse_size (state, argument);
      return 0;
    case 'm':
      arguments->mode = parse_mode (state, argument);
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

static const char *
state_word (const mdtrace_ring_info_t *ring)
{
  return ring->frozen ? "frozen" : "recording";
}

/* Bytes that are in it and not read.  Indices of a 32-bit machine wrap.  */
static uint64_t
used (const mdtrace_status_t *status, const mdtrace_ring_info_t *ring)
{
  uint64_t bytes = ring->head - ring->tail;

  return status->word_bytes == 4 ? (uint32_t) bytes : bytes;
}

static void
print (const mdtrace_status_t *status, const mdtrace_ring_info_t *rings)
{
  struct table *table = table_new ();

  table_add_column (table, "CPU", true);
  table_add_column (table, "SIZE", true);
  table_add_column (table, "MODE", false);
  table_add_column (table, "STATE", false);
  table_add_column (table, "USED", true);
  table_add_column (table, "OLDEST", true);
  table_add_column (table, "TAIL", true);
  table_add_column (table, "HEAD", true);
  table_add_column (table, "GENERATION", true);
  table_add_column (table, "HOLDER", false);
  for (unsigned cpu = 0; cpu < status->cpus; cpu++)
    {
      const mdtrace_ring_info_t *ring = &rings[cpu];
      table_add_number (table, cpu);
      table_add_number (table, ring->data_bytes);
      table_add_cell (table, mdtrace_ring_mode_word (ring->mode));
      table_add_cell (table, state_word (ring));
      table_add_number (table, used (status, ring));
      table_add_number (table, ring->oldest);
      table_add_number (table, ring->tail);
      table_add_number (table, ring->head);
      table_add_number (table, ring->generation);
      table_add_cell (table,
		      status->holder[0] != '\0' ? status->holder : "nobody");
    }
  table_print (table);
}

static void
print_json (const mdtrace_status_t *status, const mdtrace_ring_info_t *rings)
{
  json_t *list = json_array ();

  for (unsigned cpu = 0; cpu < status->cpus; cpu++)
    {
      const mdtrace_ring_info_t *ring = &rings[cpu];
      json_array_append_new (
	  list,
	  cli_json_pack (
	      "{s:i, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "cpu",
	      (int) cpu, "size_bytes", (json_int_t) ring->data_bytes, "mode",
	      mdtrace_ring_mode_word (ring->mode), "state", state_word (ring),
	      "used_bytes", (json_int_t) used (status, ring), "oldest",
	      (json_int_t) ring->oldest, "tail", (json_int_t) ring->tail,
	      "head", (json_int_t) ring->head, "generation",
	      (json_int_t) ring->generation));
    }
  cli_print_json (
      cli_json_pack ("{s:s, s:o}", "holder", status->holder, "rings", list));
}

/* Ask for each ring.  */
static int
get_rings (struct mdtrace_target *target, mdtrace_status_t *status,
	   mdtrace_ring_info_t *rings)
{
  int error = mdtrace_get_status (target, status);

  for (unsigned cpu = 0; error == MDTRACE_OK && cpu < status->cpus; cpu++)
    error = mdtrace_ring_status (target, cpu, &rings[cpu]);
  return error;
}

int
cli_ring (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .doc
	  = "Show the trace rings, each CPU's own.  With --size or "
	    "--mode, make them anew before that; what was in them and not "
	    "read is lost." };
  mdtrace_status_t status;
  mdtrace_ring_info_t rings[MDTRACE_CPUS_MAX];
  int error = MDTRACE_OK;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  if (arguments.bytes != 0 || arguments.mode != 0)
    error = mdtrace_ring_configure (target, arguments.bytes, arguments.mode);
  if (error == MDTRACE_OK)
    error = get_rings (target, &status, rings);
  if (error != MDTRACE_OK)
    return cli_report (options, mdtrace_target_url (target), error,
		       mdtrace_detail (target));
  if (options->json)
    print_json (&status, rings);
  else
    print (&status, rings);
  mdtrace_close (target);
  return cli_finish ();
}
