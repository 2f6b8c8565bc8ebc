/* What every MIG routine begins with.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_SERVER_H
#define MDTRACE_SERVER_H

/* HOST is null unless the request came to the host privileged port.  */
#define CHECK_PRIVILEGE(host)                                                 \
  do                                                                          \
    if ((host) == NULL)                                                       \
      return MDTRACE_ERR_NOT_PRIVILEGED;                                      \
  while (0)

#define CHECK_RING(cpu)                                                       \
  do                                                                          \
    {                                                                         \
      if ((cpu) >= cpus)                                                      \
	return MDTRACE_ERR_NO_SUCH_CPU;                                       \
      if (rings[cpu].data == NULL)                                            \
	return MDTRACE_ERR_NO_MEMORY;                                         \
    }                                                                         \
  while (0)

/* What is left of a routine that was configured out.  */
#define NOT_BUILT(routine, ...)                                               \
  kern_return_t S_mdtrace_##routine (host_t host, __VA_ARGS__)                \
  {                                                                           \
    CHECK_PRIVILEGE (host);                                                   \
    return MDTRACE_ERR_NOT_BUILT;                                             \
  }

#endif /* MDTRACE_SERVER_H */
