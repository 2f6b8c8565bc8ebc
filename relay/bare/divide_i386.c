/* Division of 64-bit numbers on i386, for which the compiler calls functions
   of a library that bare Mach tasks do not have.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Their names and types are GCC's.  Bit by bit is fast enough for what the
   tasks print and count.  */

#include <stdint.h>

uint64_t __udivmoddi4 (uint64_t dividend, uint64_t divisor,
		       uint64_t *remainder);
uint64_t __udivdi3 (uint64_t dividend, uint64_t divisor);
uint64_t __umoddi3 (uint64_t dividend, uint64_t divisor);
int64_t __divdi3 (int64_t dividend, int64_t divisor);
int64_t __moddi3 (int64_t dividend, int64_t divisor);

uint64_t
__udivmoddi4 (uint64_t dividend, uint64_t divisor, uint64_t *remainder)
{
  uint64_t quotient = 0, rest = 0;

  for (int bit = 63; bit >= 0; bit--)
    {
      /* What the shift drops makes the rest greater than any divisor.  */
      uint64_t carry = rest >> 63;
      rest = rest << 1 | (dividend >> bit & 1);
      if (carry != 0 || rest >= divisor)
	{
	  rest -= divisor;
	  quotient |= UINT64_C (1) << bit;
	}
    }
  if (remainder != 0)
    *remainder = rest;
  return quotient;
}

uint64_t
__udivdi3 (uint64_t dividend, uint64_t divisor)
{
  return __udivmoddi4 (dividend, divisor, 0);
}

uint64_t
__umoddi3 (uint64_t dividend, uint64_t divisor)
{
  uint64_t remainder;

  __udivmoddi4 (dividend, divisor, &remainder);
  return remainder;
}

static uint64_t
magnitude (int64_t number)
{
  return number < 0 ? -(uint64_t) number : (uint64_t) number;
}

int64_t
__divdi3 (int64_t dividend, int64_t divisor)
{
  uint64_t quotient = __udivdi3 (magnitude (dividend), magnitude (divisor));

  return (dividend < 0) != (divisor < 0) ? -quotient : quotient;
}

/* The remainder has the dividend's sign.  */
int64_t
__moddi3 (int64_t dividend, int64_t divisor)
{
  uint64_t remainder = __umoddi3 (magnitude (dividend), magnitude (divisor));

  return dividend < 0 ? -remainder : remainder;
}
