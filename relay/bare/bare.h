/* What a Mach task needs that has no C library.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   For the relay, and for the tasks of the test suite: they run on a kernel
   and nothing else.  */

#ifndef BARE_H
#define BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/port.h>

/* Traps of the kernel.  */
mach_port_t mach_reply_port (void);
mach_port_t mach_thread_self (void);
mach_port_t mach_task_self (void);
mach_port_t mach_host_self (void);
void mach_print (const char *text);
kern_return_t thread_switch (mach_port_t thread, int option, int option_time);

/* The program.  Its arguments are those of its multiboot module.  */
int main (int argc, char **argv);

/* What a task begins with that is a copy of another one: that one's ports are
   not its own.  */
void bare_begin_copy (void);

/* End this task.  */
void bare_exit (void) __attribute__ ((noreturn));

/* Print to the kernel's console as one piece: %s, %c, %d, %u, %x, each of
   the last three also with l or ll, and %%.  */
void bare_print (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));

/* Print what is wrong, "NAME: failed: error ERROR", and end this task if
   ERROR is not 0.  */
void bare_check (const char *name, kern_return_t error);

/* The decimal number at TEXT; *END, unless END is null, is where it ends.  */
unsigned long bare_number (const char *text, const char **end);

/* Give up the CPU until about MILLISECONDS have passed.  */
void bare_sleep (unsigned milliseconds);

/* Whole pages of zeros, at least BYTES bytes.  They stay until the task
   ends.  */
void *bare_allocate (size_t bytes);

enum
{
  BARE_PAGE_BYTES = 4096,
  BARE_STACK_BYTES = 16384
};

/* Start THREAD, which exists and is suspended, in FUNCTION (ARGUMENT) on the
   stack of BARE_STACK_BYTES bytes at STACK.  FUNCTION must not return.  */
kern_return_t bare_thread_start (mach_port_t thread, void *stack,
				 void (*function) (void *), void *argument);

#endif /* BARE_H */
