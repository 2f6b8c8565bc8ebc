/* Filters: from the tree to the program.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "filter_generate.h"

/* -------------------------------------------------------------------- */
/* Instructions and labels */

/* How many loads it takes to read OPERAND, as the kernel counts them.  */
static unsigned
loads_of (uint8_t operand)
{
  if (operand >= MDTRACE_OPERAND_STACK && operand < MDTRACE_OPERAND_RETVAL)
    return 1;
  if (operand >= MDTRACE_OPERAND_VALUE
      && operand < MDTRACE_OPERAND_VALUE + MDTRACE_ARGUMENTS_MAX)
    return MDTRACE_STEPS_MAX;
  return 0;
}

/* Append INSTRUCTION, for NODE.  */
static void
emit (struct generator *generator, const struct filter_node *node,
      mdtrace_instruction_t instruction)
{
  struct filter *filter = generator->filter;
  bool is_load = instruction.operation == MDTRACE_OPERATION_LOAD;
  bool is_if = instruction.operation >= MDTRACE_OPERATION_IF_EQUAL;

  if (!is_if && instruction.to >= MDTRACE_REGISTERS)
    filter_fail (filter, node->at, MDTRACE_ERR_BAD_EXPRESSION,
		 "more than %d results are waited for here; put what is in "
		 "parentheses on the left side, or leave some out",
		 MDTRACE_REGISTERS);
  if (generator->count == MDTRACE_PROGRAM_MAX)
    filter_fail (filter, node->at, MDTRACE_ERR_BAD_EXPRESSION,
		 "from here on it takes more than the %d instructions that a "
		 "filter may have; make it shorter",
		 MDTRACE_PROGRAM_MAX);
  generator->loads += is_load + loads_of (instruction.from)
		      + (is_if ? loads_of (instruction.to) : 0);
  if (generator->loads > MDTRACE_LOADS_MAX)
    filter_fail (filter, node->at, MDTRACE_ERR_BAD_EXPRESSION,
		 "from here on it takes more than the %d loads that a filter "
		 "may have; make it shorter",
		 MDTRACE_LOADS_MAX);
  if (filter->error == MDTRACE_OK)
    generator->program[generator->count++] = instruction;
}

/* Append TO = TO OPERATION PLACE, or of MOVE TO = PLACE.  */
static void
emit_to (struct generator *generator, const struct filter_node *node,
	 enum mdtrace_operation operation, unsigned to, struct place place)
{
  emit (generator, node,
	(mdtrace_instruction_t){ .operation = operation,
				 .to = to,
				 .from = place.operand,
				 .immediate = place.number });
}

unsigned
filter_new_label (struct generator *generator)
{
  return generator->label_count++;
}

void
filter_put_label (struct generator *generator, unsigned label)
{
  generator->labels[label] = generator->count;
}

void
filter_emit_if (struct generator *generator, const struct filter_node *node,
		enum mdtrace_operation operation, struct place left,
		struct place right, unsigned bytes, unsigned label)
{
  unsigned at = generator->count;

  emit (generator, node,
	(mdtrace_instruction_t){ .operation = operation,
				 .to = left.operand,
				 .from = right.operand,
				 .bytes = bytes,
				 .immediate = right.number });
  if (generator->count > at)
    generator->label_of[at] = label;
}

/* Let jumps lead to their labels.  */
static void
resolve_labels (struct generator *generator)
{
  for (unsigned i = 0; i < generator->count; i++)
    if (generator->program[i].operation >= MDTRACE_OPERATION_IF_EQUAL)
      generator->program[i].offset
	  = generator->labels[generator->label_of[i]] - i;
}

/* -------------------------------------------------------------------- */
/* Numbers */

/* What is in PLACE, in the register INTO.  */
static void
move_into (struct generator *generator, const struct filter_node *node,
	   unsigned into, struct place place)
{
  if (place.operand != MDTRACE_OPERAND_REGISTER + into)
    emit_to (generator, node, MDTRACE_OPERATION_MOVE, into, place);
}

