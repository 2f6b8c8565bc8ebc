/* Opening and closing targets.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   MIG's stubs know a target as a port.  What they are given is a token, a
   number in the table below, by which rpc.c finds the target again.  */

#include <config.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mach/mig_errors.h>

#include "mdtrace_user.h"
#include "target.h"

enum
{
  TARGETS_MAX = 64
};

static struct mdtrace_target *targets[TARGETS_MAX];

static const struct transport *const transports[] = {
#ifndef MDTRACE_BARE
  &transport_ram,  &transport_serial, &transport_unix, &transport_vm,
#endif
#if defined MDTRACE_BARE || defined __GNU__
  &transport_mach,
#endif
};

/* Give TARGET a token.  False if there is none left.  */
static bool
enter_target (struct mdtrace_target *target)
{
  for (uint32_t i = 0; i < TARGETS_MAX; i++)
    {
      struct mdtrace_target *expected = NULL;
      if (__atomic_compare_exchange_n (&targets[i], &expected, target, false,
				       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
	{
	  target->token = i + 1;
	  return true;
	}
    }
  return false;
}

struct mdtrace_target *
target_of_token (uint32_t token)
{
  if (token == 0 || token > TARGETS_MAX)
    return NULL;
  return __atomic_load_n (&targets[token - 1], __ATOMIC_ACQUIRE);
}

int
target_fail (struct mdtrace_target *target, int error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  vsnprintf (target->detail, sizeof target->detail, format, arguments);
  va_end (arguments);
  return error;
}

static const struct transport *
find_transport (const char *url)
{
  for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++)
    if (strncmp (url, transports[i]->prefix, strlen (transports[i]->prefix))
	== 0)
      return transports[i];
  return NULL;
}

/* Find out the kernel's version.  */
static int
get_version (struct mdtrace_target *target)
{
  mdtrace_status_t status;

  if (!target_has_ended (target))
    return rpc_mdtrace_get_version (target->token, &target->interface_version);
  int error = mdtrace_get_status (target, &status);
  if (error == MDTRACE_OK)
    target->interface_version = status.interface_version;
  return error;
}

static int
check_version (struct mdtrace_target *target)
{
  int error = get_version (target);

  if (error == MIG_BAD_ID)
    return MDTRACE_ERR_NOT_TRACED;
  if (error != MDTRACE_OK)
    return error;
  if (target->interface_version != MDTRACE_INTERFACE_VERSION)
    return target_fail (target, MDTRACE_ERR_VERSION_MISMATCH,
			"the kernel has version %u, this program %u",
			(unsigned) target->interface_version,
			(unsigned) MDTRACE_INTERFACE_VERSION);
  return MDTRACE_OK;
}

static int
open_url (const char *url, struct mdtrace_target **result)
{
  const struct transport *transport = find_transport (url);

  *result = NULL;
  if (transport == NULL)
    return MDTRACE_ERR_BAD_TARGET;
  struct mdtrace_target *target
      = calloc (1, sizeof *target + strlen (url) + 1);
  if (target == NULL)
    return MDTRACE_ERR_SYSTEM;
  memcpy (target->url, url, strlen (url) + 1);
  target->timeout_ms = TARGET_TIMEOUT_MS;
  *result = target;
  if (!enter_target (target))
    return MDTRACE_ERR_TOO_MANY_TARGETS;
  int error = transport->open (target, url + strlen (transport->prefix));
  if (error != MDTRACE_OK)
    return error;
  target->transport = transport;
  return check_version (target);
}

#ifndef MDTRACE_BARE
/* The target when the caller names none.  */
static int
open_default (struct mdtrace_target **target)
{
  const char *url = getenv ("MDTRACE_TARGET");

  if (url != NULL && url[0] != '\0')
    return open_url (url, target);
  int error = open_url ("unix:" MDTRACED_SOCKET, target);
#ifdef __GNU__
  if (error == MDTRACE_ERR_CANNOT_CONNECT)
    {
      mdtrace_close (*target);
      return open_url ("mach:", target);
    }
#endif
  if (error == MDTRACE_ERR_CANNOT_CONNECT)
    return MDTRACE_ERR_NO_TARGET;
  return error;
}
#endif

int
mdtrace_open (const char *url, struct mdtrace_target **target)
{
#ifndef MDTRACE_BARE
  if (url == NULL)
    return open_default (target);
#endif
  return open_url (url, target);
}

void
mdtrace_close (struct mdtrace_target *target)
{
  if (target == NULL)
    return;
  if (target->transport != NULL)
    target->transport->close (target);
  if (target->token != 0)
    __atomic_store_n (&targets[target->token - 1], NULL, __ATOMIC_RELEASE);
  free (target);
}

const char *
mdtrace_target_url (const struct mdtrace_target *target)
{
  return target->url;
}

const char *
mdtrace_detail (const struct mdtrace_target *target)
{
  return target->detail;
}

void
mdtrace_set_timeout (struct mdtrace_target *target, unsigned timeout_ms)
{
  target->timeout_ms = timeout_ms;
}
