/* Waits.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "pending.h"
#include "waits.h"

enum
{
  UNDER_WAY_MAX = 65536,
  /* Groups that are told apart, but for one of each kind that has the
     rest.  */
  GROUPS_MAX = 4096,
  KINDS = WAIT_REQUEST + 1,
  TABLE = 4 * GROUPS_MAX,
  LOSSES_MAX = 65536,
  REPLY = 100 /* more than the id of its request */
};

enum role
{
  ROLE_NONE,
  ROLE_WAKEUP,
  ROLE_SWITCH,
  ROLE_SEND,
  ROLE_RECEIVE
};

/* What a probe means here, and which of its arguments say so.  */
struct meaning
{
  enum role role;
  const struct mdtrace_value_name *names; /* of the arguments */
  uint8_t thread, id, port, reply;
  bool has_reply;
};

struct waits
{
  struct meaning *meanings; /* of probes, by index */
  unsigned *first_of_name;  /* of tasks, by index */
  struct pending *under_way[KINDS];
  struct wait_group *groups;
  unsigned group_count;
  uint16_t *table; /* hash of groups, by number from 1 on */
  /* Of what began the last wait of each kind, the argument that tells it
     apart.  */
  uint8_t began_arguments[KINDS];
  int64_t *losses; /* when they were noticed */
  unsigned loss_count, next_loss;
  /* Of the last sched:::switch and ipc:::receive; 0: there was none.  */
  int64_t switching_boot_id, receiving_boot_id;
};

/* The number of the argument called NAME.  */
static bool
find_argument (const struct source_probe *probe, const char *name,
	       uint8_t *number)
{
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (strcmp (probe->names->values[i].name, name) == 0)
      {
	*number = i;
	return true;
      }
  return false;
}

static struct meaning
find_meaning (const struct source_probe *probe)
{
  struct meaning meaning
      = { .role = ROLE_NONE, .names = probe->names->values };

  if (strcmp (probe->provider, "sched") == 0)
    {
      if (strcmp (probe->name, "wakeup") == 0
	  && find_argument (probe, "thread", &meaning.thread))
	meaning.role = ROLE_WAKEUP;
      if (strcmp (probe->name, "switch") == 0
	  && find_argument (probe, "to", &meaning.thread))
	meaning.role = ROLE_SWITCH;
    }
  if (strcmp (probe->provider, "ipc") == 0
      && find_argument (probe, "id", &meaning.id)
      && find_argument (probe, "port", &meaning.port))
    {
      meaning.has_reply = find_argument (probe, "reply", &meaning.reply);
      if (strcmp (probe->name, "send") == 0)
	meaning.role = ROLE_SEND;
      if (strcmp (probe->name, "receive") == 0)
	meaning.role = ROLE_RECEIVE;
    }
  return meaning;
}

static int
compare_names (const void *first, const void *second, void *closure)
{
  const struct source_task *tasks = closure;
  unsigned a = *(const unsigned *) first, b = *(const unsigned *) second;

  if (tasks[a].boot_id != tasks[b].boot_id)
    return tasks[a].boot_id < tasks[b].boot_id ? -1 : 1;
  int order = strcmp (tasks[a].name, tasks[b].name);
  return order != 0 ? order : a < b ? -1 : 1;
}

/* Find for each task the first one of its boot with the same name.  */
static bool
find_names (struct waits *waits, const struct source *source)
{
  unsigned count;
  const struct source_task *tasks = source_tasks (source, &count);
  unsigned *order = calloc (count + 1, sizeof *order);

  waits->first_of_name = calloc (count + 1, sizeof *waits->first_of_name);
  if (order == NULL || waits->first_of_name == NULL)
    {
      free (order);
      return false;
    }
  for (unsigned i = 0; i < count; i++)
    order[i] = i;
  qsort_r (order, count, sizeof *order, compare_names, (void *) tasks);
  for (unsigned i = 0; i < count; i++)
    {
      const struct source_task *task = &tasks[order[i]];
      const struct source_task *before = i > 0 ? &tasks[order[i - 1]] : task;
      bool is_like_it = i > 0 && task->name[0] != '\0'
			&& task->boot_id == before->boot_id
			&& strcmp (task->name, before->name) == 0;
      waits->first_of_name[order[i]]
	  = is_like_it ? waits->first_of_name[order[i - 1]] : order[i];
    }
  free (order);
  return true;
}

