/* Traces that are read: which probes and sites a pattern means.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "source.h"

enum
{
  PATTERN_BYTES = 512,
  DESCRIPTION_BYTES = 1024
};

/* Put PATTERN, a description, into WIDE: each part that is left out in it
   matches everything, as in ipc:::send.  */
static void
widen (const char *pattern, char wide[PATTERN_BYTES])
{
  size_t used = 0;
  char before = ':';

  for (; used + 3 < PATTERN_BYTES; before = *pattern++)
    {
      if (before == ':' && (*pattern == ':' || *pattern == '\0'))
	wide[used++] = '*';
      if (*pattern == '\0')
	break;
      wide[used++] = *pattern;
    }
  wide[used] = '\0';
}

bool
source_matches (const char *pattern, const struct source_probe *probe,
		const struct source_site *site)
{
  const char *function = site != NULL ? site->function : probe->function;
  const char *name = site != NULL ? site->name : probe->name;
  char wide[PATTERN_BYTES], description[DESCRIPTION_BYTES];

  /* Nothing is a name that somebody would ask for: of static probes the
     function may be empty.  */
  if (pattern[0] == '\0')
    return false;
  if ((probe->label[0] != '\0' && fnmatch (pattern, probe->label, 0) == 0)
      || (site != NULL && source_matches (pattern, probe, NULL)))
    return true;
  if (strchr (pattern, ':') == NULL)
    return fnmatch (pattern, function, 0) == 0;
  widen (pattern, wide);
  snprintf (description, sizeof description, "%s:%s:%s:%s", probe->provider,
	    probe->module, function, name);
  return fnmatch (wide, description, 0) == 0;
}
