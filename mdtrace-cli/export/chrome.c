/* Export: JSON trace events, of the format that Chrome has made and Perfetto
   reads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "calls.h"
#include "chrome.h"

void
chrome_record (struct chrome *chrome, char phase)
{
  output_text (chrome->output,
	       chrome->has_records ? ",\n{\"ph\":\"" : "\n{\"ph\":\"");
  output_char (chrome->output, phase);
  output_char (chrome->output, '"');
  chrome->has_records = true;
}

void
chrome_time (struct chrome *chrome, int64_t time_ns)
{
  output_text (chrome->output, ",\"ts\":");
  output_elapsed (chrome->output, chrome->base_ns, time_ns);
}

void
chrome_track (struct chrome *chrome, uint32_t pid, uint32_t tid)
{
  output_text (chrome->output, ",\"pid\":");
  output_unsigned (chrome->output, pid);
  output_text (chrome->output, ",\"tid\":");
  output_unsigned (chrome->output, tid);
}

void
chrome_name (struct chrome *chrome, const char *kind, uint32_t pid,
	     uint32_t tid, const char *name)
{
  chrome_record (chrome, 'M');
  output_text (chrome->output, ",\"name\":");
  output_json (chrome->output, kind);
  chrome_track (chrome, pid, tid);
  output_text (chrome->output, ",\"args\":{\"name\":");
  output_json (chrome->output, name);
  output_text (chrome->output, "}}");
}

void
chrome_sort (struct chrome *chrome, const char *kind, uint32_t pid,
	     uint32_t tid, int64_t index)
{
  chrome_record (chrome, 'M');
  output_text (chrome->output, ",\"name\":");
  output_json (chrome->output, kind);
  chrome_track (chrome, pid, tid);
  output_text (chrome->output, ",\"args\":{\"sort_index\":");
  output_signed (chrome->output, index);
  output_text (chrome->output, "}}");
}

static int
compare_boots (const void *first, const void *second)
{
  const struct chrome_boot *a = first, *b = second;

  return a->id < b->id ? -1 : a->id > b->id;
}

struct chrome_boot *
chrome_find_boot (const struct chrome *chrome, int64_t boot_id)
{
  const struct chrome_boot key = { .id = boot_id };

  return bsearch (&key, chrome->boots, chrome->boot_count, sizeof key,
		  compare_boots);
}

/* The place of BOOT_ID among the boots; one that is not there is behind
   them.  */
static unsigned
boot_number (const struct chrome *chrome, int64_t boot_id)
{
  const struct chrome_boot *boot = chrome_find_boot (chrome, boot_id);

  return boot != NULL ? boot - chrome->boots : chrome->boot_count;
}

uint32_t
chrome_first_pid (const struct chrome *chrome)
{
  return 3 + 2 * chrome->boot_count;
}

uint32_t
chrome_cpus_pid (const struct chrome *chrome, int64_t boot_id)
{
  return 1 + 2 * boot_number (chrome, boot_id);
}

uint32_t
chrome_counters_pid (const struct chrome *chrome, int64_t boot_id)
{
  return 2 + 2 * boot_number (chrome, boot_id);
}

static bool
add_boot (struct chrome *chrome, int64_t id, int64_t time_ns)
{
  /* Room for twice as many whenever there are a power of two.  */
  if ((chrome->boot_count & (chrome->boot_count - 1)) == 0)
    {
      struct chrome_boot *more = reallocarray (
	  chrome->boots, 2 * (size_t) chrome->boot_count + 1, sizeof *more);
      if (more == NULL)
	return false;
      chrome->boots = more;
    }
  chrome->boots[chrome->boot_count++]
      = (struct chrome_boot){ .id = id, .last_ns = time_ns };
  return true;
}

/* Find the boots, and when time begins; and introduce the processes of
   each.  */
