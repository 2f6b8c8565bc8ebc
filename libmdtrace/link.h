/* The link: a reliable stream of bytes over a serial line.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Bytes of a serial line are lost, changed, and come where nobody has sent
   any.  The link carries two streams over it, one each way, of which every
   byte arrives, once and in order, or nothing does any more.  What travels in
   the streams are the frames of frame.h.  One side is the host, which begins
   a session, the other the relay, which serves one host at a time.

   What is sent are cells.  On the line each is followed by LINK_DELIMITER,
   and the first after a pause has one before it too.  Within a cell, a byte
   that the line must never carry is sent as LINK_ESCAPE and that byte
   exclusive-or LINK_FLIP.  These are, beside the two: 0x1b and 0x04, which
   one after the other call GNU Mach's debugger, and XON and XOFF, 0x11 and
   0x13.  A cell is, before that:

     kind	one byte: an enum link_kind in the two high bits, and in the
   others the bytes of data, at most LINK_DATA_BYTES number	one byte: of a
   DATA cell, counted from 0 in each session next	one byte: the DATA cell
   that the sender waits for; it has all before that data checksum	four
   bytes, little-endian: CRC-32C, as in frame.h, of the session's number (four
   bytes, little-endian), a byte 'h' if the host sends and 'r' if the relay
   does, and all of the cell before

   So a cell of another session, or an echo, has a wrong checksum, and such
   cells are passed over, as is all that is no cell.  Kinds:

     DATA	some of the stream
     ACK	its data are bits, from the low one of each byte on: whether
   the sender has the DATA cell NEXT + 1, NEXT + 2, ...  Bytes of zeros at the
   end are left out
     BEGIN	by the host: begin a session.  Number and next are 0, the data
   are the session's number, chosen at random (four bytes), and LINK_VERSION.
   The checksum is that of session 0 BEGUN	by the relay: it has, or had
   already.  The same data, followed by the bytes in a word of its machine (4
   or 8); session 0

   A BEGIN with another number than the present session's ends that: whatever
   it had under way is forgotten.  Up to LINK_WINDOW cells are sent without an
   answer.  Since bytes cannot overtake each other on a line, a cell is lost,
   and is sent again, as soon as the other side has one that was sent later;
   or when it has said nothing for a time that is learnt from how fast it
   answers.  A side that hears nothing for LINK_QUIET_MS stops sending until
   it does, or has something new to say.

   Nothing here knows of clocks, devices or memory: the caller gives the time,
   moves the bytes and owns the structure.  Nothing that comes in is trusted.
 */

#ifndef LIBMDTRACE_LINK_H
#define LIBMDTRACE_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum
{
  LINK_VERSION = 1,
  LINK_DELIMITER = 0x7e,
  LINK_ESCAPE = 0x7d,
  LINK_FLIP = 0x20,
  /* Short, so that most cells get through where one byte of a hundred does
     not.  */
  LINK_DATA_BYTES = 40,
  LINK_HEADER_BYTES = 3,
  LINK_CHECKSUM_BYTES = 4,
  LINK_CELL_BYTES = LINK_HEADER_BYTES + LINK_DATA_BYTES + LINK_CHECKSUM_BYTES,
  /* All of them fit into the buffer of GNU Mach's terminal driver, 4 KiB.  At
     most half of the numbers there are.  */
  LINK_WINDOW = 64,
  LINK_QUIET_MS = 30000
};

#define LINK_NEVER UINT64_MAX

enum link_kind
{
  LINK_DATA = 0,
  LINK_ACK = 1,
  LINK_BEGIN = 2,
  LINK_BEGUN = 3
};

enum link_side
{
  LINK_HOST,
  LINK_RELAY
};

/* A cell of data on its way out.  */
struct link_out
{
  enum
  {
    LINK_QUEUED, /* never sent */
    LINK_SENT,
    LINK_LOST, /* to be sent again */
    LINK_THERE /* the other side has it */
  } state;
  unsigned times;   /* it was sent */
  uint32_t order;   /* of its last sending, among all sendings */
  uint64_t sent_ms; /* when that was */
  uint8_t bytes;
  uint8_t data[LINK_DATA_BYTES];
};

/* A cell of data that has come in and was not taken yet.  */
struct link_in
{
  bool there;
  uint8_t bytes;
  uint8_t data[LINK_DATA_BYTES];
};

struct link
{
  enum link_side side;
  bool open;	       /* in a session */
  unsigned sessions;   /* that were begun, so far */
  uint32_t session;    /* the present one's number, or the one to come */
  unsigned word_bytes; /* of the relay's machine; known in a session */
  uint64_t heard_ms;   /* when a good cell was last heard, or new data sent */
  uint64_t
      begin_at_ms; /* host: BEGIN is due then, until the session is open */
  bool begun_due;  /* relay: BEGUN is */

  /* Cells on their way out have numbers from out_first on; of those OUT_SENT
     were sent at least once.  */
  struct link_out out[LINK_WINDOW];
  uint8_t out_first;
  unsigned out_count, out_sent;
  uint32_t order;	/* of the latest sending */
  uint32_t there_order; /* of the latest that has arrived */
  uint64_t again_at_ms; /* if nothing is heard until then */
  unsigned in_vain;	/* how often that has come to pass in a row */
  unsigned spare_times; /* how often one was sent to spare since */
  /* How long answers take, and by how much that differs.  */
  unsigned answer_ms, spread_ms;

  /* Cells that have come in, from in_first on; all before in_next are there.
     Of the first TAKEN bytes were taken.  */
  struct link_in in[LINK_WINDOW];
  uint8_t in_first, in_next;
  unsigned taken;
  unsigned unanswered;	  /* cells that came since the last ACK */
  uint64_t answer_at_ms;  /* when one is due */
  uint64_t answered_ms;	  /* when the last one was sent */
  uint64_t cells, broken; /* good cells that came, and what was none */

  /* What comes in, up to the next delimiter.  */
  uint8_t cell[LINK_CELL_BYTES];
  unsigned cell_bytes;
  bool escaped, skipping;

  /* A cell as it goes out.  */
  uint8_t line[2 * LINK_CELL_BYTES + 2];
  unsigned line_begin, line_end;
};

/* Make LINK one that is not in a session.  WORD_BYTES is how many a word of
   this machine has.  */
void link_initialize (struct link *link, enum link_side side,
		      unsigned word_bytes);

/* The host's: begin the session with the number SESSION, which must be a
   random one.  It has begun when link->open is true.  What the last session
   had under way is forgotten.  */
void link_begin (struct link *link, uint32_t session, uint64_t now_ms);

/* Put bytes into the stream out, as many of COUNT as there is room for;
   returns how many.  None if the link is not in a session.  */
size_t link_send (struct link *link, const void *bytes, size_t count);

/* Take up to ROOM bytes from the stream in; returns how many.  */
size_t link_receive (struct link *link, void *bytes, size_t room);

/* COUNT bytes have come by the line.  If link->sessions has grown after that,
   the other side has begun anew.  */
void link_input (struct link *link, const void *bytes, size_t count,
		 uint64_t now_ms);

/* Put what is to go out by the line now into BYTES, up to ROOM bytes; returns
   how many.  */
size_t link_output (struct link *link, void *bytes, size_t room,
		    uint64_t now_ms);

/* When link_output will have something, if nothing comes in before: a time
   that has passed if it has now, LINK_NEVER if not at all.  */
uint64_t link_deadline (const struct link *link);

/* Let the other side be told at once what has come, instead of a moment
   later, with what is sent then: the caller will not be here.  */
void link_answer_now (struct link *link);

#endif /* LIBMDTRACE_LINK_H */
