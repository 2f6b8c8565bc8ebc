/* Explaining a place in the kernel: in words, and as JSON.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

enum
{
  ARGUMENTS_MAX = 32
};

/* How something is instrumented.  */
struct how
{
  unsigned plan, mode, reason, changed_bytes, lead;
};

static void
print_how (const struct how *how)
{
  switch (how->plan)
    {
    case MDTRACE_MODE_JUMP:
      printf ("jump");
      if (how->changed_bytes > 0)
	printf (" over %u bytes", how->changed_bytes);
      if (how->lead > 0)
	printf (", which begins %u bytes before", how->lead);
      break;
    case MDTRACE_MODE_BREAKPOINT:
      printf ("breakpoint");
      if (how->reason != MDTRACE_REASON_NONE)
	printf (": it %s", mdtrace_reason_words (how->reason));
      break;
    default:
      printf ("refused: it %s", mdtrace_reason_words (how->reason));
    }
  if (how->mode != MDTRACE_MODE_NONE)
    printf ("; at this moment by %s", mdtrace_mode_words (how->mode));
  putchar ('\n');
}

static struct how
how_of_site (const struct mdtrace_site *site)
{
  return (struct how){ site->plan, site->mode, site->reason,
		       site->changed_bytes, site->lead };
}

char *
explain_prototype (const struct mdtrace_debug *debug, uint64_t address,
		   const char *name)
{
  struct mdtrace_value_name arguments[ARGUMENTS_MAX], result;
  int count
      = mdtrace_debug_arguments (debug, address, arguments, ARGUMENTS_MAX);
  char *text;
  size_t bytes;

  if (count < 0 || !mdtrace_debug_result (debug, address, &result))
    return NULL;
  FILE *stream = open_memstream (&text, &bytes);
  if (stream == NULL)
    return NULL;
  /* Without @FILE.c.  */
  fprintf (stream, "%s %.*s%s(", result.type, (int) strcspn (name, "@"), name,
	   name[0] != '\0' ? " " : "");
  for (int i = 0; i < count && i < ARGUMENTS_MAX; i++)
    {
      size_t end = strlen (arguments[i].type);
      bool is_pointer = end > 0 && arguments[i].type[end - 1] == '*';
      fprintf (stream, "%s%s%s%s", i > 0 ? ", " : "", arguments[i].type,
	       is_pointer ? "" : " ", arguments[i].name);
    }
  fputs (count == 0 ? "void)" : ")", stream);
  return fclose (stream) == 0 ? text : NULL;
}

static void
print_prototype (const struct explained *explained)
{
  char *text = explain_prototype (explained->source->debug, explained->address,
				  explained->name);

  if (text != NULL)
    printf ("  %s\n", text);
  free (text);
}

/* Print a line that begins with WORDS for each function with RELATION.  */
static void
print_related (const struct explained *explained,
	       enum explain_relation relation, const char *words)
{
  const struct explain_source *source = explained->source;

  for (size_t i = 0; i < source->count; i++)
    if (explain_relation (explained->name, explained->address,
			  &source->functions[i])
	== relation)
      printf ("  %s %s at 0x%" PRIx64 "\n", words, source->functions[i].name,
	      source->functions[i].address);
}

static void
print_inlined (const struct explained *explained)
{
  for (size_t i = 0; i < explained->inlined_count; i++)
    {
      const struct mdtrace_inlined *place = &explained->inlined[i];
      printf ("  inlined into %s+0x%" PRIx64 " at 0x%" PRIx64 "\n",
	      place->function, place->address - place->function_address,
	      place->address);
    }
}

static void
print_function (const struct explained *explained)
{
  const struct mdtrace_debug *debug = explained->source->debug;
  const char *file
      = debug == NULL ? "" : mdtrace_debug_file (debug, explained->address);

  printf ("%s: function of %" PRIu32 " bytes at 0x%" PRIx64 "%s%s\n",
	  explained->name, explained->bytes, explained->address,
	  file[0] != '\0' ? ", in " : "", file);
  if (debug != NULL)
    print_prototype (explained);
  for (size_t i = 0; i < explained->site_count; i++)
    {
      const struct mdtrace_site *site = &explained->sites[i];
      struct how how = how_of_site (site);
      printf ("  %s +0x%" PRIx64 ": ",
	      site->kind == MDTRACE_PROBE_ENTRY	   ? "entry"
	      : site->kind == MDTRACE_PROBE_RETURN ? "return"
						   : "return by a tail jump",
	      site->address - explained->address);
      print_how (&how);
    }
  print_related (explained, EXPLAIN_ALIAS, "also called");
  print_related (explained, EXPLAIN_NAMESAKE, "not to be confused with");
  print_related (explained, EXPLAIN_VARIANT, "the compiler has also made");
  print_inlined (explained);
  if (explained->inlined_count > 0)
    printf ("  a probe here does not see what is inlined\n");
  if (debug == NULL)
    printf ("  types, source file and inlined copies are in the kernel's "
	    "debug file only\n");
}

