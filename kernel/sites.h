/* Sites: the places in the kernel's text that are probed.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   There is at most one site for an address, that of the event, which several
   probes can share.  A site is patched while at least one enabling is
   attached to it: by a jump where its plan has one and one CPU runs, no
   thread is blocked inside of the bytes, and no other patched site is in the
   way; otherwise by a breakpoint.  Where a site is added inside of the bytes
   that another one's jump has displaced, that one changes over to a
   breakpoint.

   Sites, gates and slots are never freed: a thread may be inside of them at
   any time.  All functions are called with the server lock held.  */

#ifndef MDTRACE_SITES_H
#define MDTRACE_SITES_H

#include "dtrace.h"
#include "mach_kernel.h"
#include "site_table.h"

/* [I] immutable once set, [s] server lock; all but [I] is changed between
   patch_begin and patch_end.  */
struct dtrace_site
{
  struct dtrace_enabling *first;  /* [s] */
  /* [s] The first, if it is the only one and takes but copying registers; and
     if it is the only one and can be handled in other short ways.  */
  struct dtrace_enabling *plain, *quick;
  word_t address;		  /* [I] of the event */
  void *slot;			  /* [I] where the breakpoint leads */
  void *gate;			  /* [I] where the jump leads */
  uint8_t *light;		  /* [I] the same, where only hooks are */
  const void *target;		  /* [s] where it leads at this moment */
  struct dtrace_site *hash_next;  /* [I] */
  const struct table_site *table; /* [I] null: an address, no jump */
  uint32_t function;		  /* [I] number of its function */
  uint32_t near;		  /* [I] of the table's sites, the first one
				     at the address or behind it */
  uint8_t class;		  /* [I] see site_table.h */
  uint8_t mode;			  /* [s] enum mdtrace_site_mode */
  uint8_t original;		  /* [I] the byte under a breakpoint */
};

/* Forget whatever is known: at the start.  */
void sites_initialize (void);

/* The site at ADDRESS, if it was asked for before.  Also from a breakpoint's
   handler, with interrupts off and without the lock.  */
struct dtrace_site *sites_find (word_t address);

/* The site at ADDRESS, made if need be; TABLE is its entry in the table, or
   null.  Errors: NO_MEMORY, TEXT_CHANGED.  */
int sites_get (word_t address, const struct table_site *table,
	       struct dtrace_site **site);

/* Attach all enablings from FIRST on, linked by probe_next, to their sites,
   or none of them.  Errors: NO_MEMORY, TEXT_CHANGED.  */
int sites_attach (struct dtrace_enabling *first);

/* Take all of them away again.  No CPU uses any of them then.  */
void sites_detach (struct dtrace_enabling *first);

/* How the site at ADDRESS is patched at this moment, an enum
   mdtrace_site_mode.  */
unsigned sites_mode (word_t address);

#endif /* MDTRACE_SITES_H */
