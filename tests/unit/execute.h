/* Executing the stand-in's functions, as the processor would in the kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Gates are made of kernel/x86/gate_x86_64.S itself.  One instruction of
   theirs a user may not execute, the one that disables interrupts: it is
   stepped over when the processor refuses it.  A breakpoint comes as a signal,
   of which a frame is made as breakpoint_x86_64.S makes it of a trap.  */

#ifndef UNIT_EXECUTE_H
#define UNIT_EXECUTE_H

/* For the names of the registers.  This file is to be included first.  */
#define _GNU_SOURCE 1
#include <signal.h>
#include <ucontext.h>

#include "breakpoints.h"
#include "probes.h"

enum
{
  OPCODE_CLI = 0xfa,
  OPCODE_JUMP = 0xe9
};

typedef uint64_t (*function_t) (uint64_t, uint64_t, uint64_t, uint64_t,
				uint64_t, uint64_t);

/* How often each byte of the text was where an instruction was executed,
   while the processor went by single steps.  */
static uint32_t executed[STANDIN_TEXT_BYTES];

/* Traps that were none of ours.  */
static unsigned foreign_traps;

/* What differs between a frame and what a signal comes with.  */
#define FOR_EACH_REGISTER(_)                                                  \
  _ (rax, RAX, saved.rax)                                                     \
  _ (rcx, RCX, saved.rcx)                                                     \
  _ (rdx, RDX, saved.rdx)                                                     \
  _ (rsi, RSI, saved.rsi)                                                     \
  _ (rdi, RDI, saved.rdi)                                                     \
  _ (r8, R8, saved.r8)                                                        \
  _ (r9, R9, saved.r9)                                                        \
  _ (r10, R10, saved.r10)                                                     \
  _ (r11, R11, saved.r11)                                                     \
  _ (rbx, RBX, rbx)                                                           \
  _ (rbp, RBP, rbp)                                                           \
  _ (r12, R12, r12)                                                           \
  _ (r13, R13, r13)                                                           \
  _ (r14, R14, r14)                                                           \
  _ (r15, R15, r15)                                                           \
  _ (rip, RIP, instruction_pointer)                                           \
  _ (rsp, RSP, stack_pointer)                                                 \
  _ (flags, EFL, flags)

static void
on_trap (int number, siginfo_t *info, void *context)
{
  greg_t *registers = ((ucontext_t *) context)->uc_mcontext.gregs;
  struct breakpoint_frame frame = { .code_segment = 8 };

  (void) number;
  if (info->si_code == TRAP_TRACE)
    {
      word_t offset = registers[REG_RIP] - (word_t) standin_text (0);
      if (offset < STANDIN_TEXT_BYTES)
	executed[offset]++;
      return;
    }
#define TAKE(name, NAME, field) frame.field = registers[REG_##NAME];
  FOR_EACH_REGISTER (TAKE)
#undef TAKE
  word_t behind = frame.instruction_pointer;
  if (!breakpoint_hit (&frame))
    {
      /* The kernel debugger would take it; here nothing more is known.  */
      foreign_traps++;
      CHECK_NUMBER (frame.instruction_pointer, behind);
      return;
    }
#define GIVE(name, NAME, field) registers[REG_##NAME] = frame.field;
  FOR_EACH_REGISTER (GIVE)
#undef GIVE
}

static void
on_refusal (int number, siginfo_t *info, void *context)
{
  greg_t *registers = ((ucontext_t *) context)->uc_mcontext.gregs;

  (void) number;
  (void) info;
  if (*(const uint8_t *) registers[REG_RIP] != OPCODE_CLI)
    {
      signal (SIGSEGV, SIG_DFL);
      return;
    }
  registers[REG_RIP]++;
}

/* Boot, and let the text be executed.  */
static inline void
execute_boot (void)
{
  struct sigaction action = { .sa_flags = SA_SIGINFO | SA_NODEFER };

  action.sa_sigaction = on_trap;
  sigaction (SIGTRAP, &action, NULL);
  action.sa_sigaction = on_refusal;
  sigaction (SIGSEGV, &action, NULL);
  probes_boot ();
}

/* Call FUNCTION.  */
static inline uint64_t
execute (enum standin_function function, uint64_t a, uint64_t b)
{
  function_t code = (function_t) (void *) standin_text (function);

  return code (a, b, 3, 4, 5, 6);
}

/* Call FUNCTION and note in EXECUTED what instructions it goes through.  */
static inline uint64_t
execute_by_steps (enum standin_function function, uint64_t a, uint64_t b)
{
  const void *code = standin_text (function);
  uint64_t result, c = 3, d = 4;

  memset (executed, 0, sizeof executed);
  __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq\n\t"
		   "call *%%rax\n\t"
		   "pushfq; andq $~0x100, (%%rsp); popfq"
		   : "=a"(result), "+D"(a), "+S"(b), "+d"(c), "+c"(d)
		   : "0"(code)
		   : "r8", "r9", "r10", "r11", "memory", "cc");
  return result;
}

#endif /* UNIT_EXECUTE_H */
