/* Answers of a kernel that make no sense.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What comes back is the kernel part's own reply with one thing changed that
   MIG's stub cannot know of.  */

#include "requests.h"

/* In every reply to request ID that is long enough, COUNT bytes at AT become
   BYTES.  */
static struct
{
  int id;
  size_t at, count;
  uint8_t bytes[512];
  unsigned changed; /* so many replies */
} change;

static void
change_reply (void *message, size_t *bytes)
{
  const mach_msg_header_t *header = message;

  if (header->msgh_id != change.id + 100 || change.at + change.count > *bytes)
    return;
  memcpy ((uint8_t *) message + change.at, change.bytes, change.count);
  change.changed++;
}

static void
set_change (int id, size_t at, const void *bytes, size_t count)
{
  change.id = id;
  change.at = at;
  change.count = count;
  change.changed = 0;
  memcpy (change.bytes, bytes, count);
  loopback_on_reply = change_reply;
}

static void
set_change_32 (int id, size_t at, uint32_t value)
{
  set_change (id, at, &value, sizeof value);
}

/* With probes 1 to 3.  */
static void
boot (void)
{
  probes_boot ();
  for (int i = 0; i < 3; i++)
    probe_create ("alpha", false);
}

static void
checks_the_status (void)
{
  static const struct
  {
    size_t at;
    uint32_t value;
    int error;
  } cases[] = {
    { offsetof (mdtrace_status_t, cpus), 64, MDTRACE_OK },
    { offsetof (mdtrace_status_t, cpus), 65, MDTRACE_ERR_PROTOCOL },
    { offsetof (mdtrace_status_t, cpus), UINT32_MAX, MDTRACE_ERR_PROTOCOL },
    { offsetof (mdtrace_status_t, word_bytes), 4, MDTRACE_OK },
    { offsetof (mdtrace_status_t, word_bytes), 0, MDTRACE_ERR_PROTOCOL },
    { offsetof (mdtrace_status_t, word_bytes), 5, MDTRACE_ERR_PROTOCOL },
  };
  mdtrace_status_t status;

  boot ();
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      set_change_32 (MDTRACE_ID_GET_STATUS, REPLY_RESULT + cases[i].at,
		     cases[i].value);
      CHECK_NUMBER (mdtrace_get_status (loopback, &status), cases[i].error);
      CHECK_NUMBER (change.changed, 1);
    }
}

/* Expect of the TEXT of BYTES bytes, all of which came as 'x', that it
   ends.  */
static void
check_ended (const char *text, size_t bytes)
{
  for (size_t i = 0; i < bytes - 1; i++)
    CHECK_NUMBER (text[i], 'x');
  CHECK_NUMBER (text[bytes - 1], '\0');
}

#define CHECK_ENDED(text) check_ended (text, sizeof (text))

static void
ends_texts (void)
{
  mdtrace_status_t status;
  mdtrace_probe_info_t *probes;
  size_t count;
  uint8_t x[512];

  boot ();
  memset (x, 'x', sizeof x);
  set_change (MDTRACE_ID_GET_STATUS,
	      REPLY_RESULT + offsetof (mdtrace_status_t, mdtrace_version), x,
	      2 * MDTRACE_VERSION_BYTES + MDTRACE_HOLDER_BYTES);
  CHECK_NUMBER (mdtrace_get_status (loopback, &status), MDTRACE_OK);
  CHECK_NUMBER (change.changed, 1);
  CHECK_ENDED (status.mdtrace_version);
  CHECK_ENDED (status.kernel_version);
  CHECK_ENDED (status.holder);

  set_change (MDTRACE_ID_PROBE_LIST,
	      REPLY_RESULT + offsetof (mdtrace_probe_info_t, provider), x,
	      sizeof *probes - offsetof (mdtrace_probe_info_t, provider));
  CHECK_NUMBER (mdtrace_probe_list (loopback, 0, &probes, &count), MDTRACE_OK);
  CHECK_NUMBER (change.changed, 1);
  CHECK_NUMBER (count, 3);
  CHECK_ENDED (probes[0].provider);
  CHECK_ENDED (probes[0].event);
  CHECK_ENDED (probes[0].module);
  CHECK_ENDED (probes[0].function);
  CHECK_ENDED (probes[0].label);
  CHECK_TEXT (probes[1].function, "alpha");
  free (probes);
}

