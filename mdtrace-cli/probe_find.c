/* Probes by what people call them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "probe.h"

bool
probe_is_meant (const mdtrace_probe_info_t *probe, const char *which)
{
  size_t digits = strspn (which, "0123456789");

  if (digits > 0 && which[digits] == '\0')
    return strtoul (which, NULL, 10) == probe->id;
  return which[0] != '\0' && strcmp (which, probe->label) == 0;
}

int
probe_find (struct mdtrace_target *target, const char *which,
	    mdtrace_probe_info_t **probes, size_t *count)
{
  size_t kept = 0;
  int error = mdtrace_probe_list (target, 1, probes, count);

  if (error != MDTRACE_OK)
    return error;
  for (size_t i = 0; i < *count; i++)
    if ((*probes)[i].state != MDTRACE_STATE_DESTROYED
	&& (which == NULL || probe_is_meant (&(*probes)[i], which)))
      (*probes)[kept++] = (*probes)[i];
  *count = kept;
  if (which == NULL || kept > 0)
    return MDTRACE_OK;
  free (*probes);
  return MDTRACE_ERR_NO_SUCH_PROBE;
}
