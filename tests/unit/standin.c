/* A small stand-in for GNU Mach, in which the kernel part runs on the host.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <mach/mig_errors.h>

#include "dtrace.h"
#include "mach_kernel.h"
#include "x86/cpu.h"

_Thread_local struct standin standin;
struct thread standin_threads[STANDIN_THREADS];
struct task standin_tasks[STANDIN_TASKS];

char *mach_kernel_cmdline;
const char mach_version[] = "GNU Mach 1.8 (stand-in)";
mach_interrupt_handler_t mach_ivect[1];
unsigned long mach_elapsed_ticks;
int mach_hz = STANDIN_HZ;
struct mach_queue mach_all_psets;
unsigned int mach_vm_page_segs_size = STANDIN_SEGMENTS;
vm_offset_t mach_kernel_virtual_start;
ipc_space_t mach_ipc_space_kernel;
task_t mach_kernel_task = &standin_tasks[0];

#define STRUCTURES(type, count)                                               \
  [sizeof (struct type) * (count)] __attribute__ ((aligned (16)))
char mach_time STRUCTURES (time_value64, 1);
char mach_uptime STRUCTURES (time_value64, 1);
char mach_percpu_array STRUCTURES (percpu, STANDIN_SLOTS);
char mach_machine_slot STRUCTURES (machine_slot, STANDIN_SLOTS);
char mach_vm_page_segs STRUCTURES (vm_page_seg, STANDIN_SEGMENTS);
char mach_machine_info STRUCTURES (machine_info, 1);
char mach_vm_stat STRUCTURES (vm_statistics, 1);

struct vm_page_seg *const standin_segments
    = (struct vm_page_seg *) mach_vm_page_segs;

struct host
{
  int unused;
};

static struct host host;
static struct ipc_port host_port, other_port;
static word_t stacks[STANDIN_THREADS][KERNEL_STACK_BYTES / sizeof (word_t)];
static struct processor_set sets[2];

void
standin_broken (const char *rule)
{
  fprintf (stderr, "stand-in: %s\n", rule);
  abort ();
}

/* -------------------------------------------------------------------- */
/* The processor */

word_t
interrupts_disable (void)
{
  word_t before = standin.interrupts_enabled;

  standin.interrupts_enabled = false;
  return before;
}

void
interrupts_restore (word_t flags)
{
  standin.interrupts_enabled = flags;
}

/* Whether a hit may come in at this moment.  While one is handled the short
   way none can: nothing is called there.  */
static bool
may_be_hit (void)
{
#if MACH_DYNAMIC_PROBES
  return dtrace_cpus[standin.cpu].handling;
#else
  return false;
#endif
}

uint64_t
time_stamp (void)
{
  if (standin.on_time_stamp != NULL && may_be_hit ())
    standin.on_time_stamp ();
  return standin.tsc += STANDIN_TSC_PER_READ;
}

void
cpuid (uint32_t leaf, struct cpuid *result)
{
  memset (result, 0, sizeof *result);
  if (standin.processor != NULL)
    standin.processor->identify (leaf, result);
}

uint64_t
read_msr (uint32_t number)
{
  if (standin.processor == NULL)
    standin_broken ("a register is read that is not there");
  return standin.processor->read (number);
}

void
write_msr (uint32_t number, uint64_t value)
{
  if (standin.processor == NULL)
    standin_broken ("a register is written that is not there");
  standin.processor->write (number, value);
}

word_t
frame_pointer (void)
{
  return standin.frame_pointer;
}

void
string_direction_up (void)
{
  __asm__ volatile("cld" : : : "cc");
}

void
clear_memory (void *memory, word_t bytes)
{
  memset (memory, 0, bytes);
}

void
copy_memory (void *to, const void *from, word_t bytes)
{
  /* The processor's instruction takes any pointer for no bytes.  */
  if (bytes != 0)
    memcpy (to, from, bytes);
}

word_t
writable_begin (void)
{
  if (standin.interrupts_enabled)
    standin_broken ("text is made writable with interrupts on");
  standin.text_writable = true;
  standin.text_writes++;
  return false;
}

void
writable_end (word_t before)
{
  standin.text_writable = before;
}

unsigned
cpu_number (void)
{
  return standin.cpu;
}

static struct percpu *
current_percpu (void)
{
  return (struct percpu *) mach_percpu_array + standin.cpu;
}

thread_t
current_thread (void)
{
  return current_percpu ()->active_thread;
}

void
full_barrier (void)
{
  __atomic_thread_fence (__ATOMIC_SEQ_CST);
  if (standin.on_barrier != NULL)
    standin.on_barrier ();
}

void
cpu_relax (void)
{
  if (standin.on_relax == NULL)
    standin_broken ("a CPU waits for something that will never be");
  standin.on_relax ();
}

