/* Who reads the trace rings.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All functions are called with the server lock held, but for claim_is_held,
   which may be called anywhere.  A claim lasts as long as its lease: a holder
   that died is gone when that has run out, and the claim has lapsed.  Rings in
   overwrite mode are frozen as long as the claim lasts.  */

#ifndef MDTRACE_CLAIM_H
#define MDTRACE_CLAIM_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

enum
{
  CLAIM_LEASE_MS_MIN = 1000,
  CLAIM_LEASE_MS_MAX = 600000
};

/* Errors: BAD_ARGUMENT, RING_CLAIMED.  */
int claim_take (const char *holder, uint32_t lease_ms);

/* Errors: BAD_ARGUMENT, NOT_CLAIMED.  */
int claim_renew (const char *holder, uint32_t lease_ms);

/* Error: NOT_CLAIMED.  */
int claim_release (const char *holder);

/* Whether anybody has the claim now.  */
bool claim_is_held (void);

/* Whether HOLDER, of MDTRACE_HOLDER_BYTES, has the claim now.  */
bool claim_is_held_by (const char *holder);

/* The number of the claim that is held now, 0 if there is none.  Whoever takes
   over goes on with the claim; no other one ever has its number.  */
uint64_t claim_number (void);

/* The number of the claim that has lapsed since this was asked last; 0: none
   has.  To be asked before each request that may claim the rings.  */
uint64_t claim_lapsed (void);

/* The holder's name, or an empty one.  */
void claim_get_holder (char *holder);

#endif /* MDTRACE_CLAIM_H */
