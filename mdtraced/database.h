/* The database, as it is written.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Its tables and views are a public interface: mdtrace-db(5), schema.sql.
   Every function but the first two returns false when SQLite fails;
   database_error tells why then.  One thread uses a connection at a time.  */

#ifndef MDTRACED_DATABASE_H
#define MDTRACED_DATABASE_H

#include <stdbool.h>
#include <sqlite3.h>

#include "mdtrace.h"

enum
{
  DATABASE_APPLICATION_ID = 0x4d445452, /* "MDTR" */
  DATABASE_VERSION = 2
};

struct database;

/* Open the database at PATH to be written, and make it if there is none.  On
   failure returns null and leaves a sentence in MESSAGE, of BYTES bytes.  Only
   one process can have it open like that.  */
struct database *database_open (const char *path, char *message, size_t bytes);
void database_close (struct database *database);

/* What the last failure was.  Belongs to DATABASE.  */
const char *database_error (const struct database *database);

/* A name that belongs to this database and no other, for as long as it
   exists.  Belongs to DATABASE.  */
const char *database_name (const struct database *database);

bool database_begin (struct database *database);
bool database_commit (struct database *database);

/* Make what follows belong to the boot and kernel of STATUS, traced through
   URL; *IS_NEW tells whether the database has not seen that boot before.  */
bool database_set_boot (struct database *database,
			const mdtrace_status_t *status, const char *url,
			uint64_t boot_time_ns, bool *is_new);

/* Where the ring of CPU was when it was last stored.  *FOUND is false if it
   never was.  */
bool database_get_ring (struct database *database, unsigned cpu,
			uint64_t *generation, uint64_t *position, bool *found);
bool database_put_ring (struct database *database, unsigned cpu,
			uint64_t generation, uint64_t position);

/* Store that TASK has NAME in the ring of CPU; call VISIT with each such name
   that was stored for this boot.  */
bool database_put_task (struct database *database, unsigned cpu, uint64_t task,
			const char *name);
bool database_for_tasks (struct database *database,
			 void (*visit) (void *closure, unsigned cpu,
					uint64_t task, const char *name),
			 void *closure);

/* Whether the probe with number ID is stored for this boot.  */
bool database_has_probe (struct database *database, uint32_t id);

/* Store the state and counts of a probe.  */
bool database_put_probe (struct database *database,
			 const mdtrace_probe_info_t *probe);

/* Store a site of the probe with number ID, which must have been stored
   before.  */
bool database_put_site (struct database *database, uint32_t id,
			const struct mdtrace_site *site);

/* Store an event; its probe must have been stored before.  */
bool database_put_event (struct database *database,
			 const struct mdtrace_event *event);

#endif /* MDTRACED_DATABASE_H */