static bool
load_boots (struct chrome *chrome)
{
  int64_t last_ns;
  bool failed, has_base = source_extent (chrome->export->source,
					 &chrome->base_ns, &last_ns);
  char name[160];
  sqlite3_stmt *row = export_prepare (
      chrome->export,
      "SELECT boot_id, boot_time_ns, target FROM boot ORDER BY boot_id");

  if (row == NULL)
    return false;
  while (export_step (chrome->export, row, &failed))
    {
      int64_t time_ns = sqlite3_column_int64 (row, 1);
      if (!add_boot (chrome, sqlite3_column_int64 (row, 0), time_ns))
	{
	  sqlite3_finalize (row);
	  return export_fail (chrome->export, "%s", strerror (ENOMEM));
	}
      if (!has_base || time_ns < chrome->base_ns)
	chrome->base_ns = time_ns;
      has_base = true;
    }
  sqlite3_reset (row);
  while (!failed && export_step (chrome->export, row, &failed))
    {
      int64_t boot_id = sqlite3_column_int64 (row, 0);
      uint32_t pid = chrome_cpus_pid (chrome, boot_id);
      snprintf (name, sizeof name, "CPUs of boot %lld, %s",
		(long long) boot_id, sqlite3_column_text (row, 2));
      chrome_name (chrome, "process_name", pid, pid, name);
      chrome_sort (chrome, "process_sort_index", pid, pid, -2);
      pid = chrome_counters_pid (chrome, boot_id);
      snprintf (name, sizeof name, "counters of boot %lld",
		(long long) boot_id);
      chrome_name (chrome, "process_name", pid, pid, name);
      chrome_sort (chrome, "process_sort_index", pid, pid, -1);
    }
  sqlite3_finalize (row);
  return !failed;
}

static void
put_loss (struct output *output, const struct loss *loss)
{
  output_text (output, "\"dropped\":");
  output_signed (output, loss->dropped);
  output_text (output, ",\"throttled\":");
  output_signed (output, loss->throttled);
  output_text (output, ",\"missed\":");
  output_signed (output, loss->missed);
}

/* An instant for each time at which losses were found.  */
static void
put_losses (struct chrome *chrome)
{
  const struct losses *losses = chrome->export->losses;
  struct output *output = chrome->output;

  for (size_t i = 0; i < losses->count; i++)
    {
      const struct loss *loss = &losses->rows[i];
      uint32_t pid = chrome_cpus_pid (chrome, loss->probe->boot_id);
      chrome_record (chrome, 'i');
      output_text (output, ",\"name\":\"events lost\",\"cat\":\"losses\"");
      chrome_track (chrome, pid, pid);
      chrome_time (chrome, loss->time_ns);
      output_text (output, ",\"s\":\"p\",\"args\":{\"probe_id\":");
      output_unsigned (output, loss->probe->id);
      output_text (output, ",\"function\":");
      output_json (output, loss->probe->function);
      output_char (output, ',');
      put_loss (output, loss);
      output_text (output, "}}");
    }
}

/* What stands behind the records.  */
static void
put_end (struct chrome *chrome)
{
  struct output *output = chrome->output;
  const struct losses *losses = chrome->export->losses;
  bool is_first = true;

  for (unsigned i = 0; i < chrome->thread_count; i++)
    chrome_give_up (chrome, &chrome->threads[i], 0,
		    chrome->threads[i].open_count, ",\"at_end\":true");
  for (struct chrome_cpu *cpu = chrome->first_cpu; cpu != NULL;
       cpu = cpu->next)
    {
      const struct chrome_boot *boot = chrome_find_boot (chrome, cpu->boot_id);
      chrome_ran (chrome, cpu, boot != NULL ? boot->last_ns : cpu->since_ns,
		  true);
    }
  put_losses (chrome);
  output_text (output,
	       "\n],\n\"otherData\":{\"tracer\":\"mdtrace " PACKAGE_VERSION
	       "\",\"epoch_ns\":\"");
  output_signed (output, chrome->base_ns);
  output_text (output, "\",\"events\":");
  output_unsigned (output, chrome->export->events);
  output_text (output, ",\"lost\":");
  output_signed (output, loss_total (&losses->sum));
  if (source_damage (chrome->export->source) != NULL)
    {
      output_text (output, ",\"damage\":");
      output_json (output, source_damage (chrome->export->source));
    }
  output_text (output, ",\"losses\":[");
  for (unsigned i = 0; i < losses->probe_count; i++)
    if (loss_total (&losses->of_probe[i]) != 0)
      {
	output_text (output, is_first ? "{\"probe_id\":" : ",{\"probe_id\":");
	is_first = false;
	output_unsigned (output, losses->of_probe[i].probe->id);
	output_text (output, ",\"boot_id\":");
	output_signed (output, losses->of_probe[i].probe->boot_id);
	output_char (output, ',');
	put_loss (output, &losses->of_probe[i]);
	output_char (output, '}');
      }
  output_text (output, "]}}\n");
}

