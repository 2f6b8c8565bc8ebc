/* The workload: a Mach task that does a stated amount of work when told to.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Its arguments are the names of the host privileged port and of the device
   master port, then commands to carry out at once.  After that it reads
   commands from the console, a line each, and says what it did:

     tasks N	create and terminate N tasks, one after the other
     threads N	create and terminate N threads
     rpc N	ask the kernel for the time N times
     ipc N	ask another task N times
     faults N	touch N fresh pages
     mixed N	N times one of each of the above
     wakeups N	N times: let a new thread run, and end it
     writes N	write one character to the console N times
     fire N	fire the custom event "workload" N times, with the number of
		the round, from 1 on, and N
     updates N	N times give the custom counter "workload" a value, the number
		of the round, from 1 on
     hold N	touch N fresh pages, and keep them
     spin MS	compute for MS milliseconds by the kernel's clock
     info	say what the kernel tells of the system
     watch N	from now on say of each of the first eight also what part N %
		100 of the performance counter N / 100 has counted meanwhile
     pages N	map N pages that this task is the pager of, write to each, and
		let go of them
     loop MS	go on with one of each, and a pause of MS milliseconds, for
		ever
     trap N	N times the trap syscall_mach_port_allocate, to no effect, with
		the number of the round, from 1 on, as its second argument; and
		how many counts of the time stamp counter it took
     clock N	N times, up to 32: wait until the kernel's clock moves, trap
		as above, and ask for the time again; then say for each what
		the clock said before and after, in nanoseconds
     odd-name	be called by what is no text in UTF-8, and has a quote
     exhaust M	use M megabytes of memory; M is "all": so much that less is
		free than page-out starts at
     release	use them no longer
     crowd N S	let N threads compute for S seconds, by the kernel's clock
     storm N S	let N tasks send messages to one another, and requests to the
		kernel, as fast as they can, for S seconds
     contend N S	let N tasks want the map of a task, which is locked most
   of the time, for S seconds elsewhere	from now on run on other CPUs than the
   first debugger	stop in the kernel debugger reboot	end the machine

   "workload: tasks 5: done 5" tells that all went well; "failed" that it did
   not.  What goes on in the background says "started", and "over" at its
   end.  */

#include <device/device_types.h>
#include <mach/time_value.h>

#include "bare.h"
#include "elsewhere.h"
#include "device_user.h"
#include "gnumach_user.h"
#include "info.h"
#include "mach_host_user.h"
#include "mach_user.h"
#include "mdtrace_types.h"
#include "mdtrace_user.h"
#include "pager.h"
#include "trouble.h"
#include "watch.h"
#include "works.h"

enum
{
  LINE_BYTES = 128,
  CLOCK_MAX = 32,
  /* An option of host_reboot, which no header of gnumach-dev names.  */
  REBOOT_TO_DEBUGGER = 0x1000
};

/* A trap without a declaration in any header.  */
extern kern_return_t syscall_mach_port_allocate (mach_port_t task,
						 mach_port_right_t right,
						 mach_port_t *name);

static mach_port_t host, device_master, console;

static uint64_t
time_stamp (void)
{
  uint32_t low, high;

  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t) high << 32 | low;
}

static volatile unsigned threads_ran;

static void
run_once (void *closure)
{
  (void) closure;
  threads_ran++;
  for (;;)
    swtch ();
}

static kern_return_t
one_wakeup (void)
{
  static char stack[BARE_STACK_BYTES] __attribute__ ((aligned (16)));
  unsigned before = threads_ran;
  mach_port_t thread;
  kern_return_t error = thread_create (mach_task_self (), &thread);

  if (error == KERN_SUCCESS)
    error = bare_thread_start (thread, stack, run_once, NULL);
  while (error == KERN_SUCCESS && threads_ran == before)
    swtch ();
  if (error == KERN_SUCCESS)
    error = thread_terminate (thread);
  if (error == KERN_SUCCESS)
    error = mach_port_deallocate (mach_task_self (), thread);
  return error;
}

static kern_return_t
one_write (void)
{
  static char text[IO_INBAND_MAX] = ".";
  int written;

  return device_write_inband (console, 0, 0, text, 1, &written);
}

static const struct
{
  const char *name;
  kern_return_t (*function) (void);
} works[] = {
  { "tasks", one_task }, { "threads", one_thread }, { "rpc", one_rpc },
  { "ipc", one_ipc },	 { "faults", one_fault },   { "mixed", one_of_each },
  { "wakeups", one_wakeup }, { "writes", one_write },
};

