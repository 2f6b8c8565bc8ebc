/* babeltrace2's source: what is a trace of ours.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef BABELTRACE_RECOGNISE_H
#define BABELTRACE_RECOGNISE_H

#include <stdbool.h>

/* Whether the file at PATH begins like a database of mdtrace, of whatever
   version, or like a trace file.  */
bool is_trace (const char *path);

#endif /* BABELTRACE_RECOGNISE_H */
