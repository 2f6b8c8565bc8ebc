/* Names and formats of values, and the numbers that come of them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "mdtrace.h"
#include "tap.h"

static void
check_name (const struct mdtrace_value_name *name, const char *text,
	    char format, unsigned bytes, const char *type)
{
  CHECK_TEXT (name->name, text);
  CHECK_NUMBER (name->format, format);
  CHECK_NUMBER (name->bytes, bytes);
  CHECK_TEXT (name->type, type);
}

static void
reads_names (void)
{
  struct mdtrace_names names;

  mdtrace_names_read ("parent:x8:task_t;inherit:d4:boolean_t;"
		      "retval:d2:short int;a->b[0].c:u1:",
		      &names);
  check_name (&names.values[0], "parent", 'x', 8, "task_t");
  check_name (&names.values[1], "inherit", 'd', 4, "boolean_t");
  check_name (&names.values[2], "a->b[0].c", 'u', 1, "");
  check_name (&names.values[3], "", 'x', 8, "");
  check_name (&names.retval, "retval", 'd', 2, "short int");
  mdtrace_names_read ("", &names);
  check_name (&names.values[0], "", 'x', 8, "");
  check_name (&names.retval, "", 'x', 8, "");
}

static void
bears_bad_names (void)
{
  struct mdtrace_names names;
  char text[300];
  uint64_t seed = 1;

  mdtrace_names_read ("a;b:;c:q9:t;d:d3:t;e:d44:t;f:x8:;g:x8:", &names);
  check_name (&names.values[0], "a", 'x', 8, "");
  check_name (&names.values[1], "b", 'x', 8, "");
  check_name (&names.values[2], "c", 'x', 8, "t");
  check_name (&names.values[3], "d", 'x', 8, "t");
  check_name (&names.values[4], "e", 'x', 8, "t");
  check_name (&names.values[5], "f", 'x', 8, "");
  /* An entry without a name has a number all the same.  */
  mdtrace_names_read (";b:d4:int", &names);
  check_name (&names.values[0], "", 'x', 8, "");
  check_name (&names.values[1], "b", 'd', 4, "int");
  /* A name that comes again, to the byte or for the eye, is none.  */
  mdtrace_names_read ("a:d4:int;a:u8:long;\377b;\376b;\377;retval:x8:",
		      &names);
  check_name (&names.values[0], "a", 'd', 4, "int");
  check_name (&names.values[1], "", 'u', 8, "long");
  check_name (&names.values[2], "\377b", 'x', 8, "");
  check_name (&names.values[3], "", 'x', 8, "");
  check_name (&names.values[4], "\377", 'x', 8, "");
  memset (text, 'n', sizeof text);
  memcpy (text + 100, ":d4:", 4);
  text[sizeof text - 1] = '\0';
  mdtrace_names_read (text, &names);
  CHECK_NUMBER (strlen (names.values[0].name), 63);
  CHECK_NUMBER (strlen (names.values[0].type), 63);
  CHECK_NUMBER (names.values[0].bytes, 4);
  for (int i = 0; i < 100000; i++)
    {
      static const char characters[] = ";:dux1248ar\377";
      size_t length = tap_below (&seed, 40);
      for (size_t j = 0; j < length; j++)
	text[j] = characters[tap_below (&seed, sizeof characters - 1)];
      text[length] = '\0';
      mdtrace_names_read (text, &names);
      for (int j = 0; j < MDTRACE_ARGUMENTS_MAX; j++)
	CHECK (names.values[j].bytes >= 1 && names.values[j].bytes <= 8);
    }
}

static void
reads_values (void)
{
  static const struct
  {
    char format;
    uint8_t bytes;
    uint64_t word, value;
  } cases[] = {
    { 'd', 1, 0xff, UINT64_MAX },
    { 'd', 1, 0x1234567f, 0x7f },
    { 'd', 2, 0xabcd8000, (uint64_t) -0x8000 },
    { 'd', 4, UINT64_C (0x5a5a5a5a00000001), 1 },
    { 'd', 4, UINT64_C (0x5a5a5a5affffffff), UINT64_MAX },
    { 'd', 8, UINT64_MAX, UINT64_MAX },
    { 'u', 1, UINT64_MAX, 0xff },
    { 'u', 2, UINT64_MAX, 0xffff },
    { 'u', 4, UINT64_MAX, 0xffffffff },
    { 'u', 8, UINT64_MAX, UINT64_MAX },
    { 'x', 1, 0x1234, 0x34 },
    { 'x', 4, UINT64_C (0xffffffff80000000), 0x80000000 },
    { 'x', 8, UINT64_C (0xffffffff80000000), UINT64_C (0xffffffff80000000) },
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      struct mdtrace_value_name name
	  = { .format = cases[i].format, .bytes = cases[i].bytes };
      CHECK_NUMBER (mdtrace_value_read (&name, cases[i].word), cases[i].value);
    }
}

static void
knows_patterns (void)
{
  CHECK (mdtrace_is_pattern ("a*"));
  CHECK (mdtrace_is_pattern ("?"));
  CHECK (mdtrace_is_pattern ("a[bc]"));
  CHECK (!mdtrace_is_pattern (""));
  CHECK (!mdtrace_is_pattern ("a.b@c"));
}

TAP_MAIN ({ reads_names, "names, formats and types" },
	  { bears_bad_names, "names that make no sense" },
	  { reads_values, "numbers of all sizes, with and without a sign" },
	  { knows_patterns, "what is a pattern" })