static void
loop (unsigned long pause_ms)
{
  bare_print ("workload: loop %lu: started\n", pause_ms);
  for (;;)
    {
      bare_check ("workload: loop", one_of_each ());
      bare_sleep (pause_ms);
    }
}

/* Trap into a function that refuses what it is asked at once.  */
static void
trap (unsigned long count)
{
  uint64_t start = time_stamp ();

  for (unsigned long i = 1; i <= count; i++)
    syscall_mach_port_allocate (MACH_PORT_NULL, i, NULL);
  uint64_t counts = time_stamp () - start;
  bare_print ("workload: trap %lu: done %lu, counts %lu\n", count, count,
	      (unsigned long) counts);
}

static uint64_t
kernel_time (void)
{
  time_value64_t time;

  bare_check ("workload: host_get_time64",
	      host_get_time64 (mach_host_self (), &time));
  return time.seconds * UINT64_C (1000000000) + time.nanoseconds;
}

/* By the port that every task has.  */
static void
fire (unsigned long count)
{
  mdtrace_event_name_t name = "workload";
  uint32_t listening = 0;

  for (unsigned long i = 1; i <= count; i++)
    {
      mdtrace_fired_t fired = { { i, count } };
      bare_check ("workload: fire",
		  rpc_mdtrace_custom_fire (mach_host_self (), name, fired,
					   &listening));
    }
  bare_print ("workload: fire %lu: done, %u listening\n", count, listening);
}

/* By the port that every task has, too.  */
static void
update (unsigned long count)
{
  mdtrace_counter_name_t name = "workload";

  for (unsigned long i = 1; i <= count; i++)
    bare_check ("workload: updates",
		rpc_mdtrace_counter_update (mach_host_self (), name, i));
  bare_print ("workload: updates %lu: done\n", count);
}

static void
hold (unsigned long count)
{
  vm_offset_t pages = 0;

  bare_check ("workload: hold",
	      vm_allocate (mach_task_self (), &pages, count * BARE_PAGE_BYTES,
			   TRUE));
  for (unsigned long i = 0; i < count; i++)
    *(volatile char *) (pages + i * BARE_PAGE_BYTES) = 1;
  bare_print ("workload: hold %lu: done\n", count);
}

/* The kernel is asked for the time but now and then: nearly all of it is this
   task's own.  */
static void
spin (unsigned long milliseconds)
{
  uint64_t end = kernel_time () + milliseconds * UINT64_C (1000000);

  while (kernel_time () < end)
    for (volatile unsigned i = 0; i < 100000; i++)
      continue;
  bare_print ("workload: spin %lu: done\n", milliseconds);
}

static void
map_pages (unsigned long count)
{
  kern_return_t error = pager_work (count);

  if (error != KERN_SUCCESS)
    bare_print ("workload: pages %lu: failed: error %d\n", count, error);
  else
    bare_print ("workload: pages %lu: done\n", count);
}

/* As trap, each time right after the clock has moved.  */
static void
trap_at_ticks (unsigned long count)
{
  static uint64_t before[CLOCK_MAX], after[CLOCK_MAX];

  for (unsigned long i = 0; i < count && i < CLOCK_MAX; i++)
    {
      uint64_t start = kernel_time ();
      do
	before[i] = kernel_time ();
      while (before[i] == start);
      syscall_mach_port_allocate (MACH_PORT_NULL, i + 1, NULL);
      after[i] = kernel_time ();
    }
  for (unsigned long i = 0; i < count && i < CLOCK_MAX; i++)
    bare_print ("workload: trap %lu from %llu to %llu\n", i + 1,
		(unsigned long long) before[i], (unsigned long long) after[i]);
  bare_print ("workload: clock %lu: done\n", count);
}

/* Go on on other CPUs than the first.  */
static void
go_elsewhere (unsigned long unused)
{
  (void) unused;
  mach_port_t set = other_processor_set (host);
  kern_return_t error = set == MACH_PORT_NULL
			    ? KERN_INVALID_ARGUMENT
			    : task_assign (mach_task_self (), set, TRUE);

  if (error != KERN_SUCCESS)
    bare_print ("workload: elsewhere: failed: error %d\n", error);
  else
    bare_print ("workload: elsewhere: done\n");
}

static void
tell (unsigned long unused)
{
  (void) unused;
  info_print_all (host);
}

static void
stop_in_debugger (unsigned long unused)
{
  (void) unused;
  host_reboot (host, REBOOT_TO_DEBUGGER);
}

