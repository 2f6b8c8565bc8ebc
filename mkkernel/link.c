/* Linking the kernel part to a kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   ld does it, by a script that this writes: where everything goes, the
   values of all symbols of the kernel that the kernel part uses, and room
   for the moved instructions of the hooked functions, which are filled in
   afterwards.  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "link.h"
#include "message.h"
#include "requirements.h"

enum
{
  PAGE = 4096
};

static const char *const hooked_functions[] = {
#define HOOK(function) #function,
#include "hooks.def"
#undef HOOK
};

enum
{
  HOOKED_FUNCTIONS = sizeof hooked_functions / sizeof hooked_functions[0]
};

bool
link_is_hooked (const char *name)
{
  for (size_t i = 0; i < HOOKED_FUNCTIONS; i++)
    if (strcmp (name, hooked_functions[i]) == 0)
      return true;
  return false;
}

/* The name of a new, empty file that is removed at exit.  The caller frees
   it.  */
static char *
temporary (void)
{
  const char *directory = getenv ("TMPDIR");
  char *path = must_format ("%s/mdtrace-mkkernel-XXXXXX",
			    directory != NULL ? directory : "/tmp");
  int descriptor = mkstemp (path);

  if (descriptor < 0)
    fail ("%s: %s", path, strerror (errno));
  remove_at_exit (path);
  close (descriptor);
  return path;
}

static FILE *
open_to_write (const char *path)
{
  FILE *file = fopen (path, "we");

  if (file == NULL)
    fail ("%s: %s", path, strerror (errno));
  return file;
}

static void
finish (FILE *file, const char *path)
{
  if (ferror (file) || fclose (file) != 0)
    fail ("%s: %s", path, strerror (errno));
}

/* The plan of the hooked function NAME.  */
static struct plan
plan_hook (const struct kernel *kernel, const struct code *code,
	   const struct function_plan *plans, const char *name)
{
  for (size_t i = 0; i < code->function_count; i++)
    for (size_t n = 0; n < plans[i].function->names; n++)
      if (strcmp (plans[i].function->symbols[n].name, name) == 0)
	{
	  struct plan plan = plan_hooked_entry (code, plans[i].function);
	  if (plan.plan != SITE_PLAN_JUMP)
	    fail ("%s: %s, where mdtrace must be hooked in, %s", kernel->path,
		  name, plan_reason_words (MDTRACE_REASON_NO_ROOM));
	  return plan;
	}
  fail ("%s: this kernel has no function %s, where mdtrace must be hooked "
	"in; is it a GNU Mach?",
	kernel->path, name);
}

/* What kernel/cpus.c has once, and each CPU needs: the ends of the names of its
   sections.  */
static const char *const each_cpu[] = { "rings", "dtrace_cpus" };

static void
write_script (const struct kernel *kernel, const struct debug_info *info,
	      const struct linked *linked, const char *object,
	      const char *table_path, uint64_t address, FILE *script)
{
  requirements_write (kernel, info, script);
  fprintf (script,
	   "SECTIONS\n{\n"
	   "  . = 0x%" PRIx64 ";\n"
	   "  .mdtrace : {\n"
	   "    \"%s\" (.mdtrace.shared)\n"
	   "    \"%s\" (.text .text.*)\n",
	   address, object, object);
  for (size_t i = 0; i < HOOKED_FUNCTIONS; i++)
    fprintf (script, "    mdtrace_displaced_%s = .;\n    . += %u;\n",
	     hooked_functions[i],
	     linked->hooks[i].plan.moved_bytes + SITE_JUMP_BYTES);
  fprintf (script,
	   "    \"%s\" (.rodata .rodata.*)\n"
	   "    \"%s\" (.data .data.*)\n"
	   "    . = ALIGN (16);\n"
	   "    mdtrace_site_table = .;\n"
	   "    \"%s\" (.data)\n"
	   "  }\n"
	   "  .bss : {\n",
	   object, object, table_path);
  for (size_t i = 0; i < sizeof each_cpu / sizeof each_cpu[0]; i++)
    fprintf (script,
	     "    . = ALIGN (64);\n"
	     "    mdtrace_each_cpu_%zu = .;\n"
	     "    \"%s\" (.bss.each_cpu.%s)\n"
	     "    . = mdtrace_each_cpu_%zu + (. - mdtrace_each_cpu_%zu)\n"
	     "      * (layout_machine_slot_count < %d\n"
	     "         ? layout_machine_slot_count : %d);\n",
	     i, object, each_cpu[i], i, i, MDTRACE_CPUS_MAX, MDTRACE_CPUS_MAX);
  fprintf (script,
	   "    \"%s\" (.bss .bss.* COMMON)\n"
	   "  }\n"
	   "  /DISCARD/ : { *(*) }\n"
	   "}\n",
	   object);
}

