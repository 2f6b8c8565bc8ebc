/* Traces that are read, from the inside.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each way to store a trace is a struct source_backend; source.c is what they
   have in common.  */

#ifndef MDTRACED_SOURCE_PRIVATE_H
#define MDTRACED_SOURCE_PRIVATE_H

#include "source.h"

enum
{
  SOURCE_MESSAGE_BYTES = 1024
};

/* From the keys of a table to the places of their rows in memory.  */
struct source_keys
{
  int64_t *keys; /* in order */
  size_t count;
  uint32_t *places; /* of keys below SPAN, if they are dense; else null */
  int64_t span;
};

/* Memory that is given back all at once.  */
struct source_memory
{
  struct source_block *blocks;
};

struct source_symbol
{
  int64_t kernel_id;
  uint64_t address;
  uint64_t bytes;
  const char *name;
};

struct source_backend
{
  /* As source_begin and source_next; *FOUND tells whether EVENT, which is all
     zeros but for what the last one has left, was filled in.  */
  bool (*begin) (struct source *source, int64_t from_ns, int64_t to_ns);
  bool (*next) (struct source *source, struct source_event *event,
		bool *found);
  void (*close) (struct source *source);
  bool answers_events; /* the connection has the events too */
};

struct source
{
  const struct source_backend *backend;
  void *state; /* the backend's */
  sqlite3 *connection;
  bool is_partial, is_damaged;
  bool is_useless; /* the row that was taken, see source_names.c */
  bool has_extent;
  int64_t first_ns, last_ns;

  struct source_memory memory;
  void *names; /* of arguments, by their text: a tree, of tsearch */
  struct source_probe *probes;
  struct source_site *sites;
  struct source_task *tasks;
  struct source_thread *threads;
  struct source_stack *stacks;
  struct source_symbol *symbols; /* by kernel and address */
  size_t probe_count, site_count, task_count, thread_count, stack_count,
      symbol_count;
  struct source_keys probe_keys, site_keys, thread_keys, stack_keys;

  struct source_event event;
  char problem[SOURCE_MESSAGE_BYTES], damage[SOURCE_MESSAGE_BYTES];
};

/* Open PATH, which begins like a database, or like a trace file, and set
   backend, state, connection and extent of SOURCE.  On failure leave the
   problem in it; what was set will be closed.  */
bool source_open_database (struct source *source, const char *path);
bool source_open_file (struct source *source, const char *path);

/* Read what is known of probes, sites, threads, tasks, stacks and symbols by
   the connection of SOURCE.  */
bool source_load_names (struct source *source);
void source_free_names (struct source *source);

/* The place of KEY; SIZE_MAX: it is not there.  */
size_t source_find_key (const struct source_keys *keys, int64_t key);

/* The kind that WORDS say, enum mdtrace_probe_kind; 0: none.  */
uint32_t source_kind_of (const char *words);

/* Leave a problem in SOURCE by printf's rules.  Returns false.  */
bool source_fail (struct source *source, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* The same of damage; returns true if the source is partial, so that what
   precedes is used.  */
bool source_damaged (struct source *source, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

#endif /* MDTRACED_SOURCE_PRIVATE_H */
