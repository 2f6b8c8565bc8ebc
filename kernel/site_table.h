/* The table of functions and probe sites that mdtrace-mkkernel embeds.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   This header is all that mkkernel/ and kernel/ share.  The table is one
   block: struct site_table, then the arrays at the offsets it names.  All
   addresses are virtual addresses of the kernel.  Numbers are in the byte
   order of the kernel, and laid out alike for 32 and 64 bits.  */

#ifndef MDTRACE_SITE_TABLE_H
#define MDTRACE_SITE_TABLE_H

#include <stdint.h>

#include "mdtrace_types.h"

#define SITE_TABLE_MAGIC 0x3453455449534d44ULL /* "DMSITES4" */

enum
{
  /* A jump with a 32-bit displacement.  */
  SITE_JUMP_BYTES = 5,
  /* No displaced sequence, as moved, is longer.  */
  SITE_CODE_BYTES_MAX = 64,
  SITE_INSTRUCTION_BYTES_MAX = 15,
  /* Codes of table_function.argument_registers: it is in the word with this
     number, from 0, above the return address; and, it is not known where.  */
  SITE_ON_STACK = 0x80,
  SITE_STACK_WORDS_MAX = 16,
  SITE_NO_REGISTER = 0xff,
  SITE_ARGUMENTS_MAX = 6,
  /* Of a table_static_site that is none of the table's sites, or places.  */
  SITE_NONE = 0xffffffff
};

/* How a site is to be instrumented.  */
enum site_plan
{
  /* Not at all; the reason says why.  */
  SITE_PLAN_REFUSED = 0,
  /* By a jump over the displaced bytes, to a gate that ends with their
     moved copy.  */
  SITE_PLAN_JUMP = 1,
  /* By a breakpoint on its first byte; the reason says why not by a
     jump.  */
  SITE_PLAN_BREAKPOINT = 2
};

/* For each byte of the text there is one that says what begins there: 0 if no
   instruction does, otherwise the instruction's length in the low four bits,
   and in the high ones what must be mended in a copy of it that is executed
   elsewhere.  */
enum site_class
{
  SITE_CLASS_PLAIN = 0,
  /* It has an operand relative to RIP; behind the displacement 0, 1, 2 or 4
     bytes follow.  */
  SITE_CLASS_RELATIVE = 1,
  SITE_CLASS_RELATIVE_1 = 2,
  SITE_CLASS_RELATIVE_2 = 3,
  SITE_CLASS_RELATIVE_4 = 4,
  /* A conditional jump, a jump, a call, by displacement.  */
  SITE_CLASS_CONDITION_8 = 5,
  SITE_CLASS_CONDITION_32 = 6,
  SITE_CLASS_JUMP_8 = 7,
  SITE_CLASS_JUMP_32 = 8,
  SITE_CLASS_CALL = 9,
  /* A call by a register or by memory; and by memory relative to RIP.  */
  SITE_CLASS_CALL_INDIRECT = 10,
  SITE_CLASS_CALL_RELATIVE = 11,
  /* Not to be executed elsewhere.  From here on none is probed.  */
  SITE_CLASS_CANNOT_MOVE = 12,
  /* A fault there is recovered by its address.  */
  SITE_CLASS_RECOVERED = 13,
  /* Its function is not to be probed; the function's entry has the
     reason.  */
  SITE_CLASS_REFUSED = 14
};

#define SITE_CLASS_BYTE(class, length) ((class) << 4 | (length))
#define SITE_CLASS_OF(byte) ((byte) >> 4)
#define SITE_CLASS_LENGTH(byte) ((byte) &15)

enum site_table_flag
{
  /* Functions begin by linking their frame to that of their caller.  */
  SITE_TABLE_FRAME_POINTERS = 1 << 0
};

struct site_table
{
  uint64_t magic;
  uint64_t text_start; /* what the hash below covers */
  uint64_t text_end;
  uint8_t text_hash[32]; /* SHA-256 of the stock kernel's text */
  uint32_t functions;
  uint32_t functions_at; /* struct table_function, by address */
  uint32_t sites;
  uint32_t sites_at; /* struct table_site, by address */
  uint32_t fixups;
  uint32_t fixups_at; /* struct table_fixup */
  uint32_t code_at;
  uint32_t code_bytes;
  uint32_t strings_at; /* NUL-terminated; the one at 0 is empty */
  uint32_t strings_bytes;
  uint32_t classes_at; /* a byte for each byte of the text */
  uint32_t statics;
  uint32_t statics_at; /* struct table_static, as static_probes.def has them */
  uint32_t static_sites;
  uint32_t static_sites_at; /* struct table_static_site */
  uint32_t flags;      /* mask of enum site_table_flag */
  uint32_t hooks;      /* of the static probes, the last ones: those that
			  counters stand on, and nobody else */
  uint32_t places;
  uint32_t places_at; /* struct table_site, by address: those within functions
			 that have a plan */
  uint32_t unused;
};

