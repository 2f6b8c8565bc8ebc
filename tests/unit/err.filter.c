/* Filters: what is none, and what is said of it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "filter_sample.h"

static const struct refusal
{
  const char *text;
  const char *words; /* that stand in the message */
} at_entry[] = {
  { "", "at its end: here should stand a name, a number or a string" },
  { "   ", "at its end: here should stand a name" },
  { "i ==", "at its end: here should stand a name" },
  { "i == 1 &&", "at its end: here should stand a name" },
  { "== 1", "at character 1, '== 1': here should stand a name" },
  { "i 1", "at character 3, '1': here should stand an operator" },
  { "i == 1 u == 2", "at character 8, 'u == 2': here should stand an oper" },
  { "(i == 1", "at its end: here should stand )" },
  { "i == 1)", "at character 7, ')': here should stand an operator" },
  { "i = 1", "at character 3, '= 1': filters assign nothing; to compare" },
  { "(i = 1)", "at character 4, '= 1)': filters assign nothing" },
  { "i / 2 == 1", "at character 3, '/ 2 == 1': filters do not divide" },
  { "(i % 2) == 1", "at character 4, '% 2) == 1': filters do not divide" },
  { "i == 1x", "'1x': this is no number, and has no unit of time" },
  { "i == 08", "'08': this is no number" },
  { "i == 0x", "'0x': this is no number" },
  { "i == 10m", "'10m': this is no number" },
  { "i == 18446744073709551616", "needs more than 64 bits" },
  { "i == 18446744074s", "needs more than 64 bits" },
  { "i == 'ab'", "between ' and ' stands one character" },
  { "i == ''", "between ' and ' stands one character" },
  { "i == 'a", "between ' and ' stands one character" },
  { "i == '\\q'", "behind a backslash stands one of" },
  { "i == '\\400'", "behind a backslash stands one of" },
  { "i == '\\x'", "behind a backslash stands one of" },
  { "task == \"a", "at character 9, '\"a': this string has no end" },
  { "task == \"a\\", "behind a backslash stands one of" },
  { "task == \"a\\0b\"", "a string ends before its first NUL" },
  { "task < \"a\"", "strings are compared by == or != only" },
  { "task == \"a\" + 1", "it is a string, which can only be compared" },
  { "\"a\"", "it is a string, which can only be compared" },
  { "\"a\" && i", "it is a string, which can only be compared" },
  { "!\"a\"", "it is a string, which can only be compared" },
  { "-\"a\" == 1", "it is a string, which can only be compared" },
  { "\"a\" == \"a\"", "both sides are strings that are known already" },
  { "i == \"a\"", "at character 1, 'i == \"a\"': it is no string" },
  { "1 == \"a\"", "it is no string, and is compared with one" },
  { "i + 1 == \"a\"", "it is no string, and is compared with one" },
  { "f == \"a\"", "struct nameless has no member name; did you mean named?" },
  { "f->named == \"a\"", "it is no string, and is compared with one" },
  { "cpu == \"a\"", "it is no string, and is compared with one" },
  { "p->name", "it is a string, which can only be compared" },
  { "p->name == task->name", "it is a string, which can only be compared" },
  { "p->name == 1", "it is a string, which can only be compared" },
  { "p->name == \"1234567890123456789012345\"", "at most 24 characters" },
  { "task == \"123456789012345678901234567890123\"", "at most 32 char" },
  { "function == \"nobody\"", "no such function in this kernel" },
  { "function < \"sample\"", "strings are compared by == or != only" },
  { "task->nam == 1", "struct task has no member nam; did you mean name?" },
  { "task. == 1", "behind -> or . stands the name of a member" },
  { "task[1] == 1", "is no array, but struct task" },
  { "cpu->x == 1", "cpu is a number, and has nothing behind it" },
  { "task->unused == 1", "it is an array, long int[3]" },
  { "duration == 1", "only where entries and returns are paired" },
  { "nobody == 1", "at character 1, 'nobody == 1': the function has no "
		   "argument nobody; it has p, c, s, i, u, l, text, eighth, f"
		   "" },
  { "i == 1 && NOBODY", "at character 11, 'NOBODY': the function has no" },
  { "retval == 1", "a value is returned at returns only" },
  { "arg6 == 1", "no argument arg6" },
  { "p->nobody == 1", "struct numbers has no member nobody; it has s1, u1" },
  { "p->inner == 1", "it is a whole struct {...}; it has table" },
  { "p->inner.table[4] == 1", "there is no element 4 in int[4]" },
  { "p->inner.table[i] == 1", "in brackets stands a number" },
  { "p->next->next->next->next->s1", "more than 4 loads" },
  { "%rip == 1", "no such register" },
  { "%rsp[16] == 1", "first 16 words of the stack only" },
  { "%rdi.x == 1", "no such register" },
  { "DROPS == 1", "DROPS stands for several numbers in this kernel" },
  { "*i == 1", "memory is read as *(TYPE *) ADDRESS" },
  { "*(p) == 1", "memory is read as *(TYPE *) ADDRESS" },
  { "*(int) i == 1", "memory is read as *(TYPE *) ADDRESS" },
  { "*(int * i == 1", "here should stand )" },
  { "*(struct numbers *) i == 1", "memory is read as *(TYPE *) ADDRESS" },
  { "*(int *) \"a\" == 1", "it is a string, which can only be compared" },
  { "i ? 1 : 2", "at character 3, '? 1 : 2': here should stand an operator" },
  { "i, u", "here should stand an operator" },
  { "i++", "at character 3, '+': here should stand a name" },
  { "sizeof (i) == 1", "no argument sizeof" },
  { "i == 1 && abcdefghijklmnopqrstuvwxyz",
    "at character 11, 'abcdefghijklmnopqrstuvwx...': " },
};

