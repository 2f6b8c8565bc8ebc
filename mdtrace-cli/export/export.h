/* Export: events, to where people look already.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Each format is an exporter, a function that reads the events of a source
   that are asked for, one by one, and puts text.  What it keeps is bounded by
   the probes, sites, threads and stacks that there are, and never grows with
   the events.  */

#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include "losses.h"
#include "output.h"
#include "place.h"
#include "source.h"

struct msgids;

enum
{
  EXPORT_MESSAGE_BYTES = 1536
};

struct export_options
{
  int64_t from_ns, to_ns; /* inclusive */
  bool is_partial;
  /* Only events of probes of which this glob pattern matches
     provider:module:function:name, as events have it, the function alone, or
     the label; null: all.  */
  const char *probe;
  const struct msgids *msgids; /* names of messages; null: there are none */
  /* Called now and then with what share of the events is done, from 0 to 1. */
  void (*progress) (void *closure, double share);
  void *closure;
};

/* An export under way.  */
struct export
{
  struct source *source;
  const struct export_options *options;
  struct places *places;
  struct losses *losses; /* within the times that are asked for */
  struct output output;
  uint64_t events; /* that were exported */
  uint64_t read;   /* and that were read */
  int error;       /* whose words come before the message */
  char message[EXPORT_MESSAGE_BYTES];
};

/* Begin to export SOURCE by OPTIONS to FILE.  On failure leaves a sentence in
   MESSAGE, an empty one if there are no such probes; export_end is to be
   called in any case.  */
bool export_begin (struct export *export, struct source *source,
		   const struct export_options *options, int file);
/* Write what is left.  Returns false if anything could not be written, and
   then leaves a sentence in MESSAGE.  */
bool export_flush (struct export *export);
void export_end (struct export *export);

/* Leave a sentence by printf's rules in MESSAGE.  Returns false.  */
bool export_fail (struct export *export, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));

/* Give CLOSURE and each event that is asked for, with its place, to PUT, which
   returns false if it has failed and left a sentence in MESSAGE.  Returns
   false if that or reading or writing has failed.  */
bool export_each (struct export *export,
		  bool put (void *closure, struct place *place,
			    const struct source_event *event),
		  void *closure);

/* What the message is called that EVENT, of PLACE, has the id of; null: it is
   not known, or there is none.  */
const char *export_message_name (const struct export *export,
				 const struct place *place,
				 const struct source_event *event);

/* Prepare TEXT, an SQL query; null on failure.  Its parameters ?1 and ?2, if
   it has them, are bound to the times that are asked for.  */
sqlite3_stmt *export_prepare (struct export *export, const char *text);
/* Whether STATEMENT has another row; *FAILED tells that SQLite has failed.  */
bool export_step (struct export *export, sqlite3_stmt *statement,
		  bool *failed);

/* The exporters.  On failure they return false and leave a sentence in
   MESSAGE.  */
bool export_csv (struct export *export);
bool export_losses (struct export *export);
bool export_mdt (struct export *export);
bool export_ndjson (struct export *export);
bool export_chrome (struct export *export);
bool export_folded (struct export *export);
bool export_openmetrics (struct export *export);

#endif /* EXPORT_EXPORT_H */
