/* The gate of a site, and mdtrace's own hooks, on i386.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

	.text

/* Copied for each site by gate_make, which fills in the two operands.  The
   registers saved are all that a C function may change, and no fewer: gcc's
   -fipa-ra lets a caller rely on registers that it knows a static function
   to leave alone.  Order: struct saved_registers.  */
	.globl	gate_template, gate_template_site, gate_template_call
	.globl	gate_template_end
gate_template:
	pushfl
	cli
	cld
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	pushl	%esp			/* the second argument */
	.byte	0x68			/* pushl: the site, the first */
	.long	0
gate_template_site:
	.byte	0xe8			/* call dtrace_hit */
	.long	0
gate_template_call:
	addl	$8, %esp
	popl	%edx
	popl	%ecx
	popl	%eax
	popfl
gate_template_end:

/* The kernel jumps here from the beginning of bootstrap_create, in the
   thread that starts the first user tasks.  */
	.globl	mdtrace_hook_bootstrap_create
mdtrace_hook_bootstrap_create:
	call	mdtrace_start
	jmp	mdtrace_displaced_bootstrap_create

/* And here from the beginning of ipc_kobject_notify (request, reply), which
   has its arguments on the stack.  */
	.globl	mdtrace_hook_ipc_kobject_notify
mdtrace_hook_ipc_kobject_notify:
	pushl	8(%esp)			/* reply */
	pushl	8(%esp)			/* request: %esp is lower by now */
	call	mdtrace_demux
	addl	$8, %esp
	testl	%eax, %eax
	jz	mdtrace_displaced_ipc_kobject_notify
	ret

	.section .note.GNU-stack, "", @progbits
