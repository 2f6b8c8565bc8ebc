/* Listing functions and their probe sites.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "list.h"
#include "message.h"

/* How a site is instrumented, in a word.  */
static const char *
plan_word (const struct plan *plan)
{
  switch (plan->plan)
    {
    case SITE_PLAN_JUMP:
      return plan->fixups > 0 ? "jump, mended" : "jump";
    case SITE_PLAN_BREAKPOINT:
      return "breakpoint";
    case SITE_PLAN_REFUSED:
      break;
    }
  return "refused";
}

/* What of a kernel can be probed, in numbers.  */
struct totals
{
  size_t functions, jumps, breakpoints, refused;
  size_t returns, returns_refused;
};

static void
count (const struct function_plan *plan, struct totals *totals)
{
  totals->functions++;
  totals->jumps += plan->entry.plan == SITE_PLAN_JUMP;
  totals->breakpoints += plan->entry.plan == SITE_PLAN_BREAKPOINT;
  totals->refused += plan->entry.plan == SITE_PLAN_REFUSED;
  totals->returns += plan->return_count;
  for (size_t i = 0; i < plan->return_count; i++)
    totals->returns_refused += plan->returns[i].plan == SITE_PLAN_REFUSED;
}

static void
print_function (const struct function_plan *plan)
{
  const struct function *function = plan->function;

  for (size_t i = 0; i < function->names; i++)
    printf ("%s%s", i > 0 ? "," : "", function->symbols[i].name);
  printf (" 0x%" PRIx64 " entry: %s", function->address,
	  plan_word (&plan->entry));
  if (plan->entry.plan == SITE_PLAN_REFUSED)
    {
      printf (": %s\n", plan_reason_words (plan->entry.reason));
      return;
    }
  printf ("; returns: %zu", plan->return_count);
  for (size_t i = 0; i < plan->return_count; i++)
    printf ("%s +0x%" PRIx64 " %s%s", i > 0 ? "," : ":",
	    plan->returns[i].address - function->address,
	    plan->returns[i].kind == MDTRACE_PROBE_TAIL ? "tail " : "",
	    plan_word (&plan->returns[i]));
  putchar ('\n');
}

static json_t *
address_json (uint64_t address)
{
  return json_sprintf ("0x%" PRIx64, address);
}

static json_t *
site_json (const struct plan *plan)
{
  json_t *site = json_pack ("{s:o, s:s, s:s}", "address",
			    address_json (plan->address), "kind",
			    plan->kind == MDTRACE_PROBE_ENTRY	 ? "entry"
			    : plan->kind == MDTRACE_PROBE_RETURN ? "return"
								 : "tail",
			    "plan",
			    plan->plan == SITE_PLAN_JUMP	 ? "jump"
			    : plan->plan == SITE_PLAN_BREAKPOINT ? "breakpoint"
								 : "refused");

  if (plan->plan != SITE_PLAN_JUMP)
    json_object_set_new (site, "reason",
			 json_string (plan_reason_words (plan->reason)));
  else
    {
      json_object_set_new (site, "lead", json_integer (plan->lead));
      json_object_set_new (site, "displaced_bytes",
			   json_integer (plan->displaced_bytes));
    }
  return site;
}

static json_t *
function_json (const struct function_plan *plan)
{
  const struct function *function = plan->function;
  json_t *names = json_array ();
  json_t *returns = json_array ();

  for (size_t i = 0; i < function->names; i++)
    json_array_append_new (names, json_string (function->symbols[i].name));
  for (size_t i = 0; i < plan->return_count; i++)
    json_array_append_new (returns, site_json (&plan->returns[i]));
  return json_pack ("{s:o, s:o, s:I, s:o, s:o}", "names", names, "address",
		    address_json (function->address), "bytes",
		    (json_int_t) function->bytes, "entry",
		    site_json (&plan->entry), "returns", returns);
}

void
list_sites (const struct code *code, const struct function_plan *plans,
	    bool json)
{
  struct totals totals = { 0 };

  for (size_t i = 0; i < code->function_count; i++)
    count (&plans[i], &totals);
  if (json)
    {
      json_t *functions = json_array ();
      for (size_t i = 0; i < code->function_count; i++)
	json_array_append_new (functions, function_json (&plans[i]));
      json_t *document = json_pack (
	  "{s:s, s:o, s:I, s:I, s:I, s:I}", "kernel", code->kernel->path,
	  "functions", functions, "function_count",
	  (json_int_t) totals.functions, "refused_count",
	  (json_int_t) totals.refused, "return_count",
	  (json_int_t) totals.returns, "return_refused_count",
	  (json_int_t) totals.returns_refused);
      json_dumpf (document, stdout, JSON_INDENT (1));
      putchar ('\n');
      json_decref (document);
    }
  else
    {
      for (size_t i = 0; i < code->function_count; i++)
	print_function (&plans[i]);
      printf ("%zu functions: %zu by jump, %zu by breakpoint, %zu refused; "
	      "%zu returns, %zu refused\n",
	      totals.functions, totals.jumps, totals.breakpoints,
	      totals.refused, totals.returns, totals.returns_refused);
    }
  if (fflush (stdout) != 0 || ferror (stdout))
    fail ("standard output: %s", strerror (errno));
}
