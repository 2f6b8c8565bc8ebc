/* Values by name, of functions and structures of this program: what DWARF
   says of them is read from the program itself.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <fcntl.h>

#include "debug.h"
#include "tap.h"

typedef unsigned long test_offset_t;
typedef int test_return_t;

enum color
{
  RED,
  GREEN = -1
};

struct inner
{
  short small;
  union
  {
    uint32_t either;
    struct
    {
      uint16_t low, high;
    };
  };
  int table[3];
  unsigned flag : 1;
};

struct opaque;

typedef struct outer
{
  char name[32];
  struct outer *next;
  struct inner inner;
  struct inner *inners;
  test_offset_t start;
  unsigned char byte;
  struct opaque *nobody;
  void *anything;
  double real;
  const char *text;
} * outer_t;

test_return_t sample (outer_t head, int number, test_offset_t at,
		      enum color color, unsigned char byte, bool flag,
		      long seventh, struct outer *const *deep);
void nothing (void);
struct outer *successor (struct outer *outer);

__attribute__ ((noinline)) test_return_t
sample (outer_t head, int number, test_offset_t at, enum color color,
	unsigned char byte, bool flag, long seventh, struct outer *const *deep)
{
  return head->inner.small + number + (int) at + color + byte + flag
	 + (int) seventh + (deep != NULL);
}

__attribute__ ((noinline)) void
nothing (void)
{
}

__attribute__ ((noinline)) struct outer *
successor (struct outer *outer)
{
  return outer->next;
}

static Elf *elf;
static struct mdtrace_debug *debug;

static void
open_debug (void)
{
  elf_version (EV_CURRENT);
  elf = elf_begin (open ("/proc/self/exe", O_RDONLY), ELF_C_READ, NULL);
  CHECK (elf != NULL);
  CHECK_NUMBER (debug_from_elf (elf, &debug), MDTRACE_OK);
}

/* TEXT of sample, at its entry, must be NUMBER and the loads at OFFSETS,
   COUNT of them, of which the last has BYTES bytes; and be described as
   NAMES.  */
static void
check (const char *text, unsigned source, unsigned number,
       const int32_t *offsets, unsigned count, unsigned bytes,
       const char *names)
{
  mdtrace_probe_config_t config = { .function = "sample" };
  char message[256];

  int error
      = mdtrace_add_value (debug, (uintptr_t) sample, MDTRACE_PROBE_ENTRY,
			   text, &config, message, sizeof message);
  if (error != MDTRACE_OK)
    printf ("# %s: %s\n", text, message);
  CHECK_NUMBER (error, MDTRACE_OK);
  CHECK_TEXT (config.names, names);
  CHECK_NUMBER (config.fields, MDTRACE_FIELD_ARG0);
  CHECK_NUMBER (config.values[0].source, source);
  CHECK_NUMBER (config.values[0].number, number);
  CHECK_NUMBER (config.values[0].steps, count);
  for (unsigned i = 0; i < count; i++)
    CHECK_NUMBER (config.values[0].offsets[i], offsets[i]);
  if (count > 0)
    CHECK_NUMBER (config.values[0].last_bytes, bytes);
  CHECK_NUMBER (config.values[1].source, 0);
}

#define LOADS(...)                                                            \
  (const int32_t[]){ __VA_ARGS__ },                                           \
      sizeof (int32_t[]){ __VA_ARGS__ } / sizeof (int32_t)
#define AT(member) offsetof (struct outer, member)

enum
{
  ARGUMENT = MDTRACE_SOURCE_ARGUMENT,
  STACK = MDTRACE_SOURCE_STACK
};

