/* The link: a reliable stream of bytes over a serial line.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Numbers of cells are taken modulo 256, and are indices into the windows
   modulo LINK_WINDOW.

   out_sent <= out_count <= LINK_WINDOW, in_next - in_first <= LINK_WINDOW.  */

#include <config.h>

#include <string.h>

#include "frame.h"
#include "link.h"

enum
{
  /* An answer to what has come goes out with the next data; or when so many
     cells have come, or after that time.  */
  ANSWER_CELLS = 8,
  ANSWER_MS = 20,
  /* At once where cells are missing, but no more often than that.  */
  ANSWER_GAP_MS = 5,
  /* How long the other side's answers take before that is known, and between
     what limits it is waited for them.  */
  FIRST_ANSWER_MS = 100,
  WAIT_MS_MIN = 50,
  WAIT_MS_MAX = 2000,
  IN_VAIN_MAX = 2,
  /* Sent again at once when no answer has come.  */
  AGAIN_CELLS = 3,
  /* What was sent again, for the line is a bad one, is sent so many times
     more, after so long, where there is nothing else to be sent anyway.  */
  SPARE_TIMES = 3,
  SPARE_MS = 15,
  /* In what is checked: the session and the side, before the cell.  */
  PREFIX_BYTES = 5,
  BEGIN_BYTES = 5,
  BEGUN_BYTES = 6,
  LENGTH_MASK = 0x3f,
  KIND_SHIFT = 6
};

_Static_assert((int) LINK_DATA_BYTES <= (int) LENGTH_MASK,
	       "a length has six bits");
_Static_assert(LINK_WINDOW % 8 == 0 && LINK_WINDOW / 8 <= LINK_DATA_BYTES,
	       "the bits of a window fit into an ACK");

static void
put_32 (uint8_t *to, uint32_t value)
{
  for (int i = 0; i < 4; i++)
    to[i] = value >> 8 * i;
}

static uint32_t
get_32 (const uint8_t *from)
{
  return from[0] | from[1] << 8 | from[2] << 16 | (uint32_t) from[3] << 24;
}

static struct link_out *
out_cell (struct link *link, unsigned index)
{
  return &link->out[(uint8_t) (link->out_first + index) % LINK_WINDOW];
}

/* Forget what was under way.  */
static void
reset (struct link *link, uint32_t session, uint64_t now_ms)
{
  link->open = false;
  link->session = session;
  link->heard_ms = now_ms;
  link->begin_at_ms = LINK_NEVER;
  link->begun_due = false;
  link->out_first = 0;
  link->out_count = link->out_sent = 0;
  link->order = link->there_order = 0;
  link->again_at_ms = LINK_NEVER;
  link->in_vain = link->spare_times = 0;
  link->answer_ms = FIRST_ANSWER_MS;
  link->spread_ms = FIRST_ANSWER_MS / 2;
  memset (link->in, 0, sizeof link->in);
  link->in_first = link->in_next = 0;
  link->taken = 0;
  link->unanswered = 0;
  link->answer_at_ms = LINK_NEVER;
  link->answered_ms = now_ms;
}

void
link_initialize (struct link *link, enum link_side side, unsigned word_bytes)
{
  memset (link, 0, sizeof *link);
  link->side = side;
  link->word_bytes = word_bytes;
  reset (link, 0, 0);
}

void
link_begin (struct link *link, uint32_t session, uint64_t now_ms)
{
  reset (link, session, now_ms);
  link->begin_at_ms = now_ms;
}

/* How long an answer is waited for.  */
static unsigned
wait_ms (const struct link *link)
{
  unsigned wait = (link->answer_ms + 3 * link->spread_ms) << link->in_vain;

  return wait < WAIT_MS_MIN   ? WAIT_MS_MIN
	 : wait > WAIT_MS_MAX ? WAIT_MS_MAX
			      : wait;
}

/* Learn that an answer took MS.  */
static void
learn_answer (struct link *link, uint64_t ms)
{
  unsigned took = ms < WAIT_MS_MAX ? ms : WAIT_MS_MAX;
  unsigned off = took > link->answer_ms ? took - link->answer_ms
					: link->answer_ms - took;

  link->spread_ms = (3 * link->spread_ms + off) / 4;
  link->answer_ms = (7 * link->answer_ms + took) / 8;
}

