/* What probes have spent lately of each CPU: which is the dearest.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The deadman acts for what was spent in the last second.  So it must be known
   of that, and not of the last moment; and of probes that are disabled,
   destroyed and forgotten by now as well: or others would be taken for the
   dearest.  Twice a second it is noted what all have spent, and the last two
   notes are kept.  */

#include <config.h>

#include "probe_registry.h"
#include "x86/cpu.h"

#if MACH_DYNAMIC_PROBES

/* What PROBE has spent of CPU in the last half second, and at most one
   more.  */
static uint64_t
spent_lately (const struct dynamic_probe *probe, unsigned cpu)
{
  const struct dtrace_usage *usage = &probe->format.usage[cpu];
  word_t flags = interrupts_disable ();
  int64_t spent = usage->spent - usage->spent_earlier;

  interrupts_restore (flags);
  /* On 32 bits another CPU's sum can be seen half written.  */
  return spent > 0 ? spent : 0;
}

void
probe_keep_spent (const struct dynamic_probe *probe)
{
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    dtrace_cpus[cpu].forgotten_spent[0] += spent_lately (probe, cpu);
}

void
probes_note_spent (void)
{
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    {
      dtrace_cpus[cpu].forgotten_spent[1]
	  = dtrace_cpus[cpu].forgotten_spent[0];
      dtrace_cpus[cpu].forgotten_spent[0] = 0;
      for (struct dynamic_probe *probe = dynamic_probes; probe != NULL;
	   probe = probe->next)
	{
	  struct dtrace_usage *usage = &probe->format.usage[cpu];
	  word_t flags = interrupts_disable ();
	  usage->spent_earlier = usage->spent_before;
	  usage->spent_before = usage->spent;
	  interrupts_restore (flags);
	}
    }
}

struct dynamic_probe *
probes_find_dearest (unsigned cpu)
{
  struct dynamic_probe *dearest = NULL;
  uint64_t most = dtrace_cpus[cpu].forgotten_spent[0]
		  + dtrace_cpus[cpu].forgotten_spent[1];

  for (struct dynamic_probe *probe = dynamic_probes; probe != NULL;
       probe = probe->next)
    if (spent_lately (probe, cpu) > most)
      {
	most = spent_lately (probe, cpu);
	dearest = probe;
      }
  return dearest;
}

#endif /* MACH_DYNAMIC_PROBES */
