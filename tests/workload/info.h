/* What the kernel's ordinary interfaces say of the system.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef WORKLOAD_INFO_H
#define WORKLOAD_INFO_H

#include <mach/host_info.h>
#include <mach/processor_info.h>
#include <mach/thread_info.h>
#include <mach/vm_statistics.h>

#include "bare.h"
#include "gnumach_user.h"
#include "mach_host_user.h"
#include "mach_user.h"

static inline void
info_print (const char *name, unsigned long value)
{
  bare_print ("workload: info %s %lu\n", name, value);
}

static inline void
info_host (mach_port_t host)
{
  host_basic_info_data_t basic;
  mach_msg_type_number_t count = HOST_BASIC_INFO_COUNT;

  bare_check ("workload: host_info",
	      host_info (host, HOST_BASIC_INFO, (host_info_t) &basic, &count));
  info_print ("avail_cpus", basic.avail_cpus);
  info_print ("memory_size", basic.memory_size);
}

/* How many processors say that they run.  */
static inline void
info_processors (mach_port_t host)
{
  processor_array_t processors;
  mach_msg_type_number_t count = 0;
  unsigned running = 0;

  bare_check ("workload: host_processors",
	      host_processors (host, &processors, &count));
  for (mach_msg_type_number_t i = 0; i < count; i++)
    {
      processor_basic_info_data_t basic;
      mach_msg_type_number_t words = PROCESSOR_BASIC_INFO_COUNT;
      mach_port_t ignored;
      bare_check ("workload: processor_info",
		  processor_info (processors[i], PROCESSOR_BASIC_INFO,
				  &ignored, (processor_info_t) &basic,
				  &words));
      running += basic.running != 0;
    }
  info_print ("processors", running);
}

/* Tasks and threads of all processor sets together.  */
static inline void
info_sets (mach_port_t host)
{
  processor_set_name_array_t names;
  mach_msg_type_number_t sets = 0;
  unsigned tasks = 0, threads = 0;

  bare_check ("workload: host_processor_sets",
	      host_processor_sets (host, &names, &sets));
  for (mach_msg_type_number_t i = 0; i < sets; i++)
    {
      processor_set_basic_info_data_t basic;
      mach_msg_type_number_t words = PROCESSOR_SET_BASIC_INFO_COUNT;
      mach_port_t ignored;
      bare_check ("workload: processor_set_info",
		  processor_set_info (names[i], PROCESSOR_SET_BASIC_INFO,
				      &ignored, (processor_set_info_t) &basic,
				      &words));
      tasks += basic.task_count;
      threads += basic.thread_count;
    }
  info_print ("task_count", tasks);
  info_print ("thread_count", threads);
}

static inline void
info_memory (void)
{
  vm_statistics_data_t statistics;

  bare_check ("workload: vm_statistics",
	      vm_statistics (mach_task_self (), &statistics));
  info_print ("pagesize", statistics.pagesize);
  info_print ("free_count", statistics.free_count);
  info_print ("faults", statistics.faults);
  info_print ("pageins", statistics.pageins);
  info_print ("pageouts", statistics.pageouts);
}

static inline unsigned long
info_microseconds (rpc_time_value_t time)
{
  return time.seconds * 1000000UL + time.microseconds;
}

/* CPU time of this thread.  */
static inline void
info_thread (void)
{
  thread_basic_info_data_t basic;
  mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;

  bare_check ("workload: thread_info",
	      thread_info (mach_thread_self (), THREAD_BASIC_INFO,
			   (thread_info_t) &basic, &count));
  info_print ("user_us", info_microseconds (basic.user_time));
  info_print ("system_us", info_microseconds (basic.system_time));
}

/* Print all of it.  HOST is the host privileged port.  */
static inline void
info_print_all (mach_port_t host)
{
  time_value64_t time;

  bare_check ("workload: host_get_time64",
	      host_get_time64 (mach_host_self (), &time));
  info_print ("seconds", time.seconds);
  info_print ("nanoseconds", time.nanoseconds);
  info_host (host);
  info_processors (host);
  info_sets (host);
  info_memory ();
  info_thread ();
  bare_print ("workload: info: done\n");
}

#endif /* WORKLOAD_INFO_H */
