/* The entry of a breakpoint on x86_64.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#if MACH_DYNAMIC_PROBES
	.text

/* Vector 3, a trap gate: interrupts are as they were.  The processor has
   pushed %ss, %rsp, the flags, %cs and the place behind the int3.  Order of
   what is saved: struct breakpoint_frame.  A trap in user mode comes with the
   user's %gs, and is not ours in any case.  */
	.macro	RESTORE
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	.endm

	.globl	breakpoint_to_measure
breakpoint_to_measure:
	int3
	ret

	.globl	breakpoint_entry
breakpoint_entry:
	testb	$3, 8(%rsp)
	jnz	3f
	cli
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, %rdi
	call	breakpoint_find
	testq	%rax, %rax		/* BREAKPOINT_OF_OTHERS */
	jz	2f
	cmpq	$1, %rax		/* BREAKPOINT_GONE */
	je	1f
	movq	%rax, %rdi
	leaq	48(%rsp), %rsi		/* saved */
	movq	144(%rsp), %rdx		/* stack_pointer */
	call	dtrace_hit
1:	RESTORE
	iretq
2:	/* Interrupts as they were, and on to the kernel's own handler.  */
	RESTORE
	testl	$0x200, 16(%rsp)
	jz	3f
	sti
3:	jmp	*breakpoint_kernel_handler
#endif
	.section .note.GNU-stack, "", @progbits
