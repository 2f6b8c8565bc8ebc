/* Values that cannot be had, or make no sense.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "values.h"

/* A probe of the KINDS of sites of FUNCTION with VALUE must fail so.  */
static void
check_refused (const char *function, uint32_t kinds, mdtrace_value_t value,
	       int error)
{
  mdtrace_created_t created = { .id = 12345 };

  for (int i = 0; i < 2; i++)
    for (unsigned at = 0; at < MDTRACE_ARGUMENTS_MAX; at++)
      {
	dynamic_probe_config_t config = value_config (function, kinds);
	value_set (&config, at, value);
	if (i == 1)
	  config.fields = 0;
	CHECK_NUMBER (dynamic_probe_create (&config, &created), error);
	CHECK_NUMBER (created.id, 12345);
	CHECK (standin_text_is_original ());
      }
}

static void
refuses_what_makes_no_sense (void)
{
  static const unsigned bad_bytes[] = { 0, 3, 5, 6, 7, 9, 12, 16, 255 };
  mdtrace_value_t value;

  values_boot ();
  for (unsigned source = 7; source < 256; source += 25)
    check_refused ("alpha", ENTRIES, (mdtrace_value_t){ .source = source },
		   MDTRACE_ERR_BAD_ARGUMENT);
  for (unsigned source = 1; source <= 4; source++)
    {
      value = (mdtrace_value_t){ .source = source, .last_bytes = 8 };
      for (unsigned steps = 5; steps < 256; steps += 50)
	{
	  value.steps = steps;
	  check_refused ("alpha", ENTRIES, value, MDTRACE_ERR_BAD_ARGUMENT);
	}
      value.steps = 1;
      for (unsigned i = 0; i < sizeof bad_bytes / sizeof bad_bytes[0]; i++)
	{
	  value.last_bytes = bad_bytes[i];
	  check_refused ("alpha", ENTRIES, value, MDTRACE_ERR_BAD_ARGUMENT);
	}
    }
  /* The stack pointer, and no registers at all.  */
  value = (mdtrace_value_t){ .source = MDTRACE_SOURCE_REGISTER, .number = 4 };
  check_refused ("alpha", ENTRIES, value, MDTRACE_ERR_BAD_ARGUMENT);
  for (unsigned number = 16; number < 256; number += 16)
    {
      value.number = number;
      check_refused ("alpha", ENTRIES, value, MDTRACE_ERR_BAD_ARGUMENT);
    }
}

static void
refuses_what_is_not_there (void)
{
  mdtrace_value_t argument = { .source = MDTRACE_SOURCE_ARGUMENT };
  mdtrace_value_t result = { .source = MDTRACE_SOURCE_RETURN };
  dynamic_probe_config_t config;
  mdtrace_created_t created;

  values_boot ();
  check_refused ("alpha", RETURNS, argument, MDTRACE_ERR_NO_VALUE);
  check_refused ("beta", ENTRIES, argument, MDTRACE_ERR_NO_VALUE);
  check_refused ("alpha", ENTRIES, result, MDTRACE_ERR_NO_VALUE);
  for (unsigned number = 2; number < 256; number++)
    {
      argument.number = number;
      check_refused ("alpha", ENTRIES, argument, MDTRACE_ERR_NO_VALUE);
    }
  argument.number = 1;
  check_refused ("stacked", ENTRIES, argument, MDTRACE_ERR_NO_VALUE);

  /* At an address neither is known.  */
  config = value_config ("alpha", ADDRESSES);
  value_set (&config, 0, argument);
  CHECK_NUMBER (dynamic_probe_create (&config, &created),
		MDTRACE_ERR_NO_VALUE);
  value_set (&config, 0, result);
  CHECK_NUMBER (dynamic_probe_create (&config, &created),
		MDTRACE_ERR_NO_VALUE);
  config = value_config ("alpha", ADDRESSES);
  config.fields = MDTRACE_FIELD_RETVAL;
  CHECK_NUMBER (dynamic_probe_create (&config, &created),
		MDTRACE_ERR_NO_VALUE);
  config.kinds = RETURNS;
  config.fields = MDTRACE_FIELD_ARG0;
  CHECK_NUMBER (dynamic_probe_create (&config, &created),
		MDTRACE_ERR_NO_VALUE);
}

/* Where a value cannot be had everywhere, the rest is left.  */
static void
counts_those_without (void)
{
  mdtrace_value_t second = { .source = MDTRACE_SOURCE_ARGUMENT, .number = 1 };
  dynamic_probe_config_t config = value_config ("[a-z]*", ENTRIES);
  mdtrace_created_t created;
  unsigned expected = 0;

  values_boot ();
  value_set (&config, 0, second);
  CHECK_NUMBER (dynamic_probe_create (&config, &created), MDTRACE_OK);
  for (int i = 0; i < FUNCTION_0; i++)
    expected += i == ALPHA || i == MANY || i == LEADING || i == TAIL
		|| i == CALLER || i == INDIRECT;
  CHECK_NUMBER (created.sites, expected);
  CHECK_NUMBER (created.functions, expected);
  CHECK_NUMBER (created.refused,
		STANDIN_FUNCTIONS - STANDIN_ALIASES - expected);
  CHECK_NUMBER (created.reasons[MDTRACE_REASON_NO_VALUE],
		created.refused - STANDIN_REFUSED);
  CHECK_NUMBER (created.reasons[MDTRACE_REASON_TRAP_PATH], 1);
  CHECK (standin_call (LEADING));
  check_value (2);

  /* If it is nowhere, it is an error.  */
  config = value_config ("function_0*", ENTRIES);
  value_set (&config, 0, second);
  CHECK_NUMBER (dynamic_probe_create (&config, &created),
		MDTRACE_ERR_NO_VALUE);
}

/* The fields and the values must be about the same.  */
static void
refuses_fields_without_values (void)
{
  dynamic_probe_config_t config = value_config ("alpha", ENTRIES);
  mdtrace_created_t created;

  values_boot ();
  value_set (&config, 1, (mdtrace_value_t){ .source = MDTRACE_SOURCE_STACK });
  config.fields |= MDTRACE_FIELD_ARG0;
  CHECK_NUMBER (dynamic_probe_create (&config, &created),
		MDTRACE_ERR_BAD_ARGUMENT);
  config.fields = MDTRACE_FIELD_THREAD;
  CHECK_NUMBER (dynamic_probe_create (&config, &created),
		MDTRACE_ERR_BAD_ARGUMENT);
  config.fields = MDTRACE_FIELD_ARG1;
  CHECK_NUMBER (dynamic_probe_create (&config, &created), MDTRACE_OK);
}

TAP_MAIN ({ refuses_what_makes_no_sense, "values that make no sense" },
	  { refuses_what_is_not_there, "values that are not there" },
	  { counts_those_without, "sites without the value are counted" },
	  { refuses_fields_without_values, "fields without values" })
