/* What tests of static probes in the kernel part have in common.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_STATIC_H
#define UNIT_STATIC_H

#include "options.h"

/* The definition of the static probe PROVIDER:::EVENT, enabled at once.  */
static inline mdtrace_probe_definition_t
static_definition (const char *provider, const char *event)
{
  mdtrace_probe_definition_t definition = { .config.enabled = 1 };

  strcpy (definition.options.provider, provider);
  strcpy (definition.options.event, event);
  return definition;
}

#endif /* UNIT_STATIC_H */
