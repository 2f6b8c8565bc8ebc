/* The thread that drains the rings.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_DRAIN_H
#define MDTRACED_DRAIN_H

#include "daemon.h"
#include "database.h"

struct drain;

/* Claim the rings of the daemon's target and get ready to store them in
   DATABASE.  On failure returns null and leaves a sentence in MESSAGE, of
   BYTES bytes.  */
struct drain *drain_open (struct daemon *daemon, struct database *database,
			  char *message, size_t bytes);

/* Read and store until the daemon is told to stop; then store what is left.
   A target that goes away is waited for.  After an error that will not go
   away, which is logged, the daemon is stopped.  */
void drain_run (struct drain *drain);

void drain_close (struct drain *drain);

#endif /* MDTRACED_DRAIN_H */
