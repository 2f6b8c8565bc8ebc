/* mdtrace's words on the kernel's command line.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_COMMAND_LINE_H
#define MDTRACE_COMMAND_LINE_H

#include <stdbool.h>

/* What follows KEY, which ends with '=', in the word of the command line
   that begins with it: up to white space or the end.  Null if there is none;
   the last one counts.  */
const char *command_line_value (const char *key);

/* Whether a word of the command line ends at TEXT.  */
static inline bool
command_line_is_end (const char *text)
{
  return *text == '\0' || *text == ' ' || *text == '\t';
}

#endif /* MDTRACE_COMMAND_LINE_H */
