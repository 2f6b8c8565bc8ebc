/* What the functions of the stand-in's kernel do.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "standin_code.h"

#define PLAIN(bytes)                                                          \
  {                                                                           \
    SITE_CLASS_PLAIN, sizeof bytes - 1, NOWHERE, 0, bytes                     \
  }
#define OTHER(class, bytes)                                                   \
  {                                                                           \
    SITE_CLASS_##class, sizeof bytes - 1, NOWHERE, 0, bytes                   \
  }
#define TO(target, class, bytes)                                              \
  {                                                                           \
    SITE_CLASS_##class, sizeof bytes - 1, target, 0, bytes                    \
  }
#define TO_PLACE(place, class, bytes)                                         \
  {                                                                           \
    SITE_CLASS_##class, sizeof bytes - 1, PLACE, place, bytes                 \
  }
/* The distance from FUNCTION to ALPHA, which is the first.  */
#define ALPHA_FROM(function) (-(function) *STANDIN_CELL_BYTES)

#define JUMP(kind, at, lead, displaced)                                       \
  {                                                                           \
    MDTRACE_PROBE_##kind, SITE_PLAN_JUMP, 0, at, lead, displaced              \
  }
#define BREAKPOINT(kind, at, reason)                                          \
  {                                                                           \
    MDTRACE_PROBE_##kind, SITE_PLAN_BREAKPOINT, MDTRACE_REASON_##reason, at,  \
	0, 0                                                                  \
  }
#define REFUSED(reason)                                                       \
  {                                                                           \
    MDTRACE_PROBE_ENTRY, SITE_PLAN_REFUSED, MDTRACE_REASON_##reason, 0, 0, 0  \
  }

/* lea (%rdi,%rsi), %rax; inc %rax; ret */
#define ADD_INSTRUCTIONS                                                      \
  PLAIN ("\x48\x8d\x04\x37"), PLAIN ("\x48\xff\xc0"), PLAIN ("\xc3")

static const struct code add
    = { { ADD_INSTRUCTIONS },
	{ JUMP (ENTRY, 0, 0, 7), JUMP (RETURN, 7, 0, 1) } };

