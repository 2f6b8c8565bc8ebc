/* Numbers of 128 bits.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "wide.h"

#if MACH_PERF_COUNTERS

static const struct wide all_ones = { UINT64_MAX, UINT64_MAX };

void
wide_add (struct wide *a, struct wide amount)
{
  a->low += amount.low;
  a->high += amount.high + (a->low < amount.low);
}

void
wide_subtract (struct wide *a, struct wide amount)
{
  a->high -= amount.high + (a->low < amount.low);
  a->low -= amount.low;
}

struct wide
wide_multiply (uint64_t a, uint64_t b)
{
  uint64_t a_low = (uint32_t) a, a_high = a >> 32;
  uint64_t b_low = (uint32_t) b, b_high = b >> 32;
  uint64_t low = a_low * b_low;
  uint64_t middle = a_high * b_low + (low >> 32);
  uint64_t other = a_low * b_high + (uint32_t) middle;

  return (struct wide){ a_high * b_high + (middle >> 32) + (other >> 32),
			other << 32 | (uint32_t) low };
}

struct wide
wide_multiply_by (struct wide a, uint64_t b)
{
  struct wide product = wide_multiply (a.low, b);

  product.high += a.high * b;
  return product;
}

/* How many bits A has without the zeros that it begins with.  */
static unsigned
count_bits (struct wide a)
{
  unsigned bits = 0;

  for (; !wide_is_zero (a); a = wide_shift_right (a, 1))
    bits++;
  return bits;
}

static bool
has_bit (struct wide a, unsigned bit)
{
  return (bit < 64 ? a.low >> bit : a.high >> (bit - 64)) & 1;
}

/* A quotient and what is left.  */
struct quotient
{
  struct wide quotient, rest;
  bool overflow;
};

/* Add TO to AMOUNT, which is less than the divisor, and carry into the
   quotient.  */
static void
add_rest (struct quotient *to, struct wide amount, struct wide divisor)
{
  wide_add (&to->rest, amount);
  if (wide_is_less (to->rest, divisor))
    return;
  wide_subtract (&to->rest, divisor);
  wide_add (&to->quotient, wide_from (1));
  to->overflow |= wide_is_zero (to->quotient);
}

/* A * (QUOTIENT + REST / DIVISOR): the way in which one multiplies by hand,
   but with a fraction.  REST is less than DIVISOR.  */
static struct quotient
multiply (struct wide a, struct wide quotient, struct wide rest,
	  struct wide divisor)
{
  struct quotient result = { { 0, 0 }, { 0, 0 }, false };

  for (unsigned bit = count_bits (a); bit-- > 0;)
    {
      result.overflow |= result.quotient.high >> 63;
      result.quotient = wide_shift_left (result.quotient, 1);
      add_rest (&result, result.rest, divisor);
      if (!has_bit (a, bit))
	continue;
      wide_add (&result.quotient, quotient);
      result.overflow |= wide_is_less (result.quotient, quotient);
      add_rest (&result, rest, divisor);
    }
  return result;
}

/* A * B / DIVISOR.  */
static struct quotient
divide_product (struct wide a, struct wide b, struct wide divisor)
{
  bool is_one = divisor.high == 0 && divisor.low == 1;
  struct quotient fraction
      = multiply (b, wide_from (is_one), wide_from (!is_one), divisor);

  return multiply (a, fraction.quotient, fraction.rest, divisor);
}

struct wide
wide_scale (struct wide a, struct wide b, struct wide divisor)
{
  struct quotient result = divide_product (a, b, divisor);

  return result.overflow ? all_ones : result.quotient;
}

struct wide
wide_scale_nearest (struct wide a, struct wide b, struct wide divisor)
{
  struct quotient result = divide_product (a, b, divisor);

  add_rest (&result, result.rest, divisor);
  return result.overflow ? all_ones : result.quotient;
}

uint64_t
wide_root (struct wide a)
{
  uint64_t root = 0;

  for (int bit = 63; bit >= 0; bit--)
    {
      uint64_t candidate = root | (uint64_t) 1 << bit;
      if (!wide_is_less (a, wide_multiply (candidate, candidate)))
	root = candidate;
    }
  return root;
}

#endif /* MACH_PERF_COUNTERS */
