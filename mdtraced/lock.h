/* Locks between processes.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_LOCK_H
#define MDTRACED_LOCK_H

/* Take the lock that keeps a second daemon away from the database at PATH.
   Returns a descriptor that holds it, and sets *LOCK_PATH to the name of its
   file, for lock_release; or -1, with errno set, EWOULDBLOCK if another
   process has it.  */
int lock_take (const char *path, char **lock_path);

/* Give it back; LOCK may be -1 and LOCK_PATH null.  */
void lock_release (int lock, char *lock_path);

#endif /* MDTRACED_LOCK_H */
