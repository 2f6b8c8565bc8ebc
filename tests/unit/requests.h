/* Requests to the kernel part, put together by hand.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As mig/mdtrace.defs describes them: behind the header each argument, with
   a type of eight bytes before it, filled up to a multiple of eight.  */

#ifndef UNIT_REQUESTS_H
#define UNIT_REQUESTS_H

#include <mach/mig_errors.h>

#include "mdtrace_errors.h"
#include "mdtrace_ids.h"
#include "probes.h"

struct request
{
  mach_msg_header_t header;
  uint8_t body[MDTRACE_MESSAGE_BYTES_MAX];
};

static inline void
request_begin (struct request *request, int id)
{
  memset (request, 0, sizeof *request);
  request->header.msgh_bits
      = MACH_MSGH_BITS (MACH_MSG_TYPE_PORT_SEND, MACH_MSG_TYPE_PORT_SEND_ONCE);
  request->header.msgh_id = id;
  request->header.msgh_size = sizeof request->header;
}

/* Append COUNT elements of BYTES bytes at DATA as an argument of type
   NAME.  */
static inline void
request_add (struct request *request, unsigned name, unsigned bytes,
	     unsigned count, const void *data)
{
  mach_msg_type_t type = { .msgt_name = name,
			   .msgt_size = 8 * bytes,
			   .msgt_number = count,
			   .msgt_inline = TRUE };
  uint8_t *at = (uint8_t *) request + request->header.msgh_size;

  memcpy (at, &type, sizeof type);
  memcpy (at + sizeof type, data, bytes * count);
  request->header.msgh_size += sizeof type + ((bytes * count + 7) & ~7U);
}

static inline void
request_add_32 (struct request *request, uint32_t value)
{
  request_add (request, MACH_MSG_TYPE_INTEGER_32, 4, 1, &value);
}

static inline void
request_add_64 (struct request *request, uint64_t value)
{
  request_add (request, MACH_MSG_TYPE_INTEGER_64, 8, 1, &value);
}

static inline void
request_add_holder (struct request *request, const mdtrace_holder_t holder)
{
  request_add (request, MACH_MSG_TYPE_CHAR, 1, MDTRACE_HOLDER_BYTES, holder);
}

/* Append the BYTES bytes at DATA, as an argument of any length.  */
static inline void
request_add_bytes (struct request *request, const void *data, unsigned bytes)
{
  mach_msg_type_long_t type
      = { .msgtl_header = { .msgt_name = MACH_MSG_TYPE_BYTE,
			    .msgt_size = 8,
			    .msgt_number = bytes,
			    .msgt_inline = TRUE,
			    .msgt_longform = TRUE } };
  uint8_t *at = (uint8_t *) request + request->header.msgh_size;

  memcpy (at, &type, sizeof type);
  memcpy (at + sizeof type, data, bytes);
  request->header.msgh_size += sizeof type + ((bytes + 7) & ~7U);
}

static inline void
request_add_config (struct request *request,
		    const dynamic_probe_config_t *config)
{
  request_add (request, MACH_MSG_TYPE_INTEGER_64, 8, sizeof *config / 8,
	       config);
}

/* What the arguments of any request are made from.  */
struct arguments
{
  uint32_t number; /* of a probe, a function, a CPU, a counter; a lease */
  uint32_t cpu;
  uint32_t mode;
  uint32_t kind;     /* of a counter */
  uint32_t first;    /* of a list; or a sample, a window */
  uint64_t address;  /* of text */
  uint64_t position; /* or a size, a value, the number of a snapshot */
  mdtrace_holder_t holder;
  mdtrace_event_name_t event;
  mdtrace_fired_t fired;
  mdtrace_counter_name_t counter;
  mdtrace_counter_unit_t unit;
  dynamic_probe_config_t config;
  /* With that in it.  */
  mdtrace_probe_options_t options;
  mdtrace_instruction_t program[4];
  unsigned definition_bytes; /* 0: as many as there are */
};

static inline void
request_add_definition (struct request *request, const struct arguments *with)
{
  struct
  {
    mdtrace_probe_definition_t head;
    mdtrace_instruction_t program[4];
  } definition = { { with->config, with->options }, { { 0 } } };

  memcpy (definition.program, with->program, sizeof with->program);
  request_add_bytes (request, &definition,
		     with->definition_bytes > 0
			 ? with->definition_bytes
			 : sizeof definition.head
			       + with->options.instructions % 5
				     * sizeof definition.program[0]);
}