static void
takes_arguments (void)
{
  open_debug ();
  check ("head", ARGUMENT, 0, NULL, 0, 0, "head:x8:outer_t");
  check ("number", ARGUMENT, 1, NULL, 0, 0, "number:d4:int");
  check ("at", ARGUMENT, 2, NULL, 0, 0, "at:x8:test_offset_t");
  check ("color", ARGUMENT, 3, NULL, 0, 0, "color:d4:enum color");
  check ("byte", ARGUMENT, 4, NULL, 0, 0, "byte:u1:unsigned char");
  check ("flag", ARGUMENT, 5, NULL, 0, 0, "flag:u1:_Bool");
  /* Behind the return address.  */
  check ("seventh", STACK, 1, NULL, 0, 0, "seventh:d8:long int");
  check ("deep", STACK, 2, NULL, 0, 0, "deep:x8:struct outer **");
  check ("arg1", ARGUMENT, 1, NULL, 0, 0, "arg1:d4:int");
}

static void
follows_members (void)
{
  open_debug ();
  check ("head->byte", ARGUMENT, 0, LOADS (AT (byte)), 1,
	 "head->byte:u1:unsigned char");
  check ("head.byte", ARGUMENT, 0, LOADS (AT (byte)), 1,
	 "head.byte:u1:unsigned char");
  check ("head->next->next->start", ARGUMENT, 0,
	 LOADS (AT (next), AT (next), AT (start)), 8,
	 "head->next->next->start:x8:test_offset_t");
  check ("head->inner.small", ARGUMENT, 0, LOADS (AT (inner.small)), 2,
	 "head->inner.small:d2:short int");
  check ("head->inner.either", ARGUMENT, 0, LOADS (AT (inner.either)), 4,
	 "head->inner.either:u4:uint32_t");
  check ("head->inner.high", ARGUMENT, 0, LOADS (AT (inner.high)), 2,
	 "head->inner.high:u2:uint16_t");
  check ("head->inner.table[2]", ARGUMENT, 0, LOADS (AT (inner.table[2])), 4,
	 "head->inner.table[2]:d4:int");
  check ("head->name[31]", ARGUMENT, 0, LOADS (AT (name[31])), 1,
	 "head->name[31]:d1:char");
  check ("head->inners[2].table[0x1]", ARGUMENT, 0,
	 LOADS (AT (inners),
		2 * sizeof (struct inner) + offsetof (struct inner, table[1])),
	 4, "head->inners[2].table[0x1]:d4:int");
  check ("head[1].byte", ARGUMENT, 0,
	 LOADS (sizeof (struct outer) + AT (byte)), 1,
	 "head[1].byte:u1:unsigned char");
  check ("head->text[0]", ARGUMENT, 0, LOADS (AT (text), 0), 1,
	 "head->text[0]:d1:char");
  check ("head->nobody", ARGUMENT, 0, LOADS (AT (nobody)), 8,
	 "head->nobody:x8:struct opaque *");
  check ("deep[0]->byte", STACK, 2, LOADS (0, AT (byte)), 1,
	 "deep[0]->byte:u1:unsigned char");
}

/* TEXT of FUNCTION at KIND must be refused with WORDS in the message.  */
static void
check_bad (uintptr_t function, enum mdtrace_probe_kind kind, const char *text,
	   const char *words)
{
  mdtrace_probe_config_t config = { .function = "sample" }, before = config;
  char message[256];

  CHECK_NUMBER (mdtrace_add_value (debug, function, kind, text, &config,
				   message, sizeof message),
		MDTRACE_ERR_BAD_VALUE);
  if (strstr (message, words) == NULL)
    printf ("# %s: %s\n", text, message);
  CHECK (strstr (message, words) != NULL);
  CHECK (memcmp (&config, &before, sizeof config) == 0);
}

