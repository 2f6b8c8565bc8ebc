/* What a pattern means, of the probes and sites of a trace.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "source.h"
#include "tap.h"

static const struct source_probe fault = {
  .provider = "fbt",
  .module = "kernel",
  .function = "vm_fault",
  .name = "",
  .label = "faults",
};
static const struct source_site fault_entry
    = { .probe = &fault, .function = "vm_fault", .name = "entry" };
static const struct source_site fault_return
    = { .probe = &fault, .function = "vm_fault", .name = "return" };
static const struct source_probe send = {
  .provider = "ipc",
  .module = "kernel",
  .function = "",
  .name = "send",
  .label = "",
};
static const struct source_site send_site
    = { .probe = &send, .function = "ipc_mqueue_send", .name = "send" };

static void
by_function_and_label (void)
{
  CHECK (source_matches ("vm_fault", &fault, NULL));
  CHECK (source_matches ("vm_*", &fault, &fault_entry));
  CHECK (source_matches ("faults", &fault, &fault_return));
  CHECK (source_matches ("f?ults", &fault, NULL));
  CHECK (!source_matches ("vm", &fault, &fault_entry));
  CHECK (!source_matches ("entry", &fault, &fault_entry));
  CHECK (!source_matches ("", &fault, NULL));
  CHECK (source_matches ("ipc_mqueue_send", &send, &send_site));
  CHECK (!source_matches ("ipc_mqueue_send", &send, NULL));
  CHECK (!source_matches ("", &send, NULL));
  CHECK (source_matches ("*", &send, NULL));
}

static void
by_description (void)
{
  CHECK (source_matches ("fbt:kernel:vm_fault:entry", &fault, &fault_entry));
  CHECK (!source_matches ("fbt:kernel:vm_fault:entry", &fault, &fault_return));
  CHECK (!source_matches ("fbt:kernel:vm_fault:entry", &fault, NULL));
  CHECK (source_matches ("fbt::vm_*:return", &fault, &fault_return));
  CHECK (source_matches ("fbt::vm_fault:", &fault, &fault_return));
  CHECK (source_matches ("fbt:::", &fault, &fault_entry));
  CHECK (!source_matches ("sched:::", &fault, &fault_entry));
  CHECK (source_matches ("ipc:::send", &send, NULL));
  CHECK (source_matches ("ipc:::send", &send, &send_site));
  CHECK (source_matches ("ipc::ipc_mqueue_send:send", &send, &send_site));
  CHECK (!source_matches ("ipc:::receive", &send, &send_site));
  CHECK (source_matches (":::s*", &send, &send_site));
}

/* Whatever it is, no more than there is room for is looked at.  */
static void
long_patterns (void)
{
  char pattern[4096];

  memset (pattern, ':', sizeof pattern);
  pattern[sizeof pattern - 1] = '\0';
  CHECK (!source_matches (pattern, &send, &send_site));
  memset (pattern, '*', sizeof pattern - 1);
  CHECK (source_matches (pattern, &send, &send_site));
}

TAP_MAIN ({ by_function_and_label, "by function, and by label" },
	  { by_description, "by description, of which parts are left out" },
	  { long_patterns, "patterns that are too long" })
