/* mdtrace probe explain: how a place would be probed, or why not.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Of a kernel that is not booted yet mdtrace-mkkernel knows it, which decides
   it; the words are the same.  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "explain.h"
#include "probe_static.h"

enum
{
  MESSAGE_BYTES = 1024
};

static const struct argp_option argp_options[]
    = { { "kernel", 'k', "FILE", 0,
	  "Ask mdtrace-mkkernel about FILE, a kernel before mdtrace is added "
	  "to it, instead of one that runs",
	  0 },
	{ "debug-file", 'd', "FILE", 0,
	  "The kernel's debug file, which has types and inlined copies; "
	  "default: beside the kernel that MDTRACE_KERNEL names, or that the "
	  "virtual machine runs",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *what;
  const char *kernel;
  const char *debug_file;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'k':
      arguments->kernel = argument;
      return 0;
    case 'd':
      arguments->debug_file = argument;
      return 0;
    case ARGP_KEY_ARG:
      if (arguments->what != NULL)
	argp_error (state, "one place at a time");
      arguments->what = argument;
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "what is to be explained? A function, "
			 "FUNCTION+OFFSET or an address");
      return 0;
    case ARGP_KEY_END:
      if (arguments->kernel != NULL && arguments->debug_file != NULL)
	argp_error (state, "--debug-file is for a kernel that runs; the FILE "
			   "of --kernel has its own");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* Let mdtrace-mkkernel explain it.  */
static int
ask_mkkernel (const struct arguments *arguments)
{
  const char *program = getenv ("MDTRACE_MKKERNEL");
  char *argv[8];
  int count = 0;

  argv[count++] = (char *) "mdtrace-mkkernel";
  argv[count++] = (char *) "--explain";
  argv[count++] = (char *) arguments->what;
  if (arguments->options->json)
    argv[count++] = (char *) "--json";
  argv[count++] = (char *) "--";
  argv[count++] = (char *) arguments->kernel;
  argv[count] = NULL;
  if (program != NULL && program[0] != '\0')
    execv (program, argv);
  else
    {
      execvp (argv[0], argv);
      /* Not everybody has the administrator's programs in the path.  */
      execv (SBINDIR "/mdtrace-mkkernel", argv);
    }
  return cli_report (arguments->options,
		     program != NULL ? program : "mdtrace-mkkernel",
		     MDTRACE_ERR_SYSTEM, strerror (errno));
}

static int
get_sites (void *closure, uint64_t address, struct mdtrace_site **sites,
	   size_t *count)
{
  return mdtrace_function_sites (closure, address, sites, count);
}

static int
get_explanation (void *closure, uint64_t address,
		 mdtrace_explanation_t *explanation)
{
  return mdtrace_explain (closure, address, explanation);
}

static int
ask_kernel (const struct arguments *arguments)
{
  mdtrace_probe_definition_t definition;
  const char *problem;
  struct mdtrace_target *target = cli_open (arguments->options);

  /* A static probe is a description; no function has a colon.  */
  if (strchr (arguments->what, ':') != NULL
      && mdtrace_parse_definition (arguments->what, &definition, &problem)
	     == MDTRACE_OK
      && definition.options.provider[0] != '\0')
    {
      int status = probe_static_list (arguments->options, target,
				      arguments->what, &definition.options,
				      true);
      mdtrace_close (target);
      return status;
    }
  struct mdtrace_debug *debug
      = cli_open_debug (arguments->options, target, arguments->debug_file);
  struct mdtrace_function *functions;
  struct explained explained;
  char message[MESSAGE_BYTES];
  size_t count;
  int status;
  int error = mdtrace_function_list (target, &functions, &count);

  if (error != MDTRACE_OK)
    return cli_report (arguments->options, mdtrace_target_url (target), error,
		       mdtrace_detail (target));
  const struct explain_source source = {
    .functions = functions,
    .count = count,
    .debug = debug,
    .get_sites = get_sites,
    .explain = get_explanation,
    .closure = target,
  };
  error = explain (&source, arguments->what, &explained, message,
		   sizeof message);
  if (error != MDTRACE_OK)
    status
	= cli_report (arguments->options, arguments->what, error,
		      message[0] != '\0' ? message : mdtrace_detail (target));
  else
    {
      explained_print (&explained, arguments->options->json);
      status = cli_finish ();
    }
  explained_free (&explained);
  free (functions);
  mdtrace_debug_close (debug);
  mdtrace_close (target);
  return status;
}

int
cli_probe_explain (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "FUNCTION|FUNCTION+OFFSET|ADDRESS|PROVIDER:::EVENT",
	  .doc = "Tell how a function or an address would be probed, or why "
		 "not; or what a static probe has, and what it cannot see." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  if (arguments.kernel != NULL)
    return ask_mkkernel (&arguments);
  return ask_kernel (&arguments);
}
