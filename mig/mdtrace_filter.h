/* Programs of filters: which hits of a probe are asked for.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A program is executed at each hit, from its first instruction on, until it
   accepts or rejects.  It has registers of 64 bits, which are 0 at first, and
   can read the operands below.  It can jump forward only, and its last
   instruction ends it: so each is executed once at most.  The kernel part
   refuses a program that breaks a rule, when the probe is created.

   The arithmetic is that of numbers of 64 bits without a sign, modulo 2^64,
   whatever the machine.  */

#ifndef MDTRACE_FILTER_H
#define MDTRACE_FILTER_H

#include <stdint.h>

enum mdtrace_operation
{
#define MDTRACE_OPERATION(number, name, documentation)                        \
  MDTRACE_OPERATION_##name = (number),
#include "mdtrace_operations.def"
#undef MDTRACE_OPERATION
};

enum
{
  MDTRACE_REGISTERS = 8,
  MDTRACE_PROGRAM_MAX = 128, /* instructions */
  /* Loads of all of these: each LOAD is one, each operand on the stack another,
     and each VALUE counts as MDTRACE_STEPS_MAX, whatever it takes.  */
  MDTRACE_LOADS_MAX = 64
};

/* What an instruction can read.  To read what a site does not have is an
   error when the probe is created.  */
enum mdtrace_operand
{
  /* Registers of the program, which it can write too: 0 to 7.  */
  MDTRACE_OPERAND_REGISTER = 0,
  /* An argument of the function by its number, 0 to 5, as a whole word: at
     its entry, or with LATENCY as it was there.  */
  MDTRACE_OPERAND_ARGUMENT = 16,
  /* The value with that number, 0 to 5, of those that the probe records.  If
     it is not known, it faults as LOAD does.  */
  MDTRACE_OPERAND_VALUE = 32,
  /* A register of the machine by its number, as instructions encode it.  */
  MDTRACE_OPERAND_MACHINE = 48,
  /* The word with that number, 0 to 15, on the stack; it can fault.  */
  MDTRACE_OPERAND_STACK = 64,
  MDTRACE_OPERAND_RETVAL = 80,
  MDTRACE_OPERAND_THREAD = 81,	 /* address of the running thread */
  MDTRACE_OPERAND_TASK = 82,	 /* and of its task */
  MDTRACE_OPERAND_CPU = 83,	 /* number */
  MDTRACE_OPERAND_ADDRESS = 84,	 /* of the site */
  MDTRACE_OPERAND_FUNCTION = 85, /* address of the site's function */
  MDTRACE_OPERAND_DURATION = 86, /* ns since the entry; only with LATENCY */
  /* On the RIGHT side only, and not where it says FROM: what stands in the
     instruction.  */
  MDTRACE_OPERAND_IMMEDIATE = 255
};

typedef struct mdtrace_instruction
{
  uint8_t operation; /* enum mdtrace_operation; of ends all else is 0 */
  uint8_t to;	     /* a register; of an IF any operand but IMMEDIATE */
  uint8_t from;	     /* enum mdtrace_operand */
  uint8_t bytes;     /* 1, 2, 4 or 8, of LOAD, SIGN and IFs; or else 0 */
  int32_t offset;    /* of LOAD; of an IF 1 or more; or else 0 */
  uint64_t immediate; /* 0 if FROM is another operand */
} mdtrace_instruction_t;

#endif /* MDTRACE_FILTER_H */
