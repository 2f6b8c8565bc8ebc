/* Which events are analysed.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef ANALYZE_WANTED_H
#define ANALYZE_WANTED_H

#include <stdbool.h>

#include "source.h"

struct wanted
{
  const struct source *source;
  bool *sites, *probes; /* by index: whether such events are wanted */
  /* If not all are: the sites by their probes, and where those of a probe
     begin.  */
  unsigned *site_order, *first_site;
  bool is_all;	/* whether all are */
  bool is_none; /* whether no probe of the source is */
};

/* Those of which the glob PATTERN matches the description or the label; null:
   all.  False if there is no memory; to be freed in any case.  */
bool wanted_begin (struct wanted *wanted, const struct source *source,
		   const char *pattern);
void wanted_free (struct wanted *wanted);

static inline bool
wanted_has (const struct wanted *wanted, const struct source_event *event)
{
  return wanted->is_all
	 || (event->site != NULL ? wanted->sites[event->site->index]
				 : wanted->probes[event->probe->index]);
}

/* The part of a WHERE for the view events that picks those of PROBE, or of all
   probes if that is null; null: all events, or if not all are wanted there are
   too many probes and sites to name them, or if *FAILED is set there is no
   memory.  The caller frees it.  */
char *wanted_where (const struct wanted *wanted,
		    const struct source_probe *probe, bool *failed);

#endif /* ANALYZE_WANTED_H */
