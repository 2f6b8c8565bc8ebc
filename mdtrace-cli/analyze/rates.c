/* Rates.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdlib.h>

#include "analyze.h"
#include "ranked.h"
#include "rates.h"
#include "words.h"

enum
{
  STEPS_MAX = 4096,
  /* Far more than statistics look at.  */
  PROBES_MAX = 256
};

bool
rates_begin (struct rates *rates, const struct wanted *wanted,
	     int64_t first_ns, int64_t last_ns)
{
  *rates = (struct rates){
    .wanted = wanted,
    .grid = grid_make (first_ns, last_ns, STEPS_MAX),
  };
  source_probes (wanted->source, &rates->probe_count);
  rates->probes = calloc (rates->probe_count + 1, sizeof *rates->probes);
  return rates->probes != NULL;
}

void
rates_free (struct rates *rates)
{
  for (unsigned i = 0; rates->probes != NULL && i < rates->probe_count; i++)
    bins_free (&rates->probes[i]);
  free (rates->probes);
  bins_free (&rates->all);
}

bool
rates_take (struct rates *rates, const struct source_event *event)
{
  unsigned step = grid_find (&rates->grid, event->time_ns);

  return bins_add (&rates->all, step)
	 && bins_add (&rates->probes[event->probe->index], step);
}

/* Note in KNOWN, of each step, how many boots begin to have events in it, less
   how many have ended before.  */
static void
note_boot (const struct rates *rates, const struct boot *boot, int *known)
{
  const struct grid *grid = &rates->grid;

  if (boot->events == 0)
    return;
  known[grid_between (grid->first_ns, boot->first_ns) / grid->step_ns]++;
  known[grid_between (grid->first_ns, boot->last_ns) / grid->step_ns + 1]--;
}

/* Set the values of SERIES, of BOOT_ID or if that is 0 of all boots, to the
   rates of EVENTS, where they are known: within the span of a boot's events.
   False if there is no memory.  */
static bool
fill_in (const struct rates *rates, const struct boots *boots,
	 const struct bins *events, int64_t boot_id, struct series *series)
{
  const struct grid *grid = &rates->grid;
  const struct boot *boot = boots_find (boots, boot_id);
  uint32_t *counts = calloc (grid->steps, sizeof *counts);
  int *known = calloc (grid->steps + 1, sizeof *known), open = 0;
  bool good = counts != NULL && known != NULL;

  if (good)
    bins_spread (events, counts, grid->steps);
  for (unsigned i = 0; good && boot_id == 0 && i < boots->count; i++)
    note_boot (rates, &boots->boots[i], known);
  if (good && boot_id != 0 && boot != NULL)
    note_boot (rates, boot, known);
  for (unsigned i = 0; good && i < grid->steps; i++)
    {
      open += known[i];
      if (open > 0 && (i + 1 < grid->steps || grid->steps == 1))
	series->values[i] = counts[i] * 1e9 / grid->step_ns;
    }
  free (counts);
  free (known);
  return good;
}

static bool
add_series (const struct rates *rates, const struct boots *boots,
	    struct series_list *list, const struct bins *events,
	    const struct source_probe *probe)
{
  bool failed;
  char *where = wanted_where (rates->wanted, probe, &failed);
  char *title = probe != NULL
		    ? analyze_probe_title (rates->wanted->source, probe, false)
		    : NULL;
  char *name = probe == NULL   ? words_format ("events")
	       : title != NULL ? words_format ("events of %s", title)
			       : NULL;
  const struct grid *grid = &rates->grid;
  int64_t boot_id = probe != NULL ? probe->boot_id : 0;
  struct series *series
      = failed || name == NULL
	    ? NULL
	    : series_add (list, name, "events/s", boot_id, grid->first_ns,
			  (int64_t) grid->step_ns, grid->steps, where);

  free (where);
  free (title);
  free (name);
  return series != NULL && fill_in (rates, boots, events, boot_id, series);
}

/* Put the probes that have most events into RANKS, by index.  Returns how many
   there are.  */
static unsigned
rank_probes (const struct rates *rates, struct ranked *ranks)
{
  unsigned count = 0;

  for (unsigned i = 0; i < rates->probe_count; i++)
    if (rates->probes[i].count > 0)
      ranks[count++] = (struct ranked){ i, bins_sum (&rates->probes[i]) };
  return ranked_keep (ranks, count, PROBES_MAX);
}

bool
rates_add (const struct rates *rates, const struct boots *boots,
	   struct series_list *list)
{
  unsigned probes;
  const struct source_probe *probe
      = source_probes (rates->wanted->source, &probes);
  struct ranked *ranks = calloc (rates->probe_count + 1, sizeof *ranks);
  bool good
      = ranks != NULL && add_series (rates, boots, list, &rates->all, NULL);
  unsigned count = good ? rank_probes (rates, ranks) : 0;

  for (unsigned i = 0; good && i < count; i++)
    good = add_series (rates, boots, list, &rates->probes[ranks[i].place],
		       &probe[ranks[i].place]);
  free (ranks);
  return good;
}
