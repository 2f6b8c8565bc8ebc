/* Words: what analyses call things.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef ANALYZE_WORDS_H
#define ANALYZE_WORDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "source.h"

/* A string by printf's rules, as analyze_text makes it.  */
json_t *words_json (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));

/* An address as JSON.  */
json_t *words_address (uint64_t address);

/* VALUE as JSON, at most what that has room for.  */
json_t *words_number (uint64_t value);

/* A string by printf's rules, null if there is no memory.  The caller frees
   it.  */
char *words_format (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));

enum
{
  WORDS_BYTES = 160
};

/* What TASK, which may be null, is called: its name, or else its address.  */
const char *words_task (const struct source_task *task,
			char text[static WORDS_BYTES]);

/* The same of THREAD.  The caller frees it; null if there is no memory.  */
char *words_thread (const struct source_thread *thread);

/* NS as people say it, with a unit.  */
const char *words_duration (double ns, char text[static WORDS_BYTES]);

/* NS since 1970, in UTC, to the microsecond.  */
const char *words_time (int64_t ns, char text[static WORDS_BYTES]);

#endif /* ANALYZE_WORDS_H */
