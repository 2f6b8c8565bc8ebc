/* mdtrace-vm: the boot image.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   An ISO image that is a disk as well: its boot sector starts GRUB, whose
   configuration is built into it.  GRUB and no other loader, since it hands
   the kernel its section headers, by which the kernel part's memory is
   reserved.  */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm.h"

/* Write WORD in the single quotes that GRUB wants around '$' and braces.  */
static void
write_quoted (FILE *file, const char *word, size_t length)
{
  fprintf (file, " '%.*s'", (int) length, word);
}

static void
write_words (FILE *file, const char *words)
{
  while (words != NULL && *words != '\0')
    {
      size_t length = strcspn (words, " ");
      if (length > 0)
	write_quoted (file, words, length);
      words += length;
      words += strspn (words, " ");
    }
}

static const char *
base_name (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash != NULL ? slash + 1 : path;
}

static void
write_configuration (const char *path, const char *command_line,
		     const struct vm_module *modules, size_t count)
{
  FILE *file = fopen (path, "we");

  if (file == NULL)
    vm_fail ("%s: %s", path, strerror (errno));
  fprintf (file, "multiboot /kernel");
  write_words (file, command_line);
  fputc ('\n', file);
  for (size_t i = 0; i < count; i++)
    {
      const char *arguments = modules[i].arguments;
      fprintf (file, "module /module%zu", i);
      write_quoted (file, base_name (modules[i].file),
		    strlen (base_name (modules[i].file)));
      write_words (file, arguments);
      /* What creates a task of it and lets it run, unless its arguments say
	 it themselves.  */
      if (arguments == NULL || strstr (arguments, "$(task-create)") == NULL)
	fprintf (file, " '$(task-create)' '$(task-resume)'");
      fputc ('\n', file);
    }
  fprintf (file, "boot\n");
  if (ferror (file) || fclose (file) != 0)
    vm_fail ("%s: %s", path, strerror (errno));
}

void
vm_make_image (const char *directory, const char *kernel,
	       const char *command_line, const struct vm_module *modules,
	       size_t count)
{
  char *configuration = vm_format ("%s/grub.cfg", directory);
  char *core = vm_format ("%s/core.img", directory);
  char *image = vm_format ("%s/boot.img", directory);

  write_configuration (configuration, command_line, modules, count);
  vm_run (
      (char *const[]){ GRUB_MKIMAGE, "-O", "i386-pc-eltorito", "-o", core,
		       "-p", "/", "-c", configuration, "iso9660", "biosdisk",
		       "multiboot", "boot", NULL },
      "make the boot image (Debian's package grub-pc-bin and grub-common)");

  enum
  {
    FIXED = 32
  };
  char **arguments = calloc (FIXED + count, sizeof *arguments);
  size_t used = 0;
  char *const begin[] = { XORRISO,
			  "-as",
			  "mkisofs",
			  "-quiet",
			  "-o",
			  image,
			  "-b",
			  "core.img",
			  "-no-emul-boot",
			  "-boot-load-size",
			  "4",
			  "-boot-info-table",
			  "--grub2-boot-info",
			  "--grub2-mbr",
			  GRUB_BOOT_HYBRID,
			  "-graft-points" };
  if (arguments == NULL)
    vm_fail ("%s", strerror (ENOMEM));
  for (size_t i = 0; i < sizeof begin / sizeof begin[0]; i++)
    arguments[used++] = begin[i];
  arguments[used++] = vm_format ("core.img=%s", core);
  arguments[used++] = vm_format ("kernel=%s", kernel);
  for (size_t i = 0; i < count; i++)
    arguments[used++] = vm_format ("module%zu=%s", i, modules[i].file);
  vm_run (arguments, "make the boot image (Debian's package xorriso)");
  free (configuration);
  free (core);
  free (image);
  free (arguments);
}