/* Find out when hits of the probes that matter were noticed to be lost.  */
static bool
find_losses (struct waits *waits, struct source *source, bool *failed)
{
  sqlite3 *connection = source_connection (source);
  sqlite3_stmt *row;
  int result;

  waits->losses = calloc (LOSSES_MAX, sizeof *waits->losses);
  if (waits->losses == NULL)
    return false;
  *failed = sqlite3_prepare_v2 (
		connection,
		"SELECT loss.time_ns FROM loss JOIN probe USING (probe_key)"
		" WHERE provider IN ('ipc', 'sched')"
		" AND loss.dropped + loss.throttled + loss.missed > 0"
		" UNION SELECT time_ns FROM probe_history JOIN probe"
		" USING (probe_key) WHERE provider IN ('ipc', 'sched')"
		" ORDER BY 1 LIMIT ?1",
		-1, &row, NULL)
	    != SQLITE_OK;
  if (*failed)
    return false;
  sqlite3_bind_int (row, 1, LOSSES_MAX);
  while ((result = sqlite3_step (row)) == SQLITE_ROW)
    waits->losses[waits->loss_count++] = sqlite3_column_int64 (row, 0);
  sqlite3_finalize (row);
  *failed = result != SQLITE_DONE;
  return !*failed;
}

struct waits *
waits_new (struct source *source, bool *failed)
{
  struct waits *waits = calloc (1, sizeof *waits);
  unsigned count;
  const struct source_probe *probes = source_probes (source, &count);

  *failed = false;
  if (waits == NULL)
    return NULL;
  waits->meanings = calloc (count + 1, sizeof *waits->meanings);
  waits->groups = calloc (GROUPS_MAX + KINDS, sizeof *waits->groups);
  waits->table = calloc (TABLE, sizeof *waits->table);
  bool good = waits->meanings != NULL && waits->groups != NULL
	      && waits->table != NULL && find_names (waits, source);
  for (int i = 0; good && i < KINDS; i++)
    {
      waits->under_way[i] = pending_new (UNDER_WAY_MAX);
      good = waits->under_way[i] != NULL;
    }
  if (!good || !find_losses (waits, source, failed))
    {
      waits_free (waits);
      return NULL;
    }
  for (unsigned i = 0; i < count; i++)
    waits->meanings[i] = find_meaning (&probes[i]);
  return waits;
}

void
waits_free (struct waits *waits)
{
  if (waits == NULL)
    return;
  for (unsigned i = 0; i < waits->group_count; i++)
    latency_free (&waits->groups[i].latency);
  for (int i = 0; i < KINDS; i++)
    pending_free (waits->under_way[i]);
  free (waits->meanings);
  free (waits->first_of_name);
  free (waits->groups);
  free (waits->table);
  free (waits->losses);
  free (waits);
}

struct wait_group *
waits_groups (const struct waits *waits, unsigned *count)
{
  *count = waits->group_count;
  return waits->groups;
}

/* The group of KIND that is told apart by the rest, made if there is none
   yet.  */
static struct wait_group *
find_group (struct waits *waits, enum wait_kind kind, int64_t boot_id,
	    uint64_t what, unsigned task)
{
  uint64_t hash = (what ^ (uint64_t) kind << 62 ^ (uint64_t) boot_id << 48)
		  * UINT64_C (0x9e3779b97f4a7c15);

  hash = (hash ^ hash >> 32 ^ task) * UINT64_C (0xbf58476d1ce4e5b9);
  for (unsigned at = hash >> 32 & (TABLE - 1);; at = (at + 1) & (TABLE - 1))
    {
      struct wait_group *group = waits->table[at] != 0
				     ? &waits->groups[waits->table[at] - 1]
				     : NULL;
      if (group != NULL && group->kind == kind && group->boot_id == boot_id
	  && group->what == what && group->task == task)
	return group;
      if (group != NULL)
	continue;
      /* Boots have numbers from 1 on; 0 is for the rest.  A file that somebody
	 else has written may have such a boot too.  */
      bool is_rest = boot_id == 0 && what == 0 && task == UINT32_MAX;
      if (waits->group_count >= GROUPS_MAX && !is_rest)
	return find_group (waits, kind, 0, 0, UINT32_MAX);
      group = &waits->groups[waits->group_count++];
      *group = (struct wait_group){
	.kind = kind, .boot_id = boot_id, .what = what, .task = task
      };
      waits->table[at] = waits->group_count;
      return group;
    }
}

/* What waited with KEY has ended by EVENT; to whom that counts is found by the
   rest.  */
static bool
end_wait (struct waits *waits, const struct source_event *event,
	  struct latency_heat *heat, enum wait_kind kind,
	  const struct pending_key *key, uint64_t mark, uint64_t what,
	  unsigned task, uint8_t ended_argument)
{
  int64_t began_ns;

  if (!pending_end (waits->under_way[kind], key, mark, &began_ns))
    return true;
  uint64_t length_ns = grid_between (began_ns, event->time_ns);
  struct wait_group *group
      = find_group (waits, kind, event->probe->boot_id, what, task);
  group->began_argument = waits->began_arguments[kind];
  group->ended_argument = ended_argument;
  return latency_add (&group->latency, heat, event->time_ns, length_ns,
		      length_ns, event->thread, key->first);
}

