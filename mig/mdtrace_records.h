/* Records: what the kernel writes into a trace ring.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A ring is a sequence of records.  Each begins at a multiple of eight
   bytes with one 64-bit word that says what follows and how long it is, in
   the byte order of the traced machine:

     bits  0 to 31   the probe's number
     bits 32 to 47   the record's length in words of eight bytes
     bits 48 to 55   its kind, an enum mdtrace_record_kind
     bits 56 to 63   the CPU

   A record never goes on beyond the end of the ring's memory: what is left
   there is filled by a record of kind PAD.  All but PAD have the time stamp
   counter as their second word.  */

#ifndef MDTRACE_RECORDS_H
#define MDTRACE_RECORDS_H

#include <stdint.h>

enum mdtrace_record_kind
{
  /* Filling, to be skipped.  It may be as short as its first word.  */
  MDTRACE_RECORD_PAD = 1,
  /* An event: the time stamp, then the fields of its probe's mask.  */
  MDTRACE_RECORD_EVENT = 2,
  /* A task's name: the time stamp, the address of the task's structure, and
     MDTRACE_TASK_NAME_BYTES bytes.  It precedes the first event of a task
     in a ring, and is written anew when the name has changed.  It belongs
     to no probe.  */
  MDTRACE_RECORD_TASK_NAME = 3,
  /* An event of which some fields are not known: a value that lies where no
     memory is, or the returned value at a tail jump.  As EVENT, and behind
     the fields one word: the mask of those fields, which stand as 0.  */
  MDTRACE_RECORD_PARTIAL = 4
};

enum
{
  MDTRACE_TASK_NAME_BYTES = 32,
  MDTRACE_TASK_NAME_WORDS = 3 + MDTRACE_TASK_NAME_BYTES / 8,
  /* Words of a record that precede the fields.  */
  MDTRACE_HEADER_WORDS = 2,
  /* No record is longer.  */
  MDTRACE_RECORD_WORDS_MAX = 512,
  /* Arguments that a probe can record.  */
  MDTRACE_ARGUMENTS_MAX = 6
};

/* Bits of a probe's mask of fields.  */
enum mdtrace_field
{
#define MDTRACE_FIELD(bit, name, column, documentation)                       \
  MDTRACE_FIELD_##name = 1 << (bit),
#include "mdtrace_fields.def"
#undef MDTRACE_FIELD
};

/* The numbers of those bits.  */
enum mdtrace_field_bit
{
#define MDTRACE_FIELD(bit, name, column, documentation)                       \
  MDTRACE_FIELD_##name##_BIT = (bit),
#include "mdtrace_fields.def"
#undef MDTRACE_FIELD
};

static inline uint64_t
mdtrace_record_word (uint32_t probe, unsigned words,
		     enum mdtrace_record_kind kind, unsigned cpu)
{
  return (uint64_t) probe | (uint64_t) words << 32 | (uint64_t) kind << 48
	 | (uint64_t) cpu << 56;
}

static inline uint32_t
mdtrace_record_probe (uint64_t word)
{
  return (uint32_t) word;
}

static inline unsigned
mdtrace_record_words (uint64_t word)
{
  return (uint16_t) (word >> 32);
}

static inline unsigned
mdtrace_record_kind (uint64_t word)
{
  return (uint8_t) (word >> 48);
}

static inline unsigned
mdtrace_record_cpu (uint64_t word)
{
  return (uint8_t) (word >> 56);
}

#endif /* MDTRACE_RECORDS_H */
