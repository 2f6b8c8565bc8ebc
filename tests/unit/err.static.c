/* Static probes that cannot be, and events that cannot be fired.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "static.h"

static void
check_refused (const mdtrace_probe_definition_t *definition, int error)
{
  mdtrace_created_t created;
  mdtrace_status_t status;

  CHECK_NUMBER (mdtrace_probe_define (loopback, definition, NULL, &created),
		error);
  dynamic_probe_status (&status);
  CHECK_NUMBER (status.probes, 0);
  CHECK (standin_text_is_original ());
}

static void
refuses_what_is_none (void)
{
  mdtrace_probe_definition_t definition = static_definition ("unit", "other");

  probes_boot ();
  check_refused (&definition, MDTRACE_ERR_NO_SUCH_EVENT);
  definition = static_definition ("other", "calls");
  check_refused (&definition, MDTRACE_ERR_NO_SUCH_EVENT);
  definition = static_definition ("unit", "");
  check_refused (&definition, MDTRACE_ERR_NO_SUCH_EVENT);
  definition = static_definition ("custom", "");
  check_refused (&definition, MDTRACE_ERR_NO_SUCH_EVENT);
  definition = static_definition ("unit", "never");
  check_refused (&definition, MDTRACE_ERR_NOT_IN_KERNEL);
  definition = static_definition ("unit", "calls");
  strcpy (definition.config.function, "beta_is_not_it");
  check_refused (&definition, MDTRACE_ERR_NO_SITES);
  strcpy (definition.config.function, "gamma");
  check_refused (&definition, MDTRACE_ERR_REFUSED_SITE);
}

static void
refuses_what_does_not_go_together (void)
{
  mdtrace_probe_definition_t definition = static_definition ("unit", "calls");

  probes_boot ();
  definition.config.kinds = ENTRIES;
  check_refused (&definition, MDTRACE_ERR_BAD_ARGUMENT);
  definition = static_definition ("unit", "calls");
  definition.config.values[0].source = MDTRACE_SOURCE_ARGUMENT;
  check_refused (&definition, MDTRACE_ERR_BAD_ARGUMENT);
  definition = static_definition ("unit", "calls");
  definition.config.offset = 1;
  check_refused (&definition, MDTRACE_ERR_BAD_ARGUMENT);
  definition = static_definition ("unit", "calls");
  definition.options.latency = 1;
  check_refused (&definition, MDTRACE_ERR_BAD_OPTION);
  definition = static_definition ("custom", "one");
  definition.options.stack_depth = 4;
  check_refused (&definition, MDTRACE_ERR_BAD_OPTION);
  definition = static_definition ("custom", "one");
  definition.config.fields = MDTRACE_FIELD_RETVAL;
  check_refused (&definition, MDTRACE_ERR_NO_VALUE);
  /* Without a provider it is a function, and kinds must be said.  */
  definition = static_definition ("", "");
  check_refused (&definition, MDTRACE_ERR_BAD_ARGUMENT);
  definition = static_definition ("fbt", "");
  check_refused (&definition, MDTRACE_ERR_BAD_ARGUMENT);
}

static void
refuses_to_fire (void)
{
  const uint64_t values[7] = { 0 };
  unsigned listening = 99;

  probes_boot ();
  CHECK_NUMBER (mdtrace_fire (loopback, "one", values, 7, &listening),
		MDTRACE_ERR_BAD_ARGUMENT);
  CHECK_NUMBER (mdtrace_fire (loopback, "a name that is too long by one: 32!",
			      values, 1, &listening),
		MDTRACE_ERR_BAD_ARGUMENT);
  CHECK_NUMBER (listening, 99);
}

TAP_MAIN ({ refuses_what_is_none, "static probes that there are not" },
	  { refuses_what_does_not_go_together,
	    "what does not go together with a static probe" },
	  { refuses_to_fire, "events that cannot be fired" })
