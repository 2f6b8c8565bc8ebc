/* What the values of a probe are called, and how they are to be read.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel keeps "NAME:FORMAT:TYPE;NAME:FORMAT:TYPE..." for a probe and
   understands nothing of it.  An entry that is called retval tells of the
   value that is returned, all others in turn of the arguments or values.  It
   was made by some client, and is not trusted.  */

#include <config.h>

#include <stdbool.h>
#include <string.h>

#include "mdtrace.h"

/* Copy the text from *AT up to one of STOP or ANOTHER into TO of BYTES bytes,
   cut if need be, and move *AT to where it ends.  */
static void
take_part (const char **at, char stop, char another, char *to, size_t bytes)
{
  size_t length = 0;

  for (; **at != '\0' && **at != stop && **at != another; ++*at)
    if (length + 1 < bytes)
      to[length++] = **at;
  to[length] = '\0';
}

/* Take FORMAT apart, as in "d4".  */
static void
read_format (const char *format, struct mdtrace_value_name *name)
{
  bool good = (format[0] == 'd' || format[0] == 'u' || format[0] == 'x')
	      && (format[1] == '1' || format[1] == '2' || format[1] == '4'
		  || format[1] == '8')
	      && format[2] == '\0';

  name->format = good ? format[0] : 'x';
  name->bytes = good ? format[1] - '0' : 8;
}

/* Whether A and B look the same where all bytes that are no text do.  */
static bool
look_alike (const char *a, const char *b)
{
  while (*a != '\0' && (*a == *b || (*a & *b & 0x80) != 0))
    {
      a++;
      b++;
    }
  return *a == *b;
}

/* Take the name away that another value has before: that is called by its
   number then, and none hides another one where they are members.  */
static void
make_unique (struct mdtrace_value_name *values)
{
  for (int i = 1; i < MDTRACE_ARGUMENTS_MAX; i++)
    for (int j = 0; j < i; j++)
      if (look_alike (values[j].name, values[i].name))
	values[i].name[0] = '\0';
}

void
mdtrace_names_read (const char *text, struct mdtrace_names *names)
{
  unsigned count = 0;

  memset (names, 0, sizeof *names);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    read_format ("", &names->values[i]);
  read_format ("", &names->retval);
  while (*text != '\0' && *text != ':')
    {
      struct mdtrace_value_name name = { .name = "" };
      char format[4] = "";
      take_part (&text, ':', ';', name.name, sizeof name.name);
      if (*text == ':')
	{
	  text++;
	  take_part (&text, ':', ';', format, sizeof format);
	}
      if (*text == ':')
	{
	  text++;
	  take_part (&text, ';', ';', name.type, sizeof name.type);
	}
      if (*text == ';')
	text++;
      read_format (format, &name);
      if (strcmp (name.name, "retval") == 0)
	names->retval = name;
      else if (count < MDTRACE_ARGUMENTS_MAX)
	names->values[count++] = name;
    }
  make_unique (names->values);
}

uint64_t
mdtrace_value_read (const struct mdtrace_value_name *name, uint64_t word)
{
  unsigned shift = 64 - 8 * name->bytes;

  if (name->format == 'd')
    return (uint64_t) ((int64_t) (word << shift) >> shift);
  return word << shift >> shift;
}

bool
mdtrace_is_pattern (const char *text)
{
  for (; *text != '\0'; text++)
    if (*text == '*' || *text == '?' || *text == '[')
      return true;
  return false;
}
