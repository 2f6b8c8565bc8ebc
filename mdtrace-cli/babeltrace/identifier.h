/* babeltrace2's source: identifiers, and other words.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Names of values are what users and probes call them, and CTF has names that
   C could have.  */

#ifndef BABELTRACE_IDENTIFIER_H
#define BABELTRACE_IDENTIFIER_H

#include <stddef.h>

/* An identifier of CTF that is like NAME, and not one of the COUNT in TAKEN,
   below 90; in TEXT, of BYTES bytes, 8 or more.  */
void ctf_identifier (const char *name, const char *const *taken,
		     unsigned count, char *text, size_t bytes);

/* TEXT as metadata of CTF can have it, that is in printable ASCII, with '?'
   for all else: babeltrace2 2.0.4 writes other characters as octal numbers,
   and reads more digits than it has written.  The caller frees it; null: there
   is no memory.  */
char *ctf_metadata_text (const char *text);

#endif /* BABELTRACE_IDENTIFIER_H */
