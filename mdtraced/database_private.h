/* The database from the inside.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What the database*.c files share.  Each owns some of the statements and the
   keys that it remembers; what is remembered is true only as long as no
   transaction is given up.  */

#ifndef MDTRACED_DATABASE_PRIVATE_H
#define MDTRACED_DATABASE_PRIVATE_H

#include <sqlite3.h>

#include "database.h"

enum
{
  BUSY_TIMEOUT_MS = 5000,
  /* Powers of two.  */
  NAMES_CACHED = 64,
  PROBES_CACHED = 256,
  SITES_CACHED = 1024,
  STACKS_CACHED = 256,
  THREADS_CACHED = 256
};

enum statement
{
#define STATEMENT(name, text) STATEMENT_##name,
#include "statements.def"
#undef STATEMENT
  STATEMENTS
};

struct database
{
  sqlite3 *connection;
  int lock; /* descriptor that holds the lock on the file LOCK_PATH */
  char *lock_path;
  char name[64];
  char journal_mode[16];
  /* Why the last transaction was given up, or a statement could not be
     prepared; SQLITE_OK: that was not so.  */
  int failure_code;
  char failure[256];
  sqlite3_int64 boot_id, kernel_id, run_id;
  sqlite3_stmt *statements[STATEMENTS];
  /* The time that was last asked for an event, and the one that it was given,
     which is later if that was taken.  */
  uint64_t asked_ns, given_ns;
  /* Who takes events instead; null: they are stored.  */
  bool (*take) (void *closure, const struct stored_event *event);
  void *take_closure;
  unsigned removals; /* steps of retention since all was well */
  /* A bit for each parameter of the event's statement that is bound, and what
     to.  */
  uint32_t bound;
  uint64_t bound_values[8 + MDTRACE_ARGUMENTS_MAX];
  /* Keys that were looked up already; a key of 0: free.  */
  struct
  {
    char text[MDTRACE_TASK_NAME_BYTES];
    sqlite3_int64 id;
  } names[NAMES_CACHED];
  struct
  {
    uint32_t probe_id;
    sqlite3_int64 key;
  } probes[PROBES_CACHED];
  struct
  {
    uint32_t probe_id;
    uint64_t address;
    sqlite3_int64 key;
  } sites[SITES_CACHED];
  struct
  {
    bool has_thread, has_task;
    uint64_t thread, task;
    char name[MDTRACE_TASK_NAME_BYTES];
    sqlite3_int64 key;
  } threads[THREADS_CACHED];
  sqlite3_int64 counters[MDTRACE_COUNTER_SLOTS]; /* by number */
  struct
  {
    uint32_t frame_count;
    uint64_t frames[MDTRACE_STACK_DEPTH_MAX];
    sqlite3_int64 key;
  } stacks[STACKS_CACHED];
};

/* The statement, prepared; null if it cannot be.  */
sqlite3_stmt *database_statement (struct database *database,
				  enum statement statement);

/* Perform statements that give no rows.  */
bool database_execute (struct database *database, const char *text);

/* The first column of the first row that TEXT selects.  */
bool database_select (struct database *database, const char *text,
		      sqlite3_int64 *value);

/* Perform a statement that gives no rows, and make it ready for the next
   time.  Null fails.  */
bool database_perform (sqlite3_stmt *statement);

/* Perform a statement that may give one row with an integer; *FOUND tells
   whether it did.  Null fails.  */
bool database_look_up (sqlite3_stmt *statement, sqlite3_int64 *value,
		       bool *found);

/* Bind integers to the first parameters of STATEMENT.  */
void database_bind (sqlite3_stmt *statement, unsigned count,
		    const sqlite3_int64 *values);
void database_bind_text (sqlite3_stmt *statement, int index, const char *text);

/* The key of the probe with number ID; 0: it is not stored.  */
bool database_probe_key (struct database *database, uint32_t id,
			 sqlite3_int64 *key);

/* The key of a task's NAME, which is entered if it is new.  */
bool database_name_id (struct database *database, const char *name,
		       sqlite3_int64 *id);

/* The key of the stack of COUNT FRAMES, at most MDTRACE_STACK_DEPTH_MAX, which
   is entered if it is new; 0: there are none.  */
bool database_stack_key (struct database *database, const uint64_t *frames,
			 uint32_t count, sqlite3_int64 *key);

/* Forget the keys that were remembered of a boot and its kernel.  */
void database_forget_boot_keys (struct database *database);

/* The name by which SQLite opens the file at PATH with PARAMETERS, those of a
   URI; null: no memory.  The caller frees it.  */
char *database_uri (const char *path, const char *parameters);

/* Whether the file at PATH is a trace file instead of a database; if so leaves
   a sentence in MESSAGE, of BYTES bytes.  */
bool database_is_trace (const char *path, char *message, size_t bytes);

/* Whether a database with these numbers is one of ours, of this version or an
   older one; if not leaves a sentence in MESSAGE, of BYTES bytes.  */
bool database_is_ours (int64_t application, int64_t version, char *message,
		       size_t bytes);

/* Make the tables in a database that has none, or bring those that it has up
   to this version, in one transaction for each.  On failure returns false and
   leaves a sentence in MESSAGE, of BYTES bytes.  */
bool database_migrate (struct database *database, const char *path,
		       char *message, size_t bytes);

#endif /* MDTRACED_DATABASE_PRIVATE_H */
