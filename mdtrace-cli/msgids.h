/* Names of messages: what MIG calls the routine that an id belongs to.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   From files NAME.msgids, as GNU Mach and the Hurd install them: a line for
   each routine, of subsystem, its first id, routine, number, id of the request
   and id of the reply, or 0 if there is none.  */

#ifndef MSGIDS_H
#define MSGIDS_H

#include <stddef.h>
#include <stdint.h>

struct msgids;

/* Read all files in DIRECTORIES, separated by ':'; null: those that
   MDTRACE_MSGIDS names, or else where they are installed, and where mdtrace
   was built, if MDTRACE_LIBDIR says so.  Of what several say about an id the
   first counts.  Directories that are not there have no files.  Null if there
   is no memory.  */
struct msgids *msgids_read (const char *directories);
void msgids_free (struct msgids *msgids);

enum
{
  MSGIDS_NAME_BYTES = 160
};

/* What the message with ID is called: "subsystem.routine", and of a reply
   "subsystem.routine reply".  Null if that is not known, or MSGIDS is null.
   */
const char *msgids_name (const struct msgids *msgids, int32_t id);

#endif /* MSGIDS_H */
