/* Filters: the tree of an expression, with C's types and conversions.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What is smaller than an int becomes one; of two types the larger wins, or
   of equally large ones that without a sign.  What C leaves open is the same
   everywhere here: numbers wrap around, and to shift by the width or more
   shifts everything out.  Operators on numbers are carried out at once, so
   that a tree has them at its ends only.  */

#include <config.h>

#include <string.h>

#include "filter_tree.h"

static const struct filter_type type_int = { 4, true };

/* A node without contents; null if there was an error or are too many.  */
static struct filter_node *
make (struct filter *filter, const char *at, enum filter_kind kind)
{
  if (filter->error != MDTRACE_OK)
    return NULL;
  if (filter->node_count == FILTER_NODES)
    {
      filter_fail (filter, at, MDTRACE_ERR_BAD_EXPRESSION, "it is too long");
      return NULL;
    }
  struct filter_node *node = &filter->nodes[filter->node_count++];
  memset (node, 0, sizeof *node);
  node->kind = kind;
  node->at = at;
  node->type = type_int;
  return node;
}

uint64_t
filter_extend (uint64_t number, struct filter_type type)
{
  unsigned shift = 64 - 8 * type.bytes;

  if (type.is_signed)
    return (uint64_t) ((int64_t) (number << shift) >> shift);
  return number << shift >> shift;
}

struct filter_node *
filter_number (struct filter *filter, const char *at, uint64_t number,
	       struct filter_type type)
{
  struct filter_node *node = make (filter, at, FILTER_NUMBER);

  if (node != NULL)
    {
      node->number = filter_extend (number, type);
      node->type = type;
    }
  return node;
}

struct filter_node *
filter_leaf (struct filter *filter, const char *at, enum filter_kind kind)
{
  return make (filter, at, kind);
}

/* Whether NODE is a number to be reckoned with, and no string.  */
static bool
check_number (struct filter *filter, const struct filter_node *node)
{
  bool is_text = node->kind == FILTER_STRING
		 || (node->kind == FILTER_VALUE
		     && node->source.text == VALUE_TEXT_ARRAY);

  if (is_text)
    filter_fail (filter, node->at, MDTRACE_ERR_BAD_EXPRESSION,
		 "it is a string, which can only be compared with another by "
		 "== or !=");
  return !is_text;
}

static bool
is_same (struct filter_type a, struct filter_type b)
{
  return a.bytes == b.bytes && a.is_signed == b.is_signed;
}

/* NODE as a number of TYPE.  */
static struct filter_node *
convert (struct filter *filter, struct filter_node *node,
	 struct filter_type type)
{
  if (node == NULL || !check_number (filter, node))
    return NULL;
  if (is_same (node->type, type))
    return node;
  if (node->kind == FILTER_NUMBER)
    return filter_number (filter, node->at, node->number, type);
  struct filter_node *conversion = make (filter, node->at, FILTER_CONVERT);
  if (conversion != NULL)
    {
      conversion->left = node;
      conversion->type = type;
    }
  return conversion;
}

/* What TYPE is when anything is done with it.  */
static struct filter_type
promoted (struct filter_type type)
{
  return type.bytes < type_int.bytes ? type_int : type;
}

/* The type in which numbers of A and B are brought together.  */
static struct filter_type
common (struct filter_type a, struct filter_type b)
{
  a = promoted (a);
  b = promoted (b);
  if (a.bytes != b.bytes)
    return a.bytes > b.bytes ? a : b;
  return a.is_signed ? b : a;
}

struct filter_node *
filter_load (struct filter *filter, const char *at, struct filter_type type,
	     struct filter_node *address)
{
  const struct filter_type word = { filter->word_bytes, false };
  struct filter_node *node = make (filter, at, FILTER_LOAD);

  address = convert (filter, address, word);
  if (node == NULL || address == NULL)
    return NULL;
  node->left = address;
  node->type = type;
  return node;
}

/* Whether KIND gives 0 or 1.  */
static bool
is_condition (enum filter_kind kind)
{
  switch (kind)
    {
    case FILTER_NOT:
    case FILTER_OR:
    case FILTER_AND:
    case FILTER_EQUAL:
    case FILTER_NOT_EQUAL:
    case FILTER_LESS:
    case FILTER_NOT_LESS:
    case FILTER_GREATER:
    case FILTER_NOT_GREATER:
      return true;
    default:
      return false;
    }
}

/* Whether A KIND B, of numbers of TYPE.  */
static bool
compare (enum filter_kind kind, uint64_t a, uint64_t b,
	 struct filter_type type)
{
  bool is_less = type.is_signed ? (int64_t) a < (int64_t) b : a < b;

  switch (kind)
    {
    case FILTER_EQUAL:
      return a == b;
    case FILTER_NOT_EQUAL:
      return a != b;
    case FILTER_LESS:
      return is_less;
    case FILTER_NOT_LESS:
      return !is_less;
    case FILTER_GREATER:
      return !is_less && a != b;
    default:
      return is_less || a == b;
    }
}

/* A shifted to the left or right; TYPE is that of A.  */
static uint64_t
shift (enum filter_kind kind, uint64_t a, uint64_t count,
       struct filter_type type)
{
  if (kind == FILTER_SHIFT_LEFT)
    return count < 64 ? a << count : 0;
  if (type.is_signed)
    return (uint64_t) ((int64_t) a >> (count < 64 ? count : 63));
  return count < 64 ? a >> count : 0;
}

