/* A virtual machine of mdtrace-vm(1), as its directory tells of it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The directory holds, all for the owner only:

     guest	what struct guest says, a line NAME=VALUE each
     ram	the guest's memory, page for page
     console.log	all that the guest wrote to its console
     console	a socket that leads to the guest's console
     pid	QEMU's process id; QEMU keeps the file locked while it runs
     serial	a socket that leads to its second serial line, if it has one
     mailbox.lock	locked by whoever uses the mailbox in the guest's
   memory

   mdtrace-vm writes it, libmdtrace reads it.  */

#ifndef LIBMDTRACE_GUEST_H
#define LIBMDTRACE_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum
{
  GUEST_PATH_BYTES = 1024
};

struct guest
{
  uint64_t memory_bytes;
  /* Physical address of struct mdtrace_shared; 0: not an instrumented
     kernel.  */
  uint64_t shared_address;
  char kernel[GUEST_PATH_BYTES];
};

/* Read DIRECTORY's file "guest".  False, with errno set, if there is no good
   one.  */
bool guest_read (const char *directory, struct guest *guest);

/* Write it.  False, with errno set, if that fails.  */
bool guest_write (const char *directory, const struct guest *guest);

enum guest_state
{
  GUEST_RUNNING,
  GUEST_STOPPED_IN_DEBUGGER, /* waits at the prompt of its kernel debugger */
  GUEST_NOT_RUNNING
};

/* What the guest in DIRECTORY does.  */
enum guest_state guest_get_state (const char *directory);

/* QEMU's process, or 0 if it does not run.  */
int guest_get_pid (const char *directory);

/* Put the last LINES lines of the console log, as far as they fit, into TEXT
   of BYTES bytes.  Control characters other than newlines are left out.  */
void guest_console_tail (const char *directory, unsigned lines, char *text,
			 size_t bytes);

/* Put DIRECTORY/NAME into PATH.  */
void guest_path (char path[GUEST_PATH_BYTES], const char *directory,
		 const char *name);

#endif /* LIBMDTRACE_GUEST_H */