struct table_function
{
  uint64_t address;
  uint32_t bytes;
  uint32_t name; /* offset in strings */
  uint32_t file; /* base name of the source file, offset in strings */
  /* Its sites: the one of the entry, and behind it those of the returns.  */
  uint32_t entry_site;
  uint16_t returns;
  uint8_t argument_count;
  /* Where each argument is at entry: a register by its number in the
     machine's encoding, SITE_ON_STACK + a word, or SITE_NO_REGISTER.  */
  uint8_t argument_registers[SITE_ARGUMENTS_MAX];
  uint8_t alias; /* another name of the function before it */
  uint8_t unused[6];
};

/* The place of an event, and how it is probed there.  A jump may begin
   earlier, where nothing leads elsewhere in between.  */
struct table_site
{
  uint64_t address;
  uint32_t code; /* offset in code: the original bytes, then the moved copy */
  uint32_t first_fixup;
  uint32_t function;	   /* number */
  uint8_t kind;		   /* enum mdtrace_probe_kind */
  uint8_t plan;		   /* enum site_plan */
  uint8_t reason;	   /* enum mdtrace_reason, if no jump */
  uint8_t lead;		   /* the jump begins that much before address */
  uint8_t original_bytes;  /* displaced_bytes, or what a jump covers */
  uint8_t displaced_bytes; /* behind them the kernel goes on */
  uint8_t moved_bytes;
  uint8_t fixups;
  uint32_t unused;
};

/* A 32-bit operand of the moved copy that is relative to the instruction's
   end.  */
struct table_fixup
{
  uint64_t target; /* the address that it must reach */
  uint8_t at;	   /* offset of the operand in the moved copy */
  uint8_t end;	   /* offset of the end of its instruction */
  uint8_t unused[6];
};

/* A static probe.  */
struct table_static
{
  uint32_t provider; /* these are offsets in strings */
  uint32_t event;
  uint32_t names;  /* of its arguments, as in mdtrace_probe_config */
  uint32_t reason; /* what of it this kernel lacks; empty if nothing */
  uint32_t first;  /* its sites, by address, from this one on */
  uint32_t sites;
  uint32_t refused; /* of those, not to be probed */
  uint32_t arguments;
};

/* An event only if the 32 bits at PLACE, see table_function, or OFFSET bytes
   behind what that register points to, are NUMBER, or are something else.  What
   cannot be read is none.  */
struct table_guard
{
  uint8_t place;
  uint8_t in_memory; /* not 0: behind a pointer */
  uint16_t differs;  /* not 0: they must not be NUMBER */
  uint32_t number;
  int32_t offset;
  uint32_t unused;
};

/* One place where a static probe's event is seen.  */
struct table_static_site
{
  uint64_t address;
  uint32_t function; /* number of that in which it lies */
  uint32_t site;     /* number of the entry or return; SITE_NONE */
  uint8_t kind;	     /* enum mdtrace_probe_kind */
  uint8_t reason;    /* enum mdtrace_reason: why it cannot be probed, or 0 */
  uint8_t is_guarded;
  uint8_t unused;
  uint32_t place; /* number of it, if it is no entry or return; SITE_NONE */
  struct table_guard guard;
  /* Of arguments; one without a source is not known here.  */
  mdtrace_value_t values[MDTRACE_ARGUMENTS_MAX];
};

/* What 32 bits align less than 64 must not show.  */
_Static_assert(sizeof (struct site_table) == 136, "laid out alike");
_Static_assert(sizeof (struct table_function) == 40, "laid out alike");
_Static_assert(sizeof (struct table_site) == 32, "laid out alike");
_Static_assert(sizeof (struct table_fixup) == 16, "laid out alike");
_Static_assert(sizeof (struct table_static) == 32, "laid out alike");
_Static_assert(sizeof (struct table_static_site) == 184, "laid out alike");

#endif /* MDTRACE_SITE_TABLE_H */
