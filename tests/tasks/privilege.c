/* privilege: a task that asks mdtrace with ports that give no right to.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Its arguments are the names of the host privileged port and of the device
   master port.  It tells what each port gets for a routine that reads and
   one that changes, and whether a probe has come of it.  */

#include "bare.h"
#include "mdtrace_errors.h"
#include "mdtrace_types.h"
#include "mdtrace_user.h"

static void
try_port (const char *name, mach_port_t port)
{
  uint32_t version;
  mdtrace_created_t created;
  mdtrace_probe_config_t config = { .function = "task_create",
				    .kinds = 1 << MDTRACE_PROBE_ENTRY,
				    .enabled = 1 };
  mach_port_t mailbox;

  bare_print ("privilege: %s: get_version %d, probe_create %d, "
	      "mailbox_map %d\n",
	      name, rpc_mdtrace_get_version (port, &version),
	      rpc_mdtrace_probe_create (port, config, &created),
	      rpc_mdtrace_mailbox_map (port, &mailbox));
}

int
main (int argc, char **argv)
{
  mdtrace_probe_page_t probes;
  mach_msg_type_number_t count = MDTRACE_PROBES_PAGE;

  if (argc != 3)
    return 1;
  mach_port_t host = bare_number (argv[1], NULL);
  try_port ("the host's name port", mach_host_self ());
  try_port ("this task's port", mach_task_self ());
  try_port ("this thread's port", mach_thread_self ());
  try_port ("the device master port", bare_number (argv[2], NULL));
  rpc_mdtrace_probe_list (host, 1, probes, &count);
  bare_print ("privilege: %u probes have come of it\n", count);
  try_port ("the host privileged port", host);
  bare_print ("privilege: done\n");
  bare_exit ();
}
