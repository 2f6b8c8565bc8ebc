/* Events for clients that follow them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A stream is read from the database, where nothing is lost: a client that
   is slow falls behind, and catches up.  */

#ifndef MDTRACED_STREAM_H
#define MDTRACED_STREAM_H

#include <stdbool.h>
#include <stdint.h>

struct stream_reader;

/* A place in the events of one boot: behind that of AFTER_NS.  */
struct stream_place
{
  int64_t boot_id;
  int64_t after_ns;
};

/* Open the database at PATH to read events.  Null if that fails.  */
struct stream_reader *stream_reader_open (const char *path);
void stream_reader_close (struct stream_reader *reader);

/* Say that what comes now belongs to the boot with BOOT_ID in the database,
   which began at BOOT_TIME_NS of its own time.  */
void stream_set_boot (struct stream_reader *reader, int64_t boot_id,
		      uint64_t boot_time_ns);

/* Set *PLACE behind the newest event of that boot.  */
bool stream_begin (struct stream_reader *reader, struct stream_place *place);

/* Put events behind *PLACE into BUFFER, as struct frame_event, as many as
   there are and fit into *BYTES; *PLACE and *BYTES are set to what was put.
   Behind the last event of a boot come those of the present one.  */
bool stream_read (struct stream_reader *reader, struct stream_place *place,
		  uint8_t *buffer, uint32_t *bytes);

#endif /* MDTRACED_STREAM_H */
