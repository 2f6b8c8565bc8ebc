/* Export: hits that became no events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "losses.h"

static const char select_losses[]
    = "SELECT time_ns, probe_key, dropped, throttled, missed FROM"
      " (SELECT *, lag(time_ns, 1, ?1) OVER"
      "  (PARTITION BY probe_key ORDER BY time_ns) AS since_ns FROM loss)"
      " WHERE time_ns >= ?1 AND since_ns <= ?2 ORDER BY time_ns, probe_key";

static void
add (struct loss *sum, const struct loss *loss)
{
  sum->dropped += loss->dropped;
  sum->throttled += loss->throttled;
  sum->missed += loss->missed;
}

/* The probe with KEY; null: there is none.  */
static const struct source_probe *
find_probe (const struct source *source, int64_t key)
{
  unsigned count;
  const struct source_probe *probe = source_probes (source, &count);
  size_t low = 0, high = count;

  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      if (probe[middle].key < key)
	low = middle + 1;
      else
	high = middle;
    }
  return low < count && probe[low].key == key ? &probe[low] : NULL;
}

/* Add the loss that ROW has, if it is of a probe that is selected.  */
static bool
take (struct losses *losses, size_t *room, struct source *source,
      const struct places *places, sqlite3_stmt *row)
{
  struct loss loss = {
    .time_ns = sqlite3_column_int64 (row, 0),
    .probe = find_probe (source, sqlite3_column_int64 (row, 1)),
    .dropped = sqlite3_column_int64 (row, 2),
    .throttled = sqlite3_column_int64 (row, 3),
    .missed = sqlite3_column_int64 (row, 4),
  };

  if (loss.probe == NULL || !places_has_probe (places, loss.probe))
    return true;
  if (losses->count == *room)
    {
      struct loss *more
	  = reallocarray (losses->rows, *room * 2 + 16, sizeof *more);
      if (more == NULL)
	return false;
      losses->rows = more;
      *room = *room * 2 + 16;
    }
  losses->rows[losses->count++] = loss;
  return true;
}

static bool
load (struct losses *losses, struct source *source,
      const struct places *places, int64_t from_ns, int64_t to_ns,
      char *message, size_t bytes)
{
  sqlite3 *connection = source_connection (source);
  sqlite3_stmt *row;
  size_t room = 0;
  int result;

  if (sqlite3_prepare_v2 (connection, select_losses, -1, &row, NULL)
      != SQLITE_OK)
    {
      snprintf (message, bytes, "%s", sqlite3_errmsg (connection));
      return false;
    }
  sqlite3_bind_int64 (row, 1, from_ns);
  sqlite3_bind_int64 (row, 2, to_ns);
  while ((result = sqlite3_step (row)) == SQLITE_ROW)
    if (!take (losses, &room, source, places, row))
      break;
  if (result != SQLITE_DONE)
    snprintf (message, bytes, "%s",
	      result == SQLITE_ROW ? strerror (ENOMEM)
				   : sqlite3_errmsg (connection));
  sqlite3_finalize (row);
  return result == SQLITE_DONE;
}

struct losses *
losses_new (struct source *source, const struct places *places,
	    int64_t from_ns, int64_t to_ns, char *message, size_t bytes)
{
  struct losses *losses = calloc (1, sizeof *losses);
  unsigned count;
  const struct source_probe *probe = source_probes (source, &count);
  bool is_whole = from_ns == INT64_MIN && to_ns == INT64_MAX;

  if (losses != NULL)
    losses->of_probe = calloc (count + 1, sizeof *losses->of_probe);
  if (losses == NULL || losses->of_probe == NULL)
    {
      snprintf (message, bytes, "%s", strerror (ENOMEM));
      losses_free (losses);
      return NULL;
    }
  losses->probe_count = count;
  if (!load (losses, source, places, from_ns, to_ns, message, bytes))
    {
      losses_free (losses);
      return NULL;
    }
  for (unsigned i = 0; i < count; i++)
    {
      losses->of_probe[i].probe = &probe[i];
      if (is_whole && places_has_probe (places, &probe[i]))
	{
	  losses->of_probe[i].dropped = (int64_t) probe[i].counts.dropped;
	  losses->of_probe[i].throttled = (int64_t) probe[i].counts.throttled;
	  losses->of_probe[i].missed = (int64_t) probe[i].counts.missed;
	}
    }
  for (size_t i = 0; !is_whole && i < losses->count; i++)
    add (&losses->of_probe[losses->rows[i].probe->index], &losses->rows[i]);
  for (unsigned i = 0; i < count; i++)
    add (&losses->sum, &losses->of_probe[i]);
  return losses;
}

void
losses_free (struct losses *losses)
{
  if (losses == NULL)
    return;
  free (losses->rows);
  free (losses->of_probe);
  free (losses);
}