/* Extend what is in PLACE as TYPE says.  */
static struct place
extend (struct generator *generator, const struct filter_node *node,
	unsigned into, struct place place, struct filter_type type)
{
  if (type.bytes == 8)
    return place;
  if (type.is_signed)
    emit (generator, node,
	  (mdtrace_instruction_t){ .operation = MDTRACE_OPERATION_SIGN,
				   .to = into,
				   .from = place.operand,
				   .bytes = type.bytes });
  else
    {
      move_into (generator, node, into, place);
      emit_to (generator, node, MDTRACE_OPERATION_AND, into,
	       filter_immediate (filter_extend (UINT64_MAX, type)));
    }
  return filter_register (into);
}

struct place
filter_emit_load (struct generator *generator, const struct filter_node *node,
		  unsigned into, struct place from, unsigned bytes,
		  int32_t offset)
{
  emit (generator, node,
	(mdtrace_instruction_t){ .operation = MDTRACE_OPERATION_LOAD,
				 .to = into,
				 .from = from.operand,
				 .bytes = bytes,
				 .offset = offset });
  return filter_register (into);
}

/* A value, or of an array of characters what its offset counts from.  */
static struct place
make_value (struct generator *generator, const struct filter_node *node,
	    unsigned into, bool whole)
{
  const struct filter_source *source = &node->source;
  bool is_array = source->text == VALUE_TEXT_ARRAY;
  struct place place = { .operand = source->operand };

  for (unsigned i = 0; i < source->steps; i++)
    place = filter_emit_load (generator, node, into, place,
			      i + 1 < source->steps
				  ? generator->filter->word_bytes
				  : source->last_bytes,
			      source->offsets[i]);
  /* What is loaded, and the number of a CPU, are filled up with zeros.  */
  bool is_filled = source->steps > 0 || source->operand == MDTRACE_OPERAND_CPU;
  if (!whole || is_array || (is_filled && !node->type.is_signed))
    return place;
  return extend (generator, node, into, place, node->type);
}

static struct place
make_memory (struct generator *generator, const struct filter_node *node,
	     unsigned into, bool whole)
{
  const struct filter_node *address = node->left;
  int64_t offset = 0;

  if (address->kind == FILTER_ADD && address->right->kind == FILTER_NUMBER)
    {
      const struct filter_type signed_word = { address->type.bytes, true };
      int64_t number
	  = (int64_t) filter_extend (address->right->number, signed_word);
      if (number == (int32_t) number)
	{
	  offset = number;
	  address = address->left;
	}
    }
  struct place place = filter_make_number (generator, address, into, true);
  if (place.operand == MDTRACE_OPERAND_IMMEDIATE)
    {
      move_into (generator, node, into, place);
      place = filter_register (into);
    }
  place = filter_emit_load (generator, node, into, place, node->type.bytes,
			    offset);
  return whole && node->type.is_signed
	     ? extend (generator, node, into, place, node->type)
	     : place;
}

static struct place
make_conversion (struct generator *generator, const struct filter_node *node,
		 unsigned into, bool whole)
{
  struct filter_type from = node->left->type, to = node->type;
  bool is_wider = to.bytes > from.bytes;
  struct place place
      = filter_make_number (generator, node->left, into, is_wider);

  if (whole && (!is_wider || (from.is_signed && !to.is_signed)))
    return extend (generator, node, into, place, to);
  return place;
}

static struct place
make_unary (struct generator *generator, const struct filter_node *node,
	    unsigned into, bool whole)
{
  move_into (generator, node, into,
	     filter_make_number (generator, node->left, into, false));
  emit_to (generator, node, MDTRACE_OPERATION_XOR, into,
	   filter_immediate (UINT64_MAX));
  if (node->kind == FILTER_NEGATE)
    emit_to (generator, node, MDTRACE_OPERATION_ADD, into,
	     filter_immediate (1));
  return whole ? extend (generator, node, into, filter_register (into),
			 node->type)
	       : filter_register (into);
}

