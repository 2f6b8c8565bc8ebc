/* Trace files, block by block.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef MDTRACED_MDT_READ_H
#define MDTRACED_MDT_READ_H

#include "mdt.h"

/* A file that is read.  Of one that grows only what it had when it was
   opened.  */
struct mdt_reader
{
  int file;
  uint64_t bytes;
  uint32_t database_version;
  uint64_t at;	   /* where the next block begins */
  uint64_t number; /* of blocks before it */
  uint8_t *payload;
  size_t allocated;
  char problem[256]; /* a sentence; where it is, is not in it */
};

/* A block and where it is.  */
struct mdt_place
{
  struct mdt_block block;
  uint64_t offset; /* of the block */
  uint64_t number; /* of it, from 1 on */
};

enum mdt_found
{
  MDT_FOUND,
  MDT_NOTHING, /* the file ends here */
  MDT_CUT,     /* it ends within a block */
  MDT_DAMAGED,
  MDT_FAILED /* it could not be read, or is of another version */
};

/* Whether the file at PATH begins like a trace file, if need be one whose
   beginning is damaged.  False too if it cannot be read.  */
bool mdt_is_trace_file (const char *path);

/* Open the file at PATH.  READER is to be closed in any case.  */
enum mdt_found mdt_open (struct mdt_reader *reader, const char *path);
void mdt_close (struct mdt_reader *reader);

/* Look at the next block.  Unless there is one, all that is left of the file
   is of no use.  */
enum mdt_found mdt_next (struct mdt_reader *reader, struct mdt_place *place);

/* Read the payload of the block at PLACE, and check it.  CURSOR is good until
   the next one is read, and can be given to mdt_get_event.  */
enum mdt_found mdt_load (struct mdt_reader *reader,
			 const struct mdt_place *place,
			 struct mdt_cursor *cursor);

#endif /* MDTRACED_MDT_READ_H */
