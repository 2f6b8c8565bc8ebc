/* Flame graphs.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef FLAME_GRAPH_H
#define FLAME_GRAPH_H

#include "folded.h"

/* Draw FOLDED, whose weights are what BY says, as a picture in SVG that
   answers to clicks and needs nothing else; TITLE stands above it.  False if
   there is no memory, or FILE could not be written; errno tells.  */
bool flame_graph (const struct folded *folded, enum folded_by by,
		  const char *title, FILE *file);

#endif /* FLAME_GRAPH_H */
