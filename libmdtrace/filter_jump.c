/* Filters: from conditions to jumps.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A condition becomes jumps to where it goes on when it is false, or true, and
   falls through otherwise: all jumps go forward.  */

#include <config.h>

#include "filter_generate.h"

/* How many bytes of a string to compare at once, of LEFT of them, where all
   TOTAL can be read; *BACK is how many of those have been compared before.  */
static unsigned
chunk (unsigned left, unsigned total, unsigned *back)
{
  unsigned bytes = 8;

  *back = 0;
  while (bytes > left)
    bytes /= 2;
  /* Rather one load more than two, where it reaches back.  */
  if (bytes < left && 2 * bytes <= total && bytes < 8)
    {
      bytes *= 2;
      *back = bytes - left;
    }
  return bytes;
}

/* Jump to LABEL if NODE, == or != of a string, is IF_TRUE.  Where it is not
   known how much memory there is, no byte is read behind one that differs.  */
static void
make_string_jump (struct generator *generator, const struct filter_node *node,
		  bool if_true, unsigned label, unsigned into)
{
  const struct filter_source *source = &node->left->source;
  const struct filter_node *string = node->right;
  struct place base = filter_make_number (generator, node->left, into, true);
  unsigned to
      = base.operand == MDTRACE_OPERAND_REGISTER + into ? into + 1 : into;
  bool if_equal = (node->kind == FILTER_EQUAL) == if_true;
  unsigned differs = if_equal ? filter_new_label (generator) : label;
  bool is_bounded = source->text == VALUE_TEXT_ARRAY && source->text_bytes > 0;
  unsigned total = string->length + 1, back;

  if (is_bounded && total > source->text_bytes)
    total = source->text_bytes;
  for (unsigned at = 0, bytes; at < total; at += bytes)
    {
      uint64_t expected = 0;
      bytes = is_bounded ? chunk (total - at, total, &back) : 1;
      if (is_bounded)
	at -= back;
      for (unsigned i = bytes; i-- > 0;)
	expected
	    = expected << 8
	      | (at + i < string->length ? (uint8_t) string->string[at + i]
					 : 0);
      struct place place
	  = filter_emit_load (generator, node, to, base, bytes,
			      source->text_offset + (int32_t) at);
      bool jumps = if_equal && at + bytes >= total;
      filter_emit_if (
	  generator, node,
	  jumps ? MDTRACE_OPERATION_IF_EQUAL : MDTRACE_OPERATION_IF_NOT_EQUAL,
	  place, filter_immediate (expected), bytes, jumps ? label : differs);
    }
  if (if_equal)
    filter_put_label (generator, differs);
}

/* Two numbers that are compared, by the bytes and the sign of TYPE.  */
struct comparison
{
  const struct filter_node *left, *right;
  struct filter_type type;
};

static bool
is_widened (const struct filter_node *node)
{
  return node->kind == FILTER_CONVERT
	 && node->left->type.bytes < node->type.bytes;
}

/* Whether NUMBER, of TYPE, is one of the smaller type OF too, in which it
   compares with others as it does in TYPE.  */
static bool
fits (uint64_t number, struct filter_type type, struct filter_type of)
{
  return (type.is_signed || !of.is_signed)
	 && filter_extend (number, of) == number;
}

/* Compare as few bytes as come to the same: those from before a
   conversion.  */
static void
narrow (struct comparison *comparison)
{
  const struct filter_node *left = comparison->left;
  const struct filter_node *right = comparison->right;
  struct filter_type type = comparison->type;

  if (is_widened (left) && right->kind == FILTER_NUMBER
      && fits (right->number, type, left->left->type))
    {
      comparison->left = left->left;
      comparison->type = left->left->type;
    }
  else if (is_widened (right) && left->kind == FILTER_NUMBER
	   && fits (left->number, type, right->left->type))
    {
      comparison->right = right->left;
      comparison->type = right->left->type;
    }
  else if (is_widened (left) && is_widened (right)
	   && left->left->type.bytes == right->left->type.bytes
	   && left->left->type.is_signed == right->left->type.is_signed)
    {
      comparison->left = left->left;
      comparison->right = right->left;
      comparison->type = left->left->type;
      comparison->type.is_signed &= type.is_signed;
    }
}

/* Whether NODE asks for bits, (A & B) == 0 or != 0; if so, COMPARISON becomes
   one of A and B.  */
static bool
take_bits (const struct filter_node *node, struct comparison *comparison)
{
  const struct filter_node *bits
      = node->left->kind == FILTER_NUMBER ? node->right : node->left;
  const struct filter_node *zero
      = node->left->kind == FILTER_NUMBER ? node->left : node->right;

  if ((node->kind != FILTER_EQUAL && node->kind != FILTER_NOT_EQUAL)
      || bits->kind != FILTER_BIT_AND || zero->kind != FILTER_NUMBER
      || zero->number != 0)
    return false;
  comparison->left = bits->left;
  comparison->right = bits->right;
  if (comparison->left->kind == FILTER_NUMBER)
    {
      comparison->left = bits->right;
      comparison->right = bits->left;
    }
  if (is_widened (comparison->left)
      && comparison->right->kind == FILTER_NUMBER)
    {
      /* Bits have no sign.  */
      struct filter_type type = comparison->left->left->type;
      type.is_signed = false;
      if (fits (comparison->right->number, comparison->type, type))
	{
	  comparison->left = comparison->left->left;
	  comparison->type = type;
	}
    }
  return true;
}

