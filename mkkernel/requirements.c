/* What the kernel part needs of a kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "requirements.h"

/* Sizes of fields in kernel/layout.def.  */
#define WORDS(n) (-(n))
enum
{
  ANY = 0
};

static void
write_field (const struct kernel *kernel, const struct debug_info *info,
	     FILE *script, const char *structure, const char *member, int size)
{
  uint64_t offset, bytes;
  uint64_t expected
      = size < 0 ? (uint64_t) -size * kernel->word_bytes : (uint64_t) size;

  if (!debug_find_field (info, structure, member, &offset, &bytes))
    fail ("%s: this kernel has no struct %s with a field %s, which mdtrace "
	  "needs",
	  kernel->path, structure, member);
  if (size != ANY && bytes != expected)
    fail ("%s: the field %s of struct %s has %" PRIu64
	  " bytes in this kernel, where mdtrace needs %" PRIu64,
	  kernel->path, member, structure, bytes, expected);
  fprintf (script,
	   "layout_%s_%s = %" PRIu64 ";\nlayout_%s_%s_bytes = %" PRIu64 ";\n",
	   structure, member, offset, structure, member, bytes);
}

static void
write_size (const struct kernel *kernel, const struct debug_info *info,
	    FILE *script, const char *structure)
{
  uint64_t bytes;

  if (!debug_find_size (info, structure, &bytes))
    fail ("%s: this kernel has no struct %s, which mdtrace needs",
	  kernel->path, structure);
  fprintf (script, "layout_%s_size = %" PRIu64 ";\n", structure, bytes);
}

static void
write_count (const struct kernel *kernel, const struct debug_info *info,
	     FILE *script, const char *array)
{
  uint64_t count;

  if (!debug_find_count (info, array, &count))
    fail ("%s: this kernel has no array %s, which mdtrace needs", kernel->path,
	  array);
  fprintf (script, "layout_%s_count = %" PRIu64 ";\n", array, count);
}

static void
write_symbol (const struct kernel *kernel, FILE *script, const char *name,
	      const char *what)
{
  const struct symbol *symbol = kernel_find_symbol (kernel, name);

  if (symbol == NULL)
    fail ("%s: this kernel has no %s %s, which mdtrace needs", kernel->path,
	  what, name);
  fprintf (script, "%s = 0x%" PRIx64 ";\n", name, symbol->address);
}

/* The size of the C type NAME, as kernel/imports.def writes it.  */
static uint64_t
size_of_type (const struct kernel *kernel, const char *name)
{
  static const struct
  {
    const char *name;
    int bytes; /* 0: a word */
  } types[] = {
    { "host_t", 0 },	   { "ipc_port_t", 0 },
    { "ipc_space_t", 0 },  { "mach_device_t", 0 },
    { "vm_page_t", 0 },	   { "vm_offset_t", 0 },
    { "vm_size_t", 0 },	   { "int", 4 },
    { "unsigned int", 4 }, { "kern_return_t", 4 },
    { "natural_t", 4 },	   { "vm_prot_t", 4 },
    { "thread_t", 0 },	   { "task_t", 0 },
    { "boolean_t", 4 },	   { "mach_continuation_t", 0 },
  };

  if (strcmp (name, "void") == 0)
    return 0;
  if (strchr (name, '*') != NULL)
    return kernel->word_bytes;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (strcmp (name, types[i].name) == 0)
      return types[i].bytes != 0 ? (unsigned) types[i].bytes
				 : kernel->word_bytes;
  fail ("imports.def uses the type %s, which requirements.c does not know",
	name);
}

/* Parse "(TYPE, TYPE, …)" with RESULT into PROTOTYPE.  */
static void
parse_prototype (const struct kernel *kernel, const char *result,
		 const char *parameters, struct prototype *prototype)
{
  char *list = must_format ("%s", parameters + 1);
  char *position = list, *type;

  memset (prototype, 0, sizeof *prototype);
  prototype->result_bytes = size_of_type (kernel, result);
  list[strlen (list) - 1] = '\0';
  while ((type = strsep (&position, ",")) != NULL)
    {
      type += strspn (type, " \n");
      if (strcmp (type, "...") == 0)
	prototype->variadic = true;
      else
	prototype->parameter_bytes[prototype->parameters++]
	    = size_of_type (kernel, type);
    }
  free (list);
}

static void
check_function (const struct kernel *kernel, const struct debug_info *info,
		const char *result, const char *name, const char *parameters)
{
  struct prototype expected, found;

  parse_prototype (kernel, result, parameters, &expected);
  if (!debug_find_prototype (info, name, &found))
    fail ("%s: this kernel has no function %s, which mdtrace needs",
	  kernel->path, name);
  if (memcmp (&expected, &found, sizeof found) != 0)
    fail ("%s: the function %s takes or returns something else in this "
	  "kernel than %s %s, which mdtrace expects",
	  kernel->path, name, result, parameters);
}

void
requirements_write (const struct kernel *kernel, const struct debug_info *info,
		    FILE *script)
{
  fprintf (script, "layout_direct_map = 0x%" PRIx64 ";\n", kernel->direct_map);
#define LAYOUT_FIELD(structure, member, bytes)                                \
  write_field (kernel, info, script, #structure, #member, bytes);
#define LAYOUT_SIZE(structure) write_size (kernel, info, script, #structure);
#define LAYOUT_COUNT(array) write_count (kernel, info, script, #array);
#include "layout.def"
#undef LAYOUT_FIELD
#undef LAYOUT_SIZE
#undef LAYOUT_COUNT

#define IMPORT_FUNCTION(result, name, parameters)                             \
  check_function (kernel, info, #result, #name, #parameters);                 \
  write_symbol (kernel, script, #name, "function");
#define IMPORT_DATA(type, name, dimension)                                    \
  write_symbol (kernel, script, #name, "variable");
#include "imports.def"
#undef IMPORT_FUNCTION
#undef IMPORT_DATA
}
