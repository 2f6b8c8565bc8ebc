/* From records to events.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A record of an event has only the words that its probe asked for; what
   they are, the probe's mask of fields tells.  Probes are asked for when
   the first event of one comes by that is not known: the kernel remembers
   even a destroyed one until its events have been released.  If it has
   several sites they are asked for too, since the event has but the address
   of one.  Sites of a destroyed probe it does not remember: then the address
   tells the function.  Names of tasks come in the ring itself, before the
   events of the task.  */

#include <config.h>

#include <stdio.h>
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

/* What is known of a probe.  */
struct probe
{
  mdtrace_probe_info_t info;
  struct mdtrace_names names;
  bool asked;	 /* for its sites */
  bool is_entry; /* of one function, and nothing else */
  struct mdtrace_site *sites;
  size_t site_count;
};

struct mdtrace_decoder
{
  struct mdtrace_target *target;
  struct mdtrace_time time;
  /* By number, sorted.  */
  struct probe *probes;
  size_t probe_count;
  /* All functions by address, if they had to be asked for.  */
  struct mdtrace_function *functions;
  size_t function_count;
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
  for (size_t i = 0; i < decoder->probe_count; i++)
    free (decoder->probes[i].sites);
  free (decoder->names);
  free (decoder->probes);
  free (decoder->functions);
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
  uint64_t generation, position, bytes = 0;
  uint64_t unread = mdtrace_rings_unread (rings, cpu);
  const uint64_t *record;
  unsigned words;

  mdtrace_rings_position (rings, cpu, &generation, &position);
  /* More than was there at first need not be looked at: it may never end.  */
  while (bytes < unread)
    {
      int error = mdtrace_rings_next (rings, cpu, &record, &words);
      if (error != MDTRACE_OK)
	return error;
      if (record == NULL)
	break;
      bytes += 8 * (uint64_t) words;
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
  const uint32_t *id = left;
  const struct probe *probe = right;

  return *id < probe->info.id ? -1 : *id > probe->info.id;
}

static struct probe *
find_probe (const struct mdtrace_decoder *decoder, uint32_t id)
{
  if (decoder->probes == NULL)
    return NULL;
  return bsearch (&id, decoder->probes, decoder->probe_count,
		  sizeof decoder->probes[0], compare_probes);
}

const mdtrace_probe_info_t *
mdtrace_decoder_probe (const struct mdtrace_decoder *decoder,
		       uint32_t probe_id)
{
  const struct probe *probe = find_probe (decoder, probe_id);

  return probe == NULL ? NULL : &probe->info;
}

void
mdtrace_decoder_forget (struct mdtrace_decoder *decoder, uint32_t probe_id)
{
  struct probe *probe = find_probe (decoder, probe_id);

  if (probe == NULL)
    return;
  free (probe->sites);
  decoder->probe_count--;
  memmove (probe, probe + 1,
	   (decoder->probes + decoder->probe_count - probe) * sizeof *probe);
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
		       : decoder->probes[decoder->probe_count - 1].info.id + 1;
  int error = mdtrace_probe_list (decoder->target, first, &list, &count);

  if (error != MDTRACE_OK)
    return error;
  struct probe *probes = realloc (
      decoder->probes, (decoder->probe_count + count + 1) * sizeof *probes);
  if (probes == NULL)
    {
      free (list);
      return MDTRACE_ERR_SYSTEM;
    }
  decoder->probes = probes;
  for (size_t i = 0; i < count; i++)
    {
      struct probe *probe = &probes[decoder->probe_count++];
      memset (probe, 0, sizeof *probe);
      probe->info = list[i];
      probe->is_entry = list[i].sites == 1 && list[i].event[0] == '\0'
			&& list[i].kinds == 1 << MDTRACE_PROBE_ENTRY
			&& !mdtrace_is_pattern (list[i].function)
			&& list[i].function[0] != '\0';
      mdtrace_names_read (probe->info.names, &probe->names);
    }
  free (list);
  return MDTRACE_OK;
}

/* Ask for the sites of PROBE, once.  The kernel may have forgotten them
   already, which is no error: then the events tell their addresses.  */
static int
fetch_sites (struct mdtrace_decoder *decoder, struct probe *probe)
{
  if (probe->asked)
    return MDTRACE_OK;
  int error
      = mdtrace_probe_sites (decoder->target, probe->info.id, MDTRACE_CPU_ALL,
			     &probe->sites, &probe->site_count);
  probe->asked = error == MDTRACE_OK || error == MDTRACE_ERR_NO_SUCH_PROBE;
  return probe->asked ? MDTRACE_OK : error;
}

int
mdtrace_decoder_sites (struct mdtrace_decoder *decoder, uint32_t probe_id,
		       const struct mdtrace_site **sites, size_t *count)
{
  struct probe *probe = find_probe (decoder, probe_id);
  int error = MDTRACE_OK;

  *sites = NULL;
  *count = 0;
  if (probe == NULL)
    {
      error = fetch_probes (decoder);
      probe = find_probe (decoder, probe_id);
    }
  if (error == MDTRACE_OK && probe != NULL)
    error = fetch_sites (decoder, probe);
  if (error == MDTRACE_OK && probe != NULL)
    {
      *sites = probe->sites;
      *count = probe->site_count;
    }
  return error;
}

/* Take the stack from *WORD on, which is before END, and move *WORD behind
   it.  */
static int
take_stack (const uint64_t **word, const uint64_t *end,
	    struct mdtrace_event *event)
{
  uint64_t count = *(*word)++;