/* TEXT must be refused with ERROR and WORDS.  */
static void
check_refused (const struct mdtrace_debug *debug, uint64_t address,
	       unsigned kinds, bool latency,
	       const mdtrace_probe_config_t *config,
	       const struct refusal *refusal, int error)
{
  mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];
  char message[1024];
  unsigned count = 12345;
  int got = mdtrace_filter_compile (debug, address, kinds, latency, config,
				    refusal->text, program, &count, message,
				    sizeof message);

  if (got != error || strstr (message, refusal->words) == NULL)
    printf ("# %s: %d, %s\n", refusal->text, got, message);
  CHECK_NUMBER (got, error);
  CHECK (strstr (message, refusal->words) != NULL);
  CHECK_NUMBER (count, 0);
}

static void
refuses_what_is_none (void)
{
  sample_open ();
  for (size_t i = 0; i < sizeof at_entry / sizeof at_entry[0]; i++)
    check_refused (sample_debug, (uintptr_t) sample, ENTRIES, false, NULL,
		   &at_entry[i], MDTRACE_ERR_BAD_EXPRESSION);
}

/* What there is at other sites.  */
static void
refuses_what_is_elsewhere (void)
{
  static const struct
  {
    unsigned kinds;
    bool latency;
    struct refusal refusal;
  } cases[] = {
    { RETURNS, false, { "i == 1", "arguments are gone when it returns" } },
    { RETURNS, false, { "retval->x == 1", "no pointer to a structure" } },
    { ADDRESSES, false, { "i == 1", "at an address there are registers" } },
    { ADDRESSES, false, { "retval == 1", "at returns only" } },
    { ENTRIES | RETURNS, false, { "i == 1", "create a probe for each" } },
    { ENTRIES | RETURNS, false, { "retval == 1", "at returns only" } },
    { RETURNS, false, { "duration == 1", "with --latency" } },
    { ENTRIES | RETURNS, true, { "nobody == 1", "no argument nobody" } },
  };
  static const mdtrace_probe_config_t many
      = { .function = "s*" },
      far
      = { .names = "far:x8:",
	  .values = { { .source = MDTRACE_SOURCE_ARGUMENT, .number = 6 } } },
      own = { .names = "kind:u4:;map:x8:struct nobody *;count:u8:int" };
  static const struct refusal of_many
      = { "i == 1", "of a pattern of functions arguments are called arg0" },
      of_far = { "far == 1", "filters read the first 6 arguments only" },
      of_own[]
      = { { "kin == 1", "the probe has no value kin; it has kind, map, "
			"count" },
	  { "arg3 == 1", "the probe has no value arg3" },
	  { "map->x == 1", "map points to no structure that is known, but is "
			   "struct nobody *" },
	  { "kind->x == 1", "kind points to no structure that is known, but "
			    "is a number" },
	  { "count.x == 1", "count points to no structure that is known, but "
			    "is int" },
	  { "kind == \"x\"", "it is no string" } };

  sample_open ();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check_refused (sample_debug, (uintptr_t) sample, cases[i].kinds,
		   cases[i].latency, NULL, &cases[i].refusal,
		   MDTRACE_ERR_BAD_EXPRESSION);
  check_refused (sample_debug, 0, ENTRIES, false, &many, &of_many,
		 MDTRACE_ERR_BAD_EXPRESSION);
  check_refused (sample_debug, 0, ENTRIES, false, &far, &of_far,
		 MDTRACE_ERR_BAD_EXPRESSION);
  for (size_t i = 0; i < sizeof of_own / sizeof of_own[0]; i++)
    check_refused (sample_debug, 0, ENTRIES, false, &own, &of_own[i],
		   MDTRACE_ERR_BAD_EXPRESSION);
}

