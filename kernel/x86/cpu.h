/* The processor: interrupts, time stamps, and who runs on it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACE_X86_CPU_H
#define MDTRACE_X86_CPU_H

#include "mach_kernel.h"

/* The number of CPUs that this kernel can have, at most MDTRACE_CPUS_MAX.  A
   kernel for one has no per-CPU segment.  */
#define CPUS_POSSIBLE LAYOUT_COUNTOF (machine_slot)

/* CPUs that run: those with numbers below this one.  [I after the start]  */
extern unsigned cpus;

/* What CPUID tells.  */
struct cpuid
{
  uint32_t eax, ebx, ecx, edx;
};

#ifndef MDTRACE_STANDIN
/* Disable interrupts on this CPU.  Returns what interrupts_restore takes to
   make it as it was.  */
static inline word_t
interrupts_disable (void)
{
  word_t flags;

  __asm__ volatile("pushf; pop %0; cli" : "=r"(flags) : : "memory");
  return flags;
}

static inline void
interrupts_restore (word_t flags)
{
  __asm__ volatile("push %0; popf" : : "r"(flags) : "memory", "cc");
}

static inline uint64_t
time_stamp (void)
{
  uint32_t low, high;

  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return (uint64_t) high << 32 | low;
}

static inline void
cpuid (uint32_t leaf, struct cpuid *result)
{
  __asm__ volatile("cpuid"
		   : "=a"(result->eax), "=b"(result->ebx), "=c"(result->ecx),
		     "=d"(result->edx)
		   : "a"(leaf), "c"(0));
}

/* A model-specific register, which must be there: otherwise the kernel
   stops.  */
static inline uint64_t
read_msr (uint32_t number)
{
  uint32_t low, high;

  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
  return (uint64_t) high << 32 | low;
}

static inline void
write_msr (uint32_t number, uint64_t value)
{
  __asm__ volatile("wrmsr"
		   :
		   : "c"(number), "a"((uint32_t) value),
		     "d"((uint32_t) (value >> 32))
		   : "memory");
}

/* The register of the frame pointer, which code of ours leaves alone, as it
   was at the probe's site.  */
static inline word_t
frame_pointer (void)
{
  word_t pointer;

#ifdef __x86_64__
  __asm__ volatile("mov %%rbp, %0" : "=r"(pointer));
#else
  __asm__ volatile("mov %%ebp, %0" : "=r"(pointer));
#endif
  return pointer;
}

/* Let string instructions go upwards, as compiled code expects: whoever was
   interrupted by a probe may have had them go down.  */
static inline void
string_direction_up (void)
{
  __asm__ volatile("cld");
}

/* Whoever's segment %gs is, in the kernel it is this CPU's struct percpu.  */
#define PERCPU_WORD(member, value)                                            \
  __asm__ volatile("mov %%gs:(%1), %0"                                        \
		   : "=r"(value)                                              \
		   : "r"(LAYOUT_OFFSET (percpu, member)))

static inline unsigned
cpu_number (void)
{
  uint32_t number = 0;

  if (__builtin_expect (CPUS_POSSIBLE > 1, 0))
    PERCPU_WORD (cpu_id, number);
  return number;
}

/* The thread that runs on this CPU.  */
static inline thread_t
current_thread (void)
{
  thread_t thread;

  if (__builtin_expect (CPUS_POSSIBLE > 1, 0))
    PERCPU_WORD (active_thread, thread);
  else
    thread = FIELD (thread_t, mach_percpu_array, percpu, active_thread);
  return thread;
}

#ifdef __x86_64__
#define STORE_WORDS "rep stosq"
#else
#define STORE_WORDS "rep stosl"
#endif

static inline void
clear_memory (void *memory, word_t bytes)
{
  word_t words = bytes / sizeof (word_t);

  bytes %= sizeof (word_t);
  __asm__ volatile(STORE_WORDS
		   : "+D"(memory), "+c"(words)
		   : "a"((word_t) 0)
		   : "memory");
  __asm__ volatile("rep stosb"
		   : "+D"(memory), "+c"(bytes)
		   : "a"(0)
		   : "memory");
}

static inline void
copy_memory (void *to, const void *from, word_t bytes)
{
  __asm__ volatile("rep movsb"
		   : "+D"(to), "+S"(from), "+c"(bytes)
		   :
		   : "memory");
}

/* Make all stores and loads so far precede those that follow.  */
static inline void
full_barrier (void)
{
  __atomic_thread_fence (__ATOMIC_SEQ_CST);
}

/* What a CPU does while it waits for another one.  */
static inline void
cpu_relax (void)
{
  __asm__ volatile("pause");
}
#endif /* MDTRACE_STANDIN */

/* Take and give back LOCK, 0 at first.  Not in an interrupt.  */
static inline void
spin_lock (unsigned *lock)
{
  while (__atomic_exchange_n (lock, 1, __ATOMIC_ACQUIRE) != 0)
    cpu_relax ();
}

static inline void
spin_unlock (unsigned *lock)
{
  __atomic_store_n (lock, 0, __ATOMIC_RELEASE);
}

/* Make all stores so far visible before those that follow.  x86 keeps the
   order of stores; the compiler must be told.  */
static inline void
store_barrier (void)
{
  __asm__ volatile("" : : : "memory");
}

#endif /* MDTRACE_X86_CPU_H */
