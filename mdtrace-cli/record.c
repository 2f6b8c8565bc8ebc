/* mdtrace record: store what a machine that has ended left in its rings.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The database is one that mdtraced could have written.  If it is the one
   that a daemon did write before the machine ended, this goes on where the
   daemon stopped, so that no event is in it twice.  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "database.h"

enum
{
  OPTION_FROM_RAM = 256
};

static const struct argp_option argp_options[]
    = { { "from-ram", OPTION_FROM_RAM, "DIR", 0,
	  "The directory of the virtual machine whose guest has stopped or "
	  "died",
	  0 },
	{ "output", 'o', "FILE", 0,
	  "The database to store in; made if it is not there", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 } };

struct arguments
{
  struct cli_options *options;
  const char *directory;
  const char *output;
};

static error_t
parse_option (int key, char *argument, struct argp_state *state)
{
  struct arguments *arguments = state->input;

  switch (key)
    {
    case OPTION_FROM_RAM:
      arguments->directory = argument;
      return 0;
    case 'o':
      arguments->output = argument;
      return 0;
    case ARGP_KEY_END:
      if (arguments->directory == NULL || arguments->output == NULL)
	argp_error (state,
		    "of what, and where to? For example: mdtrace record "
		    "--from-ram DIR --output FILE");
      if (arguments->options->target != NULL)
	argp_error (state, "--from-ram says already what is read, so that "
			   "--target cannot");
      return 0;
    default:
      return cli_parse_rest (key, argument, state, arguments->options);
    }
}

/* A recording under way.  */
struct recording
{
  const struct arguments *arguments;
  struct mdtrace_target *target;
  struct database *database;
  struct mdtrace_rings *rings;
  struct mdtrace_decoder *decoder;
  uint64_t events;
  mdtrace_counts_t counts; /* of all probes */
};

/* Report what has failed: the target with ERROR, or if that is MDTRACE_OK the
   database.  Returns the exit status.  */
static int
report (const struct recording *recording, int error)
{
  const struct cli_options *options = recording->arguments->options;

  if (error != MDTRACE_OK)
    return cli_report (options, mdtrace_target_url (recording->target), error,
		       mdtrace_detail (recording->target));
  return cli_report (options, recording->arguments->output,
		     MDTRACE_ERR_DATABASE,
		     database_error (recording->database));
}

static void
learn_name (void *closure, unsigned cpu, uint64_t task, const char *name)
{
  struct recording *recording = closure;

  mdtrace_decoder_set_name (recording->decoder, cpu, task, name);
}

/* Store PROBE, and its sites if it was not stored before.  *ERROR as for
   report.  */
static bool
store_probe (struct recording *recording, const mdtrace_probe_info_t *probe,
	     int *error)
{
  const struct mdtrace_site *sites = NULL;
  size_t count = 0;

  if (!database_has_probe (recording->database, probe->id))
    *error = mdtrace_decoder_sites (recording->decoder, probe->id, &sites,
				    &count);
  bool good = *error == MDTRACE_OK
	      && database_put_probe (recording->database, probe);
  for (size_t i = 0; i < count && good; i++)
    good = database_put_site (recording->database, probe->id, &sites[i]);
  return good;
}

/* Store which boot this is, and its probes.  *ERROR as for report.  */
static bool
store_boot (struct recording *recording, int *error)
{
  mdtrace_status_t status;
  mdtrace_clock_t clock;
  mdtrace_probe_info_t *probes;
  size_t count;
  bool is_new;

  *error = mdtrace_get_status (recording->target, &status);
  if (*error == MDTRACE_OK)
    *error = mdtrace_get_clock (recording->target, &clock);
  if (*error == MDTRACE_OK)
    *error = mdtrace_probe_list (recording->target, 1, &probes, &count);
  if (*error != MDTRACE_OK)
    return false;
  recording->counts = status.counts;
  mdtrace_time_update (mdtrace_decoder_time (recording->decoder), &clock);
  bool good
      = database_set_boot (recording->database, &status,
			   mdtrace_target_url (recording->target),
			   clock.time_ns - clock.uptime_ns, &is_new)
	&& database_for_tasks (recording->database, learn_name, recording);
  for (size_t i = 0; i < count && good && *error == MDTRACE_OK; i++)
    good = store_probe (recording, &probes[i], error);
  free (probes);
  return good && *error == MDTRACE_OK;
}

/* Go on where the database says that the ring of CPU was stored up to, if it
   does and the ring has that position, and learn the names of tasks in it.
   *ERROR as for report.  */
static bool
resume (struct recording *recording, unsigned cpu, int *error)
{
  uint64_t generation, position, stored_generation, stored_position;
  bool found;

  mdtrace_rings_position (recording->rings, cpu, &generation, &position);
  if (!database_get_ring (recording->database, cpu, &stored_generation,
			  &stored_position, &found))
    return false;
  if (found && stored_generation == generation)
    mdtrace_rings_seek (recording->rings, cpu, stored_position);
  *error = mdtrace_decoder_learn_names (recording->decoder, recording->rings,
					cpu);
  return *error == MDTRACE_OK;
}

/* Store the site of EVENT if that is all that is known of its probe's sites,
   since the probe was destroyed.  *ERROR as for report.  */
