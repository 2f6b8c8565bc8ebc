/* Filters: what names and strings mean, and the programs that expressions
   become.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "filter_run.h"

/* -------------------------------------------------------------------- */
/* Programs */

/* EXPRESSION must become PROGRAM, as mdtrace_filter_print has it.  */
static void
check_program (const char *expression, const char *expected)
{
  mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];
  char listing[TEXT_BYTES];
  unsigned count = compile_at (ENTRIES, false, NULL, expression, program);

  CHECK_NUMBER (mdtrace_filter_print (program, count, listing, sizeof listing),
		strlen (listing));
  CHECK_TEXT (listing, expected);
}

/* What most hits are rejected by is as short as it can be.  */
static void
compares_at_once (void)
{
  char listing[32];
  mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];

  sample_open ();
  check_program ("i == 1 && u == 2", "0 IF_NOT_EQUAL argument3 0x1 :4 -> 3\n"
				     "1 IF_NOT_EQUAL argument4 0x2 :4 -> 3\n"
				     "2 ACCEPT\n"
				     "3 REJECT\n");
  check_program ("-1 > c || s & 1", "0 IF_SIGNED_LESS argument1 0xff :1 -> 2\n"
				    "1 IF_NONE argument2 0x1 :2 -> 3\n"
				    "2 ACCEPT\n"
				    "3 REJECT\n");
  check_program ("cpu == c", "0 SIGN r0 argument1 :1\n"
			     "1 IF_NOT_EQUAL cpu r0 :4 -> 3\n"
			     "2 ACCEPT\n"
			     "3 REJECT\n");
  check_program ("p->next->s4 < 0 and not (l == 5)",
		 "0 LOAD r0 argument0 +40 :8\n"
		 "1 LOAD r0 r0 +8 :4\n"
		 "2 IF_SIGNED_NOT_LESS r0 0x0 :4 -> 5\n"
		 "3 IF_EQUAL argument5 0x5 :8 -> 5\n"
		 "4 ACCEPT\n"
		 "5 REJECT\n");
  check_program ("task == \"workload\"",
		 "0 LOAD r0 task +28 :8\n"
		 "1 IF_NOT_EQUAL r0 0x64616f6c6b726f77 :8 -> 5\n"
		 "2 LOAD r0 task +36 :1\n"
		 "3 IF_NOT_EQUAL r0 0x0 :1 -> 5\n"
		 "4 ACCEPT\n"
		 "5 REJECT\n");
  /* What is left of the last eight bytes is compared with those before.  */
  check_program ("p->name != \"twelve chars\"",
		 "0 LOAD r0 argument0 +64 :8\n"
		 "1 IF_NOT_EQUAL r0 0x632065766c657774 :8 -> 4\n"
		 "2 LOAD r0 argument0 +69 :8\n"
		 "3 IF_EQUAL r0 0x73726168632065 :8 -> 5\n"
		 "4 ACCEPT\n"
		 "5 REJECT\n");
  check_program ("text == \"ab\"", "0 LOAD r0 stack1 +0 :1\n"
				   "1 IF_NOT_EQUAL r0 0x61 :1 -> 7\n"
				   "2 LOAD r0 stack1 +1 :1\n"
				   "3 IF_NOT_EQUAL r0 0x62 :1 -> 7\n"
				   "4 LOAD r0 stack1 +2 :1\n"
				   "5 IF_NOT_EQUAL r0 0x0 :1 -> 7\n"
				   "6 ACCEPT\n"
				   "7 REJECT\n");
  check_program ("%rdi == 0x10 && %rsp[15] != 'x'",
		 "0 IF_NOT_EQUAL machine7 0x10 :8 -> 3\n"
		 "1 IF_EQUAL stack15 0x78 :8 -> 3\n"
		 "2 ACCEPT\n"
		 "3 REJECT\n");
  check_program ("*(uint16_t *) 0xdead0000 == (i + 1) * 2",
		 "0 MOVE r0 0xdead0000\n"
		 "1 LOAD r0 r0 +0 :2\n"
		 "2 MOVE r1 argument3\n"
		 "3 ADD r1 0x1\n"
		 "4 MULTIPLY r1 0x2\n"
		 "5 IF_NOT_EQUAL r0 r1 :4 -> 7\n"
		 "6 ACCEPT\n"
		 "7 REJECT\n");
  /* A text that is too small is filled, and ends.  */
  unsigned count = compile_at (ENTRIES, false, NULL, "i == 1", program);
  CHECK_NUMBER (mdtrace_filter_print (program, count, listing, 10),
		strlen ("0 IF_NOT_EQUAL argument3 0x1 :4 -> 2\n"
			"1 ACCEPT\n2 REJECT\n"));
  CHECK_TEXT (listing, "0 IF_NOT_");
  CHECK_NUMBER (mdtrace_filter_print (program, count, NULL, 0), 55);
}

/* -------------------------------------------------------------------- */
/* Names and strings */

