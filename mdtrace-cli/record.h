/* mdtrace record: what its parts share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef RECORD_H
#define RECORD_H

#include "cli.h"
#include "database.h"
#include "mdt_record.h"
#include "probe_request.h"

/* Where it is recorded: a trace file, or a database.  */
struct record_output
{
  const char *path;	   /* that is spoken of */
  const char *name;	   /* where it is made */
  struct mdt_record *file; /* null: a database */
  struct database *database;
};

/* Whether PATH is that of a trace file, by its name.  */
bool record_is_file (const char *path);

/* Open what is to be at PATH and is made as NAME, which may be the same; a
   trace file must not be there yet.  False after an error, which is
   reported.  */
bool record_open (struct record_output *output,
		  const struct cli_options *options, const char *path,
		  const char *name);

/* What was stored since the last time is good.  Returns MDTRACE_OK, or after a
   failure MDTRACE_ERR_DATABASE.  */
int record_commit (struct record_output *output);

/* That is all, and it is complete.  Returns the same.  */
int record_finish (struct record_output *output);

/* Close it as it is; remove a trace file unless it is to be KEPT.  */
void record_close (struct record_output *output, bool kept);

/* Report ERROR of OUTPUT or TARGET.  Returns the exit status.  */
int record_report (const struct cli_options *options,
		   const struct record_output *output,
		   const struct mdtrace_target *target, int error);

/* What is recorded of a kernel that runs, and for how long.  */
struct record_wish
{
  struct cli_options *options;
  const char *output;
  struct probe_request *requests;
  unsigned count;
  unsigned long events;	  /* 0: as many as come */
  unsigned long duration; /* in seconds; 0: until interrupted */
};

/* What became of it.  */
struct record_result
{
  uint64_t events;
  uint64_t held;	   /* of them, that the rings held before */
  mdtrace_counts_t counts; /* of all probes, since then */
};

/* Record what is wished for.  Returns the exit status; what has failed is
   reported.  */
int record_live (const struct record_wish *wish, struct record_result *result);

#endif /* RECORD_H */