static bool
store_site (struct recording *recording, const struct mdtrace_event *event,
	    int *error)
{
  const struct mdtrace_site *sites;
  size_t count;

  *error = mdtrace_decoder_sites (recording->decoder, event->probe_id, &sites,
				  &count);
  if (*error != MDTRACE_OK)
    return false;
  if (count > 0 || event->kind == 0 || event->address == 0)
    return true;
  struct mdtrace_site site = {
    .address = event->address,
    .function_address = event->address - event->offset,
    .kind = event->kind,
  };
  memcpy (site.function, event->function, sizeof site.function);
  return database_put_site (recording->database, event->probe_id, &site);
}

/* Store EVENT, and before it its probe if that was forgotten.  *ERROR as for
   report.  */
static bool
store_event (struct recording *recording, const struct mdtrace_event *event,
	     int *error)
{
  mdtrace_probe_info_t unknown
      = { .id = event->probe_id, .state = MDTRACE_STATE_DESTROYED };

  recording->events++;
  return (database_put_event (recording->database, event)
	  || (database_put_probe (recording->database, &unknown)
	      && database_put_event (recording->database, event)))
	 && store_site (recording, event, error);
}

/* Store the name of a task, if the record that was decoded last is one.  */
static bool
store_name (struct recording *recording, unsigned cpu)
{
  const char *name;
  uint64_t task = mdtrace_decoder_last_name (recording->decoder, &name);

  return task == 0 || database_put_task (recording->database, cpu, task, name);
}

/* Store what the rings hold, in the order of time.  *ERROR as for report.  */
static bool
store_rings (struct recording *recording, int *error)
{
  /* Nothing is still to come: the time does not matter.  */
  *error = mdtrace_rings_look (recording->rings, 0);
  while (*error == MDTRACE_OK)
    {
      const uint64_t *record;
      unsigned cpu, words;
      struct mdtrace_event event;
      bool is_event;
      *error = mdtrace_rings_next_by_time (recording->rings, &cpu, &record,
					   &words);
      if (*error == MDTRACE_OK && record == NULL)
	break;
      if (*error == MDTRACE_OK)
	*error = mdtrace_decode (recording->decoder, cpu, record, words,
				 &event, &is_event);
      if (*error == MDTRACE_OK
	  && !(is_event ? store_event (recording, &event, error)
			: store_name (recording, cpu)))
	return false;
    }
  return *error == MDTRACE_OK;
}

/* Store up to where the ring of CPU was read.  */
static bool
store_position (struct recording *recording, unsigned cpu)
{
  uint64_t generation, position;

  mdtrace_rings_position (recording->rings, cpu, &generation, &position);
  return database_put_ring (recording->database, cpu, generation, position);
}

/* Store everything, in one transaction.  */
static bool
store (struct recording *recording, int *error)
{
  *error = mdtrace_rings_open (recording->target, "mdtrace record",
			       &recording->rings);
  if (*error == MDTRACE_OK)
    {
      recording->decoder = mdtrace_decoder_new (recording->target);
      *error = recording->decoder == NULL ? MDTRACE_ERR_SYSTEM : MDTRACE_OK;
    }
  if (*error != MDTRACE_OK)
    return false;
  if (!database_begin (recording->database) || !store_boot (recording, error))
    return false;
  unsigned cpus = mdtrace_rings_cpus (recording->rings);
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    if (!resume (recording, cpu, error))
      return false;
  if (!store_rings (recording, error))
    return false;
  for (unsigned cpu = 0; cpu < cpus; cpu++)
    if (!store_position (recording, cpu))
      return false;
  return database_commit (recording->database);
}

static void
summarize (const struct recording *recording)
{
  uint64_t lost = recording->counts.dropped + recording->counts.throttled
		  + recording->counts.missed;

  if (recording->arguments->options->json)
    cli_print_json (json_pack (
	"{s:s, s:I, s:I, s:I}", "database", recording->arguments->output,
	"events", (json_int_t) recording->events, "hits",
	(json_int_t) recording->counts.hits, "lost", (json_int_t) lost));
  else
    printf ("%" PRIu64 " events in %s; of %" PRIu64 " hits %" PRIu64
	    " were lost\n",
	    recording->events, recording->arguments->output,
	    recording->counts.hits, lost);
}

int
cli_record (int argc, char **argv, struct cli_options *options)
{
  struct arguments arguments = { .options = options };
  struct recording recording = { .arguments = &arguments };
  const struct argp argp
      = { .options = argp_options,
	  .parser = parse_option,
	  .children = cli_children,
	  .doc = "Store what is left in the trace rings of a virtual machine "
		 "whose guest has stopped in its debugger, hangs or has died, "
		 "before 'mdtrace-vm stop' removes it.  'mdtrace query "
		 "--database FILE' asks for it." };
  char message[1024];
  int error;

  argp_parse (&argp, argc, argv, 0, NULL, &arguments);
  options->target = cli_format ("ram:%s", arguments.directory);
  recording.target = cli_open (options);
  recording.database
      = database_open (arguments.output, message, sizeof message);
  if (recording.database == NULL)
    return cli_report (options, arguments.output, MDTRACE_ERR_DATABASE,
		       message);
  int status = 0;
  if (store (&recording, &error))
    summarize (&recording);
  else
    status = report (&recording, error);
  mdtrace_decoder_free (recording.decoder);
  mdtrace_rings_close (recording.rings);
  database_close (recording.database);
  mdtrace_close (recording.target);
  return status != 0 ? status : cli_finish ();
}
