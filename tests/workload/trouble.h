/* Trouble of a stated kind, that the health score is to show.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What lasts for some seconds is made by a task of its own, a copy of this
   one, which says when it is over by the kernel's clock and then ends with all
   that it has started.  Meanwhile the workload takes other commands.  */

#ifndef WORKLOAD_TROUBLE_H
#define WORKLOAD_TROUBLE_H

#include <mach/task_special_ports.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>

#include "bare.h"
#include "gnumach_user.h"
#include "mach_host_user.h"
#include "mach_port_user.h"
#include "mach_user.h"
#include "mdtrace_user.h"
#include "pager.h"

enum
{
  TROUBLE_WORKERS_MAX = 64,
  /* Names of ports in tasks that are started here.  */
  TROUBLE_MINE = 0x2000,
  TROUBLE_OTHER = 0x2001,
  /* Messages that a storm's task sends before it receives as many: fewer than
     a queue holds, so that never all of them wait for one another.  */
  TROUBLE_BURST = 4,
  TROUBLE_MESSAGE_ID = 31000,
  /* What is wired at once, and how long its pager takes for a page.  */
  TROUBLE_PAGES = 8,
  TROUBLE_PAGE_MS = 20,
  /* Memory is taken in pieces.  */
  TROUBLE_PIECE_BYTES = 16 << 10
};

/* What the task that makes the trouble has been told.  */
static struct
{
  const char *name;
  unsigned long count, seconds;
  mach_port_t host; /* the privileged port */
} trouble;

/* Stacks of tasks that are copies of this one: of each it is another page.  */
static char trouble_stack[BARE_STACK_BYTES] __attribute__ ((aligned (16)));

static uint64_t
trouble_now (void)
{
  time_value64_t time;

  bare_check ("workload: host_get_time64",
	      host_get_time64 (mach_host_self (), &time));
  return time.seconds * UINT64_C (1000000000) + time.nanoseconds;
}

/* A copy of this task that has no thread yet.  */
static mach_port_t
trouble_task (void)
{
  mach_port_t task;

  bare_check ("workload: task_create",
	      task_create (mach_task_self (), TRUE, &task));
  return task;
}

/* Let TASK, a copy of this one, do WORK, which does not return.  */
static void
trouble_let (mach_port_t task, void (*work) (void *))
{
  mach_port_t thread;

  bare_check ("workload: thread_create", thread_create (task, &thread));
  bare_check ("workload: thread_set_state",
	      bare_thread_start (thread, trouble_stack, work, NULL));
}

/* Let a thread of this task do WORK.  */
static void
trouble_thread (void (*work) (void *), void *closure)
{
  void *stack = bare_allocate (BARE_STACK_BYTES);
  mach_port_t thread;

  bare_check ("workload: thread_create",
	      thread_create (mach_task_self (), &thread));
  bare_check ("workload: thread_set_state",
	      bare_thread_start (thread, stack, work, closure));
}

/* Say that the trouble goes on, and when it is over.  */
static void
trouble_begins (void)
{
  bare_print ("workload: %s %lu %lu: started\n", trouble.name, trouble.count,
	      trouble.seconds);
}

static void __attribute__ ((noreturn)) trouble_is_over (void)
{
  bare_print ("workload: %s %lu %lu: over\n", trouble.name, trouble.count,
	      trouble.seconds);
  bare_exit ();
}

/* -------------------------------------------------------------------- */
/* Threads that can run.  */

static void
spin_for_ever (void *closure)
{
  (void) closure;
  for (;;)
    __asm__ volatile("");
}

static void
crowd (void *closure)
{
  (void) closure;
  bare_begin_copy ();
  uint64_t end = trouble_now () + trouble.seconds * UINT64_C (1000000000);
  for (unsigned long i = 0; i < trouble.count; i++)
    trouble_thread (spin_for_ever, NULL);
  trouble_begins ();
  while (trouble_now () < end)
    bare_sleep (100);
  trouble_is_over ();
}

/* -------------------------------------------------------------------- */
/* Tasks in a ring, each of which sends to the next one.  */