static void
print_address (const struct explained *explained)
{
  const mdtrace_explanation_t *at = &explained->at;
  uint64_t offset = at->instruction - at->function;
  struct how how
      = { .plan = at->plan, .mode = at->mode, .reason = at->reason };

  printf ("0x%" PRIx64 ": ", at->address);
  if (at->function == 0)
    puts ("in no function");
  else
    printf ("%s+0x%" PRIx64 "\n", at->name, at->address - at->function);
  if (at->instruction == 0)
    {
      printf ("  no instruction: ");
      print_how (&how);
      return;
    }
  if (at->instruction == at->address)
    printf ("  an instruction of %u bytes begins here: ",
	    (unsigned) at->instruction_bytes);
  else
    printf ("  inside an instruction of %u bytes, which begins at "
	    "%s+0x%" PRIx64 " (0x%" PRIx64 "): ",
	    (unsigned) at->instruction_bytes, at->name, offset,
	    at->instruction);
  print_how (&how);
}

static void
print_text (const struct explained *explained)
{
  switch (explained->kind)
    {
    case EXPLAIN_FUNCTION:
      print_function (explained);
      break;
    case EXPLAIN_ADDRESS:
      print_address (explained);
      break;
    case EXPLAIN_AMBIGUOUS:
      printf ("%s: several functions have that name; say which one\n",
	      explained->name);
      print_related (explained, EXPLAIN_NAMESAKE, "as");
      print_related (explained, EXPLAIN_VARIANT, "the compiler has also made");
      print_inlined (explained);
      break;
    case EXPLAIN_INLINED:
      printf ("%s: has no code of its own to be probed; the compiler has put "
	      "it into others\n",
	      explained->name);
      print_related (explained, EXPLAIN_VARIANT, "the compiler has made");
      print_inlined (explained);
      break;
    }
}

static json_t *
address_json (uint64_t address)
{
  return address == 0 ? json_null () : json_sprintf ("0x%" PRIx64, address);
}

/* Add how something is instrumented to OBJECT.  */
static void
add_how (json_t *object, const struct how *how)
{
  json_object_set_new (object, "plan",
		       json_string (how->plan == MDTRACE_MODE_NONE
					? "refused"
					: mdtrace_mode_words (how->plan)));
  json_object_set_new (object, "mode",
		       json_string (mdtrace_mode_words (how->mode)));
  json_object_set_new (object, "reason",
		       how->reason == MDTRACE_REASON_NONE
			   ? json_null ()
			   : json_string (mdtrace_reason_words (how->reason)));
  json_object_set_new (object, "reason_number", json_integer (how->reason));
}

static json_t *
sites_json (const struct explained *explained)
{
  json_t *list = json_array ();

  for (size_t i = 0; i < explained->site_count; i++)
    {
      const struct mdtrace_site *site = &explained->sites[i];
      struct how how = how_of_site (site);
      json_t *object = json_pack (
	  "{s:s, s:o, s:I, s:i, s:i}", "kind",
	  site->kind == MDTRACE_PROBE_TAIL ? "tail"
					   : mdtrace_kind_part (site->kind),
	  "address", address_json (site->address), "offset",
	  (json_int_t) (site->address - explained->address), "changed_bytes",
	  (int) how.changed_bytes, "lead", (int) how.lead);
      add_how (object, &how);
      json_array_append_new (list, object);
    }
  return list;
}

static json_t *
related_json (const struct explained *explained,
	      enum explain_relation relation)
{
  const struct explain_source *source = explained->source;
  json_t *list = json_array ();

