/* A library that lets a signal come in the midst of writing.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A program that is started with it in LD_PRELOAD gets the signal RAISE_SIGNAL
   when it writes to files for the RAISE_AT-th time: by write or pwrite, or
   when it flushes a stream.  Only files below the directory RAISE_BELOW count.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int signal_number;
static long wait_for;
static char below[4096];
static ssize_t (*real_write) (int file, const void *bytes, size_t count);
static ssize_t (*real_pwrite) (int file, const void *bytes, size_t count,
			       off64_t offset);
static int (*real_fflush) (FILE *stream);

__attribute__ ((constructor)) static void
prepare (void)
{
  const char *directory = getenv ("RAISE_BELOW");

  real_write = (__typeof__ (real_write)) dlsym (RTLD_NEXT, "write");
  real_pwrite = (__typeof__ (real_pwrite)) dlsym (RTLD_NEXT, "pwrite64");
  real_fflush = (__typeof__ (real_fflush)) dlsym (RTLD_NEXT, "fflush");
  if (directory == NULL || realpath (directory, below) == NULL)
    below[0] = '\0';
  signal_number = atoi (getenv ("RAISE_SIGNAL"));
  wait_for = atol (getenv ("RAISE_AT"));
  /* What the program runs is left alone.  */
  unsetenv ("LD_PRELOAD");
}

/* FILE has been written to.  */
static void
note (int file)
{
  char link[40], path[4096];

  snprintf (link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t bytes = readlink (link, path, sizeof path - 1);
  if (below[0] == '\0' || bytes < 0)
    return;
  path[bytes] = '\0';
  if (strncmp (path, below, strlen (below)) == 0 && --wait_for == 0)
    raise (signal_number);
}

ssize_t
write (int file, const void *bytes, size_t count)
{
  ssize_t done = real_write (file, bytes, count);

  note (file);
  return done;
}

ssize_t
pwrite64 (int file, const void *bytes, size_t count, off64_t offset)
{
  ssize_t done = real_pwrite (file, bytes, count, offset);

  note (file);
  return done;
}

int
fflush (FILE *stream)
{
  int result = real_fflush (stream);

  if (stream != NULL)
    note (fileno (stream));
  return result;
}
