/* Locks between processes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A database's lock is a file of its own, since SQLite's locks on the database
   would be lost with any other descriptor of it.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"

int
lock_take (const char *path, char **lock_path)
{
  struct stat held, there;

  if (asprintf (lock_path, "%s.lock", path) < 0)
    {
      *lock_path = NULL;
      return -1;
    }
  for (;;)
    {
      int lock = open (*lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      if (lock < 0)
	return -1;
      if (flock (lock, LOCK_EX | LOCK_NB) != 0)
	{
	  int error = errno;
	  close (lock);
	  errno = error;
	  return -1;
	}
      /* Its last owner may have removed the file in between.  */
      if (fstat (lock, &held) == 0 && stat (*lock_path, &there) == 0
	  && held.st_ino == there.st_ino && held.st_dev == there.st_dev)
	return lock;
      close (lock);
    }
}

void
lock_release (int lock, char *lock_path)
{
  if (lock >= 0)
    {
      unlink (lock_path);
      close (lock);
    }
  free (lock_path);
}
