/* Numbers of 128 bits.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A machine of 32 bits has no division of 64 bits, and no machine's compiler
   may call a library for one here: all is done with shifts, the same way
   everywhere.  Numbers have no sign; sums that can become negative are two's
   complement, as those of the machine are.  */

#ifndef MDTRACE_WIDE_H
#define MDTRACE_WIDE_H

#include <stdbool.h>
#include <stdint.h>

struct wide
{
  uint64_t high, low;
};

static inline struct wide
wide_from (uint64_t number)
{
  return (struct wide){ 0, number };
}

static inline bool
wide_is_zero (struct wide a)
{
  return (a.high | a.low) == 0;
}

/* Whether A is less than B.  */
static inline bool
wide_is_less (struct wide a, struct wide b)
{
  return a.high < b.high || (a.high == b.high && a.low < b.low);
}

/* Add AMOUNT to A, or subtract it: modulo 2^128.  */
void wide_add (struct wide *a, struct wide amount);
void wide_subtract (struct wide *a, struct wide amount);

/* BITS is 1 to 63.  */
static inline struct wide
wide_shift_left (struct wide a, unsigned bits)
{
  return (struct wide){ a.high << bits | a.low >> (64 - bits), a.low << bits };
}

static inline struct wide
wide_shift_right (struct wide a, unsigned bits)
{
  return (struct wide){ a.high >> bits,
			a.low >> bits | a.high << (64 - bits) };
}

struct wide wide_multiply (uint64_t a, uint64_t b);

/* A * B, modulo 2^128.  */
struct wide wide_multiply_by (struct wide a, uint64_t b);

/* A * B / DIVISOR, which is neither 0 nor 2^127 or more: rounded down, or to
   the nearest (half up).  The product may have 256 bits; what does not fit
   into 128 in the end becomes 2^128 - 1.  */
struct wide wide_scale (struct wide a, struct wide b, struct wide divisor);
struct wide wide_scale_nearest (struct wide a, struct wide b,
				struct wide divisor);

/* The square root, rounded down.  */
uint64_t wide_root (struct wide a);

#endif /* MDTRACE_WIDE_H */