  if (count > MDTRACE_STACK_DEPTH_MAX || count > (uint64_t) (end - *word))
    return MDTRACE_ERR_CORRUPT_RING;
  event->frame_count = count;
  memcpy (event->frames, *word, count * sizeof event->frames[0]);
  *word += count;
  return MDTRACE_OK;
}

/* Put the words of RECORD where the mask of fields says.  */
static int
take_fields (const uint64_t *record, unsigned words, bool partial,
	     struct mdtrace_event *event)
{
  uint64_t *places[64] = {
    /* In order of the bits.  */
    &event->thread,
    &event->task,
    &event->address,
    &event->retval,
  };
  const uint64_t *word = record + MDTRACE_HEADER_WORDS;
  const uint64_t *end = record + words - partial;
  uint64_t left = event->fields & ~(uint64_t) MDTRACE_FIELD_STACK;
  int error = MDTRACE_OK;

  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    places[MDTRACE_FIELD_ARG0_BIT + i] = &event->arguments[i];
  places[MDTRACE_FIELD_DURATION_BIT] = &event->duration_ns;
  for (int bit = 0; left != 0; bit++, left >>= 1)
    if (left & 1)
      {
	if (word >= end || places[bit] == NULL)
	  return MDTRACE_ERR_CORRUPT_RING;
	*places[bit] = *word++;
      }
  /* The one field of which the record itself says how long it is.  */
  if (event->fields & MDTRACE_FIELD_STACK)
    error = word < end ? take_stack (&word, end, event)
		       : MDTRACE_ERR_CORRUPT_RING;
  if (error != MDTRACE_OK || word != end)
    return MDTRACE_ERR_CORRUPT_RING;
  if (partial)
    event->unknown = *end & event->fields;
  return MDTRACE_OK;
}

/* Read the values of EVENT as their names tell.  */
static void
read_values (const struct mdtrace_names *names, struct mdtrace_event *event)
{
  event->retval = mdtrace_value_read (&names->retval, event->retval);
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    event->arguments[i]
	= mdtrace_value_read (&names->values[i], event->arguments[i]);
  event->names = names;
}

static int
compare_sites (const void *left, const void *right)
{
  const uint64_t *address = left;
  const struct mdtrace_site *site = right;

  return *address < site->address ? -1 : *address > site->address;
}

/* Call EVENT, which was OFFSET bytes behind the beginning of its function, by
   its place; one of a static probe has its name.  */
static void
name_place (struct mdtrace_event *event, const mdtrace_probe_info_t *info,
	    uint64_t offset)
{
  event->offset = offset;
  if (info->event[0] != '\0')
    return;
  const char *part = mdtrace_kind_part (event->kind);
  memcpy (event->name, part, strlen (part) + 1);
  if (event->kind == MDTRACE_PROBE_ADDRESS)
    snprintf (event->name, sizeof event->name, "+0x%x", event->offset);
}

/* Tell by its address alone which place of the probe that INFO describes the
   EVENT is of.  */
static int
guess_site (struct mdtrace_decoder *decoder, const mdtrace_probe_info_t *info,
	    struct mdtrace_event *event)
{
  unsigned kinds = info->kinds;

