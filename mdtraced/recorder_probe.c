/* From the rings into the database: a probe, and what becomes of it.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   When the kernel has switched a probe off the run says so, in the transaction
   that stores that it is off, and to the administrator once that has been
   committed: so it is said once, whatever fails.  */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "now.h"
#include "recorder_private.h"

enum
{
  SENTENCE_BYTES = 320
};

/* Whether ERROR is that nothing is known of a probe, rather than that it
   could not be asked for.  */
static bool
is_unknown (int error)
{
  return error == MDTRACE_ERR_NO_SUCH_PROBE || error == MDTRACE_ERR_NOT_BUILT;
}

/* Let SENTENCE be told once what is stored now has been committed.  */
static bool
remember_sentence (struct recorder *recorder, const char *sentence)
{
  size_t bytes = strlen (sentence) + 1;
  char *longer
      = realloc (recorder->sentences, recorder->sentences_bytes + bytes);

  if (longer == NULL)
    return false;
  memcpy (longer + recorder->sentences_bytes, sentence, bytes);
  recorder->sentences = longer;
  recorder->sentences_bytes += bytes;
  return true;
}

void
recorder_tell (struct recorder *recorder, bool is_stored)
{
  const char *sentence = recorder->sentences;
  const char *end = sentence + recorder->sentences_bytes;

  /* What is said before anybody listens waits for that.  */
  if (is_stored && recorder->tell == NULL)
    return;
  for (; is_stored && sentence != end; sentence += strlen (sentence) + 1)
    recorder->tell (recorder->tell_closure, sentence);
  free (recorder->sentences);
  recorder->sentences = NULL;
  recorder->sentences_bytes = 0;
}

/* Say that the kernel has switched PROBE off, as USAGE tells.  *ERROR is set
   if there is no memory.  */
static bool
say_stopped (struct recorder *recorder, const mdtrace_probe_info_t *probe,
	     const mdtrace_probe_options_t *options,
	     const struct database_usage *usage, int *error)
{
  char sentence[SENTENCE_BYTES];
  const char *what = probe->function[0] != '\0'	 ? probe->function
		     : options->event[0] != '\0' ? options->event
						 : "all functions";

  snprintf (
      sentence, sizeof sentence,
      "probe %u (%s): switched off by the kernel: all probes took "
      "%u.%02u %% of CPU %u; narrow it with --if, --limit or --agg, then "
      "enable it again",
      probe->id, what, usage->stopped_share / 100, usage->stopped_share % 100,
      usage->stopped_cpu);
  if (!remember_sentence (recorder, sentence))
    {
      *error = MDTRACE_ERR_SYSTEM;
      return false;
    }
  return database_put_message (recorder->database, now_ns (CLOCK_REALTIME),
			       "warning", sentence);
}

/* Ask for the OPTIONS and USAGE of the probe with number ID.  *HAS tells
   whether there are any, *HAS_USAGE whether that is known.  */
static int
ask (struct recorder *recorder, uint32_t id, mdtrace_probe_options_t *options,
     struct database_usage *usage, bool *has, bool *has_usage)
{
  const struct mdtrace_time *time = mdtrace_decoder_time (recorder->decoder);
  mdtrace_probe_usage_t from;
  int error = mdtrace_probe_options (recorder->target, id, options, &from);

  *has = error == MDTRACE_OK;
  /* What has become of it does not stand in the memory of a machine that has
     ended.  */
  *has_usage
      = *has && strncmp (mdtrace_target_url (recorder->target), "ram:", 4);
  if (!*has)
    return is_unknown (error) ? MDTRACE_OK : error;
  *usage = (struct database_usage){
    .faults = from.faults,
    .unpaired = from.unpaired,
    .abandoned = from.abandoned,
    .overflows = from.overflows,
    .spent_ns = (uint64_t) ((double) from.spent * time->ns_per_count),
    .stopped_share = from.stopped_share,
    .stopped_cpu = from.stopped_cpu,
  };
  return MDTRACE_OK;
}

/* Store the sites of PROBE.  *ERROR as for recorder_store_probe.  */
static bool
store_sites (struct recorder *recorder, const mdtrace_probe_info_t *probe,
	     int *error)
{
  const struct mdtrace_site *sites = NULL;
  size_t count = 0;

  *error = mdtrace_decoder_sites (recorder->decoder, probe->id, &sites,
				  &count);
  if (*error != MDTRACE_OK)
    return false;
  for (size_t i = 0; i < count; i++)
    if (!database_put_site (recorder->database, probe->id, &sites[i],
			    probe->event))
      return false;
  return true;
}

bool
recorder_store_probe (struct recorder *recorder,
		      const mdtrace_probe_info_t *probe,
		      enum recorder_asks asks, int *error)
{
  mdtrace_probe_options_t options = { .filter = "" };
  struct database_usage usage;
  bool has, has_options = false, has_usage = false, is_stopped;

  if (!database_has_probe (recorder->database, probe->id, &has))
    return false;
  if (!has || asks != ASK_NOTHING)
    {
      *error = ask (recorder, probe->id, &options, &usage, &has_options,
		    &has_usage);
      if (*error != MDTRACE_OK)
	return false;
    }
  if (!database_put_probe (recorder->database, probe,
			   has_usage ? &usage : NULL,
			   recorder_now_ns (recorder), &is_stopped))
    return false;
  if (has_options && (!has || asks == ASK_ALL)
      && !database_put_options (recorder->database, probe->id, &options))
    return false;
  if (is_stopped && !say_stopped (recorder, probe, &options, &usage, error))
    return false;
  return has || store_sites (recorder, probe, error);
}

bool
recorder_have_probe (struct recorder *recorder, uint32_t id, int *error)
{
  bool has;

  if (!database_has_probe (recorder->database, id, &has))
    return false;
  if (has)
    return true;
  const mdtrace_probe_info_t unknown
      = { .id = id, .state = MDTRACE_STATE_DESTROYED };
  const mdtrace_probe_info_t *probe
      = mdtrace_decoder_probe (recorder->decoder, id);
  return recorder_store_probe (recorder, probe != NULL ? probe : &unknown,
			       ASK_ALL, error);
}
