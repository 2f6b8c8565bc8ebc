/* mdtraced: what its parts share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Two threads.  The one in drain.c reads the rings and writes the database;
   the one in server.c serves clients, reads the database for those who want
   events, and reads aggregations for the drain to store.  It ends first.  Each
   has its own connection to the target and to the database; what they share is
   in struct daemon.  */

#ifndef MDTRACED_DAEMON_H
#define MDTRACED_DAEMON_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "database.h"

enum
{
  /* So long the target may take to answer a client's request: less than
     clients wait, who are to be told that it does not.  */
  DAEMON_TARGET_MS = 8000
};

/* [I] immutable once both threads run
   [m] the mutex  */
struct daemon
{
  const char *target_url;	 /* [I] null only before it is opened */
  const char *database_path;	 /* [I] */
  const char *socket_path;	 /* [I] */
  const char *group;		 /* [I] whose members may read */
  bool foreground;		 /* [I] messages go to standard error */
  int wake_server;		 /* [I] descriptor; a byte wakes the server */
  struct database_limits limits; /* [I] what may stay in the database */
  uint64_t aggregations_ms;	 /* [I] how often aggregations are read */
  const struct mdtrace_health_rule *rules; /* [I] of health; null: default */

  pthread_mutex_t mutex;
  pthread_cond_t wake_drain; /* with the mutex; by the monotonic clock */
  bool stop;		     /* [m] both threads are to end */
  bool failed;		     /* [m] one has ended because of an error */
  bool server_ended;	     /* [m] what it has read is all there is */
  struct reading *readings;  /* [m] by the server, to be stored */
  uint64_t flushes_asked;    /* [m] by the server */
  uint64_t flushes_done;     /* [m] by the drain */
  uint64_t events_stored;    /* [m] since the start */
  bool stalled;		     /* [m] by the drain: nothing can be stored */
  bool connected;	     /* [m] there is a target */
  uint64_t connection;	     /* [m] grows when there is one again */
  int64_t boot_id;	     /* [m] of the last one, in the database */
  uint64_t boot_time_ns;     /* [m] when that was booted, by its clock */
};

/* Say something to the administrator, by printf's rules and syslog's
   priorities.  */
void daemon_log (const struct daemon *daemon, int priority, const char *format,
		 ...) __attribute__ ((format (printf, 3, 4)));

/* Tell both threads to end, because of an error if FAILED.  */
void daemon_stop (struct daemon *daemon, bool failed);

/* A connection to the daemon's target.  On failure returns null and leaves a
   sentence in MESSAGE, of BYTES bytes.  */
struct mdtrace_target *daemon_open_target (const struct daemon *daemon,
					   char *message, size_t bytes);

/* Put what ERROR of TARGET means into MESSAGE, of BYTES bytes.  */
void daemon_describe (const struct mdtrace_target *target, int error,
		      char *message, size_t bytes);

/* If this daemon is root's, give PATH to the group whose members may read,
   with MODE.  */
void admit_readers (const struct daemon *daemon, const char *path,
		    unsigned mode);

/* Let the server look at what has changed.  */
void daemon_wake_server (const struct daemon *daemon);

#endif /* MDTRACED_DAEMON_H */
