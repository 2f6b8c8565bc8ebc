/* What the verbs print for programs: JSON, whatever texts come from outside.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Jansson makes nothing of a text that is not UTF-8, and of all that has one:
   a task, a label or a file may be called so, and all that is known of it
   would be missing.  So texts become values, and names of members, here.  */

#include <config.h>

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

void
cli_print_json (json_t *document)
{
  json_dumpf (document, stdout, JSON_INDENT (1));
  putchar ('\n');
  json_decref (document);
}

json_t *
cli_json_address (uint64_t address)
{
  return json_sprintf ("0x%" PRIx64, address);
}

json_t *
cli_json_text (const char *text)
{
  json_t *value = json_string (text), *byte;
  char *shown = NULL, *longer;

  /* Whatever stands before a byte is good without it, or is not.  */
  for (const char *at = text; value == NULL && *at != '\0';)
    {
      size_t bytes = 0;
      for (size_t tried = 1; bytes == 0 && tried <= 4; tried++)
	{
	  byte = json_stringn (at, strnlen (at, tried));
	  bytes = byte != NULL ? tried : 0;
	  json_decref (byte);
	}
      longer = cli_format ("%s%.*s", shown != NULL ? shown : "",
			   bytes > 0 ? (int) bytes : 3,
			   bytes > 0 ? at : "\xef\xbf\xbd");
      free (shown);
      shown = longer;
      at += bytes > 0 ? bytes : 1;
    }
  if (value == NULL)
    value = json_string (shown);
  free (shown);
  return value;
}

void
cli_json_set (json_t *object, const char *name, json_t *value)
{
  json_t *text = cli_json_text (name);

  json_object_set_new (object, json_string_value (text), value);
  json_decref (text);
}

/* The value that FORMAT wants, taken from ARGUMENTS.  */
static json_t *
take_value (char format, va_list *arguments)
{
  switch (format)
    {
    case 's':
      return cli_json_text (va_arg (*arguments, const char *));
    case 'i':
      return json_integer (va_arg (*arguments, int));
    case 'I':
      return json_integer (va_arg (*arguments, json_int_t));
    case 'b':
      return json_boolean (va_arg (*arguments, int));
    case 'f':
      return json_real (va_arg (*arguments, double));
    case 'O':
      return json_incref (va_arg (*arguments, json_t *));
    case 'n':
      return json_null ();
    default:
      assert (format == 'o');
      return va_arg (*arguments, json_t *);
    }
}

json_t *
cli_json_pack (const char *format, ...)
{
  json_t *object = json_object ();
  va_list arguments;

  va_start (arguments, format);
  for (const char *at = strchr (format, ':'); at != NULL;
       at = strchr (at + 1, ':'))
    {
      const char *name = va_arg (arguments, const char *);
      json_object_set_new (object, name, take_value (at[1], &arguments));
    }
  va_end (arguments);
  return object;
}
