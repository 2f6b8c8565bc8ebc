/* What a Mach task needs that has no C library.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <mach/mig_support.h>

#include "bare.h"
#include "mach_user.h"
#include "mach_port_user.h"

mach_msg_return_t
mach_msg_trap (mach_msg_header_t *message, mach_msg_option_t option,
	       mach_msg_size_t send_bytes, mach_msg_size_t receive_bytes,
	       mach_port_t receive_port, mach_msg_timeout_t timeout,
	       mach_port_t notify);

mach_msg_return_t
mach_msg (mach_msg_header_t *message, mach_msg_option_t option,
	  mach_msg_size_t send_bytes, mach_msg_size_t receive_bytes,
	  mach_port_t receive_port, mach_msg_timeout_t timeout,
	  mach_port_t notify)
{
  return mach_msg_trap (message, option, send_bytes, receive_bytes,
			receive_port, timeout, notify);
}

/* RPCs come from one thread of a task only.  */
static mach_port_t reply_port, sleep_port;

void
bare_begin_copy (void)
{
  reply_port = sleep_port = MACH_PORT_NULL;
}

mach_port_t
mig_get_reply_port (void)
{
  if (reply_port == MACH_PORT_NULL)
    reply_port = mach_reply_port ();
  return reply_port;
}

void
mig_put_reply_port (mach_port_t port)
{
  (void) port;
}

void
mig_dealloc_reply_port (mach_port_t port)
{
  reply_port = MACH_PORT_NULL;
  mach_port_mod_refs (mach_task_self (), port, MACH_PORT_RIGHT_RECEIVE, -1);
}

size_t
mig_strncpy (char *to, const char *from, size_t bytes)
{
  size_t i = 0;

  for (; i + 1 < bytes && from[i] != '\0'; i++)
    to[i] = from[i];
  if (bytes > 0)
    to[i] = '\0';
  return i;
}

void
mig_allocate (vm_offset_t *address, vm_size_t bytes)
{
  vm_allocate (mach_task_self (), address, bytes, TRUE);
}

void
mig_deallocate (vm_offset_t address, vm_size_t bytes)
{
  vm_deallocate (mach_task_self (), address, bytes);
}

void
bare_exit (void)
{
  for (;;)
    task_terminate (mach_task_self ());
}

void
bare_check (const char *name, kern_return_t error)
{
  if (error == KERN_SUCCESS)
    return;
  bare_print ("%s: failed: error %d\n", name, error);
  bare_exit ();
}

unsigned long
bare_number (const char *text, const char **end)
{
  unsigned long number = 0;

  while (*text >= '0' && *text <= '9')
    number = 10 * number + (*text++ - '0');
  if (end != NULL)
    *end = text;
  return number;
}

/* By waiting for a message that nobody sends.  thread_switch can wait too, but
   kernels for several CPUs return from it at once where nothing else is to be
   run, with the thread's timer set; to set it again breaks their queue of
   timers.  */
void
bare_sleep (unsigned milliseconds)
{
  mach_msg_header_t message;

  if (sleep_port == MACH_PORT_NULL)
    sleep_port = mach_reply_port ();
  mach_msg (&message, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof message,
	    sleep_port, milliseconds, MACH_PORT_NULL);
}
