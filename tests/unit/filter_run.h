/* Filters that are compiled and executed by tests: expressions about
   filter_sample.h, in a hit with memory of this program's own.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_FILTER_RUN_H
#define UNIT_FILTER_RUN_H

#include "filter_sample.h"

enum
{
  MESSAGE_BYTES = 1024,
  TEXT_BYTES = 8192
};

static struct numbers first, second;
static struct task this_task;
static struct thread this_thread;
static char long_text[64];

/* The memory that there is.  */
static const struct
{
  const void *at;
  size_t bytes;
} memory[] = {
  { &first, sizeof first },
  { &second, sizeof second },
  { &this_task, sizeof this_task },
  { &this_thread, sizeof this_thread },
  { long_text, sizeof long_text - 1 },
};

static inline bool
load (uint64_t address, unsigned bytes, uint64_t *value)
{
  for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++)
    {
      uint64_t offset = address - (uintptr_t) memory[i].at;
      if (offset <= memory[i].bytes && memory[i].bytes - offset >= bytes)
	{
	  *value = 0;
	  memcpy (value, (const char *) memory[i].at + offset, bytes);
	  return true;
	}
    }
  return false;
}

/* What is passed to sample.  */
static signed char c;
static unsigned short s;
static int i;
static unsigned u;
static long l;
static struct numbers *p = &first;
static const char *text = long_text;
static long eighth;

/* WORD, of which the lower BYTES bytes count; the others are anything.  */
static inline uint64_t
dirty (uint64_t word, unsigned bytes)
{
  static uint64_t seed = 1;
  uint64_t garbage = tap_random (&seed);

  memcpy (&garbage, &word, bytes);
  return garbage;
}

static inline struct reference_hit
make_hit (void)
{
  return (struct reference_hit){
    .arguments = { (uintptr_t) p, dirty (c, 1), dirty (s, 2), dirty (i, 4),
		   dirty (u, 4), l },
    .values = { 100, 200, dirty (0xfe, 1), (uintptr_t) &this_task,
		(uintptr_t) long_text, 600 },
    .values_known = 0x1f,
    .machine = { [7] = 0x77, [3] = 0x33, [15] = 0xff },
    .stack = { 0xabc, (uintptr_t) text, eighth, [15] = 15 },
    .stack_known = 0x8007,
    .retval = (uintptr_t) &second,
    .thread = (uintptr_t) &this_thread,
    .task = (uintptr_t) &this_task,
    .cpu = 3,
    .address = (uintptr_t) sample + 7,
    .function = (uintptr_t) sample,
    .duration = 1500000,
    .load = load,
  };
}

/* Compile EXPRESSION for sites of KINDS of sample, which must work.  */
static inline unsigned
compile_at (unsigned kinds, bool latency, const mdtrace_probe_config_t *config,
	    const char *expression, mdtrace_instruction_t *program)
{
  char message[MESSAGE_BYTES];
  uint64_t address = config != NULL ? 0 : (uintptr_t) sample;
  unsigned count;
  int error = mdtrace_filter_compile (sample_debug, address, kinds, latency,
				      config, expression, program, &count,
				      message, sizeof message);

  if (error != MDTRACE_OK)
    printf ("# %s: %s\n", expression, message);
  CHECK_NUMBER (error, MDTRACE_OK);
  CHECK_TEXT (message, "");
  CHECK (reference_is_good (program, count));
  return count;
}

static inline enum reference_verdict
verdict_at (unsigned kinds, bool latency, const mdtrace_probe_config_t *config,
	    const char *expression)
{
  mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];
  struct reference_hit hit = make_hit ();
  unsigned count = compile_at (kinds, latency, config, expression, program);

  return reference_run (program, count, &hit);
}

static inline enum reference_verdict
verdict (const char *expression)
{
  return verdict_at (ENTRIES, false, NULL, expression);
}

/* EXPRESSION must give EXPECTED.  */
static inline void
check_verdict (const char *expression, enum reference_verdict expected)
{
  enum reference_verdict got = verdict (expression);

  if (got != expected)
    printf ("# %s: %d\n", expression, got);
  CHECK_NUMBER (got, expected);
}

/* EXPRESSION must be true if EXPECTED is, and else false.  */
static inline void
check_truth (const char *expression, bool expected)
{
  check_verdict (expression, expected ? REFERENCE_ACCEPTS : REFERENCE_REJECTS);
}

#endif /* UNIT_FILTER_RUN_H */
