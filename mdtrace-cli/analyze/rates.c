/* Rates.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdlib.h>

#include "analyze.h"
#include "rates.h"
#include "words.h"

enum
{
  STEPS_MAX = 4096
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
  rates->all = calloc (rates->grid.steps, sizeof *rates->all);
  rates->probes = calloc (rates->probe_count + 1, sizeof *rates->probes);
  return rates->all != NULL && rates->probes != NULL;
}

void
rates_free (struct rates *rates)
{
  for (unsigned i = 0; rates->probes != NULL && i < rates->probe_count; i++)
    free (rates->probes[i]);
  free (rates->probes);
  free (rates->all);
}

bool
rates_take (struct rates *rates, const struct source_event *event)
{
  uint32_t **probe = &rates->probes[event->probe->index];
  unsigned step = grid_find (&rates->grid, event->time_ns);

  if (__builtin_expect (*probe == NULL, 0))
    {
      *probe = calloc (rates->grid.steps, sizeof **probe);
      if (*probe == NULL)
	return false;
    }
  rates->all[step]++;
  (*probe)[step]++;
  return true;
}

/* Whether STEP is in the span of the events of BOOT_ID, or of any boot if that
   is 0.  */
static bool
is_known (const struct rates *rates, const struct boots *boots,
	  int64_t boot_id, unsigned step)
{
  if (step + 1 == rates->grid.steps && rates->grid.steps > 1)
    return false;
  for (unsigned i = 0; i < boots->count; i++)
    {
      const struct boot *boot = &boots->boots[i];
      if ((boot_id == 0 || boot->boot_id == boot_id) && boot->events > 0
	  && boot->first_ns <= grid_end (&rates->grid, step)
	  && boot->last_ns >= grid_begin (&rates->grid, step))
	return true;
    }
  return false;
}

static bool
add_series (const struct rates *rates, const struct boots *boots,
	    struct series_list *list, const uint32_t *counts,
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
  for (unsigned i = 0; series != NULL && i < grid->steps; i++)
    if (is_known (rates, boots, boot_id, i))
      series->values[i] = counts[i] * 1e9 / grid->step_ns;
  return series != NULL;
}

bool
rates_add (const struct rates *rates, const struct boots *boots,
	   struct series_list *list)
{
  unsigned count;
  const struct source_probe *probes
      = source_probes (rates->wanted->source, &count);
  bool good = add_series (rates, boots, list, rates->all, NULL);

  for (unsigned i = 0; good && i < count; i++)
    if (rates->probes[i] != NULL)
      good = add_series (rates, boots, list, rates->probes[i], &probes[i]);
  return good;
}
