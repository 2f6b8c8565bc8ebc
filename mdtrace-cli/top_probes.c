/* mdtrace top: what the probes have counted.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Their counts tell all hits, also those that are no events, at any rate, and
   without reading any ring.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "probe_static.h"
#include "top.h"

/* The numbers of which mdtrace_counts_t consists.  */
enum
{
  COUNTS = sizeof (mdtrace_counts_t) / sizeof (uint64_t)
};

static void
add (mdtrace_counts_t *to, const mdtrace_counts_t *counts)
{
  uint64_t *to_words = (uint64_t *) to;
  const uint64_t *words = (const uint64_t *) counts;

  for (int i = 0; i < COUNTS; i++)
    to_words[i] += words[i];
}

/* What has been added to BEFORE.  What has become less has begun anew, but for
   events that were recorded, and overwritten then: these are dropped, and so
   less is recorded than before.  */
static mdtrace_counts_t
difference (const mdtrace_counts_t *before, const mdtrace_counts_t *counts)
{
  mdtrace_counts_t result = *counts;
  uint64_t *words = (uint64_t *) &result;
  const uint64_t *before_words = (const uint64_t *) before;

  if (counts->hits < before->hits)
    return result;
  for (int i = 0; i < COUNTS; i++)
    words[i] = words[i] > before_words[i] ? words[i] - before_words[i] : 0;
  return result;
}

static char *
describe (const mdtrace_probe_info_t *probe)
{
  if (probe->event[0] != '\0')
    return probe_static_describe (probe->provider, "", probe->event);
  if (probe->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS))
    return cli_describe (probe->function, probe->kinds, probe->offset, true);
  const char *part = mdtrace_kinds_part (probe->kinds);
  return cli_format ("%s%s%s",
		     probe->function[0] != '\0' ? probe->function : "*",
		     part[0] != '\0' ? ":" : "", part);
}

/* What is kept of the probe with ID, or where it belongs.  */
static size_t
find (const struct top_probes *probes, uint32_t id)
{
  size_t i = 0;

  while (i < probes->count && probes->probes[i].id < id)
    i++;
  return i;
}

/* Keep PROBE, which was not known.  */
static int
insert (struct top_probes *probes, size_t at, struct mdtrace_target *target,
	const mdtrace_probe_info_t *probe)
{
  struct top_probe *grown = reallocarray (probes->probes, probes->count + 1,
					  sizeof *probes->probes);
  mdtrace_probe_options_t options;
  mdtrace_probe_usage_t usage;

  if (grown == NULL)
    return MDTRACE_ERR_SYSTEM;
  probes->probes = grown;
  memmove (grown + at + 1, grown + at,
	   (probes->count - at) * sizeof *probes->probes);
  probes->count++;
  grown[at] = (struct top_probe){ .id = probe->id, .name = describe (probe) };
  memcpy (grown[at].label, probe->label, sizeof grown[at].label - 1);
  int error = mdtrace_probe_options (target, probe->id, &options, &usage);
  if (error == MDTRACE_OK)
    grown[at].is_aggregated = options.aggregation != 0;
  /* It may be gone by now.  */
  return error == MDTRACE_ERR_NO_SUCH_PROBE ? MDTRACE_OK : error;
}

/* Forget what the kernel has forgotten, but its counts.  */
static void
drop_unlisted (struct top_probes *probes)
{
  size_t kept = 0;

  for (size_t i = 0; i < probes->count; i++)
    if (probes->probes[i].is_listed)
      probes->probes[kept++] = probes->probes[i];
    else
      {
	add (&probes->gone, &probes->probes[i].total);
	free (probes->probes[i].name);
      }
  probes->count = kept;
}

/* Take in what the kernel says of PROBE.  */
static int
take (struct top_probes *probes, struct mdtrace_target *target,
      const mdtrace_probe_info_t *info, bool is_first)
{
  size_t at = find (probes, info->id);

  if (at == probes->count || probes->probes[at].id != info->id)
    {
      int error = insert (probes, at, target, info);
      if (error != MDTRACE_OK)
	return error;
    }
  struct top_probe *probe = &probes->probes[at];
  probe->is_listed = true;
  probe->is_destroyed = info->state == MDTRACE_STATE_DESTROYED;
  probes->existing += !probe->is_destroyed;
  if (!is_first)
    probe->now = difference (&probe->last, &info->counts);
  probe->last = info->counts;
  add (&probe->total, &probe->now);
  add (&probes->now, &probe->now);
  if (probe->is_aggregated)
    probes->aggregated += probe->now.recorded;
  return MDTRACE_OK;
}

int
top_probes_update (struct top_probes *probes, struct mdtrace_target *target)
{
  mdtrace_probe_info_t *list;
  size_t count;
  bool is_first = !probes->has_begun;
  int error = mdtrace_probe_list (target, 1, &list, &count);

  if (error != MDTRACE_OK)
    return error;
  probes->has_begun = true;
  probes->now = (mdtrace_counts_t){ 0 };
  probes->aggregated = 0;
  probes->existing = 0;
  for (size_t i = 0; i < probes->count; i++)
    {
      probes->probes[i].is_listed = false;
      probes->probes[i].now = (mdtrace_counts_t){ 0 };
    }
  for (size_t i = 0; error == MDTRACE_OK && i < count; i++)
    error = take (probes, target, &list[i], is_first);
  free (list);
  drop_unlisted (probes);
  add (&probes->total, &probes->now);
  return error;
}

void
top_probes_free (struct top_probes *probes)
{
  for (size_t i = 0; i < probes->count; i++)
    free (probes->probes[i].name);
  free (probes->probes);
}