/* -------------------------------------------------------------------- */
/* The console */

int
standin_printf (const char *format, ...)
{
  va_list arguments;
  size_t left = sizeof standin.console - standin.console_bytes;

  va_start (arguments, format);
  int bytes = vsnprintf (standin.console + standin.console_bytes, left, format,
			 arguments);
  va_end (arguments);
  standin.console_bytes += (size_t) bytes < left ? (size_t) bytes : left - 1;
  return bytes;
}

bool
standin_said (const char *text)
{
  return strstr (standin.console, text) != NULL;
}

/* -------------------------------------------------------------------- */
/* Ports */

host_t
convert_port_to_host_priv (ipc_port_t port)
{
  return port == &host_port ? &host : NULL;
}

host_t
convert_port_to_host (ipc_port_t port)
{
  return port == &host_port || port == &other_port ? &host : NULL;
}

/* -------------------------------------------------------------------- */
/* Messages */

void *
standin_serve (const void *request, size_t bytes, uint8_t filling)
{
  /* A block of its own, so that whoever reads beyond it is seen.  */
  mach_msg_header_t *in = malloc (bytes);
  mig_reply_header_t *out = malloc (STANDIN_REPLY_BYTES);

  if (in == NULL || out == NULL)
    standin_broken ("there is no memory on the host");
  memcpy (in, request, bytes);
  memset (out, filling, STANDIN_REPLY_BYTES);
  in->msgh_size = bytes;
  in->msgh_remote_port
      = (mach_port_t) (standin.unprivileged ? &other_port : &host_port);
  in->msgh_local_port = MACH_PORT_NULL;

  /* As the kernel's ipc_kobject_server does.  */
  memset (out, 0, sizeof *out);
  out->Head.msgh_bits
      = MACH_MSGH_BITS (MACH_MSGH_BITS_LOCAL (in->msgh_bits), 0);
  out->Head.msgh_size = sizeof *out;
  out->Head.msgh_id = (uint32_t) in->msgh_id + 100;
  out->RetCodeType.msgt_name = MACH_MSG_TYPE_INTEGER_32;
  out->RetCodeType.msgt_size = 32;
  out->RetCodeType.msgt_number = 1;
  out->RetCodeType.msgt_inline = TRUE;
  if (!mdtrace_demux (in, &out->Head))
    out->RetCode = MIG_BAD_ID;
  if (!standin.interrupts_enabled)
    standin_broken ("a routine returns with interrupts off");
  free (in);
  return out;
}

size_t
standin_rpc (const void *request, size_t bytes, void *reply, size_t room)
{
  mig_reply_header_t *out = standin_serve (request, bytes, 0);
  size_t reply_bytes = out->Head.msgh_size;

  if (reply_bytes > STANDIN_REPLY_BYTES)
    standin_broken ("a reply is longer than its buffer");
  if (reply_bytes <= room)
    memcpy (reply, out, reply_bytes);
  free (out);
  return reply_bytes;
}

/* The displaced beginnings of the functions that mdtrace is hooked into.  */
void mdtrace_displaced_bootstrap_create (void);
void mdtrace_displaced_ipc_kobject_notify (void);

void
mdtrace_displaced_bootstrap_create (void)
{
}

void
mdtrace_displaced_ipc_kobject_notify (void)
{
}

/* -------------------------------------------------------------------- */
/* Threads and time */

/* Append ELEMENT, of which LINKS are the links, to the queue at HEAD whose
   last element's links are at *LAST.  */
static void
enqueue (struct mach_queue *head, void *element, struct mach_queue *links,
	 struct mach_queue **last)
{
  (*last)->next = element;
  links->next = head;
  *last = links;
}

static void
make_threads (void)
{
  struct mach_queue *last_set = &mach_all_psets;

  mach_all_psets.next = &mach_all_psets;
  for (int i = 0; i < 2; i++)
    {
      struct mach_queue *last = &sets[i].threads;
      sets[i].threads.next = &sets[i].threads;
      enqueue (&mach_all_psets, &sets[i], &sets[i].all_psets, &last_set);
      for (int j = i; j < STANDIN_THREADS; j += 2)
	enqueue (&sets[i].threads, &standin_threads[j],
		 &standin_threads[j].pset_threads, &last);
    }
  for (int i = 0; i < STANDIN_TASKS; i++)
    snprintf (standin_tasks[i].name, sizeof standin_tasks[i].name, "task %d",
	      i);
  for (int i = 0; i < STANDIN_THREADS; i++)
    {
      standin_threads[i].task = &standin_tasks[i % STANDIN_TASKS];
      standin_threads[i].kernel_stack = (word_t) stacks[i];
      standin_stack (&standin_threads[i], 0);
    }
}