/* Whether something was sent that the other side is not known to have.  */
static bool
is_waiting (struct link *link)
{
  for (unsigned i = 0; i < link->out_sent; i++)
    if (out_cell (link, i)->state != LINK_THERE)
      return true;
  return false;
}

/* The other side has CELL.  */
static void
arrived (struct link *link, struct link_out *cell, uint64_t now_ms)
{
  uint64_t took = now_ms - cell->sent_ms;

  if (cell->state == LINK_THERE)
    return;
  cell->state = LINK_THERE;
  if (cell->times == 1)
    learn_answer (link, took);
  /* Of one that was sent again it may be an earlier sending, if the answer
     comes sooner than it can.  */
  if ((cell->times == 1 || took >= link->answer_ms / 2)
      && (int32_t) (cell->order - link->there_order) > 0)
    link->there_order = cell->order;
}

/* The other side has all cells before NEXT, and of those behind it the ones
   whose bits are set in COUNT bytes at BITS.  */
static void
take_answer (struct link *link, uint8_t next, const uint8_t *bits,
	     unsigned count, uint64_t now_ms)
{
  unsigned before = (uint8_t) (next - link->out_first);
  uint32_t order = link->there_order;
  bool progress = before > 0;

  /* Nothing of this session would say that.  */
  if (before > link->out_sent)
    return;
  for (unsigned i = 0; i < before; i++)
    arrived (link, out_cell (link, i), now_ms);
  link->out_first += before;
  link->out_count -= before;
  link->out_sent -= before;
  for (unsigned i = 0; i < 8 * count && i + 1 < link->out_sent; i++)
    if ((bits[i / 8] >> i % 8 & 1) != 0)
      {
	progress |= out_cell (link, i + 1)->state != LINK_THERE;
	arrived (link, out_cell (link, i + 1), now_ms);
      }
  if (link->there_order != order)
    for (unsigned i = 0; i < link->out_sent; i++)
      {
	struct link_out *cell = out_cell (link, i);
	if (cell->state == LINK_SENT
	    && (int32_t) (cell->order - link->there_order) < 0)
	  cell->state = LINK_LOST;
      }
  if (progress)
    link->in_vain = link->spare_times = 0;
  if (!is_waiting (link))
    link->again_at_ms = LINK_NEVER;
  else if (progress || link->again_at_ms == LINK_NEVER)
    link->again_at_ms = now_ms + wait_ms (link);
}

/* An answer is due at AT_MS at the latest.  */
static void
answer_by (struct link *link, uint64_t at_ms)
{
  if (at_ms < link->answer_at_ms)
    link->answer_at_ms = at_ms;
}

static void
take_data (struct link *link, uint8_t number, const uint8_t *data,
	   unsigned bytes, uint64_t now_ms)
{
  struct link_in *cell = &link->in[number % LINK_WINDOW];
  bool in_order = number == link->in_next;
  bool is_new
      = (uint8_t) (number - link->in_first) < LINK_WINDOW && !cell->there;

  link->unanswered++;
  if (!is_new || !in_order)
    answer_by (link, link->answered_ms + ANSWER_GAP_MS);
  else
    answer_by (link,
	       link->unanswered < ANSWER_CELLS ? now_ms + ANSWER_MS : now_ms);
  if (!is_new)
    return;
  cell->there = true;
  cell->bytes = bytes;
  memcpy (cell->data, data, bytes);
  while ((uint8_t) (link->in_next - link->in_first) < LINK_WINDOW
	 && link->in[link->in_next % LINK_WINDOW].there)
    link->in_next++;
}

static void
take_begin (struct link *link, const uint8_t *data, unsigned bytes,
	    uint64_t now_ms)
{
  if (link->side != LINK_RELAY || bytes != BEGIN_BYTES
      || data[4] != LINK_VERSION)
    return;
  if (!link->open || link->session != get_32 (data))
    {
      reset (link, get_32 (data), now_ms);
      link->open = true;
      link->sessions++;
    }
  link->begun_due = true;
}

