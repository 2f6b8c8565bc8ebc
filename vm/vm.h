/* mdtrace-vm: what its commands share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef VM_H
#define VM_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "guest.h"

/* The commands.  Each parses its own arguments, of which the first is
   "mdtrace-vm COMMAND", and returns the exit status.  */
int vm_start (int argc, char **argv);
int vm_stop (int argc, char **argv);
int vm_status (int argc, char **argv);
int vm_console (int argc, char **argv);

/* Say on standard error what is wrong, by printf's rules, and exit with
   status 1.  */
void vm_fail (const char *format, ...)
    __attribute__ ((format (printf, 1, 2), noreturn));

/* A string by printf's rules; the caller frees it.  */
char *vm_format (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));

/* Run the program ARGUMENTS[0], wait for it, and fail if it does.  WHAT says
   what it is needed for.  */
void vm_run (char *const arguments[], const char *what);

/* The option --state, which every command has.  */
struct vm_state_option
{
  const char *directory; /* as given, or the default */
};
extern const struct argp_child vm_children[];

/* What a command does with what it does not know itself: gives OPTION to
   --state, and takes no arguments.  */
error_t vm_parse_rest (int key, char *argument, struct argp_state *state,
		       struct vm_state_option *option);

/* The directory of a virtual machine when none is named.  Belongs to the
   program.  */
const char *vm_default_directory (void);

/* Remove what a virtual machine that does not run any more has left in
   DIRECTORY, except its console log.  */
void vm_clean (const char *directory);

/* End QEMU's process PID and wait until it has let go of DIRECTORY.  */
void vm_kill (const char *directory, int pid);

/* A multiboot module.  */
struct vm_module
{
  const char *file;
  const char *arguments; /* separated by spaces; may be null */
};

/* Make the boot image DIRECTORY/boot.img: GRUB, KERNEL with COMMAND_LINE, and
   COUNT MODULES.  */
void vm_make_image (const char *directory, const char *kernel,
		    const char *command_line, const struct vm_module *modules,
		    size_t count);

/* The file NAME of those that 'make install' puts into a place of their own;
   the caller frees it.  */
char *vm_library_file (const char *name);

/* Milliseconds of a clock that never goes back.  */
unsigned long long vm_now_ms (void);
void vm_sleep_ms (unsigned milliseconds);

#endif /* VM_H */
