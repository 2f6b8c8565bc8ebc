/* A virtual machine of mdtrace-vm(1), as its directory tells of it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

enum
{
  /* Enough of the end of a console log to see what happened last.  */
  TAIL_BYTES = 8192
};

void
guest_path (char path[GUEST_PATH_BYTES], const char *directory,
	    const char *name)
{
  snprintf (path, GUEST_PATH_BYTES, "%s/%s", directory, name);
}

bool
guest_read (const char *directory, struct guest *guest)
{
  char path[GUEST_PATH_BYTES];
  char line[GUEST_PATH_BYTES + 64];

  guest_path (path, directory, "guest");
  FILE *file = fopen (path, "re");
  if (file == NULL)
    return false;
  memset (guest, 0, sizeof *guest);
  while (fgets (line, sizeof line, file) != NULL)
    {
      line[strcspn (line, "\n")] = '\0';
      char *value = strchr (line, '=');
      if (value == NULL)
	continue;
      *value++ = '\0';
      if (strcmp (line, "memory_bytes") == 0)
	guest->memory_bytes = strtoull (value, NULL, 0);
      else if (strcmp (line, "shared_address") == 0)
	guest->shared_address = strtoull (value, NULL, 0);
      else if (strcmp (line, "kernel") == 0)
	snprintf (guest->kernel, sizeof guest->kernel, "%s", value);
    }
  fclose (file);
  if (guest->memory_bytes == 0)
    {
      errno = EINVAL;
      return false;
    }
  return true;
}

bool
guest_write (const char *directory, const struct guest *guest)
{
  char path[GUEST_PATH_BYTES];

  guest_path (path, directory, "guest");
  int descriptor = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  FILE *file = descriptor < 0 ? NULL : fdopen (descriptor, "w");
  if (file == NULL)
    return false;
  fprintf (file,
	   "memory_bytes=%" PRIu64 "\nshared_address=0x%" PRIx64
	   "\nkernel=%s\n",
	   guest->memory_bytes, guest->shared_address, guest->kernel);
  bool good = !ferror (file);
  return fclose (file) == 0 && good;
}

int
guest_get_pid (const char *directory)
{
  char path[GUEST_PATH_BYTES];
  char text[32] = "";
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  guest_path (path, directory, "pid");
  int descriptor = open (path, O_RDWR | O_CLOEXEC);
  if (descriptor < 0)
    return 0;
  bool running = fcntl (descriptor, F_GETLK, &lock) == 0
		 && lock.l_type != F_UNLCK
		 && read (descriptor, text, sizeof text - 1) > 0;
  close (descriptor);
  return running ? atoi (text) : 0;
}

/* Read the last bytes of the console log into TEXT; returns how many.  */
static size_t
read_tail (const char *directory, char *text, size_t bytes)
{
  char path[GUEST_PATH_BYTES];
  struct stat status;
  ssize_t count = 0;

  guest_path (path, directory, "console.log");
  int descriptor = open (path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return 0;
  if (fstat (descriptor, &status) == 0)
    {
      off_t from = status.st_size > (off_t) bytes
		       ? status.st_size - (off_t) bytes
		       : 0;
      count = pread (descriptor, text, bytes, from);
    }
  close (descriptor);
  return count > 0 ? count : 0;
}

/* Whether TEXT ends in the prompt of the kernel debugger: "db> ", or
   "db{0}> " where there are several CPUs, at the beginning of a line.  */
static bool
ends_in_prompt (const char *text, size_t bytes)
{
  const char *line = text + bytes;

  while (line > text && line[-1] != '\n' && line[-1] != '\r')
    line--;
  size_t left = text + bytes - line;
  if (left < 4 || memcmp (line, "db", 2) != 0
      || memcmp (text + bytes - 2, "> ", 2) != 0)
    return false;
  return left == 4 || (line[2] == '{' && text[bytes - 3] == '}');
}

enum guest_state
guest_get_state (const char *directory)
{
  char text[TAIL_BYTES];

  if (guest_get_pid (directory) == 0)
    return GUEST_NOT_RUNNING;
  size_t bytes = read_tail (directory, text, sizeof text);
  return ends_in_prompt (text, bytes) ? GUEST_STOPPED_IN_DEBUGGER
				      : GUEST_RUNNING;
}

void
guest_console_tail (const char *directory, unsigned lines, char *text,
		    size_t bytes)
{
  char tail[TAIL_BYTES];
  size_t count = read_tail (directory, tail, sizeof tail);
  size_t begin = count, used = 0;

  /* Do not count the newline at the very end.  */
  while (begin > 0 && (tail[begin - 1] == '\n' || tail[begin - 1] == '\r'))
    begin--;
  for (; begin > 0; begin--)
    if (tail[begin - 1] == '\n' && --lines == 0)
      break;
  for (size_t i = begin; i < count && used + 1 < bytes; i++)
    if (tail[i] == '\n' || (unsigned char) tail[i] >= ' ')
      text[used++] = tail[i];
  text[used] = '\0';
}