static bool
allocate (struct chrome *chrome)
{
  const struct source *source = chrome->export->source;

  source_tasks (source, &chrome->task_count);
  source_stacks (source, &chrome->stack_count);
  const struct source_thread *thread
      = source_threads (source, &chrome->thread_count);
  chrome->threads = calloc (chrome->thread_count + 1, sizeof *chrome->threads);
  chrome->by_address
      = calloc (chrome->thread_count + 1, sizeof *chrome->by_address);
  chrome->has_task = calloc (chrome->task_count + 1, sizeof (bool));
  chrome->stacks = fragments_new (chrome->stack_count);
  chrome->flows = chrome_flows_new ();
  if (chrome->threads == NULL || chrome->by_address == NULL
      || chrome->has_task == NULL || chrome->stacks == NULL
      || chrome->flows == NULL)
    return export_fail (chrome->export, "%s", strerror (ENOMEM));
  for (unsigned i = 0; i < chrome->thread_count; i++)
    chrome->by_address[i] = &thread[i];
  if (chrome->thread_count > 0)
    qsort (chrome->by_address, chrome->thread_count,
	   sizeof *chrome->by_address, chrome_compare_threads);
  return true;
}

/* With what an event is put.  */
struct chrome_put
{
  struct chrome *chrome;
  struct calls *calls;
};

static bool
put_event (void *closure, struct place *place,
	   const struct source_event *event)
{
  const struct chrome_put *put = closure;

  return (place->kept != NULL
	  && chrome_event (put->chrome, put->calls, place, event))
	 || export_fail (put->chrome->export, "%s", strerror (ENOMEM));
}

static bool
put_all (struct chrome *chrome, struct calls *calls)
{
  struct chrome_put put = { chrome, calls };

  output_text (chrome->output,
	       "{\"displayTimeUnit\":\"ns\",\n\"traceEvents\":[");
  if (!load_boots (chrome) || !chrome_counters (chrome)
      || !export_each (chrome->export, put_event, &put))
    return false;
  put_end (chrome);
  return true;
}

bool
export_chrome (struct export *export)
{
  struct chrome chrome = { .export = export, .output = &export->output };
  struct calls *calls = calls_new (export->source);
  bool good = false;

  chrome.last_cpu = &chrome.first_cpu;
  places_visit (export->places, chrome_look_at);
  if (calls == NULL)
    export_fail (export, "%s", strerror (ENOMEM));
  else
    good = allocate (&chrome) && put_all (&chrome, calls);
  places_visit (export->places, chrome_forget);
  calls_free (calls);
  fragments_free (chrome.stacks, chrome.stack_count);
  chrome_flows_free (chrome.flows);
  for (unsigned i = 0; chrome.threads != NULL && i < chrome.thread_count; i++)
    free (chrome.threads[i].open);
  free (chrome.has_task);
  free (chrome.by_address);
  free (chrome.threads);
  chrome_cpus_free (&chrome);
  free (chrome.boots);
  return good;
}
