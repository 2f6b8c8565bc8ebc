/* Text commands: what is understood, what is refused, and that no text is
   anything but that.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "command.h"
#include "tap.h"

static const struct command commands[] = {
  { .name = "list" },
  { .name = "create", .arguments = { COMMAND_PLACE } },
  { .name = "enable", .arguments = { COMMAND_PROBE } },
  { .name = "at", .arguments = { COMMAND_PLACE, COMMAND_NAME } },
  { .name = "count", .arguments = { COMMAND_COUNTER, COMMAND_BOOLEAN } },
  { .name = "update", .arguments = { COMMAND_COUNTER, COMMAND_NUMBER } },
};

enum
{
  COMMANDS = sizeof commands / sizeof commands[0]
};

static int
parse (const char *text, struct command_parsed *parsed, char *problem)
{
  /* Of just the bytes that there are, for the sanitizer to watch over.  */
  char *copy = strdup (text);
  int result = command_parse (commands, COMMANDS, copy, parsed, problem);

  free (copy);
  return result;
}

/* TEXT must be the command NAME with these arguments; null: there is none.  */
static void
accept (const char *text, const char *name, const char *first,
	const char *second)
{
  struct command_parsed parsed;
  char problem[COMMAND_PROBLEM_BYTES] = "";

  if (parse (text, &parsed, problem) != 0)
    printf ("# '%s': %s\n", text, problem);
  CHECK_TEXT (problem, "");
  CHECK_TEXT (parsed.command->name, name);
  const char *expected[] = { first, second };
  for (unsigned i = 0; i < 2; i++)
    if (expected[i] == NULL)
      CHECK (parsed.arguments[i] == NULL);
    else
      CHECK_TEXT (parsed.arguments[i], expected[i]);
}

/* TEXT must be refused, with PROBLEM.  */
static void
refuse (const char *text, const char *expected)
{
  struct command_parsed parsed;
  char problem[COMMAND_PROBLEM_BYTES] = "";

  CHECK (parse (text, &parsed, problem) == -1);
  CHECK_TEXT (problem, expected);
}

static void
understands_each_way_to_write (void)
{
  accept ("list", "list", NULL, NULL);
  accept ("list()", "list", NULL, NULL);
  accept ("list ( ) ;", "list", NULL, NULL);
  accept ("  list;\n", "list", NULL, NULL);
  accept ("create task_create", "create", "task_create", NULL);
  accept ("create(task_create)", "create", "task_create", NULL);
  accept ("create ( \"task_create\" ) ; ", "create", "task_create", NULL);
  accept ("create fbt::task_*:return;", "create", "fbt::task_*:return", NULL);
  accept ("create task_create+3", "create", "task_create+3", NULL);
  accept ("enable 1", "enable", "1", NULL);
  accept ("enable\t(4294967295)", "enable", "4294967295", NULL);
  accept ("at 0xffffffff8101e1e0 mine", "at", "0xffffffff8101e1e0", "mine");
  accept ("at(0x1, \"a name, of; (mine)\")", "at", "0x1",
	  "a name, of; (mine)");
  accept ("at 0x1 \"a name\"", "at", "0x1", "a name");
  accept ("at(a,b)", "at", "a", "b");
}

static void
understands_counters (void)
{
  accept ("count(PERF_COUNTER_IPC_LATENCY, TRUE)", "count", "ipc-latency",
	  "1");
  accept ("count(PERF_COUNTER_INSTRUCTIONS, FALSE);", "count", "instructions",
	  "0");
  accept ("count vm-pressure TRUE", "count", "vm-pressure", "1");
  accept ("update(mine, 5)", "update", "mine", "5");
  accept ("update mine 0xFFFFFFFFFFFFFFFF", "update", "mine",
	  "0xFFFFFFFFFFFFFFFF");
  /* One that tasks have made can be called so.  */
  accept ("update PERF_COUNTER_MINE 1", "update", "PERF_COUNTER_MINE", "1");
}

static void
refuses_what_is_no_command (void)
{
  static const char there_are[]
      = "no such command; there are list, create, enable, at, count, update";

  refuse ("", there_are);
  refuse ("   ", there_are);
  refuse ("sing", there_are);
  refuse ("lis", there_are);
  refuse ("listing", there_are);
  refuse ("LIST", there_are);
  refuse ("()", there_are);
  refuse ("\"list\"", there_are);
  refuse ("--help", there_are);
  refuse ("list-all", "list: its name ends with what no name has");
  refuse ("list%s", "list: its name ends with what no name has");
}

