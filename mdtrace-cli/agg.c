/* mdtrace agg: the verbs about what probes add up.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>

#include "agg.h"
#include "probe.h"

static const struct cli_verb verbs[] = {
  { "read", "print what probes have added up", cli_agg_read },
  { "clear", "let them begin anew", cli_agg_clear },
  { "watch", "print it again and again", cli_agg_watch },
  { NULL, NULL, NULL },
};

int
cli_agg (int argc, char **argv, struct cli_options *options)
{
  return cli_dispatch (
      verbs, "read|clear|watch [ARGUMENT...]",
      "Read, clear and watch what probes add up in the kernel, instead "
      "of events.\v"
      "'mdtrace agg VERB --help' tells more of each.  'mdtrace probe "
      "create --agg' makes such probes.",
      argc, argv, options);
}

error_t
agg_parse_rest (int key, char *argument, struct argp_state *state,
		const char **which, struct cli_options *options)
{
  if (key != ARGP_KEY_ARG)
    return cli_parse_rest (key, argument, state, options);
  if (*which != NULL)
    argp_error (state, "one probe at a time, or all");
  *which = argument;
  return 0;
}

/* Whether PROBE adds up.  One that is gone in the meantime does not.  */
static int
ask (struct mdtrace_target *target, const mdtrace_probe_info_t *probe,
     bool *adds_up)
{
  mdtrace_probe_options_t options;
  mdtrace_probe_usage_t usage;
  int error = mdtrace_probe_options (target, probe->id, &options, &usage);

  *adds_up
      = error == MDTRACE_OK && options.aggregation != MDTRACE_AGGREGATION_NONE;
  return error == MDTRACE_ERR_NO_SUCH_PROBE ? MDTRACE_OK : error;
}

int
agg_for_each (const struct cli_options *options, struct mdtrace_target *target,
	      const char *which,
	      int (*take) (struct mdtrace_target *target,
			   const mdtrace_probe_info_t *probe, void *context),
	      void *context)
{
  mdtrace_probe_info_t *probes;
  size_t count;
  int error = probe_find (target, which, &probes, &count);

  if (error != MDTRACE_OK)
    return cli_report (options,
		       which != NULL ? which : mdtrace_target_url (target),
		       error, mdtrace_detail (target));
  for (size_t i = 0; i < count && error == MDTRACE_OK; i++)
    {
      bool adds_up = true;
      /* Whoever was named is told that it does not.  */
      if (which == NULL)
	error = ask (target, &probes[i], &adds_up);
      if (error == MDTRACE_OK && adds_up)
	error = take (target, &probes[i], context);
      if (error != MDTRACE_OK)
	{
	  char *name = cli_format ("probe %u", (unsigned) probes[i].id);
	  cli_report (options, name, error, mdtrace_detail (target));
	  free (name);
	}
    }
  free (probes);
  return error == MDTRACE_OK ? 0 : 1;
}

int
agg_open (struct mdtrace_target *target, const mdtrace_probe_info_t *probe,
	  uint32_t cpu, const struct symbols *symbols, struct agg *agg)
{
  *agg = (struct agg){ .probe = probe, .symbols = symbols };
  mdtrace_names_read (probe->names, &agg->names);
  return mdtrace_aggregation_read (target, probe->id, cpu, &agg->aggregate);
}

void
agg_close (struct agg *agg)
{
  mdtrace_aggregate_free (agg->aggregate);
}
