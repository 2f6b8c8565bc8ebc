/* Filters: from the text to the tree.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Operators and their precedence are C's.  The words and, or and not stand
   beside them: the first two are && and ||, and not is a ! that takes in all
   that binds more strongly than &&, as in SQL.  */

#include <config.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter_tree.h"

enum
{
  LEVEL_OR = 1,
  LEVEL_AND = 2,
  LEVEL_BIT_OR = 3
};

/* Those with two sides; of two that begin alike the longer one is first.  */
static const struct binary
{
  const char *sign;
  enum filter_kind kind;
  unsigned level; /* the higher, the more strongly it binds */
} binaries[] = {
  { "||", FILTER_OR, LEVEL_OR },	{ "or", FILTER_OR, LEVEL_OR },
  { "&&", FILTER_AND, LEVEL_AND },	{ "and", FILTER_AND, LEVEL_AND },
  { "|", FILTER_BIT_OR, LEVEL_BIT_OR }, { "^", FILTER_BIT_XOR, 4 },
  { "&", FILTER_BIT_AND, 5 },		{ "==", FILTER_EQUAL, 6 },
  { "!=", FILTER_NOT_EQUAL, 6 },	{ "<<", FILTER_SHIFT_LEFT, 8 },
  { ">>", FILTER_SHIFT_RIGHT, 8 },	{ "<=", FILTER_NOT_GREATER, 7 },
  { ">=", FILTER_NOT_LESS, 7 },		{ "<", FILTER_LESS, 7 },
  { ">", FILTER_GREATER, 7 },		{ "+", FILTER_ADD, 9 },
  { "-", FILTER_SUBTRACT, 9 },		{ "*", FILTER_MULTIPLY, 10 },
};

static struct filter_node *parse_from (struct filter *filter, unsigned level);
static struct filter_node *parse_unary (struct filter *filter);

#define BAD(filter, at, ...)                                                  \
  filter_fail (filter, at, MDTRACE_ERR_BAD_EXPRESSION, __VA_ARGS__)

static bool
is_name_character (char character)
{
  return isalnum ((unsigned char) character) || character == '_';
}

static void
skip_blanks (struct filter *filter)
{
  while (isspace ((unsigned char) *filter->at))
    filter->at++;
}

/* Whether SIGN, or the whole word SIGN, comes next.  */
static bool
is_next (const struct filter *filter, const char *sign)
{
  size_t length = strlen (sign);

  return strncmp (filter->at, sign, length) == 0
	 && !(is_name_character (sign[0])
	      && is_name_character (filter->at[length]));
}

/* Take SIGN if it comes next.  */
static bool
take (struct filter *filter, const char *sign)
{
  skip_blanks (filter);
  if (!is_next (filter, sign))
    return false;
  filter->at += strlen (sign);
  return true;
}

/* Refuse what comes next, where EXPECTED should stand.  */
static void
refuse_next (struct filter *filter, const char *expected)
{
  skip_blanks (filter);
  if (*filter->at == '/' || *filter->at == '%')
    BAD (filter, filter->at,
	 "filters do not divide, which takes too long; >> and & do, by powers "
	 "of two");
  else if (*filter->at == '=')
    BAD (filter, filter->at, "filters assign nothing; to compare is ==");
  else
    BAD (filter, filter->at, "here should stand %s", expected);
}

/* Take SIGN, which must come next.  */
static bool
must_take (struct filter *filter, const char *sign)
{
  bool taken = take (filter, sign);

  if (!taken)
    refuse_next (filter, sign);
  return taken;
}

/* -------------------------------------------------------------------- */
/* Numbers and strings */

/* The type that C gives to a NUMBER, which was written with base 10 or
   not.  */
static struct filter_type
type_of (uint64_t number, bool is_decimal)
{
  if (number <= INT32_MAX)
    return (struct filter_type){ 4, true };
  if (!is_decimal && number <= UINT32_MAX)
    return (struct filter_type){ 4, false };
  return (struct filter_type){ 8, number <= INT64_MAX };
}

/* Take the unit that may stand behind a number: what it is in nanoseconds, or
   0 if there is no such unit.  */
static uint64_t
take_unit (struct filter *filter)
{
  static const struct
  {
    const char *word;
    uint64_t nanoseconds;
  } units[] = {
    { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 }
  };

  if (!is_name_character (*filter->at))
    return 1;
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (is_next (filter, units[i].word))
      {
	filter->at += strlen (units[i].word);
	return units[i].nanoseconds;
      }
  return 0;
}

