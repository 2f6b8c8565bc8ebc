/* Explaining a place in the kernel: what would be patched and how, or why
   not.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   mdtrace asks a kernel that runs, mdtrace-mkkernel a file; from there on it
   is the same.  explain.c finds out what is meant, explain_print.c says what
   is known of it.  */

#ifndef LIBMDTRACE_EXPLAIN_H
#define LIBMDTRACE_EXPLAIN_H

#include "mdtrace.h"

/* Who knows the kernel.  */
struct explain_source
{
  /* All functions, and what DWARF says, if it is at hand.  */
  const struct mdtrace_function *functions;
  size_t count;
  const struct mdtrace_debug *debug;
  /* As mdtrace_function_sites and mdtrace_explain.  */
  int (*get_sites) (void *closure, uint64_t address,
		    struct mdtrace_site **sites, size_t *count);
  int (*explain) (void *closure, uint64_t address,
		  mdtrace_explanation_t *explanation);
  void *closure;
};

enum explain_kind
{
  EXPLAIN_FUNCTION,
  EXPLAIN_ADDRESS,
  EXPLAIN_AMBIGUOUS, /* several functions have the name */
  EXPLAIN_INLINED    /* has no code of its own */
};

/* What is known.  */
struct explained
{
  const char *what; /* was asked for */
  enum explain_kind kind;
  const struct explain_source *source;
  char name[MDTRACE_FUNCTION_BYTES]; /* of a function */
  uint64_t address;
  uint32_t bytes;	      /* of a function */
  mdtrace_explanation_t at;   /* of an address */
  struct mdtrace_site *sites; /* of a function */
  size_t site_count;
  struct mdtrace_inlined *inlined; /* of a function */
  size_t inlined_count;
};

/* Find out what is known of WHAT: a function, FUNCTION+OFFSET or an address.
   MESSAGE, of BYTES bytes, is set to what else there is to be said of an
   error.  Free EXPLAINED with explained_free in any case.  */
int explain (const struct explain_source *source, const char *what,
	     struct explained *explained, char *message, size_t bytes);
void explained_free (struct explained *explained);

/* Print it on standard output, as text or as a JSON document.  */
void explained_print (const struct explained *explained, bool json);

/* RESULT NAME (ARGUMENTS) of the function at ADDRESS, as C has it; NAME may be
   empty.  The caller frees it; null if DEBUG knows no such function.  */
char *explain_prototype (const struct mdtrace_debug *debug, uint64_t address,
			 const char *name);

/* Put those of COUNT FUNCTIONS that look like NAME into TEXT, of BYTES bytes:
   "did you mean ...?", or nothing if none does.  */
void explain_suggest (const struct mdtrace_function *functions, size_t count,
		      const char *name, char *text, size_t bytes);

/* What relates another function to one with NAME.  */
enum explain_relation
{
  EXPLAIN_UNRELATED,
  EXPLAIN_ALIAS,    /* another name of the same code */
  EXPLAIN_NAMESAKE, /* NAME@another file */
  EXPLAIN_VARIANT   /* NAME.isra.0 and the like, of the compiler's */
};

enum explain_relation explain_relation (const char *name, uint64_t address,
					const struct mdtrace_function *other);

#endif /* LIBMDTRACE_EXPLAIN_H */
