/* Serving clients.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_SERVER_H
#define MDTRACED_SERVER_H

#include "daemon.h"

struct server;

/* Listen at the daemon's socket, and pass requests on to TARGET, which is
   closed with the server.  WAKE is the descriptor to be read when the other
   thread wakes the server.  On failure returns null and leaves a sentence in
   MESSAGE, of BYTES bytes; TARGET stays the caller's then.  */
struct server *server_open (struct daemon *daemon,
			    struct mdtrace_target *target, int wake,
			    char *message, size_t bytes);

/* Serve clients until the daemon is told to stop.  */
void server_run (struct server *server);

void server_close (struct server *server);

#endif /* MDTRACED_SERVER_H */
