/* Which events are analysed.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "wanted.h"
#include "words.h"

enum
{
  /* Probes and sites that SQL names: it has a limit for what stands between
     ORs.  */
  NAMED_MAX = 500
};

/* Find out which sites each probe has.  */
static bool
order_sites (struct wanted *wanted)
{
  unsigned sites, probes;
  const struct source_site *site = source_sites (wanted->source, &sites);

  source_probes (wanted->source, &probes);
  wanted->site_order = calloc (sites + 1, sizeof *wanted->site_order);
  wanted->first_site = calloc (probes + 2, sizeof *wanted->first_site);
  if (wanted->site_order == NULL || wanted->first_site == NULL)
    return false;
  /* How many, then where they end, then where they begin.  */
  for (unsigned i = 0; i < sites; i++)
    wanted->first_site[site[i].probe->index]++;
  for (unsigned i = 0; i < probes; i++)
    wanted->first_site[i + 1] += wanted->first_site[i];
  for (unsigned i = sites; i-- > 0;)
    wanted->site_order[--wanted->first_site[site[i].probe->index]] = i;
  wanted->first_site[probes] = sites;
  return true;
}

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
  return wanted->is_all || order_sites (wanted);
}

void
wanted_free (struct wanted *wanted)
{
  free (wanted->sites);
  free (wanted->probes);
  free (wanted->site_order);
  free (wanted->first_site);
}

/* How many sites of PROBE, of which not all events are, are wanted.  */
static unsigned
count_sites (const struct wanted *wanted, const struct source_probe *probe)
{
  const unsigned *first = wanted->first_site + probe->index;
  unsigned count = 0;

  for (unsigned i = first[0]; i < first[1]; i++)
    count += wanted->sites[wanted->site_order[i]];
  return count;
}

/* Print to FILE what picks the events of PROBE, if there are any; behind
   others if *NAMED, how many probes and sites that names, is not 0.  Is not to
   be used if there are too many.  */
static void
print_probe (const struct wanted *wanted, const struct source_probe *probe,
	     unsigned *named, FILE *file)
{
  bool is_whole = wanted->probes[probe->index];
  unsigned sites, count = is_whole ? 0 : count_sites (wanted, probe);
  const struct source_site *site = source_sites (wanted->source, &sites);

  if ((!is_whole && count == 0) || *named > NAMED_MAX)
    return;
  fprintf (file, "%s(boot_id = %" PRId64 " AND probe_id = %" PRIu32,
	   *named == 0 ? "" : " OR ", probe->boot_id, probe->id);
  *named += 1 + count;
  if (!is_whole && *named <= NAMED_MAX)
    {
      const unsigned *first = wanted->first_site + probe->index;
      fputs (" AND address IN (", file);
      for (unsigned i = first[0]; i < first[1]; i++)
	if (wanted->sites[wanted->site_order[i]])
	  fprintf (file, "%" PRId64 "%s",
		   (int64_t) site[wanted->site_order[i]].address,
		   --count > 0 ? ", " : ")");
    }
  fputs (")", file);
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
  unsigned named = 0;
  if (probe != NULL)
    print_probe (wanted, probe, &named, file);
  else
    {
      fputs ("(", file);
      for (unsigned i = 0; i < probes; i++)
	print_probe (wanted, &all[i], &named, file);
      fputs (named == 0 ? "0)" : ")", file);
    }
  *failed = ferror (file);
  *failed |= fclose (file) != 0;
  if (*failed || named > NAMED_MAX)
    {
      free (text);
      return NULL;
    }
  return text;
}
