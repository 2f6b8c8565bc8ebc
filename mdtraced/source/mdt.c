/* Trace files, byte by byte.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "mdt.h"

/* A byte that is no text, the name, and the ends of lines, so that whoever
   changes those does not go unnoticed.  */
const uint8_t mdt_magic[MDT_MAGIC_BYTES]
    = { 0x89, 'M', 'D', 'T', '\r', '\n', 0x1a, '\n' };

static const uint8_t block_magic[4] = { 'M', 'D', 'T', 'B' };

/* What of an event is there, so that what is frequent fits in a byte.  */
enum
{
  HAS_THREAD = 1 << 0,
  HAS_SITE = 1 << 1,
  HAS_ARG0 = 1 << 2,
  HAS_ARG1 = 1 << 3,
  HAS_RETVAL = 1 << 4,
  HAS_DURATION = 1 << 5,
  HAS_STACK = 1 << 6,
  HAS_ARG2 = 1 << 7, /* and those behind it */
  HAS_ALL = (1 << 11) - 1
};

uint32_t
mdt_checksum (const uint8_t *data, size_t bytes)
{
  return crc32_z (crc32 (0, NULL, 0), data, bytes);
}

static void
put_u16 (uint8_t *to, uint16_t number)
{
  to[0] = number;
  to[1] = number >> 8;
}

static void
put_u32 (uint8_t *to, uint32_t number)
{
  put_u16 (to, number);
  put_u16 (to + 2, number >> 16);
}

static void
put_u64 (uint8_t *to, uint64_t number)
{
  put_u32 (to, number);
  put_u32 (to + 4, number >> 32);
}

static uint16_t
get_u16 (const uint8_t *from)
{
  return from[0] | from[1] << 8;
}

static uint32_t
get_u32 (const uint8_t *from)
{
  return get_u16 (from) | (uint32_t) get_u16 (from + 2) << 16;
}

static uint64_t
get_u64 (const uint8_t *from)
{
  return get_u32 (from) | (uint64_t) get_u32 (from + 4) << 32;
}

void
mdt_put_header (uint8_t *to, uint32_t database_version)
{
  memcpy (to, mdt_magic, MDT_MAGIC_BYTES);
  put_u32 (to + 8, MDT_VERSION);
  put_u32 (to + 12, database_version);
  put_u32 (to + 16, 0);
  put_u32 (to + 20, mdt_checksum (to, 20));
}

bool
mdt_get_header (const uint8_t *from, uint32_t *version,
		uint32_t *database_version)
{
  *version = get_u32 (from + 8);
  *database_version = get_u32 (from + 12);
  return memcmp (from, mdt_magic, MDT_MAGIC_BYTES) == 0
	 && get_u32 (from + 20) == mdt_checksum (from, 20);
}

void
mdt_put_block (uint8_t *to, const struct mdt_block *block)
{
  memcpy (to, block_magic, sizeof block_magic);
  to[4] = block->type;
  to[5] = block->flags;
  put_u16 (to + 6, block->table);
  put_u32 (to + 8, block->bytes);
  put_u32 (to + 12, block->count);
  put_u64 (to + 16, (uint64_t) block->first_ns);
  put_u64 (to + 24, (uint64_t) block->last_ns);
  put_u32 (to + 32, block->checksum);
  put_u32 (to + 36, mdt_checksum (to, 36));
}

bool
mdt_get_block (const uint8_t *from, struct mdt_block *block)
{
  block->type = from[4];
  block->flags = from[5];
  block->table = get_u16 (from + 6);
  block->bytes = get_u32 (from + 8);
  block->count = get_u32 (from + 12);
  block->first_ns = (int64_t) get_u64 (from + 16);
  block->last_ns = (int64_t) get_u64 (from + 24);
  block->checksum = get_u32 (from + 32);
  return memcmp (from, block_magic, sizeof block_magic) == 0
	 && get_u32 (from + 36) == mdt_checksum (from, 36);
}

bool
mdt_reserve (struct mdt_buffer *buffer, size_t bytes)
{
  if (buffer->size - buffer->used >= bytes)
    return true;
  size_t size = 2 * buffer->size + bytes;
  uint8_t *data = realloc (buffer->data, size);
  if (data == NULL)
    return false;
  buffer->data = data;
  buffer->size = size;
  return true;
}

/* Numbers in groups of seven bits, the lowest first; the highest bit of a byte
   says that another follows.  Of the tenth only the lowest bit counts.  */
