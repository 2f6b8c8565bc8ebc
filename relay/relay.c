/* The relay: carries RPCs between a kernel and who is outside of the machine.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A bare Mach task, started as a multiboot module with the host privileged
   port's name as its first argument.  With no other it serves the host of a
   virtual machine through the mailbox: mailbox.c.  With the device master
   port's name and a device, such as com1, it serves whoever is at the other
   end of that serial line: serial.c.  For both, two of it are started.  */

#include "bare.h"
#include "serve.h"

int
main (int argc, char **argv)
{
  if (argc == 2)
    serve_mailbox (bare_number (argv[1], NULL));
  else if (argc == 4)
    serve_serial (bare_number (argv[1], NULL), bare_number (argv[2], NULL),
		  argv[3]);
  bare_print ("mdtrace relay: takes '${host-port}', and for a serial line "
	      "'${device-port}' and its device\n");
  return 1;
}
