/* The static probes of real kernels: where they stand.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernels are those of Debian 13 and of Debian testing.  */

#include "real_kernel.h"
#include "static_plan.h"

enum
{
  SITES_MAX = 256
};

/* What is never freed, as in mdtrace-mkkernel.  */
static void *volatile kept[3];

static const struct static_probe *
find (const struct static_probe *probes, size_t count, const char *provider,
      const char *event)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp (probes[i].provider, provider) == 0
	&& strcmp (probes[i].event, event) == 0)
      return &probes[i];
  CHECK (!"there is such a probe");
  return NULL;
}

/* A site lies at an instruction of its function, and can be probed.  */
static void
check_site (const struct real_kernel *real, const struct static_probe *probe,
	    const struct static_site *site)
{
  const struct function *function = &real->code.functions[site->function];
  const struct function_plan *plan = &real->plans[site->function];
  unsigned known = 0;

  CHECK (site->address - function->address < function->bytes);
  CHECK (class_at (&real->code, site->address) != 0);
  CHECK_NUMBER (site->reason, MDTRACE_REASON_NONE);
  if (site->number == 0)
    CHECK_NUMBER (site->address, plan->entry.address);
  else if (site->number > 0)
    CHECK_NUMBER (site->address, plan->returns[site->number - 1].address);
  else
    CHECK_NUMBER (site->kind, MDTRACE_PROBE_ADDRESS);
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    {
      known += site->values[i].source != 0;
      CHECK (i < probe->arguments || site->values[i].source == 0);
      /* What is known at an entry only is not asked for elsewhere.  */
      CHECK (site->values[i].source != MDTRACE_SOURCE_ARGUMENT
	     || site->kind == MDTRACE_PROBE_ENTRY);
      CHECK (site->values[i].source != MDTRACE_SOURCE_RETURN
	     || site->kind == MDTRACE_PROBE_RETURN);
    }
  /* At the beginning of a function all is known, but traps have as many
     arguments as they have.  */
  if (site->kind == MDTRACE_PROBE_ENTRY
      && strcmp (probe->provider, "syscall") != 0)
    CHECK_NUMBER (known, probe->arguments);
}

static bool lacks_messages;

static void
check_probe (const struct real_kernel *real, const struct static_probe *probe)
{
  struct mdtrace_names names;

  if (probe->reason[0] != '\0')
    printf ("# %s:::%s: %s\n", probe->provider, probe->event, probe->reason);
  /* One kernel does not say where the messages are that it hands over.  */
  if (lacks_messages && strcmp (probe->event, "message_sent") == 0)
    CHECK (strstr (probe->reason, "its argument is not known") != NULL);
  else
    CHECK_TEXT (probe->reason, "");
  CHECK (probe->count > 0 && probe->count < SITES_MAX);
  CHECK_NUMBER (probe->refused, 0);
  CHECK (strlen (probe->provider) < MDTRACE_PROVIDER_BYTES);
  CHECK (strlen (probe->event) < MDTRACE_EVENT_BYTES);
  CHECK (strlen (probe->names) < MDTRACE_NAMES_BYTES);
  CHECK (probe->arguments <= MDTRACE_ARGUMENTS_MAX);
  mdtrace_names_read (probe->names, &names);
  for (unsigned i = 0; i < MDTRACE_ARGUMENTS_MAX; i++)
    CHECK ((names.values[i].name[0] != '\0') == (i < probe->arguments));
  for (size_t i = 0; i < probe->count; i++)
    {
      check_site (real, probe, &probe->sites[i]);
      if (i > 0)
	CHECK (probe->sites[i - 1].address < probe->sites[i].address);
    }
}

static void
check_kernel (struct real_kernel *real)
{
  struct mdtrace_debug *debug;
  size_t count;

  CHECK_NUMBER (debug_from_elf (real->kernel.elf, &debug), MDTRACE_OK);
  struct debug_info *info = debug_open (&real->kernel);
  struct static_probe *probes = static_probes_plan (&real->code, real->plans,
						    info, debug, &count);
  kept[0] = debug;
  kept[1] = info;
  kept[2] = probes;
  /* Static probes, and what counters stand on.  */
  CHECK_NUMBER (count, 22 + 19);
  for (size_t i = 0; i < count; i++)
    CHECK_NUMBER (strcmp (probes[i].provider, "counter") == 0, i >= 22);
  for (size_t i = 0; i < count; i++)
    check_probe (real, &probes[i]);
  /* Hand-offs are places of their own: of messages, and of exceptions.  */
  const struct static_probe *send = find (probes, count, "ipc", "send");
  CHECK_NUMBER (send->count, 4);
  CHECK_NUMBER (find (probes, count, "ipc", "receive")->count, 10);
  /* Copies of a function are places too, with what it was called with.  */
  const struct static_probe *grab = find (probes, count, "vm", "grab");
  CHECK (grab->count >= 3);
  for (size_t i = 0; i < grab->count; i++)
    CHECK (grab->sites[i].values[0].source != 0);
  const struct static_probe *fault = find (probes, count, "vm", "fault");
  CHECK_NUMBER (fault->count, 1);
  CHECK (fault->sites[0].is_guarded && fault->sites[0].guard.number == 0);
  const struct static_probe *traps = find (probes, count, "syscall", "entry");
  for (size_t i = 0; i < traps->count; i++)
    CHECK_NUMBER (traps->sites[i].values[0].source, MDTRACE_SOURCE_CONSTANT);
  CHECK (traps->count > 20);
}

static void
has_all_on_x86_64_of_13 (void)
{
  real_kernel_check ("gnumach-1.8-amd64-up-dbg.gz", check_kernel);
}

static void
has_all_on_i386_of_13 (void)
{
  real_kernel_check ("gnumach-1.8-486-up-dbg.gz", check_kernel);
}

static void
has_all_on_pae_of_13 (void)
{
  real_kernel_check ("gnumach-1.8-486-pae-dbg.gz", check_kernel);
}

static void
has_all_on_smp_of_13 (void)
{
  lacks_messages = true;
  real_kernel_check ("gnumach-1.8-486-smp-dbg.gz", check_kernel);
  lacks_messages = false;
}

static void
has_all_on_x86_64_of_testing (void)
{
  real_kernel_check ("forky/gnumach-1.8-amd64-up-dbg.gz", check_kernel);
}

static void
has_all_on_smp_of_testing (void)
{
  real_kernel_check ("forky/gnumach-1.8-amd64-smp-dbg.gz", check_kernel);
}

TAP_MAIN ({ has_all_on_x86_64_of_13, "Debian 13, amd64" },
	  { has_all_on_i386_of_13, "Debian 13, i386" },
	  { has_all_on_pae_of_13, "Debian 13, i386 with PAE" },
	  { has_all_on_smp_of_13, "Debian 13, i386 with several CPUs" },
	  { has_all_on_x86_64_of_testing, "Debian testing, amd64" },
	  { has_all_on_smp_of_testing,
	    "Debian testing, amd64 with several CPUs" })