  if (decoder->functions == NULL)
    {
      int error = mdtrace_function_list (decoder->target, &decoder->functions,
					 &decoder->function_count);
      if (error != MDTRACE_OK)
	return error;
    }
  const struct mdtrace_function *function
      = mdtrace_function_at (decoder->functions, decoder->function_count,
			     event->address);
  if (function == NULL)
    return MDTRACE_OK;
  uint64_t offset = event->address - function->address;
  if (kinds & MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS))
    event->kind = MDTRACE_PROBE_ADDRESS;
  else if (offset == 0 && (kinds & MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)))
    event->kind = MDTRACE_PROBE_ENTRY;
  else
    event->kind = MDTRACE_PROBE_RETURN;
  memcpy (event->function, function->name, sizeof event->function);
  name_place (event, info, offset);
  return MDTRACE_OK;
}

/* Say which place of PROBE the EVENT is of.  */
static int
take_site (struct mdtrace_decoder *decoder, struct probe *probe,
	   struct mdtrace_event *event)
{
  const mdtrace_probe_info_t *info = &probe->info;
  const struct mdtrace_site *site = NULL;

  memcpy (event->provider, info->provider, sizeof event->provider);
  memcpy (event->module, info->module, sizeof event->module);
  memcpy (event->function, info->function, sizeof event->function);
  const char *part = info->event[0] != '\0' ? info->event
					   : mdtrace_kinds_part (info->kinds);
  memcpy (event->name, part, strlen (part) + 1);
  if (!(event->fields & MDTRACE_FIELD_ADDRESS) && info->sites == 1)
    event->address = info->address;
  if (probe->is_entry)
    {
      event->kind = MDTRACE_PROBE_ENTRY;
      return MDTRACE_OK;
    }
  if (event->address == 0)
    return MDTRACE_OK;
  int error = fetch_sites (decoder, probe);
  if (error != MDTRACE_OK)
    return error;
  if (probe->site_count > 0)
    site = bsearch (&event->address, probe->sites, probe->site_count,
		    sizeof *site, compare_sites);
  if (site == NULL)
    return guess_site (decoder, info, event);
  event->kind = site->kind;
  memcpy (event->function, site->function, sizeof event->function);
  name_place (event, info, site->address - site->function_address);
  return MDTRACE_OK;
}

int
mdtrace_decode (struct mdtrace_decoder *decoder, unsigned cpu,
		const uint64_t *record, unsigned words,
		struct mdtrace_event *event, bool *is_event)
{
  static const struct mdtrace_names no_names;
  unsigned kind = mdtrace_record_kind (record[0]);
  uint32_t id = mdtrace_record_probe (record[0]);
  bool partial = kind == MDTRACE_RECORD_PARTIAL;

  *is_event = false;
  decoder->last_name.task = 0;
  if (kind == MDTRACE_RECORD_TASK_NAME)
    return take_name (decoder, cpu, record, words);
  if ((kind != MDTRACE_RECORD_EVENT && !partial)
      || words < MDTRACE_HEADER_WORDS + (unsigned) partial)
    return MDTRACE_ERR_CORRUPT_RING;
  struct probe *probe = find_probe (decoder, id);
  if (probe == NULL)
    {
      int error = fetch_probes (decoder);
      if (error != MDTRACE_OK)
	return error;
      probe = find_probe (decoder, id);
    }

  memset (event, 0, sizeof *event);
  event->tsc = record[1];
  event->time_ns = mdtrace_time_of (&decoder->time, event->tsc);
  event->probe_id = id;
  event->cpu = cpu;
  event->names = &no_names;
  *is_event = true;
  /* The kernel forgets a probe with unread events only when there were very
     many of them.  */
  if (probe == NULL)
    return MDTRACE_OK;
  event->fields = probe->info.fields;
  int error = take_fields (record, words, partial, event);
  if (error == MDTRACE_OK)
    error = take_site (decoder, probe, event);
  if (error != MDTRACE_OK)
    return error;
  read_values (&probe->names, event);
  if (event->fields & MDTRACE_FIELD_TASK)
    memcpy (event->task_name,
	    find_name (decoder->names, decoder->names_room, event->task, cpu)
		->text,
	    sizeof event->task_name);
  return MDTRACE_OK;
}
