/* mdtrace trace: printing events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TRACE_H
#define TRACE_H

#include "msgids.h"
#include "symbols.h"

/* Print EVENT in a line for people, with its stack in lines behind it, or as
   an object of JSON in a line.  SYMBOLS tell what its frames are, and MSGIDS,
   which may be null, what messages are called.  */
void trace_print_text (const struct mdtrace_event *event,
		       const struct symbols *symbols,
		       const struct msgids *msgids);
void trace_print_json (const struct mdtrace_event *event,
		       const struct symbols *symbols,
		       const struct msgids *msgids);

#endif /* TRACE_H */