/* A list that would never end.  */
static void
expects_growing_numbers (void)
{
  mdtrace_probe_info_t *probes;
  size_t count;
  const size_t second = REPLY_RESULT + sizeof *probes;

  boot ();
  for (uint32_t id = 0; id <= 1; id++)
    {
      set_change_32 (MDTRACE_ID_PROBE_LIST, second, id);
      CHECK_NUMBER (mdtrace_probe_list (loopback, 0, &probes, &count),
		    MDTRACE_ERR_PROTOCOL);
      CHECK_NUMBER (change.changed, 1);
    }
  set_change_32 (MDTRACE_ID_PROBE_LIST, REPLY_RESULT, 1);
  CHECK_NUMBER (mdtrace_probe_list (loopback, 2, &probes, &count),
		MDTRACE_ERR_PROTOCOL);
  /* There is no number beyond the last.  */
  set_change_32 (MDTRACE_ID_PROBE_LIST, second + sizeof *probes, UINT32_MAX);
  CHECK_NUMBER (mdtrace_probe_list (loopback, 0, &probes, &count), MDTRACE_OK);
  CHECK_NUMBER (count, 3);
  CHECK_NUMBER (change.changed, 1);
  free (probes);
}

enum
{
  /* Where mdtrace_function_list's entries are in its reply.  */
  REPLY_ENTRIES = REPLY_RESULT + 8 + sizeof (mach_msg_type_t)
};

static int
list_functions (void)
{
  struct mdtrace_function *functions = NULL;
  size_t count;
  int error = mdtrace_function_list (loopback, &functions, &count);

  CHECK (change.changed >= 1);
  free (error == MDTRACE_OK ? functions : NULL);
  return error;
}

static void
expects_functions_to_go_on (void)
{
  boot ();
  /* It would begin with the same again, for ever.  */
  set_change_32 (MDTRACE_ID_FUNCTION_LIST, REPLY_RESULT, 1);
  CHECK_NUMBER (list_functions (), MDTRACE_ERR_PROTOCOL);
  CHECK_NUMBER (change.changed, 2);
}

static void
checks_the_entries_of_functions (void)
{
  static const uint16_t bad[] = { 0, 8, 16, 7168, 8191, UINT16_MAX };
  const size_t at
      = REPLY_ENTRIES + offsetof (struct mdtrace_function_entry, entry_bytes);

  boot ();
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    {
      set_change (MDTRACE_ID_FUNCTION_LIST, at, &bad[i], sizeof bad[i]);
      CHECK_NUMBER (list_functions (), MDTRACE_ERR_PROTOCOL);
      CHECK_NUMBER (change.changed, 1);
    }
}

/* Make one entry with a long name of all that is in a page.  */
static void
make_one_entry (void *message, size_t *bytes)
{
  const mach_msg_header_t *header = message;
  uint8_t *at = (uint8_t *) message + REPLY_ENTRIES;
  struct mdtrace_function_entry entry
      = { .address = 5, .entry_bytes = *bytes - REPLY_ENTRIES };

  if (header->msgh_id != MDTRACE_ID_FUNCTION_LIST + 100)
    return;
  memset (at, 'x', entry.entry_bytes);
  memcpy (at, &entry, sizeof entry);
}

static void
ends_names_of_functions (void)
{
  struct mdtrace_function *functions;
  size_t count;

  boot ();
  loopback_on_reply = make_one_entry;
  CHECK_NUMBER (mdtrace_function_list (loopback, &functions, &count),
		MDTRACE_OK);
  CHECK (count > 1);
  for (size_t i = 0; i < count; i++)
    {
      CHECK_NUMBER (functions[i].address, 5);
      CHECK_ENDED (functions[i].name);
    }
  free (functions);
}

static int
list_sites (uint32_t id)
{
  struct mdtrace_site *sites = NULL;
  size_t count;
  int error
      = mdtrace_probe_sites (loopback, id, MDTRACE_CPU_ALL, &sites, &count);

  CHECK (change.changed >= 1);
  free (error == MDTRACE_OK ? sites : NULL);
  return error;
}

static void
checks_the_entries_of_sites (void)
{
  static const uint16_t bad[] = { 0, 8, 71, 7168, 8191, UINT16_MAX };
  const size_t at
      = REPLY_ENTRIES + offsetof (struct mdtrace_site_entry, entry_bytes);

  boot ();
  uint32_t id = probe_create_of ("*", MDTRACE_KIND_BIT (MDTRACE_PROBE_ENTRY));
  /* It would begin with the same again, for ever.  */
  set_change_32 (MDTRACE_ID_PROBE_SITES, REPLY_RESULT, 1);
  CHECK_NUMBER (list_sites (id), MDTRACE_ERR_PROTOCOL);
  CHECK_NUMBER (change.changed, 2);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    {
      set_change (MDTRACE_ID_PROBE_SITES, at, &bad[i], sizeof bad[i]);
      CHECK_NUMBER (list_sites (id), MDTRACE_ERR_PROTOCOL);
      CHECK_NUMBER (change.changed, 1);
    }
}