static void
end_machine (unsigned long unused)
{
  (void) unused;
  host_reboot (host, 0);
}

static void
watch (unsigned long number)
{
  watch_part (number / 100, number % 100);
  bare_print ("workload: watch %lu: done\n", number);
}

/* Do WORKS[NUMBER] COUNT times, and say what was counted meanwhile if that is
   watched.  */
static void
work (size_t number, unsigned long count)
{
  const char *name = works[number].name;
  mdtrace_counter_value_t before, after;
  kern_return_t error = KERN_SUCCESS;
  unsigned long done = 0;

  if (watch_is_on ())
    before = watch_look (host);
  while (done < count && error == KERN_SUCCESS)
    {
      error = works[number].function ();
      done += error == KERN_SUCCESS;
    }
  if (watch_is_on ())
    after = watch_look (host);
  if (error != KERN_SUCCESS)
    bare_print ("workload: %s %lu: failed: error %d after %lu\n", name, count,
		error, done);
  else if (watch_is_on ())
    bare_print ("workload: %s %lu: done %lu, counted %llu, sum %llu\n", name,
		count, done, (unsigned long long) (after.count - before.count),
		(unsigned long long) (after.sum - before.sum));
  else
    bare_print ("workload: %s %lu: done %lu\n", name, count, done);
}

static void
release (unsigned long unused)
{
  (void) unused;
  release_memory ();
  bare_print ("workload: release: done\n");
}

static void
take_odd_name (unsigned long unused)
{
  (void) unused;
  task_set_name (mach_task_self (), "caf\351 \"<\t");
  bare_print ("workload: odd-name: done\n");
}

/* What says itself what it has done.  */
static const struct
{
  const char *name;
  void (*function) (unsigned long count);
} actions[] = {
  { "loop", loop },
  { "trap", trap },
  { "fire", fire },
  { "updates", update },
  { "hold", hold },
  { "spin", spin },
  { "info", tell },
  { "watch", watch },
  { "pages", map_pages },
  { "release", release },
  { "odd-name", take_odd_name },
  { "clock", trap_at_ticks },
  { "elsewhere", go_elsewhere },
  { "debugger", stop_in_debugger },
  { "reboot", end_machine },
};

static void
carry_out (const char *line)
{
  size_t length = 0;

  while (line[length] != ' ' && line[length] != '\0')
    length++;
  unsigned long count
      = line[length] == ' ' ? bare_number (line + length + 1, NULL) : 0;
  for (size_t i = 0; i < sizeof works / sizeof works[0]; i++)
    if (strncmp (line, works[i].name, length) == 0
	&& works[i].name[length] == '\0')
      {
	work (i, count);
	return;
      }
  for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
    if (strncmp (line, actions[i].name, length) == 0
	&& actions[i].name[length] == '\0')
      {
	actions[i].function (count);
	return;
      }
  if (!trouble_make (host, line))
    bare_print ("workload: '%s': not known\n", line);
}

/* Read a line from the console into LINE.  */
static void
read_line (char *line)
{
  size_t used = 0;

  for (;;)
    {
      char bytes[IO_INBAND_MAX];
      mach_msg_type_number_t count = sizeof bytes;
      bare_check (
	  "workload: device_read",
	  device_read_inband (console, 0, 0, LINE_BYTES, bytes, &count));
      for (mach_msg_type_number_t i = 0; i < count; i++)
	if (bytes[i] == '\n' || bytes[i] == '\r')
	  {
	    line[used] = '\0';
	    return;
	  }
	else if (used + 1 < LINE_BYTES)
	  line[used++] = bytes[i];
    }
}

int
main (int argc, char **argv)
{
  char line[LINE_BYTES];

  if (argc < 3)
    {
      bare_print ("workload: takes '${host-port} ${device-port}'\n");
      return 1;
    }
  host = bare_number (argv[1], NULL);
  device_master = bare_number (argv[2], NULL);
  for (int i = 3; i + 1 < argc; i += 2)
    {
      /* A command and its number are two arguments.  */
      size_t length = strlen (argv[i]);
      memcpy (line, argv[i], length);
      line[length] = ' ';
      memcpy (line + length + 1, argv[i + 1], strlen (argv[i + 1]) + 1);
      carry_out (line);
    }
  bare_check (
      "workload: device_open",
      device_open (device_master, D_READ | D_WRITE, "console", &console));
  bare_print ("workload: ready\n");
  for (;;)
    {
      read_line (line);
      if (line[0] != '\0')
	carry_out (line);
    }
}
