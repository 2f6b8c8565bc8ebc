/* mdtrace status: what runs, and what is traced.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct argp_option argp_options[]
    = { { "debug-file", 'd', "FILE", 0,
	  "Make sure that FILE, an instrumented kernel or its debug file, "
	  "belongs to the kernel that runs",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *debug_file;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'd':
      arguments->debug_file = argument;
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* The hash of the kernel's text in hexadecimal digits.  */
static const char *
hash_text (const mdtrace_status_t *status)
{
  static char text[2 * MDTRACE_TEXT_HASH_BYTES + 1];

  for (int i = 0; i < MDTRACE_TEXT_HASH_BYTES; i++)
    snprintf (text + 2 * i, 3, "%02x", status->text_hash[i]);
  return text;
}

static uint64_t
lost (const mdtrace_counts_t *counts)
{
  return counts->dropped + counts->throttled + counts->missed;
}

static double
tsc_hz (const struct mdtrace_time *time)
{
  return time->ns_per_count > 0 ? 1e9 / time->ns_per_count : 0;
}

/* How far the time is off now, not in a second.  */
static uint64_t
error_now (const struct mdtrace_time *time)
{
  uint64_t error_ns = mdtrace_time_error_ns (time);

  return error_ns == UINT64_MAX ? error_ns : error_ns - time->drift_ns;
}

static void
print_clock (const struct mdtrace_time *time)
{
  static const char units[][3] = { "ns", "us", "ms", "s" };
  uint64_t error = error_now (time);
  int unit = 0;

  if (error == UINT64_MAX)
    {
      printf ("clock      not known before the second clock tick\n");
      return;
    }
  /* It is not less than what is printed.  */
  for (; error >= 10000 && unit < 3; unit++)
    error = (error + 999) / 1000;
  printf ("clock      %.3f %s time stamp counter, error at most %" PRIu64
	  " %s\n",
	  tsc_hz (time) / (tsc_hz (time) >= 1e9 ? 1e9 : 1e6),
	  tsc_hz (time) >= 1e9 ? "GHz" : "MHz", error, units[unit]);
}

static void
print (const struct arguments *arguments, const char *url,
       const mdtrace_status_t *status, const struct mdtrace_time *time,
       const struct mdtrace_daemon_info *daemon)
{
  printf ("target     %s\n", url);
  if (daemon != NULL)
    printf ("daemon     process %" PRIu32 ", traces %s\n"
	    "database   %s, %" PRIu64 " events since the daemon started\n",
	    daemon->pid, daemon->target, daemon->database,
	    daemon->events_stored);
  printf ("kernel     %s\n", status->kernel_version);
  printf ("mdtrace    %s in the kernel, %s here, interface %" PRIu32 "\n",
	  status->mdtrace_version, PACKAGE_VERSION, status->interface_version);
  printf ("text hash  %s\n", hash_text (status));
  if (arguments->debug_file != NULL)
    printf ("           %s belongs to it\n", arguments->debug_file);
  printf ("CPUs       %" PRIu32 ", of %" PRIu32 " bits\n", status->cpus,
	  8 * status->word_bytes);
  print_clock (time);
  printf ("functions  %" PRIu32 ", of which %" PRIu32
	  " are not to be probed\n",
	  status->functions, status->functions_refused);
  printf ("probes     %" PRIu32 " of at most %" PRIu32 ", %" PRIu32
	  " enabled\n",
	  status->probes, status->probes_max, status->probes_enabled);
  printf ("rings      %" PRIu64 " KiB for each CPU, %s%s\n",
	  status->ring_bytes / 1024,
	  status->holder[0] != '\0' ? "read by " : "read by nobody",
	  status->holder);
  printf (
      "events     %" PRIu64 " hits, %" PRIu64 " recorded, %" PRIu64 " lost\n",
      status->counts.hits, status->counts.recorded, lost (&status->counts));
}

static void
print_json (const char *url, const mdtrace_status_t *status,
	    const struct mdtrace_time *time,
	    const struct mdtrace_daemon_info *daemon)
{
  json_t *document = cli_json_pack (
      "{s:s, s:s, s:s, s:s, s:i, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, "
      "s:I, s:s, s:I, s:I, s:I, s:I}",
      "target", url, "kernel_version", status->kernel_version,
      "mdtrace_version", status->mdtrace_version, "client_version",
      PACKAGE_VERSION, "interface_version", status->interface_version,
      "text_hash", hash_text (status), "cpus", status->cpus, "word_bytes",
      status->word_bytes, "functions", status->functions, "functions_refused",
      status->functions_refused, "probes", status->probes, "probes_enabled",
      status->probes_enabled, "probes_max", status->probes_max, "ring_bytes",
      (json_int_t) status->ring_bytes, "ring_holder", status->holder, "hits",
      (json_int_t) status->counts.hits, "recorded",
      (json_int_t) status->counts.recorded, "filtered",
      (json_int_t) status->counts.filtered, "lost",
      (json_int_t) lost (&status->counts));

  json_object_set_new (document, "boot_id",
		       cli_json_address (status->boot_id));
  if (error_now (time) != UINT64_MAX)
    json_object_set_new (
	document, "clock",
	cli_json_pack ("{s:I, s:I, s:I, s:I, s:f}", "time_ns",
		       (json_int_t) time->time_ns, "uptime_ns",
		       (json_int_t) time->uptime_ns, "error_ns",
		       (json_int_t) error_now (time), "tsc",
		       (json_int_t) time->tsc, "tsc_hz", tsc_hz (time)));
  if (daemon != NULL)
    json_object_set_new (
	document, "daemon",
	cli_json_pack ("{s:i, s:s, s:s, s:I}", "pid", daemon->pid, "target",
		       daemon->target, "database", daemon->database,
		       "events_stored", (json_int_t) daemon->events_stored));
  cli_print_json (document);
}

int
cli_status (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  const struct argp argp = { .options = argp_options,
			     .parser = parse_option,
			     .children = cli_children,
			     .doc = "Tell what runs, and what is traced." };
  mdtrace_status_t status;
  struct mdtrace_time time = { 0 };
  struct mdtrace_daemon_info daemon;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  struct mdtrace_target *target = cli_open (options);
  const char *url = mdtrace_target_url (target);
  int error = mdtrace_get_status (target, &status);
  if (error == MDTRACE_OK)
    error = mdtrace_time_start (&time, target);
  if (error != MDTRACE_OK)
    return cli_report (options, url, error, mdtrace_detail (target));
  if (arguments.debug_file != NULL)
    {
      error
	  = mdtrace_check_kernel_file (arguments.debug_file, status.text_hash);
      if (error != MDTRACE_OK)
	return cli_report (options, arguments.debug_file, error,
			   error == MDTRACE_ERR_SYSTEM ? strerror (errno)
						       : NULL);
    }
  bool has_daemon = mdtrace_daemon_get_info (target, &daemon) == MDTRACE_OK;
  if (options->json)
    print_json (url, &status, &time, has_daemon ? &daemon : NULL);
  else
    print (&arguments, url, &status, &time, has_daemon ? &daemon : NULL);
  mdtrace_close (target);
  return cli_finish ();
}
