/* mdtraced: stores what a traced kernel records, and serves clients.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "drain.h"
#include "server.h"

const char *argp_program_version = "mdtraced " PACKAGE_VERSION;

enum
{
  OPTION_FOREGROUND = 256,
  OPTION_AGGREGATIONS,
  OPTION_HEALTH_RULES,
  OPTION_KEEP_AGE,
  OPTION_KEEP_SIZE
};

enum
{
  /* Seconds: how often aggregations are read, and how seldom they can be.  */
  AGGREGATIONS = 10,
  AGGREGATIONS_MAX = 86400
};

static const struct argp_option options[]
    = { { "target", 't', "URL", 0,
	  "The kernel to trace: mach:, vm:DIR or serial:DEVICE (default: what "
	  "MDTRACE_TARGET names, or this machine's kernel on GNU/Hurd)",
	  0 },
	{ "database", 'd', "FILE", 0,
	  "Where to store (default: " DATABASE_DEFAULT ")", 0 },
	{ "socket", 's', "PATH", 0,
	  "Where to listen for clients (default: " MDTRACED_SOCKET ")", 0 },
	{ "group", 'g', "NAME", 0,
	  "The group whose members may read, if root runs this (default: "
	  "mdtrace, if there is one)",
	  0 },
	{ "aggregations", OPTION_AGGREGATIONS, "SECONDS", 0,
	  "Read and store what probes have added up every SECONDS seconds "
	  "(default: 10)",
	  0 },
	{ "health-rules", OPTION_HEALTH_RULES, "FILE", 0,
	  "Store a health score by the rules in FILE, as 'mdtrace health "
	  "--print-rules' prints them (default: those)",
	  0 },
	{ "keep-age", OPTION_KEEP_AGE, "TIME", 0,
	  "Remove events that are older: a number with s, m, h or d for "
	  "seconds, minutes, hours or days (default: keep all)",
	  0 },
	{ "keep-size", OPTION_KEEP_SIZE, "BYTES", 0,
	  "Remove the oldest events so that the database does not become "
	  "larger: a number with K, M or G (default: keep all)",
	  0 },
	{ "foreground", OPTION_FOREGROUND, NULL, 0,
	  "Stay in the foreground, and write messages to standard error", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

/* The number ARGUMENT of OPTION, from LEAST on, times what the letter behind
   it stands for: UNITS has the letters, FACTORS what they stand for.  */
static uint64_t
parse_amount (struct argp_state *state, const char *option,
	      const char *argument, const char *units, const uint64_t *factors,
	      uint64_t least, const char *least_words)
{
  char *end;

  errno = 0;
  unsigned long long number = strtoull (argument, &end, 10);
  const char *unit
      = *end != '\0' && end[1] == '\0' ? strchr (units, *end) : NULL;
  if (argument[0] < '0' || argument[0] > '9' || errno != 0 || unit == NULL
      || number > UINT64_MAX / 2 / factors[unit - units]
      || number * factors[unit - units] < least)
    argp_error (state,
		"%s takes a whole number and one letter of %s, and at least "
		"%s, not '%s'",
		option, units, least_words, argument);
  return number * factors[unit - units];
}

static uint64_t
parse_age (struct argp_state *state, const char *argument)
{
  static const uint64_t factors[]
      = { UINT64_C (1000000000), UINT64_C (60000000000),
	  UINT64_C (3600000000000), UINT64_C (86400000000000) };

  return parse_amount (state, "--keep-age", argument, "smhd", factors,
		       factors[0], "1s");
}

static uint64_t
parse_size (struct argp_state *state, const char *argument)
{
  static const uint64_t factors[] = { 1 << 10, 1 << 20, 1 << 30 };

  return parse_amount (state, "--keep-size", argument, "KMG", factors, 4 << 20,
		       "4M");
}

static uint64_t
parse_seconds (struct argp_state *state, const char *argument)
{
  char *end;
  unsigned long seconds;

  errno = 0;
  seconds = strtoul (argument, &end, 10);
  if (argument[0] < '0' || argument[0] > '9' || *end != '\0' || errno != 0
      || seconds < 1 || seconds > AGGREGATIONS_MAX)
    argp_error (state,
		"--aggregations takes a number of seconds from 1 to %d, not "
		"'%s'",
		AGGREGATIONS_MAX, argument);
  return 1000 * (uint64_t) seconds;
}

/* What the command line says, and what it needs beside the daemon.  */
struct arguments
{
  struct daemon daemon;
  const char *rules_path; /* null: the default rules */
  struct mdtrace_health_rule rules[MDTRACE_HEALTH_FACTORS];
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;
  struct daemon *daemon = &arguments->daemon;

  switch (key)
    {
    case 't':
      daemon->target_url = argument;
      return 0;
    case 'd':
      daemon->database_path = argument;
      return 0;
    case 's':
      daemon->socket_path = argument;
      return 0;
    case 'g':
      daemon->group = argument;
      if (getgrnam (argument) == NULL)
	argp_error (state, "--group %s: there is no such group", argument);
      return 0;
    case OPTION_AGGREGATIONS:
      daemon->aggregations_ms = parse_seconds (state, argument);
      return 0;
    case OPTION_HEALTH_RULES:
      arguments->rules_path = argument;
      return 0;
    case OPTION_KEEP_AGE:
      daemon->limits.age_ns = parse_age (state, argument);
      return 0;
    case OPTION_KEEP_SIZE:
      daemon->limits.bytes = parse_size (state, argument);
      return 0;
    case OPTION_FOREGROUND:
      daemon->foreground = true;
      return 0;
    case ARGP_KEY_ARG:
      argp_error (state, "%s: not an option", argument);
      return 0;
    default:
      return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp
    = { .options = options,
	.parser = parse_option,
	.doc = "Store what a traced GNU Mach records in a database, and serve "
	       "the clients that ask about it." };

void
daemon_log (const struct daemon *daemon, int priority, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (daemon->foreground)
    {
      fputs ("mdtraced: ", stderr);
      vfprintf (stderr, format, arguments);
      fputc ('\n', stderr);
    }
  else
    vsyslog (priority, format, arguments);
  va_end (arguments);
}

void
daemon_describe (const struct mdtrace_target *target, int error, char *message,
		 size_t bytes)
{
  const char *detail = mdtrace_detail (target);

  snprintf (message, bytes, "%s: %s%s%s", mdtrace_target_url (target),
	    mdtrace_error_message (error), detail[0] != '\0' ? ": " : "",
	    detail);
}

struct mdtrace_target *
daemon_open_target (const struct daemon *daemon, char *message, size_t bytes)
{
  struct mdtrace_target *target;
  int error = mdtrace_open (daemon->target_url, &target);

  if (target == NULL)
    snprintf (message, bytes, "%s: %s",
	      daemon->target_url != NULL ? daemon->target_url : "target",
	      mdtrace_error_message (error));
  else if (strncmp (mdtrace_target_url (target), "unix:", 5) == 0)
    snprintf (message, bytes,
	      "%s: a daemon cannot trace through another daemon; name mach:, "
	      "vm:DIR or serial:DEVICE with --target",
	      mdtrace_target_url (target));
  else if (strncmp (mdtrace_target_url (target), "ram:", 4) == 0)
    snprintf (message, bytes,
	      "%s: a daemon cannot trace what has ended; 'mdtrace record "
	      "--from-ram DIR' stores what is left of it",
	      mdtrace_target_url (target));
  else if (error != MDTRACE_OK)
    daemon_describe (target, error, message, bytes);
  else
    return target;
  mdtrace_close (target);
  return NULL;
}

void
daemon_wake_server (const struct daemon *daemon)
{
  /* If the pipe is full the server will wake anyway.  */
  ssize_t ignored = write (daemon->wake_server, "", 1);

  (void) ignored;
}

void
daemon_stop (struct daemon *daemon, bool failed)
{
  pthread_mutex_lock (&daemon->mutex);
  daemon->stop = true;
  daemon->failed |= failed;
  pthread_cond_signal (&daemon->wake_drain);
  pthread_mutex_unlock (&daemon->mutex);
  daemon_wake_server (daemon);
  if (failed)
    kill (getpid (), SIGTERM);
}

static void
fail (const char *message)
{
  fprintf (stderr, "mdtraced: %s\n", message);
  exit (1);
}

void
admit_readers (const struct daemon *daemon, const char *path, unsigned mode)
{
  const struct group *group = getgrnam (daemon->group);

  if (geteuid () == 0 && group != NULL && chown (path, 0, group->gr_gid) == 0)
    chmod (path, mode);
}

/* Let the readers have the database, which is open, and what SQLite keeps
   beside it for as long as it is.  Not before it is known to be a database of
   ours: the name may be wrong.  */
static void
admit_to_database (const struct daemon *daemon)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };

  for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
    {
      char *name;
      if (asprintf (&name, "%s%s", daemon->database_path, suffixes[i]) < 0)
	fail (strerror (ENOMEM));
      admit_readers (daemon, name, 0640);
      free (name);
    }
}

/* Go to the background.  Returns in the daemon, with a descriptor to which
   daemon_is_ready tells that all is well; the process that was started ends
   when that has been told, or with status 1 if it never is.  */
static int
go_to_background (void)
{
  int ready[2];
  char byte;

  if (pipe (ready) != 0)
    fail (strerror (errno));
  pid_t child = fork ();
  if (child < 0)
    fail (strerror (errno));
  if (child > 0)
    {
      close (ready[1]);
      _exit (read (ready[0], &byte, 1) == 1 ? 0 : 1);
    }
  close (ready[0]);
  setsid ();
  return ready[1];
}

static void
daemon_is_ready (int descriptor)
{
  int null = open ("/dev/null", O_RDWR);

  openlog ("mdtraced", LOG_PID, LOG_DAEMON);
  if (chdir ("/") != 0 || null < 0 || dup2 (null, STDIN_FILENO) < 0
      || dup2 (null, STDOUT_FILENO) < 0 || dup2 (null, STDERR_FILENO) < 0
      || write (descriptor, "", 1) != 1)
    _exit (1);
  close (null);
  close (descriptor);
}

/* A file's name that stays right when the daemon leaves its directory.  */
static const char *
absolute_path (const char *path)
{
  char *directory = path[0] == '/' ? NULL : getcwd (NULL, 0);
  char *absolute;

  if (directory == NULL)
    return path;
  if (asprintf (&absolute, "%s/%s", directory, path) < 0)
    fail (strerror (ENOMEM));
  free (directory);
  return absolute;
}

/* The same for a target's URL, of which a copy is returned: targets come and
   go.  */
static const char *
absolute_url (const char *url)
{
  static const char *const with_path[] = { "vm:", "serial:" };
  const char *prefix = "", *path = url;
  char *absolute;

  for (size_t i = 0; i < sizeof with_path / sizeof with_path[0]; i++)
    if (strncmp (url, with_path[i], strlen (with_path[i])) == 0)
      {
	prefix = with_path[i];
	path = absolute_path (url + strlen (prefix));
      }
  if (asprintf (&absolute, "%s%s", prefix, path) < 0)
    fail (strerror (ENOMEM));
  return absolute;
}

static void *
run_drain (void *closure)
{
  drain_run (closure);
  return NULL;
}

static void *
run_server (void *closure)
{
  server_run (closure);
  return NULL;
}

/* What the daemon consists of; null: not there.  */
struct parts
{
  struct mdtrace_target *target; /* until the server has it */
  struct database *database;
  struct drain *drain;
  struct server *server;
};

/* Open everything, the target first: if it is not there no database is made.
   On failure returns false and leaves a sentence in MESSAGE, of BYTES bytes;
   PARTS are to be closed in any case.  */
static bool
open_parts (struct daemon *daemon, struct parts *parts, int wake,
	    char *message, size_t bytes)
{
  char reason[1024];
  /* What goes wrong until all is well is said where the user sees it.  */
  bool foreground = daemon->foreground;

  daemon->foreground = true;
  parts->target = daemon_open_target (daemon, message, bytes);
  if (parts->target == NULL)
    return false;
  daemon->target_url = absolute_url (mdtrace_target_url (parts->target));
  parts->database
      = database_open (daemon->database_path, reason, sizeof reason);
  if (parts->database == NULL)
    {
      snprintf (message, bytes, "%s: %s", daemon->database_path, reason);
      return false;
    }
  admit_to_database (daemon);
  parts->drain = drain_open (daemon, parts->database, message, bytes);
  if (parts->drain == NULL)
    return false;
  parts->server = server_open (daemon, parts->target, wake, message, bytes);
  if (parts->server == NULL)
    return false;
  parts->target = NULL;
  daemon->foreground = foreground;
  return true;
}

static void
close_parts (struct parts *parts)
{
  if (parts->server != NULL)
    server_close (parts->server);
  if (parts->drain != NULL)
    drain_close (parts->drain);
  database_close (parts->database);
  mdtrace_close (parts->target);
}

/* Let both threads work until a signal says that it is enough, or one of them
   fails.  */
static void
run (struct daemon *daemon, const struct parts *parts, const sigset_t *signals)
{
  pthread_t drain_thread, server_thread;
  int signal;

  if (pthread_create (&drain_thread, NULL, run_drain, parts->drain) != 0
      || pthread_create (&server_thread, NULL, run_server, parts->server) != 0)
    fail ("cannot start a thread");
  /* daemon_stop sends one too, if a thread has failed.  */
  sigwait (signals, &signal);
  daemon_stop (daemon, false);
  pthread_join (drain_thread, NULL);
  pthread_join (server_thread, NULL);
}

int
main (int argc, char **argv)
{
  struct arguments arguments
      = { .daemon = { .database_path = DATABASE_DEFAULT,
		      .socket_path = MDTRACED_SOCKET,
		      .group = "mdtrace",
		      .aggregations_ms = 1000 * AGGREGATIONS,
		      .mutex = PTHREAD_MUTEX_INITIALIZER } };
  struct daemon *daemon = &arguments.daemon;
  char message[2048];
  int wake[2], ready = -1;
  sigset_t signals;
  pthread_condattr_t monotonic;
  struct parts parts = { NULL };

  argp_err_exit_status = 2;
  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  if (arguments.rules_path != NULL
      && mdtrace_rules_read (arguments.rules_path, arguments.rules, message,
			     sizeof message)
	     != MDTRACE_OK)
    fail (message);
  if (arguments.rules_path != NULL)
    daemon->rules = arguments.rules;
  daemon->database_path = absolute_path (daemon->database_path);
  daemon->socket_path = absolute_path (daemon->socket_path);
  if (!daemon->foreground)
    ready = go_to_background ();

  if (pthread_condattr_init (&monotonic) != 0
      || pthread_condattr_setclock (&monotonic, CLOCK_MONOTONIC) != 0
      || pthread_cond_init (&daemon->wake_drain, &monotonic) != 0)
    fail ("no condition variable by the monotonic clock");
  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGHUP);
  pthread_sigmask (SIG_BLOCK, &signals, NULL);
  if (pipe2 (wake, O_CLOEXEC | O_NONBLOCK) != 0)
    fail (strerror (errno));

  umask (077);
  daemon->wake_server = wake[1];
  if (!open_parts (daemon, &parts, wake[0], message, sizeof message))
    {
      close_parts (&parts);
      fail (message);
    }
  if (daemon->foreground)
    daemon_log (daemon, LOG_INFO, "storing %s in %s", daemon->target_url,
		daemon->database_path);
  else
    daemon_is_ready (ready);

  run (daemon, &parts, &signals);
  close_parts (&parts);
  return daemon->failed ? 1 : 0;
}
