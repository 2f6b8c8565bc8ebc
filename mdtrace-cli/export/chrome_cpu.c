/* Export: what runs on each CPU, as slices of a track.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   From sched:::switch: a slice goes from a switch to the next one.  What ran
   before the first is not said, since nobody knows since when.  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "chrome.h"

struct chrome_cpu *
chrome_cpu (struct chrome *chrome, int64_t boot_id, uint32_t number)
{
  char name[32];

  for (size_t i = 0; i < chrome->cpu_count; i++)
    if (chrome->cpus[i].cpu == number && chrome->cpus[i].boot_id == boot_id)
      return &chrome->cpus[i];
  struct chrome_cpu *more
      = reallocarray (chrome->cpus, chrome->cpu_count + 1, sizeof *more);
  if (more == NULL)
    return NULL;
  chrome->cpus = more;
  struct chrome_cpu *cpu = &more[chrome->cpu_count];
  *cpu = (struct chrome_cpu){
    .boot_id = boot_id,
    .cpu = number,
    /* Behind all other numbers.  */
    .tid = chrome_first_pid (chrome) + chrome->task_count
	   + 2 * chrome->thread_count + (uint32_t) chrome->cpu_count,
  };
  chrome->cpu_count++;
  uint32_t pid = chrome_cpus_pid (chrome, boot_id);
  snprintf (name, sizeof name, "CPU %" PRIu32, number);
  chrome_name (chrome, "thread_name", pid, cpu->tid, name);
  chrome_sort (chrome, "thread_sort_index", pid, cpu->tid, 2 * number);
  return cpu;
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
  output_thousandths (output, time_ns - cpu->since_ns);
  output_text (output, ",\"args\":{\"thread\":\"");
  output_hex (output, cpu->address);
  output_text (output, is_end ? "\",\"at_end\":true}}" : "\"}}");
}

/* The thread of BOOT_ID at ADDRESS, of the task at TASK if there are several;
   null: it is not known.  */
static const struct source_thread *
find_thread (const struct chrome *chrome, int64_t boot_id, uint64_t address,
	     uint64_t task)
{
  size_t low = 0, high = chrome->thread_count;
  const struct source_thread *found = NULL;

  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      const struct source_thread *thread = chrome->by_address[middle];
      if (thread->boot_id < boot_id
	  || (thread->boot_id == boot_id && thread->address < address))
	low = middle + 1;
      else
	high = middle;
    }
  for (; low < chrome->thread_count
	 && chrome->by_address[low]->boot_id == boot_id
	 && chrome->by_address[low]->address == address;
       low++)
    if (found == NULL || chrome->by_address[low]->task->address == task)
      found = chrome->by_address[low];
  return found;
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
