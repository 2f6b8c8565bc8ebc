/* mdtrace command: the kernel's text interface.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Commands that are written as calls of C functions, which a kernel would take
   from a file such as /proc/kernel_debug.  Each is carried out by a verb, and
   prints what that prints.  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "command.h"

/* "System health: 85/100".  */
static int
print_score (int argc, char **argv, struct cli_options *options)
{
  mdtrace_health_t health;

  (void) argc;
  (void) argv;
  struct mdtrace_target *target = cli_open (options);
  int error = mdtrace_get_health (target, &health);
  int status = error != MDTRACE_OK
		   ? cli_report (options, mdtrace_target_url (target), error,
				 mdtrace_detail (target))
		   : 0;
  if (status == 0)
    {
      if (options->json)
	cli_print_json (cli_json_pack ("{s:i}", "score", (int) health.score));
      else
	printf ("System health: %" PRIu32 "/100\n", health.score);
      status = cli_finish ();
    }
  mdtrace_close (target);
  return status;
}

/* Whether there are probes, and how many there can be.  */
static int
print_probes (int argc, char **argv, struct cli_options *options)
{
  mdtrace_status_t kernel;

  (void) argc;
  (void) argv;
  struct mdtrace_target *target = cli_open (options);
  int error = mdtrace_get_status (target, &kernel);
  if (error == MDTRACE_OK && kernel.probes_max == 0)
    error = MDTRACE_ERR_NOT_BUILT;
  int status = error != MDTRACE_OK
		   ? cli_report (options, mdtrace_target_url (target), error,
				 mdtrace_detail (target))
		   : 0;
  if (status == 0)
    {
      if (options->json)
	cli_print_json (cli_json_pack ("{s:i, s:i}", "probes",
				       (int) kernel.probes, "probes_max",
				       (int) kernel.probes_max));
      else
	printf ("dynamic probes: %" PRIu32 " of at most %" PRIu32 "\n",
		kernel.probes, kernel.probes_max);
      status = cli_finish ();
    }
  mdtrace_close (target);
  return status;
}

/* Enable the counter ARGV[1] if ARGV[2] is "1", else disable it.  */
static int
set_counter (int argc, char **argv, struct cli_options *options)
{
  static char enable[] = "mdtrace counter enable";
  static char disable[] = "mdtrace counter disable";
  static char end_of_options[] = "--";
  bool is_on = strcmp (argv[2], "1") == 0;
  char *line[] = { is_on ? enable : disable, end_of_options, argv[1], NULL };

  (void) argc;
  return is_on ? cli_counter_enable (3, line, options)
	       : cli_counter_change (3, line, options);
}

static const struct command commands[] = {
  { "dynamic_probes_init", { COMMAND_NONE }, print_probes, { "mdtrace" } },
  { "dynamic_probe_create",
    { COMMAND_PLACE },
    cli_probe_create,
    { "mdtrace probe create", "--", "$1" } },
  { "dynamic_probe_enable_at_address",
    { COMMAND_PLACE, COMMAND_NAME },
    cli_probe_create,
    { "mdtrace probe create", "--enable", "--label", "$2", "--", "$1" } },
  { "dynamic_probe_destroy",
    { COMMAND_PROBE },
    cli_probe_change,
    { "mdtrace probe destroy", "--", "$1" } },
  { "dynamic_probe_enable",
    { COMMAND_PROBE },
    cli_probe_change,
    { "mdtrace probe enable", "--", "$1" } },
  { "dynamic_probe_disable",
    { COMMAND_PROBE },
    cli_probe_change,
    { "mdtrace probe disable", "--", "$1" } },
  { "dynamic_probe_list",
    { COMMAND_NONE },
    cli_probe_list,
    { "mdtrace probe list" } },
  { "perf_counters_init",
    { COMMAND_NONE },
    cli_counter_enable,
    { "mdtrace counter enable", "all" } },
  { "perf_counter_enable",
    { COMMAND_COUNTER, COMMAND_BOOLEAN },
    set_counter,
    { "mdtrace counter", "$1", "$2" } },
  { "perf_counter_update",
    { COMMAND_COUNTER, COMMAND_NUMBER },
    cli_counter_update,
    { "mdtrace counter update", "--", "$1", "$2" } },
  { "perf_analyze_trends",
    { COMMAND_COUNTER },
    cli_trend,
    { "mdtrace trend", "--", "$1" } },
  { "perf_take_system_snapshot",
    { COMMAND_NONE },
    cli_snapshot,
    { "mdtrace snapshot" } },
  { "perf_get_system_health_score",
    { COMMAND_NONE },
    print_score,
    { "mdtrace health" } },
};

enum
{
  COMMANDS = sizeof commands / sizeof commands[0]
};

struct arguments
{
  struct cli_options *options;
  struct command_parsed parsed;
  bool is_parsed;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;
  char problem[COMMAND_PROBLEM_BYTES];

  switch (key)
    {
    case ARGP_KEY_ARG:
      if (arguments->is_parsed)
	argp_error (state, "one command at a time, in quotation marks");
      if (command_parse (commands, COMMANDS, argument, &arguments->parsed,
			 problem)
	  != 0)
	argp_error (state, "%s", problem);
      arguments->is_parsed = true;
      return 0;
    case ARGP_KEY_NO_ARGS:
      argp_error (state, "say which command, as in "
			 "'mdtrace command dynamic_probe_list'");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* Carry PARSED out by its verb.  Returns the exit status.  */
static int
carry_out (struct command_parsed *parsed, struct cli_options *options)
{
  const struct command *command = parsed->command;
  char *argv[COMMAND_LINE_MAX + 1];
  int argc = 0;

  for (; argc < COMMAND_LINE_MAX && command->line[argc] != NULL; argc++)
    {
      const char *word = command->line[argc];
      if (word[0] == '$')
	word = parsed->arguments[word[1] - '1'];
      argv[argc] = (char *) word;
    }
  argv[argc] = NULL;
  return command->verb (argc, argv, options);
}

int
cli_command (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp
      = { .parser = parse_option,
	  .children = cli_children,
	  .args_doc = "TEXT",
	  .doc = "Carry out a command that is written as the call of a C "
		 "function, such as 'dynamic_probe_create task_create' or "
		 "'perf_get_system_health_score()'." };

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  return carry_out (&arguments.parsed, options);
}
