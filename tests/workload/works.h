/* Small works, each of which does the same every time: for the workload, and for
   what measures them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <mach/time_value.h>
#include <mach/vm_inherit.h>

#include "bare.h"
#include "gnumach_user.h"
#include "mach_host_user.h"
#include "mach_port_user.h"
#include "mach_user.h"

enum
{
  ECHO_ID = 30000
};

static kern_return_t
one_task (void)
{
  mach_port_t task;
  kern_return_t error = task_create (mach_task_self (), FALSE, &task);

  if (error == KERN_SUCCESS)
    error = task_terminate (task);
  if (error == KERN_SUCCESS)
    error = mach_port_deallocate (mach_task_self (), task);
  return error;
}

static kern_return_t
one_thread (void)
{
  mach_port_t thread;
  kern_return_t error = thread_create (mach_task_self (), &thread);

  if (error == KERN_SUCCESS)
    error = thread_terminate (thread);
  if (error == KERN_SUCCESS)
    error = mach_port_deallocate (mach_task_self (), thread);
  return error;
}

static kern_return_t
one_rpc (void)
{
  time_value_t time;

  return host_get_time (mach_host_self (), &time);
}

static kern_return_t
one_fault (void)
{
  vm_offset_t page = 0;
  kern_return_t error
      = vm_allocate (mach_task_self (), &page, BARE_PAGE_BYTES, TRUE);

  if (error != KERN_SUCCESS)
    return error;
  *(volatile char *) page = 1;
  return vm_deallocate (mach_task_self (), page, BARE_PAGE_BYTES);
}

/* The task that echoes: a copy of this one, with one thread in here.  */
static void
echo (void *closure)
{
  mach_port_t port = (uintptr_t) closure;
  mach_msg_header_t message;

  for (;;)
    {
      if (mach_msg (&message, MACH_RCV_MSG, 0, sizeof message, port,
		    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL)
	  != MACH_MSG_SUCCESS)
	continue;
      message.msgh_bits
	  = MACH_MSGH_BITS (MACH_MSGH_BITS_REMOTE (message.msgh_bits), 0);
      message.msgh_local_port = MACH_PORT_NULL;
      message.msgh_id++;
      mach_msg (&message, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL,
		MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
    }
}

/* A right to send to the echoing task, which is started on first use.  */
static mach_port_t
echo_port (void)
{
  static mach_port_t port;
  mach_port_t task, thread, receive;
  mach_msg_type_name_t type;

  if (port != MACH_PORT_NULL)
    return port;
  bare_check ("workload: task_create",
	      task_create (mach_task_self (), TRUE, &task));
  task_set_name (task, "echo");
  bare_check ("workload: mach_port_allocate",
	      mach_port_allocate (task, MACH_PORT_RIGHT_RECEIVE, &receive));
  bare_check ("workload: mach_port_extract_right",
	      mach_port_extract_right (task, receive, MACH_MSG_TYPE_MAKE_SEND,
				       &port, &type));
  bare_check ("workload: thread_create", thread_create (task, &thread));
  /* The new task has a copy of this stack, where this thread is not.  */
  static char stack[BARE_STACK_BYTES] __attribute__ ((aligned (16)));
  bare_check (
      "workload: thread_set_state",
      bare_thread_start (thread, stack, echo, (void *) (uintptr_t) receive));
  return port;
}

static kern_return_t
one_ipc (void)
{
  mach_port_t reply = mach_reply_port ();
  mach_msg_header_t message = {
    .msgh_bits
    = MACH_MSGH_BITS (MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE),
    .msgh_size = sizeof message,
    .msgh_remote_port = echo_port (),
    .msgh_local_port = reply,
    .msgh_id = ECHO_ID,
  };
  kern_return_t error = mach_msg (&message, MACH_SEND_MSG | MACH_RCV_MSG,
				  sizeof message, sizeof message, reply,
				  MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);

  mach_port_mod_refs (mach_task_self (), reply, MACH_PORT_RIGHT_RECEIVE, -1);
  if (error == KERN_SUCCESS && message.msgh_id != ECHO_ID + 1)
    error = KERN_FAILURE;
  return error;
}

static kern_return_t
one_of_each (void)
{
  kern_return_t error = one_task ();

  if (error == KERN_SUCCESS)
    error = one_thread ();
  if (error == KERN_SUCCESS)
    error = one_rpc ();
  if (error == KERN_SUCCESS)
    error = one_ipc ();
  if (error == KERN_SUCCESS)
    error = one_fault ();
  return error;
}
