/* Custom events, which tasks fire.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A custom probe has one enabling, at no place in the text.  Who fires is in a
   MIG routine, with the server lock: no probe comes or goes meanwhile.  */

#include <config.h>

#include "enabling.h"
#include "mdtrace_errors.h"
#include "probe_registry.h"
#include "sites.h"
#include "static_probes.h"
#include "symbols.h"
#include "text.h"
#include "x86/cpu.h"

#if MACH_DYNAMIC_PROBES

/* What stands for the saved registers.  */
struct fired
{
  word_t values[MDTRACE_ARGUMENTS_MAX];
};

/* Where all of them are: nowhere.  */
static struct dtrace_site nowhere = { .function = SYMBOLS_NONE };

/* Let ENABLING find the values by themselves.  */
static void
place_values (struct dtrace_enabling *enabling)
{
  const struct dtrace_format *format = enabling->format;

  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      enabling->arguments[i] = i * sizeof (word_t);
      if (format->fields & (uint64_t) MDTRACE_FIELD_ARG0 << i)
	enabling->offsets[enabling->copies++] = i * sizeof (word_t);
    }
}

int
custom_enabling_make (const struct dtrace_format *format,
		      struct dtrace_enabling **result)
{
  /* There is nothing else.  */
  if (format->filter_machine != 0 || format->filter_stack
      || format->filter_retval || format->filter_function
      || format->fields & MDTRACE_FIELD_RETVAL)
    return MDTRACE_ERR_NO_VALUE;
  struct dtrace_enabling *enabling = dtrace_enabling_new ();
  if (enabling == NULL)
    return MDTRACE_ERR_NO_MEMORY;
  enabling->site = &nowhere;
  enabling->kind = MDTRACE_PROBE_ADDRESS;
  dtrace_enabling_describe (enabling, format);
  if (format->program != NULL)
    enabling->actions |= DTRACE_FILTER;
  place_values (enabling);
  *result = enabling;
  return MDTRACE_OK;
}

uint32_t
custom_fire (const char *name, const uint64_t *values)
{
  struct fired fired;
  uint32_t listening = 0;

  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    fired.values[i] = values[i];
  for (struct dynamic_probe *probe = dynamic_probes; probe != NULL;
       probe = probe->next)
    if (probe->state == MDTRACE_STATE_ENABLED
	&& static_probe_is_custom (&probe->shared.options)
	&& text_equal (probe->shared.options.event, name))
      {
	dtrace_fire (probe->first, (const struct saved_registers *) &fired);
	listening++;
      }
  return listening;
}

#endif /* MACH_DYNAMIC_PROBES */
