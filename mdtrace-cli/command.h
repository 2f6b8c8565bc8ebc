/* mdtrace command: the kernel's text interface.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef COMMAND_H
#define COMMAND_H

#include <stddef.h>
#include <stdint.h>

enum
{
  COMMAND_TEXT_BYTES = 512,
  COMMAND_ARGUMENTS_MAX = 2,
  COMMAND_LINE_MAX = 8,
  COMMAND_PROBLEM_BYTES = 512
};

/* What an argument must be.  */
enum command_argument
{
  COMMAND_NONE,
  COMMAND_PLACE,   /* a function, an address, a description of a probe */
  COMMAND_PROBE,   /* a probe's number */
  COMMAND_NAME,	   /* any text */
  COMMAND_COUNTER, /* PERF_COUNTER_…, or a counter's own name */
  COMMAND_BOOLEAN, /* TRUE or FALSE; in a parsed command "1" or "0" */
  COMMAND_NUMBER
};

struct cli_options;

/* A command: how it is written, and the verb that carries it out.  */
struct command
{
  const char *name;
  enum command_argument arguments[COMMAND_ARGUMENTS_MAX];
  int (*verb) (int argc, char **argv, struct cli_options *options);
  /* What the verb is called with, up to a null; "$1" and "$2" stand for the
     arguments.  */
  const char *line[COMMAND_LINE_MAX];
};

/* A command that was understood.  ARGUMENTS point into TEXT, or to words that
   are always there.  */
struct command_parsed
{
  const struct command *command;
  const char *arguments[COMMAND_ARGUMENTS_MAX];
  char text[COMMAND_TEXT_BYTES];
};

/* Understand TEXT as one of the COUNT commands at COMMANDS: NAME, NAME WORD…
   or NAME (WORD, …), with a ';' behind it or none, and words in quotation marks
   or not.  Returns 0, or -1 and says in PROBLEM what is wrong.  */
int command_parse (const struct command *commands, size_t count,
		   const char *text, struct command_parsed *parsed,
		   char problem[COMMAND_PROBLEM_BYTES]);

#endif /* COMMAND_H */
