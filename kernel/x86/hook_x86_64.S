/* What a gate of hooks does with a duration, on x86_64.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As counter_cell_add_alone does, with the registers that the gate has saved
   anyway.  hook_gate.c holds these numbers against the structures.  */

	.set	BEGIN_KEY, 0
	.set	BEGIN_TSC, 8
	.set	DATA_CELLS, 0
	.set	DATA_NS_PER_COUNT, 24
	.set	CELL_BYTES, 376
	.set	CELL_COUNT, 8
	.set	CELL_SUM, 16
	.set	CELL_MINIMUM, 24
	.set	CELL_MAXIMUM, 32
	.set	CELL_BUCKETS, 40
	.set	LAST_BUCKET, 41
	.set	PART_MASK, 7

	.text

/* What began at the place that %rcx points to ends now; %rsi points to the data
   of the hook.  Changes %rax, %rcx, %rdx and the flags.  */
	.globl	hook_found_alone
hook_found_alone:
	rdtsc
	shlq	$32, %rdx
	orq	%rdx, %rax
	subq	BEGIN_TSC(%rcx), %rax
	jae	0f
	xorl	%eax, %eax		/* it has gone backwards */
0:	mulq	DATA_NS_PER_COUNT(%rsi)
	shrdq	$32, %rdx, %rax		/* nanoseconds */
	movl	BEGIN_KEY(%rcx), %edx
	andl	$PART_MASK, %edx
	movq	$0, BEGIN_KEY(%rcx)
	imull	$CELL_BYTES, %edx, %ecx
	addq	DATA_CELLS(%rsi), %rcx
	leaq	1(%rax, %rax), %rdx
	bsrq	%rdx, %rdx
	cmpl	$LAST_BUCKET, %edx
	jbe	1f
	movl	$LAST_BUCKET, %edx
1:	cmpq	CELL_MINIMUM(%rcx), %rax
	jae	2f
	movq	%rax, CELL_MINIMUM(%rcx)
2:	cmpq	CELL_MAXIMUM(%rcx), %rax
	jbe	3f
	movq	%rax, CELL_MAXIMUM(%rcx)
3:	addq	$1, CELL_COUNT(%rcx)
	addq	%rax, CELL_SUM(%rcx)
	addq	$1, CELL_BUCKETS(%rcx, %rdx, 8)
	ret

	.section .note.GNU-stack, "", @progbits