/* Run ld with ARGUMENTS.  */
static void
run_linker (char *const arguments[])
{
  int status;
  pid_t child = fork ();

  if (child < 0)
    fail ("cannot start a process: %s", strerror (errno));
  if (child == 0)
    {
      execvp (arguments[0], arguments);
      fprintf (stderr, "mdtrace-mkkernel: %s: %s; install GNU binutils\n",
	       arguments[0], strerror (errno));
      _exit (127);
    }
  while (waitpid (child, &status, 0) < 0)
    if (errno != EINTR)
      fail ("cannot wait for %s: %s", arguments[0], strerror (errno));
  if (status != 0)
    fail ("%s failed; what it says is above", arguments[0]);
}

/* The address of the kernel part's symbol PREFIX FUNCTION.  */
static uint64_t
find_linked_symbol (const struct linked *linked, const char *prefix,
		    const char *function)
{
  size_t length = strlen (prefix);

  for (size_t i = 0; i < linked->symbol_count; i++)
    if (strncmp (linked->symbols[i].name, prefix, length) == 0
	&& strcmp (linked->symbols[i].name + length, function) == 0)
      return linked->symbols[i].address;
  fail ("the kernel part has no %s%s; install mdtrace anew", prefix, function);
}

/* Write the 32 bits at AT that make an instruction which ends at END lead to
   TARGET.  */
static void
put_relative (uint8_t *at, uint64_t end, uint64_t target)
{
  uint32_t displacement = target - end;

  memcpy (at, &displacement, sizeof displacement);
}

/* Fill in the moved instructions of HOOK, and the jump behind them.  */
static void
fill_displaced (struct linked *linked, struct hook *hook)
{
  uint64_t address
      = find_linked_symbol (linked, "mdtrace_displaced_", hook->function);
  uint8_t *image = linked->image + (address - linked->address);
  const struct plan *plan = &hook->plan;

  memcpy (image, plan->moved, plan->moved_bytes);
  for (unsigned i = 0; i < plan->fixups; i++)
    put_relative (image + plan->fixup[i].at, address + plan->fixup[i].end,
		  plan->fixup[i].target);
  link_put_jump (image + plan->moved_bytes, address + plan->moved_bytes,
		 plan->address + plan->displaced_bytes);
}

void
link_put_jump (uint8_t *at, uint64_t address, uint64_t target)
{
  enum
  {
    OPCODE_JUMP_32 = 0xe9
  };

  at[0] = OPCODE_JUMP_32;
  put_relative (at + 1, address + SITE_JUMP_BYTES, target);
}

static void
read_linked_symbols (struct linked *linked, Elf_Scn *section,
		     const GElf_Shdr *header)
{
  Elf_Data *data = elf_getdata (section, NULL);
  size_t count = header->sh_size / header->sh_entsize;

  linked->symbols = must_allocate (count * sizeof *linked->symbols);
  for (size_t i = 0; i < count; i++)
    {
      GElf_Sym symbol;
      if (gelf_getsym (data, i, &symbol) == NULL
	  || symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS)
	continue;
      const char *name
	  = elf_strptr (linked->elf, header->sh_link, symbol.st_name);
      /* ld names the table after a temporary file.  */
      if (name == NULL || name[0] == '\0'
	  || strncmp (name, "_binary_", strlen ("_binary_")) == 0)
	continue;
      struct symbol *entry = &linked->symbols[linked->symbol_count++];
      entry->address = symbol.st_value;
      entry->bytes = symbol.st_size;
      entry->name = name;
      entry->is_function = GELF_ST_TYPE (symbol.st_info) == STT_FUNC;
      entry->is_global = GELF_ST_BIND (symbol.st_info) != STB_LOCAL;
    }
}

