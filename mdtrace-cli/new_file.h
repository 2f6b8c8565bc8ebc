/* mdtrace: files that take their place when they are complete.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What a verb writes is made in a directory of its own beside its place, where
   whatever makes it may leave what else it needs, and is moved to its place at
   the end.  Until then what is there stays as it is: on failure, at exit, and
   when a signal ends the program, that directory is removed with all that is
   in it.  So nothing is left but after SIGKILL.

   What is there and is no regular file, such as a pipe or a device, is written
   to as it is, and so is the file that is standard output or standard error
   already.  A symbolic link stays one; what it leads to is replaced.

   One of them at a time.  */

#ifndef NEW_FILE_H
#define NEW_FILE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum new_file_kind
{
  NEW_FILE_REPLACES,	/* what is there, if anything is */
  NEW_FILE_IS_FIRST,	/* nothing may be there */
  NEW_FILE_IS_TEMPORARY /* it gets no place, but is made beside that */
};

struct new_file
{
  enum new_file_kind kind;
  char *place;	   /* where it is to be */
  char *directory; /* where it is made; null: in its place */
  char *name;	   /* by which it is made, with the directory */
  mode_t mode;	   /* of the file that it replaces; 0: there is none */
  int standard;	   /* the descriptor that it is already; -1: none */
  FILE *stream;	   /* what new_file_open returned */
};

/* Begin what is to be at PATH.  False with errno set if it cannot be: EEXIST
   means that what is there may not be replaced.  After that, NAME is not there
   yet and may be made, as a file or a directory.  */
bool new_file_begin (struct new_file *new, const char *path,
		     enum new_file_kind kind);

/* The same for several files in DIRECTORY, each of which new_file_move then
   moves there; each is made by its name in new->directory.  */
bool new_file_begin_several (struct new_file *new, const char *directory);

/* Make a file and open it, to be written.  Null with errno set if that cannot
   be.  new_file_finish or new_file_discard closes it.  */
FILE *new_file_open (struct new_file *new);

/* Whether what is written there goes to standard output.  */
bool new_file_is_stdout (const struct new_file *new);

/* It is complete: move it to its place.  False with errno set if it could not
   be written or moved, and what was there before is there still.  */
bool new_file_finish (struct new_file *new);
bool new_file_move (struct new_file *new, const char *name);

/* Remove what has got no place, and free all; always to be called at the end,
   whatever has failed.  Keeps errno.  */
void new_file_discard (struct new_file *new);

#endif /* NEW_FILE_H */