static struct filter_node *
parse_number (struct filter *filter)
{
  const char *at = filter->at;
  bool is_decimal = at[0] != '0';
  char *after;

  errno = 0;
  uint64_t number = strtoull (at, &after, 0);
  filter->at = after;
  uint64_t unit = take_unit (filter);
  if (unit == 0)
    BAD (filter, at,
	 "this is no number, and has no unit of time behind it, which is ns, "
	 "us, ms or s");
  if (errno != 0 || number > UINT64_MAX / (unit == 0 ? 1 : unit))
    BAD (filter, at, "this number needs more than 64 bits");
  return filter_number (filter, at, number * unit,
			type_of (number * unit, is_decimal));
}

/* What may stand behind a backslash, and what it means.  */
static const char letters[] = "abfnrtv\\'\"?",
		  meanings[] = "\a\b\f\n\r\t\v\\'\"?";

/* Take the code of a character: up to three octal digits, or behind an x up to
   two hexadecimal ones.  The backslash is at AT.  */
static bool
take_code (struct filter *filter, const char *at, char *character)
{
  bool is_hexadecimal = *filter->at == 'x';
  const char *digits = is_hexadecimal ? "0123456789abcdef" : "01234567";
  unsigned count = 0, code = 0;

  for (filter->at += is_hexadecimal; count < (is_hexadecimal ? 2 : 3); count++)
    {
      const char *digit
	  = *filter->at == '\0'
		? NULL
		: strchr (digits, tolower ((unsigned char) *filter->at));
      if (digit == NULL)
	break;
      code = code * (is_hexadecimal ? 16 : 8) + (digit - digits);
      filter->at++;
    }
  *character = (char) code;
  if (count > 0 && code <= UINT8_MAX)
    return true;
  BAD (filter, at,
       "behind a backslash stands one of %s, or a code of up to three octal "
       "digits, or of two hexadecimal ones behind an x",
       letters);
  return false;
}

/* Take a character of a string or character constant that ends with QUOTE.
   False at its end.  */
static bool
take_character (struct filter *filter, char quote, char *character)
{
  const char *at = filter->at;

  if (*at == quote || *at == '\0')
    return false;
  *character = *filter->at++;
  if (*character != '\\')
    return true;
  const char *letter
      = *filter->at == '\0' ? NULL : strchr (letters, *filter->at);
  if (letter != NULL)
    {
      *character = meanings[letter - letters];
      filter->at++;
      return true;
    }
  return take_code (filter, at, character);
}

static struct filter_node *
parse_character (struct filter *filter)
{
  const char *at = filter->at++;
  char character;

  if (!take_character (filter, '\'', &character) || *filter->at != '\'')
    BAD (filter, at, "between ' and ' stands one character");
  else
    filter->at++;
  if (filter->error != MDTRACE_OK)
    return NULL;
  /* A character is a signed one, as in the kernel.  */
  return filter_number (filter, at, (uint64_t) (signed char) character,
			(struct filter_type){ 4, true });
}

static struct filter_node *
parse_string (struct filter *filter)
{
  const char *at = filter->at++;
  size_t begin = filter->character_count;
  char character;

  /* There is room, since the text is no longer.  */
  while (take_character (filter, '"', &character))
    {
      if (character == '\0')
	BAD (filter, at, "a string ends before its first NUL");
      filter->characters[filter->character_count++] = character;
    }
  if (*filter->at != '"')
    BAD (filter, at, "this string has no end; it is a \"");
  else
    filter->at++;
  struct filter_node *node = filter_leaf (filter, at, FILTER_STRING);
  if (node != NULL)
    {
      node->string = filter->characters + begin;
      node->length = filter->character_count - begin;
    }
  return node;
}

/* -------------------------------------------------------------------- */
/* Names, and memory behind addresses */

/* The end of the name at AT, with its members and elements.  */
static const char *
end_of_name (const char *at)
{
  if (*at == '%')
    at++;
  for (;;)
    {
      while (is_name_character (*at))
	at++;
      if (at[0] == '-' && at[1] == '>')
	at += 2;
      else if (at[0] == '.')
	at++;
      else if (at[0] == '[')
	{
	  at += strcspn (at, "]");
	  if (*at == ']')
	    at++;
	}
      else
	return at;
    }
}

