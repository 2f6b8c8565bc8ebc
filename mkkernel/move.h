/* Moving instructions to another place.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MKKERNEL_MOVE_H
#define MKKERNEL_MOVE_H

#include "plan.h"

/* Append to PLAN's moved copy what does the same as INSTRUCTION elsewhere.
   False if there is no such thing, or no room for it.  */
bool move_instruction (const struct code *code, const cs_insn *instruction,
		       struct plan *plan);

#endif /* MKKERNEL_MOVE_H */