word_t *
standin_stack (struct thread *thread, unsigned count)
{
  struct i386_kernel_state *state
      = (struct i386_kernel_state *) (thread->kernel_stack
				      + KERNEL_STACK_BYTES)
	- 1;

  state->k_esp = (word_t) ((word_t *) state - count);
  return (word_t *) state->k_esp;
}

void
standin_run (struct thread *thread)
{
  current_percpu ()->active_thread = thread;
}

thread_t
kernel_thread (task_t task, const char *name, mach_continuation_t start,
	       void *argument)
{
  static struct thread made;

  (void) name;
  (void) argument;
  if (!standin.interrupts_enabled)
    standin_broken ("a thread is made with interrupts off");
  if (task != mach_kernel_task || standin.thread != NULL)
    standin_broken ("a thread of another task is made, or a second one");
  if (!standin_take_one (&standin.threads_left))
    return NULL;
  standin.thread = start;
  standin.thread_wakes_at = mach_elapsed_ticks;
  return &made;
}

void
assert_wait (void *event, boolean_t interruptible)
{
  if (event != NULL || interruptible || standin.thread_waits)
    standin_broken ("a thread waits for something else than time");
  standin.thread_waits = true;
}

void
thread_set_timeout (int ticks)
{
  if (!standin.thread_waits || ticks <= 0)
    standin_broken ("a time is set for a thread that does not wait");
  standin.thread_wakes_at = mach_elapsed_ticks + ticks;
}

/* What a thread has on its stack is lost, and so this may return here.  */
void
thread_block (mach_continuation_t continuation)
{
  if (!standin.thread_waits || !standin.interrupts_enabled
      || standin.thread_wakes_at == mach_elapsed_ticks)
    standin_broken ("a thread blocks that nothing will wake");
  standin.thread = continuation;
}

bool
standin_run_made_thread (void)
{
  if (standin.thread == NULL
      || (long) (mach_elapsed_ticks - standin.thread_wakes_at) < 0)
    return false;
  standin.thread_waits = false;
  standin.thread ();
  if (!standin.thread_waits)
    standin_broken ("a thread ends");
  return true;
}

/* What the kernel does at a tick of its clock.  */
static void
clock_interrupt (int unit, int level, const char *address, void *registers)
{
  struct time_value64 *times[2] = { (struct time_value64 *) mach_time,
				    (struct time_value64 *) mach_uptime };
  struct machine_slot *slot = (struct machine_slot *) mach_machine_slot;

  (void) unit;
  (void) level;
  (void) address;
  (void) registers;
  slot += standin.cpu;
  slot->cpu_ticks[standin.busy ? 1 : 2]++;
  if (standin.cpu != 0)
    return;
  mach_elapsed_ticks++;
  for (int i = 0; i < 2; i++)
    {
      times[i]->nanoseconds += 1000000000 / STANDIN_HZ;
      if (times[i]->nanoseconds >= 1000000000)
	{
	  times[i]->nanoseconds -= 1000000000;
	  times[i]->seconds++;
	}
    }
}

void
standin_ticks (unsigned count)
{
  while (count-- > 0)
    {
      standin.tsc += STANDIN_TSC_PER_TICK;
      standin.interrupts_enabled = false;
      mach_ivect[0](0, 0, NULL, NULL);
      standin.interrupts_enabled = true;
    }
}

void
standin_set_cpus (unsigned count)
{
  struct machine_slot *slots = (struct machine_slot *) mach_machine_slot;

  for (unsigned i = 0; i < STANDIN_SLOTS; i++)
    slots[i].is_cpu = slots[i].running = i < count;
  cpus = count;
}

void
standin_boot (const char *command_line)
{
  static char line[2048];

  memset (&standin, 0, sizeof standin);
  standin.pages_left = standin.objects_left = standin.threads_left = -1;
  standin.interrupts_enabled = true;
  standin.tsc = UINT64_C (5000000000);
  snprintf (line, sizeof line, "%s", command_line);
  mach_kernel_cmdline = line;
  mach_kernel_virtual_start = UINT64_C (0x80000000) + DIRECT_MAP;
  ((struct time_value64 *) mach_time)->seconds = 1700000000;
  mach_ivect[0] = clock_interrupt;
  for (int i = 0; i < STANDIN_SEGMENTS; i++)
    standin_segments[i] = (struct vm_page_seg){ .nr_free_pages = 10000,
						.low_free_pages = 500,
						.min_free_pages = 100 };
  standin_unmap_pages ();
  standin_set_cpus (1);
  make_threads ();
  /* Each CPU has a thread of its own to begin with.  */
  for (standin.cpu = STANDIN_SLOTS; standin.cpu-- > 0;)
    standin_run (&standin_threads[standin.cpu]);
  standin.cpu = 0;
  standin_make_table ();
}
