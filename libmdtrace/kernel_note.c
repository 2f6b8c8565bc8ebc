/* Which kernel a file belongs to.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   mdtrace-mkkernel writes a note into the instrumented kernel and into its
   debug file: the hash of the stock kernel's text.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#include "mdtrace.h"

/* Compare the note in ELF with TEXT_HASH.  */
static int
check_note (Elf *elf, const uint8_t *text_hash)
{
  Elf_Scn *section = NULL;

  while ((section = elf_nextscn (elf, section)) != NULL)
    {
      GElf_Shdr header;
      GElf_Nhdr note;
      size_t name, contents;
      Elf_Data *data;
      if (gelf_getshdr (section, &header) == NULL || header.sh_type != SHT_NOTE
	  || (data = elf_getdata (section, NULL)) == NULL
	  || gelf_getnote (data, 0, &note, &name, &contents) == 0
	  || note.n_namesz != sizeof "mdtrace"
	  || memcmp ((char *) data->d_buf + name, "mdtrace", note.n_namesz)
		 != 0
	  || note.n_descsz != MDTRACE_TEXT_HASH_BYTES)
	continue;
      return memcmp ((char *) data->d_buf + contents, text_hash,
		     MDTRACE_TEXT_HASH_BYTES)
		     == 0
		 ? MDTRACE_OK
		 : MDTRACE_ERR_TEXT_MISMATCH;
    }
  return MDTRACE_ERR_BAD_FORMAT;
}

int
mdtrace_check_kernel_file (const char *path, const uint8_t *text_hash)
{
  int descriptor = open (path, O_RDONLY | O_CLOEXEC);

  if (descriptor < 0)
    return MDTRACE_ERR_SYSTEM;
  elf_version (EV_CURRENT);
  Elf *elf = elf_begin (descriptor, ELF_C_READ, NULL);
  int error = elf == NULL || elf_kind (elf) != ELF_K_ELF
		  ? MDTRACE_ERR_BAD_FORMAT
		  : check_note (elf, text_hash);
  elf_end (elf);
  close (descriptor);
  return error;
}
