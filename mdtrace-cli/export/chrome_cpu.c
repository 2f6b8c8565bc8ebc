/* Export: what runs on each CPU, as slices of a track.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   From sched:::switch: a slice goes from a switch to the next one.  What ran
   before the first is not said, since nobody knows since when.  */

#include <config.h>

#include <inttypes.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "chrome.h"

static int
compare_cpus (const void *first, const void *second)
{
  const struct chrome_cpu *a = first, *b = second;

  if (a->boot_id != b->boot_id)
    return a->boot_id < b->boot_id ? -1 : 1;
  return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

/* Tell what CPU is called.  */
static void
introduce (struct chrome *chrome, const struct chrome_cpu *cpu)
{
  uint32_t pid = chrome_cpus_pid (chrome, cpu->boot_id);
  char name[32];

  snprintf (name, sizeof name, "CPU %" PRIu32, cpu->cpu);
  chrome_name (chrome, "thread_name", pid, cpu->tid, name);
  chrome_sort (chrome, "thread_sort_index", pid, cpu->tid,
	       2 * (int64_t) cpu->cpu);
}

struct chrome_cpu *
chrome_cpu (struct chrome *chrome, int64_t boot_id, uint32_t number)
{
  struct chrome_cpu key = { .boot_id = boot_id, .cpu = number };
  struct chrome_cpu **found = tfind (&key, &chrome->cpus, compare_cpus);

  if (found != NULL)
    return *found;
  struct chrome_cpu *cpu = malloc (sizeof *cpu);
  if (cpu == NULL)
    return NULL;
  *cpu = key;
  /* Behind all other numbers.  */
  cpu->tid = chrome_first_pid (chrome) + chrome->task_count
	     + 2 * chrome->thread_count + chrome->cpu_count;
  if (tsearch (cpu, &chrome->cpus, compare_cpus) == NULL)
    {
      free (cpu);
      return NULL;
    }
  *chrome->last_cpu = cpu;
  chrome->last_cpu = &cpu->next;
  chrome->cpu_count++;
  introduce (chrome, cpu);
  return cpu;
}

void
chrome_cpus_free (struct chrome *chrome)
{
  tdestroy (chrome->cpus, free);
}

void
chrome_ran (struct chrome *chrome, struct chrome_cpu *cpu, int64_t time_ns,
	    bool is_end)
{
  struct output *output = chrome->output;
  char name[32];

  if (!cpu->is_running)
    return;
  chrome_record (chrome, 'X');
  output_text (output, ",\"name\":");
  if (cpu->thread != NULL && cpu->thread->task->name[0] != '\0')
    output_json (output, cpu->thread->task->name);
  else
    {
      snprintf (name, sizeof name, "thread 0x%" PRIx64, cpu->address);
      output_json (output, name);
    }
  output_text (output, ",\"cat\":\"sched\"");
  chrome_track (chrome, chrome_cpus_pid (chrome, cpu->boot_id), cpu->tid);
  chrome_time (chrome, cpu->since_ns);
  output_text (output, ",\"dur\":");
  output_elapsed (output, cpu->since_ns, time_ns);
  output_text (output, ",\"args\":{\"thread\":\"");
  output_hex (output, cpu->address);
  output_text (output, is_end ? "\",\"at_end\":true}}" : "\"}}");
}

int
chrome_compare_threads (const void *first, const void *second)
{
  const struct source_thread *a = *(const struct source_thread *const *) first;
  const struct source_thread *b
      = *(const struct source_thread *const *) second;

  if (a->boot_id != b->boot_id)
    return a->boot_id < b->boot_id ? -1 : 1;
  if (a->address != b->address)
    return a->address < b->address ? -1 : 1;
  if (a->task->address != b->task->address)
    return a->task->address < b->task->address ? -1 : 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

/* Where in by_address the threads begin that are not before KEY.  */
static size_t
first_thread (const struct chrome *chrome, const struct source_thread *key)
{
  size_t low = 0, high = chrome->thread_count;

  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      if (chrome_compare_threads (&chrome->by_address[middle], &key) < 0)
	low = middle + 1;
      else
	high = middle;
    }
  return low;
}

/* The thread of BOOT_ID at ADDRESS: of several the last one of the task at
   TASK, or else the first; null: it is not known.  */
static const struct source_thread *
find_thread (const struct chrome *chrome, int64_t boot_id, uint64_t address,
	     uint64_t task)
{
  const struct source_task least = { .address = 0 }, its = { .address = task };
  const struct source_thread first
      = { .boot_id = boot_id, .address = address, .task = &least };
  const struct source_thread last = {
    .index = UINT_MAX, .boot_id = boot_id, .address = address, .task = &its
  };
  size_t begin = first_thread (chrome, &first);
  size_t end = first_thread (chrome, &last);
  const struct source_thread *thread
      = end > begin ? chrome->by_address[end - 1] : NULL;

  if (thread != NULL && thread->task->address == task)
    return thread;
  thread = begin < chrome->thread_count ? chrome->by_address[begin] : NULL;
  return thread != NULL && thread->boot_id == boot_id
		 && thread->address == address
	     ? thread
	     : NULL;
}

void
chrome_switch (struct chrome *chrome, struct chrome_cpu *cpu,
	       const struct source_event *event, const unsigned *arguments)
{
  chrome_ran (chrome, cpu, event->time_ns, false);
  cpu->is_running = true;
  cpu->since_ns = event->time_ns;
  cpu->address = (uint64_t) event->arguments[arguments[0]];
  cpu->thread = find_thread (chrome, cpu->boot_id, cpu->address,
			     (uint64_t) event->arguments[arguments[1]]);
}
