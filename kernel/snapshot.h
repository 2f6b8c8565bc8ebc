/* Snapshots of the system, and the history of them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_SNAPSHOT_H
#define MDTRACE_SNAPSHOT_H

#include "mach_kernel.h"
#include "mdtrace_types.h"

/* Get memory for the history: at the start.  Without it there is none.  */
void snapshot_start (void);

/* Called at every clock tick of the first CPU, with interrupts off: once a
   second, add a snapshot to the history.  */
void snapshot_tick (void);

/* The system at this moment.  Interrupts are off, or the server lock is
   held.  */
void perf_take_system_snapshot (mdtrace_snapshot_t *snapshot);

/* Copy the snapshot with number SEQUENCE.  False if it is not there, or not any
   more.  */
bool snapshot_get (uint64_t sequence, mdtrace_snapshot_t *snapshot);

/* The numbers of the oldest and the newest one that are there; 0 if there is
   none.  */
uint64_t snapshot_oldest (void);
uint64_t snapshot_newest (void);

/* How far free memory has sunk from where page-out starts to where allocations
   wait, in 1/10000.  */
uint32_t snapshot_pressure (void);

#endif /* MDTRACE_SNAPSHOT_H */
