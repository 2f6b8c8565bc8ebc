/* Running on another CPU than the first.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel keeps the CPUs that it starts later in a processor set of their
   own, where nothing runs that was not assigned to it.  */

#ifndef TASKS_ELSEWHERE_H
#define TASKS_ELSEWHERE_H

#include "bare.h"
#include "mach_host_user.h"

/* The control port of a processor set other than the default one, or
   MACH_PORT_NULL if there is none.  */
static inline mach_port_t
other_processor_set (mach_port_t host)
{
  processor_set_name_array_t names;
  mach_msg_type_number_t count = 0;
  mach_port_t normal, set = MACH_PORT_NULL;

  bare_check ("processor_set_default", processor_set_default (host, &normal));
  bare_check ("host_processor_sets",
	      host_processor_sets (host, &names, &count));
  for (mach_msg_type_number_t i = 0; i < count; i++)
    if (names[i] != normal)
      bare_check ("host_processor_set_priv",
		  host_processor_set_priv (host, names[i], &set));
  return set;
}

#endif /* TASKS_ELSEWHERE_H */