static void
take_begun (struct link *link, const uint8_t *data, unsigned bytes)
{
  if (link->side != LINK_HOST || link->open || link->begin_at_ms == LINK_NEVER
      || bytes != BEGUN_BYTES || get_32 (data) != link->session
      || data[4] != LINK_VERSION || (data[5] != 4 && data[5] != 8))
    return;
  link->open = true;
  link->sessions++;
  link->word_bytes = data[5];
  link->begin_at_ms = LINK_NEVER;
}

/* The checksum of COUNT bytes of a cell, in SESSION, sent by SIDE.  */
static uint32_t
checksum (uint32_t session, enum link_side side, const uint8_t *cell,
	  unsigned count)
{
  uint8_t bytes[PREFIX_BYTES + LINK_CELL_BYTES];

  put_32 (bytes, session);
  bytes[4] = side == LINK_HOST ? 'h' : 'r';
  memcpy (bytes + PREFIX_BYTES, cell, count);
  return frame_checksum (bytes, PREFIX_BYTES + count);
}

/* Look at what has come between two delimiters.  */
static void
take_cell (struct link *link, uint64_t now_ms)
{
  const uint8_t *cell = link->cell;
  const uint8_t *data = cell + LINK_HEADER_BYTES;
  unsigned count = link->cell_bytes;

  if (count == 0)
    return;
  link->broken++;
  if (count < LINK_HEADER_BYTES + LINK_CHECKSUM_BYTES)
    return;
  enum link_kind kind = cell[0] >> KIND_SHIFT;
  unsigned bytes = cell[0] & LENGTH_MASK;
  bool in_session = kind == LINK_DATA || kind == LINK_ACK;
  if (bytes != count - LINK_HEADER_BYTES - LINK_CHECKSUM_BYTES
      || (in_session && !link->open)
      || get_32 (data + bytes)
	     != checksum (in_session ? link->session : 0,
			  link->side == LINK_HOST ? LINK_RELAY : LINK_HOST,
			  cell, count - LINK_CHECKSUM_BYTES))
    return;
  link->broken--;
  link->cells++;
  link->heard_ms = now_ms;
  switch (kind)
    {
    case LINK_DATA:
      take_answer (link, cell[2], NULL, 0, now_ms);
      take_data (link, cell[1], data, bytes, now_ms);
      break;
    case LINK_ACK:
      take_answer (link, cell[2], data, bytes, now_ms);
      break;
    case LINK_BEGIN:
      take_begin (link, data, bytes, now_ms);
      break;
    case LINK_BEGUN:
      take_begun (link, data, bytes);
      break;
    }
}

void
link_input (struct link *link, const void *bytes, size_t count,
	    uint64_t now_ms)
{
  const uint8_t *next = bytes;

  for (; count > 0; count--, next++)
    {
      uint8_t byte = *next;
      if (byte == LINK_DELIMITER)
	{
	  if (!link->skipping && !link->escaped)
	    take_cell (link, now_ms);
	  link->cell_bytes = 0;
	  link->skipping = link->escaped = false;
	}
      else if (byte == LINK_ESCAPE)
	link->escaped = true;
      else if (link->cell_bytes == sizeof link->cell)
	link->skipping = true;
      else
	{
	  link->cell[link->cell_bytes++]
	      = link->escaped ? byte ^ LINK_FLIP : byte;
	  link->escaped = false;
	}
    }
}

size_t
link_send (struct link *link, const void *bytes, size_t count)
{
  const uint8_t *from = bytes;
  size_t sent = 0;

  if (!link->open)
    return 0;
  while (sent < count)
    {
      struct link_out *cell = NULL;
      if (link->out_count > link->out_sent)
	cell = out_cell (link, link->out_count - 1);
      if (cell == NULL || cell->bytes == LINK_DATA_BYTES)
	{
	  if (link->out_count == LINK_WINDOW)
	    break;
	  cell = out_cell (link, link->out_count++);
	  cell->state = LINK_QUEUED;
	  cell->times = 0;
	  cell->bytes = 0;
	}
      size_t room = LINK_DATA_BYTES - cell->bytes;
      if (room > count - sent)
	room = count - sent;
      memcpy (cell->data + cell->bytes, from + sent, room);
      cell->bytes += room;
      sent += room;
    }
  return sent;
}

