/* Division of 64-bit numbers in bare tasks on i386, against the processor's
   own.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "tap.h"

/* In relay/bare/divide_i386.c, with GCC's names.  */
uint64_t __udivmoddi4 (uint64_t dividend, uint64_t divisor,
		       uint64_t *remainder);
uint64_t __udivdi3 (uint64_t dividend, uint64_t divisor);
uint64_t __umoddi3 (uint64_t dividend, uint64_t divisor);
int64_t __divdi3 (int64_t dividend, int64_t divisor);
int64_t __moddi3 (int64_t dividend, int64_t divisor);

static void
check (uint64_t dividend, uint64_t divisor)
{
  int64_t signed_dividend = dividend, signed_divisor = divisor;
  uint64_t remainder;

  if (divisor == 0)
    return;
  CHECK_NUMBER (__udivdi3 (dividend, divisor), dividend / divisor);
  CHECK_NUMBER (__umoddi3 (dividend, divisor), dividend % divisor);
  CHECK_NUMBER (__udivmoddi4 (dividend, divisor, &remainder),
		dividend / divisor);
  CHECK_NUMBER (remainder, dividend % divisor);
  /* Its result is not defined.  */
  if (signed_dividend == INT64_MIN && signed_divisor == -1)
    return;
  CHECK_NUMBER (__divdi3 (signed_dividend, signed_divisor),
		signed_dividend / signed_divisor);
  CHECK_NUMBER (__moddi3 (signed_dividend, signed_divisor),
		signed_dividend % signed_divisor);
}

static void
divides_at_the_limits (void)
{
  static const uint64_t numbers[] = { 0,	  1,
				      2,	  3,
				      10,	  UINT32_MAX,
				      INT64_MAX,  (uint64_t) INT64_MIN,
				      UINT64_MAX, UINT64_MAX - 1,
				      1000000000, UINT64_C (1) << 32 };
  const size_t count = sizeof numbers / sizeof numbers[0];

  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < count; j++)
      check (numbers[i], numbers[j]);
}

static void
divides_numbers_of_any_length (void)
{
  uint64_t seed = 1;

  for (int i = 0; i < 100000; i++)
    {
      uint64_t dividend = tap_random (&seed) >> tap_below (&seed, 64);
      uint64_t divisor = tap_random (&seed) >> tap_below (&seed, 64);
      check (dividend, divisor);
      check (-dividend, divisor);
    }
}

TAP_MAIN ({ divides_at_the_limits, "at the limits" },
	  { divides_numbers_of_any_length, "numbers of any length" })
