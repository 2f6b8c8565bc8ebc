/* hazards: a task that does, on a kernel that is probed everywhere, what
   probes are most likely to break.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Its argument is the name of the host privileged port.  It says how each
   step went: "hazards: STEP: good", or what was wrong.  */

#include <mach/task_special_ports.h>
#include <mach/thread_info.h>

#include "bare.h"
#include "gnumach_user.h"
#include "mach_port_user.h"
#include "mach_user.h"
#include "mdtrace_errors.h"
#include "mdtrace_types.h"
#include "mdtrace_user.h"

enum
{
  TRAPS = 100,
  /* The kernel's message to an exception port, in mach/exc.defs.  */
  EXCEPTION_RAISE_ID = 2400,
  WAIT_MS = 5000
};

/* A trap without a declaration in any header.  */
extern kern_return_t syscall_mach_port_allocate (mach_port_t task,
						 mach_port_right_t right,
						 mach_port_t *name);

static const char probed[] = "syscall_mach_port_allocate";

static mach_port_t host;
static char stack[BARE_STACK_BYTES] __attribute__ ((aligned (16)));

static void
say (const char *step, bool good, long value)
{
  if (good)
    bare_print ("hazards: %s: good\n", step);
  else
    bare_print ("hazards: %s: wrong, %ld\n", step, value);
}

/* Probes.  */

static uint32_t
create (const char *function, uint32_t kinds)
{
  static mdtrace_probe_config_t config;
  mdtrace_created_t created;

  memset (&config, 0, sizeof config);
  memcpy (config.function, function, strlen (function));
  config.kinds = kinds;
  bare_check ("mdtrace_probe_create",
	      rpc_mdtrace_probe_create (host, config, &created));
  return created.id;
}

/* A probe of every entry and every return.  */
static uint32_t
create_all (void)
{
  return create ("", MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY)
			 | MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN));
}

/* The one site of the probe ID.  */
static struct mdtrace_site_entry
site_of (uint32_t id)
{
  static mdtrace_bytes_page_t page;
  mach_msg_type_number_t bytes = sizeof page;
  uint32_t next;

  bare_check ("mdtrace_probe_sites",
	      rpc_mdtrace_probe_sites (host, id, MDTRACE_CPU_ALL, 0, &next,
				       page, &bytes));
  return *(const struct mdtrace_site_entry *) page;
}

/* Whether every hit of the probe ID is accounted for.  */
static bool
law_holds (uint32_t id)
{
  static mdtrace_counts_cpus_t counts;
  mach_msg_type_number_t cpus = MDTRACE_CPUS_MAX;

  bare_check ("mdtrace_probe_counts",
	      rpc_mdtrace_probe_counts (host, id, counts, &cpus));
  for (unsigned i = 0; i < cpus; i++)
    if (counts[i].hits
	!= counts[i].recorded + counts[i].filtered + counts[i].dropped
	       + counts[i].throttled + counts[i].missed)
      return false;
  return true;
}

/* A thread that is blocked in the kernel, with its stack, and with PATTERN
   among what is saved there.  */

static uintptr_t pattern;
static volatile unsigned waited_for;

static void
wait_in_kernel (void *closure)
{
  (void) closure;
#ifdef __x86_64__
  /* Whatever the kernel's functions do first, they save these registers.  */
  register long msec __asm__("r8") = 0;
  register long flags __asm__("r9") = 0;
  __asm__ volatile("mov %%rax, %%r12\n\t"
		   "mov %%rax, %%r13\n\t"
		   "mov %%rax, %%r14\n\t"
		   "mov %%rax, %%r15\n\t"
		   "call gsync_wait\n"
		   "1:\tjmp 1b"
		   :
		   : "a"(pattern), "D"(mach_task_self ()), "S"(&waited_for),
		     "d"(0), "c"(0), "r"(msec), "r"(flags)
		   : "memory");
#else
  /* Arguments are on the stack.  */
  gsync_wait (mach_task_self (), (uintptr_t) &waited_for, 0, pattern, 0, 0);
  for (;;)
    continue;
#endif
  __builtin_unreachable ();
}

static mach_port_t
new_port (void)
{
  mach_port_t self = mach_task_self (), port;

  bare_check ("mach_port_allocate",
	      mach_port_allocate (self, MACH_PORT_RIGHT_RECEIVE, &port));
  bare_check (
      "mach_port_insert_right",
      mach_port_insert_right (self, port, port, MACH_MSG_TYPE_MAKE_SEND));
  return port;
}

/* Start the thread and wait until it is blocked.  */
static mach_port_t
block_thread (uintptr_t value)
{
  mach_port_t thread;
  thread_basic_info_data_t info;

  pattern = value;
  bare_check ("thread_create", thread_create (mach_task_self (), &thread));
  bare_check ("thread_start",
	      bare_thread_start (thread, stack, wait_in_kernel, NULL));
  for (int waited = 0; waited < WAIT_MS; waited += 10)
    {
      mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;
      bare_check ("thread_info", thread_info (thread, THREAD_BASIC_INFO,
					      (thread_info_t) &info, &count));
      if (info.run_state == TH_STATE_WAITING)
	return thread;
      bare_sleep (10);
    }
  say ("a thread blocks", false, info.run_state);
  bare_exit ();
}

static void
end_thread (mach_port_t thread)
{
  bare_check ("thread_terminate", thread_terminate (thread));
  bare_check ("mach_port_deallocate",
	      mach_port_deallocate (mach_task_self (), thread));
}

