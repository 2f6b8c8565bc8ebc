/* What tests of filters compile expressions about: a function and structures
   of the test program itself, as its DWARF has them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef UNIT_FILTER_SAMPLE_H
#define UNIT_FILTER_SAMPLE_H

#include <config.h>

#include <fcntl.h>

#include "debug.h"
#include "filter_reference.h"
#include "tap.h"

enum season
{
  SPRING = 3,
  AUTUMN = -7,
  MONSOON = 4
};

/* In filter_elsewhere.c it stands for something else.  */
enum rain
{
  DROPS = 1
};

struct numbers
{
  int8_t s1;
  uint8_t u1;
  int16_t s2;
  uint16_t u2;
  int32_t s4;
  uint32_t u4;
  int64_t s8;
  uint64_t u8;
  enum season season;
  bool flag;
  struct numbers *next;
  struct
  {
    int table[4];
  } inner;
  char name[24];
  char open_end[];
};

/* As the kernel's, for what filters know of each hit.  */
struct task
{
  long unused[3];
  int number;
  char name[32];
};

struct thread
{
  long unused;
  struct task *task;
  char name[32];
};

typedef struct task *task_t;

struct nameless
{
  int number;
  struct named
  {
    int name;
  } * named;
};

int sample (struct numbers *p, signed char c, unsigned short s, int i,
	    unsigned u, long l, const char *text, long eighth,
	    const struct nameless *f);

__attribute__ ((noinline)) int
sample (struct numbers *p, signed char c, unsigned short s, int i, unsigned u,
	long l, const char *text, long eighth, const struct nameless *f)
{
  return p->s4 + c + s + i + (int) u + (int) l + text[0] + (int) eighth
	 + f->named->name;
}

struct numbers *successor (struct numbers *numbers);

__attribute__ ((noinline)) struct numbers *
successor (struct numbers *numbers)
{
  return numbers->next;
}

int sample_name (struct thread *thread, enum rain rain);
task_t sample_task (struct thread *thread);

__attribute__ ((noinline)) task_t
sample_task (struct thread *thread)
{
  return thread->task;
}

__attribute__ ((noinline)) int
sample_name (struct thread *thread, enum rain rain)
{
  return thread->task->name[rain];
}

static Elf *sample_elf;
static struct mdtrace_debug *sample_debug;

/* Read the DWARF of this program, and see that it has what is needed.  */
static inline void
sample_open (void)
{
  elf_version (EV_CURRENT);
  sample_elf = elf_begin (open ("/proc/self/exe", O_RDONLY), ELF_C_READ, NULL);
  CHECK (sample_elf != NULL);
  CHECK_NUMBER (debug_from_elf (sample_elf, &sample_debug), MDTRACE_OK);
}

enum
{
  ENTRIES = MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY),
  RETURNS = MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN),
  ADDRESSES = MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS)
};

#endif /* UNIT_FILTER_SAMPLE_H */
