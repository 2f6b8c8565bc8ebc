/* A host that puts anything into the mailbox of its guest.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

     bad-mailbox DIR ROUNDS

   The guest of DIR must have answered a request before: that is what most of
   the others are made of.  In each round a request is put into the mailbox,
   and changes while the relay looks at it.  It prints how many were answered,
   and fails if one is not, be it by a refusal.  */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "guest_memory.h"
#include "mdtrace_ids.h"
#include "now.h"

enum
{
  ANSWER_MS_MAX = 20000,
  /* Of a header, whatever the machine's word is: where its size and id are;
     those of 64 bits lie 8 bytes behind those of 32.  */
  ID_OFFSET_32 = 20,
  ID_OFFSET_64 = 28
};

static struct mdtrace_mailbox *mailbox;
static unsigned word_bytes;
static uint8_t good[MDTRACE_MESSAGE_BYTES_MAX];
static size_t good_bytes;
static uint64_t seed = 1;

static void
fail (const char *what)
{
  fprintf (stderr, "bad-mailbox: %s\n", what);
  exit (1);
}

/* What target.c has for the library.  */
int
target_fail (struct mdtrace_target *target, int error, const char *format, ...)
{
  (void) target;
  (void) format;
  return error;
}

/* splitmix64, by Sebastiano Vigna.  */
static uint64_t
random_number (void)
{
  uint64_t z = seed += UINT64_C (0x9e3779b97f4a7c15);

  z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
  return z ^ z >> 31;
}

static uint64_t
below (uint64_t limit)
{
  return random_number () % limit;
}

static void
set_bytes (uint32_t bytes)
{
  __atomic_store_n (&mailbox->request_bytes, bytes, __ATOMIC_RELAXED);
}

/* The id of the request in the mailbox.  */
static void
set_id (uint32_t id)
{
  memcpy (mailbox->request + (word_bytes == 4 ? ID_OFFSET_32 : ID_OFFSET_64),
	  &id, sizeof id);
}

/* The id of a request: most are some that the relay lets pass.  */
static uint32_t
any_id (void)
{
  return MDTRACE_SUBSYSTEM + below (120);
}

static void
put_anything (void)
{
  size_t bytes = below (3) == 0 ? MDTRACE_MESSAGE_BYTES_MAX : 64 + below (512);

  switch (below (4))
    {
    case 0: /* rubbish */
      for (size_t i = 0; i < sizeof mailbox->request; i++)
	mailbox->request[i] = random_number ();
      break;
    case 1: /* rubbish that the relay lets pass */
      for (size_t i = 0; i < sizeof mailbox->request; i++)
	mailbox->request[i] = random_number ();
      set_id (any_id ());
      break;
    case 2: /* another request with the same arguments */
      memcpy (mailbox->request, good, good_bytes);
      set_id (any_id ());
      bytes = good_bytes;
      break;
    default: /* the same with some bits turned */
      memcpy (mailbox->request, good, good_bytes);
      for (uint64_t n = 1 + below (8); n > 0; n--)
	mailbox->request[below (good_bytes)] ^= 1 << below (8);
      bytes = good_bytes;
      break;
    }
  set_bytes (below (8) == 0   ? random_number ()
	     : below (8) == 0 ? below (64)
			      : bytes);
}

/* Let the relay look at what is there, and change it meanwhile.  */
static void
send_and_change (void)
{
  uint32_t sequence = mailbox->request_sequence + 1;
  uint64_t deadline = now_ms () + ANSWER_MS_MAX;
  bool changes = below (2) == 0;

  __atomic_store_n (&mailbox->request_sequence, sequence, __ATOMIC_RELEASE);
  while (__atomic_load_n (&mailbox->reply_sequence, __ATOMIC_ACQUIRE)
	 != sequence)
    {
      if (now_ms () > deadline)
	fail ("the relay does not answer any more");
      if (!changes)
	continue;
      set_bytes (random_number ());
      mailbox->request[below (64)] = random_number ();
      __atomic_store_n (&mailbox->relay_alive, random_number (),
			__ATOMIC_RELAXED);
    }
  if (__atomic_load_n (&mailbox->reply_status, __ATOMIC_RELAXED) == 0
      && mailbox->reply_bytes > sizeof mailbox->reply)
    fail ("a reply is longer than there is room");
}

int
main (int argc, char **argv)
{
  static struct guest_memory memory;
  struct mdtrace_target target = { 0 };
  char path[GUEST_PATH_BYTES];
  unsigned answered = 0, performed = 0;

  if (argc != 3)
    fail ("takes two arguments, DIR ROUNDS");
  if (guest_memory_open (&memory, &target, argv[1], true) != MDTRACE_OK)
    fail ("the guest's memory cannot be reached");
  const struct mdtrace_shared *shared = guest_memory_shared (&memory);
  if (shared == NULL)
    fail ("the guest has no mdtrace");
  word_bytes = shared->word_bytes;
  mailbox
      = guest_memory_at (&memory, shared->mailbox_address, sizeof *mailbox);
  if (mailbox == NULL || mailbox->request_bytes < 24
      || mailbox->request_bytes > sizeof good)
    fail ("there was no request yet");
  guest_path (path, argv[1], "mailbox.lock");
  int lock = open (path, O_RDWR | O_CLOEXEC);
  if (lock < 0 || flock (lock, LOCK_EX) != 0)
    fail (strerror (errno));
  good_bytes = mailbox->request_bytes;
  memcpy (good, mailbox->request, good_bytes);

  for (unsigned rounds = strtoul (argv[2], NULL, 10); rounds > 0; rounds--)
    {
      put_anything ();
      send_and_change ();
      answered++;
      performed += mailbox->reply_status == 0;
    }
  /* What is good is as good as before.  */
  memcpy (mailbox->request, good, good_bytes);
  set_bytes (good_bytes);
  __atomic_store_n (&mailbox->request_sequence, mailbox->request_sequence + 1,
		    __ATOMIC_RELEASE);
  uint64_t deadline = now_ms () + ANSWER_MS_MAX;
  while (__atomic_load_n (&mailbox->reply_sequence, __ATOMIC_ACQUIRE)
	 != mailbox->request_sequence)
    if (now_ms () > deadline)
      fail ("the relay does not answer a good request any more");
  if (mailbox->reply_status != 0)
    fail ("a good request is refused");
  printf ("%u answered, of which the kernel %s\n", answered,
	  performed > 0 ? "some" : "none");
  return 0;
}
