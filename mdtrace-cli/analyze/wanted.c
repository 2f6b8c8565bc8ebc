/* Which events are analysed.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "wanted.h"
#include "words.h"

bool
wanted_begin (struct wanted *wanted, const struct source *source,
	      const char *pattern)
{
  unsigned sites, probes;
  const struct source_site *site = source_sites (source, &sites);
  const struct source_probe *probe = source_probes (source, &probes);

  *wanted = (struct wanted){
    .source = source,
    .sites = calloc (sites + 1, sizeof *wanted->sites),
    .probes = calloc (probes + 1, sizeof *wanted->probes),
    .is_all = pattern == NULL,
    .is_none = pattern != NULL,
  };
  if (wanted->sites == NULL || wanted->probes == NULL)
    return false;
  for (unsigned i = 0; i < probes; i++)
    wanted->probes[i]
	= pattern == NULL || source_matches (pattern, &probe[i], NULL);
  for (unsigned i = 0; i < sites; i++)
    wanted->sites[i]
	= pattern == NULL || source_matches (pattern, site[i].probe, &site[i]);
  for (unsigned i = 0; i < probes; i++)
    wanted->is_none = wanted->is_none && !wanted->probes[i];
  for (unsigned i = 0; i < sites; i++)
    wanted->is_none = wanted->is_none && !wanted->sites[i];
  return true;
}

void
wanted_free (struct wanted *wanted)
{
  free (wanted->sites);
  free (wanted->probes);
}

/* Print to FILE what picks the events of PROBE, if there are any; behind
   others if that is not the FIRST.  Returns whether that is still so.  */
static bool
print_probe (const struct wanted *wanted, const struct source_probe *probe,
	     bool is_first, FILE *file)
{
  unsigned sites, count = 0;
  const struct source_site *site = source_sites (wanted->source, &sites);
  bool is_whole = wanted->probes[probe->index];

  for (unsigned i = 0; i < sites; i++)
    count += site[i].probe == probe && wanted->sites[i];
  if (!is_whole && count == 0)
    return is_first;
  fprintf (file, "%s(boot_id = %" PRId64 " AND probe_id = %" PRIu32,
	   is_first ? "" : " OR ", probe->boot_id, probe->id);
  if (!is_whole)
    {
      fputs (" AND address IN (", file);
      for (unsigned i = 0; i < sites; i++)
	if (site[i].probe == probe && wanted->sites[i])
	  fprintf (file, "%" PRId64 "%s", (int64_t) site[i].address,
		   --count > 0 ? ", " : ")");
    }
  fputs (")", file);
  return false;
}

char *
wanted_where (const struct wanted *wanted, const struct source_probe *probe,
	      bool *failed)
{
  unsigned probes;
  const struct source_probe *all = source_probes (wanted->source, &probes);
  char *text = NULL;
  size_t bytes;

  *failed = false;
  if (probe == NULL && wanted->is_all)
    return NULL;
  FILE *file = open_memstream (&text, &bytes);
  *failed = file == NULL;
  if (*failed)
    return NULL;
  bool is_first = true;
  if (probe != NULL)
    is_first = print_probe (wanted, probe, is_first, file);
  else
    {
      fputs ("(", file);
      for (unsigned i = 0; i < probes; i++)
	is_first = print_probe (wanted, &all[i], is_first, file);
      fputs (is_first ? "0)" : ")", file);
    }
  *failed = ferror (file);
  if (fclose (file) != 0 || *failed)
    {
      *failed = true;
      free (text);
      return NULL;
    }
  return text;
}
