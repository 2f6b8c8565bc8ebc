/* Gates of sites where nothing but counters is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Such a gate is code made for the hooks of one site: it takes the value of each
   from where it is, adds it up or calls the hook, and ends with the moved copy of
   the displaced instructions, as any gate does.  What there is before these is
   written anew when hooks come or go, with interrupts off on the only CPU:
   nobody is in there then.  */

#ifndef MDTRACE_X86_HOOK_GATE_H
#define MDTRACE_X86_HOOK_GATE_H

#include "sites.h"

/* Get memory for such a gate of SITE, which has a plan for a jump.  Returns
   MDTRACE_OK or MDTRACE_ERR_NO_MEMORY.  */
int hook_gate_make (struct dtrace_site *site);

/* Write it for the enablings that are at SITE at this moment.  Where it begins;
   null if it does not serve for these.  Between patch_begin and patch_end.  */
const void *hook_gate_write (struct dtrace_site *site);

#endif /* MDTRACE_X86_HOOK_GATE_H */