static void
needs_a_debug_file (void)
{
  static const mdtrace_probe_config_t config = { .function = "sample" };
  static const struct refusal cases[] = {
    { "task == \"x\"", "at character 1, 'task == \"x\"': what is in a struct "
		       "task only that tells" },
    { "i == 1", "without it arguments are called arg0 to arg5" },
    { "cpu == 1 && thread->task == task", "struct thread only that tells" },
    { "function == \"sample\"", "where functions are only that tells" },
  };
  static const mdtrace_probe_config_t own = { .names = "map:x8:vm_map_t" };
  static const struct refusal of_own
      = { "map->size == 1", "what map points to only that tells" };
  mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];
  char message[256];
  unsigned count;

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check_refused (NULL, 0, ENTRIES, false, &config, &cases[i],
		   MDTRACE_ERR_NO_DEBUG_FILE);
  check_refused (NULL, 0, ENTRIES, false, &own, &of_own,
		 MDTRACE_ERR_NO_DEBUG_FILE);
  CHECK_NUMBER (mdtrace_filter_compile (NULL, 0, ENTRIES, false, NULL,
					"arg5 == 1 && task == 0x1234 && cpu",
					program, &count, message,
					sizeof message),
		MDTRACE_OK);
}

/* Append "i == NUMBER OPERATOR ..." COUNT times to TEXT.  */
static void
repeat (char *text, size_t bytes, const char *part, const char *between,
	unsigned count)
{
  size_t used = strlen (text);

  for (unsigned i = 0; i < count && used < bytes; i++)
    used += snprintf (text + used, bytes - used, "%s%s", i == 0 ? "" : between,
		      part);
}

static void
has_limits (void)
{
  char text[4096];
  struct refusal refusal = { text, "" };

  sample_open ();
#define REFUSED(expected)                                                     \
  (refusal.words = expected,                                                  \
   check_refused (sample_debug, (uintptr_t) sample, ENTRIES, false, NULL,     \
		  &refusal, MDTRACE_ERR_BAD_EXPRESSION))
  memset (text, ' ', sizeof text);
  memcpy (text + 256, "1", 2);
  REFUSED ("at character 256, ' 1': it is too long; at most 255 characters");
  /* 64 loads are too few for this string.  */
  memcpy (text, "text == \"", 10);
  repeat (text, sizeof text, "x", "", 64);
  strcat (text, "\"");
  REFUSED ("more than the 64 loads that a filter may have");
  text[0] = '\0';
  repeat (text, sizeof text, "c", "*", 120);
  REFUSED ("more than the 128 instructions that a filter may have");
  text[0] = '\0';
  repeat (text, sizeof text, "(i", "+", 10);
  repeat (text, sizeof text, ")", "", 10);
  REFUSED ("more than 8 results are waited for here");
#undef REFUSED
}

/* Whatever the text is, and however it is cut, it is refused or becomes a
   program that keeps the rules.  */
static void
stands_anything (void)
{
  static const char *const parts[]
      = { "task",   "->",	"name", ".",	"[",   "0",	  "]",	"==",
	  "\"x\"",  "&&",	"||",	"!",	"not", "(",	  ")",	"p",
	  "s4",	    "%",	"rsp",	"%rdi", "*",   "(int *)", "-",	"~",
	  "<<",	    ">>",	"'",	"\\",	"\"",  "99999",	  "0x", " ",
	  "retval", "duration", "arg0", "or",	"and", "SPRING",  "1s", "<" };
  mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];
  char text[300], message[64];
  unsigned good = 0, count;
  uint64_t seed = 6;

  sample_open ();
  for (int round = 0; round < 20000; round++)
    {
      size_t used = 0;
      unsigned length = 1 + tap_below (&seed, 12);
      text[0] = '\0';
      for (unsigned i = 0; i < length; i++)
	if (tap_below (&seed, 20) == 0)
	  used += snprintf (text + used, sizeof text - used, "%c",
			    (int) (1 + tap_below (&seed, 255)));
	else
	  used += snprintf (
	      text + used, sizeof text - used, "%s%s",
	      parts[tap_below (&seed, sizeof parts / sizeof parts[0])],
	      tap_below (&seed, 3) == 0 ? " " : "");
      int error = mdtrace_filter_compile (
	  sample_debug, tap_below (&seed, 2) ? (uintptr_t) sample : 0,
	  ENTRIES | RETURNS, tap_below (&seed, 2), NULL, text, program, &count,
	  message, sizeof message);
      CHECK (error == MDTRACE_OK || error == MDTRACE_ERR_BAD_EXPRESSION
	     || error == MDTRACE_ERR_NO_DEBUG_FILE);
      CHECK ((message[0] == '\0') == (error == MDTRACE_OK));
      CHECK (memchr (message, '\0', sizeof message) != NULL);
      if (error == MDTRACE_OK)
	CHECK (reference_is_good (program, count));
      good += error == MDTRACE_OK;
    }
  CHECK (good > 100);
}

TAP_MAIN ({ refuses_what_is_none, "what is no filter, and where" },
	  { refuses_what_is_elsewhere, "what other sites have" },
	  { needs_a_debug_file, "what a debug file is needed for" },
	  { has_limits, "what is too long" },
	  { stands_anything, "anything at all" })
