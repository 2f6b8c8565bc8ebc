/* The processor: interrupts, time stamps, and who runs on it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_X86_CPU_H
#define MDTRACE_X86_CPU_H

#include "mach_kernel.h"

/* CPUs that this build of the kernel part serves.  */
enum
{
  CPUS = 1
};

static inline unsigned
cpu_number (void)
{
  return 0;
}

/* The thread that runs on this CPU.  */
static inline thread_t
current_thread (void)
{
  return FIELD (thread_t, mach_percpu_array, percpu, active_thread);
}

#ifndef MDTRACE_STANDIN
/* Disable interrupts on this CPU.  Returns what interrupts_restore takes to
   make it as it was.  */
static inline word_t
interrupts_disable (void)
{
  word_t flags;

  __asm__ volatile ("pushf; pop %0; cli" : "=r" (flags) : : "memory");
  return flags;
}

static inline void
interrupts_restore (word_t flags)
{
  __asm__ volatile ("push %0; popf" : : "r" (flags) : "memory", "cc");
}

static inline uint64_t
time_stamp (void)
{
  uint32_t low, high;

  __asm__ volatile ("rdtsc" : "=a" (low), "=d" (high));
  return (uint64_t) high << 32 | low;
}

static inline void
clear_memory (void *memory, word_t bytes)
{
  __asm__ volatile ("rep stosb"
		    : "+D" (memory), "+c" (bytes)
		    : "a" (0)
		    : "memory");
}

static inline void
copy_memory (void *to, const void *from, word_t bytes)
{
  __asm__ volatile ("rep movsb"
		    : "+D" (to), "+S" (from), "+c" (bytes)
		    :
		    : "memory");
}
#endif /* MDTRACE_STANDIN */

/* Make all stores so far visible before those that follow.  x86 keeps the
   order of stores; the compiler must be told.  */
static inline void
store_barrier (void)
{
  __asm__ volatile ("" : : : "memory");
}

#endif /* MDTRACE_X86_CPU_H */
