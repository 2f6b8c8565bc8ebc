/* Where a bare Mach task begins, and the kernel's traps, on x86_64.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <mach/syscall_sw.h>

/* That header is also where the traps themselves are.  */

/* The kernel starts a multiboot module with argc and argv on its stack.  */
	.text
	.globl	_start
_start:
	xorl	%ebp, %ebp
	movq	(%rsp), %rdi
	leaq	8(%rsp), %rsi
	andq	$-16, %rsp
	call	main
	call	bare_exit
	hlt

/* What a thread of bare_thread_start begins with: the function and its
   argument are in %rbx and %r12.  */
	.globl	bare_thread_entry
bare_thread_entry:
	xorl	%ebp, %ebp
	movq	%r12, %rdi
	call	*%rbx
	hlt


	.section .note.GNU-stack, "", @progbits
