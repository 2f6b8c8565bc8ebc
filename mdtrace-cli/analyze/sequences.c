/* Patterns: what threads do in a row.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The table is a hash of open addresses, twice as large as what may be in
   it.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "patterns.h"
#include "words.h"

enum
{
  TABLE = 2 * SEQUENCES_MAX
};

/* A site or a probe, and what it is called.  */
struct place
{
  char *name;
  uint16_t *number; /* where the number of that is to go */
};

static int
compare_places (const void *first, const void *second)
{
  return strcmp (((const struct place *) first)->name,
		 ((const struct place *) second)->name);
}

/* What a place is called: with a function only if the provider's events are of
   functions.  */
static char *
name_place (const struct source_probe *probe, const char *function,
	    const char *name)
{
  if (strcmp (probe->provider, "fbt") == 0)
    return words_format ("%s:%s", function, name);
  return words_format ("%s:::%s", probe->provider, name);
}

/* Give each of COUNT PLACES the number of its name, which is taken over.  */
static bool
number_places (struct sequences *sequences, struct place *places,
	       unsigned count)
{
  bool good = true;

  for (unsigned i = 0; i < count; i++)
    good = good && places[i].name != NULL;
  if (good && count > 0)
    qsort (places, count, sizeof *places, compare_places);
  for (unsigned i = 0; i < count; i++)
    {
      bool is_new = !good || sequences->name_count == 0
		    || strcmp (sequences->names[sequences->name_count - 1],
			       places[i].name)
			   != 0;
      if (is_new && good)
	sequences->names[sequences->name_count++] = places[i].name;
      else
	free (places[i].name);
      *places[i].number
	  = sequences->name_count <= UINT16_MAX ? sequences->name_count : 0;
    }
  return good;
}

bool
sequences_begin (struct sequences *sequences, const struct source *source)
{
  unsigned sites, probes, threads, count = 0;
  const struct source_site *site = source_sites (source, &sites);
  const struct source_probe *probe = source_probes (source, &probes);

  source_threads (source, &threads);
  *sequences = (struct sequences){
    .names = calloc (sites + probes + 1, sizeof *sequences->names),
    .of_site = calloc (sites + 1, sizeof *sequences->of_site),
    .of_probe = calloc (probes + 1, sizeof *sequences->of_probe),
    .threads = calloc (threads + 1, sizeof *sequences->threads),
    .table = calloc (TABLE, sizeof *sequences->table),
  };
  struct place *places = calloc (sites + probes + 1, sizeof *places);
  bool good = sequences->names != NULL && sequences->of_site != NULL
	      && sequences->of_probe != NULL && sequences->threads != NULL
	      && sequences->table != NULL && places != NULL;
  for (unsigned i = 0; good && i < sites; i++)
    places[count++] = (struct place){
      .name = name_place (site[i].probe, site[i].function, site[i].name),
      .number = &sequences->of_site[i],
    };
  for (unsigned i = 0; good && i < probes; i++)
    places[count++] = (struct place){
      .name = name_place (&probe[i], probe[i].function, probe[i].name),
      .number = &sequences->of_probe[i],
    };
  good = good && number_places (sequences, places, count);
  free (places);
  return good;
}

void
sequences_free (struct sequences *sequences)
{
  for (unsigned i = 0; i < sequences->name_count; i++)
    free (sequences->names[i]);
  free (sequences->names);
  free (sequences->of_site);
  free (sequences->of_probe);
  free (sequences->threads);
  free (sequences->table);
}

void
sequences_take (struct sequences *sequences, const struct source_event *event)
{
  if (event->thread == NULL || !event->thread->has_address)
    return;
  uint64_t place = event->site != NULL
		       ? sequences->of_site[event->site->index]
		       : sequences->of_probe[event->probe->index];
  uint64_t key = sequences->threads[event->thread->index] << 16 | place;

  sequences->threads[event->thread->index] = key;
  /* Not so many yet, or one among them that has no number.  */
  if (key >> 48 == 0 || (key >> 32 & 0xffff) == 0 || (key >> 16 & 0xffff) == 0
      || place == 0)
    return;
  uint64_t hash = key * UINT64_C (0x9e3779b97f4a7c15);
  unsigned at = hash >> 32 & (TABLE - 1);
  while (sequences->table[at].key != key)
    {
      if (sequences->table[at].key == 0)
	{
	  if (sequences->count == SEQUENCES_MAX)
	    {
	      sequences->is_full = true;
	      return;
	    }
	  sequences->count++;
	  sequences->table[at] = (struct sequence){
	    .key = key,
	    .first_ns = event->time_ns,
	  };
	  break;
	}
      at = (at + 1) & (TABLE - 1);
    }
  sequences->table[at].count++;
  sequences->table[at].last_ns = event->time_ns;
}
