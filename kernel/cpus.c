/* What there is for each CPU.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   mdtrace-mkkernel makes room for as many as the kernel at hand can have CPUs,
   by repeating these sections: see mkkernel/link.c.  They are in a file of their
   own, so that the compiler believes nothing about their number.  */

#include <config.h>

#include "dtrace.h"
#include "ring.h"

#ifdef MDTRACE_STANDIN
#define FOR_EACH_CPU(name) [MDTRACE_CPUS_MAX]
#else
#define FOR_EACH_CPU(name) [1] __attribute__ ((section (".bss.each_cpu." name)))
#endif

#if MACH_DTRACE
struct ring rings FOR_EACH_CPU ("rings");
#endif
#if MACH_DYNAMIC_PROBES
struct dtrace_cpu dtrace_cpus FOR_EACH_CPU ("dtrace_cpus");
#endif
