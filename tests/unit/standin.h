/* A small stand-in for GNU Mach, in which the kernel part runs on the host.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   kernel/mach_kernel.h includes this in place of what mdtrace-mkkernel looks
   up in a kernel.  The structures here have the fields that the kernel part
   reads, at places of our own; the rest of this file is for the tests: what
   goes on in the machine, and what is to go wrong.  There are as many CPUs as
   a test says, and it says which of them it is on; each thread of a test is on
   one of its own.  */

#ifndef UNIT_STANDIN_H
#define UNIT_STANDIN_H

#include <mach/machine/vm_types.h>

/* -------------------------------------------------------------------- */
/* What kernel/layout.def and kernel/imports.def name.  */

#define IMPORT_FUNCTION(result, name, parameters)                             \
  extern result name parameters;
#define IMPORT_DATA(type, name, dimension) extern type mach_##name dimension;
#include "imports.def"
#undef IMPORT_FUNCTION
#undef IMPORT_DATA

struct percpu
{
  word_t unused[3];
  thread_t active_thread;
  int cpu_id;
};

struct thread
{
  word_t unused[2];
  struct mach_queue pset_threads;
  word_t kernel_stack;
  task_t task;
};

struct task
{
  word_t unused[5];
  char name[32];
};

struct processor_set
{
  word_t unused;
  int task_count, thread_count;
  struct mach_queue threads;
  struct mach_queue all_psets;
};

struct i386_kernel_state
{
  word_t k_ebx, k_esp, k_ebp, k_eip;
};

struct time_value64
{
  int64_t seconds, nanoseconds;
};

struct machine_slot
{
  int is_cpu, running;
  uint32_t cpu_ticks[3];
};

struct vm_page
{
  struct vm_page *next;
  uint64_t phys_addr;
};

struct vm_page_seg
{
  word_t unused;
  word_t min_free_pages, low_free_pages, nr_free_pages;
};

struct machine_info
{
  int unused[5];
  vm_size_t memory_size;
};

struct vm_statistics
{
  int unused[7];
  uint32_t pageins, pageouts, faults;
};

struct mach_device
{
  int ref_count, dev_number;
  struct dev_ops *dev_ops;
};

struct dev_ops
{
  char *d_name;
  vm_offset_t (*d_mmap) (int, vm_offset_t, vm_prot_t);
};

/* A memory object: a pager's, or a proxy for one.  */
struct ipc_port
{
  unsigned rights;
  struct mach_device *device;
  struct ipc_port *pager; /* that a proxy stands for */
  vm_offset_t offset;
  vm_size_t bytes;
  vm_prot_t protection;
};

enum
{
  STANDIN_SLOTS = 3,
  STANDIN_SEGMENTS = 2
};

#define STANDIN_COUNT_machine_slot STANDIN_SLOTS
#define LAYOUT_OFFSET(structure, member) offsetof (struct structure, member)
#define LAYOUT_BYTES(structure, member)                                       \
  sizeof (((struct structure *) NULL)->member)
#define LAYOUT_SIZEOF(structure) sizeof (struct structure)
#define LAYOUT_COUNTOF(array) ((word_t) STANDIN_COUNT_##array)
#define DIRECT_MAP ((word_t) 0x10000)

/* -------------------------------------------------------------------- */
/* What kernel/x86/cpu.h, load.c and patch.c leave to us.  */

word_t interrupts_disable (void);
void interrupts_restore (word_t flags);
struct cpuid;

uint64_t time_stamp (void);
void cpuid (uint32_t leaf, struct cpuid *result);
uint64_t read_msr (uint32_t number);
void write_msr (uint32_t number, uint64_t value);
word_t frame_pointer (void);
void string_direction_up (void);
void clear_memory (void *memory, word_t bytes);
void copy_memory (void *to, const void *from, word_t bytes);
word_t writable_begin (void);
void writable_end (word_t before);
uint64_t translate (word_t address);
unsigned cpu_number (void);
thread_t current_thread (void);
void full_barrier (void);
void cpu_relax (void);

/* What the stand-in's parts share.  */

/* The kernel part breaks the RULE of the kernel: end the test.  */
void standin_broken (const char *rule);

/* Whether one more of what *LEFT counts can be had.  */
bool standin_take_one (long *left);

/* Forget what standin_map_page has mapped.  */
void standin_unmap_pages (void);

