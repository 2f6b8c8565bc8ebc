/* compare-text KERNEL RAM: where a guest's text differs from its kernel's.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   KERNEL is the stock kernel, compressed or not, RAM the file that is the
   guest's memory.  Prints, for each function that differs, its name and how
   many bytes there are from the first that differs to the last.  */

#include <config.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel_file.h"
#include "message.h"

int
main (int argc, char **argv)
{
  struct kernel kernel;
  struct stat status;

  if (argc != 3)
    fail ("usage: compare-text KERNEL RAM");
  kernel_open (&kernel, argv[1]);
  int descriptor = open (argv[2], O_RDONLY);
  if (descriptor < 0 || fstat (descriptor, &status) != 0)
    fail ("%s: cannot be read", argv[2]);
  const uint8_t *ram
      = mmap (NULL, status.st_size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (ram == MAP_FAILED)
    fail ("%s: cannot be mapped", argv[2]);

  const uint8_t *running = ram + (kernel.text_start - kernel.direct_map);
  uint64_t bytes = kernel.text_end - kernel.text_start;
  for (size_t i = 0; i < kernel.symbol_count; i++)
    {
      const struct symbol *symbol = &kernel.symbols[i];
      if (!symbol->is_function
	  || (i > 0 && symbol->address == symbol[-1].address))
	continue;
      uint64_t begin = symbol->address - kernel.text_start;
      uint64_t end = bytes, first = UINT64_MAX, last = 0;
      for (size_t next = i + 1; next < kernel.symbol_count; next++)
	if (kernel.symbols[next].is_function
	    && kernel.symbols[next].address > symbol->address)
	  {
	    end = kernel.symbols[next].address - kernel.text_start;
	    break;
	  }
      for (uint64_t at = begin; at < end; at++)
	if (running[at] != kernel.text[at])
	  {
	    if (first == UINT64_MAX)
	      first = at;
	    last = at;
	  }
      if (first != UINT64_MAX)
	printf ("%s %" PRIu64 "\n", symbol->name, last - first + 1);
    }
  return 0;
}
