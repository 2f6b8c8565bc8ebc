/* A thread that sees to what is due when nobody asks for anything.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_KEEPER_H
#define MDTRACE_KEEPER_H

/* Start it.  Called once, from a thread.  */
void keeper_start (void);

#endif /* MDTRACE_KEEPER_H */
