/* Enablings: made ready before there can be a hit.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   All functions are called with the server lock held, from threads.  */

#ifndef MDTRACE_ENABLING_H
#define MDTRACE_ENABLING_H

#include "dtrace.h"

/* Memory for an enabling, all zeros, or null.  */
struct dtrace_enabling *dtrace_enabling_new (void);

/* Give it back once no CPU can be using it: dtrace_wait_for_handlers has been
   called since it was taken from its site.  */
void dtrace_enabling_free (struct dtrace_enabling *enabling);

/* Compute the rest of FORMAT, whose values and options are there, for the
   probe ID with the mask of FIELDS.  Returns MDTRACE_OK or
   MDTRACE_ERR_BAD_ARGUMENT.  */
int dtrace_format_prepare (struct dtrace_format *format, uint32_t id,
			   uint64_t fields);

/* Fill in what of ENABLING follows from FORMAT alone.  */
void dtrace_enabling_describe (struct dtrace_enabling *enabling,
			       const struct dtrace_format *format);

/* Fill in what of ENABLING follows from FORMAT and its kind, for a site in
   FUNCTION.  Its values, if they are not those of FORMAT, and what it depends
   on, are there.  Returns MDTRACE_OK, or MDTRACE_ERR_NO_VALUE if a value cannot be
   had there.  */
int dtrace_enabling_prepare (struct dtrace_enabling *enabling,
			     const struct dtrace_format *format,
			     const struct table_function *function);

#endif /* MDTRACE_ENABLING_H */
