/* Where a bare Mach task begins, and the kernel's traps, on i386.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <mach/syscall_sw.h>

/* That header is also where the traps themselves are.  */

/* The kernel starts a multiboot module with argc and argv on its stack.  */
	.text
	.globl	_start
_start:
	xorl	%ebp, %ebp
	movl	(%esp), %eax
	leal	4(%esp), %edx
	andl	$-16, %esp
	subl	$8, %esp
	pushl	%edx
	pushl	%eax
	call	main
	call	bare_exit
	hlt

/* What a thread of bare_thread_start begins with: the function and its
   argument are in %ebx and %esi.  */
	.globl	bare_thread_entry
bare_thread_entry:
	xorl	%ebp, %ebp
	subl	$12, %esp
	pushl	%esi
	call	*%ebx
	hlt


	.section .note.GNU-stack, "", @progbits
