/* libmdtrace: the factors of the health score, and files of rules for it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Included by <mdtrace.h>.  What rules are, and how a score is made by them,
   stands in <mdtrace_health.h>.

   A file of rules has a line for each factor that is to differ from the
   default,

     FACTOR: reference R worst W points P

   with numbers in the factor's unit, in any order, each once.  What follows a
   '#' is a comment.  WORST is greater than REFERENCE; POINTS is 100 at most,
   and 0 leaves a factor out.  */

#ifndef MDTRACE_RULES_H
#define MDTRACE_RULES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C"
{
#endif

  struct mdtrace_health_rule;

  enum
  {
    /* No file of rules is longer.  */
    MDTRACE_RULES_BYTES_MAX = 65536
  };

  /* What mig/mdtrace_health.def says of a factor.  */
  struct mdtrace_health_words
  {
    const char *word;	  /* its name */
    const char *counter;  /* that it belongs to; empty: none */
    const char *unit;	  /* of what is measured */
    const char *measured; /* what that is */
  };

  /* That of FACTOR, an enum mdtrace_health_factor.  */
  const struct mdtrace_health_words *mdtrace_health_words (unsigned factor);

  /* Set RULES, MDTRACE_HEALTH_FACTORS of them, by the text of BYTES bytes at
     TEXT, which NAME names in messages.  Factors that it does not name have
     the default.  Error: BAD_RULES; then MESSAGE, of MESSAGE_BYTES bytes, says
     in which line, and what is wrong, and RULES are not to be used.  */
  int mdtrace_rules_parse (const char *text, size_t bytes, const char *name,
			   struct mdtrace_health_rule *rules, char *message,
			   size_t message_bytes);

  /* The same of the file at PATH.  Error also: SYSTEM (it cannot be read; the
     message says why).  */
  int mdtrace_rules_read (const char *path, struct mdtrace_health_rule *rules,
			  char *message, size_t message_bytes);

#ifdef __cplusplus
}
#endif

#endif /* MDTRACE_RULES_H */
