/* Events for clients that follow them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A stream is read from the database, where nothing is lost: a client that
   is slow falls behind, and catches up.  */

#ifndef MDTRACED_STREAM_H
#define MDTRACED_STREAM_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct stream_reader;

/* Open the database at PATH to read events.  Null if that fails.  */
struct stream_reader *stream_reader_open (const char *path);
void stream_reader_close (struct stream_reader *reader);

/* The number of the newest event, 0 if there is none.  */
bool stream_last (struct stream_reader *reader, sqlite3_int64 *number);

/* Put events that follow the one with number *AFTER into BUFFER, as
   struct frame_event, as many as there are and fit into *BYTES; *AFTER and
   *BYTES are set to what was put.  */
bool stream_read (struct stream_reader *reader, sqlite3_int64 *after,
		  uint8_t *buffer, uint32_t *bytes);

#endif /* MDTRACED_STREAM_H */