  for (size_t i = 0; i < source->count; i++)
    if (explain_relation (explained->name, explained->address,
			  &source->functions[i])
	== relation)
      json_array_append_new (
	  list,
	  json_pack ("{s:s, s:o}", "function", source->functions[i].name,
		     "address", address_json (source->functions[i].address)));
  return list;
}

static json_t *
inlined_json (const struct explained *explained)
{
  if (explained->source->debug == NULL)
    return json_null ();
  json_t *list = json_array ();
  for (size_t i = 0; i < explained->inlined_count; i++)
    {
      const struct mdtrace_inlined *place = &explained->inlined[i];
      json_array_append_new (
	  list,
	  json_pack ("{s:s, s:o, s:I}", "function", place->function, "address",
		     address_json (place->address), "offset",
		     (json_int_t) (place->address - place->function_address)));
    }
  return list;
}

/* Add what DWARF says of the function to OBJECT.  */
static void
add_debug (json_t *object, const struct explained *explained)
{
  struct mdtrace_value_name arguments[ARGUMENTS_MAX], result;
  const struct mdtrace_debug *debug = explained->source->debug;
  const char *file
      = debug == NULL ? "" : mdtrace_debug_file (debug, explained->address);
  int count = debug == NULL
		  ? -1
		  : mdtrace_debug_arguments (debug, explained->address,
					     arguments, ARGUMENTS_MAX);
  bool has_result
      = count >= 0
	&& mdtrace_debug_result (debug, explained->address, &result);
  json_t *list = count < 0 ? json_null () : json_array ();

  for (int i = 0; i < count && i < ARGUMENTS_MAX; i++)
    json_array_append_new (list,
			   json_pack ("{s:s, s:s}", "name", arguments[i].name,
				      "type", arguments[i].type));
  json_object_set_new (object, "file",
		       file[0] != '\0' ? json_string (file) : json_null ());
  json_object_set_new (object, "arguments", list);
  json_object_set_new (object, "result",
		       has_result ? json_string (result.type) : json_null ());
}

static json_t *
named_json (const struct explained *explained, const char *kind)
{
  return json_pack ("{s:s, s:s, s:s, s:o, s:o, s:o}", "what", explained->what,
		    "kind", kind, "function", explained->name, "namesakes",
		    related_json (explained, EXPLAIN_NAMESAKE), "variants",
		    related_json (explained, EXPLAIN_VARIANT), "inlined",
		    inlined_json (explained));
}

static json_t *
function_json (const struct explained *explained)
{
  json_t *object = named_json (explained, "function");

  json_object_set_new (object, "address", address_json (explained->address));
  json_object_set_new (object, "bytes", json_integer (explained->bytes));
  json_object_set_new (object, "aliases",
		       related_json (explained, EXPLAIN_ALIAS));
  json_object_set_new (object, "sites", sites_json (explained));
  add_debug (object, explained);
  return object;
}

static json_t *
at_json (const struct explained *explained)
{
  const mdtrace_explanation_t *at = &explained->at;
  struct how how
      = { .plan = at->plan, .mode = at->mode, .reason = at->reason };
  json_t *object = json_pack (
      "{s:s, s:s, s:o, s:o, s:o, s:o, s:i, s:b}", "what", explained->what,
      "kind", "address", "address", address_json (at->address), "function",
      at->function == 0 ? json_null () : json_string (at->name), "offset",
      at->function == 0
	  ? json_null ()
	  : json_integer ((json_int_t) (at->address - at->function)),
      "instruction", address_json (at->instruction), "instruction_bytes",
      (int) at->instruction_bytes, "begins_instruction",
      at->instruction == at->address);

  add_how (object, &how);
  return object;
}

void
explained_print (const struct explained *explained, bool json)
{
  json_t *document = NULL;

  if (!json)
    {
      print_text (explained);
      return;
    }
  switch (explained->kind)
    {
    case EXPLAIN_FUNCTION:
      document = function_json (explained);
      break;
    case EXPLAIN_ADDRESS:
      document = at_json (explained);
      break;
    case EXPLAIN_AMBIGUOUS:
      document = named_json (explained, "ambiguous");
      break;
    case EXPLAIN_INLINED:
      document = named_json (explained, "inlined");
      break;
    }
  json_dumpf (document, stdout, JSON_INDENT (1));
  putchar ('\n');
  json_decref (document);
}
