/* babeltrace2's source: what is a trace of ours.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdio.h>
#include <string.h>

#include "recognise.h"

enum
{
  /* SQLite's header has the application's number there, in four bytes, the
     highest first.  */
  APPLICATION_AT = 68,
  HEADER_BYTES = 100
};

static const char sqlite_magic[16] = "SQLite format 3";
static const char application[4] = { 'M', 'D', 'T', 'R' };
/* As mdtrace-trace(5) says.  */
static const char file_magic[8]
    = { (char) 0x89, 'M', 'D', 'T', '\r', '\n', 0x1a, '\n' };

bool
is_trace (const char *path)
{
  char header[HEADER_BYTES];
  FILE *file = fopen (path, "rb");

  if (file == NULL)
    return false;
  size_t count = fread (header, 1, sizeof header, file);
  fclose (file);
  if (count >= sizeof file_magic
      && memcmp (header, file_magic, sizeof file_magic) == 0)
    return true;
  return count == sizeof header
	 && memcmp (header, sqlite_magic, sizeof sqlite_magic) == 0
	 && memcmp (header + APPLICATION_AT, application, sizeof application)
		== 0;
}
