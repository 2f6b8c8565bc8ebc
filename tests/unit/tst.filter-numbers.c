/* Filters: numbers, as C has them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Expressions are compiled, and their programs executed by filter_reference.h;
   what comes out is what this program's own compiler makes of the same text,
   or what a tree of random operators gives.  */

#include "filter_run.h"

/* -------------------------------------------------------------------- */
/* Against this compiler */

#define SAME(expression) check_truth (#expression, expression)

/* Fill everything with numbers, many of them at the ends of their types.  */
static void
fill (uint64_t *seed)
{
  static const uint64_t special[]
      = { 0,	      1,	 2,
	  7,	      0x7f,	 0x80,
	  0xff,	      0x7fff,	 0x8000,
	  0xffff,     INT32_MAX, (uint64_t) INT32_MAX + 1,
	  UINT32_MAX, INT64_MAX, (uint64_t) INT64_MAX + 1,
	  UINT64_MAX };
#define ANY()                                                                 \
  (tap_below (seed, 3) == 0 ? tap_random (seed)                               \
   : tap_below (seed, 2) == 0                                                 \
       ? special[tap_below (seed, sizeof special / sizeof special[0])]        \
       : -special[tap_below (seed, sizeof special / sizeof special[0])])
  c = ANY ();
  s = ANY ();
  i = ANY ();
  u = ANY ();
  l = ANY ();
  eighth = ANY ();
  for (struct numbers *n = &first; n != NULL; n = n == &first ? &second : NULL)
    {
      n->s1 = ANY ();
      n->u1 = ANY ();
      n->s2 = ANY ();
      n->u2 = ANY ();
      n->s4 = ANY ();
      n->u4 = ANY ();
      n->s8 = ANY ();
      n->u8 = ANY ();
      n->season = tap_below (seed, 2) ? SPRING : AUTUMN;
      n->flag = tap_below (seed, 2);
      for (int k = 0; k < 4; k++)
	n->inner.table[k] = ANY ();
    }
  first.next = &second;
  second.next = &first;
#undef ANY
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wparentheses"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wbool-compare"
#pragma GCC diagnostic ignored "-Wtype-limits"
#pragma GCC diagnostic ignored "-Wint-in-bool-context"
#pragma GCC diagnostic ignored "-Wlogical-not-parentheses"

/* What C says of comparisons and conversions.  */
static void
converts_as_c_does (void)
{
  uint64_t seed = 2;

  sample_open ();
  for (int round = 0; round < 200; round++)
    {
      fill (&seed);
      SAME (c == -1);
      SAME (c < 0);
      SAME (c == 255);
      SAME (c > -128);
      SAME (c < u);
      SAME (u > c);
      SAME (c == u);
      SAME (c == s);
      SAME (s == -1);
      SAME (s == 65535);
      SAME (s > 0xffff);
      SAME (i == u);
      SAME (i < u);
      SAME (u < i);
      SAME (-1 < u);
      SAME (i < 4294967295);
      SAME (i < 0xffffffff);
      SAME (u == -1);
      SAME (u == 0xffffffffffffffff);
      SAME (l == -1);
      SAME (l < 1 - 2);
      SAME (l == u);
      SAME (l == i);
      SAME (l < c);
      SAME (p->u8 == c);
      SAME (p->u8 > i);
      SAME (p->s8 < p->u4);
      SAME (p->s1 == p->next->s1);
      SAME (p->s1 < p->next->s1);
      SAME (p->u1 <= p->next->u1);
      SAME (p->s2 >= p->u2);
      SAME (p->s4 != p->u4);
      SAME (p->s1 > p->s8);
      SAME (p->u1 == p->s1);
      SAME (p->season == SPRING);
      SAME (p->season == AUTUMN);
      SAME (p->season < 0);
      SAME (p->flag);
      SAME (!p->flag);
      SAME (p->flag == 2);
      SAME (eighth == l);
      SAME (eighth < 0);
      SAME (p->next->next == p);
      SAME (p->inner.table[3] > p->inner.table[0]);
      SAME ((p->next->inner.table[1] >> 1) + 1 > i >> 1);
    }
}

static void
computes_as_c_does (void)
{
  uint64_t seed = 3;

  sample_open ();
  for (int round = 0; round < 200; round++)
    {
      fill (&seed);
      /* What C leaves open is left out here.  */
      SAME (s + 1 == 65536);
      SAME (u + 1 == 0);
      SAME (u - 1 > u);
      SAME (u * 3 == -3);
      SAME (~u == 0);
      SAME (~c == 0);
      SAME (~s == -1);
      SAME (-s == -1);
      SAME (-u == 1);
      SAME (-c > 0);
      SAME (p->u8 + c < p->u8);
      SAME (p->u8 * p->u4 + u == i);
      SAME (c + s + 1 > 0);
      SAME (u >> 31);
      SAME (u >> 31 == 1);
      SAME (i >> 31 == -1);
      SAME (c >> 3 == -1);
      SAME (s >> 15);
      SAME (l >> 63);
      SAME (p->u8 >> 63 == 1);
      SAME (u << 31 == 0x80000000);
      SAME (p->u8 << 63);
      SAME (p->u4 >> (p->u1 & 31) == 1);
      SAME (p->u8 >> (p->s2 & 63) & 1);
      SAME (c & 0x80);
      SAME ((c & 0x80) == 0);
      SAME ((c & 0x100) != 0);
      SAME ((c & 0x100) == 0);
      SAME (0 == (s & 0x8000));
      SAME ((i & u) != 0);
      SAME ((c & u) == 0);
      SAME ((p->u1 & 0x81) == 0x81);
      SAME ((p->s8 & p->u8) == 0);
      SAME ((i & -2) == l);
      SAME ((i & -256) < l);
      SAME (c & s ^ i | u);
      SAME (c | s == i);
      SAME (c ^ c);
      SAME (c & 1 == 1);
      SAME (!c == 0);
      SAME (!!c == 1);
      SAME (!(c == 0));
      SAME ((c == 0) + (s == 0) + (i == 0) == 1);
      SAME ((c < 0) == (i < 0));
      SAME (((c < 0) | (i < 0)) << 3 == 8);
      SAME (-(c < 0) == -1);
      SAME (c < 0 == i < 0);
      SAME (c && s || i && u);
      SAME ((c || s) && (i || u));
      SAME (!(c && s) || !(i || l));
      SAME (c && (s || i && (u || !l)));
      SAME (1 && c);
      SAME (0 || c);
      SAME (c && 1);
      SAME (c && 0);
      SAME (c || 1);
      SAME (c || 0);
      SAME ((c && 0) == 0);
      SAME (1 + 2 * 3 - 4 == 3);
      SAME (7 - 2 - 1 == 4);
      SAME (1 << 2 + 1 == 8);
      SAME (64 >> 2 >> 1 == 8);
      SAME (5 & 3 == 3);
      SAME (6 | 1 ^ 3 & 2);
      SAME (-2147483647 - 1 < 0);
      SAME (0x7fffffff < 0x80000000);
      SAME (010 == 8);
      SAME ('a' == 97);
      SAME ('\n' == 10);
      SAME ('\\' == 0x5c);
      SAME ('\'' == 39);
      SAME ('\xff' == -1);
      SAME ('\101' == 'A');
      SAME ('\0' == 0);
    }
}
#pragma GCC diagnostic pop

/* -------------------------------------------------------------------- */
/* Against random trees */

struct tree
{
  /* A sign of C's; "" for a leaf, "u-", "u~" and "u!" for unary ones.  */
  const char *sign;
  int level;
  struct tree *left, *right;
  char text[48];
  int64_t value; /* of a leaf, extended by its type */
  unsigned bytes;
  bool is_signed;
};

static struct tree trees[256];
static unsigned tree_count;

static const struct
{
  const char *sign;
  int level;
} signs[] = { { "||", 1 }, { "&&", 2 }, { "|", 3 },  { "^", 4 },
	      { "&", 5 },  { "==", 6 }, { "!=", 6 }, { "<", 7 },
	      { "<=", 7 }, { ">", 7 },	{ ">=", 7 }, { "<<", 8 },
	      { ">>", 8 }, { "+", 9 },	{ "-", 9 },  { "*", 10 } };

/* Everything that a leaf can be, with what it is at the moment.  */
static void
make_leaf (struct tree *tree, uint64_t *seed)
{
  const struct numbers *n = &first;
  const struct
  {
    const char *text;
    int64_t value;
    unsigned bytes;
    bool is_signed;
  } leaves[] = {
    { "c", c, 1, true },
    { "s", s, 2, false },
    { "i", i, 4, true },
    { "u", u, 4, false },
    { "l", l, 8, true },
    { "eighth", eighth, 8, true },
    { "p->s1", n->s1, 1, true },
    { "p->u1", n->u1, 1, false },
    { "p->s2", n->s2, 2, true },
    { "p->u2", n->u2, 2, false },
    { "p->s4", n->s4, 4, true },
    { "p->u4", n->u4, 4, false },
    { "p->s8", n->s8, 8, true },
    { "p->u8", (int64_t) n->u8, 8, false },
    { "p->next->s2", second.s2, 2, true },
    { "p->next->u4", second.u4, 4, false },
    { "p->inner.table[2]", n->inner.table[2], 4, true },
    { "p->season", n->season, 4, true },
    { "p->flag", n->flag, 1, false },
    { "*(int16_t *) (p + 2)", n->s2, 2, true },
    { "*(unsigned char *) (arg0 + 1)", n->u1, 1, false },
    { "*(long *) (p->next + 16)", second.s8, 8, true },
    { "cpu", 3, 4, false },
    { "address", (intptr_t) sample + 7, 8, false },
    { "SPRING", SPRING, 4, true },
  };
  unsigned which = tap_below (seed, 2 * sizeof leaves / sizeof leaves[0]);

  if (which < sizeof leaves / sizeof leaves[0])
    {
      snprintf (tree->text, sizeof tree->text, "%s", leaves[which].text);
      tree->value = leaves[which].value;
      tree->bytes = leaves[which].bytes;
      tree->is_signed = leaves[which].is_signed;
      return;
    }
  static const uint64_t numbers[]
      = { 0,	 1,	  2,	     3,		 31,	     32,	63,
	  64,	 127,	  128,	     255,	 256,	     32767,	65535,
	  65536, 1 << 30, INT32_MAX, 2147483648, UINT32_MAX, 4294967296 };
  uint64_t number
      = numbers[tap_below (seed, sizeof numbers / sizeof numbers[0])];
  bool is_decimal = tap_below (seed, 2);
  snprintf (tree->text, sizeof tree->text,
	    is_decimal ? "%" PRIu64 : "0x%" PRIx64, number);
  tree->value = (int64_t) number;
  tree->bytes
      = number > UINT32_MAX || (is_decimal && number > INT32_MAX) ? 8 : 4;
  tree->is_signed = tree->bytes == 8 || number <= INT32_MAX;
}

static struct tree *
make_tree (unsigned depth, uint64_t *seed)
{
  struct tree *tree = &trees[tree_count++];

  memset (tree, 0, sizeof *tree);
  tree->sign = "";
  tree->level = 12;
  if (depth == 0 || tap_below (seed, 6) == 0)
    make_leaf (tree, seed);
  else if (tap_below (seed, 5) == 0)
    {
      static const char *const unary[] = { "u-", "u~", "u!" };
      tree->sign = unary[tap_below (seed, 3)];
      tree->level = 11;
      tree->left = make_tree (depth - 1, seed);
    }
  else
    {
      unsigned which = tap_below (seed, sizeof signs / sizeof signs[0]);
      tree->sign = signs[which].sign;
      tree->level = signs[which].level;
      tree->left = make_tree (depth - 1, seed);
      tree->right = make_tree (depth - 1, seed);
    }
  return tree;
}

static size_t
print_tree (const struct tree *tree, char *to, bool in_parentheses,
	    uint64_t *seed)
{
  size_t used = 0;

  /* Some that are not needed.  */
  in_parentheses |= tap_below (seed, 16) == 0;
  if (in_parentheses)
    to[used++] = '(';
  if (tree->sign[0] == '\0')
    used += sprintf (to + used, "%s", tree->text);
  else if (tree->sign[0] == 'u')
    {
      used += sprintf (to + used, "%s%s", tree->sign + 1,
		       tree->left->sign[0] == 'u' ? " " : "");
      used += print_tree (tree->left, to + used, tree->left->level < 11, seed);
    }
  else
    {
      bool as_word = tree->level <= 2 && tap_below (seed, 2);
      const char *blank = as_word || tap_below (seed, 2) ? " " : "";
      used += print_tree (tree->left, to + used,
			  tree->left->level < tree->level, seed);
      used += sprintf (to + used, "%s%s%s", blank,
		       !as_word		  ? tree->sign
		       : tree->level == 1 ? "or"
					  : "and",
		       blank);
      /* "- -x", and "p->x - > y" is none.  */
      if (blank[0] == '\0')
	used += sprintf (to + used, " ");
      used += print_tree (tree->right, to + used,
			  tree->right->level <= tree->level, seed);
    }
  if (in_parentheses)
    to[used++] = ')';
  to[used] = '\0';
  return used;
}

/* Cut VALUE to BYTES bytes, and extend it.  */
static int64_t
cut (uint64_t value, unsigned bytes, bool is_signed)
{
  return is_signed ? reference_signed (value, bytes)
		   : (int64_t) reference_low (value, bytes);
}

static bool
is_sign (const struct tree *tree, const char *sign)
{
  return strcmp (tree->sign, sign) == 0;
}

/* Give TREE its value, as C does, and where C does not as mdtrace-filter(7)
   says.  */
static void
evaluate (struct tree *tree)
{
  struct tree *a = tree->left, *b = tree->right;
  unsigned bytes;
  bool is_signed;

  if (a == NULL)
    return;
  evaluate (a);
  bytes = a->bytes < 4 ? 4 : a->bytes;
  is_signed = a->bytes < 4 || a->is_signed;
  if (b != NULL)
    evaluate (b);
  if (b != NULL && !is_sign (tree, "<<") && !is_sign (tree, ">>"))
    {
      unsigned other = b->bytes < 4 ? 4 : b->bytes;
      bool other_signed = b->bytes < 4 || b->is_signed;
      is_signed = other > bytes	  ? other_signed
		  : other < bytes ? is_signed
				  : is_signed && other_signed;
      bytes = other > bytes ? other : bytes;
    }
  int64_t x = cut (a->value, bytes, is_signed);
  int64_t y = b == NULL ? 0 : cut (b->value, bytes, is_signed);
  bool less = is_signed ? x < y : (uint64_t) x < (uint64_t) y;
  uint64_t count = b == NULL ? 0 : (uint64_t) b->value;
  uint64_t result;
  bool is_truth = true;
  if (is_sign (tree, "||"))
    result = a->value != 0 || b->value != 0;
  else if (is_sign (tree, "&&"))
    result = a->value != 0 && b->value != 0;
  else if (is_sign (tree, "u!"))
    result = a->value == 0;
  else if (is_sign (tree, "=="))
    result = x == y;
  else if (is_sign (tree, "!="))
    result = x != y;
  else if (is_sign (tree, "<"))
    result = less;
  else if (is_sign (tree, ">="))
    result = !less;
  else if (is_sign (tree, "<="))
    result = less || x == y;
  else if (is_sign (tree, ">"))
    result = !less && x != y;
  else
    {
      is_truth = false;
      if (is_sign (tree, "u-"))
	result = -(uint64_t) x;
      else if (is_sign (tree, "u~"))
	result = ~(uint64_t) x;
      else if (is_sign (tree, "<<"))
	result = count < 8 * bytes ? (uint64_t) x << count : 0;
      else if (is_sign (tree, ">>"))
	result = is_signed ? (uint64_t) (x >> (count < 63 ? count : 63))
		 : count < 8 * bytes ? (uint64_t) x >> count
				     : 0;
      else
	result = is_sign (tree, "|")   ? (uint64_t) x | y
		 : is_sign (tree, "^") ? (uint64_t) x ^ y
		 : is_sign (tree, "&") ? (uint64_t) x & y
		 : is_sign (tree, "+") ? (uint64_t) x + y
		 : is_sign (tree, "-") ? (uint64_t) x - y
				       : (uint64_t) x * y;
    }
  tree->bytes = is_truth ? 4 : bytes;
  tree->is_signed = is_truth || is_signed;
  tree->value = cut (result, tree->bytes, tree->is_signed);
}

static void
agrees_with_random_trees (void)
{
  enum
  {
    ROUNDS = 20000
  };
  mdtrace_instruction_t program[MDTRACE_PROGRAM_MAX];
  char expression[TEXT_BYTES], message[MESSAGE_BYTES];
  unsigned compiled = 0, accepted = 0, count;
  uint64_t seed = 4;

  sample_open ();
  for (unsigned round = 0; round < ROUNDS; round++)
    {
      fill (&seed);
      tree_count = 0;
      struct tree *tree = make_tree (1 + tap_below (&seed, 4), &seed);
      print_tree (tree, expression, false, &seed);
      int error = mdtrace_filter_compile (
	  sample_debug, (uintptr_t) sample, ENTRIES, false, NULL, expression,
	  program, &count, message, sizeof message);
      /* It may be too long.  */
      if (error != MDTRACE_OK)
	{
	  if (strstr (message, "it is too long; at most 255") == NULL
	      && strstr (message, "more than the 128 instructions") == NULL
	      && strstr (message, "more than 8 results are") == NULL)
	    {
	      printf ("# %s: %s\n", expression, message);
	      CHECK (false);
	    }
	  continue;
	}
      compiled++;
      CHECK (reference_is_good (program, count));
      evaluate (tree);
      struct reference_hit hit = make_hit ();
      enum reference_verdict got = reference_run (program, count, &hit);
      if (got != (tree->value != 0 ? REFERENCE_ACCEPTS : REFERENCE_REJECTS))
	{
	  static char listing[TEXT_BYTES];
	  mdtrace_filter_print (program, count, listing, sizeof listing);
	  printf ("# %s: is %d, not %d\n%s", expression, got, tree->value != 0,
		  listing);
	  CHECK (false);
	}
      accepted += got == REFERENCE_ACCEPTS;
    }
  CHECK (compiled > ROUNDS * 9 / 10);
  CHECK (accepted > compiled / 4 && accepted < compiled * 3 / 4);
}

TAP_MAIN ({ converts_as_c_does, "numbers are compared as C does" },
	  { computes_as_c_does, "operators and precedence are C's" },
	  { agrees_with_random_trees, "expressions at random" })
