/* From records to events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A record of an event has only the words that its probe asked for; what
   they are, the probe's mask of fields tells.  Probes are asked for when
   the first event of one comes by that is not known: the kernel remembers
   even a destroyed one until its events have been released.  Names of tasks
   come in the ring itself, before the events of the task.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "mdtrace.h"

/* A task's name in one ring.  */
struct name
{
  uint64_t task; /* 0: this element is free */
  unsigned cpu;
  char text[MDTRACE_TASK_NAME_BYTES];
};

struct mdtrace_decoder
{
  struct mdtrace_target *target;
  struct mdtrace_time time;
  /* Probes by number, sorted.  */
  mdtrace_probe_info_t *probes;
  size_t probe_count;
  /* A hash table with linear probing, at most half full.  */
  struct name *names;
  size_t names_room, names_used;
  struct name last_name; /* the one decoded last; task 0: none */
};

struct mdtrace_decoder *
mdtrace_decoder_new (struct mdtrace_target *target)
{
  struct mdtrace_decoder *decoder = calloc (1, sizeof *decoder);

  if (decoder == NULL)
    return NULL;
  decoder->target = target;
  decoder->names_room = 256;
  decoder->names = calloc (decoder->names_room, sizeof *decoder->names);
  if (decoder->names == NULL)
    {
      free (decoder);
      return NULL;
    }
  return decoder;
}

void
mdtrace_decoder_free (struct mdtrace_decoder *decoder)
{
  if (decoder == NULL)
    return;
  free (decoder->names);
  free (decoder->probes);
  free (decoder);
}

struct mdtrace_time *
mdtrace_decoder_time (struct mdtrace_decoder *decoder)
{
  return &decoder->time;
}

/* The element of TASK in the ring of CPU, or the free one where it
   belongs.  */
static struct name *
find_name (struct name *names, size_t room, uint64_t task, unsigned cpu)
{
  /* Knuth's multiplicative hashing.  */
  size_t i = ((task >> 4) + cpu) * UINT64_C (0x9e3779b97f4a7c15) >> 32;

  for (;; i++)
    {
      struct name *name = &names[i & (room - 1)];
      if (name->task == 0 || (name->task == task && name->cpu == cpu))
	return name;
    }
}

static bool
grow_names (struct mdtrace_decoder *decoder)
{
  size_t room = 2 * decoder->names_room;
  struct name *names = calloc (room, sizeof *names);

  if (names == NULL)
    return false;
  for (size_t i = 0; i < decoder->names_room; i++)
    if (decoder->names[i].task != 0)
      *find_name (names, room, decoder->names[i].task, decoder->names[i].cpu)
	  = decoder->names[i];
  free (decoder->names);
  decoder->names = names;
  decoder->names_room = room;
  return true;
}

int
mdtrace_decoder_set_name (struct mdtrace_decoder *decoder, unsigned cpu,
			  uint64_t task, const char *text)
{
  if (2 * decoder->names_used >= decoder->names_room && !grow_names (decoder))
    return MDTRACE_ERR_SYSTEM;
  struct name *name
      = find_name (decoder->names, decoder->names_room, task, cpu);
  decoder->names_used += name->task == 0;
  name->task = task;
  name->cpu = cpu;
  memset (name->text, 0, sizeof name->text);
  memcpy (name->text, text, strnlen (text, sizeof name->text - 1));
  decoder->last_name = *name;
  return MDTRACE_OK;
}

static int
take_name (struct mdtrace_decoder *decoder, unsigned cpu,
	   const uint64_t *record, unsigned words)
{
  char text[MDTRACE_TASK_NAME_BYTES + 1] = "";

  if (words != MDTRACE_TASK_NAME_WORDS || record[2] == 0)
    return MDTRACE_ERR_CORRUPT_RING;
  memcpy (text, &record[3], MDTRACE_TASK_NAME_BYTES);
  return mdtrace_decoder_set_name (decoder, cpu, record[2], text);
}

/* Set a name that was not known; one that is stays.  */
static int
add_name (struct mdtrace_decoder *decoder, unsigned cpu,
	  const uint64_t *record, unsigned words)
{
  if (words == MDTRACE_TASK_NAME_WORDS
      && find_name (decoder->names, decoder->names_room, record[2], cpu)->task
	     != 0)
    return MDTRACE_OK;
  return take_name (decoder, cpu, record, words);
}

int
mdtrace_decoder_learn_names (struct mdtrace_decoder *decoder,
			     struct mdtrace_rings *rings, unsigned cpu)
{
  uint64_t generation, position;
  const uint64_t *record;
  unsigned words;

