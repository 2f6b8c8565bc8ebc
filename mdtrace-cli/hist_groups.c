/* mdtrace hist: values that belong together.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A group has a name, and all events that have that name are in it.  So that
   it need not be made for each event, what the name is made of has a number.
 */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "hist.h"

char *
hist_describe (const struct source_probe *probe)
{
  char *name = analyze_probe_name (probe);
  char *text
      = cli_format ("%" PRIu32 " (%s)", probe->id, name != NULL ? name : "?");

  free (name);
  return text;
}

/* What EVENT belongs to; the caller frees it.  */
static char *
name_group (enum hist_by by, const struct source_event *event)
{
  const struct source_thread *thread = event->thread;
  const struct source_task *task = thread != NULL ? thread->task : NULL;
  const char *task_name
      = task != NULL && task->name[0] != '\0' ? task->name : "?";
  char *probe, *name;

  switch (by)
    {
    case HIST_BY_PROBE:
      probe = hist_describe (event->probe);
      name = cli_format ("probe %s", probe);
      free (probe);
      return name;
    case HIST_BY_TASK:
      return cli_format ("%s", task_name);
    case HIST_BY_THREAD:
      return thread != NULL && thread->has_address
		 ? cli_format ("%s 0x%" PRIx64, task_name, thread->address)
		 : cli_format ("%s", task_name);
    case HIST_BY_CPU:
      return cli_format ("CPU %" PRIu32, event->cpu);
    default:
      return cli_format ("%s", source_function (event));
    }
}

/* A number that is the same only for events of one group; but several numbers
   can be one group.  */
static size_t
group_index (enum hist_by by, const struct source_event *event)
{
  switch (by)
    {
    case HIST_BY_PROBE:
      return event->probe->index;
    case HIST_BY_TASK:
      return event->thread != NULL ? event->thread->task->index + 1 : 0;
    case HIST_BY_THREAD:
      return event->thread != NULL ? event->thread->index + 1 : 0;
    case HIST_BY_CPU:
      return event->cpu;
    default:
      /* A function is known by its site, or else by the probe.  */
      return event->site != NULL ? 2 * (size_t) event->site->index
				 : 2 * (size_t) event->probe->index + 1;
    }
}

/* The number, from 1 on, of the group called NAME, which is freed; 0: no
   memory.  */
static size_t
find_group (struct hist_groups *groups, char *name, bool is_signed)
{
  for (size_t i = 0; i < groups->count; i++)
    if (strcmp (groups->groups[i].name, name) == 0)
      {
	free (name);
	return i + 1;
      }
  if (groups->count == groups->room)
    {
      size_t room = groups->room != 0 ? 2 * groups->room : 16;
      struct hist_group *grown
	  = reallocarray (groups->groups, room, sizeof *grown);
      if (grown == NULL)
	{
	  free (name);
	  return 0;
	}
      groups->groups = grown;
      groups->room = room;
    }
  groups->groups[groups->count++]
      = (struct hist_group){ .name = name,
			     .numbers = { .is_signed = is_signed } };
  return groups->count;
}

struct numbers *
hist_group_of (struct hist_groups *groups, const struct source_event *event,
	       bool is_signed)
{
  enum
  {
    /* What is numbered by an index is less; a CPU may be said to be any.  */
    INDICES_MAX = 1 << 24
  };
  size_t index = group_index (groups->by, event);

  if (index >= INDICES_MAX)
    {
      size_t number
	  = find_group (groups, name_group (groups->by, event), is_signed);
      return number != 0 ? &groups->groups[number - 1].numbers : NULL;
    }
  if (index >= groups->indices)
    {
      size_t indices = 2 * index + 64;
      size_t *grown = reallocarray (groups->of_index, indices, sizeof *grown);
      if (grown == NULL)
	return NULL;
      memset (grown + groups->indices, 0,
	      (indices - groups->indices) * sizeof *grown);
      groups->of_index = grown;
      groups->indices = indices;
    }
  if (groups->of_index[index] == 0)
    groups->of_index[index]
	= find_group (groups, name_group (groups->by, event), is_signed);
  if (groups->of_index[index] == 0)
    return NULL;
  return &groups->groups[groups->of_index[index] - 1].numbers;
}

static int
compare (const void *a, const void *b)
{
  const struct hist_group *first = a, *second = b;

  if (first->numbers.count != second->numbers.count)
    return first->numbers.count > second->numbers.count ? -1 : 1;
  return strverscmp (first->name, second->name);
}

/* Count the groups behind the first LIMIT as one.  */
static bool
put_together (struct hist_groups *groups, size_t limit)
{
  struct hist_group *others = &groups->groups[limit];

  if (groups->count <= limit)
    return true;
  free (others->name);
  others->name = cli_format ("(others)");
  while (groups->count > limit + 1)
    {
      struct hist_group *last = &groups->groups[--groups->count];
      free (last->name);
      if (!numbers_merge (&others->numbers, &last->numbers))
	return false;
    }
  return true;
}

bool
hist_groups_arrange (struct hist_groups *groups, size_t limit,
		     struct numbers *all)
{
  if (groups->count > 0)
    qsort (groups->groups, groups->count, sizeof *groups->groups, compare);
  for (size_t i = 0; i < groups->count; i++)
    {
      const struct numbers *numbers = &groups->groups[i].numbers;
      for (size_t j = 0; j < numbers->count; j++)
	if (!numbers_add (all, numbers->values[j]))
	  return false;
    }
  if (!put_together (groups, limit))
    return false;
  numbers_sort (all);
  for (size_t i = 0; i < groups->count; i++)
    numbers_sort (&groups->groups[i].numbers);
  return true;
}

void
hist_groups_free (struct hist_groups *groups)
{
  for (size_t i = 0; i < groups->count; i++)
    {
      numbers_free (&groups->groups[i].numbers);
      free (groups->groups[i].name);
    }
  free (groups->groups);
  free (groups->of_index);
}