/* -------------------------------------------------------------------- */
/* For the tests.  */

enum
{
  STANDIN_THREADS = 6,
  STANDIN_TASKS = 3,
  STANDIN_HZ = 100,
  /* The time stamp counter's rate, and how much each look at it takes.  */
  STANDIN_TSC_PER_TICK = 1000000,
  STANDIN_TSC_PER_READ = 10
};

/* A model of what the processor can be asked; for each thread of a test.  */
struct standin_processor
{
  void (*identify) (uint32_t leaf, struct cpuid *result);
  uint64_t (*read) (uint32_t number);
  void (*write) (uint32_t number, uint64_t value);
};

struct standin
{
  /* Null: CPUID tells nothing, and there are no registers.  */
  const struct standin_processor *processor;

  /* What is to go wrong.  */
  long pages_left;   /* allocations of pages that succeed; < 0: all */
  int pages_beyond;  /* next ones that lie beyond the direct map */
  long objects_left; /* memory objects that can be made; < 0: all */
  long threads_left; /* threads that can be made; < 0: all */
  bool unprivileged; /* requests do not come to the host port */
  bool busy;	     /* ticks of the CPU are counted as busy */
  unsigned cpu;	     /* that the test is on */
  word_t frame_pointer; /* at a probe's site */
  /* Called, if not null, whenever the time stamp counter is read for a hit
     that is handled the long way: what comes in between.  */
  void (*on_time_stamp) (void);
  /* Called while one CPU waits for another one; it must be there then.  */
  void (*on_relax) (void);
  /* Called, if not null, where a CPU lets all that it has stored be seen: what
     others do then.  */
  void (*on_barrier) (void);

  /* What has happened.  */
  bool interrupts_enabled;
  bool text_writable;
  unsigned page_blocks; /* allocations of pages that exist */
  unsigned rights;	/* to memory objects, that exist */
  unsigned text_writes;
  /* The thread that the kernel part has made: where it goes on, null if there
     is none, and at which tick.  */
  mach_continuation_t thread;
  bool thread_waits;
  unsigned long thread_wakes_at;
  uint64_t tsc;
  char console[65536];
  size_t console_bytes;
};

extern _Thread_local struct standin standin;
extern struct thread standin_threads[STANDIN_THREADS];
extern struct task standin_tasks[STANDIN_TASKS];
extern struct vm_page_seg *const standin_segments;

/* Make the machine as it is when mdtrace_start is called: interrupts are on,
   the first thread runs, pages are free.  To be called first.  */
void standin_boot (const char *command_line);

/* Let there be COUNT CPUs, up to STANDIN_SLOTS: after standin_boot, with which
   there is one.  */
void standin_set_cpus (unsigned count);

/* Let THREAD run on the CPU that the test is on.  */
void standin_run (struct thread *thread);

/* Let COUNT clock ticks come in.  */
void standin_ticks (unsigned count);

/* Let the thread run that the kernel part has made, if it is there and its
   time has come.  Returns whether it has run.  */
bool standin_run_made_thread (void);

/* The first word of THREAD's stack that is in use, of the COUNT words that
   are from there to the stack's end.  */
word_t *standin_stack (struct thread *thread, unsigned count);

/* Whether TEXT was printed on the console since it was booted.  */
bool standin_said (const char *text);

/* Send the message of BYTES bytes at REQUEST to the kernel part, as the
   kernel would, and put the reply, of at most ROOM bytes, to REPLY.  Returns
   how long it is.  */
size_t standin_rpc (const void *request, size_t bytes, void *reply,
		    size_t room);

enum
{
  /* What the kernel gives a server for its reply.  */
  STANDIN_REPLY_BYTES = 8192 - 32
};

/* As standin_rpc, but the reply is in malloc's memory, STANDIN_REPLY_BYTES
   long and filled with FILLING before.  The caller frees it.  */
void *standin_serve (const void *request, size_t bytes, uint8_t filling);

/* Let the page at the virtual ADDRESS be the one at MEMORY, of standin_map; if
   that is null, there is none any more.  */
void standin_map_page (word_t address, void *memory);

/* Memory of BYTES bytes, in the lower half of the range that 32 bits can
   name, that can be written and executed and has forbidden pages on both
   sides.  Null if there is none.  */
void *standin_map (size_t bytes);

#include "standin_text.h"

#endif /* UNIT_STANDIN_H */