/* What KIND makes of A and B, of numbers of TYPE.  */
static uint64_t
compute (enum filter_kind kind, uint64_t a, uint64_t b,
	 struct filter_type type)
{
  switch (kind)
    {
    case FILTER_BIT_OR:
      return a | b;
    case FILTER_BIT_XOR:
      return a ^ b;
    case FILTER_BIT_AND:
      return a & b;
    case FILTER_ADD:
      return a + b;
    case FILTER_SUBTRACT:
      return a - b;
    case FILTER_MULTIPLY:
      return a * b;
    default:
      return shift (kind, a, b, type);
    }
}

struct filter_node *
filter_condition (struct filter *filter, struct filter_node *node)
{
  if (node == NULL || is_condition (node->kind))
    return node;
  if (!check_number (filter, node))
    return NULL;
  return filter_binary (filter, node->at, FILTER_NOT_EQUAL, node,
			filter_number (filter, node->at, 0, type_int));
}

struct filter_node *
filter_unary (struct filter *filter, const char *at, enum filter_kind kind,
	      struct filter_node *operand)
{
  if (kind == FILTER_NOT)
    operand = filter_condition (filter, operand);
  else if (operand != NULL)
    operand = convert (filter, operand, promoted (operand->type));
  if (operand == NULL)
    return NULL;
  if (operand->kind == FILTER_NUMBER)
    return filter_number (filter, at,
			  kind == FILTER_NOT	  ? operand->number == 0
			  : kind == FILTER_NEGATE ? -operand->number
						  : ~operand->number,
			  operand->type);
  struct filter_node *node = make (filter, at, kind);
  if (node != NULL)
    {
      node->left = operand;
      node->type = operand->type;
    }
  return node;
}

/* && or ||, of which the left side may decide alone.  */
static struct filter_node *
join (struct filter *filter, const char *at, enum filter_kind kind,
      struct filter_node *left, struct filter_node *right)
{
  left = filter_condition (filter, left);
  right = filter_condition (filter, right);
  if (left == NULL || right == NULL)
    return NULL;
  if (left->kind == FILTER_NUMBER)
    return (left->number != 0) == (kind == FILTER_AND) ? right : left;
  struct filter_node *node = make (filter, at, kind);
  if (node != NULL)
    {
      node->left = left;
      node->right = right;
    }
  return node;
}

/* Compare with a string, which stands on the right then.  */
static struct filter_node *
compare_strings (struct filter *filter, const char *at, enum filter_kind kind,
		 struct filter_node *left, struct filter_node *right)
{
  if (left->kind == FILTER_STRING)
    {
      struct filter_node *string = left;
      left = right;
      right = string;
    }
  if (kind != FILTER_EQUAL && kind != FILTER_NOT_EQUAL)
    {
      filter_fail (filter, at, MDTRACE_ERR_BAD_EXPRESSION,
		   "strings are compared by == or != only");
      return NULL;
    }
  if (left->kind == FILTER_VALUE
      && left->source.operand == MDTRACE_OPERAND_FUNCTION)
    return filter_binary (filter, at, kind, left,
			  filter_function (filter, right));
  left = filter_name_of (filter, left);
  if (left == NULL)
    return NULL;
  if (left->kind != FILTER_VALUE || left->source.text == VALUE_NO_TEXT)
    {
      filter_fail (filter, left->at, MDTRACE_ERR_BAD_EXPRESSION,
		   left->kind == FILTER_STRING
		       ? "both sides are strings that are known already"
		       : "it is no string, and is compared with one");
      return NULL;
    }
  if (left->source.text == VALUE_TEXT_ARRAY && left->source.text_bytes > 0
      && right->length > left->source.text_bytes)
    {
      filter_fail (filter, right->at, MDTRACE_ERR_BAD_EXPRESSION,
		   "the string is longer than that which it is compared with "
		   "can be; at most %llu characters",
		   (unsigned long long) left->source.text_bytes);
      return NULL;
    }
  struct filter_node *node = make (filter, at, kind);
  if (node != NULL)
    {
      node->left = left;
      node->right = right;
    }
  return node;
}

/* A comparison of numbers, which is 0 or 1.  */
static struct filter_node *
compare_numbers (struct filter *filter, struct filter_node *node)
{
  const struct filter_node *left = node->left, *right = node->right;

  if (left->kind != FILTER_NUMBER || right->kind != FILTER_NUMBER)
    return node;
  return filter_number (
      filter, node->at,
      compare (node->kind, left->number, right->number, left->type), type_int);
}

struct filter_node *
filter_binary (struct filter *filter, const char *at, enum filter_kind kind,
	       struct filter_node *left, struct filter_node *right)
{
  if (kind == FILTER_OR || kind == FILTER_AND)
    return join (filter, at, kind, left, right);
  if (left == NULL || right == NULL)
    return NULL;
  bool compares = is_condition (kind);
  if (compares
      && (left->kind == FILTER_STRING || right->kind == FILTER_STRING))
    return compare_strings (filter, at, kind, left, right);

  bool shifts = kind == FILTER_SHIFT_LEFT || kind == FILTER_SHIFT_RIGHT;
  struct filter_type type
      = shifts ? promoted (left->type) : common (left->type, right->type);
  left = convert (filter, left, type);
  right = convert (filter, right, shifts ? promoted (right->type) : type);
  struct filter_node *node = make (filter, at, kind);
  if (left == NULL || right == NULL || node == NULL)
    return NULL;
  node->left = left;
  node->right = right;
  if (compares)
    return compare_numbers (filter, node);
  node->type = type;
  if (left->kind != FILTER_NUMBER || right->kind != FILTER_NUMBER)
    return node;
  return filter_number (
      filter, at, compute (kind, left->number, right->number, type), type);
}
