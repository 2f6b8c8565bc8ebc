/* The gate of a site, and mdtrace's own hooks, on i386.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

	.text

/* Copied for each site by gate_make, which fills in the two operands.  The
   registers saved are all that a C function may change, and no fewer: gcc's
   -fipa-ra lets a caller rely on registers that it knows a static function
   to leave alone.  Order: two words of filling, the flags, then from eax down to
   edx struct saved_registers.  */
	.globl	gate_template, gate_template_site, gate_template_call
	.globl	gate_template_end
gate_template:
	leal	-8(%esp), %esp		/* as large as a breakpoint's frame */
	pushfl
	cli
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	.byte	0xb8			/* movl the site, %eax */
	.long	0
gate_template_site:
	movl	%esp, %edx
	leal	24(%esp), %ecx		/* the stack before the gate */
	.byte	0xe8			/* call dtrace_hit_alone */
	.long	0
gate_template_call:
	popl	%edx
	popl	%ecx
	popl	%eax
	popfl
	leal	8(%esp), %esp
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