/* Make the request with ID, of those that mdtrace.defs has.  */
static inline void
request_make (struct request *request, int id, const struct arguments *with)
{
  request_begin (request, id);
  switch (id)
    {
    case MDTRACE_ID_PROBE_CREATE:
      request_add_config (request, &with->config);
      break;
    case MDTRACE_ID_PROBE_ENABLE:
    case MDTRACE_ID_PROBE_DISABLE:
    case MDTRACE_ID_PROBE_DESTROY:
    case MDTRACE_ID_PROBE_LIST:
    case MDTRACE_ID_PROBE_COUNTS:
    case MDTRACE_ID_FUNCTION_LIST:
    case MDTRACE_ID_PROBE_OPTIONS:
    case MDTRACE_ID_AGGREGATION_CLEAR:
    case MDTRACE_ID_SET_SHARE:
    case MDTRACE_ID_STATIC_LIST:
    case MDTRACE_ID_COUNTER_LIST:
    case MDTRACE_ID_COUNTER_DISABLE:
    case MDTRACE_ID_COUNTER_RESET:
    case MDTRACE_ID_COUNTER_DESTROY:
      request_add_32 (request, with->number);
      break;
    case MDTRACE_ID_PROBE_DEFINE:
      request_add_definition (request, with);
      break;
    case MDTRACE_ID_CUSTOM_FIRE:
      request_add (request, MACH_MSG_TYPE_CHAR, 1, MDTRACE_EVENT_BYTES,
		   with->event);
      request_add (request, MACH_MSG_TYPE_INTEGER_64, 8, MDTRACE_ARGUMENTS_MAX,
		   &with->fired);
      break;
    case MDTRACE_ID_PROBE_SITES:
    case MDTRACE_ID_AGGREGATION_READ:
    case MDTRACE_ID_COUNTER_READ:
      request_add_32 (request, with->number);
      request_add_32 (request, with->cpu);
      request_add_32 (request, with->first);
      break;
    case MDTRACE_ID_FUNCTION_SITES:
      request_add_64 (request, with->address);
      request_add_32 (request, with->first);
      break;
    case MDTRACE_ID_EXPLAIN:
      request_add_64 (request, with->address);
      break;
    case MDTRACE_ID_RING_STATUS:
    case MDTRACE_ID_RING_MAP:
      request_add_32 (request, with->cpu);
      break;
    case MDTRACE_ID_RING_CLAIM:
    case MDTRACE_ID_RING_RENEW:
      request_add_holder (request, with->holder);
      request_add_32 (request, with->number);
      break;
    case MDTRACE_ID_RING_RELEASE:
      request_add_holder (request, with->holder);
      break;
    case MDTRACE_ID_RING_READ:
      request_add_32 (request, with->cpu);
      request_add_64 (request, with->position);
      break;
    case MDTRACE_ID_RING_CONSUME:
      request_add_holder (request, with->holder);
      request_add_32 (request, with->cpu);
      request_add_64 (request, with->position);
      break;
    case MDTRACE_ID_RING_CONFIGURE:
      request_add_64 (request, with->position);
      request_add_32 (request, with->mode);
      break;
    case MDTRACE_ID_COUNTER_ENABLE:
    case MDTRACE_ID_GET_TREND:
      request_add_32 (request, with->number);
      request_add_32 (request, with->first);
      break;
    case MDTRACE_ID_COUNTER_CREATE:
      request_add (request, MACH_MSG_TYPE_CHAR, 1, MDTRACE_COUNTER_NAME_BYTES,
		   with->counter);
      request_add (request, MACH_MSG_TYPE_CHAR, 1, MDTRACE_COUNTER_UNIT_BYTES,
		   with->unit);
      request_add_32 (request, with->kind);
      break;
    case MDTRACE_ID_COUNTER_UPDATE:
      request_add (request, MACH_MSG_TYPE_CHAR, 1, MDTRACE_COUNTER_NAME_BYTES,
		   with->counter);
      request_add_64 (request, with->position);
      break;
    case MDTRACE_ID_HISTORY:
      request_add_64 (request, with->position);
      break;
    default:
      break;
    }
}

enum
{
  FIRST_ID = MDTRACE_ID_GET_VERSION,
  LAST_ID = MDTRACE_ID_GET_TREND
};

/* Whether any task may ask for ID.  */
static inline bool
is_for_any_task (int id)
{
  return id == MDTRACE_ID_CUSTOM_FIRE || id == MDTRACE_ID_COUNTER_UPDATE;
}

/* Where the first result, and where results that are ports begin in a
   reply.  */
enum
{
  REPLY_RESULT = sizeof (mig_reply_header_t) + sizeof (mach_msg_type_t),
  REPLY_PORT_BYTES = 16
};

/* The port that is the result with NUMBER, from 0, of REPLY, all of whose
   results are ports.  */
static inline struct ipc_port *
reply_port (const mig_reply_header_t *reply, unsigned number)
{
  struct ipc_port *port;

  memcpy (&port,
	  (const char *) reply + REPLY_RESULT + REPLY_PORT_BYTES * number,
	  sizeof port);
  return port;
}

/* Give back the ports of a REPLY to the request with ID.  */
static inline void
release_ports (const mig_reply_header_t *reply, int id)
{
  unsigned count = id == MDTRACE_ID_RING_MAP	  ? 3
		   : id == MDTRACE_ID_MAILBOX_MAP ? 1
						  : 0;

  if (reply->RetCode == KERN_SUCCESS)
    for (unsigned i = 0; i < count; i++)
      ipc_port_release_send (reply_port (reply, i));
}

#endif /* UNIT_REQUESTS_H */