static const struct code codes[FUNCTION_0] = {
  [BETA] = { { /* mov WORD, %eax; ret */
	       TO (WORD, RELATIVE, "\x8b\x05\0\0\0\0"), PLAIN ("\xc3") },
	     { JUMP (ENTRY, 0, 0, 6), JUMP (RETURN, 6, 0, 1) } },
  [GAMMA] = { { ADD_INSTRUCTIONS }, { REFUSED (TRAP_PATH) } },
  [DELTA] = { { /* xor %eax, %eax; 2: inc %eax; cmp %edi, %eax; jb 2; ret */
		PLAIN ("\x31\xc0"), PLAIN ("\xff\xc0"), PLAIN ("\x39\xf8"),
		TO_PLACE (2, CONDITION_8, "\x72\0"), PLAIN ("\xc3") },
	      { BREAKPOINT (ENTRY, 0, NO_ROOM), JUMP (RETURN, 8, 0, 1) } },
  [FORK] = { { /* test %edi, %edi; je 10; mov $1, %eax; ret;
		  10: mov $2, %eax; ret */
	       PLAIN ("\x85\xff"), TO_PLACE (10, CONDITION_8, "\x74\0"),
	       PLAIN ("\xb8\1\0\0\0"), PLAIN ("\xc3"), PLAIN ("\xb8\2\0\0\0"),
	       PLAIN ("\xc3") },
	     { JUMP (ENTRY, 0, 0, 9), BREAKPOINT (RETURN, 9, NO_ROOM),
	       JUMP (RETURN, 15, 0, 1) } },
  [LEADING]
  = { { /* push %rbx; mov %rdi, %rbx; test %rsi, %rsi; jne 19; mov %rbx, %rax;
	   12: lea 0(%rsp), %rsp; pop %rbx; ret;
	   19: xor %eax, %eax; pop %rbx; ret */
	PLAIN ("\x53"), PLAIN ("\x48\x89\xfb"), PLAIN ("\x48\x85\xf6"),
	TO_PLACE (19, CONDITION_8, "\x75\0"), PLAIN ("\x48\x89\xd8"),
	PLAIN ("\x48\x8d\x64\x24\0"), PLAIN ("\x5b"), PLAIN ("\xc3"),
	PLAIN ("\x31\xc0"), PLAIN ("\x5b"), PLAIN ("\xc3") },
      { JUMP (ENTRY, 0, 0, 7), JUMP (RETURN, LEADING_RETURN, LEADING_LEAD, 7),
	JUMP (RETURN, 22, 0, 1) } },
  [TAIL] = { { /* inc %rdi; jmp alpha */
	       PLAIN ("\x48\xff\xc7"),
	       TO_PLACE (ALPHA_FROM (TAIL), JUMP_32, "\xe9\0\0\0\0") },
	     { JUMP (ENTRY, 0, 0, 8), JUMP (TAIL, 3, 0, 5) } },
  [CALLER] = { { /* sub $8, %rsp; call alpha; add $8, %rsp; ret */
		 PLAIN ("\x48\x83\xec\x08"),
		 TO_PLACE (ALPHA_FROM (CALLER), CALL, "\xe8\0\0\0\0"),
		 PLAIN ("\x48\x83\xc4\x08"), PLAIN ("\xc3") },
	       { JUMP (ENTRY, 0, 0, 9), JUMP (RETURN, 13, 0, 1) } },
  [INDIRECT]
  = { { /* sub $8, %rsp; call *POINTER; mov %rax, %rdi;
	   mov POINTER, %rax; call *%rax; add $8, %rsp; ret */
	PLAIN ("\x48\x83\xec\x08"),
	TO (POINTER, CALL_RELATIVE, "\xff\x15\0\0\0\0"),
	PLAIN ("\x48\x89\xc7"), TO (POINTER, RELATIVE, "\x48\x8b\x05\0\0\0\0"),
	OTHER (CALL_INDIRECT, "\xff\xd0"), PLAIN ("\x48\x83\xc4\x08"),
	PLAIN ("\xc3") },
      { BREAKPOINT (ENTRY, 0, CANNOT_MOVE), JUMP (RETURN, 26, 0, 1) } },
  [RELATIVES] = { { /* movl $0x12345678, WORD; cmpl $0x78, WORD; movw $0xabcd,
		       WORD; mov WORD, %eax; ret */
		    TO (WORD, RELATIVE_4, "\xc7\x05\0\0\0\0\x78\x56\x34\x12"),
		    TO (WORD, RELATIVE_1, "\x83\x3d\0\0\0\0\x78"),
		    TO (WORD, RELATIVE_2, "\x66\xc7\x05\0\0\0\0\xcd\xab"),
		    TO (WORD, RELATIVE, "\x8b\x05\0\0\0\0"), PLAIN ("\xc3") },
		  { JUMP (ENTRY, 0, 0, 10), JUMP (RETURN, 32, 0, 1) } },
  [JUMPS]
  = { { /* test %edi, %edi; js 15; jmp 10; 10: jmp 15;
	   15: mov %rdi, %rax; ret */
	PLAIN ("\x85\xff"), TO_PLACE (15, CONDITION_32, "\x0f\x88\0\0\0\0"),
	TO_PLACE (10, JUMP_8, "\xeb\0"),
	TO_PLACE (15, JUMP_32, "\xe9\0\0\0\0"), PLAIN ("\x48\x89\xf8"),
	PLAIN ("\xc3") },
      { JUMP (ENTRY, 0, 0, 8), JUMP (RETURN, 18, 0, 1) } },
  [SHORT]
  = { { PLAIN ("\xc3") }, { JUMP (ENTRY, 0, 0, 1), JUMP (RETURN, 0, 0, 1) } },
  [CANNOT] = { { /* jrcxz 3; nop; 3: mov %rdi, %rax; ret */
		 TO_PLACE (3, CANNOT_MOVE, "\xe3\0"), PLAIN ("\x90"),
		 PLAIN ("\x48\x89\xf8"), PLAIN ("\xc3") },
	       { REFUSED (CANNOT_MOVE), JUMP (RETURN, 6, 0, 1) } },
  [RECOVERED] = { { /* mov %edi, %eax, as if it were a load; ret */
		    OTHER (RECOVERED, "\x89\xf8"), PLAIN ("\xc3") },
		  { REFUSED (RECOVERY), JUMP (RETURN, 2, 0, 1) } },
  [NEVER] = { { /* xor %eax, %eax; 2: jmp 2 */
		PLAIN ("\x31\xc0"), TO_PLACE (2, JUMP_8, "\xeb\0") },
	      { BREAKPOINT (ENTRY, 0, NO_ROOM) } },
  [COLD] = { { ADD_INSTRUCTIONS }, { REFUSED (COLD_PART) } },
};

const struct standin_named standin_named[FUNCTION_0] = {
  [ALPHA] = { "alpha", "a.c", 2, { 7, 6 } },
  [ALPHA_TOO] = { "alpha_too", "a.c", 2, { 7, 6 } },
  [BETA] = { "beta", "a.c", 0, { 0 } },
  [GAMMA] = { "gamma", "a.c", 0, { 0 } },
  [DELTA] = { "delta", "a.c", 1, { 7 } },
  [TWIN_ONE] = { "twin", "one.c", 1, { 7 } },
  [TWIN_TWO] = { "twin", "two.c", 1, { 7 } },
  [MANY] = { "many", "a.c", 8, { 7, 6, 2, 1, 8, 9 } },
  [STACKED] = { "stacked", "a.c", 2, { 7, SITE_NO_REGISTER } },
  [FORK] = { "fork", "f.c", 1, { 7 } },
  [LEADING] = { "leading", "f.c", 2, { 7, 6 } },
  [TAIL] = { "tail", "f.c", 2, { 7, 6 } },
  [CALLER] = { "caller", "f.c", 2, { 7, 6 } },
  [INDIRECT] = { "indirect", "f.c", 2, { 7, 6 } },
  [RELATIVES] = { "relatives", "f.c", 0, { 0 } },
  [JUMPS] = { "jumps", "f.c", 1, { 7 } },
  [SHORT] = { "short", "f.c", 0, { 0 } },
  [CANNOT] = { "cannot", "f.c", 1, { 7 } },
  [RECOVERED] = { "recovered", "f.c", 1, { 7 } },
  [NEVER] = { "never", "f.c", 0, { 0 } },
  [COLD] = { "fork.cold", "f.c", 0, { 0 } },
  [IN_RBX] = { "in_rbx", "f.c", 1, { 3 } },
};

const struct code *
standin_code (enum standin_function function)
{
  return function < FUNCTION_0 && codes[function].sites[0].kind != 0
	     ? &codes[function]
	     : &add;
}
