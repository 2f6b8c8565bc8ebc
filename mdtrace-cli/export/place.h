/* Export: places, that is what is the same for all events of a site.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What a format says of a probe and its site is text that each of their events
   repeats.  It is made once, and kept with the place.  */

#ifndef EXPORT_PLACE_H
#define EXPORT_PLACE_H

#include "fragment.h"
#include "source.h"

enum
{
  PLACE_FRAGMENTS = 3
};

/* A site of a probe; or a probe, for its events whose site is not known.  */
struct place
{
  const struct source_probe *probe;
  const struct source_site *site; /* null: not known */
  const char *function, *name, *kind;
  int message; /* the argument that is an id of a message; -1: none is */
  bool is_selected;
  bool has_selected; /* of a probe: any of its places is selected */
  /* What the exporter makes of it.  */
  struct fragment fragments[PLACE_FRAGMENTS];
  void *kept; /* and what else it keeps, by itself; null at first */
};

struct places;

/* The places of SOURCE, of which PATTERN selects some; null: all.  On failure
   returns null and leaves a sentence in MESSAGE, of BYTES bytes; an empty one
   if it selects none.  */
struct places *places_new (struct source *source, const char *pattern,
			   char *message, size_t bytes);
void places_free (struct places *places);

/* Call VISIT with each of them.  */
void places_visit (struct places *places, void visit (struct place *place));

/* Whether any place of PROBE is selected.  */
bool places_has_probe (const struct places *places,
		       const struct source_probe *probe);

/* That of EVENT.  */
struct place *places_of (const struct places *places,
			 const struct source_event *event);

/* What the argument with NUMBER of PROBE is called.  */
const char *place_argument_name (const struct source_probe *probe,
				 unsigned number);

#endif /* EXPORT_PLACE_H */
