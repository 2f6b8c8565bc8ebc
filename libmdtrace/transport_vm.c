/* The transport vm:DIR, to the guest of a virtual machine on this host.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The guest's memory is a file that is mapped here.  RPCs go through the
   mailbox in it, which the relay task in the guest serves; rings are read
   where they are.  Any number of processes may do so: a lock on a file keeps
   them apart in the mailbox.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "guest_memory.h"
#include "layout.h"
#include "now.h"

enum
{
  /* How often the guest's state is looked at while waiting.  */
  STATE_CHECK_MS = 100,
  /* The first looks for an answer follow each other without a pause; then
     pauses grow up to the longest.  */
  EAGER_NS = 200000,
  PAUSE_NS_MIN = 20000,
  PAUSE_NS_MAX = 1000000,
  LAST_LINES = 12
};

struct vm_state
{
  struct guest_memory memory;
  int lock; /* descriptor of mailbox.lock */
};

/* Fail with what is wrong with the guest, if anything is.  */
static int
check_guest (struct mdtrace_target *target)
{
  const struct vm_state *state = target->state;
  enum guest_state guest = guest_get_state (state->memory.directory);
  char tail[TARGET_DETAIL_BYTES - 100];

  if (guest == GUEST_RUNNING && guest_memory_is_current (&state->memory))
    return MDTRACE_OK;
  guest_console_tail (state->memory.directory, LAST_LINES, tail, sizeof tail);
  return target_fail (target,
		      guest == GUEST_STOPPED_IN_DEBUGGER
			  ? MDTRACE_ERR_GUEST_STOPPED
			  : MDTRACE_ERR_GUEST_DEAD,
		      "the last lines of its console are:\n%s", tail);
}

/* Wait until WORD has VALUE, or it is DEADLINE_NS.  */
static int
wait_for (struct mdtrace_target *target, const uint32_t *word, uint32_t value,
	  uint64_t deadline_ns)
{
  uint64_t start = now_ns (CLOCK_MONOTONIC);
  uint64_t next_check = start + STATE_CHECK_MS * UINT64_C (1000000);
  uint64_t pause = PAUSE_NS_MIN;

  while (__atomic_load_n (word, __ATOMIC_ACQUIRE) != value)
    {
      uint64_t now = now_ns (CLOCK_MONOTONIC);
      if (now >= next_check)
	{
	  int error = check_guest (target);
	  if (error != MDTRACE_OK)
	    return error;
	  next_check = now + STATE_CHECK_MS * UINT64_C (1000000);
	}
      if (now >= deadline_ns)
	return MDTRACE_ERR_TIMED_OUT;
      if (now - start < EAGER_NS)
	continue;
      struct timespec time = { .tv_nsec = pause };
      nanosleep (&time, NULL);
      if (pause < PAUSE_NS_MAX)
	pause += pause / 2;
    }
  return MDTRACE_OK;
}

/* What the kernel part shares; null, with an error in *ERROR, if it is not
   there.  */
static const struct mdtrace_shared *
find_shared (struct mdtrace_target *target, int *error)
{
  const struct vm_state *state = target->state;

  *error = check_guest (target);
  if (*error != MDTRACE_OK)
    return NULL;
  const struct mdtrace_shared *shared = guest_memory_shared (&state->memory);
  if (shared == NULL)
    *error = MDTRACE_ERR_NOT_TRACED;
  return shared;
}

/* Put the request MESSAGE into MAILBOX.  */
static int
put_request (struct mdtrace_mailbox *mailbox, const mach_msg_header_t *message,
	     unsigned word)
{
  mailbox->request_bytes = layout_put_request (message, mailbox->request,
					       sizeof mailbox->request, word);
  return mailbox->request_bytes != 0 ? MDTRACE_OK : MDTRACE_ERR_PROTOCOL;
}

/* Put the reply in MAILBOX into MESSAGE, of which it may take up to
   RECEIVE_BYTES bytes.  */
static int
take_reply (const struct mdtrace_mailbox *mailbox, mach_msg_header_t *message,
	    size_t receive_bytes, unsigned word)
{
  /* Each is loaded but once: the guest may change them at any time.  */
  size_t bytes = __atomic_load_n (&mailbox->reply_bytes, __ATOMIC_RELAXED);
  int status = __atomic_load_n (&mailbox->reply_status, __ATOMIC_RELAXED);
  uint8_t reply[MDTRACE_MESSAGE_BYTES_MAX];

  if (status != MDTRACE_OK)
    return status;
  if (bytes > sizeof reply)
    return MDTRACE_ERR_PROTOCOL;
  memcpy (reply, mailbox->reply, bytes);
  return layout_take_reply (reply, bytes, word, message, receive_bytes);
}

/* Have the mailbox for oneself, by DEADLINE_NS: one request after another. Who
   has it has a time-out of its own, but may be stopped, in a debugger say.  */
