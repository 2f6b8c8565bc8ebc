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
	.globl	breakpoint_entry
breakpoint_entry:
	testb	$3, 4(%esp)
	jnz	2f
	testl	$0x20000, 8(%esp)
	jnz	2f
	cli
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	pushl	%ebx
	pushl	%ebp
	pushl	%esi
	pushl	%edi
	pushl	%esp
	call	breakpoint_hit
	addl	$4, %esp
	testb	%al, %al
	popl	%edi
	popl	%esi
	popl	%ebp
	popl	%ebx
	popl	%edx
	popl	%ecx
	popl	%eax
	jz	1f
	iret
1:	/* Interrupts as they were, and on to the kernel's own handler.  */
	testl	$0x200, 8(%esp)
	jz	2f
	sti
2:	jmp	*breakpoint_kernel_handler

#endif
	.section .note.GNU-stack, "", @progbits
