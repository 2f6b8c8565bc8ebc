/* mdtrace-vm start: boot a kernel.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm.h"

enum
{
  OPTION_ICOUNT = 256,
  OPTION_SERIAL,
  MODULES_MAX = 33,
  /* The relays come before all others, so that one that ends the machine at
     once does not.  */
  RELAYS = 2,
  QEMU_WORDS = 40,
  MEMORY_MB_DEFAULT = 128,
  MEMORY_MB_MIN = 64,
  /* Beyond it the guest's memory is not in one piece.  */
  MEMORY_MB_MAX = 3072,
  CPUS_MAX = 64,
  BOOT_PATIENCE_MS = 60000,
  LAST_LINES = 12
};

static const struct argp_option options[]
    = { { "kernel", 'k', "FILE", 0,
	  "The kernel: an instrumented one, or a stock one with debugging "
	  "symbols, which is instrumented first (default: what MDTRACE_KERNEL "
	  "names)",
	  0 },
	{ "cpus", 'c', "N", 0, "Processors (default: 1)", 0 },
	{ "memory", 'm', "MB", 0, "Memory in megabytes (default: 128)", 0 },
	{ "module", 'M', "FILE[,ARGUMENTS]", 0,
	  "Start FILE as a task, with ARGUMENTS, in which ${host-port} and "
	  "${device-port} stand for the names of ports; may be given often",
	  0 },
	{ "append", 'a', "WORDS", 0,
	  "More words for the kernel's command line", 0 },
	{ "serial", OPTION_SERIAL, NULL, 0,
	  "Give the guest a second serial line, at which it can be traced as "
	  "well: the target serial:DIR/serial",
	  0 },
	{ "icount", OPTION_ICOUNT, NULL, 0,
	  "Count instructions: the guest's time advances by one nanosecond "
	  "with each, the same in every run",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct vm_state_option state;
  const char *kernel;
  unsigned cpus, memory_mb;
  const char *append;
  bool icount, serial;
  struct vm_module modules[MODULES_MAX];
  size_t module_count;
};

/* The number ARGUMENT, from LEAST to MOST.  */
static unsigned
parse_number (struct argp_state *state, const char *argument, const char *what,
	      unsigned least, unsigned most)
{
  char *end;
  unsigned long number = strtoul (argument, &end, 10);

  if (end == argument || *end != '\0' || number < least || number > most)
    argp_error (state, "%s must be a number from %u to %u, not '%s'", what,
		least, most, argument);
  return number;
}

static void
add_module (struct argp_state *state, struct arguments *arguments,
	    char *argument)
{
  char *comma = strchr (argument, ',');

  if (arguments->module_count == MODULES_MAX)
    argp_error (state, "at most %d modules", MODULES_MAX - RELAYS);
  if (comma != NULL)
    *comma++ = '\0';
  if (strchr (argument, '\'') != NULL || strchr (argument, '=') != NULL
      || (comma != NULL && strchr (comma, '\'') != NULL))
    argp_error (state, "--module %s: no quotes, and no '=' in a file's name",
		argument);
  arguments->modules[arguments->module_count].file = argument;
  arguments->modules[arguments->module_count++].arguments = comma;
}

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case 'k':
      arguments->kernel = argument;
      return 0;
    case 'c':
      arguments->cpus = parse_number (state, argument, "--cpus", 1, CPUS_MAX);
      return 0;
    case 'm':
      arguments->memory_mb = parse_number (state, argument, "--memory",
					   MEMORY_MB_MIN, MEMORY_MB_MAX);
      return 0;
    case 'M':
      add_module (state, arguments, argument);
      return 0;
    case 'a':
      if (strchr (argument, '\'') != NULL)
	argp_error (state, "--append: no quotes");
      arguments->append = argument;
      return 0;
    case OPTION_SERIAL:
      arguments->serial = true;
      return 0;
    case OPTION_ICOUNT:
      arguments->icount = true;
      return 0;
    default:
      return vm_parse_rest (key, argument, state, &arguments->state);
    }
}

