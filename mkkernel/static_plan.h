/* Where a kernel's static probes are.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   static_probes.def says what each stands on; static_plan.c finds these places
   in a kernel, static_name.c by their names and static_code.c by instructions;
   static_value.c finds where the arguments are at each.  */

#ifndef MKKERNEL_STATIC_PLAN_H
#define MKKERNEL_STATIC_PLAN_H

#include "debug.h"
#include "debug_info.h"
#include "plan.h"

enum static_kind
{
  STATIC_ENTRY,
  STATIC_RETURN,
  STATIC_CALL,
  STATIC_AFTER,
  STATIC_SUCCESS,
  STATIC_STORE,
  STATIC_TRAP,
  STATIC_TRAP_RETURN
};

enum
{
  STATIC_ADDRESS = -1 /* no number of a site */
};

/* A place where a probe's event is seen.  */
struct static_site
{
  uint64_t address;
  enum mdtrace_probe_kind kind;
  size_t function;	      /* number, of that in which it lies */
  int number;		      /* of the function's sites, 0 being the entry, or
				 STATIC_ADDRESS */
  enum mdtrace_reason reason; /* why it may not be probed */
  /* How there is a jump from it, if it is an ADDRESS of a counter.  */
  struct plan plan;
  bool is_guarded;
  struct table_guard guard;
  mdtrace_value_t values[MDTRACE_ARGUMENTS_MAX];
};

struct static_probe
{
  const char *provider, *event;
  char *names; /* as in mdtrace_probe_config */
  unsigned arguments;
  struct static_site *sites; /* by address */
  size_t count, refused;
  char *reason; /* what of it is missing, or an empty string */
};

/* Find all static probes, *COUNT of them, in a kernel.  */
struct static_probe *static_probes_plan (const struct code *code,
					 const struct function_plan *plans,
					 const struct debug_info *info,
					 const struct mdtrace_debug *debug,
					 size_t *count);

/* Whether NAME, or that which it is a variant or a part of, matches one of
   PATTERNS, which are separated by '|'.  */
bool static_matches (const char *name, const char *patterns);

/* Whether the function with number INDEX is NAME, or NAME@FILE, under whatever
   of its names; a part of it that the compiler has split off is not.  */
bool static_is_function (const struct code *code,
			 const struct debug_info *info, size_t index,
			 const char *name);

/* Whether DIE is a copy of the function NAME, of FILE if that is not null.  */
bool static_is_copy (Dwarf_Die *die, const char *name, const char *file);

/* Whether ADDRESS lies in a copy, within DIE, of a function that matches
   PATTERNS.  */
bool static_is_in_copy (Dwarf_Die *die, uint64_t address,
			const char *patterns);

/* An instruction that calls another function or jumps to its beginning.  */
struct static_call
{
  uint64_t address;
  uint64_t target;
  size_t function; /* number, of that in which it lies */
};

/* All of them, *COUNT, by address.  The caller frees them.  */
struct static_call *static_calls (const struct code *code, size_t *count);

/* Where the kernel goes on behind the call at ADDRESS if its result was not 0;
   0 if that is not told apart.  */
uint64_t static_success (const struct code *code, uint64_t address);

/* The first instruction from ADDRESS on, and below END, that stores a register
   into the BYTES bytes that are OFFSET behind a pointer; *BASE is the number
   of the pointer's register.  0 if there is none.  */
uint64_t static_store (const struct code *code, uint64_t address, uint64_t end,
		       int64_t offset, unsigned bytes, unsigned *base);

/* What is known of a place when its values are looked for.  */
struct static_place
{
  const struct kernel *kernel;
  const struct debug_info *info;
  const struct mdtrace_debug *debug;
  enum static_kind kind;
  enum mdtrace_probe_kind site_kind;
  uint64_t address;
  uint64_t function; /* that it lies in */
  uint64_t callee;   /* of a CALL */
  Dwarf_Die *copy;   /* inlined, which begins there, or null */
  unsigned base;     /* register of a STORE */
  int trap;	     /* number, or -1 */
  /* Where functions keep what, as for unwinding; null if that is not known. */
  Dwarf_CFI *frames;
  /* All calls in the kernel, by address.  */
  const struct static_call *calls;
  size_t call_count;
  const struct code *code;
};

/* Fill in VALUE, from TEXT as static_probes.def has it.  False, and without a
   source, if it is not known there.  */
bool static_value (const struct static_place *place, const char *text,
		   mdtrace_value_t *value);

/* The offset and the size of MEMBER, which may be one of a member, of
   STRUCTURE.  */
bool static_member (const struct mdtrace_debug *debug, const char *text,
		    int64_t *offset, unsigned *bytes);

/* Fill in GUARD, from TEXT as static_probes.def has it, at PLACE.  False if it
   is not known there.  */
bool static_guard (const struct static_place *place, const char *text,
		   struct table_guard *guard);

#endif /* MKKERNEL_STATIC_PLAN_H */
