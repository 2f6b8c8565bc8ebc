/* Explaining a place in a kernel before it is booted.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel part answers the same questions from the table that these plans
   become (kernel/probe_sites.c); both answers must be the same.  */

#include <config.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "class.h"
#include "debug.h"
#include "explain.h"
#include "explain_kernel.h"
#include "message.h"

enum
{
  MESSAGE_BYTES = 1024
};

/* What the questions are answered from.  */
struct planned
{
  const struct code *code;
  const struct function_plan *plans; /* by address */
};

/* The plans for the function that ADDRESS lies in; null if that is none.  */
static const struct function_plan *
find_plans (const struct planned *planned, uint64_t address)
{
  for (size_t i = 0; i < planned->code->function_count; i++)
    {
      const struct function *function = planned->plans[i].function;
      if (address >= function->address
	  && address - function->address < function->bytes)
	return &planned->plans[i];
    }
  return NULL;
}

static enum mdtrace_site_mode
best_mode (const struct plan *plan)
{
  switch (plan->plan)
    {
    case SITE_PLAN_JUMP:
      return MDTRACE_MODE_JUMP;
    case SITE_PLAN_BREAKPOINT:
      return MDTRACE_MODE_BREAKPOINT;
    case SITE_PLAN_REFUSED:
      break;
    }
  return MDTRACE_MODE_NONE;
}

static void
describe_site (struct mdtrace_site *site, const struct plan *plan)
{
  memset (site, 0, sizeof *site);
  site->address = plan->address;
  site->kind = plan->kind;
  site->plan = best_mode (plan);
  site->reason = plan->reason;
  site->changed_bytes = plan->plan == SITE_PLAN_JUMP	     ? SITE_JUMP_BYTES
			: plan->plan == SITE_PLAN_BREAKPOINT ? 1
							     : 0;
  site->lead = plan->lead;
}

static int
get_sites (void *closure, uint64_t address, struct mdtrace_site **sites,
	   size_t *count)
{
  const struct function_plan *plans = find_plans (closure, address);

  if (plans == NULL)
    return MDTRACE_ERR_NOT_TEXT;
  *count = 1 + plans->return_count;
  *sites = must_allocate (*count * sizeof **sites);
  describe_site (&(*sites)[0], &plans->entry);
  for (size_t i = 0; i < plans->return_count; i++)
    describe_site (&(*sites)[1 + i], &plans->returns[i]);
  return MDTRACE_OK;
}

/* Whether there is a plan for a jump whose event is at ADDRESS.  */
static bool
has_jump (const struct function_plan *plans, uint64_t address)
{
  if (plans->entry.address == address && plans->entry.plan == SITE_PLAN_JUMP)
    return true;
  for (size_t i = 0; i < plans->return_count; i++)
    if (plans->returns[i].address == address
	&& plans->returns[i].plan == SITE_PLAN_JUMP)
      return true;
  return false;
}

/* A name as the kernel part has it: with the file's where several functions
   are called that.  */
static void
copy_name (const struct planned *planned, const struct debug_info *info,
	   const struct function *function, const char *name,
	   char to[MDTRACE_FUNCTION_BYTES])
{
  const struct debug_function *debug
      = debug_function_at (info, function->address);
  unsigned found = 0;

  for (size_t i = 0; i < planned->code->function_count; i++)
    {
      const struct function *other = &planned->code->functions[i];
      for (size_t j = 0; j < other->names; j++)
	found += strcmp (other->symbols[j].name, name) == 0;
    }
  snprintf (to, MDTRACE_FUNCTION_BYTES, "%s%s%s", name, found > 1 ? "@" : "",
	    found > 1 && debug != NULL ? debug->file : "");
}