static inline uint8_t *
put_varint (uint8_t *to, uint64_t number)
{
  for (; number >= 0x80; number >>= 7)
    *to++ = number | 0x80;
  *to++ = number;
  return to;
}

static inline const uint8_t *
get_varint (const uint8_t *from, uint64_t *number)
{
  uint64_t result = *from & 0x7f;

  for (unsigned shift = 7; *from & 0x80 && shift < 70; shift += 7)
    result |= (uint64_t) (*++from & 0x7f) << shift;
  *number = result;
  return from + 1;
}

/* Signed numbers, so that small ones are short: 0, -1, 1, -2 …  */
static inline uint64_t
fold (int64_t number)
{
  return (uint64_t) number << 1 ^ (number < 0 ? UINT64_MAX : 0);
}

static inline int64_t
unfold (uint64_t number)
{
  return (int64_t) (number >> 1 ^ (number & 1 ? UINT64_MAX : 0));
}

bool
mdt_put_number (struct mdt_buffer *buffer, uint64_t number)
{
  if (!mdt_reserve (buffer, MDT_VARINT_BYTES_MAX))
    return false;
  buffer->used
      = put_varint (buffer->data + buffer->used, number) - buffer->data;
  return true;
}

bool
mdt_get_number (struct mdt_cursor *cursor, uint64_t *number)
{
  const uint8_t *at = cursor->at;
  const uint8_t *last = cursor->end - at > MDT_VARINT_BYTES_MAX
			    ? at + MDT_VARINT_BYTES_MAX - 1
			    : cursor->end - 1;

  /* It must end before the cursor does, or be as long as can be.  */
  while (at < last && *at & 0x80)
    at++;
  if (at > last || (*at & 0x80 && at - cursor->at != MDT_VARINT_BYTES_MAX - 1))
    return false;
  cursor->at = get_varint (cursor->at, number);
  return true;
}

bool
mdt_put_value (struct mdt_buffer *buffer, const struct mdt_value *value)
{
  uint64_t bits;

  if (value->size > MDT_PAYLOAD_MAX
      || !mdt_reserve (buffer, 2 * MDT_VARINT_BYTES_MAX + value->size))
    return false;
  uint8_t *to = buffer->data + buffer->used;
  switch (value->kind)
    {
    case MDT_NULL:
      to = put_varint (to, 0);
      break;
    case MDT_INTEGER:
      to = put_varint (to, 1);
      to = put_varint (to, fold (value->integer));
      break;
    case MDT_REAL:
      to = put_varint (to, 2);
      memcpy (&bits, &value->real, sizeof bits);
      put_u64 (to, bits);
      to += sizeof bits;
      break;
    case MDT_TEXT:
    case MDT_BLOB:
      to = put_varint (to, 4 + 2 * (uint64_t) value->size
			       + (value->kind == MDT_BLOB));
      if (value->size > 0)
	memcpy (to, value->bytes, value->size);
      to += value->size;
      break;
    }
  buffer->used = to - buffer->data;
  return true;
}

bool
mdt_get_value (struct mdt_cursor *cursor, struct mdt_value *value)
{
  uint64_t kind, number;

  memset (value, 0, sizeof *value);
  if (!mdt_get_number (cursor, &kind))
    return false;
  switch (kind)
    {
    case 0:
      value->kind = MDT_NULL;
      return true;
    case 1:
      value->kind = MDT_INTEGER;
      if (!mdt_get_number (cursor, &number))
	return false;
      value->integer = unfold (number);
      return true;
    case 2:
      value->kind = MDT_REAL;
      if ((size_t) (cursor->end - cursor->at) < sizeof number)
	return false;
      number = get_u64 (cursor->at);
      memcpy (&value->real, &number, sizeof number);
      cursor->at += sizeof number;
      return true;
    case 3:
      return false;
    default:
      value->kind = kind % 2 == 0 ? MDT_TEXT : MDT_BLOB;
      number = (kind - 4) / 2;
      if (number > (uint64_t) (cursor->end - cursor->at))
	return false;
      value->bytes = cursor->at;
      value->size = number;
      cursor->at += number;
      return true;
    }
}

bool
mdt_put_end (struct mdt_buffer *buffer, const struct mdt_end *end)
{
  return mdt_put_number (buffer, end->events)
	 && mdt_put_number (buffer, end->bytes)
	 && mdt_put_number (buffer, end->dropped)
	 && mdt_put_number (buffer, end->throttled)
	 && mdt_put_number (buffer, end->missed);
}