static void
refuses_what_is_none (void)
{
  static const char *const cases[][2] = {
    { "nobody", "no argument nobody; it has head, number, at," },
    { "head->nam", "struct outer has no member nam; did you mean name" },
    { "head->zzzzzz", "has no member zzzzzz; it has name, next, inner" },
    { "head->inner", "it is a whole struct inner; it has small, either, low" },
    { "head->inner->small", "is no pointer, but a structure; write .small" },
    { "head->name", "it is a string, char[32]" },
    { "head->inner.table", "it is an array, int[3]" },
    { "head->inner.table[3]", "there is no element 3 in int[3]" },
    { "head->inner.flag", "flag is a bit-field" },
    { "head->real", "it is a floating-point number, double" },
    { "head->nobody->x", "does not say what is in struct opaque" },
    { "head->anything->x", "a pointer to void" },
    { "head->start->x", "no pointer to a structure, but long unsigned int" },
    { "head->byte[0]", "is no array, but unsigned char" },
    { "number.x", "no pointer to a structure, but int" },
    { "head->next->next->next->next->byte", "more than 4 loads" },
    { "head->", "stands the name of a member" },
    { "head->next.", "stands the name of a member" },
    { "head->name[", "stands a number" },
    { "head->name[-1]", "stands a number" },
    { "head->name[1", "stands a number" },
    { "head+1", "neither ->MEMBER" },
    { "head[99999999999]", "is not to be found" },
    { "", "a value begins with" },
    { "*head", "a value begins with" },
    { "retval", "at returns only" },
    { "%rip", "no such register" },
    { "%rdi->x", "no such register" },
    { "%", "no such register" },
    { "%rsp", "and %rsp[N], the word with number N" },
    { "%rsp[]", "no such register" },
    { "%rsp[256]", "no such register" },
    { "%rsp[0", "no such register" },
    { "%rsp[0]->x", "no such register" },
  };

  open_debug ();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    check_bad ((uintptr_t) sample, MDTRACE_PROBE_ENTRY, cases[i][0],
	       cases[i][1]);
  check_bad ((uintptr_t) nothing, MDTRACE_PROBE_ENTRY, "x",
	     "has no arguments");
  check_bad ((uintptr_t) nothing, MDTRACE_PROBE_RETURN, "retval",
	     "returns nothing");
  check_bad ((uintptr_t) sample, MDTRACE_PROBE_RETURN, "head",
	     "are gone when it returns");
  check_bad ((uintptr_t) sample, MDTRACE_PROBE_ADDRESS, "head",
	     "there are registers");
  check_bad ((uintptr_t) sample, 0, "head", "create a probe for each");
}

static void
takes_results (void)
{
  mdtrace_probe_config_t config = { .function = "successor" };
  char message[256];

  open_debug ();
  CHECK_NUMBER (mdtrace_add_value (debug, (uintptr_t) successor,
				   MDTRACE_PROBE_RETURN, "retval", &config,
				   message, sizeof message),
		MDTRACE_OK);
  CHECK_NUMBER (config.fields, MDTRACE_FIELD_RETVAL);
  CHECK_TEXT (config.names, "retval:x8:struct outer *");
  CHECK_NUMBER (config.values[0].source, 0);
  CHECK_NUMBER (mdtrace_add_value (debug, (uintptr_t) successor,
				   MDTRACE_PROBE_RETURN, "retval->byte",
				   &config, message, sizeof message),
		MDTRACE_OK);
  CHECK_NUMBER (config.values[0].source, MDTRACE_SOURCE_RETURN);
  CHECK_NUMBER (config.values[0].offsets[0], AT (byte));
  CHECK_TEXT (config.names, "retval:x8:struct outer *;"
			    "retval->byte:u1:unsigned char");
}

