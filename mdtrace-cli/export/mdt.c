/* Export: trace files, for those who have mdtrace.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <string.h>

#include "export.h"
#include "mdt_source.h"

/* Leave in MESSAGE what has gone wrong with WRITER.  */
static bool
fail (struct export *export, const struct mdt_writer *writer)
{
  export->output.error = mdt_write_error (writer);
  return export_fail (export, "%s", mdt_problem (writer));
}

/* What an exporter writes with.  */
struct mdt_export
{
  struct export *export;
  struct mdt_writer *writer;
};

static bool
put_event (void *closure, struct place *place,
	   const struct source_event *event)
{
  struct mdt_export *mdt = closure;

  (void) place;
  return (mdt_put_source_event (mdt->writer, event)
	  && (!mdt_is_full (mdt->writer) || mdt_flush (mdt->writer)))
	 || fail (mdt->export, mdt->writer);
}

static bool
write_trace (struct export *export, struct mdt_writer *writer)
{
  sqlite3 *connection = source_connection (export->source);
  struct mdt_export mdt = { export, writer };
  struct mdt_end losses;

  if (!mdt_write_tables (writer, connection, export->message,
			 sizeof export->message))
    return export->message[0] == '\0' && fail (export, writer);
  if (!mdt_count_losses (connection, &losses))
    return export_fail (export, "%s", sqlite3_errmsg (connection));
  if (!mdt_flush (writer))
    return fail (export, writer);
  return export_each (export, put_event, &mdt)
	 && (mdt_finish (writer, &losses) || fail (export, writer));
}

/* All tables, and the events that are asked for.  */
bool
export_mdt (struct export *export)
{
  struct mdt_writer *writer = mdt_begin (export->output.file);

  if (writer == NULL)
    {
      export->output.error = errno;
      return export_fail (export, "%s", strerror (errno));
    }
  bool good = write_trace (export, writer);
  mdt_abandon (writer);
  return good;
}
