/* What was left out when mdtrace was configured: probes, rings and
   measurements.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "requests.h"

static kern_return_t
result_of (int id)
{
  struct arguments arguments = { .number = 1000, .holder = "err.left-out" };
  struct request request;

  arguments.config = probe_config ("alpha");
  request_make (&request, id, &arguments);
  mig_reply_header_t *reply
      = standin_serve (&request, request.header.msgh_size, 0);
  kern_return_t code = reply->RetCode;
  release_ports (reply, id);
  free (reply);
  return code;
}

static void
refuses_what_is_not_there (void)
{
  standin_boot ("mdtrace.probes=alpha");
  mdtrace_start ();
  standin_ticks (500);
  for (int id = FIRST_ID; id <= LAST_ID; id++)
    {
      bool there = id == MDTRACE_ID_GET_VERSION || id == MDTRACE_ID_GET_STATUS
		   || id == MDTRACE_ID_GET_CLOCK
		   || id == MDTRACE_ID_FUNCTION_LIST
		   || id == MDTRACE_ID_MAILBOX_MAP;
      CHECK_NUMBER (result_of (id),
		    there ? MDTRACE_OK : MDTRACE_ERR_NOT_BUILT);
      standin.unprivileged = true;
      CHECK_NUMBER (result_of (id), is_for_any_task (id)
					? MDTRACE_ERR_NOT_BUILT
					: MDTRACE_ERR_NOT_PRIVILEGED);
      standin.unprivileged = false;
    }
  /* For the mailbox.  */
  CHECK_NUMBER (standin.page_blocks, 1);
  CHECK_NUMBER (standin.text_writes, 0);
}

static void
tells_the_rest (void)
{
  mdtrace_status_t status;
  struct mdtrace_function *functions;
  size_t count;

  standin_boot ("");
  mdtrace_start ();
  CHECK_NUMBER (mdtrace_get_status (loopback, &status), MDTRACE_OK);
  CHECK_NUMBER (status.ring_bytes, 0);
  CHECK_NUMBER (status.probes_max, 0);
  CHECK_TEXT (status.holder, "");
  CHECK_NUMBER (status.functions, STANDIN_FUNCTIONS - STANDIN_ALIASES);
  CHECK_NUMBER (mdtrace_function_list (loopback, &functions, &count),
		MDTRACE_OK);
  CHECK_NUMBER (count, STANDIN_FUNCTIONS);
  free (functions);
}

static void
has_no_rings_to_open (void)
{
  struct mdtrace_rings *consumer;

  standin_boot ("");
  mdtrace_start ();
  CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer),
		MDTRACE_ERR_NOT_BUILT);
  CHECK (consumer == NULL);
}

TAP_MAIN ({ refuses_what_is_not_there, "routines that were left out" },
	  { tells_the_rest, "what remains works" },
	  { has_no_rings_to_open, "rings that were left out" })