size_t
link_receive (struct link *link, void *bytes, size_t room)
{
  uint8_t *to = bytes;
  size_t received = 0;

  while (received < room && link->in_first != link->in_next)
    {
      struct link_in *cell = &link->in[link->in_first % LINK_WINDOW];
      size_t count = cell->bytes - link->taken;
      if (count > room - received)
	count = room - received;
      memcpy (to + received, cell->data + link->taken, count);
      received += count;
      link->taken += count;
      if (link->taken == cell->bytes)
	{
	  cell->there = false;
	  link->in_first++;
	  link->taken = 0;
	}
    }
  return received;
}

/* Put BYTE behind what goes out.  */
static void
put_byte (struct link *link, uint8_t byte)
{
  switch (byte)
    {
    case LINK_DELIMITER:
    case LINK_ESCAPE:
    case 0x04:
    case 0x11:
    case 0x13:
    case 0x1b:
      link->line[link->line_end++] = LINK_ESCAPE;
      byte ^= LINK_FLIP;
    }
  link->line[link->line_end++] = byte;
}

/* Let a cell go out, as the FIRST of several or not.  */
static void
put_cell (struct link *link, enum link_kind kind, uint8_t number,
	  const uint8_t *data, unsigned bytes, bool first)
{
  uint8_t cell[LINK_CELL_BYTES];
  unsigned count = LINK_HEADER_BYTES + bytes;
  bool in_session = kind == LINK_DATA || kind == LINK_ACK;

  cell[0] = kind << KIND_SHIFT | bytes;
  cell[1] = number;
  cell[2] = in_session ? link->in_next : 0;
  memcpy (cell + LINK_HEADER_BYTES, data, bytes);
  put_32 (cell + count,
	  checksum (in_session ? link->session : 0, link->side, cell, count));
  count += LINK_CHECKSUM_BYTES;
  link->line_begin = link->line_end = 0;
  if (first)
    link->line[link->line_end++] = LINK_DELIMITER;
  for (unsigned i = 0; i < count; i++)
    put_byte (link, cell[i]);
  link->line[link->line_end++] = LINK_DELIMITER;
}

static void
put_begin (struct link *link, enum link_kind kind, bool first)
{
  uint8_t data[BEGUN_BYTES];

  put_32 (data, link->session);
  data[4] = LINK_VERSION;
  data[5] = link->word_bytes;
  put_cell (link, kind, 0, data,
	    kind == LINK_BEGIN ? BEGIN_BYTES : BEGUN_BYTES, first);
}

/* Set the bits of an ACK; returns how many bytes it takes.  */
static unsigned
set_bits (const struct link *link, uint8_t bits[LINK_WINDOW / 8])
{
  unsigned bytes = 0;

  memset (bits, 0, LINK_WINDOW / 8);
  for (unsigned i = 0; i + 1 < LINK_WINDOW; i++)
    {
      uint8_t number = link->in_next + 1 + i;
      if ((uint8_t) (number - link->in_first) < LINK_WINDOW
	  && link->in[number % LINK_WINDOW].there)
	{
	  bits[i / 8] |= 1 << i % 8;
	  bytes = i / 8 + 1;
	}
    }
  return bytes;
}

/* The other side is being told all that has come.  */
static void
has_answered (struct link *link, uint64_t now_ms)
{
  link->unanswered = 0;
  link->answer_at_ms = LINK_NEVER;
  link->answered_ms = now_ms;
}

static void
put_answer (struct link *link, bool first, uint64_t now_ms)
{
  uint8_t bits[LINK_WINDOW / 8];

  unsigned bytes = set_bits (link, bits);
  has_answered (link, now_ms);
  put_cell (link, LINK_ACK, 0, bits, bytes, first);
}

static void
put_data (struct link *link, unsigned index, bool first, uint64_t now_ms)
{
  struct link_out *cell = out_cell (link, index);
  uint8_t bits[LINK_WINDOW / 8];

  /* Where no cell is missing, NEXT says it all.  */
  if (set_bits (link, bits) == 0)
    has_answered (link, now_ms);

  if (cell->state == LINK_QUEUED)
    {
      link->out_sent = index + 1;
      link->heard_ms = now_ms;
    }
  cell->state = LINK_SENT;
  cell->times++;
  cell->order = ++link->order;
  cell->sent_ms = now_ms;
  if (link->again_at_ms == LINK_NEVER)
    link->again_at_ms = now_ms + wait_ms (link);
  put_cell (link, LINK_DATA, link->out_first + index, cell->data, cell->bytes,
	    first);
}

