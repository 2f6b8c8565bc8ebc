/* mdtrace trace: printing events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TRACE_H
#define TRACE_H

#include "cli.h"

/* Print EVENT in a line for people, or as an object of JSON in a line.  */
void trace_print_text (const struct mdtrace_event *event);
void trace_print_json (const struct mdtrace_event *event);

#endif /* TRACE_H */