static void
needs_no_debug_file (void)
{
  mdtrace_probe_config_t config = { .function = "f" };
  char message[256];

  CHECK_NUMBER (mdtrace_add_value (NULL, 0, MDTRACE_PROBE_ENTRY, "arg5",
				   &config, message, sizeof message),
		MDTRACE_OK);
  CHECK_NUMBER (mdtrace_add_value (NULL, 0, MDTRACE_PROBE_ADDRESS, "%r15",
				   &config, message, sizeof message),
		MDTRACE_OK);
  CHECK_NUMBER (mdtrace_add_value (NULL, 0, MDTRACE_PROBE_RETURN, "retval",
				   &config, message, sizeof message),
		MDTRACE_OK);
  CHECK_TEXT (config.names, "arg5:x8:;%r15:x8:;retval:x8:");
  CHECK_NUMBER (config.values[0].number, 5);
  CHECK_NUMBER (config.values[1].source, MDTRACE_SOURCE_REGISTER);
  CHECK_NUMBER (config.values[1].number, 15);
  CHECK_NUMBER (mdtrace_add_value (NULL, 0, MDTRACE_PROBE_ADDRESS, "%rsp[255]",
				   &config, message, sizeof message),
		MDTRACE_OK);
  CHECK_NUMBER (config.values[2].source, MDTRACE_SOURCE_STACK);
  CHECK_NUMBER (config.values[2].number, 255);
  CHECK_NUMBER (mdtrace_add_value (NULL, 0, MDTRACE_PROBE_ENTRY, "head",
				   &config, message, sizeof message),
		MDTRACE_ERR_NO_DEBUG_FILE);
  CHECK_NUMBER (mdtrace_add_value (NULL, 0, MDTRACE_PROBE_ENTRY, "arg6",
				   &config, message, sizeof message),
		MDTRACE_ERR_NO_DEBUG_FILE);
  CHECK_NUMBER (mdtrace_add_value (NULL, 0, MDTRACE_PROBE_RETURN, "retval->x",
				   &config, message, sizeof message),
		MDTRACE_ERR_NO_DEBUG_FILE);
  memcpy (config.function, "f*", 3);
  CHECK_NUMBER (mdtrace_add_value (NULL, 0, MDTRACE_PROBE_ENTRY, "head",
				   &config, message, sizeof message),
		MDTRACE_ERR_BAD_VALUE);
}

static void
has_limits (void)
{
  mdtrace_probe_config_t config = { .function = "sample" };
  char message[256], text[MDTRACE_NAMES_BYTES];
  const char *const number = "number";

  open_debug ();
  for (int i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    CHECK_NUMBER (mdtrace_add_value (debug, (uintptr_t) sample,
				     MDTRACE_PROBE_ENTRY, number, &config,
				     message, sizeof message),
		  MDTRACE_OK);
  CHECK_NUMBER (config.fields, 63 * MDTRACE_FIELD_ARG0);
  CHECK_NUMBER (mdtrace_add_value (debug, (uintptr_t) sample,
				   MDTRACE_PROBE_ENTRY, number, &config,
				   message, sizeof message),
		MDTRACE_ERR_BAD_VALUE);
  CHECK (strstr (message, "at most 6 values") != NULL);
  /* Types are left out when there is no room for them, names are not.  */
  memset (&config, 0, sizeof config);
  memset (config.names, 'n', sizeof config.names - 12);
  CHECK_NUMBER (mdtrace_add_value (debug, (uintptr_t) sample,
				   MDTRACE_PROBE_ENTRY, number, &config,
				   message, sizeof message),
		MDTRACE_OK);
  CHECK_TEXT (config.names + sizeof config.names - 12, ";number:d4:");
  CHECK_NUMBER (mdtrace_add_value (debug, (uintptr_t) sample,
				   MDTRACE_PROBE_ENTRY, number, &config,
				   message, sizeof message),
		MDTRACE_ERR_BAD_VALUE);
  CHECK (strstr (message, "too long together") != NULL);
  memset (text, '0', sizeof text);
  memcpy (text, "head->name[", 11);
  memcpy (text + sizeof text - 2, "]", 2);
  memset (&config, 0, sizeof config);
  CHECK_NUMBER (mdtrace_add_value (debug, (uintptr_t) sample,
				   MDTRACE_PROBE_ENTRY, text, &config, message,
				   sizeof message),
		MDTRACE_ERR_BAD_VALUE);
  CHECK (strstr (message, "at most 63 characters") != NULL);
}

static void
names_arguments (void)
{
  mdtrace_probe_config_t config
      = { .kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY) };
  struct mdtrace_value_name result;

  open_debug ();
  mdtrace_add_names (debug, (uintptr_t) sample, &config);
  CHECK_TEXT (config.names, "head:x8:outer_t;number:d4:int;"
			    "at:x8:test_offset_t;color:d4:enum color;"
			    "byte:u1:unsigned char;flag:u1:_Bool");
  CHECK_NUMBER (config.fields, 0);
  memset (&config, 0, sizeof config);
  config.kinds = MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN);
  mdtrace_add_names (debug, (uintptr_t) sample, &config);
  CHECK_TEXT (config.names, "retval:d4:test_return_t");
  memset (config.names, 0, sizeof config.names);
  mdtrace_add_names (debug, (uintptr_t) nothing, &config);
  CHECK_TEXT (config.names, "");
  CHECK (mdtrace_debug_result (debug, (uintptr_t) nothing, &result));
  CHECK_TEXT (result.type, "void");
  CHECK (!mdtrace_debug_result (debug, 1, &result));
  CHECK (mdtrace_debug_arguments (debug, (uintptr_t) sample, NULL, 0) == 8);
  CHECK (mdtrace_debug_arguments (debug, 1, NULL, 0) == -1);
}