/* The operation of a NODE with two sides.  */
static enum mdtrace_operation
operation_of (const struct filter_node *node)
{
  switch (node->kind)
    {
    case FILTER_BIT_OR:
      return MDTRACE_OPERATION_OR;
    case FILTER_BIT_XOR:
      return MDTRACE_OPERATION_XOR;
    case FILTER_BIT_AND:
      return MDTRACE_OPERATION_AND;
    case FILTER_SHIFT_LEFT:
      return MDTRACE_OPERATION_SHIFT_LEFT;
    case FILTER_SHIFT_RIGHT:
      return node->type.is_signed ? MDTRACE_OPERATION_SHIFT_SIGNED
				  : MDTRACE_OPERATION_SHIFT_RIGHT;
    case FILTER_ADD:
      return MDTRACE_OPERATION_ADD;
    case FILTER_SUBTRACT:
      return MDTRACE_OPERATION_SUBTRACT;
    default:
      return MDTRACE_OPERATION_MULTIPLY;
    }
}

static struct place
make_binary (struct generator *generator, const struct filter_node *node,
	     unsigned into, bool whole)
{
  bool shifts_right = node->kind == FILTER_SHIFT_RIGHT;
  bool shifts = shifts_right || node->kind == FILTER_SHIFT_LEFT;
  const struct filter_node *right = node->right;

  move_into (generator, node, into,
	     filter_make_number (generator, node->left, into, shifts_right));
  emit_to (generator, node, operation_of (node), into,
	   filter_make_number (generator, right, into + 1, shifts));
  /* What is above the lower bytes is right already, or cut off.  */
  bool is_whole
      = shifts_right
	|| (node->kind == FILTER_BIT_AND && right->kind == FILTER_NUMBER
	    && (int64_t) right->number >= 0);
  return whole && !is_whole ? extend (generator, node, into,
				      filter_register (into), node->type)
			    : filter_register (into);
}

/* A condition as the number 0 or 1.  */
static struct place
make_truth (struct generator *generator, const struct filter_node *node,
	    unsigned into)
{
  unsigned label = filter_new_label (generator);

  move_into (generator, node, into, filter_immediate (0));
  filter_make_jump (generator, node, false, label, into + 1);
  move_into (generator, node, into, filter_immediate (1));
  filter_put_label (generator, label);
  return filter_register (into);
}

struct place
filter_make_number (struct generator *generator,
		    const struct filter_node *node, unsigned into, bool whole)
{
  switch (node->kind)
    {
    case FILTER_NUMBER:
      return filter_immediate (node->number);
    case FILTER_VALUE:
      return make_value (generator, node, into, whole);
    case FILTER_LOAD:
      return make_memory (generator, node, into, whole);
    case FILTER_CONVERT:
      return make_conversion (generator, node, into, whole);
    case FILTER_NEGATE:
    case FILTER_COMPLEMENT:
      return make_unary (generator, node, into, whole);
    case FILTER_BIT_OR:
    case FILTER_BIT_XOR:
    case FILTER_BIT_AND:
    case FILTER_SHIFT_LEFT:
    case FILTER_SHIFT_RIGHT:
    case FILTER_ADD:
    case FILTER_SUBTRACT:
    case FILTER_MULTIPLY:
      return make_binary (generator, node, into, whole);
    default:
      return make_truth (generator, node, into);
    }
}

/* -------------------------------------------------------------------- */
/* All of it */

bool
filter_generate (struct filter *filter, const struct filter_node *node,
		 mdtrace_instruction_t *program, unsigned *count)
{
  struct generator generator = { .filter = filter, .program = program };
  unsigned rejected = filter_new_label (&generator);

  filter_make_jump (&generator, node, false, rejected, 0);
  emit (&generator, node,
	(mdtrace_instruction_t){ .operation = MDTRACE_OPERATION_ACCEPT });
  filter_put_label (&generator, rejected);
  emit (&generator, node,
	(mdtrace_instruction_t){ .operation = MDTRACE_OPERATION_REJECT });
  if (filter->error != MDTRACE_OK)
    return false;
  resolve_labels (&generator);
  *count = generator.count;
  return true;
}
