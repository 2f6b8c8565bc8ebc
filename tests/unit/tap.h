/* Unit tests that report in the Test Anything Protocol.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A test is a function that returns, or a check in it fails.  Each runs in a
   process of its own: the code under test keeps state in static variables
   that nothing can set back, and a crash is a failure of one test alone.  */

#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct tap_test
{
  void (*run) (void);
  const char *words; /* what it shows */
};

/* The main function of a test program, of its tests as initializers.  */
#define TAP_MAIN(...)                                                         \
  int main (void)                                                             \
  {                                                                           \
    static const struct tap_test tests[] = { __VA_ARGS__ };                   \
                                                                              \
    return tap_run (tests, sizeof tests / sizeof tests[0]);                   \
  }

enum
{
  /* No test takes longer unless it hangs.  */
  TAP_SECONDS_MAX = 60
};

/* How a test ends that has failed: without a look for leaks, which would only
   add noise.  */
#ifndef TAP_END
#define TAP_END() _exit (1)
#endif

static inline void
tap_fail (const char *file, int line)
{
  printf ("# at %s, line %d\n", file, line);
  fflush (stdout);
  TAP_END ();
}

/* CONDITION must hold.  */
#define CHECK(condition)                                                      \
  do                                                                          \
    if (!(condition))                                                         \
      {                                                                       \
	printf ("# false: %s\n", #condition);                                 \
	tap_fail (__FILE__, __LINE__);                                        \
      }                                                                       \
  while (0)

/* ACTUAL must be the number EXPECTED.  */
#define CHECK_NUMBER(actual, expected)                                        \
  do                                                                          \
    {                                                                         \
      uint64_t tap_actual = (actual), tap_expected = (expected);              \
      if (tap_actual != tap_expected)                                         \
	{                                                                     \
	  printf ("# %s is %" PRIu64 " (0x%" PRIx64 "), not %" PRIu64         \
		  " (0x%" PRIx64 ")\n",                                       \
		  #actual, tap_actual, tap_actual, tap_expected,              \
		  tap_expected);                                              \
	  tap_fail (__FILE__, __LINE__);                                      \
	}                                                                     \
    }                                                                         \
  while (0)

/* ACTUAL must be the text EXPECTED.  */
#define CHECK_TEXT(actual, expected)                                          \
  do                                                                          \
    {                                                                         \
      const char *tap_text = (actual);                                        \
      if (strcmp (tap_text, (expected)) != 0)                                 \
	{                                                                     \
	  printf ("# %s is '%s', not '%s'\n", #actual, tap_text, (expected)); \
	  tap_fail (__FILE__, __LINE__);                                      \
	}                                                                     \
    }                                                                         \
  while (0)

/* Run TEST in a process of its own; true if it returned.  */
static inline bool
tap_run_one (const struct tap_test *test)
{
  int status;

  fflush (stdout);
  pid_t child = fork ();
  if (child == 0)
    {
      alarm (TAP_SECONDS_MAX);
      test->run ();
      exit (0);
    }
  return child > 0 && waitpid (child, &status, 0) == child && status == 0;
}

static inline int
tap_run (const struct tap_test *tests, size_t count)
{
  int failed = 0;

  printf ("1..%zu\n", count);
  for (size_t i = 0; i < count; i++)
    {
      bool passed = tap_run_one (&tests[i]);
      printf ("%s %zu - %s\n", passed ? "ok" : "not ok", i + 1,
	      tests[i].words);
      failed += !passed;
    }
  return failed > 0;
}

/* The next of a sequence of numbers that look random and are the same in
   every run: splitmix64, by Sebastiano Vigna.  *STATE is the seed at
   first.  */
static inline uint64_t
tap_random (uint64_t *state)
{
  uint64_t z = *state += UINT64_C (0x9e3779b97f4a7c15);

  z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* One from 0 to LIMIT - 1.  */
static inline uint64_t
tap_below (uint64_t *state, uint64_t limit)
{
  return tap_random (state) % limit;
}

/* Fill BYTES bytes at TO.  */
static inline void
tap_random_bytes (uint64_t *state, void *to, size_t bytes)
{
  for (size_t i = 0; i < bytes; i++)
    ((uint8_t *) to)[i] = tap_random (state);
}

#endif /* UNIT_TAP_H */
