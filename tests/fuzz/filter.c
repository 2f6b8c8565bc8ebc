/* Whatever bytes are taken for a filter: what the kernel part accepts of them
   ends, reads nothing that is not there, and says what the reference says.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   For libFuzzer.  An input is 8 bytes from which the hit is made, one of flags
   (1: the end of a call; 2: the program is repaired first), and the program.
   With MDTRACE_SEEDS in the environment, some to begin with are written into
   that directory.  */

/* libFuzzer keeps the input when it is told so.  */
#define TAP_END() abort ()

#include "filter_kernel.h"

enum
{
  HEAD_BYTES = 9,
  FLAG_AT_END = 1 << 0,
  FLAG_REPAIRED = 1 << 1,
  SEEDS = 64
};

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes);

static unsigned long accepted, refused;

static void
print_counts (void)
{
  fprintf (stderr, "accepted: %lu\nrefused: %lu\n", accepted, refused);
}

static void
write_seed (const char *directory, unsigned number, uint64_t *seed)
{
  struct filter_program program = filter_random (seed);
  uint8_t head[HEAD_BYTES];
  char path[4096];

  tap_random_bytes (seed, head, sizeof head);
  snprintf (path, sizeof path, "%s/%u", directory, number);
  FILE *file = fopen (path, "w");
  CHECK (file != NULL);
  fwrite (head, sizeof head, 1, file);
  fwrite (program.at, sizeof *program.at, program.count, file);
  CHECK (fclose (file) == 0);
  free (program.at);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  const char *directory = getenv ("MDTRACE_SEEDS");
  uint64_t seed = 1;

  (void) argc;
  (void) argv;
  filter_boot ();
  for (unsigned i = 0; directory != NULL && i < SEEDS; i++)
    write_seed (directory, i, &seed);
  atexit (print_counts);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t bytes)
{
  enum reference_verdict verdict;
  struct filter_program program;
  uint64_t seed;

  if (bytes < HEAD_BYTES)
    return 0;
  memcpy (&seed, data, sizeof seed);
  uint8_t flags = data[8];
  program.count = (bytes - HEAD_BYTES) / sizeof *program.at;
  program.at = malloc (program.count * sizeof *program.at);
  memcpy (program.at, data + HEAD_BYTES, program.count * sizeof *program.at);
  for (unsigned i = 0; i < program.count && flags & FLAG_REPAIRED; i++)
    filter_repair (&program.at[i], program.count - 1 - i);
  if (filter_compare (program, flags & FLAG_AT_END, &seed, &verdict))
    accepted++;
  else
    refused++;
  free (program.at);
  return 0;
}