static void
refuses_wrong_words (void)
{
  refuse ("create", "create: there are too few words");
  refuse ("create()", "create: there are too few words");
  refuse ("create a b", "create: there are too many words");
  refuse ("list all", "list: there are too many words");
  refuse ("at(a)", "at: there are too few words");
  refuse ("at(a, b, c)", "at: there are too many words");
  refuse ("at(a,)", "at: there is no word where one must be");
  refuse ("at(,a)", "at: there is no word where one must be");
  refuse ("at(a b)", "at: there is no ')' behind the words");
  refuse ("create(a", "create: there is no ')' behind the words");
  refuse ("create(", "create: there is no word where one must be");
  refuse ("create(a;b)", "create: there is no ')' behind the words");
  refuse ("create a )", "create: there is no '(' before the words");
  refuse ("at a , b", "at: there is no '(' before the words");
  refuse ("create(a) b", "create: something follows that is none of it");
  refuse ("create a; list", "create: something follows that is none of it");
  refuse ("list; list", "list: something follows that is none of it");
  refuse ("list;;", "list: something follows that is none of it");
  refuse ("create \"a", "create: there is no word where one must be");
  refuse ("create a\"b\"", "create: there is no word where one must be");
  refuse ("create \"\"", "create: word 1 must be a name");
}

static void
refuses_words_of_another_kind (void)
{
  refuse ("enable one", "enable: word 1 must be the number of a probe");
  refuse ("enable -1", "enable: word 1 must be the number of a probe");
  refuse ("enable 0x1", "enable: word 1 must be the number of a probe");
  refuse ("enable 12345678901",
	  "enable: word 1 must be the number of a probe");
  refuse ("enable \"\"", "enable: word 1 must be the number of a probe");
  refuse ("count a true", "count: word 2 must be TRUE or FALSE");
  refuse ("count a 1", "count: word 2 must be TRUE or FALSE");
  refuse ("count \"\" TRUE", "count: word 1 must be the name of a counter");
  refuse ("update a -5", "update: word 2 must be a number");
  refuse ("update a 5x", "update: word 2 must be a number");
  refuse ("update a 0x", "update: word 2 must be a number");
  refuse ("update a 0x11111111111111111", "update: word 2 must be a number");
  refuse ("update a 111111111111111111111", "update: word 2 must be a number");
  refuse ("create \"a\x1b[2J\"", "create: word 1 must be what can be printed");
  refuse ("create a\x7f", "create: word 1 must be what can be printed");
}

/* What would be an option of a verb stays a word.  */
static void
takes_options_for_words (void)
{
  accept ("create --json", "create", "--json", NULL);
  accept ("at(-t, --target=mach:)", "at", "-t", "--target=mach:");
  accept ("create %n%n%s", "create", "%n%n%s", NULL);
}

static void
bears_long_texts (void)
{
  char text[2 * COMMAND_TEXT_BYTES];

  for (size_t length = 1; length < sizeof text; length++)
    {
      memset (text, 'x', length);
      memcpy (text, "create ", length < 7 ? length : 7);
      text[length] = '\0';
      if (length >= COMMAND_TEXT_BYTES)
	refuse (text, "a command has up to 511 characters");
      else if (length > 7)
	accept (text, "create", text + 7, NULL);
      memset (text, '(', length);
      struct command_parsed parsed;
      char problem[COMMAND_PROBLEM_BYTES];
      CHECK (parse (text, &parsed, problem) == -1);
    }
}

/* Texts of pieces of commands, and of any bytes: whatever is understood has
   all its words, within the copy, and says only what the text says.  */
static void
bears_any_text (void)
{
  static const char *const pieces[] = { "list",	  "create",
					"enable", "at",
					"count",  "update",
					" ",	  "(",
					")",	  ",",
					";",	  "\"",
					"TRUE",	  "1",
					"a",	  "\t",
					"--",	  "%s",
					"0x",	  "\xff",
					"\n",	  "PERF_COUNTER_TLB_MISSES" };
  uint64_t state = 20261127;
  unsigned understood = 0;

  for (unsigned run = 0; run < 200000; run++)
    {
      char text[128] = "", problem[COMMAND_PROBLEM_BYTES];
      struct command_parsed parsed;
      if (run % 4 == 0)
	{
	  tap_random_bytes (&state, text, 100);
	  memcpy (text, "at ", tap_below (&state, 4));
	}
      else
	for (uint64_t i = tap_below (&state, 6) + 1; i > 0; i--)
	  strcat (
	      text,
	      pieces[tap_below (&state, sizeof pieces / sizeof pieces[0])]);
      if (parse (text, &parsed, problem) != 0)
	{
	  CHECK (strlen (problem) > 0);
	  continue;
	}
      understood++;
      CHECK (parsed.command >= commands
	     && parsed.command < commands + COMMANDS);
      for (unsigned i = 0; i < COMMAND_ARGUMENTS_MAX; i++)
	CHECK ((parsed.command->arguments[i] == COMMAND_NONE)
	       == (parsed.arguments[i] == NULL));
    }
  /* The texts are not all nonsense.  */
  CHECK (understood > 1000);
}

TAP_MAIN ({ understands_each_way_to_write, "each way to write a command" },
	  { understands_counters,
	    "counters by their names in C, or their own" },
	  { refuses_what_is_no_command, "what is no command" },
	  { refuses_wrong_words, "words too many, too few or out of place" },
	  { refuses_words_of_another_kind, "words of another kind" },
	  { takes_options_for_words, "options and formats are words" },
	  { bears_long_texts, "texts of every length" },
	  { bears_any_text, "any text" })
