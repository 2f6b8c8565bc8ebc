/* Drawing: what is said of a trace.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "draw_sentences.h"
#include "draw_words.h"

/* A string by printf's rules; null if there is no memory.  */
static char *__attribute__ ((format (printf, 1, 2)))
format (const char *words, ...)
{
  va_list arguments;
  char *text;

  va_start (arguments, words);
  if (vasprintf (&text, words, arguments) < 0)
    text = NULL;
  va_end (arguments);
  return text;
}

char *
draw_trace_sentence (const json_t *document)
{
  const json_t *trace = json_object_get (document, "trace");
  int64_t events = draw_member_integer (trace, "events");
  int64_t cpus = draw_member_integer (trace, "cpus");

  if (events == 0)
    return format ("No events.");
  if (events == 1)
    return format ("1 event.");
  return format (
      "%s events on %s CPU%s in %s.", draw_count (events).text,
      draw_count (cpus).text, cpus == 1 ? "" : "s",
      draw_duration (draw_distance (draw_member_integer (trace, "first_ns"),
				    draw_member_integer (trace, "last_ns")))
	  .text);
}

char *
draw_losses_sentence (const json_t *document)
{
  const json_t *losses = json_object_get (document, "losses");
  int64_t dropped = draw_member_integer (losses, "dropped");
  int64_t throttled = draw_member_integer (losses, "throttled");
  int64_t missed = draw_member_integer (losses, "missed");

  if (dropped == 0 && throttled == 0 && missed == 0)
    return NULL;
  return format (
      "%s hits were dropped (no room in a ring), %s throttled (a "
      "limit or the budget) and %s missed (the machinery was busy). "
      "What follows is of what was recorded; counts and rates are "
      "too small where hits are missing, and calls may have lost an "
      "end.",
      draw_count (dropped).text, draw_count (throttled).text,
      draw_count (missed).text);
}

char *
draw_burst_sentence (const json_t *burst)
{
  const char *mostly = draw_member_text (burst, "mostly");
  char times[128] = "";

  if (draw_has (burst, "ratio"))
    snprintf (times, sizeof times, ", %s times as many",
	      draw_number (draw_member_real (burst, "ratio")).text);
  return format ("%s: %s events where %s are usual%s%s%s",
		 draw_member_text (burst, "what"),
		 draw_count (draw_member_integer (burst, "events")).text,
		 draw_number (draw_member_real (burst, "expected")).text,
		 times, mostly[0] != '\0' ? "; mostly " : "", mostly);
}

char *
draw_gap_sentence (const json_t *gap)
{
  const char *explanation = draw_member_text (gap, "explanation");
  int64_t others = draw_member_integer (gap, "others");
  double usual_s = draw_member_real (gap, "expected");
  char usual[128] = "", others_words[128] = "";

  if (usual_s > 0 && usual_s < 9e9)
    snprintf (usual, sizeof usual, ", where %s between two are usual",
	      draw_duration (llround (usual_s * 1e9)).text);
  if (others > 0)
    snprintf (others_words, sizeof others_words,
	      "; %s other%s pause%s meanwhile", draw_count (others).text,
	      others == 1 ? "" : "s", others == 1 ? "s" : "");
  return format (
      "%s: none for %s%s%s%s%s%s", draw_member_text (gap, "what"),
      draw_duration (draw_distance (draw_member_integer (gap, "begin_ns"),
				    draw_member_integer (gap, "end_ns")))
	  .text,
      json_is_true (json_object_get (gap, "at_end")) ? " until the end" : "",
      usual, others_words, explanation[0] != '\0' ? "; " : "", explanation);
}

char *
draw_calls_sentence (const json_t *document)
{
  const json_t *calls = json_object_get (document, "calls");
  int64_t unpaired = draw_member_integer (calls, "unpaired");
  int64_t abandoned = draw_member_integer (calls, "abandoned");
  int64_t open = draw_member_integer (calls, "open");

  if (unpaired == 0 && abandoned == 0 && open == 0)
    return NULL;
  return format ("Not in these: returns without an entry: %s; entries that "
		 "have no return of their own: %s; calls still open at the "
		 "end: %s.",
		 draw_count (unpaired).text, draw_count (abandoned).text,
		 draw_count (open).text);
}

struct draw_rate
draw_rate (const json_t *timeline)
{
  enum
  {
    NS_PER_S = 1000000000
  };
  int64_t bin_ns = draw_member_integer (timeline, "bin_ns");
  size_t bins = json_array_size (json_object_get (timeline, "total"));
  struct draw_rate rate = { 1, "at once" };

  if (bins > 1 && bin_ns > 0 && bin_ns >= NS_PER_S / (int64_t) bins)
    rate = (struct draw_rate){ (double) NS_PER_S / (double) bin_ns,
			       "per second" };
  else if (bins > 1)
    snprintf (rate.words, sizeof rate.words, "in %.40s",
	      draw_duration (bin_ns).text);
  return rate;
}
