/* The boots that a trace has events of.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef ANALYZE_BOOTS_H
#define ANALYZE_BOOTS_H

#include <jansson.h>
#include <stdbool.h>

#include "source.h"

struct boot
{
  int64_t boot_id;
  int64_t first_ns, last_ns; /* of its events */
  uint64_t events;
};

struct boots
{
  struct source *source;
  struct boot *boots; /* by their ids */
  unsigned count;
  unsigned *of_probe; /* by index */
};

/* As those of a timeline.  */
bool boots_begin (struct boots *boots, struct source *source);
void boots_free (struct boots *boots);
void boots_take (struct boots *boots, const struct source_event *event);

/* The boot with BOOT_ID; null: there is none.  */
const struct boot *boots_find (const struct boots *boots, int64_t boot_id);

/* How many boots have events.  */
unsigned boots_count (const struct boots *boots);

/* The list of the last of those with events.  How many others there are, the
   version of the kernel and the target become members of TRACE: these are
   those of the last boot with events, or the last of all.  Null if there is no
   memory.  */
json_t *boots_json (const struct boots *boots, json_t *trace);

#endif /* ANALYZE_BOOTS_H */
