/* mdtrace-mkkernel: adds mdtrace to a GNU Mach kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   kernel_file reads the kernel, debug_info its DWARF, code its instructions;
   plan decides how each site is to be instrumented; table puts that into the
   form that the kernel part reads; link joins the kernel part to the kernel's
   addresses; output writes the result.  list and explain_kernel only tell what
   is planned.  */

#include <config.h>

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sha2.h>
#include <string.h>

#include "explain_kernel.h"
#include "kernel_file.h"
#include "link.h"
#include "list.h"
#include "message.h"
#include "output.h"
#include "static_list.h"
#include "table.h"

const char *argp_program_version = "mdtrace-mkkernel " PACKAGE_VERSION;

enum
{
  OPTION_EXPLAIN = 256,
  OPTION_LIST_SITES,
  OPTION_LIST_STATIC,
  OPTION_JSON
};

static const struct argp_option options[] = {
  { "output", 'o', "FILE", 0,
    "Write the instrumented kernel to FILE (default: gnumach-mdtrace), and "
    "its DWARF to FILE.debug",
    0 },
  { "list-sites", OPTION_LIST_SITES, NULL, 0,
    "Write no kernel: print each function with how its entry and its returns "
    "are probed, or why not",
    0 },
  { "list-static", OPTION_LIST_STATIC, NULL, 0,
    "Write no kernel: print each static probe with the places where its "
    "events are seen, and what of it this kernel lacks",
    0 },
  { "explain", OPTION_EXPLAIN, "PLACE", 0,
    "Write no kernel: tell how PLACE, a function, FUNCTION+OFFSET or an "
    "address, would be probed, or why not",
    0 },
  { "json", OPTION_JSON, NULL, 0,
    "With --list-sites, --list-static and --explain: print one JSON document",
    0 },
  { NULL, 0, NULL, 0, NULL, 0 }
};

struct arguments
{
  const char *kernel;
  const char *output;
  bool list_sites;
  bool list_static;
  const char *explain;
  bool json;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'o':
      arguments->output = argument;
      return 0;
    case OPTION_LIST_SITES:
      arguments->list_sites = true;
      return 0;
    case OPTION_LIST_STATIC:
      arguments->list_static = true;
      return 0;
    case OPTION_EXPLAIN:
      arguments->explain = argument;
      return 0;
    case OPTION_JSON:
      arguments->json = true;
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->kernel != NULL)
	argp_error (state, "only one kernel can be instrumented at a time");
      arguments->kernel = argument;
      return 0;
    case ARGP_KEY_END:
      if (arguments->kernel == NULL)
	argp_error (state, "name the kernel, for example "
			   "/boot/gnumach-1.8-amd64-up-dbg.gz");
      if ((arguments->explain != NULL) + arguments->list_sites
	      + arguments->list_static
	  > 1)
	argp_error (state, "either --list-sites, --list-static or --explain");
      if (arguments->json && !arguments->list_sites && !arguments->list_static
	  && arguments->explain == NULL)
	argp_error (state, "--json goes with --list-sites, --list-static or "
			   "--explain");
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp
    = { .options = options,
	.parser = parse_option,
	.args_doc = "KERNEL[.gz]",
	.doc = "Add mdtrace to a GNU Mach kernel, so that it can be traced "
	       "once booted.  KERNEL is a kernel with debugging symbols, such "
	       "as those of Debian's packages gnumach-image-*-dbg." };

static void
hash_text (const struct kernel *kernel, uint8_t *hash)
{
  SHA2_CTX context;

  SHA256Init (&context);
  SHA256Update (&context, kernel->text, kernel->text_end - kernel->text_start);
  SHA256Final (hash, &context);
}

static struct static_probe *
plan_static (const struct kernel *kernel, const struct code *code,
	     const struct function_plan *plans, const struct debug_info *info,
	     size_t *count)
{
  struct mdtrace_debug *debug;

  if (debug_from_elf (kernel->elf, &debug) != MDTRACE_OK)
    fail ("%s: its DWARF cannot be read", kernel->path);
  return static_probes_plan (code, plans, info, debug, count);
}

static void
write_kernel (const struct kernel *kernel, const struct code *code,
	      const struct function_plan *plans,
	      const struct arguments *arguments)
{
  struct debug_info *info = debug_open (kernel);
  struct linked linked;
  uint8_t hash[SHA256_DIGEST_LENGTH];
  size_t table_bytes;
  const char *directory = getenv ("MDTRACE_LIBDIR");
  char *object = must_format ("%s/mdtrace-kernel-%s.o",
			      directory != NULL ? directory : PKGLIBDIR,
			      kernel->word_bytes == 8 ? "x86_64" : "i386");
  char *debug_path = must_format ("%s.debug", arguments->output);

  hash_text (kernel, hash);
  if (!code_has_frames (code))
    fprintf (stderr,
	     "%s: %s: was compiled without frame pointers: its stacks cannot "
	     "be read, and --stack will be refused\n",
	     program_invocation_short_name, arguments->kernel);
  size_t static_count;
  const struct static_probe *statics
      = plan_static (kernel, code, plans, info, &static_count);
  for (size_t i = 0; i < static_count; i++)
    if (statics[i].reason[0] != '\0')
      fprintf (stderr, "mdtrace-mkkernel: %s: %s:::%s misses something: %s\n",
	       kernel->path, statics[i].provider, statics[i].event,
	       statics[i].reason);
  void *table = table_make (code, plans, info, statics, static_count, hash,
			    &table_bytes);
  link_kernel_part (kernel, code, plans, info, object, table, table_bytes,
		    &linked);
  char *debug = output_debug (kernel, hash, debug_path);
  char *output = output_kernel (kernel, &linked, hash, arguments->output);
  output_rename (debug, debug_path);
  output_rename (output, arguments->output);
}

int
main (int argc, char **argv)
{
  struct arguments arguments = { .output = "gnumach-mdtrace" };
  struct kernel kernel;
  struct code code;

  argp_err_exit_status = 2;
  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  kernel_open (&kernel, arguments.kernel);
  code_read (&code, &kernel);
  struct function_plan *plans = plan_functions (&code);
  if (arguments.list_sites)
    list_sites (&code, plans, arguments.json);
  else if (arguments.list_static)
    {
      size_t count;
      const struct static_probe *probes
	  = plan_static (&kernel, &code, plans, debug_open (&kernel), &count);
      static_probes_list (&code, probes, count, arguments.json);
    }
  else if (arguments.explain != NULL)
    explain_kernel (&code, plans, debug_open (&kernel), arguments.explain,
		    arguments.json);
  else
    write_kernel (&kernel, &code, plans, &arguments);
  return 0;
}
