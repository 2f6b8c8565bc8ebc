/* Messages of mdtrace-mkkernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

enum
{
  FILES_MAX = 8
};

static char *files[FILES_MAX];

static void
remove_files (void)
{
  for (int i = 0; i < FILES_MAX; i++)
    if (files[i] != NULL)
      unlink (files[i]);
}

void
remove_at_exit (const char *path)
{
  static int registered;

  if (!registered++)
    atexit (remove_files);
  for (int i = 0; i < FILES_MAX; i++)
    if (files[i] == NULL)
      {
	files[i] = strdup (path);
	return;
      }
  fail ("too many temporary files");
}

void
keep_file (const char *path)
{
  for (int i = 0; i < FILES_MAX; i++)
    if (files[i] != NULL && strcmp (files[i], path) == 0)
      {
	free (files[i]);
	files[i] = NULL;
      }
}

void
fail (const char *format, ...)
{
  va_list arguments;

  fflush (stdout);
  fputs ("mdtrace-mkkernel: ", stderr);
  va_start (arguments, format);
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fputc ('\n', stderr);
  exit (1);
}

void *
must_allocate (size_t bytes)
{
  void *memory = calloc (1, bytes > 0 ? bytes : 1);

  if (memory == NULL)
    fail ("%s", strerror (ENOMEM));
  return memory;
}

void *
must_reallocate (void *memory, size_t bytes)
{
  memory = realloc (memory, bytes > 0 ? bytes : 1);
  if (memory == NULL)
    fail ("%s", strerror (ENOMEM));
  return memory;
}

char *
must_format (const char *format, ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, format);
  if (vasprintf (&text, format, arguments) < 0)
    fail ("%s", strerror (ENOMEM));
  va_end (arguments);
  return text;
}