  mdtrace_rings_position (rings, cpu, &generation, &position);
  for (;;)
    {
      int error = mdtrace_rings_next (rings, cpu, &record, &words);
      if (error != MDTRACE_OK)
	return error;
      if (record == NULL)
	break;
      if (mdtrace_record_kind (record[0]) == MDTRACE_RECORD_TASK_NAME)
	error = add_name (decoder, cpu, record, words);
      if (error != MDTRACE_OK)
	return error;
    }
  return mdtrace_rings_seek (rings, cpu, position);
}

uint64_t
mdtrace_decoder_last_name (const struct mdtrace_decoder *decoder,
			   const char **name)
{
  *name = decoder->last_name.text;
  return decoder->last_name.task;
}

static int
compare_probes (const void *left, const void *right)
{
  const mdtrace_probe_info_t *a = left;
  const mdtrace_probe_info_t *b = right;

  return a->id < b->id ? -1 : a->id > b->id;
}

const mdtrace_probe_info_t *
mdtrace_decoder_probe (const struct mdtrace_decoder *decoder,
		       uint32_t probe_id)
{
  mdtrace_probe_info_t key = { .id = probe_id };

  if (decoder->probes == NULL)
    return NULL;
  return bsearch (&key, decoder->probes, decoder->probe_count, sizeof key,
		  compare_probes);
}

/* Ask for the probes that have come since the last time.  Those that were
   known stay known.  */
static int
fetch_probes (struct mdtrace_decoder *decoder)
{
  mdtrace_probe_info_t *list;
  size_t count;
  uint32_t first = decoder->probe_count == 0
		       ? 1
		       : decoder->probes[decoder->probe_count - 1].id + 1;
  int error = mdtrace_probe_list (decoder->target, first, &list, &count);

  if (error != MDTRACE_OK)
    return error;
  mdtrace_probe_info_t *probes = realloc (
      decoder->probes, (decoder->probe_count + count + 1) * sizeof *probes);
  if (probes == NULL)
    {
      free (list);
      return MDTRACE_ERR_SYSTEM;
    }
  memcpy (probes + decoder->probe_count, list, count * sizeof *probes);
  decoder->probes = probes;
  decoder->probe_count += count;
  free (list);
  return MDTRACE_OK;
}

/* Put the words of RECORD where the mask of fields says.  */
static int
take_fields (const uint64_t *record, unsigned words,
	     struct mdtrace_event *event)
{
  const uint64_t *word = record + MDTRACE_HEADER_WORDS;
  const uint64_t *end = record + words;
  uint64_t *places[64] = { NULL };
  uint64_t left = event->fields;

  /* In order of the bits.  */
  places[0] = &event->thread;
  places[1] = &event->task;
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    places[2 + i] = &event->arguments[i];
  for (int bit = 0; left != 0; bit++, left >>= 1)
    if (left & 1)
      {
	if (word == end || places[bit] == NULL)
	  return MDTRACE_ERR_CORRUPT_RING;
	*places[bit] = *word++;
      }
  return word == end ? MDTRACE_OK : MDTRACE_ERR_CORRUPT_RING;
}

int
mdtrace_decode (struct mdtrace_decoder *decoder, unsigned cpu,
		const uint64_t *record, unsigned words,
		struct mdtrace_event *event, bool *is_event)
{
  unsigned kind = mdtrace_record_kind (record[0]);
  uint32_t id = mdtrace_record_probe (record[0]);

  *is_event = false;
  decoder->last_name.task = 0;
  if (kind == MDTRACE_RECORD_TASK_NAME)
    return take_name (decoder, cpu, record, words);
  if (kind != MDTRACE_RECORD_EVENT)
    return MDTRACE_ERR_CORRUPT_RING;
  const mdtrace_probe_info_t *probe = mdtrace_decoder_probe (decoder, id);
  if (probe == NULL)
    {
      int error = fetch_probes (decoder);
      if (error != MDTRACE_OK)
	return error;
      probe = mdtrace_decoder_probe (decoder, id);
    }

  memset (event, 0, sizeof *event);
  event->tsc = record[1];
  event->time_ns = mdtrace_time_of (&decoder->time, record[1]);
  event->probe_id = id;
  event->cpu = cpu;
  *is_event = true;
  /* The kernel forgets a probe with unread events only when there were very
     many of them.  */
  if (probe == NULL)
    return MDTRACE_OK;
  event->fields = probe->fields;
  memcpy (event->provider, probe->provider, sizeof event->provider);
  memcpy (event->module, probe->module, sizeof event->module);
  memcpy (event->function, probe->function, sizeof event->function);
  const char *part = mdtrace_kind_part (probe->kind);
  memcpy (event->name, part, strlen (part) + 1);
  int error = take_fields (record, words, event);
  if (error == MDTRACE_OK && (event->fields & MDTRACE_FIELD_TASK))
    memcpy (event->task_name,
	    find_name (decoder->names, decoder->names_room, event->task, cpu)
		->text,
	    sizeof event->task_name);
  return error;
}
