/* Filters, from an expression to a program: what the compiler's parts share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   filter_parse.c reads the text and has filter_tree.c make a tree of it, in
   which each node has its type in C and conversions are nodes of their own;
   filter_name.c says what names mean there.  filter_generate.c makes the
   program of the tree, with filter_jump.c for conditions.  */

#ifndef LIBMDTRACE_FILTER_TREE_H
#define LIBMDTRACE_FILTER_TREE_H

#include "debug.h"

enum filter_kind
{
  /* Without anything below.  */
  FILTER_NUMBER,
  FILTER_STRING,
  FILTER_VALUE,
  /* With LEFT below.  */
  FILTER_LOAD,	  /* what lies in memory at an address */
  FILTER_CONVERT, /* to the node's type */
  FILTER_NEGATE,
  FILTER_COMPLEMENT,
  FILTER_NOT,
  /* With LEFT and RIGHT.  */
  FILTER_OR,
  FILTER_AND,
  FILTER_BIT_OR,
  FILTER_BIT_XOR,
  FILTER_BIT_AND,
  FILTER_EQUAL,
  FILTER_NOT_EQUAL,
  FILTER_LESS,
  FILTER_NOT_LESS,
  FILTER_GREATER,
  FILTER_NOT_GREATER,
  FILTER_SHIFT_LEFT,
  FILTER_SHIFT_RIGHT,
  FILTER_ADD,
  FILTER_SUBTRACT,
  FILTER_MULTIPLY
};

/* An integer type of C, as far as it matters what it is.  */
struct filter_type
{
  uint8_t bytes; /* 1, 2, 4 or 8 */
  bool is_signed;
};

/* Where a value is: an operand, and loads from there as a mdtrace_value_t has
   them.  */
struct filter_source
{
  uint8_t operand; /* enum mdtrace_operand */
  uint8_t steps;
  uint8_t last_bytes;
  int32_t offsets[MDTRACE_STEPS_MAX];
  enum value_text text;
  int32_t text_offset;
  uint64_t text_bytes;
  /* What it points to, if that is known to be a structure.  */
  bool has_structure;
  Dwarf_Die structure;
};

struct filter_node
{
  enum filter_kind kind;
  const char *at; /* in the text */
  struct filter_type type;
  struct filter_node *left, *right;
  /* Of NUMBER: extended to 64 bits as its type says.  */
  uint64_t number;
  /* Of STRING: its characters without a NUL, which belong to the filter.  */
  const char *string;
  size_t length;
  struct filter_source source; /* of VALUE */
};

enum
{
  FILTER_NODES = 1024,
  FILTER_PART_BYTES = 256
};

/* A filter that is compiled.  */
struct filter
{
  struct value_place place;
  struct mdtrace_names names; /* of the probe's values */
  mdtrace_value_t values[MDTRACE_ARGUMENTS_MAX];
  /* Whether the probe is a static one, which has values by itself.  */
  bool is_static;
  unsigned word_bytes; /* of the traced machine */
  const char *text;
  const char *at;		      /* what is to be read next */
  char characters[FILTER_PART_BYTES]; /* of all strings */
  size_t character_count;
  struct filter_node nodes[FILTER_NODES];
  unsigned node_count;
  /* Of the first thing that is wrong.  */
  int error;
  char *message;
  size_t bytes;
};

/* Note that ERROR is at AT in the text, unless there was one before.  */
void filter_fail (struct filter *filter, const char *at, int error,
		  const char *format, ...)
    __attribute__ ((format (printf, 4, 5)));

/* Read the whole text.  Null after an error, as from all that follow.  */
struct filter_node *filter_parse (struct filter *filter);

/* What the name TEXT means, which may have members behind it, or is a
   register; AT is where it stands.  */
struct filter_node *filter_name (struct filter *filter, const char *at,
				 const char *text);

/* The string that NODE stands for when it is compared with one: the name in
   the structure that it points to, as of a task or a thread, or NODE itself.
 */
struct filter_node *filter_name_of (struct filter *filter,
				    struct filter_node *node);

/* The address of the function that STRING names.  */
struct filter_node *filter_function (struct filter *filter,
				     const struct filter_node *string);

/* Make nodes.  Whatever is null below makes null above.  */
struct filter_node *filter_number (struct filter *filter, const char *at,
				   uint64_t number, struct filter_type type);
struct filter_node *filter_leaf (struct filter *filter, const char *at,
				 enum filter_kind kind);
struct filter_node *filter_load (struct filter *filter, const char *at,
				 struct filter_type type,
				 struct filter_node *address);
struct filter_node *filter_unary (struct filter *filter, const char *at,
				  enum filter_kind kind,
				  struct filter_node *operand);
struct filter_node *filter_binary (struct filter *filter, const char *at,
				   enum filter_kind kind,
				   struct filter_node *left,
				   struct filter_node *right);

/* NODE as something that is true or false.  */
struct filter_node *filter_condition (struct filter *filter,
				      struct filter_node *node);

/* NUMBER, of which the lower bytes count that TYPE has, extended to 64 bits as
   TYPE says.  */
uint64_t filter_extend (uint64_t number, struct filter_type type);

/* Make the program of a condition.  False after an error.  */
bool filter_generate (struct filter *filter, const struct filter_node *node,
		      mdtrace_instruction_t *program, unsigned *count);

#endif /* LIBMDTRACE_FILTER_TREE_H */
