/* Addresses in the kernel's text, as people read them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef SYMBOLS_H
#define SYMBOLS_H

#include "cli.h"

/* All zeros: not asked for yet.  */
struct symbols
{
  bool is_asked;
  struct mdtrace_function *functions; /* by address */
  size_t count;
};

/* Ask TARGET for its functions, once.  If it does not tell them, addresses
   remain what they are.  */
void symbols_load (struct symbols *symbols, struct mdtrace_target *target);
void symbols_free (struct symbols *symbols);

/* The function that ADDRESS lies in; of several names the first.  Null if
   there is none.  */
const struct mdtrace_function *symbols_find (const struct symbols *symbols,
					     uint64_t address);

/* ADDRESS as FUNCTION, FUNCTION+0xOFFSET or 0xADDRESS.  The caller frees
   it.  */
char *symbols_place (const struct symbols *symbols, uint64_t address);

/* The frame with NUMBER, from 0 on, of a stack: the address of the site, or a
   return address, which can stand behind the end of the function that it
   belongs to, where that calls one that never returns.  */
char *symbols_frame (const struct symbols *symbols, unsigned number,
		     uint64_t address);
json_t *symbols_frame_json (const struct symbols *symbols, unsigned number,
			    uint64_t address);

#endif /* SYMBOLS_H */
