/* native: a task that traces its own kernel by libmdtrace, transport mach:.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Its argument is the name of the host privileged port.  It does what a
   client on GNU/Hurd would do, and says how each step went: "native: STEP:
   good", or what was wrong.  */

#include "bare.h"
#include "mach_port_user.h"
#include "mach_user.h"
#include "mdtrace.h"

enum
{
  TASKS = 500
};

static void
say (const char *step, bool good, long value)
{
  if (good)
    bare_print ("native: %s: good\n", step);
  else
    bare_print ("native: %s: wrong, %ld\n", step, value);
}

static void
create_tasks (unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    {
      mach_port_t task;
      if (task_create (mach_task_self (), FALSE, &task) == KERN_SUCCESS)
	{
	  task_terminate (task);
	  mach_port_deallocate (mach_task_self (), task);
	}
    }
}

static uint32_t
create_probe (struct mdtrace_target *target)
{
  mdtrace_probe_config_t config = { .function = "task_create",
				    .label = "native",
				    .kinds = 1 << MDTRACE_PROBE_ENTRY };
  mdtrace_created_t created = { .id = 0 };
  int error = mdtrace_probe_create (target, &config, &created);
  uint32_t id = created.id;

  say ("create a probe", error == MDTRACE_OK && id == 1, error);
  error = mdtrace_probe_enable (target, id);
  say ("enable it", error == MDTRACE_OK, error);
  error = mdtrace_probe_enable (target, id);
  say ("not twice", error == MDTRACE_ERR_ALREADY_ENABLED, error);
  config.function[0] = 'x';
  error = mdtrace_probe_create (target, &config, &created);
  say ("no such function", error == MDTRACE_ERR_NO_SUCH_FUNCTION, error);
  return 1;
}

/* Read the ring, which holds TASKS events of the probe.  */
static void
read_ring (struct mdtrace_target *target, uint32_t probe)
{
  struct mdtrace_rings *rings;
  int error = mdtrace_rings_open (target, "native", &rings);

  say ("map the rings", error == MDTRACE_OK, error);
  if (error != MDTRACE_OK)
    return;
  struct mdtrace_decoder *decoder = mdtrace_decoder_new (target);
  unsigned events = 0, named = 0;
  uint64_t last_tsc = 0;
  bool ordered = true;
  for (;;)
    {
      const uint64_t *record;
      unsigned words;
      struct mdtrace_event event;
      bool is_event;
      error = mdtrace_rings_next (rings, 0, &record, &words);
      if (error != MDTRACE_OK || record == NULL)
	break;
      error = mdtrace_decode (decoder, 0, record, words, &event, &is_event);
      if (error != MDTRACE_OK)
	break;
      if (!is_event || event.probe_id != probe)
	continue;
      events++;
      named += strncmp (event.task_name, "native-", 7) == 0;
      ordered = ordered && event.tsc >= last_tsc;
      last_tsc = event.tsc;
    }
  say ("read the ring", error == MDTRACE_OK, error);
  say ("one event for each task", events == TASKS, events);
  say ("with the task's name", named == TASKS, named);
  say ("in order of time", ordered, 0);
  mdtrace_rings_release (rings, 0);
  struct mdtrace_rings *second;
  error = mdtrace_rings_open (target, "somebody else", &second);
  say ("no second consumer", error == MDTRACE_ERR_RING_CLAIMED, error);
  mdtrace_rings_close (rings);
}

int
main (int argc, char **argv)
{
  struct mdtrace_target *target;
  mdtrace_status_t status;
  mdtrace_probe_info_t *probes;
  size_t count;
  char url[32] = "mach:";

  if (argc != 2)
    return 1;
  memcpy (url + 5, argv[1], strlen (argv[1]) + 1);
  int error = mdtrace_open (url, &target);
  say ("open", error == MDTRACE_OK, error);
  error = mdtrace_get_status (target, &status);
  say ("status", error == MDTRACE_OK && status.probes == 0, error);

  uint32_t probe = create_probe (target);
  create_tasks (TASKS);
  error = mdtrace_probe_list (target, 1, &probes, &count);
  say ("list probes", error == MDTRACE_OK && count == 1, error);
  say ("as many hits as tasks", probes[0].counts.hits == TASKS,
       probes[0].counts.hits);
  read_ring (target, probe);
  error = mdtrace_probe_destroy (target, probe);
  say ("destroy the probe", error == MDTRACE_OK, error);
  error = mdtrace_probe_list (target, 1, &probes, &count);
  say ("it is forgotten once it is read", error == MDTRACE_OK && count == 0,
       count);
  mdtrace_close (target);
  bare_print ("native: done\n");
  bare_exit ();
}
