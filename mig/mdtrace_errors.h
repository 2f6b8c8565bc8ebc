/* The error codes of mdtrace, as a C enumeration.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_ERRORS_H
#define MDTRACE_ERRORS_H

/* What every function of mdtrace that can fail returns.  Values that are
   not listed here are Mach's own (kern_return_t, mach_msg_return_t).  */
enum mdtrace_error
{
  MDTRACE_OK = 0,
#define MDTRACE_ERROR(name, number, message) MDTRACE_ERR_##name = number,
#include "mdtrace_errors.def"
#undef MDTRACE_ERROR
};

#endif /* MDTRACE_ERRORS_H */
