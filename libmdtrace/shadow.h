/* Trace rings whose memory cannot be seen from here.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A shadow is memory of this process that looks like a ring, and is brought up
   to date by RPCs: what a transport offers that cannot map rings.  The fields
   of struct transport say what each of these does.  */

#ifndef LIBMDTRACE_SHADOW_H
#define LIBMDTRACE_SHADOW_H

#include "target.h"

int shadow_map_ring (struct mdtrace_target *target, unsigned cpu,
		     struct ring_memory *memory);
void shadow_unmap_ring (struct mdtrace_target *target,
			const struct ring_memory *memory);
int shadow_update_ring (struct mdtrace_target *target, unsigned cpu,
			struct ring_memory *memory, uint64_t position);
int shadow_release_ring (struct mdtrace_target *target, unsigned cpu,
			 const char *holder, uint64_t position);
int shadow_get_watermarks (struct mdtrace_target *target, unsigned cpus,
			   uint64_t *watermarks);

#endif /* LIBMDTRACE_SHADOW_H */
