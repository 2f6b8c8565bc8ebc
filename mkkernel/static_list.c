/* Listing the static probes of a kernel before it is booted.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "static_list.h"

static void
print (const struct code *code, const struct static_probe *probe)
{
  printf ("%s:::%s %zu site%s\n", probe->provider, probe->event,
	  probe->count - probe->refused,
	  probe->count - probe->refused == 1 ? "" : "s");
  for (size_t i = 0; i < probe->count; i++)
    {
      const struct static_site *site = &probe->sites[i];
      const struct function *function = &code->functions[site->function];
      unsigned known = 0;
      for (unsigned j = 0; j < probe->arguments; j++)
	known += site->values[j].source != 0;
      printf ("  %s+0x%" PRIx64 " %s, %u of %u arguments",
	      function->symbols[0].name, site->address - function->address,
	      mdtrace_kind_words (site->kind), known, probe->arguments);
      if (site->is_guarded)
	printf (", at times");
      if (site->reason != MDTRACE_REASON_NONE)
	printf (", refused: %s", plan_reason_words (site->reason));
      putchar ('\n');
    }
  if (probe->reason[0] != '\0')
    printf ("  missing: %s\n", probe->reason);
}

static json_t *
site_json (const struct code *code, const struct static_probe *probe,
	   const struct static_site *site)
{
  const struct function *function = &code->functions[site->function];
  json_t *known = json_array ();

  for (unsigned i = 0; i < probe->arguments; i++)
    json_array_append_new (known, json_boolean (site->values[i].source != 0));
  return json_pack (
      "{s:s, s:I, s:s, s:o, s:b, s:s}", "function", function->symbols[0].name,
      "offset", (json_int_t) (site->address - function->address), "kind",
      mdtrace_kind_words (site->kind), "known", known, "guarded",
      (int) site->is_guarded, "refused", plan_reason_words (site->reason));
}

void
static_probes_list (const struct code *code, const struct static_probe *probes,
		    size_t count, bool json)
{
  json_t *list = json_array ();

  for (size_t i = 0; i < count; i++)
    if (json)
      {
	json_t *sites = json_array ();
	for (size_t j = 0; j < probes[i].count; j++)
	  json_array_append_new (
	      sites, site_json (code, &probes[i], &probes[i].sites[j]));
	json_array_append_new (
	    list, json_pack ("{s:s, s:s, s:s, s:o, s:s}", "provider",
			     probes[i].provider, "event", probes[i].event,
			     "names", probes[i].names, "sites", sites,
			     "missing", probes[i].reason));
      }
    else
      print (code, &probes[i]);
  if (json)
    {
      json_t *document = json_pack ("{s:s, s:O}", "kernel", code->kernel->path,
				    "probes", list);
      json_dumpf (document, stdout, JSON_INDENT (1));
      putchar ('\n');
      json_decref (document);
    }
  json_decref (list);
  if (fflush (stdout) != 0 || ferror (stdout))
    fail ("standard output: %s", strerror (errno));
}
