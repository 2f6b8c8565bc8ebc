/* Patterns of names, compared with fnmatch(3) of the host.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <fnmatch.h>

#include "mach_kernel.h"
#include "tap.h"
#include "text.h"

/* Put LENGTH random characters out of LETTERS to TEXT.  */
static void
make_text (uint64_t *seed, char *text, size_t length, const char *letters)
{
  for (size_t i = 0; i < length; i++)
    text[i] = letters[tap_below (seed, strlen (letters))];
  text[length] = '\0';
}

/* Whether every [ in PATTERN has its ], as fnmatch sees it: for a set without
   an end the two differ on purpose.  */
static bool
is_complete (const char *pattern)
{
  while (*pattern != '\0')
    {
      if (*pattern++ != '[')
	continue;
      if (*pattern == '!' || *pattern == '^')
	pattern++;
      if (*pattern == ']')
	pattern++;
      while (*pattern != ']')
	if (*pattern++ == '\0')
	  return false;
      pattern++;
    }
  return true;
}

static void
agrees_with_fnmatch (void)
{
  static const char *const letters[] = { "ab*?", "ab*?[]-!^", "abc[]-^" };
  uint64_t seed = 1;
  unsigned matched = 0, compared = 0;
  char pattern[16], text[16];

  for (unsigned i = 0; i < 1000000; i++)
    {
      make_text (&seed, pattern, tap_below (&seed, 9),
		 letters[tap_below (&seed, 3)]);
      make_text (&seed, text, tap_below (&seed, 8),
		 tap_below (&seed, 4) > 0 ? "abc" : "ab-]^!*?");
      if (!is_complete (pattern))
	continue;
      bool expected = fnmatch (pattern, text, FNM_NOESCAPE) == 0;
      if (text_matches (text, pattern) != expected)
	{
	  printf ("# '%s' and '%s': %d\n", pattern, text, expected);
	  CHECK (text_matches (text, pattern) == expected);
	}
      compared++;
      matched += expected;
    }
  CHECK (compared > 500000);
  CHECK (matched > 50000);
}

static void
matches (void)
{
  CHECK (text_matches ("", ""));
  CHECK (text_matches ("", "*"));
  CHECK (!text_matches ("", "?"));
  CHECK (text_matches ("vm_page_grab", "vm_*"));
  CHECK (text_matches ("vm_page_grab", "*page*"));
  CHECK (text_matches ("vm_page_grab", "vm_*_gra[a-c]"));
  CHECK (!text_matches ("vm_page_grab", "vm_*_gra[!a-c]"));
  CHECK (!text_matches ("vm_page_grab", "page"));
  CHECK (text_matches ("a]", "a[]]"));
  CHECK (text_matches ("a-", "a[-]"));
  CHECK (text_matches ("a-", "a[x-]"));
  /* A backslash is one.  */
  CHECK (text_matches ("a\\b", "a\\*"));
  /* Characters beyond ASCII.  */
  CHECK (text_matches ("\xc3\xa4", "[\xc3][\xa0-\xaf]"));
}

/* A set without an end matches nothing, and ends with the pattern.  */
static void
bears_sets_without_end (void)
{
  static const char *const patterns[]
      = { "[",	"[a",  "[!",  "[^",   "[]",  "[!]", "[a-",   "[a-z",
	  "*[", "*[a", "?[a", "[a-b", "[]a", "a[",  "[a][b", "*[!x-" };
  static const char *const texts[]
      = { "", "a", "[", "[a", "]", "a[", "ab", "aa", "[]", "b", "-" };

  for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
    for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++)
      {
	/* A block of its own, so that a step behind the end is seen.  */
	char *pattern = strdup (patterns[i]);
	CHECK (!text_matches (texts[j], pattern));
	free (pattern);
      }
}

/* Many stars cost no more than the lengths' product.  */
static void
takes_no_exponential_time (void)
{
  char text[96], pattern[96];

  memset (text, 'a', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  for (size_t i = 0; i + 2 < sizeof pattern; i += 2)
    memcpy (pattern + i, "a*", 3);
  CHECK (text_matches (text, pattern));
  strcpy (pattern + sizeof pattern - 4, "*b");
  CHECK (!text_matches (text, pattern));
}

static void
tells_patterns (void)
{
  CHECK (!text_is_pattern (""));
  CHECK (!text_is_pattern ("task_create"));
  CHECK (!text_is_pattern ("twin@two.c"));
  CHECK (!text_is_pattern ("a]b-c!"));
  CHECK (text_is_pattern ("*"));
  CHECK (text_is_pattern ("a?"));
  CHECK (text_is_pattern ("[a"));
}

TAP_MAIN ({ agrees_with_fnmatch, "random patterns match as by fnmatch(3)" },
	  { matches, "patterns match" },
	  { bears_sets_without_end, "sets without an end match nothing" },
	  { takes_no_exponential_time, "stars are matched in time" },
	  { tells_patterns, "what is a pattern" })
