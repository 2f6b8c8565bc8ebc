/* The ratios that the health score is made of, against exact arithmetic.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   tst.ratio-by-bits is made of this too, with the division of machines that
   have none of 64 bits.  */

#include <config.h>

#include "mdtrace_health.h"
#include "tap.h"

typedef unsigned __int128 exact_t;

static const uint64_t edges[] = { 0,
				  1,
				  2,
				  3,
				  1000,
				  9999,
				  10000,
				  UINT32_MAX - 1,
				  UINT32_MAX,
				  UINT64_C (1) << 32,
				  (UINT64_C (1) << 32) + 1,
				  (UINT64_C (1) << 33) - 1,
				  UINT64_C (1000000000) * 10 * 64,
				  INT64_MAX,
				  UINT64_C (1) << 63,
				  UINT64_MAX - 1,
				  UINT64_MAX };

enum
{
  EDGES = sizeof edges / sizeof edges[0]
};

static void
check_division (uint64_t dividend, uint64_t divisor)
{
  uint64_t rest;

  if (divisor == 0)
    return;
  CHECK_NUMBER (mdtrace_health_divide (dividend, divisor, &rest),
		dividend / divisor);
  CHECK_NUMBER (rest, dividend % divisor);
}

/* The ratio is exact where WHOLE has at most 32 bits; otherwise it is off by
   no more than what the lower bits of the fraction of PART / WHOLE make.  */
static void
check_ratio (uint32_t factor, uint64_t part, uint64_t whole)
{
  uint64_t down = mdtrace_health_ratio (factor, part, whole, 0);
  uint64_t up = mdtrace_health_ratio (factor, part, whole, 1);

  if (whole == 0)
    {
      CHECK_NUMBER (down, 0);
      CHECK_NUMBER (up, 0);
      return;
    }
  exact_t product = (exact_t) factor * part;
  exact_t exact_down = product / whole;
  exact_t exact_up = exact_down + (product % whole != 0);
  exact_t off = whole <= UINT32_MAX ? 0 : 1 + (factor >> 29);
  /* What is nearly too large may be taken for that.  */
  if (exact_up >= (UINT64_MAX & ~(uint64_t) UINT32_MAX) - off)
    {
      CHECK (down == UINT64_MAX || down + off >= exact_down);
      CHECK (up == UINT64_MAX || up + off >= exact_up);
      return;
    }
  CHECK (down + off >= exact_down && down <= exact_down + off);
  CHECK (up + off >= exact_up && up <= exact_up + off);
  CHECK (up >= down && up - down <= 1 + off);
  /* What there is of anything is never rounded away.  */
  CHECK (up > 0 || product == 0);
}

static void
divides_at_the_edges (void)
{
  for (int i = 0; i < EDGES; i++)
    for (int j = 0; j < EDGES; j++)
      check_division (edges[i], edges[j]);
}

static void
divides_any_numbers (void)
{
  uint64_t seed = 1;

  for (int i = 0; i < 100000; i++)
    {
      uint64_t dividend = tap_random (&seed) >> tap_below (&seed, 64);
      uint64_t divisor = tap_random (&seed) >> tap_below (&seed, 64);
      check_division (dividend, divisor);
      check_division (-dividend, divisor);
      check_division (dividend, -divisor);
    }
}

static void
is_right_at_the_edges (void)
{
  for (int i = 0; i < EDGES; i++)
    for (int j = 0; j < EDGES; j++)
      for (int k = 0; k < EDGES; k++)
	if (edges[i] <= UINT32_MAX)
	  check_ratio (edges[i], edges[j], edges[k]);
}

static void
is_right_of_any_numbers (void)
{
  uint64_t seed = 2;

  for (int i = 0; i < 100000; i++)
    {
      uint32_t factor = tap_random (&seed) >> (32 + tap_below (&seed, 32));
      uint64_t part = tap_random (&seed) >> tap_below (&seed, 64);
      uint64_t whole = tap_random (&seed) >> tap_below (&seed, 64);
      check_ratio (factor, part, whole);
      check_ratio (10000, part, whole);
      check_ratio (1, part, whole);
      /* Of a whole, a part.  */
      if (whole > 0)
	check_ratio (10000, tap_below (&seed, whole), whole);
    }
}

TAP_MAIN ({ divides_at_the_edges, "division at the edges" },
	  { divides_any_numbers, "division of any numbers" },
	  { is_right_at_the_edges, "ratios at the edges" },
	  { is_right_of_any_numbers, "ratios of any numbers" })
