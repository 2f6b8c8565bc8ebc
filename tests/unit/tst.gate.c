/* Gates: patched functions are executed, as the processor would in the
   kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "execute.h"
#include "symbols.h"

static uint8_t *
gate_of (enum standin_function function)
{
  const struct dtrace_site *site
      = sites_find ((word_t) standin_text (function));

  CHECK (site != NULL && site->gate != NULL);
  return site->gate;
}

/* Create a probe of the entry of FUNCTION and enable it, by a jump.  */
static uint32_t
enable (enum standin_function function)
{
  uint32_t id = probe_create (standin_name (function), true);

  CHECK_NUMBER (entry_mode (function), MDTRACE_MODE_JUMP);
  return id;
}

/* Where the jump at AT leads.  */
static uint8_t *
jump_target (uint8_t *at)
{
  int32_t away;

  CHECK_NUMBER (*at, OPCODE_JUMP);
  memcpy (&away, at + 1, sizeof away);
  return at + SITE_JUMP_BYTES + away;
}

static void
leads_there_and_back (void)
{
  execute_boot ();
  enable (ALPHA);
  const struct table_site *site = standin_site (ALPHA, 0);
  uint8_t *gate = gate_of (ALPHA);
  CHECK (jump_target (standin_text (ALPHA)) == gate);
  uint8_t *moved = gate;
  while (memcmp (moved, symbols_code (site) + site->original_bytes,
		 site->moved_bytes)
	 != 0)
    {
      CHECK (moved < gate + 100);
      moved++;
    }
  CHECK (jump_target (moved + site->moved_bytes)
	 == standin_text (ALPHA) + site->displaced_bytes);
  /* Only what the jump covers is changed.  */
  CHECK (memcmp (standin_text (ALPHA) + SITE_JUMP_BYTES,
		 standin_original_text (ALPHA) + SITE_JUMP_BYTES,
		 STANDIN_CELL_BYTES - SITE_JUMP_BYTES)
	 == 0);
}

static void
computes_the_same (void)
{
  uint64_t seed = 1;

  execute_boot ();
  CHECK_NUMBER (execute (ALPHA, 20, 21), 42);
  uint32_t id = enable (ALPHA);
  for (int i = 0; i < 1000; i++)
    {
      uint64_t a = tap_random (&seed), b = tap_random (&seed);
      CHECK_NUMBER (execute (ALPHA, a, b), a + b + 1);
    }
  CHECK_NUMBER (probe_counts (id).recorded, 1000);
  CHECK_NUMBER (dynamic_probe_disable (id), MDTRACE_OK);
  CHECK (!is_patched (ALPHA));
  CHECK_NUMBER (execute (ALPHA, 20, 21), 42);
  CHECK_NUMBER (probe_hits (id), 1000);
  /* By the same gate as before.  */
  const uint8_t *gate = gate_of (ALPHA);
  CHECK_NUMBER (dynamic_probe_enable (id), MDTRACE_OK);
  CHECK (gate_of (ALPHA) == gate);
  CHECK_NUMBER (execute (ALPHA, 20, 21), 42);
  CHECK_NUMBER (probe_hits (id), 1001);
}

/* An operand that is relative to its instruction reaches the same word from
   the gate.  */
static void
mends_what_is_relative (void)
{
  execute_boot ();
  *standin_word = 0x12345678;
  CHECK_NUMBER (execute (BETA, 0, 0), 0x12345678);
  uint32_t id = enable (BETA);
  *standin_word = 0x87654321;
  CHECK_NUMBER (execute (BETA, 0, 0), 0x87654321);
  CHECK_NUMBER (probe_hits (id), 1);
}

static void
hits_every_probe_of_a_site (void)
{
  execute_boot ();
  uint32_t first = enable (ALPHA);
  uint32_t second = enable (ALPHA);
  CHECK_NUMBER (execute (ALPHA, 1, 2), 4);
  CHECK_NUMBER (probe_hits (first), 1);
  CHECK_NUMBER (probe_hits (second), 1);
}

static void
records_the_arguments (void)
{
  struct mdtrace_rings *consumer;
  const uint64_t *record;
  unsigned words;

  execute_boot ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer), MDTRACE_OK);
  uint32_t id = enable (MANY);
  CHECK_NUMBER (execute (MANY, UINT64_C (0xfedcba9876543210), 2),
		UINT64_C (0xfedcba9876543213));
  /* The task's name, then the event.  */
  for (int i = 0; i < 2; i++)
    CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		  MDTRACE_OK);
  CHECK_NUMBER (words, 10);
  CHECK_NUMBER (mdtrace_record_probe (record[0]), id);
  CHECK_NUMBER (record[2], (uintptr_t) &standin_threads[0]);
  CHECK_NUMBER (record[3], (uintptr_t) &standin_tasks[0]);
  CHECK_NUMBER (record[4], UINT64_C (0xfedcba9876543210));
  for (unsigned i = 1; i < 6; i++)
    CHECK_NUMBER (record[4 + i], i + 1);
  mdtrace_rings_close (consumer);
}