static const struct argp argp
    = { .options = options,
	.parser = parse_option,
	.children = vm_children,
	.doc = "Boot a GNU Mach with mdtrace in it, and print the target by "
	       "which it can be traced." };

/* Make DIRECTORY, or make sure that it is ours alone.  */
static void
prepare_directory (const char *directory)
{
  struct stat status;

  if (strlen (directory) >= GUEST_PATH_BYTES - 32)
    vm_fail ("%s: too long a name", directory);
  if (strchr (directory, ',') != NULL)
    vm_fail ("%s: QEMU takes no comma in a name", directory);
  if (mkdir (directory, 0700) != 0 && errno != EEXIST)
    vm_fail ("%s: %s", directory, strerror (errno));
  if (lstat (directory, &status) != 0 || !S_ISDIR (status.st_mode)
      || status.st_uid != geteuid ())
    vm_fail ("%s: is no directory of yours", directory);
  if (chmod (directory, 0700) != 0)
    vm_fail ("%s: %s", directory, strerror (errno));
  if (guest_get_pid (directory) != 0)
    vm_fail ("%s: a virtual machine runs there already; stop it with "
	     "'mdtrace-vm stop', or use another directory with --state",
	     directory);
  vm_clean (directory);
}

static void
check_readable (const char *path)
{
  if (access (path, R_OK) != 0)
    vm_fail ("%s: %s", path, strerror (errno));
}

/* The physical address of the section .mdtrace in the kernel at PATH; 0 if it
   has none.  *WIDE tells whether it is a 64-bit kernel.  */
static uint64_t
find_shared (const char *path, bool *wide)
{
  uint64_t address = 0;
  size_t names, segments;
  int descriptor = open (path, O_RDONLY | O_CLOEXEC);

  if (descriptor < 0)
    vm_fail ("%s: %s", path, strerror (errno));
  elf_version (EV_CURRENT);
  Elf *elf = elf_begin (descriptor, ELF_C_READ, NULL);
  Elf_Scn *section = NULL;
  if (elf != NULL && elf_kind (elf) == ELF_K_ELF
      && elf_getshdrstrndx (elf, &names) == 0
      && elf_getphdrnum (elf, &segments) == 0)
    while ((section = elf_nextscn (elf, section)) != NULL)
      {
	GElf_Shdr header;
	GElf_Phdr segment;
	const char *name;
	if (gelf_getshdr (section, &header) == NULL
	    || (name = elf_strptr (elf, names, header.sh_name)) == NULL
	    || strcmp (name, ".mdtrace") != 0)
	  continue;
	for (size_t i = 0; i < segments; i++)
	  if (gelf_getphdr (elf, i, &segment) != NULL
	      && segment.p_type == PT_LOAD
	      && segment.p_vaddr == header.sh_addr)
	    address = segment.p_paddr;
      }
  *wide = elf != NULL && gelf_getclass (elf) == ELFCLASS64;
  elf_end (elf);
  close (descriptor);
  return address;
}

/* Make sure that the kernel is an instrumented one, and fill in GUEST, and
   whether it is WIDE.  */
static void
prepare_kernel (const char *directory, const char *kernel, struct guest *guest,
		bool *wide)
{
  char path[GUEST_PATH_BYTES];

  check_readable (kernel);
  guest->shared_address = find_shared (kernel, wide);
  if (guest->shared_address == 0)
    {
      const char *mkkernel = getenv ("MDTRACE_MKKERNEL");
      guest_path (path, directory, "kernel");
      vm_run ((char *const[]){ mkkernel != NULL ? (char *) mkkernel
						: SBINDIR "/mdtrace-mkkernel",
			       "-o", path, (char *) kernel, NULL },
	      "add mdtrace to a stock kernel");
      guest->shared_address = find_shared (path, wide);
      kernel = path;
    }
  char *absolute = realpath (kernel, NULL);
  if (absolute == NULL || strlen (absolute) >= sizeof guest->kernel)
    vm_fail ("%s: %s", kernel, strerror (errno));
  strcpy (guest->kernel, absolute);
  free (absolute);
}