/* What lies on a stack inside of the bytes of a jump makes a breakpoint of
   it.  */
static void
block_inside (void)
{
  uint32_t id = create (probed, MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY));
  struct mdtrace_site_entry site = site_of (id);

  say ("the site has room for a jump", site.plan == MDTRACE_MODE_JUMP,
       site.plan);
  for (unsigned offset = 1; offset < site.changed_bytes; offset++)
    {
      mach_port_t thread = block_thread (site.address + offset);
      bare_check ("mdtrace_probe_enable", rpc_mdtrace_probe_enable (host, id));
      site = site_of (id);
      say ("a breakpoint while a thread is blocked inside",
	   site.mode == MDTRACE_MODE_BREAKPOINT, site.mode);
      for (int i = 0; i < TRAPS; i++)
	syscall_mach_port_allocate (MACH_PORT_NULL, 99, NULL);
      end_thread (thread);
      bare_check ("mdtrace_probe_disable",
		  rpc_mdtrace_probe_disable (host, id));
    }
  bare_check ("mdtrace_probe_enable", rpc_mdtrace_probe_enable (host, id));
  site = site_of (id);
  say ("and a jump afterwards", site.mode == MDTRACE_MODE_JUMP, site.mode);
  bare_check ("mdtrace_probe_disable", rpc_mdtrace_probe_disable (host, id));
  say ("every hit is counted",
       site.counts.hits == (site.changed_bytes - 1U) * TRAPS,
       site.counts.hits);
  bare_check ("mdtrace_probe_destroy", rpc_mdtrace_probe_destroy (host, id));
}

/* A thread blocks in what gates have called, and goes on when they are in use
   no more.  */
static void
block_in_gates (void)
{
  uint32_t id = create_all ();

  bare_check ("mdtrace_probe_enable", rpc_mdtrace_probe_enable (host, id));
  mach_port_t thread = block_thread (0);
  bare_check ("mdtrace_probe_disable", rpc_mdtrace_probe_disable (host, id));
  bare_check ("gsync_wake",
	      gsync_wake (mach_task_self (), (uintptr_t) &waited_for, 0, 0));
  bare_sleep (20);
  end_thread (thread);
  say ("a thread leaves gates that were disabled", true, 0);

  thread = block_thread (0);
  bare_check ("mdtrace_probe_enable", rpc_mdtrace_probe_enable (host, id));
  end_thread (thread);
  say ("a thread dies inside of probed functions", law_holds (id), 0);
  bare_check ("mdtrace_probe_destroy", rpc_mdtrace_probe_destroy (host, id));
}

/* A system call with a pointer to nothing.  */
static void
fault_in_copyin (void)
{
  uint32_t id = create_all ();

  bare_check ("mdtrace_probe_enable", rpc_mdtrace_probe_enable (host, id));
  for (int i = 0; i < TRAPS; i++)
    {
      kern_return_t error
	  = mach_msg ((mach_msg_header_t *) 16, MACH_SEND_MSG, 64, 0,
		      MACH_PORT_NULL, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
      if (error != MACH_SEND_INVALID_DATA)
	{
	  say ("a fault in copyin", false, error);
	  return;
	}
    }
  bare_check ("mdtrace_probe_disable", rpc_mdtrace_probe_disable (host, id));
  say ("a fault in copyin", law_holds (id), 0);
  bare_check ("mdtrace_probe_destroy", rpc_mdtrace_probe_destroy (host, id));
}

static void
run_into_breakpoint (void *closure)
{
  (void) closure;
  __asm__ volatile("int3\n1:\tjmp 1b");
  __builtin_unreachable ();
}

/* A breakpoint in a user's program is its debugger's.  */
static void
break_in_user_mode (void)
{
  uint32_t id = create_all ();
  mach_port_t self = mach_task_self (), task, thread, port = new_port ();
  struct
  {
    mach_msg_header_t header;
    char body[256];
  } message;

  bare_check ("mdtrace_probe_enable", rpc_mdtrace_probe_enable (host, id));
  bare_check ("task_create", task_create (self, TRUE, &task));
  bare_check ("task_set_special_port",
	      task_set_special_port (task, TASK_EXCEPTION_PORT, port));
  bare_check ("thread_create", thread_create (task, &thread));
  bare_check ("thread_start",
	      bare_thread_start (thread, stack, run_into_breakpoint, NULL));
  kern_return_t error
      = mach_msg (&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
		  sizeof message, port, WAIT_MS, MACH_PORT_NULL);
  if (error == KERN_SUCCESS)
    error = message.header.msgh_id == EXCEPTION_RAISE_ID ? 0 : 1;
  bare_check ("task_terminate", task_terminate (task));
  bare_check ("mdtrace_probe_disable", rpc_mdtrace_probe_disable (host, id));
  say ("a breakpoint in user mode", error == 0, error);
  say ("and the law holds", law_holds (id), 0);
  bare_check ("mdtrace_probe_destroy", rpc_mdtrace_probe_destroy (host, id));
}

int
main (int argc, char **argv)
{
  if (argc < 2)
    bare_check ("hazards: needs an argument", KERN_INVALID_ARGUMENT);
  host = bare_number (argv[1], NULL);
  block_inside ();
  block_in_gates ();
  fault_in_copyin ();
  break_in_user_mode ();
  bare_print ("hazards: end\n");
  return 0;
}
