/* Writing code.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Opcodes: Intel 64 and IA-32 Architectures Software Developer's Manual,
   volume 2.  On x86_64 whatever is addressed is in the upper 2 GiB, which 32
   bits with a sign reach.  */

#ifndef MDTRACE_X86_WRITER_H
#define MDTRACE_X86_WRITER_H

#include "x86/patch.h"

enum
{
  /* Code that is written at once, at most.  */
  WRITER_BYTES = 512,
  WRITER_CALLS_MAX = 4,
  REGISTER_AX = 0,
  REGISTER_CX = 1,
  REGISTER_DX = 2,
  REGISTER_BX = 3,
  REGISTER_SI = 6,
  REGISTER_DI = 7
};

/* Code as it is being written.  */
struct writer
{
  uint8_t bytes[WRITER_BYTES];
  unsigned used;
  unsigned pushed; /* words that the gate has on the stack */
  /* Calls: where each ends, and what it calls.  */
  unsigned call_count;
  struct
  {
    unsigned end;
    word_t target;
  } calls[WRITER_CALLS_MAX];
};

/* What there is no room for is left out: writer_is_full.  */
static void __attribute__ ((noinline))
put (struct writer *writer, unsigned count, const uint8_t *bytes)
{
  for (unsigned i = 0; i < count && writer->used < WRITER_BYTES; i++)
    writer->bytes[writer->used++] = bytes[i];
}

static inline bool
writer_is_full (const struct writer *writer)
{
  return writer->used == WRITER_BYTES;
}

#define PUT(writer, ...)                                                      \
  put (writer, sizeof ((const uint8_t[]){ __VA_ARGS__ }),                     \
       (const uint8_t[]){ __VA_ARGS__ })

static inline void
put_32 (struct writer *writer, uint32_t value)
{
  uint8_t bytes[4];

  patch_put_32 (bytes, value);
  put (writer, sizeof bytes, bytes);
}

/* The prefix for words, where they have 64 bits, and the registers REG, in the
   ModRM byte's middle, and RM, in its end.  */
static inline void
put_wide (struct writer *writer, unsigned reg, unsigned rm)
{
#ifdef __x86_64__
  PUT (writer, 0x48 | (reg >> 3 & 1) << 2 | (rm >> 3 & 1));
#else
  (void) writer;
  (void) reg;
  (void) rm;
#endif
}

/* The operand that is the word at ADDRESS; REG is what the ModRM byte has
   besides.  */
static inline void
put_memory (struct writer *writer, unsigned reg, word_t address)
{
#ifdef __x86_64__
  PUT (writer, 0x04 | (reg & 7) << 3, 0x25);
#else
  PUT (writer, 0x05 | (reg & 7) << 3);
#endif
  put_32 (writer, address);
}

/* The operand that is the word with NUMBER on the stack as it was before the
   gate.  */
static inline void
put_stack (struct writer *writer, unsigned reg, unsigned number)
{
  PUT (writer, 0x84 | (reg & 7) << 3, 0x24);
  put_32 (writer, (number + writer->pushed) * sizeof (word_t));
}

static inline void
put_push (struct writer *writer, unsigned reg)
{
  PUT (writer, 0x50 | reg);
  writer->pushed++;
}

static inline void
put_pop (struct writer *writer, unsigned reg)
{
  PUT (writer, 0x58 | reg);
  writer->pushed--;
}

#endif /* MDTRACE_X86_WRITER_H */
