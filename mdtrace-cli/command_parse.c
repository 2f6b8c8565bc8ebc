/* mdtrace command: what a text says.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Text comes from anywhere.  It is copied, cut into words where it stands, and
   each word is looked at as what its command takes; nothing of it is ever an
   option or the format of a message.  */

#include <config.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "mdtrace.h"

/* The counters, as C calls them and as people do.  */
static const struct
{
  const char *name, *word;
} counters[] = {
#define MDTRACE_COUNTER(number, name, word, kind, unit, sources,              \
			documentation)                                        \
  { "PERF_COUNTER_" #name, word },
#include "mdtrace_counters.def"
#undef MDTRACE_COUNTER
};

static bool
is_space (char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit (char c)
{
  return c >= '0' && c <= '9';
}

static bool
is_in_name (char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit (c)
	 || c == '_';
}

static char *
skip_spaces (char *at)
{
  while (is_space (*at))
    at++;
  return at;
}

/* Where the word at AT, which is not in quotation marks, ends.  */
static char *
end_of_word (char *at, bool in_parentheses)
{
  for (; *at != '\0' && !is_space (*at) && *at != ';' && *at != '"'; at++)
    if (in_parentheses && (*at == ',' || *at == ')'))
      break;
  return at;
}

/* Cut the word at *AT out, and move *AT behind it and what has ended it.
   Returns what ended it, '\0' if nothing but spaces did, or -1 if there is no
   word.  */
static int
cut_word (char **at, bool in_parentheses, const char **word)
{
  char *start = *at, *end;

  if (*start == '"')
    {
      end = strchr (++start, '"');
      if (end == NULL)
	return -1;
      *at = end + 1;
    }
  else
    {
      end = end_of_word (start, in_parentheses);
      *at = end;
      if (end == start || *end == '"')
	return -1;
    }
  /* What ends it may stand where the word has to end.  */
  char *next = skip_spaces (*at);
  int separator = *next == ',' || *next == ')' || *next == ';' ? *next : '\0';
  *at = separator != '\0' ? next + 1 : next;
  *end = '\0';
  *word = start;
  return separator;
}

static bool
is_number (const char *text)
{
  size_t digits;

  if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
    {
      digits = strspn (text + 2, "0123456789abcdefABCDEF");
      return digits > 0 && digits <= 16 && text[2 + digits] == '\0';
    }
  digits = strspn (text, "0123456789");
  return digits > 0 && digits <= 20 && text[digits] == '\0';
}

/* Whether all of TEXT can be printed.  */
static bool
is_printable (const char *text)
{
  for (; *text != '\0'; text++)
    if ((unsigned char) *text < ' ' || *text == '\x7f')
      return false;
  return true;
}

/* See whether *WORD is an ARGUMENT, and make what verbs take of it.  Returns
   what it must be if it is not, else null.  */
static const char *
check_word (enum command_argument argument, const char **word)
{
  switch (argument)
    {
    case COMMAND_PROBE:
      for (const char *at = *word; *at != '\0'; at++)
	if (!is_digit (*at))
	  return "the number of a probe";
      return strlen (*word) <= 10 && **word != '\0' ? NULL
						    : "the number of a probe";
    case COMMAND_NUMBER:
      return is_number (*word) ? NULL : "a number";
    case COMMAND_BOOLEAN:
      if (strcmp (*word, "TRUE") != 0 && strcmp (*word, "FALSE") != 0)
	return "TRUE or FALSE";
      *word = **word == 'T' ? "1" : "0";
      return NULL;
    case COMMAND_COUNTER:
      for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
	if (strcmp (*word, counters[i].name) == 0)
	  *word = counters[i].word;
      return **word != '\0' ? NULL : "the name of a counter";
    default:
      return **word != '\0' ? NULL : "a name";
    }
}

static unsigned
count_arguments (const struct command *command)
{
  unsigned count = 0;

  while (count < COMMAND_ARGUMENTS_MAX
	 && command->arguments[count] != COMMAND_NONE)
    count++;
  return count;
}

/* Read the words at AT of SPELLING.  Returns null, or what is wrong.  */
static const char *
read_words (const struct command *command, char *at,
	    struct command_parsed *parsed)
{
  unsigned count = 0, wanted = count_arguments (command);
  bool in_parentheses = *at == '(';
  int separator = '\0';

  if (in_parentheses)
    {
      at = skip_spaces (at + 1);
      separator = *at == ')' ? ')' : ',';
      at += *at == ')';
    }
  while (in_parentheses ? separator == ',' : separator == '\0' && *at != '\0')
    {
      const char *word;
      if (!in_parentheses && *at == ';')
	break;
      at = skip_spaces (at);
      separator = cut_word (&at, in_parentheses, &word);
      if (separator == -1)
	return "there is no word where one must be";
      if (count == wanted)
	return "there are too many words";
      parsed->arguments[count++] = word;
    }
  if (in_parentheses && separator != ')')
    return "there is no ')' behind the words";
  if (!in_parentheses && (separator == ',' || separator == ')'))
    return "there is no '(' before the words";
  at = skip_spaces (at);
  if (separator != ';' && *at == ';')
    at = skip_spaces (at + 1);
  if (*at != '\0')
    return "something follows that is none of it";
  return count == wanted ? NULL : "there are too few words";
}

/* Say that TEXT is no command.  */
static void
say_unknown (const struct command *commands, size_t count,
	     char problem[COMMAND_PROBLEM_BYTES])
{
  size_t used = snprintf (problem, COMMAND_PROBLEM_BYTES,
			  "no such command; there are");

  for (size_t i = 0; i < count && used < COMMAND_PROBLEM_BYTES; i++)
    used += snprintf (problem + used, COMMAND_PROBLEM_BYTES - used, "%s %s",
		      i > 0 ? "," : "", commands[i].name);
}

int
command_parse (const struct command *commands, size_t count, const char *text,
	       struct command_parsed *parsed,
	       char problem[COMMAND_PROBLEM_BYTES])
{
  size_t length = strlen (text);
  char *at, *name;

  memset (parsed, 0, sizeof *parsed);
  if (length >= sizeof parsed->text)
    {
      snprintf (problem, COMMAND_PROBLEM_BYTES,
		"a command has up to %d characters", COMMAND_TEXT_BYTES - 1);
      return -1;
    }
  memcpy (parsed->text, text, length + 1);
  name = at = skip_spaces (parsed->text);
  while (is_in_name (*at))
    at++;
  size_t name_length = at - name;
  for (size_t i = 0; i < count; i++)
    if (strlen (commands[i].name) == name_length
	&& memcmp (commands[i].name, name, name_length) == 0)
      parsed->command = &commands[i];
  if (parsed->command == NULL)
    {
      say_unknown (commands, count, problem);
      return -1;
    }
  const struct command *command = parsed->command;
  const char *wrong
      = *at != '\0' && !is_space (*at) && *at != '(' && *at != ';'
	    ? "its name ends with what no name has"
	    : read_words (command, skip_spaces (at), parsed);
  if (wrong != NULL)
    {
      snprintf (problem, COMMAND_PROBLEM_BYTES, "%s: %s", command->name,
		wrong);
      return -1;
    }
  for (unsigned i = 0; i < count_arguments (command); i++)
    {
      const char *must_be
	  = is_printable (parsed->arguments[i])
		? check_word (command->arguments[i], &parsed->arguments[i])
		: "what can be printed";
      if (must_be != NULL)
	{
	  snprintf (problem, COMMAND_PROBLEM_BYTES, "%s: word %u must be %s",
		    command->name, i + 1, must_be);
	  return -1;
	}
    }
  return 0;
}
