/* Export: places, that is what is the same for all events of a site.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"

struct places
{
  unsigned site_count, probe_count;
  struct place *of_site, *of_probe; /* by index */
};

/* What the view events calls the kinds of sites and probes: set it for the
   COUNT places at PLACE by the rows of TEXT, which have keys and kinds.  Rows
   that damage has left without a place are passed over.  */
static bool
load_kinds (struct source *source, const char *text, struct place *place,
	    unsigned count)
{
  sqlite3_stmt *row;
  bool good
      = sqlite3_prepare_v2 (source_connection (source), text, -1, &row, NULL)
	== SQLITE_OK;

  for (unsigned i = 0; good && i < count; i++)
    {
      int64_t key
	  = place[i].site != NULL ? place[i].site->key : place[i].probe->key;
      do
	good = sqlite3_step (row) == SQLITE_ROW;
      while (good && sqlite3_column_int64 (row, 0) != key);
      const char *kind
	  = good ? (const char *) sqlite3_column_text (row, 1) : NULL;
      place[i].kind = strdup (kind != NULL ? kind : "");
      good = good && place[i].kind != NULL;
    }
  sqlite3_finalize (row);
  return good;
}

/* The number of the last argument of PROBE that is an id of a message; -1:
   none is.  */
static int
message_argument (const struct source_probe *probe)
{
  int number = MDTRACE_ARGUMENTS_MAX - 1;

  while (number >= 0
	 && strcmp (probe->names->values[number].type, "mach_msg_id_t") != 0)
    number--;
  return number;
}

struct places *
places_new (struct source *source, const char *pattern, char *message,
	    size_t bytes)
{
  struct places *places = calloc (1, sizeof *places);
  bool any = false;

  if (places == NULL)
    {
      snprintf (message, bytes, "%s", strerror (errno));
      return NULL;
    }
  const struct source_site *site = source_sites (source, &places->site_count);
  const struct source_probe *probe
      = source_probes (source, &places->probe_count);
  places->of_site = calloc (places->site_count + 1, sizeof *places->of_site);
  places->of_probe
      = calloc (places->probe_count + 1, sizeof *places->of_probe);
  bool good = places->of_site != NULL && places->of_probe != NULL;
  for (unsigned i = 0; good && i < places->probe_count; i++)
    {
      struct place *place = &places->of_probe[i];
      place->probe = &probe[i];
      place->function = probe[i].function;
      place->name = probe[i].name;
      place->message = message_argument (&probe[i]);
      place->is_selected
	  = pattern == NULL || source_matches (pattern, &probe[i], NULL);
      place->has_selected = place->is_selected;
      any |= place->is_selected;
    }
  for (unsigned i = 0; good && i < places->site_count; i++)
    {
      struct place *place = &places->of_site[i];
      place->probe = site[i].probe;
      place->site = &site[i];
      place->function = site[i].function;
      place->name = site[i].name;
      place->message = places->of_probe[site[i].probe->index].message;
      place->is_selected
	  = pattern == NULL
	    || source_matches (pattern, site[i].probe, &site[i]);
      places->of_probe[site[i].probe->index].has_selected
	  |= place->is_selected;
      any |= place->is_selected;
    }
  if (!good
      || !load_kinds (source,
		      "SELECT site_key, kind FROM site ORDER BY site_key",
		      places->of_site, places->site_count)
      || !load_kinds (source,
		      "SELECT probe_key, kind FROM probe ORDER BY probe_key",
		      places->of_probe, places->probe_count))
    {
      snprintf (message, bytes, "%s",
		sqlite3_errcode (source_connection (source)) != SQLITE_OK
		    ? sqlite3_errmsg (source_connection (source))
		    : strerror (ENOMEM));
      places_free (places);
      return NULL;
    }
  if (pattern == NULL || any)
    return places;
  message[0] = '\0';
  places_free (places);
  return NULL;
}

static void
free_places (struct place *place, unsigned count)
{
  for (unsigned i = 0; place != NULL && i < count; i++)
    {
      free ((char *) place[i].kind);
      for (unsigned j = 0; j < PLACE_FRAGMENTS; j++)
	fragment_free (&place[i].fragments[j]);
    }
  free (place);
}

void
places_free (struct places *places)
{
  if (places == NULL)
    return;
  free_places (places->of_site, places->site_count);
  free_places (places->of_probe, places->probe_count);
  free (places);
}

void
places_visit (struct places *places, void visit (struct place *place))
{
  for (unsigned i = 0; i < places->site_count; i++)
    visit (&places->of_site[i]);
  for (unsigned i = 0; i < places->probe_count; i++)
    visit (&places->of_probe[i]);
}

bool
places_has_probe (const struct places *places,
		  const struct source_probe *probe)
{
  return places->of_probe[probe->index].has_selected;
}

struct place *
places_of (const struct places *places, const struct source_event *event)
{
  return event->site != NULL && event->site->probe == event->probe
	     ? &places->of_site[event->site->index]
	     : &places->of_probe[event->probe->index];
}

const char *
place_argument_name (const struct source_probe *probe, unsigned number)
{
  static const char *const unnamed[MDTRACE_ARGUMENTS_MAX]
      = { "arg0", "arg1", "arg2", "arg3", "arg4", "arg5" };
  const char *name = probe->names->values[number].name;

  return name[0] != '\0' ? name : unnamed[number];
}