/* The IF of a comparison of KIND, for numbers with a sign or without.  */
static enum mdtrace_operation
if_of (enum filter_kind kind, bool is_signed)
{
  switch (kind)
    {
    case FILTER_EQUAL:
      return MDTRACE_OPERATION_IF_EQUAL;
    case FILTER_NOT_EQUAL:
      return MDTRACE_OPERATION_IF_NOT_EQUAL;
    case FILTER_LESS:
      return is_signed ? MDTRACE_OPERATION_IF_SIGNED_LESS
		       : MDTRACE_OPERATION_IF_LESS;
    case FILTER_NOT_LESS:
      return is_signed ? MDTRACE_OPERATION_IF_SIGNED_NOT_LESS
		       : MDTRACE_OPERATION_IF_NOT_LESS;
    case FILTER_GREATER:
      return is_signed ? MDTRACE_OPERATION_IF_SIGNED_GREATER
		       : MDTRACE_OPERATION_IF_GREATER;
    default:
      return is_signed ? MDTRACE_OPERATION_IF_SIGNED_NOT_GREATER
		       : MDTRACE_OPERATION_IF_NOT_GREATER;
    }
}

/* The comparison that is true when that of KIND is false.  */
static enum filter_kind
opposite (enum filter_kind kind)
{
  switch (kind)
    {
    case FILTER_EQUAL:
      return FILTER_NOT_EQUAL;
    case FILTER_NOT_EQUAL:
      return FILTER_EQUAL;
    case FILTER_LESS:
      return FILTER_NOT_LESS;
    case FILTER_NOT_LESS:
      return FILTER_LESS;
    case FILTER_GREATER:
      return FILTER_NOT_GREATER;
    default:
      return FILTER_GREATER;
    }
}

/* The comparison that is the same with its sides exchanged.  */
static enum filter_kind
mirrored (enum filter_kind kind)
{
  switch (kind)
    {
    case FILTER_LESS:
      return FILTER_GREATER;
    case FILTER_GREATER:
      return FILTER_LESS;
    case FILTER_NOT_LESS:
      return FILTER_NOT_GREATER;
    case FILTER_NOT_GREATER:
      return FILTER_NOT_LESS;
    default:
      return kind;
    }
}

/* Jump to LABEL if the comparison NODE is IF_TRUE.  */
static void
make_comparison (struct generator *generator, const struct filter_node *node,
		 bool if_true, unsigned label, unsigned into)
{
  struct comparison comparison = { node->left, node->right, node->left->type };
  enum filter_kind kind = if_true ? node->kind : opposite (node->kind);
  bool asks_for_bits = take_bits (node, &comparison);

  if (!asks_for_bits)
    narrow (&comparison);
  struct place left
      = filter_make_number (generator, comparison.left, into, false);
  bool is_computed = left.operand == MDTRACE_OPERAND_REGISTER + into;
  struct place right = filter_make_number (generator, comparison.right,
					   into + is_computed, false);
  if (left.operand == MDTRACE_OPERAND_IMMEDIATE)
    {
      struct place other = left;
      left = right;
      right = other;
      kind = mirrored (kind);
    }
  enum mdtrace_operation operation
      = !asks_for_bits	       ? if_of (kind, comparison.type.is_signed)
	: kind == FILTER_EQUAL ? MDTRACE_OPERATION_IF_NONE
			       : MDTRACE_OPERATION_IF_ANY;
  /* Of a number no more is told than what is compared.  */
  if (right.operand == MDTRACE_OPERAND_IMMEDIATE)
    right.number = filter_extend (
	right.number, (struct filter_type){ comparison.type.bytes, false });
  filter_emit_if (generator, node, operation, left, right,
		  comparison.type.bytes, label);
}

void
filter_make_jump (struct generator *generator, const struct filter_node *node,
		  bool if_true, unsigned label, unsigned into)
{
  const struct place cpu = { .operand = MDTRACE_OPERAND_CPU };

  switch (node->kind)
    {
    case FILTER_NUMBER:
      if ((node->number != 0) == if_true)
	filter_emit_if (generator, node, MDTRACE_OPERATION_IF_EQUAL, cpu, cpu,
			4, label);
      break;
    case FILTER_NOT:
      filter_make_jump (generator, node->left, !if_true, label, into);
      break;
    case FILTER_AND:
    case FILTER_OR:
      if ((node->kind == FILTER_OR) == if_true)
	{
	  /* Each side decides alone.  */
	  filter_make_jump (generator, node->left, if_true, label, into);
	  filter_make_jump (generator, node->right, if_true, label, into);
	}
      else
	{
	  unsigned decided = filter_new_label (generator);
	  filter_make_jump (generator, node->left, !if_true, decided, into);
	  filter_make_jump (generator, node->right, if_true, label, into);
	  filter_put_label (generator, decided);
	}
      break;
    default:
      if (node->right->kind == FILTER_STRING)
	make_string_jump (generator, node, if_true, label, into);
      else
	make_comparison (generator, node, if_true, label, into);
    }
}
