/* The relay at a serial line.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What comes by the line is made a stream of bytes by the link, which
   libmdtrace/link.h describes, and in that stream are frames, as in
   libmdtrace/frame.h: requests, each of which gets its answer before the next
   one is looked at.

   Nothing that comes in is trusted.  Whatever it is, this task goes on.  */

#include <device/device_types.h>
#include <device/tty_status.h>
#include <mach/mig_errors.h>
#include <mach/time_value.h>

#include "bare.h"
#include "device_request_user.h"
#include "device_user.h"
#include "frame.h"
#include "link.h"
#include "mach_host_user.h"
#include "mdtrace_errors.h"
#include "request.h"
#include "serve.h"

enum
{
  /* Of a line that does not work now.  */
  RETRY_MS = 200,
  /* The clock may be set; and nothing is waited for for longer.  */
  TIME_STEP_MS_MAX = 5000
};

/* What answers a request to read, as MIG lays it out.  */
struct read_reply
{
  mig_reply_header_t header;
  mach_msg_type_t type;
  char data[IO_INBAND_MAX];
};

static struct line
{
  const char *name;
  mach_port_t host, device;
  mach_port_t reply_port; /* for what is read */
  bool is_reading;	  /* a request to read is on its way */
  bool complained;
  uint64_t now_ms;
  uint64_t clock_ms; /* as read last */

  struct link link;
  unsigned sessions; /* of the link, as seen last */
  struct frame_reader reader;
  union message message;
  /* The answer on its way out, header and payload.  */
  uint8_t answer[FRAME_HEADER_BYTES + MDTRACE_MESSAGE_BYTES_MAX];
  size_t answer_begin, answer_end;
} line;

/* Let time advance, whatever becomes of the kernel's clock.  */
static void
look_at_clock (void)
{
  time_value_t time;

  if (host_get_time (mach_host_self (), &time) != KERN_SUCCESS)
    return;
  uint64_t clock_ms
      = (uint64_t) time.seconds * 1000 + (uint32_t) time.microseconds / 1000;
  uint64_t step_ms = clock_ms - line.clock_ms;
  line.now_ms += step_ms < TIME_STEP_MS_MAX ? step_ms : TIME_STEP_MS_MAX;
  line.clock_ms = clock_ms;
}

static void
complain (const char *what, int error)
{
  if (!line.complained)
    bare_print ("mdtrace relay %s: %s: error %d\n", line.name, what, error);
  line.complained = true;
}

static void
open_line (mach_port_t devices)
{
  struct tty_status status;
  mach_msg_type_number_t count = TTY_STATUS_COUNT;
  int error = device_open (devices, D_READ | D_WRITE, (char *) line.name,
			   &line.device);

  if (error == D_SUCCESS)
    error
	= device_get_status (line.device, TTY_STATUS, (int *) &status, &count);
  if (error == D_SUCCESS)
    {
      /* Eight bits both ways, nothing translated and nothing echoed.  */
      status.tt_ispeed = status.tt_ospeed = B115200;
      status.tt_flags = TF_LITOUT | TF_ODDP | TF_EVENP;
      error = device_set_status (line.device, TTY_STATUS, (int *) &status,
				 TTY_STATUS_COUNT);
    }
  if (error != D_SUCCESS)
    {
      complain ("cannot be opened", error);
      bare_exit ();
    }
}

/* Wait until something comes in, or it is DEADLINE_MS.  */
static void
read_line (uint64_t deadline_ms)
{
  union
  {
    mach_msg_header_t header;
    struct read_reply reply;
    uint8_t bytes[1024];
  } buffer;
  const struct read_reply *reply = &buffer.reply;
  uint64_t wait_ms = deadline_ms > line.now_ms ? deadline_ms - line.now_ms : 0;
  mach_msg_option_t option = MACH_RCV_MSG;

  if (!line.is_reading)
    {
      int error = device_read_request_inband (line.device, line.reply_port, 0,
					      0, IO_INBAND_MAX);
      if (error != KERN_SUCCESS)
	{
	  complain ("read", error);
	  bare_sleep (RETRY_MS);
	  return;
	}
      line.is_reading = true;
    }
  if (deadline_ms != LINK_NEVER)
    option |= MACH_RCV_TIMEOUT;
  int error
      = mach_msg (&buffer.header, option, 0, sizeof buffer, line.reply_port,
		  deadline_ms != LINK_NEVER ? wait_ms : 0, MACH_PORT_NULL);
  look_at_clock ();
  if (error != MACH_MSG_SUCCESS)
    return;
  line.is_reading = false;
  unsigned bytes = reply->type.msgt_number;
  if (buffer.header.msgh_size < sizeof reply->header
      || reply->header.RetCode != D_SUCCESS
      || buffer.header.msgh_size < offsetof (struct read_reply, data)
      || bytes > sizeof reply->data
      || buffer.header.msgh_size < offsetof (struct read_reply, data) + bytes)
    {
      complain ("read", reply->header.RetCode);
      bare_sleep (RETRY_MS);
      return;
    }
  link_input (&line.link, reply->data, bytes, line.now_ms);
}

