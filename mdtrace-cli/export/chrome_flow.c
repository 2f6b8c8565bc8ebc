/* Export: arrows from messages sent to messages received.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A message is known again by its boot, its port, its id and its reply port;
   of several that look the same the first is received first, as from a port's
   queue.  Messages that are never received, as those to the kernel, are
   forgotten for later ones.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "chrome.h"

enum
{
  WAITING_MAX = 1 << 16,
  BUCKETS = 1 << 16,
  NONE = UINT32_MAX
};

/* A message that waits; NEXT is the next in its bucket, which begins with the
   oldest.  */
struct waiting
{
  int64_t key[4];
  uint64_t flow; /* 0: free */
  uint32_t next;
};

struct chrome_flows
{
  uint64_t count; /* that were sent */
  uint32_t first[BUCKETS], last[BUCKETS];
  struct waiting waiting[WAITING_MAX];
};

struct chrome_flows *
chrome_flows_new (void)
{
  struct chrome_flows *flows = calloc (1, sizeof *flows);

  if (flows == NULL)
    return NULL;
  memset (flows->first, 0xff, sizeof flows->first);
  return flows;
}

void
chrome_flows_free (struct chrome_flows *flows)
{
  free (flows);
}

static uint32_t
bucket_of (const int64_t key[4])
{
  uint64_t hash = 0;

  for (int i = 0; i < 4; i++)
    hash = (hash ^ (uint64_t) key[i]) * 0x9e3779b97f4a7c15;
  return hash >> 48;
}

/* Take the one at PLACE, which follows BEFORE or is the first, out of its
   BUCKET.  */
static void
take_out (struct chrome_flows *flows, uint32_t bucket, uint32_t before,
	  uint32_t place)
{
  uint32_t next = flows->waiting[place].next;

  if (before == NONE)
    flows->first[bucket] = next;
  else
    flows->waiting[before].next = next;
  if (flows->last[bucket] == place)
    flows->last[bucket] = before;
  flows->waiting[place].flow = 0;
}

uint64_t
chrome_flow_send (struct chrome_flows *flows, const int64_t key[4])
{
  uint32_t place = flows->count++ % WAITING_MAX;
  struct waiting *waiting = &flows->waiting[place];
  uint32_t bucket = bucket_of (key);

  /* The oldest of all is the first in its bucket.  */
  if (waiting->flow != 0)
    take_out (flows, bucket_of (waiting->key), NONE, place);
  memcpy (waiting->key, key, sizeof waiting->key);
  waiting->flow = flows->count;
  waiting->next = NONE;
  if (flows->first[bucket] == NONE)
    flows->first[bucket] = place;
  else
    flows->waiting[flows->last[bucket]].next = place;
  flows->last[bucket] = place;
  return waiting->flow;
}

uint64_t
chrome_flow_receive (struct chrome_flows *flows, const int64_t key[4])
{
  uint32_t bucket = bucket_of (key), before = NONE;

  for (uint32_t place = flows->first[bucket]; place != NONE;
       before = place, place = flows->waiting[place].next)
    if (memcmp (flows->waiting[place].key, key, sizeof (int64_t[4])) == 0)
      {
	uint64_t flow = flows->waiting[place].flow;
	take_out (flows, bucket, before, place);
	return flow;
      }
  return 0;
}