static struct filter_node *
parse_name (struct filter *filter)
{
  const char *at = filter->at;
  char name[FILTER_PART_BYTES];
  size_t length = end_of_name (at) - at;

  /* The whole text is shorter.  */
  memcpy (name, at, length);
  name[length] = '\0';
  filter->at += length;
  return filter_name (filter, at, name);
}

/* Take the name of an integer type.  */
static bool
take_type (struct filter *filter, struct filter_type *type)
{
  static const struct
  {
    const char *name;
    uint8_t bytes; /* 0: a word */
    bool is_signed;
  } types[] = {
    { "int8_t", 1, true },    { "int16_t", 2, true },
    { "int32_t", 4, true },   { "int64_t", 8, true },
    { "uint8_t", 1, false },  { "uint16_t", 2, false },
    { "uint32_t", 4, false }, { "uint64_t", 8, false },
    { "char", 1, true },      { "short", 2, true },
    { "int", 4, true },	      { "long", 0, true },
  };
  bool is_unsigned = take (filter, "unsigned");

  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (take (filter, types[i].name))
      {
	type->bytes
	    = types[i].bytes != 0 ? types[i].bytes : filter->word_bytes;
	type->is_signed = types[i].is_signed && !is_unsigned;
	return true;
      }
  *type = (struct filter_type){ 4, false };
  return is_unsigned;
}

/* What stands behind a * that is no multiplication: *(TYPE *) ADDRESS.  */
static struct filter_node *
parse_load (struct filter *filter, const char *at)
{
  struct filter_type type;

  if (!take (filter, "(") || !take_type (filter, &type) || !take (filter, "*"))
    {
      BAD (filter, at,
	   "memory is read as *(TYPE *) ADDRESS, where TYPE is one such as "
	   "uint32_t or unsigned char");
      return NULL;
    }
  if (!must_take (filter, ")"))
    return NULL;
  return filter_load (filter, at, type, parse_unary (filter));
}

/* -------------------------------------------------------------------- */
/* Operators */

static struct filter_node *
parse_parentheses (struct filter *filter)
{
  struct filter_node *node = parse_from (filter, LEVEL_OR);

  return node != NULL && must_take (filter, ")") ? node : NULL;
}

static struct filter_node *
parse_unary (struct filter *filter)
{
  skip_blanks (filter);
  const char *at = filter->at;
  if (take (filter, "not"))
    return filter_unary (filter, at, FILTER_NOT,
			 parse_from (filter, LEVEL_BIT_OR));
  if (take (filter, "!"))
    return filter_unary (filter, at, FILTER_NOT, parse_unary (filter));
  if (take (filter, "~"))
    return filter_unary (filter, at, FILTER_COMPLEMENT, parse_unary (filter));
  if (take (filter, "-"))
    return filter_unary (filter, at, FILTER_NEGATE, parse_unary (filter));
  if (take (filter, "*"))
    return parse_load (filter, at);
  if (take (filter, "("))
    return parse_parentheses (filter);
  if (isdigit ((unsigned char) *at))
    return parse_number (filter);
  if (*at == '\'')
    return parse_character (filter);
  if (*at == '"')
    return parse_string (filter);
  if (is_name_character (*at) || *at == '%')
    return parse_name (filter);
  BAD (filter, at, "here should stand a name, a number or a string");
  return NULL;
}

/* The operator with two sides that comes next; null if there is none.  */
static const struct binary *
next_binary (struct filter *filter)
{
  skip_blanks (filter);
  for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++)
    if (is_next (filter, binaries[i].sign))
      return &binaries[i];
  return NULL;
}

/* Parse what operators of LEVEL or more hold together.  */
static struct filter_node *
parse_from (struct filter *filter, unsigned level)
{
  struct filter_node *left = parse_unary (filter);
  const struct binary *binary;

  while (left != NULL && (binary = next_binary (filter)) != NULL
	 && binary->level >= level)
    {
      const char *at = filter->at;
      filter->at += strlen (binary->sign);
      struct filter_node *right = parse_from (filter, binary->level + 1);
      left = filter_binary (filter, at, binary->kind, left, right);
    }
  return left;
}

struct filter_node *
filter_parse (struct filter *filter)
{
  struct filter_node *node = parse_from (filter, LEVEL_OR);

  if (filter->error != MDTRACE_OK)
    return NULL;
  skip_blanks (filter);
  if (*filter->at != '\0')
    refuse_next (filter, "an operator, such as && or ==, or nothing");
  return filter_condition (filter, node);
}
