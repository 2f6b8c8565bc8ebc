/* mdtrace's words on the kernel's command line.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "command_line.h"
#include "mach_kernel.h"
#include "text.h"

const char *
command_line_value (const char *key)
{
  const char *value = NULL;
  word_t length = text_length (key);

  for (const char *word = mach_kernel_cmdline; *word != '\0';)
    {
      word_t i = 0;
      while (i < length && word[i] == key[i])
	i++;
      if (i == length)
	value = word + length;
      while (!command_line_is_end (word))
	word++;
      while (*word == ' ' || *word == '\t')
	word++;
    }
  return value;
}