static void
compares_strings (void)
{
  char expression[128], word[32];
  uint64_t seed = 5;

  sample_open ();
  this_thread.task = &this_task;
  first.next = &second;
  second.next = &first;
  for (int round = 0; round < 2000; round++)
    {
      unsigned length = tap_below (&seed, 25);
      memset (word, 0, sizeof word);
      for (unsigned k = 0; k < length; k++)
	word[k] = 'a' + tap_below (&seed, 26);
      bool differs = tap_below (&seed, 2);
      memcpy (first.name, word, sizeof first.name);
      memcpy (long_text, word, sizeof word);
      memcpy (this_task.name, word, sizeof word);
      memcpy (this_thread.name, word, sizeof word);
      /* What is behind the end does not matter.  */
      if (length < 23)
	first.name[length + 1] = 'x';
      if (differs && length == 24)
	word[tap_below (&seed, 24)] ^= 1;
      else if (differs)
	word[length == 0 ? 0 : tap_below (&seed, length + 1)] ^= 'A' ^ 'b';
      bool equal = !differs;
      static const struct
      {
	const char *text;
	bool negated;
      } forms[] = {
	{ "p->name == \"%s\"", false },
	{ "\"%s\" == p->name", false },
	{ "p->name != \"%s\"", true },
	{ "!(p->name == \"%s\")", true },
	{ "p == \"%s\"", false },
	{ "p->next->next == \"%s\"", false },
	{ "thread->task != \"%s\"", true },
	{ "text == \"%s\"", false },
	{ "text != \"%s\"", true },
	{ "task == \"%s\"", false },
	{ "task->name == \"%s\"", false },
	{ "thread == \"%s\"", false },
	{ "thread->task->name == \"%s\"", false },
	{ "(task == \"%s\") == 1", false },
	{ "task != \"%s\" and cpu == 3", true },
	{ "task == \"%s\" or cpu == 4", false },
	{ "task != \"%s\" or cpu == 4", true },
      };
      size_t form = tap_below (&seed, sizeof forms / sizeof forms[0]);
      snprintf (expression, sizeof expression, forms[form].text, word);
      /* A string may end earlier in WORD now.  */
      check_truth (expression, equal != forms[form].negated);
    }
  /* An array that has no end.  */
  memset (first.name, 'q', sizeof first.name);
  check_truth ("p->name == \"qqqqqqqqqqqqqqqqqqqqqqqq\"", true);
  check_truth ("p->name == \"qqqqqqqqqqqqqqqqqqqqqqq\"", false);
  /* Nothing is read behind the byte that differs.  */
  memset (long_text, 'z', sizeof long_text);
  text = long_text + 60;
  check_verdict ("text == \"zz\"", REFERENCE_REJECTS);
  check_verdict ("text == \"zzz\"", REFERENCE_FAULTS);
  check_verdict ("text == \"zyzzzzzz\"", REFERENCE_REJECTS);
  check_verdict ("p->open_end == \"\"", REFERENCE_FAULTS);
  text = NULL;
  check_verdict ("text == \"\"", REFERENCE_FAULTS);
  check_verdict ("text != \"\"", REFERENCE_FAULTS);
  check_verdict ("text == 0", REFERENCE_ACCEPTS);
}

/* What is not needed is not loaded.  */
static void
loads_no_more_than_needed (void)
{
  sample_open ();
  p = NULL;
  check_verdict ("p && p->s4 == 1", REFERENCE_REJECTS);
  check_verdict ("!p || p->s4 == 1", REFERENCE_ACCEPTS);
  check_verdict ("p->s4 == 1", REFERENCE_FAULTS);
  check_verdict ("p->s4 == 1 || 1", REFERENCE_FAULTS);
  check_verdict ("1 || p->s4", REFERENCE_ACCEPTS);
  check_verdict ("0 && p->s4", REFERENCE_REJECTS);
  check_verdict ("1", REFERENCE_ACCEPTS);
  check_verdict ("0", REFERENCE_REJECTS);
  check_verdict ("%rsp[4] == 0", REFERENCE_FAULTS);
}

static void
knows_names (void)
{
  sample_open ();
  second.s4 = 44;
  this_task.number = 17;
  this_thread.task = &this_task;
  check_truth ("%rdi == 0x77 && %r15 == 255 && %rbx == 0x33", true);
  check_truth ("%rsp[0] == 0xabc", true);
  check_truth ("cpu == 3", true);
  check_truth ("address - function == 7", true);
  check_truth ("function == \"sample\"", true);
  check_truth ("function == \"successor\"", false);
  check_truth ("function != \"sample@filter_sample.h\"", false);
  check_truth ("task->number == 17 && thread->task->number == 17", true);
  check_truth ("thread->task == task", true);
  check_truth ("arg3 == i && arg0 == p && arg0->s4 == p->s4", true);
  check_truth ("SPRING == 3 && AUTUMN == -7 && MONSOON", true);
  CHECK_NUMBER (verdict_at (RETURNS, false, NULL, "retval == 0"),
		REFERENCE_REJECTS);
  CHECK_NUMBER (
      verdict_at (ENTRIES | RETURNS, true, NULL,
		  "duration == 1500us && duration < 2ms && duration > 1ns "
		  "and duration < 1s && i == arg3"),
      REFERENCE_ACCEPTS);
  CHECK_NUMBER (verdict_at (ENTRIES | RETURNS, false, NULL,
			    "cpu == 3 && task->number == 17"),
		REFERENCE_ACCEPTS);
  CHECK_NUMBER (verdict_at (ADDRESSES, false, NULL, "%rdi == 0x77"),
		REFERENCE_ACCEPTS);
}

