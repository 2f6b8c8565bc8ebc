/* Starting a thread in a bare Mach task, on i386.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <mach/thread_status.h>

#include "bare.h"
#include "mach_user.h"

extern void bare_thread_entry (void);

kern_return_t
bare_thread_start (mach_port_t thread, void *stack, void (*function) (void *),
		   void *argument)
{
  struct i386_thread_state state;
  mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;
  kern_return_t error = thread_get_state (thread, i386_REGS_SEGS_STATE,
					  (thread_state_t) &state, &count);

  if (error != KERN_SUCCESS)
    return error;
  state.eip = (uintptr_t) bare_thread_entry;
  state.uesp = (uintptr_t) stack + BARE_STACK_BYTES;
  state.ebx = (uintptr_t) function;
  state.esi = (uintptr_t) argument;
  error = thread_set_state (thread, i386_REGS_SEGS_STATE,
			    (thread_state_t) &state, count);
  if (error == KERN_SUCCESS)
    error = thread_resume (thread);
  return error;
}
