/* mdtrace: traces GNU Mach, and tells how it is.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "cli.h"

const char *argp_program_version = "mdtrace " PACKAGE_VERSION;

static const struct cli_verb verbs[] = {
  { "status", "what runs, and what is traced", cli_status },
  { "probe", "create, enable, disable, destroy and list probes", cli_probe },
  { "agg", "read, clear and watch what probes add up", cli_agg },
  { "counter", "list performance counters, let them count, and read them",
    cli_counter },
  { "snapshot", "the system at this moment", cli_snapshot },
  { "budget", "what probes take of the CPUs, and may take", cli_budget },
  { "fire", "let a custom event happen", cli_fire },
  { "trace", "print events as they happen", cli_trace },
  { "top", "what happens most, live", cli_top },
  { "hist", "how values of a trace are distributed", cli_hist },
  { "ring", "show and change the trace rings", cli_ring },
  { "record", "record events into a trace file, without a daemon",
    cli_record },
  { "import", "store trace files in a database", cli_import },
  { "trend", "what a counter does, and whether that is usual", cli_trend },
  { "health", "a score from 0 to 100, and its reasons", cli_health },
  { "command", "carry out a command of the kernel's text interface",
    cli_command },
  { "analyze", "what happened when in a trace, and where time went",
    cli_analyze },
  { "query", "ask the database", cli_query },
  { "flame", "which ways through the kernel led to events", cli_flame },
  { "export", "write events in a format that other programs read",
    cli_export },
  { "db",
    "look after a database: info, check, vacuum, export, merge, "
    "recover",
    cli_db },
  { NULL, NULL, NULL },
};

/* Whoever starts this may have closed the standard files.  Then the connection
   to a daemon would become one of them, and get what is printed: put there
   what can only be used the wrong way, so that printing fails.  */
static void
hold_standard_files (void)
{
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
    if (fcntl (file, F_GETFD) < 0)
      open ("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int
main (int argc, char **argv)
{
  struct cli_options options = { .target = NULL };

  hold_standard_files ();
  /* Which characters can be printed; all else stays as it is in C.  */
  setlocale (LC_CTYPE, "");
  argp_err_exit_status = 2;
  argv[0] = "mdtrace";
  return cli_dispatch (
      verbs, "VERB [ARGUMENT...]",
      "Trace GNU Mach, and tell how it is.\v"
      "Verbs:\n"
      "  status   what runs, and what is traced\n"
      "  probe    create, enable, disable, destroy and list probes\n"
      "  agg      read, clear and watch what probes add up\n"
      "  counter  performance counters: list, enable, read and more\n"
      "  snapshot the system at this moment\n"
      "  budget   what probes take of the CPUs, and may take\n"
      "  fire     let a custom event happen\n"
      "  trace    print events as they happen\n"
      "  top      what happens most, live\n"
      "  hist     how values of a trace are distributed\n"
      "  ring     show and change the trace rings\n"
      "  record   record events into a trace file, without a daemon\n"
      "  import   store trace files in a database\n"
      "  trend    what a counter does, and whether that is usual\n"
      "  health   a score from 0 to 100, and its reasons\n"
      "  command  carry out a text command, such as dynamic_probe_list\n"
      "  analyze  what happened when in a trace, and where time went\n"
      "  query    ask the database\n"
      "  flame    which ways through the kernel led to events\n"
      "  export   write events in a format that other programs read\n"
      "  db       look after a database: what is in it, copies, repair\n\n"
      "'mdtrace VERB --help' tells more of each.",
      argc, argv, &options);
}
