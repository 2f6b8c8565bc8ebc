/* What a Mach task needs that has no C library.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <stdarg.h>
#include <mach/mig_support.h>
#include <mach/thread_switch.h>

#include "bare.h"
#include "mach_user.h"
#include "mach_port_user.h"

mach_msg_return_t mach_msg_trap (mach_msg_header_t *message,
				 mach_msg_option_t option,
				 mach_msg_size_t send_bytes,
				 mach_msg_size_t receive_bytes,
				 mach_port_t receive_port,
				 mach_msg_timeout_t timeout,
				 mach_port_t notify);

mach_msg_return_t
mach_msg (mach_msg_header_t *message, mach_msg_option_t option,
	  mach_msg_size_t send_bytes, mach_msg_size_t receive_bytes,
	  mach_port_t receive_port, mach_msg_timeout_t timeout,
	  mach_port_t notify)
{
  return mach_msg_trap (message, option, send_bytes, receive_bytes,
			receive_port, timeout, notify);
}

/* RPCs come from one thread of a task only.  */
static mach_port_t reply_port;

mach_port_t
mig_get_reply_port (void)
{
  if (reply_port == MACH_PORT_NULL)
    reply_port = mach_reply_port ();
  return reply_port;
}

void
mig_put_reply_port (mach_port_t port)
{
  (void) port;
}

void
mig_dealloc_reply_port (mach_port_t port)
{
  reply_port = MACH_PORT_NULL;
  mach_port_mod_refs (mach_task_self (), port, MACH_PORT_RIGHT_RECEIVE, -1);
}

size_t
mig_strncpy (char *to, const char *from, size_t bytes)
{
  size_t i = 0;

  for (; i + 1 < bytes && from[i] != '\0'; i++)
    to[i] = from[i];
  if (bytes > 0)
    to[i] = '\0';
  return i;
}

void
mig_allocate (vm_offset_t *address, vm_size_t bytes)
{
  vm_allocate (mach_task_self (), address, bytes, TRUE);
}

void
mig_deallocate (vm_offset_t address, vm_size_t bytes)
{
  vm_deallocate (mach_task_self (), address, bytes);
}

void
bare_exit (void)
{
  for (;;)
    task_terminate (mach_task_self ());
}

/* Text on its way to the console.  */
struct line
{
  char text[512];
  size_t used;
};

static void
put (struct line *line, char character)
{
  if (line->used + 1 < sizeof line->text)
    line->text[line->used++] = character;
}

static void
put_number (struct line *line, unsigned long long number, unsigned base)
{
  char digits[24];
  size_t count = 0;

  do
    digits[count++] = "0123456789abcdef"[number % base];
  while ((number /= base) != 0);
  while (count > 0)
    put (line, digits[--count]);
}

void
bare_print (const char *format, ...)
{
  struct line line = { .used = 0 };
  va_list arguments;

  va_start (arguments, format);
  for (; *format != '\0'; format++)
    {
      unsigned longs = 0;
      if (*format != '%')
	{
	  put (&line, *format);
	  continue;
	}
      while (*++format == 'l')
	longs++;
      if (*format == 's')
	for (const char *text = va_arg (arguments, const char *);
	     *text != '\0'; text++)
	  put (&line, *text);
      else if (*format == 'c')
	put (&line, va_arg (arguments, int));
      else if (*format == 'd')
	{
	  long long number = longs == 2	  ? va_arg (arguments, long long)
			     : longs == 1 ? va_arg (arguments, long)
					  : va_arg (arguments, int);
	  if (number < 0)
	    put (&line, '-');
	  put_number (&line, number < 0 ? -(unsigned long long) number
					: (unsigned long long) number,
		      10);
	}
      else if (*format == 'u' || *format == 'x')
	put_number (&line,
		    longs == 2	 ? va_arg (arguments, unsigned long long)
		    : longs == 1 ? va_arg (arguments, unsigned long)
				 : va_arg (arguments, unsigned),
		    *format == 'x' ? 16 : 10);
      else
	put (&line, *format);
    }
  va_end (arguments);
  line.text[line.used] = '\0';
  mach_print (line.text);
}

void
bare_check (const char *name, kern_return_t error)
{
  if (error == KERN_SUCCESS)
    return;
  bare_print ("%s: failed: error %d\n", name, error);
  bare_exit ();
}

unsigned long
bare_number (const char *text, const char **end)
{
  unsigned long number = 0;

  while (*text >= '0' && *text <= '9')
    number = 10 * number + (*text++ - '0');
  if (end != NULL)
    *end = text;
  return number;
}

void
bare_sleep (unsigned milliseconds)
{
  thread_switch (MACH_PORT_NULL, SWITCH_OPTION_WAIT, milliseconds);
}

void *
bare_allocate (size_t bytes)
{
  vm_offset_t address = 0;

  bare_check ("vm_allocate",
	      vm_allocate (mach_task_self (), &address, bytes, TRUE));
  return (void *) address;
}

void *
memcpy (void *to, const void *from, size_t bytes)
{
  char *target = to;
  const char *source = from;

  while (bytes-- > 0)
    *target++ = *source++;
  return to;
}

void *
memmove (void *to, const void *from, size_t bytes)
{
  char *target = to;
  const char *source = from;

  if (target <= source)
    return memcpy (to, from, bytes);
  while (bytes-- > 0)
    target[bytes] = source[bytes];
  return to;
}

void *
memset (void *to, int byte, size_t bytes)
{
  char *target = to;

  while (bytes-- > 0)
    *target++ = byte;
  return to;
}

int
memcmp (const void *a, const void *b, size_t bytes)
{
  const unsigned char *left = a;
  const unsigned char *right = b;

  for (; bytes > 0; bytes--, left++, right++)
    if (*left != *right)
      return *left - *right;
  return 0;
}

size_t
strlen (const char *text)
{
  size_t length = 0;

  while (text[length] != '\0')
    length++;
  return length;
}

int
strcmp (const char *a, const char *b)
{
  return strncmp (a, b, (size_t) -1);
}

int
strncmp (const char *a, const char *b, size_t bytes)
{
  for (; bytes > 0; bytes--, a++, b++)
    {
      if (*a != *b)
	return (unsigned char) *a - (unsigned char) *b;
      if (*a == '\0')
	break;
    }
  return 0;
}