static void
storm_for_ever (void *closure)
{
  (void) closure;
  bare_begin_copy ();
  for (;;)
    {
      mach_msg_header_t message;
      time_value64_t time;
      for (int i = 0; i < TROUBLE_BURST; i++)
	{
	  message = (mach_msg_header_t){
	    .msgh_bits = MACH_MSGH_BITS (MACH_MSG_TYPE_COPY_SEND, 0),
	    .msgh_size = sizeof message,
	    .msgh_remote_port = TROUBLE_OTHER,
	    .msgh_id = TROUBLE_MESSAGE_ID,
	  };
	  mach_msg (&message, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL,
		    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	}
      host_get_time64 (mach_host_self (), &time);
      for (int i = 0; i < TROUBLE_BURST; i++)
	mach_msg (&message, MACH_RCV_MSG, 0, sizeof message, TROUBLE_MINE,
		  MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
    }
}

static void
storm (void *closure)
{
  static mach_port_t tasks[TROUBLE_WORKERS_MAX];
  mach_port_t right;
  mach_msg_type_name_t type;

  (void) closure;
  bare_begin_copy ();
  uint64_t end = trouble_now () + trouble.seconds * UINT64_C (1000000000);
  for (unsigned long i = 0; i < trouble.count; i++)
    {
      tasks[i] = trouble_task ();
      bare_check ("workload: mach_port_allocate_name",
		  mach_port_allocate_name (tasks[i], MACH_PORT_RIGHT_RECEIVE,
					   TROUBLE_MINE));
    }
  for (unsigned long i = 0; i < trouble.count; i++)
    {
      bare_check ("workload: mach_port_extract_right",
		  mach_port_extract_right (
		      tasks[(i + 1) % trouble.count], TROUBLE_MINE,
		      MACH_MSG_TYPE_MAKE_SEND, &right, &type));
      bare_check ("workload: mach_port_insert_right",
		  mach_port_insert_right (tasks[i], TROUBLE_OTHER, right,
					  MACH_MSG_TYPE_COPY_SEND));
      trouble_let (tasks[i], storm_for_ever);
    }
  trouble_begins ();
  while (trouble_now () < end)
    bare_sleep (100);
  for (unsigned long i = 0; i < trouble.count; i++)
    task_terminate (tasks[i]);
  trouble_is_over ();
}

/* -------------------------------------------------------------------- */
/* Tasks that want the map of one task, which is locked for reading as long as
   memory in it is being wired that a slow pager has.  */

static void
contend_for_ever (void *closure)
{
  (void) closure;
  bare_begin_copy ();
  for (;;)
    {
      vm_offset_t page = 0;
      if (vm_allocate (TROUBLE_OTHER, &page, BARE_PAGE_BYTES, TRUE)
	  == KERN_SUCCESS)
	vm_deallocate (TROUBLE_OTHER, page, BARE_PAGE_BYTES);
    }
}

/* Wire memory of TASK that the pager of PORT has, and let go of it.  */
static void
wire_slowly (mach_port_t task, mach_port_t port)
{
  vm_size_t bytes = TROUBLE_PAGES * BARE_PAGE_BYTES;
  vm_offset_t address = 0;

  bare_check ("workload: vm_map",
	      vm_map (task, &address, bytes, 0, TRUE, port, 0, FALSE,
		      VM_PROT_READ | VM_PROT_WRITE,
		      VM_PROT_READ | VM_PROT_WRITE, VM_INHERIT_NONE));
  bare_check ("workload: vm_wire",
	      vm_wire (trouble.host, task, address, bytes, VM_PROT_READ));
  bare_check ("workload: vm_wire",
	      vm_wire (trouble.host, task, address, bytes, VM_PROT_NONE));
  bare_check ("workload: vm_deallocate", vm_deallocate (task, address, bytes));
}

static void
contend (void *closure)
{
  static mach_port_t tasks[TROUBLE_WORKERS_MAX];
  mach_port_t wanted, port;

  (void) closure;
  bare_begin_copy ();
  uint64_t end = trouble_now () + trouble.seconds * UINT64_C (1000000000);
  bare_check ("workload: task_create",
	      task_create (mach_task_self (), FALSE, &wanted));
  bare_check ("workload: pager", pager_make (&port));
  pager_page_ms = TROUBLE_PAGE_MS;
  for (unsigned long i = 0; i < trouble.count; i++)
    {
      tasks[i] = trouble_task ();
      bare_check ("workload: mach_port_insert_right",
		  mach_port_insert_right (tasks[i], TROUBLE_OTHER, wanted,
					  MACH_MSG_TYPE_COPY_SEND));
      trouble_let (tasks[i], contend_for_ever);
    }
  trouble_begins ();
  while (trouble_now () < end)
    wire_slowly (wanted, port);
  for (unsigned long i = 0; i < trouble.count; i++)
    task_terminate (tasks[i]);
  task_terminate (wanted);
  trouble_is_over ();
}

/* -------------------------------------------------------------------- */
/* Memory that is in use: that of a task of its own, since the kernel keeps
   what a task has let go of as long as it has other memory beside it.  */

static mach_port_t exhausting;

/* Use one piece more.  */
static kern_return_t
take_piece (void)
{
  vm_offset_t address = 0;
  kern_return_t error
      = vm_allocate (mach_task_self (), &address, TROUBLE_PIECE_BYTES, TRUE);

  for (unsigned i = 0; error == KERN_SUCCESS && i < TROUBLE_PIECE_BYTES;
       i += BARE_PAGE_BYTES)
    *(volatile char *) (address + i) = 1;
  return error;
}

/* Use so many megabytes, or if that is 0 so much that four fifths are gone of
   what is free between where page-out starts and where allocations wait: there
   is no pager that would take pages, and who has to wait, waits for ever.  */
static kern_return_t
take_memory (unsigned long megabytes)
{
  kern_return_t error = KERN_SUCCESS;

  for (unsigned long i = megabytes * ((1 << 20) / TROUBLE_PIECE_BYTES);
       i > 0 && error == KERN_SUCCESS; i--)
    error = take_piece ();
  while (megabytes == 0 && error == KERN_SUCCESS)
    {
      mdtrace_snapshot_t snapshot;
      error = rpc_mdtrace_take_snapshot (trouble.host, &snapshot);
      if (error != KERN_SUCCESS
	  || snapshot.free_bytes
		 < snapshot.min_bytes
		       + (snapshot.low_bytes - snapshot.min_bytes) / 5)
	break;
      error = take_piece ();
    }
  return error;
}

static void
exhaust (void *closure)
{
  const char *amount = trouble.name;

  (void) closure;
  bare_begin_copy ();
  bare_check ("workload: exhaust", take_memory (bare_number (amount, NULL)));
  bare_print ("workload: exhaust %s: started\n", amount);
  for (;;)
    bare_sleep (1000);
}

static void
release_memory (void)
{
  if (exhausting != MACH_PORT_NULL)
    {
      task_terminate (exhausting);
      mach_port_deallocate (mach_task_self (), exhausting);
      exhausting = MACH_PORT_NULL;
    }
}

/* -------------------------------------------------------------------- */

static const struct
{
  const char *name;
  void (*make) (void *);
} troubles[] = {
  { "crowd", crowd },
  { "storm", storm },
  { "contend", contend },
};

/* Let a task of its own do WORK; returns it.  */
static mach_port_t
trouble_start (void (*work) (void *))
{
  mach_port_t task = trouble_task ();

  task_set_name (task, "trouble");
  bare_check ("workload: mach_port_insert_right",
	      mach_port_insert_right (task, trouble.host, trouble.host,
				      MACH_MSG_TYPE_COPY_SEND));
  trouble_let (task, work);
  return task;
}

/* Make trouble of the kind that LINE names, with its number and seconds. False
   if it names none.  */
static bool
trouble_make (mach_port_t host, const char *line)
{
  trouble.host = host;
  if (strncmp (line, "exhaust ", 8) == 0)
    {
      release_memory ();
      trouble.name = line + 8;
      exhausting = trouble_start (exhaust);
      return true;
    }
  for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++)
    {
      size_t length = strlen (troubles[i].name);
      if (strncmp (line, troubles[i].name, length) != 0 || line[length] != ' ')
	continue;
      const char *end;
      trouble.name = troubles[i].name;
      trouble.count = bare_number (line + length + 1, &end);
      trouble.seconds = *end == ' ' ? bare_number (end + 1, NULL) : 0;
      if (trouble.count == 0 || trouble.count > TROUBLE_WORKERS_MAX)
	{
	  bare_print ("workload: %s: failed: from 1 to %u\n", line,
		      TROUBLE_WORKERS_MAX);
	  return true;
	}
      trouble_start (troubles[i].make);
      return true;
    }
  return false;
}

#endif /* WORKLOAD_TROUBLE_H */