/* As the kernel part's mdtrace_function_list.  */
static struct mdtrace_function *
list_functions (const struct planned *planned, const struct debug_info *info,
		size_t *count)
{
  struct mdtrace_function *list = NULL;

  *count = 0;
  for (size_t i = 0; i < planned->code->function_count; i++)
    {
      const struct function *function = &planned->code->functions[i];
      const struct plan *entry = &planned->plans[i].entry;
      for (size_t j = 0; j < function->names; j++)
	{
	  list = must_reallocate (list, (*count + 1) * sizeof *list);
	  struct mdtrace_function *element = &list[(*count)++];
	  memset (element, 0, sizeof *element);
	  element->address = function->address;
	  element->bytes = function->bytes;
	  if (entry->plan == SITE_PLAN_REFUSED)
	    element->refusal = entry->reason;
	  copy_name (planned, info, function, function->symbols[j].name,
		     element->name);
	}
    }
  return list;
}

/* What explain_address needs beside the plans.  */
struct closure
{
  struct planned planned; /* first: get_sites takes it for the whole */
  const struct debug_info *info;
};

static int
explain_address (void *data, uint64_t address,
		 mdtrace_explanation_t *explanation)
{
  const struct closure *closure = data;
  const struct planned *planned = &closure->planned;
  const struct function_plan *plans = find_plans (planned, address);
  uint64_t start = address;

  memset (explanation, 0, sizeof *explanation);
  if (plans == NULL)
    return MDTRACE_ERR_NOT_TEXT;
  const struct function *function = plans->function;
  explanation->address = address;
  explanation->function = function->address;
  explanation->function_bytes = function->bytes;
  copy_name (planned, closure->info, function, function->symbols[0].name,
	     explanation->name);
  while (class_at (planned->code, start) == 0 && start > function->address)
    start--;
  uint8_t class = class_at (planned->code, start);
  if (class == 0 || address - start >= SITE_CLASS_LENGTH (class))
    {
      explanation->reason = MDTRACE_REASON_NOT_CODE;
      return MDTRACE_OK;
    }
  explanation->instruction = start;
  explanation->instruction_bytes = SITE_CLASS_LENGTH (class);
  explanation->reason = SITE_CLASS_OF (class) == SITE_CLASS_REFUSED
			    ? plans->entry.reason
			    : class_reason (class);
  if (explanation->reason == MDTRACE_REASON_NONE)
    explanation->plan = MDTRACE_MODE_BREAKPOINT;
  if (has_jump (plans, start))
    explanation->plan = MDTRACE_MODE_JUMP;
  return MDTRACE_OK;
}

/* Say what is wrong with WHAT, by the rules of mdtrace.  */
static void
report (const char *what, int error, const char *detail, bool json)
{
  if (json)
    {
      json_t *document = json_pack (
	  "{s:{s:s, s:i, s:s, s:s}}", "error", "about", what, "code", error,
	  "message", mdtrace_error_message (error), "detail", detail);
      json_dumpf (document, stdout, JSON_COMPACT);
      putchar ('\n');
      json_decref (document);
    }
  fail ("%s: %s%s%s", what, mdtrace_error_message (error),
	detail[0] != '\0' ? "; " : "", detail);
}

void
explain_kernel (const struct code *code, const struct function_plan *plans,
		const struct debug_info *info, const char *what, bool json)
{
  struct closure closure = { { code, plans }, info };
  struct explain_source source = {
    .get_sites = get_sites,
    .explain = explain_address,
    .closure = &closure,
  };
  struct mdtrace_debug *debug;
  struct explained explained;
  char message[MESSAGE_BYTES];

  if (debug_from_elf (code->kernel->elf, &debug) != MDTRACE_OK)
    fail ("%s: its DWARF cannot be read: %s", code->kernel->path,
	  dwarf_errmsg (-1));
  struct mdtrace_function *functions
      = list_functions (&closure.planned, info, &source.count);
  source.functions = functions;
  source.debug = debug;
  int error = explain (&source, what, &explained, message, sizeof message);
  if (error != MDTRACE_OK)
    report (what, error, message, json);
  explained_print (&explained, json);
  explained_free (&explained);
  free (functions);
  mdtrace_debug_close (debug);
  if (fflush (stdout) != 0 || ferror (stdout))
    fail ("standard output: %s", strerror (errno));
}