static int
list_statics (void)
{
  struct mdtrace_static *probes = NULL;
  size_t count;
  int error = mdtrace_static_list (loopback, &probes, &count);

  CHECK (change.changed >= 1);
  free (error == MDTRACE_OK ? probes : NULL);
  return error;
}

static void
checks_the_entries_of_statics (void)
{
  static const uint32_t bad[] = { 0, 8, 16, 7168, 8191, UINT32_MAX };
  const size_t at
      = REPLY_ENTRIES + offsetof (struct mdtrace_static_entry, entry_bytes);
  uint8_t x[256];

  boot ();
  /* It would begin with the same again, for ever.  */
  set_change_32 (MDTRACE_ID_STATIC_LIST, REPLY_RESULT, 1);
  CHECK_NUMBER (list_statics (), MDTRACE_ERR_PROTOCOL);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    {
      set_change_32 (MDTRACE_ID_STATIC_LIST, at, bad[i]);
      CHECK_NUMBER (list_statics (), MDTRACE_ERR_PROTOCOL);
      CHECK_NUMBER (change.changed, 1);
    }
  /* Texts that never end.  */
  memset (x, 'x', sizeof x);
  set_change (MDTRACE_ID_STATIC_LIST,
	      REPLY_ENTRIES + sizeof (struct mdtrace_static_entry), x, 64);
  CHECK_NUMBER (list_statics (), MDTRACE_ERR_PROTOCOL);
}

static void
forwards_nothing_that_is_no_message (void)
{
  static uint8_t message[MDTRACE_MESSAGE_BYTES_MAX + 1];
  uint8_t reply[MDTRACE_MESSAGE_BYTES_MAX];
  size_t bytes = sizeof reply;

  boot ();
  loopback_rpcs = 0;
  CHECK_NUMBER (mdtrace_forward (loopback, message, 0, reply, &bytes),
		MDTRACE_ERR_BAD_ARGUMENT);
  CHECK_NUMBER (mdtrace_forward (loopback, message,
				 sizeof (mach_msg_header_t) - 1, reply,
				 &bytes),
		MDTRACE_ERR_BAD_ARGUMENT);
  CHECK_NUMBER (
      mdtrace_forward (loopback, message, sizeof message, reply, &bytes),
      MDTRACE_ERR_BAD_ARGUMENT);
  CHECK_NUMBER (loopback_rpcs, 0);
}

static void
forwards_replies_that_fit (void)
{
  struct arguments arguments = { 0 };
  struct request request;
  uint8_t reply[MDTRACE_MESSAGE_BYTES_MAX];
  size_t bytes = 383;

  boot ();
  request_make (&request, MDTRACE_ID_GET_STATUS, &arguments);
  memset (reply, 0xa5, sizeof reply);
  CHECK_NUMBER (mdtrace_forward (loopback, &request, request.header.msgh_size,
				 reply, &bytes),
		MDTRACE_ERR_PROTOCOL);
  for (size_t i = 0; i < sizeof reply; i++)
    CHECK_NUMBER (reply[i], 0xa5);
  bytes = 384;
  CHECK_NUMBER (mdtrace_forward (loopback, &request, request.header.msgh_size,
				 reply, &bytes),
		MDTRACE_OK);
  CHECK_NUMBER (bytes, REPLY_RESULT + sizeof (mdtrace_status_t));
  CHECK_NUMBER (reply[384], 0xa5);
  const mig_reply_header_t *header = (const mig_reply_header_t *) reply;
  CHECK_NUMBER (header->Head.msgh_id, MDTRACE_ID_GET_STATUS + 100);
  CHECK_NUMBER (header->RetCode, KERN_SUCCESS);
}

TAP_MAIN ({ checks_the_status, "a status that no kernel has" },
	  { ends_texts, "texts that do not end" },
	  { expects_growing_numbers, "a list of probes without end" },
	  { expects_functions_to_go_on, "a list of functions without end" },
	  { checks_the_entries_of_functions,
	    "functions of a length that they cannot have" },
	  { ends_names_of_functions, "names of functions that do not end" },
	  { checks_the_entries_of_sites,
	    "sites without end, and of a length that they cannot have" },
	  { checks_the_entries_of_statics, "entries of static probes" },
	  { forwards_nothing_that_is_no_message,
	    "a message to forward that is none" },
	  { forwards_replies_that_fit, "a reply that does not fit" })