static int
take_mailbox (struct mdtrace_target *target, uint64_t deadline_ns)
{
  const struct vm_state *state = target->state;
  const struct timespec pause = { .tv_nsec = PAUSE_NS_MAX };

  while (flock (state->lock, LOCK_EX | LOCK_NB) != 0)
    {
      if (errno != EWOULDBLOCK && errno != EINTR)
	return target_fail (target, MDTRACE_ERR_SYSTEM, "mailbox.lock: %s",
			    strerror (errno));
      if (now_ns (CLOCK_MONOTONIC) >= deadline_ns)
	return target_fail (target, MDTRACE_ERR_TIMED_OUT,
			    "another process has a request under way all the "
			    "time; is one stopped that traces this guest?");
      nanosleep (&pause, NULL);
    }
  return MDTRACE_OK;
}

/* The mailbox, once the relay has mapped it; null if it cannot be there.  */
static struct mdtrace_mailbox *
find_mailbox (struct mdtrace_target *target,
	      const struct mdtrace_shared *shared, uint64_t deadline_ns,
	      int *error)
{
  const struct vm_state *state = target->state;
  const struct timespec pause = { .tv_nsec = PAUSE_NS_MAX };
  uint64_t address;

  *error = MDTRACE_OK;
  while ((address = __atomic_load_n (&shared->mailbox_address,
				     __ATOMIC_ACQUIRE))
	 == 0)
    {
      *error = now_ns (CLOCK_MONOTONIC) >= deadline_ns ? MDTRACE_ERR_TIMED_OUT
						       : check_guest (target);
      if (*error != MDTRACE_OK)
	return NULL;
      nanosleep (&pause, NULL);
    }
  return guest_memory_at (&state->memory, address,
			  sizeof (struct mdtrace_mailbox));
}

static int
vm_rpc (struct mdtrace_target *target, mach_msg_header_t *message,
	mach_msg_size_t receive_bytes)
{
  const struct vm_state *state = target->state;
  uint64_t deadline
      = now_ns (CLOCK_MONOTONIC) + target->timeout_ms * UINT64_C (1000000);
  int error;
  const struct mdtrace_shared *shared = find_shared (target, &error);

  if (shared == NULL)
    return error;
  struct mdtrace_mailbox *mailbox
      = find_mailbox (target, shared, deadline, &error);
  if (error != MDTRACE_OK)
    return error;
  unsigned word = __atomic_load_n (&shared->word_bytes, __ATOMIC_RELAXED);
  if (mailbox == NULL || (word != 4 && word != 8))
    return MDTRACE_ERR_PROTOCOL;

  error = take_mailbox (target, deadline);
  if (error != MDTRACE_OK)
    return error;
  /* Somebody may have died with a request under way.  */
  uint32_t sequence = mailbox->request_sequence;
  error = wait_for (target, &mailbox->reply_sequence, sequence, deadline);
  if (error == MDTRACE_OK)
    error = put_request (mailbox, message, word);
  if (error == MDTRACE_OK)
    {
      sequence++;
      __atomic_store_n (&mailbox->request_sequence, sequence,
			__ATOMIC_RELEASE);
      error = wait_for (target, &mailbox->reply_sequence, sequence, deadline);
    }
  if (error == MDTRACE_OK)
    error = take_reply (mailbox, message, receive_bytes, word);
  flock (state->lock, LOCK_UN);
  return error;
}

static int
vm_map_ring (struct mdtrace_target *target, unsigned cpu,
	     struct ring_memory *memory)
{
  const struct vm_state *state = target->state;
  int error;
  const struct mdtrace_shared *shared = find_shared (target, &error);

  if (shared == NULL)
    return error;
  return guest_memory_ring (&state->memory, shared, cpu, memory);
}

static void
vm_unmap_ring (struct mdtrace_target *target, const struct ring_memory *memory)
{
  (void) target;
  (void) memory;
}

static void
vm_close (struct mdtrace_target *target)
{
  struct vm_state *state = target->state;

  guest_memory_close (&state->memory);
  close (state->lock);
  free (state);
}

static int
vm_open (struct mdtrace_target *target, const char *address)
{
  struct vm_state *state = calloc (1, sizeof *state);
  char path[GUEST_PATH_BYTES];

  if (state == NULL)
    return MDTRACE_ERR_SYSTEM;
  int error = guest_memory_open (&state->memory, target, address, true);
  if (error != MDTRACE_OK)
    {
      free (state);
      return error;
    }
  guest_path (path, state->memory.directory, "mailbox.lock");
  state->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (state->lock < 0)
    {
      error = target_fail (target, MDTRACE_ERR_CANNOT_CONNECT, "%s: %s", path,
			   strerror (errno));
      guest_memory_close (&state->memory);
      free (state);
      return error;
    }
  target->state = state;
  return MDTRACE_OK;
}

const char *
mdtrace_target_directory (const struct mdtrace_target *target)
{
  const struct vm_state *state = target->state;

  return target->transport == &transport_vm ? state->memory.directory : NULL;
}

const struct transport transport_vm = {
  .prefix = "vm:",
  .open = vm_open,
  .close = vm_close,
  .rpc = vm_rpc,
  .map_ring = vm_map_ring,
  .unmap_ring = vm_unmap_ring,
};