/* Make DIRECTORY/NAME a new file of BYTES bytes that only its owner may read,
   which QEMU would not.  */
static void
make_file (const char *directory, const char *name, uint64_t bytes)
{
  char path[GUEST_PATH_BYTES];

  guest_path (path, directory, name);
  unlink (path);
  int descriptor = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0 || ftruncate (descriptor, bytes) != 0
      || close (descriptor) != 0)
    vm_fail ("%s: %s", path, strerror (errno));
}

/* Let the socket NAME in DIRECTORY be its owner's alone.  */
static void
protect_socket (const char *directory, const char *name)
{
  char path[GUEST_PATH_BYTES];

  guest_path (path, directory, name);
  chmod (path, 0600);
}

static void
run_qemu (const char *directory, const struct arguments *arguments)
{
  char *memory = vm_format ("%uM", arguments->memory_mb);
  char *cpus = vm_format ("%u", arguments->cpus);
  char *backend = vm_format ("memory-backend-file,id=ram,size=%uM,share=on,"
			     "mem-path=%s/ram",
			     arguments->memory_mb, directory);
  char *console
      = vm_format ("socket,id=console,server=on,wait=off,path=%s/console,"
		   "logfile=%s/console.log,logappend=off",
		   directory, directory);
  char *line = vm_format ("socket,id=line,server=on,wait=off,path=%s/serial",
			  directory);
  char *disk = vm_format ("if=virtio,format=raw,readonly=on,file=%s/boot.img",
			  directory);
  char *pid = vm_format ("%s/pid", directory);
  char *qemu[QEMU_WORDS] = { QEMU,	   "-nodefaults",
			     "-display",   "none",
			     "-monitor",   "none",
			     "-no-reboot", "-daemonize",
			     "-accel",	   "tcg",
			     "-m",	   memory,
			     "-smp",	   cpus,
			     "-object",	   backend,
			     "-machine",   "pc,memory-backend=ram",
			     "-chardev",   console,
			     "-serial",	   "chardev:console",
			     "-drive",	   disk,
			     "-pidfile",   pid,
			     NULL };
  size_t used = 0;

  while (qemu[used] != NULL)
    used++;
  if (arguments->serial)
    {
      qemu[used++] = "-chardev";
      qemu[used++] = line;
      qemu[used++] = "-serial";
      qemu[used++] = "chardev:line";
    }
  if (arguments->icount)
    {
      qemu[used++] = "-icount";
      qemu[used++] = "shift=0";
    }
  vm_run (qemu, "run a virtual machine (Debian's package qemu-system-x86)");
  protect_socket (directory, "console");
  if (arguments->serial)
    protect_socket (directory, "serial");
  free (memory);
  free (cpus);
  free (backend);
  free (console);
  free (line);
  free (disk);
  free (pid);
}

/* Whether TEXT stands in a line of the console log that is whole.  */
static bool
console_has (const char *directory, const char *text)
{
  char path[GUEST_PATH_BYTES];
  char line[512];
  bool found = false;

  guest_path (path, directory, "console.log");
  FILE *file = fopen (path, "re");
  if (file == NULL)
    return false;
  while (!found && fgets (line, sizeof line, file) != NULL)
    found = strstr (line, text) != NULL && strchr (line, '\n') != NULL;
  fclose (file);
  return found;
}

/* Whether the relays in the guest have said that they are ready, or that they
   cannot be.  */
