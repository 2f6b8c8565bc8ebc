/* The gate of a site, and mdtrace's own hooks, on x86_64.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

	.text

/* Copied for each site by gate_make, which fills in the two operands.  The
   registers saved are all that a C function may change, and no fewer: gcc's
   -fipa-ra lets a caller rely on registers that it knows a static function
   to leave alone.  Order: the flags, then from rax down to r11 struct
   saved_registers.  */
	.globl	gate_template, gate_template_site, gate_template_call
	.globl	gate_template_end
gate_template:
	pushfq
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
	movq	$0, %rdi		/* the site: kernel addresses fit */
gate_template_site:
	movq	%rsp, %rsi
	leaq	80(%rsp), %rdx		/* the stack before the gate */
	.byte	0xe8			/* call dtrace_hit_alone */
	.long	0
gate_template_call:
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	popfq
gate_template_end:

/* The kernel jumps here from the beginning of bootstrap_create, in the
   thread that starts the first user tasks.  */
	.globl	mdtrace_hook_bootstrap_create
mdtrace_hook_bootstrap_create:
	subq	$8, %rsp
	call	mdtrace_start
	addq	$8, %rsp
	jmp	mdtrace_displaced_bootstrap_create

/* And here from the beginning of ipc_kobject_notify (request, reply).  */
	.globl	mdtrace_hook_ipc_kobject_notify
mdtrace_hook_ipc_kobject_notify:
	pushq	%rdi
	pushq	%rsi
	subq	$8, %rsp
	call	mdtrace_demux
	addq	$8, %rsp
	popq	%rsi
	popq	%rdi
	testl	%eax, %eax
	jz	mdtrace_displaced_ipc_kobject_notify
	ret

	.section .note.GNU-stack, "", @progbits
