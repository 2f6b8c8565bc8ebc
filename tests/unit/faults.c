/* Faults of the disk and of memory, wherever a test wants them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A call that fails has done nothing, but for a write, of which the first half
   has been done.  Nothing is synchronised: a test does not wait for the disk,
   and no test here takes its power away.  */

/* For vasprintf.  */
#define _GNU_SOURCE 1

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"

struct faults faults;

void
faults_arm (enum faults_source source, unsigned long at, bool persistent,
	    int code)
{
  faults = (struct faults){
    .source = source, .at = at, .persistent = persistent, .code = code
  };
}

void
faults_disarm (void)
{
  faults.source = FAULTS_NOWHERE;
}

/* Whether this call, of SOURCE, fails.  */
static bool
fails (enum faults_source source)
{
  if (faults.source != source || faults.suspended)
    return false;
  faults.calls++;
  if (faults.persistent ? faults.calls < faults.at : faults.calls != faults.at)
    return false;
  faults.fired++;
  return true;
}

/* ----------------------------------------------------------------------- */
/* Files.  */

static sqlite3_vfs *real_vfs;
static sqlite3_io_methods methods;

struct file
{
  sqlite3_file base;
  sqlite3_file real[]; /* as large as the real ones are */
};

static sqlite3_file *
real (sqlite3_file *file)
{
  return ((struct file *) file)->real;
}

/* What this call, whose I/O error is CODE, fails by; SQLITE_OK: it does not.
   The disk is full only for those that need room.  */
static int
fault (int code, bool needs_room)
{
  if (faults.code == SQLITE_FULL && !needs_room)
    return SQLITE_OK;
  if (!fails (FAULTS_OF_FILES))
    return SQLITE_OK;
  return faults.code != 0 ? faults.code : code;
}

static int
file_close (sqlite3_file *file)
{
  return real (file)->pMethods->xClose (real (file));
}

static int
file_read (sqlite3_file *file, void *to, int bytes, sqlite3_int64 offset)
{
  int code = fault (SQLITE_IOERR_READ, false);

  return code != SQLITE_OK
	     ? code
	     : real (file)->pMethods->xRead (real (file), to, bytes, offset);
}

static int
file_write (sqlite3_file *file, const void *from, int bytes,
	    sqlite3_int64 offset)
{
  int code = fault (SQLITE_IOERR_WRITE, true);
  int written = real (file)->pMethods->xWrite (
      real (file), from, code != SQLITE_OK ? bytes / 2 : bytes, offset);

  return code != SQLITE_OK ? code : written;
}

static int
file_truncate (sqlite3_file *file, sqlite3_int64 bytes)
{
  int code = fault (SQLITE_IOERR_TRUNCATE, false);

  return code != SQLITE_OK
	     ? code
	     : real (file)->pMethods->xTruncate (real (file), bytes);
}

static int
file_sync (sqlite3_file *file, int flags)
{
  (void) file;
  (void) flags;
  return fault (SQLITE_IOERR_FSYNC, true);
}

static int
file_size (sqlite3_file *file, sqlite3_int64 *bytes)
{
  int code = fault (SQLITE_IOERR_FSTAT, false);

  return code != SQLITE_OK
	     ? code
	     : real (file)->pMethods->xFileSize (real (file), bytes);
}

static int
file_lock (sqlite3_file *file, int lock)
{
  int code = fault (SQLITE_IOERR_LOCK, false);

  return code != SQLITE_OK ? code
			   : real (file)->pMethods->xLock (real (file), lock);
}

static int
file_unlock (sqlite3_file *file, int lock)
{
  int code = fault (SQLITE_IOERR_UNLOCK, false);

  return code != SQLITE_OK
	     ? code
	     : real (file)->pMethods->xUnlock (real (file), lock);
}

static int
file_check_lock (sqlite3_file *file, int *result)
{
  int code = fault (SQLITE_IOERR_CHECKRESERVEDLOCK, false);

  return code != SQLITE_OK
	     ? code
	     : real (file)->pMethods->xCheckReservedLock (real (file), result);
}

static int
file_control (sqlite3_file *file, int operation, void *argument)
{
  return real (file)->pMethods->xFileControl (real (file), operation,
					      argument);
}

static int
file_sector_bytes (sqlite3_file *file)
{
  return real (file)->pMethods->xSectorSize (real (file));
}

static int
file_characteristics (sqlite3_file *file)
{
  return real (file)->pMethods->xDeviceCharacteristics (real (file));
}

static int
file_share (sqlite3_file *file, int region, int bytes, int extend,
	    void volatile **memory)
{
  int code = fault (SQLITE_IOERR_SHMMAP, true);

  return code != SQLITE_OK ? code
			   : real (file)->pMethods->xShmMap (
			       real (file), region, bytes, extend, memory);
}

static int
file_lock_shared (sqlite3_file *file, int offset, int count, int flags)
{
  /* Nobody asks whether it could be unlocked.  */
  int code = flags & SQLITE_SHM_LOCK ? fault (SQLITE_IOERR_SHMLOCK, false)
				     : SQLITE_OK;

  return code != SQLITE_OK ? code
			   : real (file)->pMethods->xShmLock (
			       real (file), offset, count, flags);
}