/* Take what ld has made at PATH.  */
static void
read_linked (struct linked *linked, const char *path)
{
  Elf_Scn *section = NULL;
  size_t names;
  int descriptor = open (path, O_RDONLY | O_CLOEXEC);

  linked->elf = elf_begin (descriptor, ELF_C_READ, NULL);
  if (linked->elf == NULL || elf_getshdrstrndx (linked->elf, &names) != 0)
    fail ("%s: %s", path, elf_errmsg (-1));
  while ((section = elf_nextscn (linked->elf, section)) != NULL)
    {
      GElf_Shdr header;
      if (gelf_getshdr (section, &header) == NULL)
	continue;
      const char *name = elf_strptr (linked->elf, names, header.sh_name);
      if (header.sh_type == SHT_SYMTAB)
	read_linked_symbols (linked, section, &header);
      else if (strcmp (name, ".mdtrace") == 0)
	{
	  Elf_Data *data = elf_rawdata (section, NULL);
	  linked->address = header.sh_addr;
	  linked->file_bytes = header.sh_size;
	  linked->image = data->d_buf;
	  if (linked->memory_bytes < header.sh_size)
	    linked->memory_bytes = header.sh_size;
	}
      else if (strcmp (name, ".bss") == 0)
	linked->memory_bytes
	    = header.sh_addr + header.sh_size - linked->address;
    }
  if (linked->image == NULL)
    fail ("the kernel part is empty; install mdtrace anew");
}

void
link_kernel_part (const struct kernel *kernel, const struct code *code,
		  const struct function_plan *plans,
		  const struct debug_info *info, const char *object,
		  const void *table, size_t bytes, struct linked *linked)
{
  char *script_path = temporary ();
  char *table_path = temporary ();
  char *table_object = temporary ();
  char *output_path = temporary ();
  bool wide = kernel->word_bytes == 8;
  char *emulation = wide ? "elf_x86_64" : "elf_i386";
  uint64_t address = (kernel->image_end + PAGE - 1) & -(uint64_t) PAGE;

  memset (linked, 0, sizeof *linked);
  if (access (object, R_OK) != 0)
    fail ("%s: %s; it is the kernel part, which 'make install' puts there",
	  object, strerror (errno));

  linked->hook_count = HOOKED_FUNCTIONS;
  for (size_t i = 0; i < HOOKED_FUNCTIONS; i++)
    {
      linked->hooks[i].function = hooked_functions[i];
      linked->hooks[i].plan
	  = plan_hook (kernel, code, plans, hooked_functions[i]);
    }

  FILE *file = open_to_write (table_path);
  fwrite (table, 1, bytes, file);
  finish (file, table_path);
  run_linker ((char *const[]){ LD_PATH, "-m", emulation, "-r", "-b", "binary",
			       "-o", table_object, table_path, NULL });

  file = open_to_write (script_path);
  write_script (kernel, info, linked, object, table_object, address, file);
  finish (file, script_path);
  run_linker ((char *const[]){
      LD_PATH, "-m", emulation, "-S", "--no-relax", "-no-pie", "-e", "0", "-z",
      "noexecstack", "--no-warn-rwx-segments", "-T", script_path, "-o",
      output_path, (char *) object, table_object, NULL });
  read_linked (linked, output_path);
  linked->memory_bytes = (linked->memory_bytes + PAGE - 1) & -(uint64_t) PAGE;

  for (size_t i = 0; i < HOOKED_FUNCTIONS; i++)
    {
      struct hook *hook = &linked->hooks[i];
      hook->target
	  = find_linked_symbol (linked, "mdtrace_hook_", hook->function);
      fill_displaced (linked, hook);
    }
  free (script_path);
  free (table_path);
  free (table_object);
  free (output_path);
}
