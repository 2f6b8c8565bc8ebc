/* Filters: the program while it is made.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   filter_generate.c makes instructions for numbers, and filter_jump.c for
   conditions.  A number becomes an operand where it can be one, and else is
   computed in a register, from INTO on; those below are in use.

   Of a number, the lower bytes that its type has are always right.  What is
   above them is only if it was asked for as a whole: then it is extended to 64
   bits as its type says.  */

#ifndef LIBMDTRACE_FILTER_GENERATE_H
#define LIBMDTRACE_FILTER_GENERATE_H

#include "filter_tree.h"

/* Where a number is.  */
struct place
{
  uint8_t operand; /* enum mdtrace_operand */
  uint64_t number; /* of IMMEDIATE */
};

struct generator
{
  struct filter *filter;
  mdtrace_instruction_t *program;
  unsigned count;
  unsigned loads;
  /* Of an IF, the label that it jumps to; of a label, where it stands.  */
  unsigned label_of[MDTRACE_PROGRAM_MAX];
  unsigned labels[2 * FILTER_NODES];
  unsigned label_count;
};

/* The number NUMBER; what is in the register NUMBER.  */
static inline struct place
filter_immediate (uint64_t number)
{
  return (struct place){ MDTRACE_OPERAND_IMMEDIATE, number };
}

static inline struct place
filter_register (unsigned number)
{
  return (struct place){ .operand = MDTRACE_OPERAND_REGISTER + number };
}

/* A label that stands nowhere yet; let it stand here.  */
unsigned filter_new_label (struct generator *generator);
void filter_put_label (struct generator *generator, unsigned label);

/* Append a jump to LABEL, for NODE, if LEFT OPERATION RIGHT, of which BYTES
   count.  */
void filter_emit_if (struct generator *generator,
		     const struct filter_node *node,
		     enum mdtrace_operation operation, struct place left,
		     struct place right, unsigned bytes, unsigned label);

/* Append a load of BYTES bytes at FROM + OFFSET to the register INTO.  */
struct place filter_emit_load (struct generator *generator,
			       const struct filter_node *node, unsigned into,
			       struct place from, unsigned bytes,
			       int32_t offset);

/* Make the number NODE; of an array of characters the address that its offset
   counts from.  */
struct place filter_make_number (struct generator *generator,
				 const struct filter_node *node, unsigned into,
				 bool whole);

/* Jump to LABEL if the condition NODE is IF_TRUE; otherwise go on with what
   follows.  */
void filter_make_jump (struct generator *generator,
		       const struct filter_node *node, bool if_true,
		       unsigned label, unsigned into);

#endif /* LIBMDTRACE_FILTER_GENERATE_H */
