/* The transport mach:, to the kernel that this program runs on.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The same on GNU/Hurd and in a bare Mach task; they differ only in how the
   host privileged port is come by.  Rings are mapped as memory objects.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <mach/vm_inherit.h>

#ifdef MDTRACE_BARE
#include "bare.h"
#include "mach_port_user.h"
#include "mach_user.h"
#else
#include <hurd.h>
#include <mach.h>
#endif

#include "mdtrace_user.h"
#include "target.h"

struct mach_state
{
  mach_port_t host; /* a send right */
};

static int
mach_rpc (struct mdtrace_target *target, mach_msg_header_t *message,
	  mach_msg_size_t receive_bytes)
{
  const struct mach_state *state = target->state;
  mach_port_t reply_port = mach_reply_port ();

  message->msgh_bits
      = MACH_MSGH_BITS (MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE)
	| (message->msgh_bits & MACH_MSGH_BITS_COMPLEX);
  message->msgh_remote_port = state->host;
  message->msgh_local_port = reply_port;
  mach_msg_return_t error
      = mach_msg (message, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT,
		  message->msgh_size, receive_bytes, reply_port,
		  target->timeout_ms, MACH_PORT_NULL);
  mach_port_mod_refs (mach_task_self (), reply_port, MACH_PORT_RIGHT_RECEIVE,
		      -1);
  return error == MACH_RCV_TIMED_OUT ? MDTRACE_ERR_TIMED_OUT : error;
}

/* Map BYTES bytes of OBJECT, and consume the right to it.  */
static int
map_object (mach_port_t object, uint64_t bytes, vm_prot_t protection,
	    void **memory)
{
  vm_address_t address = 0;
  kern_return_t error
      = vm_map (mach_task_self (), &address, bytes, 0, TRUE, object, 0, FALSE,
		protection, protection, VM_INHERIT_NONE);

  mach_port_deallocate (mach_task_self (), object);
  *memory = (void *) address;
  return error;
}

static void
mach_unmap_ring (struct mdtrace_target *target,
		 const struct ring_memory *memory)
{
  (void) target;
  vm_deallocate (mach_task_self (), (vm_address_t) memory->control,
		 MDTRACE_PAGE_BYTES);
  vm_deallocate (mach_task_self (), (vm_address_t) memory->tail,
		 MDTRACE_PAGE_BYTES);
  vm_deallocate (mach_task_self (), (vm_address_t) memory->data,
		 memory->data_bytes);
}

static int
mach_map_ring (struct mdtrace_target *target, unsigned cpu,
	       struct ring_memory *memory)
{
  mach_port_t control, tail, data;
  mdtrace_ring_info_t info;
  void *control_memory = NULL, *tail_memory = NULL, *data_memory = NULL;
  int error = rpc_mdtrace_ring_status (target->token, cpu, &info);

  if (error == MDTRACE_OK)
    error = rpc_mdtrace_ring_map (target->token, cpu, &control, &tail, &data);
  if (error != MDTRACE_OK)
    return error;
  error = map_object (control, MDTRACE_PAGE_BYTES, VM_PROT_READ,
		      &control_memory);
  int tail_error = map_object (tail, MDTRACE_PAGE_BYTES,
			       VM_PROT_READ | VM_PROT_WRITE, &tail_memory);
  int data_error
      = map_object (data, info.data_bytes, VM_PROT_READ, &data_memory);
  *memory = (struct ring_memory){
    .control = control_memory,
    .tail = tail_memory,
    .data = data_memory,
    .data_bytes = info.data_bytes,
    .word_bytes = sizeof (vm_address_t),
  };
  if (error == KERN_SUCCESS)
    error = tail_error;
  if (error == KERN_SUCCESS)
    error = data_error;
  if (error != KERN_SUCCESS)
    mach_unmap_ring (target, memory);
  return error;
}

static void
mach_close (struct mdtrace_target *target)
{
  struct mach_state *state = target->state;

  mach_port_deallocate (mach_task_self (), state->host);
  free (state);
}

/* The host privileged port, whose name in a bare task is ADDRESS.  */
static int
get_host_port (const char *address, mach_port_t *host)
{
#ifdef MDTRACE_BARE
  *host = bare_number (address, NULL);
  return mach_port_mod_refs (mach_task_self (), *host, MACH_PORT_RIGHT_SEND,
			     1);
#else
  if (address[0] != '\0')
    return MDTRACE_ERR_BAD_TARGET;
  return get_privileged_ports (host, NULL) == 0 ? MDTRACE_OK
						: MDTRACE_ERR_NOT_PRIVILEGED;
#endif
}

static int
mach_open (struct mdtrace_target *target, const char *address)
{
  struct mach_state *state = calloc (1, sizeof *state);

  if (state == NULL)
    return MDTRACE_ERR_SYSTEM;
  int error = get_host_port (address, &state->host);
  if (error != MDTRACE_OK)
    {
      free (state);
      return error;
    }
  target->state = state;
  return MDTRACE_OK;
}

const struct transport transport_mach = {
  .prefix = "mach:",
  .open = mach_open,
  .close = mach_close,
  .rpc = mach_rpc,
  .map_ring = mach_map_ring,
  .unmap_ring = mach_unmap_ring,
};
