/* What the functions of the stand-in's kernel do.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Their instructions, and the sites and plans that mdtrace-mkkernel would
   find in them; standin_table.c makes text and a table of these.  */

#ifndef STANDIN_CODE_H
#define STANDIN_CODE_H

#include <stdint.h>

#include "mach_kernel.h"
#include "site_table.h"
#include "standin.h"

enum
{
  INSTRUCTIONS_MAX = 12, /* of a function */
  SITES_MAX = 3
};

/* What the displacement in an instruction leads to.  */
enum target
{
  NOWHERE,
  WORD,	   /* standin_word */
  POINTER, /* behind it, a pointer to ALPHA */
  PLACE	   /* in the text: so many bytes behind the function */
};

struct instruction
{
  uint8_t class; /* enum site_class */
  uint8_t length;
  uint8_t target; /* enum target */
  int16_t place;
  uint8_t bytes[11];
};

struct site
{
  uint8_t kind; /* 0: none */
  uint8_t plan;
  uint8_t reason;
  uint8_t at, lead;
  uint8_t displaced;
};

struct code
{
  struct instruction instructions[INSTRUCTIONS_MAX];
  struct site sites[SITES_MAX];
};

/* Of a function that has a name.  */
struct standin_named
{
  const char *name, *file;
  uint8_t arguments;
  uint8_t registers[SITE_ARGUMENTS_MAX];
};

extern const struct standin_named standin_named[];

/* Those that have no other add.  */
const struct code *standin_code (enum standin_function function);

#endif /* STANDIN_CODE_H */