/* What is returned, of a type that is known.  */
static void
knows_results (void)
{
  mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];
  char message[MESSAGE_BYTES];
  struct reference_hit hit = make_hit ();
  unsigned count;

  sample_open ();
  second.s4 = -44;
  CHECK_NUMBER (
      mdtrace_filter_compile (sample_debug, (uintptr_t) successor, RETURNS,
			      false, NULL, "retval->s4 == -44 && retval != 0",
			      program, &count, message, sizeof message),
      MDTRACE_OK);
  CHECK_NUMBER (reference_run (program, count, &hit), REFERENCE_ACCEPTS);
  hit.retval = dirty (-5, 4);
  CHECK_NUMBER (verdict_at (RETURNS, false, NULL, "retval == -5"),
		REFERENCE_REJECTS);
  count = compile_at (RETURNS, false, NULL, "retval < 0 && retval == -5",
		      program);
  CHECK_NUMBER (reference_run (program, count, &hit), REFERENCE_ACCEPTS);
}

/* The values of a static probe, and those that somebody asked for.  */
static void
knows_values_of_probes (void)
{
  mdtrace_probe_config_t config
      = { .names = "fault_type:u4:;map:x8:struct vm_map *;small:d1:signed "
		   "char;which:x8:struct task *;text:x8:char *;last:u8:" };
  const mdtrace_probe_config_t pattern
      = { .names = "arg5:x8:;head->s1:d1:signed char",
	  .values = { { .source = MDTRACE_SOURCE_ARGUMENT, .number = 5 },
		      { .source = MDTRACE_SOURCE_ARGUMENT,
			.number = 0,
			.steps = 1,
			.last_bytes = 1 } } };
  const mdtrace_probe_config_t named
      = { .names = "address:x8:vm_offset_t;function:u4:;task:x8:task_t;"
		   "which:x8:task_t" };
  const mdtrace_probe_config_t result = { .names = "retval:d4:int" };

  sample_open ();
  this_task.number = 18;
  memcpy (long_text, "hello", 6);
  first.s1 = -3;
  l = 5555;
#define STATIC(expression) verdict_at (ENTRIES, false, &config, expression)
  CHECK_NUMBER (STATIC ("fault_type == 100 && map == 200"), REFERENCE_ACCEPTS);
  CHECK_NUMBER (STATIC ("small == -2 && small < 0"), REFERENCE_ACCEPTS);
  CHECK_NUMBER (STATIC ("which == task && which->number == 18"),
		REFERENCE_ACCEPTS);
  CHECK_NUMBER (STATIC ("which.name == \"x\""), REFERENCE_REJECTS);
  CHECK_NUMBER (STATIC ("text == \"hello\""), REFERENCE_ACCEPTS);
  CHECK_NUMBER (STATIC ("arg0 == 100 && arg2 == -2 && "
			"arg3->number == 18"),
		REFERENCE_ACCEPTS);
  CHECK_NUMBER (STATIC ("last == 600"), REFERENCE_FAULTS);
  memcpy (this_task.name, "which", 6);
  CHECK_NUMBER (STATIC ("which == \"which\""), REFERENCE_ACCEPTS);
  CHECK_NUMBER (STATIC ("which.name == \"whic\""), REFERENCE_REJECTS);
  /* Of what is called as something that is known anyway.  */
  CHECK_NUMBER (
      verdict_at (ENTRIES, false, &named, "address == 100 && function == 200"),
      REFERENCE_ACCEPTS);
  CHECK_NUMBER (verdict_at (ENTRIES, false, &named,
			    "task->number == 18 && which == task "
			    "&& arg2 == 0xfe && which->number == 18"),
		REFERENCE_REJECTS);
  CHECK_NUMBER (verdict_at (ENTRIES, false, &named,
			    "task->number == 18 && (arg2 & 0xff) == 0xfe && "
			    "which == \"which\" && which->number == 18"),
		REFERENCE_ACCEPTS);
  CHECK_NUMBER (
      verdict_at (ENTRIES, false, &pattern, "arg5 == 5555 && head->s1 == -3"),
      REFERENCE_ACCEPTS);
  CHECK_NUMBER (verdict_at (RETURNS, false, &result, "retval < 0 || 1"),
		REFERENCE_ACCEPTS);
#undef STATIC
}

TAP_MAIN ({ compares_at_once, "programs are short" },
	  { compares_strings, "strings" },
	  { loads_no_more_than_needed, "what decides alone ends it" },
	  { knows_names, "what the kernel knows of each hit" },
	  { knows_results, "what a function returns" },
	  { knows_values_of_probes, "the values of probes" })
