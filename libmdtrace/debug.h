/* DWARF from the inside: types, and the walk through them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   debug.c finds functions and structures, debug_inlined.c the copies of
   functions, debug_named.c numbers and types, debug_type.c tells of types,
   value_path.c follows members, value_find.c finds values, and value.c
   puts them and names into a probe's configuration.  */

#ifndef LIBMDTRACE_DEBUG_H
#define LIBMDTRACE_DEBUG_H

#include <dwarf.h>
#include <elfutils/libdw.h>

#include "mdtrace.h"

/* A function's symbol.  */
struct debug_symbol
{
  const char *name;
  uint64_t address;
};

/* A function that has code of its own.  */
struct debug_code
{
  uint64_t address;
  Dwarf_Die die;
};

/* A definition of a structure or union.  */
struct debug_structure
{
  const char *name;
  Dwarf_Die die;
};

struct mdtrace_debug
{
  Elf *elf;	  /* that is ours, or null */
  int descriptor; /* of the file, or -1 */
  Dwarf *dwarf;
  unsigned word_bytes;
  struct debug_symbol *symbols; /* by name */
  size_t symbol_count;
  struct debug_code *functions; /* by address */
  size_t function_count;
  struct debug_structure *structures; /* by name */
  size_t structure_count;
};

/* Read the DWARF of ELF, which must stay open.  Errors: BAD_FORMAT, SYSTEM (no
   memory).  */
int debug_from_elf (Elf *elf, struct mdtrace_debug **debug);

/* Make room for one more in ARRAY of COUNT elements of BYTES bytes.  False if
   there is no memory.  */
bool debug_grow (void **array, size_t count, size_t bytes);

/* The function that begins at ADDRESS; null if DWARF knows none.  */
const struct debug_code *debug_find_code (const struct mdtrace_debug *debug,
					  uint64_t address);

/* A function's symbol of that address; null if there is none.  */
const char *debug_symbol_at (const struct mdtrace_debug *debug,
			     uint64_t address);

/* The base name of the file in which DIE is declared, or an empty string.  */
const char *debug_die_file (Dwarf_Die *die);

/* The type of DIE as it is written, and without typedefs and qualifiers.
   False if it is void.  */
bool debug_type_named (Dwarf_Die *die, Dwarf_Die *type);
bool debug_type_peeled (Dwarf_Die *die, Dwarf_Die *type);

/* A structure instead of a mere declaration of it, if there is one.  */
void debug_type_complete (const struct mdtrace_debug *debug, Dwarf_Die *type);

/* The definition of the structure or union NAME.  False if there is none.  */
bool debug_find_structure (const struct mdtrace_debug *debug, const char *name,
			   Dwarf_Die *type);

/* The type that is called NAME, but for structures and the like.  False if
   there is none.  */
bool debug_find_typedef (const struct mdtrace_debug *debug, const char *name,
			 Dwarf_Die *type);

/* How many different numbers the enumerators NAME stand for; *NUMBER is the
   first of them.  */
unsigned debug_find_enumerator (const struct mdtrace_debug *debug,
				const char *name, int64_t *number);

/* Whether the peeled TYPE is a pointer to a structure or union; which one is
   in *STRUCTURE then.  */
bool debug_type_points_to (const struct mdtrace_debug *debug, Dwarf_Die *type,
			   Dwarf_Die *structure);

/* Bytes of a peeled type; 0 if that is not known.  */
uint64_t debug_type_bytes (Dwarf_Die *type);

/* Whether the numbers of a peeled type have a sign.  */
bool debug_type_has_sign (Dwarf_Die *type);

/* Put TYPE, or void if it is null, as C has it into TEXT of BYTES bytes.  */
void debug_type_text (Dwarf_Die *type, char *text, size_t bytes);

/* Fill in type and format of NAME for what has the type of DIE.  */
void debug_type_describe (const struct mdtrace_debug *debug, Dwarf_Die *die,
			  struct mdtrace_value_name *name);

/* The argument of FUNCTION with NUMBER, from 0 on.  */
bool debug_argument (const struct debug_code *function, unsigned number,
		     Dwarf_Die *argument);

/* Whether a value is a string.  */
enum value_text
{
  VALUE_NO_TEXT,
  VALUE_TEXT_ARRAY,  /* it lies in memory, and is no number */
  VALUE_TEXT_POINTER /* it is a number too, the address of a string */
};

/* A value on its way through members.  */
struct value_path
{
  const struct mdtrace_debug *debug;
  mdtrace_value_t *value;
  Dwarf_Die type;  /* peeled */
  Dwarf_Die named; /* what has it: an argument, a member, an array */
  /* Whether it is in memory, OFFSET bytes behind what the value is so far;
     otherwise it is the value.  */
  bool in_memory;
  int64_t offset;
  bool texts; /* whether a value may end as an array of characters */
  /* At the end: what string it is, and the bytes of an array, or 0 if that is
     open.  Of an array OFFSET is where it begins.  */
  enum value_text text;
  uint64_t text_bytes;
  char *message;
  size_t bytes;
};

/* Follow the members and elements that TEXT names, and end the value.  False,
   with a message, if that cannot be.  */
bool value_path_follow (struct value_path *path, const char *text);

/* The sites at which a value is asked for.  */
struct value_place
{
  const struct mdtrace_debug *debug; /* or null */
  const struct debug_code *function; /* or null: not known, or many */
  unsigned kinds;		     /* mask of MDTRACE_KIND_BIT */
  bool latency; /* entries and returns are pairs: both can be had */
  bool is_many; /* a pattern of functions */
};

/* What was found.  */
struct value_found
{
  mdtrace_value_t value; /* of RETURN too */
  bool is_signed;
  /* What it is the address of, if it is one of a structure.  */
  bool has_structure;
  Dwarf_Die structure;
  /* Type and format; the name is left empty.  */
  struct mdtrace_value_name name;
  enum value_text text;
  int64_t text_offset; /* of an array, behind the value */
  uint64_t text_bytes; /* as in struct value_path */
};

/* Find what TEXT means at PLACE; with TEXTS it can be a string.  If it cannot
   be had, MESSAGE, of BYTES bytes, says why.  Errors: BAD_VALUE,
   NO_DEBUG_FILE.  */
int value_find (const struct value_place *place, const char *text, bool texts,
		struct value_found *found, char *message, size_t bytes);

/* Find the member that REST, as in "->map->size", names of the STRUCTURE that
   a pointer points to; the value has no source.  The rest is as above.  */
int value_find_member (const struct mdtrace_debug *debug, Dwarf_Die *structure,
		       const char *rest, struct value_found *found,
		       char *message, size_t bytes);

/* Whether BASE is arg0 to arg5, and which.  */
bool value_is_numbered (const char *base, unsigned *number);

#endif /* LIBMDTRACE_DEBUG_H */
