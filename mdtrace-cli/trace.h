/* mdtrace trace: printing events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TRACE_H
#define TRACE_H

#include "symbols.h"

/* Print EVENT in a line for people, with its stack in lines behind it, or as
   an object of JSON in a line.  SYMBOLS tell what its frames are.  */
void trace_print_text (const struct mdtrace_event *event,
		       const struct symbols *symbols);
void trace_print_json (const struct mdtrace_event *event,
		       const struct symbols *symbols);

#endif /* TRACE_H */
