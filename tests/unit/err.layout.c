/* Messages that cannot be laid out for another machine.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "messages.h"

static struct message message;

/* Convert the first BYTES bytes of MESSAGE, for words of WORD bytes, in memory
   that ends with them, into memory that ends after ROOM bytes.  */
static size_t
convert (unsigned word, size_t bytes, size_t room)
{
  uint8_t *from = malloc (bytes);
  uint8_t *to = malloc (room);

  CHECK (from != NULL && to != NULL);
  memcpy (from, message.words, bytes);
  size_t result = layout_convert (from, bytes, word, to, room, 12 - word);
  CHECK (result <= room);
  free (from);
  free (to);
  return result;
}

static void
refuse (unsigned word)
{
  CHECK_NUMBER (convert (word, message_bytes (&message), 65536), 0);
}

static void
make_good (unsigned word)
{
  message_begin (&message, word);
  message_add_data (&message, word, false, MESSAGE_INT_32, 32, 1);
  message_add_data (&message, word, true, MESSAGE_BYTE, 8, 100);
  message_add_data (&message, word, false, MESSAGE_INT_64, 64, 3);
}

/* Only where a piece of data ends, or what fills it up, may a message end.  */
static void
refuses_what_is_cut_off (void)
{
  for (unsigned word = 4; word <= 8; word += 4)
    {
      unsigned good = 0;
      make_good (word);
      size_t whole = message_bytes (&message);
      CHECK (convert (word, whole, 65536) != 0);
      for (size_t bytes = 0; bytes < whole; bytes++)
	good += convert (word, bytes, 65536) != 0;
      /* Behind the header and each of two pieces, and in the filling: of four
	 bytes behind both where words have eight.  */
      CHECK_NUMBER (good, word == 4 ? 3 : 3 + 4 + 4);
    }
}

static void
refuses_what_has_no_room (void)
{
  for (unsigned word = 4; word <= 8; word += 4)
    {
      make_good (word);
      size_t whole = message_bytes (&message);
      size_t needed = convert (word, whole, 65536);
      CHECK (needed != 0);
      CHECK_NUMBER (convert (word, whole, needed), needed);
      for (size_t room = 0; room < needed; room++)
	CHECK_NUMBER (convert (word, whole, room), 0);
    }
}

static void
refuses_more_than_data (void)
{
  for (unsigned word = 4; word <= 8; word += 4)
    {
      unsigned bits = word == 8 ? 29 : 28;

      make_good (word);
      message.words[0] |= 0x80000000; /* MACH_MSGH_BITS_COMPLEX */
      refuse (word);
      unsigned at
	  = (word == 8 ? MESSAGE_WIDE_HEADER : MESSAGE_NARROW_HEADER) / 4;
      make_good (word);
      message.words[at] &= ~(1U << bits); /* not in the message */
      refuse (word);
      make_good (word);
      message.words[at] |= 4U << bits; /* to be deallocated */
      refuse (word);
      for (unsigned name = 16; name <= 21; name++)
	{
	  message_begin (&message, word);
	  message_add_data (&message, word, false, name, 8 * word, 1);
	  refuse (word);
	  message_begin (&message, word);
	  message_add_data (&message, word, true, name, 8 * word, 1);
	  refuse (word);
	}
    }
}

/* What the short form on a machine with 32 bits cannot say.  */
static void
refuses_too_large_numbers (void)
{
  message_begin (&message, 8);
  message_add_data (&message, 8, false, MESSAGE_BYTE, 8, 4095);
  CHECK (convert (8, message_bytes (&message), 65536) != 0);
  message_begin (&message, 8);
  message_add_data (&message, 8, false, MESSAGE_BYTE, 8, 4096);
  refuse (8);
  message_begin (&message, 8);
  message_add_data (&message, 8, false, MESSAGE_BYTE, 256, 1);
  refuse (8);
}

/* So much data that its size does not fit into 32 bits.  */
static void
refuses_sizes_that_overflow (void)
{
  for (unsigned word = 4; word <= 8; word += 4)
    {
      message_begin (&message, word);
      message_describe (&message, word, true, MESSAGE_BYTE, 64, 0x20000000);
      message_fill (&message, word, 64, 0);
      refuse (word);
      message_begin (&message, word);
      message_describe (&message, word, true, MESSAGE_BYTE, 0xffff,
			0xffffffff);
      message_fill (&message, word, 64, 0);
      refuse (word);
    }
}

/* Whatever stands there, nothing is read or written elsewhere: sanitizers
   would say so.  */
static void
survives_anything (void)
{
  uint64_t seed = 1;
  unsigned good = 0;

  for (unsigned i = 0; i < 200000; i++)
    {
      unsigned word = tap_below (&seed, 2) ? 8 : 4;
      size_t bytes;
      make_good (word);
      bytes = message_bytes (&message);
      for (unsigned changes = 1 + tap_below (&seed, 4); changes > 0; changes--)
	((uint8_t *) message.words)[tap_below (&seed, bytes)]
	    ^= 1 << tap_below (&seed, 8);
      good += convert (word, tap_below (&seed, bytes + 1),
		       tap_below (&seed, 400))
	      != 0;
    }
  CHECK (good > 0);
}

TAP_MAIN ({ refuses_what_is_cut_off, "a message that is cut off" },
	  { refuses_what_has_no_room, "too little room" },
	  { refuses_more_than_data, "port rights and memory elsewhere" },
	  { refuses_too_large_numbers,
	    "numbers too large for the short form" },
	  { refuses_sizes_that_overflow, "sizes that overflow" },
	  { survives_anything, "anything at all" })