/* If no answer has come in time, take the first cells for lost.  */
static void
check_answers (struct link *link, uint64_t now_ms)
{
  unsigned again = 0;

  if (now_ms < link->again_at_ms)
    return;
  if (now_ms - link->heard_ms > LINK_QUIET_MS)
    {
      link->again_at_ms = LINK_NEVER;
      return;
    }
  for (unsigned i = 0; i < link->out_sent && again < AGAIN_CELLS; i++)
    {
      struct link_out *cell = out_cell (link, i);
      if (cell->state != LINK_THERE)
	{
	  cell->state = LINK_LOST;
	  again++;
	}
    }
  if (link->in_vain < IN_VAIN_MAX)
    link->in_vain++;
  link->spare_times = 0;
  link->again_at_ms = now_ms + wait_ms (link);
}

/* When the first cell of those that were sent may be sent to spare; LINK_NEVER
   if it is not to be.  */
static uint64_t
spare_at_ms (const struct link *link)
{
  const struct link_out *cell = &link->out[link->out_first % LINK_WINDOW];

  if (link->out_sent == 0 || cell->state != LINK_SENT || cell->times < 2
      || link->spare_times == SPARE_TIMES || link->again_at_ms == LINK_NEVER)
    return LINK_NEVER;
  return cell->sent_ms + SPARE_MS;
}

/* The cell that is to be sent next; out_count if there is none.  */
static unsigned
next_cell (struct link *link, uint64_t now_ms)
{
  for (unsigned i = 0; i < link->out_sent; i++)
    if (out_cell (link, i)->state == LINK_LOST)
      return i;
  if (link->out_sent == link->out_count && now_ms >= spare_at_ms (link))
    {
      link->spare_times++;
      return 0;
    }
  return link->out_sent;
}

/* Let the next cell go out, if there is one.  */
static bool
put_next (struct link *link, bool first, uint64_t now_ms)
{
  if (link->begun_due)
    {
      link->begun_due = false;
      put_begin (link, LINK_BEGUN, first);
      return true;
    }
  if (!link->open)
    {
      if (now_ms < link->begin_at_ms)
	return false;
      link->begin_at_ms = now_ms + 2 * FIRST_ANSWER_MS;
      put_begin (link, LINK_BEGIN, first);
      return true;
    }
  check_answers (link, now_ms);
  if (now_ms >= link->answer_at_ms)
    {
      put_answer (link, first, now_ms);
      return true;
    }
  unsigned next = next_cell (link, now_ms);
  if (next == link->out_count)
    return false;
  put_data (link, next, first, now_ms);
  return true;
}

size_t
link_output (struct link *link, void *bytes, size_t room, uint64_t now_ms)
{
  uint8_t *to = bytes;
  size_t used = 0;
  /* What is left of a cell is followed by the next one.  */
  bool first = link->line_begin == link->line_end;

  while (used < room)
    {
      if (link->line_begin == link->line_end
	  && !put_next (link, first, now_ms))
	break;
      first = false;
      size_t count = link->line_end - link->line_begin;
      if (count > room - used)
	count = room - used;
      memcpy (to + used, link->line + link->line_begin, count);
      link->line_begin += count;
      used += count;
    }
  return used;
}

uint64_t
link_deadline (const struct link *link)
{
  uint64_t deadline = link->begin_at_ms;

  if (link->begun_due || link->line_begin != link->line_end)
    return 0;
  if (!link->open)
    return deadline;
  if (link->out_sent < link->out_count)
    return 0;
  for (unsigned i = 0; i < LINK_WINDOW; i++)
    if ((uint8_t) (i - link->out_first) % LINK_WINDOW < link->out_sent
	&& link->out[i].state == LINK_LOST)
      return 0;
  if (link->answer_at_ms < deadline)
    deadline = link->answer_at_ms;
  if (link->again_at_ms < deadline)
    deadline = link->again_at_ms;
  if (spare_at_ms (link) < deadline)
    deadline = spare_at_ms (link);
  return deadline;
}

void
link_answer_now (struct link *link)
{
  if (link->unanswered > 0)
    link->answer_at_ms = 0;
}