/* What the registers are behind a call, but for the result.  */
struct registers
{
  uint64_t rcx, rdx, rsi, rdi, r8, r9, r10, r11, flags;
};

/* Call CODE with a number in each register that a function may change, and
   with the flags of carry and direction set.  */
static void
call_with_registers (const void *code, struct registers *after)
{
  register uint64_t r8 __asm__("r8") = 108;
  register uint64_t r9 __asm__("r9") = 109;
  register uint64_t r10 __asm__("r10") = 110;
  register uint64_t r11 __asm__("r11") = 111;
  uint64_t rcx = 101, rdx = 102, rsi = 103, rdi = 104, flags;

  __asm__ volatile("std\n\tstc\n\tcall *%%rax\n\t"
		   "pushfq\n\tpop %%rax\n\tcld"
		   : "=a"(flags), "+c"(rcx), "+d"(rdx), "+S"(rsi), "+D"(rdi),
		     "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11)
		   : "0"(code)
		   : "memory", "cc");
  *after = (struct registers){ rcx, rdx, rsi, rdi, r8, r9, r10, r11, flags };
}

enum
{
  FLAG_CARRY = 1,
  FLAG_DIRECTION = 1 << 10
};

static unsigned looks;

/* C code expects that strings are copied forwards.  */
static void
check_direction (void)
{
  uint64_t flags;

  __asm__ volatile("pushfq; pop %0" : "=r"(flags));
  CHECK ((flags & FLAG_DIRECTION) == 0);
  looks++;
}

static void
leaves_registers_alone (void)
{
  struct registers registers;

  execute_boot ();
  uint32_t id = enable (ALPHA);
  standin.on_time_stamp = check_direction;
  call_with_registers (standin_text (ALPHA), &registers);
  CHECK (looks > 0);
  CHECK_NUMBER (probe_hits (id), 1);
  CHECK_NUMBER (registers.rcx, 101);
  CHECK_NUMBER (registers.rdx, 102);
  CHECK_NUMBER (registers.rsi, 103);
  CHECK_NUMBER (registers.rdi, 104);
  CHECK_NUMBER (registers.r8, 108);
  CHECK_NUMBER (registers.r9, 109);
  CHECK_NUMBER (registers.r10, 110);
  CHECK_NUMBER (registers.r11, 111);
  CHECK ((registers.flags & FLAG_CARRY) != 0);
  CHECK ((registers.flags & FLAG_DIRECTION) != 0);
}

/* While it works in one gate another one is entered.  */
static void
execute_alpha (void)
{
  standin.on_time_stamp = NULL;
  CHECK_NUMBER (execute (ALPHA, 1, 1), 3);
}

static void
may_be_entered_from_a_gate (void)
{
  execute_boot ();
  uint32_t alpha = enable (ALPHA);
  uint32_t beta = enable (BETA);
  standin.on_time_stamp = execute_alpha;
  *standin_word = 77;
  CHECK_NUMBER (execute (BETA, 0, 0), 77);
  CHECK_NUMBER (probe_counts (alpha).missed, 1);
  CHECK_NUMBER (probe_counts (beta).recorded, 1);
  check_law ();
}

static void
knows_the_registers_it_saves (void)
{
  static const unsigned saved[] = { 0, 1, 2, 6, 7, 8, 9, 10, 11 };
  unsigned next = 0;

  for (unsigned number = 0; number < 300; number++)
    {
      int offset = gate_register_offset (number);
      bool expected
	  = next < sizeof saved / sizeof saved[0] && saved[next] == number;
      CHECK_NUMBER (offset >= 0, expected);
      /* The stack pointer is not saved; the rest is, by a breakpoint.  */
      CHECK_NUMBER (offset == GATE_NO_REGISTER, number == 4 || number > 15);
      next += expected;
    }
  CHECK_NUMBER (gate_register_offset (7),
		offsetof (struct saved_registers, rdi));
  CHECK_NUMBER (gate_register_offset (1),
		offsetof (struct saved_registers, rcx));
}

TAP_MAIN ({ leads_there_and_back, "the jumps lead there and back" },
	  { computes_the_same, "a patched function computes the same" },
	  { mends_what_is_relative, "a relative operand is mended" },
	  { hits_every_probe_of_a_site, "every probe of a site is hit" },
	  { records_the_arguments, "arguments are those of the call" },
	  { leaves_registers_alone, "registers and flags are left alone" },
	  { may_be_entered_from_a_gate, "a gate may be entered from a gate" },
	  { knows_the_registers_it_saves,
	    "which registers are saved, and where" })