/* Let the link send what it has now.  The terminal driver takes it as fast as
   it can.  */
static void
write_line (void)
{
  char bytes[IO_INBAND_MAX];
  int written;
  size_t count = link_output (&line.link, bytes, sizeof bytes, line.now_ms);

  for (size_t at = 0; at < count; at += written)
    {
      int error = device_write_inband (line.device, 0, 0, bytes + at,
				       count - at, &written);
      if (error != D_SUCCESS || written <= 0)
	{
	  /* It is lost, as bytes on a line may be.  */
	  complain ("write", error);
	  bare_sleep (RETRY_MS);
	  return;
	}
    }
}

/* Get ready to answer the request with SEQUENCE.  */
static void
put_answer (enum frame_type type, uint32_t sequence, const void *payload,
	    uint32_t bytes)
{
  struct frame frame = { type, sequence, bytes, payload };

  frame_make_header (&frame, line.answer);
  memcpy (line.answer + FRAME_HEADER_BYTES, payload, bytes);
  line.answer_begin = 0;
  line.answer_end = FRAME_HEADER_BYTES + bytes;
}

static void
put_error (uint32_t sequence, int32_t error)
{
  struct frame_error answer = { .error = error };

  put_answer (FRAME_ERROR, sequence, &answer, sizeof answer);
}

static void
serve_frame (const struct frame *frame)
{
  if (frame->type != FRAME_REQUEST || frame->bytes > sizeof line.message)
    {
      put_error (frame->sequence, MDTRACE_ERR_BAD_FRAME);
      return;
    }
  memcpy (line.message.bytes, frame->payload, frame->bytes);
  uint32_t error = request_perform (line.host, &line.message, frame->bytes);
  if (error != MDTRACE_OK)
    put_error (frame->sequence, error);
  else
    put_answer (FRAME_REPLY, frame->sequence, line.message.bytes,
		line.message.header.msgh_size);
}

/* Move what has come from the link to the frames.  False if there is
   nothing.  */
static bool
feed_reader (void)
{
  size_t room;
  uint8_t *place = frame_reader_room (&line.reader, &room);

  if (place == NULL)
    return false;
  size_t count = link_receive (&line.link, place, room);
  frame_reader_feed (&line.reader, count);
  return count > 0;
}

/* Send the answer there is, and serve what has come, as far as that is
   possible now.  */
static void
serve_requests (void)
{
  struct frame frame;

  if (line.link.sessions != line.sessions)
    {
      /* Another host: what the last one wanted concerns nobody.  */
      line.sessions = line.link.sessions;
      frame_reader_forget (&line.reader);
      line.answer_begin = line.answer_end = 0;
    }
  for (;;)
    {
      line.answer_begin
	  += link_send (&line.link, line.answer + line.answer_begin,
			line.answer_end - line.answer_begin);
      if (line.answer_begin != line.answer_end)
	return;
      switch (frame_reader_next (&line.reader, &frame))
	{
	case FRAME_GOOD:
	  serve_frame (&frame);
	  break;
	case FRAME_BROKEN:
	  put_error (0, MDTRACE_ERR_BAD_FRAME);
	  break;
	case FRAME_NONE:
	  if (!feed_reader ())
	    return;
	}
    }
}

void
serve_serial (mach_port_t host, mach_port_t devices, const char *device)
{
  line.host = host;
  line.name = device;
  line.reply_port = mach_reply_port ();
  open_line (devices);
  frame_reader_initialize (&line.reader);
  link_initialize (&line.link, LINK_RELAY, sizeof (uintptr_t));
  look_at_clock ();
  bare_print ("mdtrace relay %s: ready\n", device);
  for (;;)
    {
      serve_requests ();
      write_line ();
      read_line (link_deadline (&line.link));
    }
}