bool
mdt_get_end (struct mdt_cursor *cursor, struct mdt_end *end)
{
  return mdt_get_number (cursor, &end->events)
	 && mdt_get_number (cursor, &end->bytes)
	 && mdt_get_number (cursor, &end->dropped)
	 && mdt_get_number (cursor, &end->throttled)
	 && mdt_get_number (cursor, &end->missed);
}

static uint32_t
mask_of (const struct stored_event *event)
{
  uint32_t known = event->known / STORED_ARG0;
  uint32_t arguments = known & ((1 << MDTRACE_ARGUMENTS_MAX) - 1);

  return (event->thread_key != 0 ? HAS_THREAD : 0)
	 | (event->site_key != 0 ? HAS_SITE : 0)
	 | (event->stack_id != 0 ? HAS_STACK : 0)
	 | (event->known & STORED_RETVAL ? HAS_RETVAL : 0)
	 | (event->known & STORED_DURATION ? HAS_DURATION : 0)
	 | (arguments & 3) * HAS_ARG0 | (arguments >> 2) * HAS_ARG2;
}

bool
mdt_put_event (struct mdt_buffer *buffer, int64_t previous_ns,
	       const struct stored_event *event)
{
  uint32_t mask = mask_of (event);

  if (!mdt_reserve (buffer, MDT_EVENT_BYTES_MAX))
    return false;
  uint8_t *to = buffer->data + buffer->used;
  to = put_varint (to, fold ((int64_t) ((uint64_t) event->time_ns
					- (uint64_t) previous_ns)));
  to = put_varint (to, mask);
  to = put_varint (to, (uint64_t) event->probe_key);
  to = put_varint (to, event->cpu);
  if (mask & HAS_THREAD)
    to = put_varint (to, (uint64_t) event->thread_key);
  if (mask & HAS_SITE)
    to = put_varint (to, (uint64_t) event->site_key);
  if (mask & HAS_STACK)
    to = put_varint (to, (uint64_t) event->stack_id);
  if (mask & HAS_RETVAL)
    to = put_varint (to, fold (event->retval));
  if (mask & HAS_DURATION)
    to = put_varint (to, fold (event->duration_ns));
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    if (event->known & (uint32_t) STORED_ARG0 << i)
      to = put_varint (to, fold (event->arguments[i]));
  buffer->used = to - buffer->data;
  return true;
}

bool
mdt_get_event (struct mdt_cursor *cursor, int64_t previous_ns,
	       struct stored_event *event)
{
  const uint8_t *at = cursor->at;
  uint64_t number, mask;

  if (at >= cursor->end)
    return false;
  at = get_varint (at, &number);
  event->time_ns
      = (int64_t) ((uint64_t) previous_ns + (uint64_t) unfold (number));
  at = get_varint (at, &mask);
  if (mask > HAS_ALL)
    return false;
  at = get_varint (at, &number);
  event->probe_key = (int64_t) number;
  at = get_varint (at, &number);
  event->cpu = number;
  event->thread_key = event->site_key = event->stack_id = 0;
  event->known = 0;
  if (mask & HAS_THREAD)
    {
      at = get_varint (at, &number);
      event->thread_key = (int64_t) number;
    }
  if (mask & HAS_SITE)
    {
      at = get_varint (at, &number);
      event->site_key = (int64_t) number;
    }
  if (mask & HAS_STACK)
    {
      at = get_varint (at, &number);
      event->stack_id = (int64_t) number;
    }
  event->retval = event->duration_ns = 0;
  if (mask & HAS_RETVAL)
    {
      at = get_varint (at, &number);
      event->known |= STORED_RETVAL;
      event->retval = unfold (number);
    }
  if (mask & HAS_DURATION)
    {
      at = get_varint (at, &number);
      event->known |= STORED_DURATION;
      event->duration_ns = unfold (number);
    }
  uint32_t arguments = (mask / HAS_ARG0 & 3) | mask / HAS_ARG2 << 2;
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      event->arguments[i] = 0;
      if ((arguments & 1 << i) == 0)
	continue;
      at = get_varint (at, &number);
      event->known |= (uint32_t) STORED_ARG0 << i;
      event->arguments[i] = unfold (number);
    }
  if (at > cursor->end)
    return false;
  cursor->at = at;
  return true;
}