static bool
relays_have_answered (const char *directory, bool serial)
{
  if ((serial && !console_has (directory, "mdtrace relay com1: "))
      || !console_has (directory, "mdtrace relay: "))
    return false;
  if (!console_has (directory, "mdtrace relay: ready"))
    fprintf (stderr,
	     "mdtrace-vm: the kernel runs, but cannot be traced: it has "
	     "no mdtrace in it, or was booted with mdtrace=off\n");
  if (serial && !console_has (directory, "mdtrace relay com1: ready"))
    fprintf (stderr, "mdtrace-vm: the kernel runs, but has no second serial "
		     "line; see console.log\n");
  return true;
}

/* Wait until they have.  */
static void
wait_for_relays (const char *directory, bool serial)
{
  unsigned long long deadline = vm_now_ms () + BOOT_PATIENCE_MS;
  char tail[4096];

  for (;;)
    {
      if (relays_have_answered (directory, serial))
	return;
      enum guest_state state = guest_get_state (directory);
      if (state != GUEST_RUNNING || vm_now_ms () > deadline)
	{
	  guest_console_tail (directory, LAST_LINES, tail, sizeof tail);
	  int pid = guest_get_pid (directory);
	  if (pid != 0)
	    vm_kill (directory, pid);
	  vm_clean (directory);
	  vm_fail ("the kernel %s; the last lines of its console are:\n%s",
		   state == GUEST_NOT_RUNNING ? "has ended at once"
		   : state == GUEST_STOPPED_IN_DEBUGGER
		       ? "has stopped in its debugger"
		       : "has not started within a minute",
		   tail);
	}
      vm_sleep_ms (10);
    }
}

/* What tells this boot from others of the same kernel.  */
static unsigned long long
boot_salt (void)
{
  unsigned long long salt;

  if (getentropy (&salt, sizeof salt) != 0)
    vm_fail ("no random numbers: %s", strerror (errno));
  return salt;
}

int
vm_start (int argc, char **argv)
{
  struct arguments arguments
      = { .cpus = 1, .memory_mb = MEMORY_MB_DEFAULT, .append = "" };
  struct guest guest = { 0 };
  bool wide;

  arguments.module_count = RELAYS;
  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  if (arguments.kernel == NULL)
    arguments.kernel = getenv ("MDTRACE_KERNEL");
  if (arguments.kernel == NULL)
    vm_fail ("which kernel? Name it with --kernel or MDTRACE_KERNEL; "
	     "mdtrace-mkkernel makes one that can be traced");
  for (size_t i = RELAYS; i < arguments.module_count; i++)
    check_readable (arguments.modules[i].file);

  umask (077);
  const char *directory = arguments.state.directory;
  prepare_directory (directory);
  guest.memory_bytes = arguments.memory_mb * UINT64_C (1048576);
  prepare_kernel (directory, arguments.kernel, &guest, &wide);
  char *relay
      = vm_library_file (wide ? "mdtrace-relay-x86_64" : "mdtrace-relay-i386");
  check_readable (relay);
  size_t relays = arguments.serial ? 2 : 1;
  struct vm_module *modules = arguments.modules + RELAYS - relays;
  modules[0] = (struct vm_module){ relay, "${host-port}" };
  if (arguments.serial)
    modules[1]
	= (struct vm_module){ relay, "${host-port} ${device-port} com1" };
  char *command_line = vm_format ("console=com0 mdtrace.boot=%llu %s",
				  boot_salt (), arguments.append);
  vm_make_image (directory, guest.kernel, command_line, modules,
		 arguments.module_count - RELAYS + relays);
  make_file (directory, "ram", guest.memory_bytes);
  make_file (directory, "console.log", 0);
  if (!guest_write (directory, &guest))
    vm_fail ("%s/guest: %s", directory, strerror (errno));
  run_qemu (directory, &arguments);
  wait_for_relays (directory, arguments.serial);
  printf ("vm:%s\n", directory);
  free (command_line);
  free (relay);
  return 0;
}
