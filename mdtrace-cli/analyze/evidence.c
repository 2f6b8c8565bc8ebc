/* Evidence.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Addresses are numbers with a sign in the database.  */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>

#include "evidence.h"
#include "words.h"

/* SENTENCE and SQL, which are freed, as an object; null if one of them is.  */
static json_t *
evidence_json (char *sentence, char *sql)
{
  json_t *object
      = sentence == NULL || sql == NULL
	    ? NULL
	    : json_pack ("{s:o, s:o}", "sentence", words_json ("%s", sentence),
			 "sql", words_json ("%s", sql));

  free (sentence);
  free (sql);
  return object;
}

/* The part of a WHERE that says what THREAD it was.  */
static char *
where_thread (const struct source_thread *thread)
{
  if (thread == NULL || !thread->has_address)
    return words_format ("thread IS NULL");
  return words_format ("thread = %" PRId64, (int64_t) thread->address);
}

json_t *
evidence_of_calls (const struct latency *latency, const char *name,
		   int64_t boot_id)
{
  int64_t began_ns = latency_longest_began (latency);
  char length[WORDS_BYTES], time[WORDS_BYTES];
  char *thread = words_thread (latency->longest_thread);
  char *where = where_thread (latency->longest_thread);
  bool has_waited = !latency->waited_is_unknown && latency->waited_ns > 0;
  char *waited
      = has_waited
	    ? words_format ("; for %s of all the time its threads did not run",
			    words_duration (latency->waited_ns, length))
	    : words_format ("%s", "");
  json_t *evidence
      = where == NULL || waited == NULL || thread == NULL
	    ? NULL
	    : evidence_json (
		words_format ("the longest call of %s, %s, was by thread %s "
			      "from %s on%s",
			      name,
			      words_duration (latency->values.maximum, length),
			      thread, words_time (began_ns, time), waited),
		words_format (
		    "SELECT time_ns, cpu, function, name, duration_ns, retval"
		    " FROM events WHERE time_ns BETWEEN %" PRId64
		    " AND %" PRId64 " AND boot_id = %" PRId64
		    " AND %s ORDER BY time_ns",
		    began_ns, latency->longest_ended_ns, boot_id, where));

  free (thread);
  free (waited);
  free (where);
  return evidence;
}

/* SQL that selects what has to do with the longest wait of GROUP: events of
   PROVIDER called BEGAN and ENDED.  */
static char *
select_wait (const struct wait_group *group, const char *provider,
	     const char *began, const char *ended)
{
  const struct latency *latency = &group->latency;
  int64_t detail = (int64_t) latency->longest_detail;

  return words_format (
      "SELECT time_ns, cpu, name, task_name, arg0, arg1, arg2, arg3, thread"
      " FROM events WHERE time_ns BETWEEN %" PRId64 " AND %" PRId64
      " AND provider = '%s' AND (name = '%s' AND arg%d = %" PRId64
      " OR name = '%s' AND arg%d = %" PRId64 ") ORDER BY time_ns",
      latency_longest_began (latency), latency->longest_ended_ns, provider,
      began, group->began_argument, detail, ended, group->ended_argument,
      detail);
}

json_t *
evidence_of_waits (const struct wait_group *group)
{
  const struct latency *latency = &group->latency;
  char length[WORDS_BYTES], time[WORDS_BYTES], *thread;
  json_t *evidence;

  words_duration (latency->values.maximum, length);
  words_time (latency_longest_began (latency), time);
  switch (group->kind)
    {
    case WAIT_RUN_QUEUE:
      return evidence_json (
	  words_format ("the longest time that it could run and did not, %s, "
			"began at %s",
			length, time),
	  select_wait (group, "sched", "wakeup", "switch"));
    case WAIT_MESSAGE:
      thread = words_thread (latency->longest_thread);
      evidence = thread == NULL
		     ? NULL
		     : evidence_json (
			 words_format (
			     "the one that waited longest, %s, was sent "
			     "at %s to port 0x%" PRIx64
			     ", and received by thread %s",
			     length, time, latency->longest_detail, thread),
			 select_wait (group, "ipc", "send", "receive"));
      free (thread);
      return evidence;
    default:
      return evidence_json (
	  words_format ("the one that waited longest for its reply, %s, was "
			"sent at %s, and asked for the reply at port "
			"0x%" PRIx64,
			length, time, latency->longest_detail),
	  select_wait (group, "ipc", "send", "receive"));
    }
}
