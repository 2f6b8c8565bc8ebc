/* Messages of words of 4 and 8 bytes, put together by hand.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_MESSAGES_H
#define UNIT_MESSAGES_H

#include "layout.h"
#include "tap.h"

enum
{
  MESSAGE_WORDS_MAX = 4096,
  MESSAGE_NARROW_HEADER = 24,
  MESSAGE_WIDE_HEADER = 32,
  MESSAGE_INT_32 = 2,
  MESSAGE_BYTE = 9,
  MESSAGE_INT_64 = 11
};

/* A message in words of 32 bits, as it lies in memory.  */
struct message
{
  uint32_t words[MESSAGE_WORDS_MAX];
  unsigned count;
};

static inline void
message_add (struct message *message, uint32_t word)
{
  CHECK (message->count < MESSAGE_WORDS_MAX);
  message->words[message->count++] = word;
}

static inline size_t
message_bytes (const struct message *message)
{
  return 4 * message->count;
}

/* Begin a message for words of WORD bytes; ports are not null.  */
static inline void
message_begin (struct message *message, unsigned word)
{
  message->count = 0;
  message_add (message, 0x1513);
  message_add (message, 0); /* its size: nobody looks */
  for (unsigned i = 0; i < 2 * word / 4; i++)
    message_add (message, 0x1000 + i);
  message_add (message, 0);
  message_add (message, 4605);
}

/* Describe NUMBER elements of SIZE bits.  */
static inline void
message_describe (struct message *message, unsigned word, bool long_form,
		  unsigned name, unsigned size, uint32_t number)
{
  if (word == 8)
    {
      message_add (message,
		   name | size << 8 | 1U << 29 | (uint32_t) long_form << 30);
      message_add (message, number);
    }
  else if (long_form)
    {
      message_add (message, 1U << 28 | 1U << 29);
      message_add (message, name | size << 16);
      message_add (message, number);
    }
  else
    message_add (message, name | size << 8 | number << 16 | 1U << 28);
}

/* BYTES bytes of data, numbered from FIRST on, and what fills them up.  */
static inline void
message_fill (struct message *message, unsigned word, size_t bytes,
	      unsigned first)
{
  size_t all = (bytes + word - 1) / word * word;
  uint8_t *to = (uint8_t *) &message->words[message->count];

  CHECK (message->count + all / 4 <= MESSAGE_WORDS_MAX);
  for (size_t i = 0; i < all; i++)
    to[i] = i < bytes ? first + i : 0;
  message->count += all / 4;
}

static inline void
message_add_data (struct message *message, unsigned word, bool long_form,
		  unsigned name, unsigned size, uint32_t number)
{
  message_describe (message, word, long_form, name, size, number);
  message_fill (message, word, (size_t) size / 8 * number, number);
}

#endif /* UNIT_MESSAGES_H */
