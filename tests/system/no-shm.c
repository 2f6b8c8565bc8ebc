/* A library that takes from SQLite the memory that processes share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A program that is started with it in LD_PRELOAD opens databases as on a
   system where there is no such memory, and so without a WAL.  All else,
   locks above all, is as usual.  */

#include <sqlite3.h>
#include <stddef.h>

static sqlite3_vfs *usual, without;
static sqlite3_io_methods methods;

static int
open_without (sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
	      int flags, int *flags_given)
{
  int code = usual->xOpen (usual, name, file, flags, flags_given);

  (void) vfs;
  if (code == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0)
    {
      /* The first version of them has no shared memory.  */
      methods = *file->pMethods;
      methods.iVersion = 1;
      file->pMethods = &methods;
    }
  return code;
}

__attribute__ ((constructor)) static void
replace (void)
{
  if (sqlite3_initialize () != SQLITE_OK)
    return;
  usual = sqlite3_vfs_find (NULL);
  without = *usual;
  without.zName = "without-shared-memory";
  without.xOpen = open_without;
  sqlite3_vfs_register (&without, 1);
}
