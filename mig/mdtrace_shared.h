/* Memory that the kernel part shares with those who read it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A reader finds it in one of two ways: a Mach task maps it through
   mdtrace_ring_map and mdtrace_mailbox_map; the host of a virtual machine
   finds struct mdtrace_shared in the guest's memory, at the physical
   address of the kernel's section ".mdtrace.shared", and all the rest at
   the physical addresses that stand in it.  After a crash of the guest it
   can be read still.

   All numbers are in the byte order of the traced machine.  Every index is
   a native word of that machine in the low half of eight bytes (the high
   half of a 32-bit machine's stays 0): take differences modulo 2 to the
   power of 8 * word_bytes.  */

#ifndef MDTRACE_SHARED_H
#define MDTRACE_SHARED_H

#include <stdint.h>

/* The layout described here.  It changes with every incompatible change.  */
#define MDTRACE_SHARED_MAGIC 0x4d44545241434531ULL /* "MDTRACE1" */

enum
{
  MDTRACE_CPUS_MAX = 64,
  MDTRACE_PAGE_BYTES = 4096,
  MDTRACE_TEXT_HASH_BYTES = 32,
  MDTRACE_VERSION_BYTES = 64,
  /* The largest Mach message that a mailbox or a frame carries.  */
  MDTRACE_MESSAGE_BYTES_MAX = 8192
};

/* What becomes of events that a ring has no room for.  */
enum mdtrace_ring_mode
{
#define MDTRACE_MODE(number, name, word, documentation)                       \
  MDTRACE_RING_##name = (number),
#include "mdtrace_modes.def"
#undef MDTRACE_MODE
  MDTRACE_RING_MODES
};

/* One word of the traced machine that one side writes and the other reads.
   On a 32-bit machine the second half is never written.  */
typedef uint64_t mdtrace_index_t;

/* One trace ring, described: where its three parts are.  It changes only when
   the ring is made anew, which it is not while somebody claims it, and
   DATA_BYTES is 0 meanwhile.  */
struct mdtrace_shared_ring
{
  uint64_t control_address; /* physical; struct mdtrace_ring_control */
  uint64_t tail_address;    /* physical; struct mdtrace_ring_tail */
  uint64_t data_address;    /* physical, contiguous */
  uint64_t data_bytes;	    /* a power of two; 0: no ring */
};

/* A pair of the two clocks, taken by the kernel at a clock tick.  SEQUENCE
   is odd while the pair is being written: read it, read the pair, read it
   again, and start over if it was odd or has changed.  */
struct mdtrace_shared_clock
{
  mdtrace_index_t sequence;
  uint64_t tsc;	      /* time stamp counter at the tick */
  uint64_t time_ns;   /* since the epoch, by the kernel's clock */
  uint64_t uptime_ns; /* since boot; never set back */
  uint64_t ticks;     /* clock ticks since boot */
  uint64_t first_tsc; /* at the first tick that was seen; 0: none yet */
  uint64_t first_uptime_ns;
};

/* The page at the head of the section.  */
struct mdtrace_shared
{
  uint64_t magic; /* written last: MDTRACE_SHARED_MAGIC when all is there */
  uint32_t header_bytes; /* sizeof (struct mdtrace_shared) */
  uint32_t word_bytes;	 /* 4 or 8 */
  uint32_t cpus;	 /* rings that follow */
  uint32_t interface_version;
  uint64_t mailbox_address; /* physical; struct mdtrace_mailbox; 0: nobody has
			       mapped it yet */
  uint64_t boot_id;	    /* as in mdtrace_status_t */
  uint8_t text_hash[MDTRACE_TEXT_HASH_BYTES];
  struct mdtrace_shared_clock clock;
  struct mdtrace_shared_ring rings[MDTRACE_CPUS_MAX];
  /* For those who cannot ask any more: after a crash.  */
  uint64_t probes_address; /* physical; struct mdtrace_shared_probe of the
			      first; 0: none */
  uint64_t table_address;  /* physical; struct site_table, of
			      kernel/site_table.h */
  /* As in mdtrace_status_t.  */
  uint32_t functions;
  uint32_t functions_refused;
  uint32_t probes_max;
  uint32_t clock_hz;
  char mdtrace_version[MDTRACE_VERSION_BYTES];
  char kernel_version[MDTRACE_VERSION_BYTES];
};

/* The part of a ring that the producer writes.  It holds the records from
   OLDEST to HEAD; both only grow, and their low bits are an offset into the
   data.  */
struct mdtrace_ring_control
{
  mdtrace_index_t head;	  /* where the next record will begin */
  mdtrace_index_t oldest; /* the oldest record that is still there */
  /* Grows when the ring is made anew, at which moment all indices
     start from 0.  */
  mdtrace_index_t generation;
  mdtrace_index_t mode; /* enum mdtrace_ring_mode */
  /* In overwrite mode: 0 while the newest record replaces the oldest; then
     TAIL means nothing.  Otherwise the ring has been stopped to be read.  */
  mdtrace_index_t frozen;
  /* The time stamp counter at the CPU's last clock tick: no record that is
     still to come has an earlier one.  It is read as the pair of clocks is,
     with a sequence number that is odd while it is being written.  */
  mdtrace_index_t watermark_sequence;
  uint64_t watermark;
};

/* The part of a ring that its one consumer writes.  The kernel takes TAIL
   for true only while oldest <= tail <= head.  */
struct mdtrace_ring_tail
{
  mdtrace_index_t tail; /* all before it may be overwritten */
};

/* One request and one reply between a virtual machine's host and the relay
   task in it.  The host writes the request, then adds one to
   REQUEST_SEQUENCE; the relay performs the RPC, writes the reply, then sets
   REPLY_SEQUENCE to the same number.  Neither side begins while the two
   differ by its own doing.  */
struct mdtrace_mailbox
{
  uint32_t request_sequence; /* [host] */
  uint32_t reply_sequence;   /* [relay] */
  uint32_t request_bytes;    /* [host] */
  uint32_t reply_bytes;	     /* [relay] */
  uint32_t reply_status;     /* [relay] a mach_msg_return_t or mdtrace_error;
				there is a reply only if it is 0 */
  uint32_t relay_alive;	     /* [relay] grows with every look */
  uint32_t unused[10];
  uint8_t request[MDTRACE_MESSAGE_BYTES_MAX]; /* [host] a Mach message */
  uint8_t reply[MDTRACE_MESSAGE_BYTES_MAX];   /* [relay] a Mach message */
};

#endif /* MDTRACE_SHARED_H */
