/* Numbers of 128 bits, against the compiler's.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "tap.h"
#include "wide.h"

typedef unsigned __int128 number_t;

static struct wide
wide (number_t number)
{
  return (struct wide){ number >> 64, number };
}

static void
check (struct wide actual, number_t expected)
{
  CHECK_NUMBER (actual.high, (uint64_t) (expected >> 64));
  CHECK_NUMBER (actual.low, (uint64_t) expected);
}

/* One of up to BITS bits: as often a short one as a long one, and as often as
   not one beside a power of two.  */
static number_t
random_number (uint64_t *state, unsigned bits)
{
  unsigned length = 1 + tap_below (state, bits);
  number_t top = (number_t) 1 << (length - 1);
  number_t rest = (number_t) tap_random (state) << 64 | tap_random (state);

  switch (tap_below (state, 4))
    {
    case 0:
      return top;
    case 1:
      return top - 1 + top;
    default:
      return top + rest % top;
    }
}

static void
adds_and_shifts (void)
{
  uint64_t state = 1;

  for (unsigned i = 0; i < 100000; i++)
    {
      number_t a = random_number (&state, 128);
      number_t b = random_number (&state, 128);
      unsigned bits = 1 + tap_below (&state, 63);
      struct wide sum = wide (a), difference = wide (a);
      wide_add (&sum, wide (b));
      check (sum, a + b);
      wide_subtract (&difference, wide (b));
      check (difference, a - b);
      check (wide_shift_left (wide (a), bits), a << bits);
      check (wide_shift_right (wide (a), bits), a >> bits);
      CHECK (wide_is_less (wide (a), wide (b)) == (a < b));
      CHECK (!wide_is_less (wide (a), wide (a)));
      CHECK (!wide_is_zero (wide (a)) && wide_is_zero (wide (a - a)));
    }
}

static void
multiplies (void)
{
  uint64_t state = 2;

  for (unsigned i = 0; i < 100000; i++)
    {
      uint64_t a = random_number (&state, 64);
      uint64_t b = random_number (&state, 64);
      number_t c = random_number (&state, 128);
      check (wide_multiply (a, b), (number_t) a * b);
      check (wide_multiply_by (wide (c), b), c * b);
    }
}

/* A * B / C for products that fit into 128 bits.  */
static void
divides (void)
{
  uint64_t state = 3;

  for (unsigned i = 0; i < 20000; i++)
    {
      unsigned bits = 1 + tap_below (&state, 127);
      number_t a = random_number (&state, bits);
      number_t b = random_number (&state, 128 - bits);
      number_t c = random_number (&state, 127);
      number_t rest = a * b % c;
      check (wide_scale (wide (a), wide (b), wide (c)), a * b / c);
      check (wide_scale_nearest (wide (a), wide (b), wide (c)),
	     a * b / c + (rest >= c - rest));
      check (wide_scale (wide (a), wide (b), wide_from (1)), a * b);
      check (wide_scale (wide (0), wide (b), wide (c)), 0);
    }
}

/* And for those that do not: of (A * D + E) * C / D, with E less than D, the
   whole part of A * C + E * C / D.  */
static void
divides_long_products (void)
{
  uint64_t state = 4;
  unsigned cut = 0;

  for (unsigned i = 0; i < 20000; i++)
    {
      number_t d = random_number (&state, 62);
      number_t a = random_number (&state, 62);
      number_t c = random_number (&state, 62);
      number_t e = tap_random (&state) % d;
      number_t product = a * d + e;
      check (wide_scale (wide (product), wide (c), wide (d)),
	     a * c + e * c / d);
      check (wide_scale (wide (c), wide (product), wide (d)),
	     a * c + e * c / d);
      /* What takes more than 128 bits in the end.  */
      number_t f = random_number (&state, 127);
      number_t g = random_number (&state, 127);
      if (f >> 63 > d && g >> 65 > 0)
	{
	  check (wide_scale (wide (f), wide (g), wide (d)), -(number_t) 1);
	  check (wide_scale_nearest (wide (f), wide (g), wide (d)),
		 -(number_t) 1);
	  cut++;
	}
      check (wide_scale (wide (f), wide (g), wide (g)), f);
    }
  CHECK (cut > 1000);
}

static void
finds_roots (void)
{
  uint64_t state = 5;

  CHECK_NUMBER (wide_root (wide (0)), 0);
  CHECK_NUMBER (wide_root (wide (-(number_t) 1)), UINT64_MAX);
  for (unsigned i = 0; i < 20000; i++)
    {
      number_t a = random_number (&state, 128);
      uint64_t root = wide_root (wide (a));
      CHECK ((number_t) root * root <= a);
      CHECK (root == UINT64_MAX || (number_t) (root + 1) * (root + 1) > a
	     || root + 1 == 0);
      uint64_t b = random_number (&state, 64);
      CHECK_NUMBER (wide_root (wide ((number_t) b * b)), b);
      CHECK_NUMBER (wide_root (wide ((number_t) b * b - 1)), b - 1);
    }
}

TAP_MAIN ({ adds_and_shifts, "sums, differences, shifts and order" },
	  { multiplies, "products" }, { divides, "quotients" },
	  { divides_long_products, "quotients of long products" },
	  { finds_roots, "roots" })