static void
file_barrier (sqlite3_file *file)
{
  real (file)->pMethods->xShmBarrier (real (file));
}

static int
file_unshare (sqlite3_file *file, int remove)
{
  return real (file)->pMethods->xShmUnmap (real (file), remove);
}

static sqlite3_io_methods methods = {
  .xClose = file_close,
  .xRead = file_read,
  .xWrite = file_write,
  .xTruncate = file_truncate,
  .xSync = file_sync,
  .xFileSize = file_size,
  .xLock = file_lock,
  .xUnlock = file_unlock,
  .xCheckReservedLock = file_check_lock,
  .xFileControl = file_control,
  .xSectorSize = file_sector_bytes,
  .xDeviceCharacteristics = file_characteristics,
  .xShmMap = file_share,
  .xShmLock = file_lock_shared,
  .xShmBarrier = file_barrier,
  .xShmUnmap = file_unshare,
};

static int
vfs_open (sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file,
	  int flags, int *out_flags)
{
  int code = fault (SQLITE_CANTOPEN, true);

  (void) vfs;
  file->pMethods = NULL;
  if (code == SQLITE_OK)
    code = real_vfs->xOpen (real_vfs, name, real (file), flags, out_flags);
  if (code == SQLITE_OK)
    file->pMethods = &methods;
  return code;
}

static int
vfs_delete (sqlite3_vfs *vfs, const char *name, int synchronise)
{
  int code = fault (SQLITE_IOERR_DELETE, false);

  (void) vfs;
  (void) synchronise;
  return code != SQLITE_OK ? code : real_vfs->xDelete (real_vfs, name, 0);
}

static int
vfs_access (sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
  int code = fault (SQLITE_IOERR_ACCESS, false);

  (void) vfs;
  return code != SQLITE_OK ? code
			   : real_vfs->xAccess (real_vfs, name, flags, result);
}

/* Nobody else is there to be waited for.  */
static int
vfs_sleep (sqlite3_vfs *vfs, int microseconds)
{
  (void) vfs;
  return microseconds;
}

/* ----------------------------------------------------------------------- */
/* Memory.  */

static sqlite3_mem_methods real_memory;

static void *
sqlite_allocate (int bytes)
{
  return fails (FAULTS_OF_SQLITE_MEMORY) ? NULL : real_memory.xMalloc (bytes);
}

static void *
sqlite_reallocate (void *memory, int bytes)
{
  return fails (FAULTS_OF_SQLITE_MEMORY)
	     ? NULL
	     : real_memory.xRealloc (memory, bytes);
}

void *__real_malloc (size_t bytes);
void *__real_calloc (size_t count, size_t bytes);
void *__real_realloc (void *memory, size_t bytes);
void *__wrap_malloc (size_t bytes);
void *__wrap_calloc (size_t count, size_t bytes);
void *__wrap_realloc (void *memory, size_t bytes);
int __wrap_asprintf (char **text, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* As fails, for an allocation of our own.  */
static bool
lacks_memory (void)
{
  if (!fails (FAULTS_OF_MEMORY))
    return false;
  errno = ENOMEM;
  return true;
}

void *
__wrap_malloc (size_t bytes)
{
  return lacks_memory () ? NULL : __real_malloc (bytes);
}

void *
__wrap_calloc (size_t count, size_t bytes)
{
  return lacks_memory () ? NULL : __real_calloc (count, bytes);
}

void *
__wrap_realloc (void *memory, size_t bytes)
{
  return lacks_memory () ? NULL : __real_realloc (memory, bytes);
}

int
__wrap_asprintf (char **text, const char *format, ...)
{
  va_list arguments;

  if (lacks_memory ())
    return -1;
  va_start (arguments, format);
  int result = vasprintf (text, format, arguments);
  va_end (arguments);
  return result;
}

void
faults_set_up (bool shares_memory)
{
  static sqlite3_vfs vfs;
  sqlite3_mem_methods memory;

  /* Let each allocation be one of its own.  */
  sqlite3_config (SQLITE_CONFIG_LOOKASIDE, 0, 0);
  sqlite3_config (SQLITE_CONFIG_GETMALLOC, &real_memory);
  memory = real_memory;
  memory.xMalloc = sqlite_allocate;
  memory.xRealloc = sqlite_reallocate;
  sqlite3_config (SQLITE_CONFIG_MALLOC, &memory);
  real_vfs = sqlite3_vfs_find (NULL);
  methods.iVersion = shares_memory ? 2 : 1;
  vfs = *real_vfs;
  vfs.zName = "faults";
  vfs.szOsFile += sizeof (struct file);
  vfs.xOpen = vfs_open;
  vfs.xDelete = vfs_delete;
  vfs.xAccess = vfs_access;
  vfs.xSleep = vfs_sleep;
  sqlite3_vfs_register (&vfs, 1);
}