static void
finds_functions (void)
{
  uint64_t address = 0;

  open_debug ();
  CHECK_NUMBER (mdtrace_debug_find_function (debug, "sample", &address),
		MDTRACE_OK);
  CHECK_NUMBER (address, (uintptr_t) sample);
  CHECK_NUMBER (
      mdtrace_debug_find_function (debug, "sample@tst.value.c", &address),
      MDTRACE_OK);
  CHECK_NUMBER (
      mdtrace_debug_find_function (debug, "sample@other.c", &address),
      MDTRACE_ERR_NO_SUCH_FUNCTION);
  CHECK_NUMBER (mdtrace_debug_find_function (debug, "sampl", &address),
		MDTRACE_ERR_NO_SUCH_FUNCTION);
  CHECK_TEXT (mdtrace_debug_file (debug, (uintptr_t) sample), "tst.value.c");
  CHECK_TEXT (mdtrace_debug_file (debug, 1), "");
  mdtrace_debug_close (debug);
  elf_end (elf);
}

/* Whatever is asked for, nothing breaks.  */
static void
bears_anything (void)
{
  static const char *const pieces[]
      = { "head",   "->",   ".",     "next",  "inner", "table", "[",  "1",
	  "]",	    "deep", "[0]",   "byte",  "%rdi",  "arg0",	"->", "name",
	  "inners", "[2]",  "start", "small", "text",  "low",	"*",  "" };
  uint64_t seed = 1;
  unsigned good = 0;

  open_debug ();
  for (int i = 0; i < 20000; i++)
    {
      mdtrace_probe_config_t config = { .function = "sample" };
      char text[128] = "head", message[64];
      for (unsigned n = tap_below (&seed, 8); n > 0; n--)
	strcat (text,
		pieces[tap_below (&seed, sizeof pieces / sizeof pieces[0])]);
      int error = mdtrace_add_value (
	  debug, (uintptr_t) sample, MDTRACE_PROBE_ENTRY,
	  text + 4 * tap_below (&seed, 2), &config, message, sizeof message);
      CHECK ((error == MDTRACE_OK) == (message[0] == '\0'));
      CHECK (config.values[0].steps <= MDTRACE_STEPS_MAX);
      good += error == MDTRACE_OK;
    }
  CHECK (good > 100);
}

TAP_MAIN ({ takes_arguments, "arguments, in registers and on the stack" },
	  { follows_members, "members, elements and pointers" },
	  { refuses_what_is_none, "what is no value, and why" },
	  { takes_results, "what is returned" },
	  { needs_no_debug_file, "what can be had without a debug file" },
	  { has_limits, "as many values and names as fit" },
	  { names_arguments, "names of a function's arguments" },
	  { finds_functions, "functions by name and file" },
	  { bears_anything, "anything at all" })
