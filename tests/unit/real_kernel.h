/* The instructions of real kernels, as mdtrace-mkkernel reads them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernels are those that the system tests boot.  Where they are not there
   the tests say so and pass.  */

#ifndef UNIT_REAL_KERNEL_H
#define UNIT_REAL_KERNEL_H

#include "class.h"
#include "plan.h"
#include "tap.h"

struct real_kernel
{
  struct kernel kernel;
  struct code code;
  struct function_plan *plans;
  cs_insn *instruction; /* room for one */
};

static inline void
real_kernel_check (const char *name, void (*check) (struct real_kernel *))
{
  static struct real_kernel real;
  char path[512];

  snprintf (path, sizeof path, KERNELS "/%s", name);
  if (access (path, R_OK) != 0)
    {
      printf ("# %s is not there\n", path);
      return;
    }
  kernel_open (&real.kernel, path);
  code_read (&real.code, &real.kernel);
  real.plans = plan_functions (&real.code);
  real.instruction = cs_malloc (real.code.capstone);
  check (&real);
}

/* Call VISIT with each instruction of REAL, which has the class CLASS.  */
static inline void
real_kernel_visit (struct real_kernel *real,
		   void (*visit) (struct real_kernel *, uint8_t class))
{
  for (size_t i = 0; i < real->code.function_count; i++)
    {
      const struct function *function = &real->code.functions[i];
      uint64_t address = function->address;
      while (address < function->address + function->bytes)
	{
	  CHECK (code_decode (&real->code, address, real->instruction));
	  uint64_t next = address + real->instruction->size;
	  visit (real, class_at (&real->code, address));
	  address = next;
	}
    }
}

#endif /* UNIT_REAL_KERNEL_H */
