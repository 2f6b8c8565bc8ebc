/* The entry of a breakpoint on i386.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#if MACH_DYNAMIC_PROBES
	.text

/* Vector 3, a trap gate: interrupts are as they were.  The processor has
   pushed the flags, %cs and the place behind the int3; in the kernel it
   pushes no stack pointer.  Order of what is saved: struct breakpoint_frame.
   A trap in user mode, or in virtual 8086 mode, is not ours in any case.  */
	.macro	RESTORE
	popl	%edi
	popl	%esi
	popl	%ebp
	popl	%ebx
	popl	%edx
	popl	%ecx
	popl	%eax
	.endm

	.globl	breakpoint_to_measure
breakpoint_to_measure:
	int3
	ret

	.globl	breakpoint_entry
breakpoint_entry:
	testb	$3, 4(%esp)
	jnz	3f
	testl	$0x20000, 8(%esp)
	jnz	3f
	cli
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	pushl	%ebx
	pushl	%ebp
	pushl	%esi
	pushl	%edi
	movl	%esp, %eax
	call	breakpoint_find
	testl	%eax, %eax		/* BREAKPOINT_OF_OTHERS */
	jz	2f
	cmpl	$1, %eax		/* BREAKPOINT_GONE */
	je	1f
	leal	16(%esp), %edx		/* saved */
	leal	40(%esp), %ecx		/* the stack before the trap */
	call	dtrace_hit
1:	RESTORE
	iret
2:	/* Interrupts as they were, and on to the kernel's own handler.  */
	RESTORE
	testl	$0x200, 8(%esp)
	jz	3f
	sti
3:	jmp	*breakpoint_kernel_handler
#endif
	.section .note.GNU-stack, "", @progbits