static uint64_t
argument (const struct meaning *meaning, const struct source_event *event,
	  unsigned number)
{
  return mdtrace_value_read (&meaning->names[number],
			     event->arguments[number]);
}

static bool
knows (const struct source_event *event, unsigned number)
{
  return event->known & SOURCE_ARG0 << number;
}

static bool
take_thread (struct waits *waits, const struct meaning *meaning,
	     const struct source_event *event, struct latency_heat *heat)
{
  struct pending *pending = waits->under_way[WAIT_RUN_QUEUE];
  int64_t boot_id = event->probe->boot_id;

  if (!knows (event, meaning->thread))
    return true;
  uint64_t thread = argument (meaning, event, meaning->thread);
  struct pending_key key = { boot_id, thread, 0 };
  if (meaning->role == ROLE_WAKEUP)
    {
      waits->began_arguments[WAIT_RUN_QUEUE] = meaning->thread;
      if (!pending_has (pending, &key))
	pending_begin (pending, &key, 0, event->time_ns);
      return true;
    }
  if (waits->switching_boot_id != boot_id)
    pending_forget (pending);
  waits->switching_boot_id = boot_id;
  return end_wait (waits, event, heat, WAIT_RUN_QUEUE, &key, 0, thread,
		   UINT32_MAX, meaning->thread);
}

static void
take_send (struct waits *waits, const struct meaning *meaning,
	   const struct source_event *event)
{
  struct pending *messages = waits->under_way[WAIT_MESSAGE];
  struct pending *requests = waits->under_way[WAIT_REQUEST];
  int64_t boot_id = event->probe->boot_id;
  uint64_t id = argument (meaning, event, meaning->id);
  uint64_t port = argument (meaning, event, meaning->port);
  uint64_t reply = meaning->has_reply && knows (event, meaning->reply)
		       ? argument (meaning, event, meaning->reply)
		       : 0;
  struct pending_key replies = { boot_id, reply, 0 };
  struct pending_key request = { boot_id, reply, id + REPLY };

  waits->began_arguments[WAIT_MESSAGE] = meaning->port;
  if (reply != 0)
    {
      waits->began_arguments[WAIT_REQUEST] = meaning->reply;
      pending_forget_key (messages, &replies);
      pending_forget_key (requests, &request);
      pending_begin (requests, &request, 0, event->time_ns);
    }
  pending_begin (messages, &(struct pending_key){ boot_id, port, 0 }, id,
		 event->time_ns);
}

static bool
take_receive (struct waits *waits, const struct meaning *meaning,
	      const struct source_event *event, struct latency_heat *heat)
{
  int64_t boot_id = event->probe->boot_id;
  uint64_t id = argument (meaning, event, meaning->id);
  uint64_t port = argument (meaning, event, meaning->port);
  struct pending_key message = { boot_id, port, 0 };
  struct pending_key request = { boot_id, port, id };
  unsigned task = event->thread != NULL
		      ? waits->first_of_name[event->thread->task->index]
		      : UINT32_MAX;

  if (waits->receiving_boot_id != boot_id)
    {
      pending_forget (waits->under_way[WAIT_MESSAGE]);
      pending_forget (waits->under_way[WAIT_REQUEST]);
    }
  waits->receiving_boot_id = boot_id;
  return end_wait (waits, event, heat, WAIT_MESSAGE, &message, id, id, task,
		   meaning->port)
	 && end_wait (waits, event, heat, WAIT_REQUEST, &request, 0,
		      id - REPLY, UINT32_MAX, meaning->port);
}

bool
waits_take (struct waits *waits, const struct source_event *event,
	    struct latency_heat *heat)
{
  const struct meaning *meaning = &waits->meanings[event->probe->index];

  if (meaning->role == ROLE_NONE)
    return true;
  while (waits->next_loss < waits->loss_count
	 && waits->losses[waits->next_loss] <= event->time_ns)
    {
      for (int i = 0; i < KINDS; i++)
	pending_forget (waits->under_way[i]);
      waits->next_loss++;
    }
  if (meaning->role == ROLE_SWITCH || meaning->role == ROLE_WAKEUP)
    return take_thread (waits, meaning, event, heat);
  if (!knows (event, meaning->id) || !knows (event, meaning->port))
    return true;
  if (meaning->role == ROLE_RECEIVE)
    return take_receive (waits, meaning, event, heat);
  take_send (waits, meaning, event);
  return true;
}
