/* Mach messages in the layout of machines with another word.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The layouts are those of <mach/message.h> with and without __LP64__, which
   here are needed both at once.  Nothing in the message is trusted.  */

#include <config.h>

#include <mach/message.h>
#include <stdbool.h>
#include <string.h>

#include "layout.h"
#include "mdtrace_errors.h"

enum
{
  /* The header, in units of 32 bits, apart from its two ports, of a word
     each.  */
  HEADER_BITS = 0,
  HEADER_SIZE = 4,
  HEADER_PORTS = 8,
  HEADER_FIXED_BYTES = 16,

  /* In a description for words of 4 bytes.  */
  NARROW_NUMBER_SHIFT = 16,
  NARROW_INLINE = 28,
  NARROW_LONG_FORM = 29,
  NARROW_DEALLOCATE = 30,
  NARROW_SIZE_MAX = 0xff,
  NARROW_NUMBER_MAX = 0xfff,
  /* And for words of 8 bytes.  */
  WIDE_INLINE = 29,
  WIDE_LONG_FORM = 30,
  WIDE_DEALLOCATE = 31,
  /* In both.  */
  SIZE_SHIFT = 8,
  SIZE_MAX_BITS = 0xffff
};

/* What describes a piece of data.  */
struct description
{
  unsigned name;
  unsigned size; /* of an element, in bits */
  uint32_t number;
  bool is_inline, long_form, deallocate;
};

static uint32_t
get_32 (const uint8_t *from)
{
  uint32_t value;

  memcpy (&value, from, sizeof value);
  return value;
}

static void
put_32 (uint8_t *to, uint32_t value)
{
  memcpy (to, &value, sizeof value);
}

static size_t
header_bytes (unsigned word)
{
  return HEADER_FIXED_BYTES + 2 * word;
}

static size_t
description_bytes (const struct description *description, unsigned word)
{
  return word == 4 && description->long_form ? 12 : word;
}

/* Read the description at FROM, of which LEFT bytes are there.  False if it is
   not whole.  */
static bool
read_description (const uint8_t *from, size_t left, unsigned word,
		  struct description *description)
{
  if (left < word)
    return false;
  uint32_t bits = get_32 (from);
  description->name = bits & 0xff;
  if (word == 8)
    {
      description->size = bits >> SIZE_SHIFT & SIZE_MAX_BITS;
      description->number = get_32 (from + 4);
      description->is_inline = bits >> WIDE_INLINE & 1;
      description->long_form = bits >> WIDE_LONG_FORM & 1;
      description->deallocate = bits >> WIDE_DEALLOCATE & 1;
      return true;
    }
  description->size = bits >> SIZE_SHIFT & NARROW_SIZE_MAX;
  description->number = bits >> NARROW_NUMBER_SHIFT & NARROW_NUMBER_MAX;
  description->is_inline = bits >> NARROW_INLINE & 1;
  description->long_form = bits >> NARROW_LONG_FORM & 1;
  description->deallocate = bits >> NARROW_DEALLOCATE & 1;
  if (!description->long_form)
    return true;
  if (left < description_bytes (description, word))
    return false;
  bits = get_32 (from + 4);
  description->name = bits & 0xffff;
  description->size = bits >> 16;
  description->number = get_32 (from + 8);
  return true;
}

/* Write DESCRIPTION to TO, where there is room.  False if it cannot be said in
   this layout.  */
static bool
write_description (uint8_t *to, unsigned word,
		   const struct description *description)
{
  uint32_t bits = description->name | description->size << SIZE_SHIFT;

  if (word == 8)
    {
      put_32 (to, bits | 1U << WIDE_INLINE
		      | (uint32_t) description->long_form << WIDE_LONG_FORM);
      put_32 (to + 4, description->number);
      return true;
    }
  if (description->long_form)
    {
      put_32 (to, 1U << NARROW_INLINE | 1U << NARROW_LONG_FORM);
      put_32 (to + 4, description->name | description->size << 16);
      put_32 (to + 8, description->number);
      return true;
    }
  put_32 (to, bits | description->number << NARROW_NUMBER_SHIFT
		  | 1U << NARROW_INLINE);
  return description->size <= NARROW_SIZE_MAX
	 && description->number <= NARROW_NUMBER_MAX;
}

/* Whether DESCRIPTION is of plain data in the message.  */
static bool
is_plain (const struct description *description)
{
  return description->is_inline && !description->deallocate
	 && description->name <= 0xff
	 && !MACH_MSG_TYPE_PORT_ANY (description->name);
}

static size_t
round_up (size_t bytes, unsigned word)
{
  return (bytes + word - 1) & -(size_t) word;
}

size_t
layout_convert (const void *from, size_t from_bytes, unsigned from_word,
		void *to, size_t to_bytes, unsigned to_word)
{
  const uint8_t *source = from;
  uint8_t *target = to;
  size_t at = header_bytes (from_word);
  size_t used = header_bytes (to_word);

  if (from_bytes < at || to_bytes < used
      || (get_32 (source + HEADER_BITS) & MACH_MSGH_BITS_COMPLEX) != 0)
    return 0;
  memset (target, 0, used);
  put_32 (target + HEADER_BITS, get_32 (source + HEADER_BITS));
  /* The sequence number and the id are behind the ports.  */
  memcpy (target + HEADER_PORTS + 2 * to_word,
	  source + HEADER_PORTS + 2 * from_word, 8);

  while (at < from_bytes)
    {
      struct description description;
      if (!read_description (source + at, from_bytes - at, from_word,
			     &description)
	  || !is_plain (&description))
	return 0;
      at += description_bytes (&description, from_word);
      uint64_t bits = (uint64_t) description.size * description.number;
      if ((bits + 7) / 8 > from_bytes - at)
	return 0;
      size_t bytes = (bits + 7) / 8;

      size_t needed = description_bytes (&description, to_word)
		      + round_up (bytes, to_word);
      if (to_bytes - used < needed
	  || !write_description (target + used, to_word, &description))
	return 0;
      used += description_bytes (&description, to_word);
      memcpy (target + used, source + at, bytes);
      memset (target + used + bytes, 0, round_up (bytes, to_word) - bytes);
      used += round_up (bytes, to_word);
      /* What fills the last word may have been left out at the end.  */
      at += round_up (bytes, from_word);
    }
  put_32 (target + HEADER_SIZE, used);
  return used;
}

size_t
layout_put_request (const mach_msg_header_t *message, void *to,
		    size_t to_bytes, unsigned word)
{
  if (word != sizeof (uintptr_t))
    return layout_convert (message, message->msgh_size, sizeof (uintptr_t), to,
			   to_bytes, word);
  if (message->msgh_size > to_bytes)
    return 0;
  memcpy (to, message, message->msgh_size);
  return message->msgh_size;
}

int
layout_take_reply (const void *from, size_t from_bytes, unsigned word,
		   mach_msg_header_t *message, size_t receive_bytes)
{
  size_t bytes = from_bytes;

  if (word != sizeof (uintptr_t))
    bytes = layout_convert (from, from_bytes, word, message, receive_bytes,
			    sizeof (uintptr_t));
  else if (bytes <= receive_bytes)
    memcpy (message, from, bytes);
  if (bytes < sizeof *message || bytes > receive_bytes)
    return MDTRACE_ERR_PROTOCOL;
  message->msgh_size = bytes;
  return MDTRACE_OK;
}
