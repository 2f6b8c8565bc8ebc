/* mdtrace top: for people.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   On a terminal each round is drawn over the one before, as much as it has
   room for.  Elsewhere rounds follow each other.  */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "counter.h"
#include "health.h"
#include "histogram.h"
#include "table.h"
#include "top.h"

enum
{
  ROWS_DEFAULT = 20,
  ROWS_MIN = 3,
  RATE_BYTES = 32,
  /* What stands around the rows: lines above the table, its heading, the
     others, and the line with the cursor.  */
  LINES_AROUND = 7
};

static bool is_terminal;

void
top_print_begin (void)
{
  is_terminal = isatty (STDOUT_FILENO);
  /* Clear it once; from then on what stands there is drawn over.  */
  if (is_terminal)
    fputs ("\033[H\033[2J", stdout);
}

/* How many rows VIEW is to have.  */
static size_t
rows_limit (const struct top_view *view)
{
  struct winsize size;

  if (view->arguments->limit > 0)
    return view->arguments->limit;
  if (!is_terminal || ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0
      || size.ws_row == 0)
    return ROWS_DEFAULT;
  return size.ws_row < LINES_AROUND + ROWS_MIN ? ROWS_MIN
					       : size.ws_row - LINES_AROUND;
}

/* The end of a line: on a terminal, that of what stood there too.  */
static void
end_line (void)
{
  puts (is_terminal ? "\033[K" : "");
}

/* A number of things a second, with a digit behind the point where there are
   few.  */
static void
rate_text (char text[RATE_BYTES], double rate)
{
  snprintf (text, RATE_BYTES, rate > 0 && rate < 100 ? "%.1f" : "%.0f", rate);
}

static void
print_time (const struct top_view *view)
{
  time_t seconds = view->time_ns / 1000000000;
  char text[16];
  struct tm local;

  localtime_r (&seconds, &local);
  strftime (text, sizeof text, "%H:%M:%S", &local);
  printf ("%s", text);
}

/* The machine: what its last snapshot says, and what its CPUs did in this
   round.  */
static void
print_system (const struct top_system *system)
{
  const mdtrace_snapshot_t *now = &system->now;
  uint64_t whole = system->user_ns + system->system_ns + system->idle_ns;
  char user[COUNTER_TEXT_BYTES], busy[COUNTER_TEXT_BYTES];
  char idle[COUNTER_TEXT_BYTES], used[COUNTER_TEXT_BYTES];
  char bytes[COUNTER_TEXT_BYTES];

  if (!system->has_snapshot)
    return;
  printf ("  %" PRIu32 " tasks, %" PRIu32 " threads", now->tasks,
	  now->threads);
  if (system->has_cpu_times)
    {
      counter_percent (user, system->user_ns, whole);
      counter_percent (busy, system->system_ns, whole);
      counter_percent (idle, system->idle_ns, whole);
      printf ("; CPU user %s, system %s, idle %s", user, busy, idle);
    }
  counter_percent (used, now->memory_bytes - now->free_bytes,
		   now->memory_bytes);
  counter_text (bytes, now->memory_bytes, "bytes");
  printf ("; %s of %s used", used, bytes);
}

/* The score, and what it lacks: in a line of its own.  */
static void
print_health (const struct top_system *system)
{
  unsigned order[MDTRACE_HEALTH_FACTORS];
  const mdtrace_health_t *health = &system->health;
  const char *separator = ": ";

  if (!system->has_health)
    return;
  health_sort (health, order);
  printf ("health %" PRIu32, health->score);
  for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
    if (health->factors[order[i]].points > 0)
      {
	printf ("%s%s -%" PRIu32, separator,
		mdtrace_health_words (order[i])->word,
		health->factors[order[i]].points);
	separator = ", ";
      }
  end_line ();
}

/* What is not among the rows.  */
static void
print_counts (const struct top_view *view, const struct top_rows *rows)
{
  const mdtrace_counts_t *counts = &view->probes.now;
  bool is_by_probe = view->tally == NULL;
  char rate[RATE_BYTES], seconds[COUNTER_TEXT_BYTES];

  rate_text (rate, top_rate (rows->all.now, view->round_ns));
  histogram_scale (seconds, view->elapsed_ns, false, true);
  printf ("%s %s/s, %" PRIu64 " in %s; lost %" PRIu64, rate,
	  is_by_probe ? "hits" : "events", rows->all.total, seconds,
	  top_lost (counts));
  if (top_lost (counts) > 0)
    printf (" (%" PRIu64 " dropped, %" PRIu64 " throttled, %" PRIu64
	    " missed)",
	    counts->dropped, counts->throttled, counts->missed);
  if (counts->filtered > 0)
    printf ("; filtered %" PRIu64, counts->filtered);
  if (view->probes.aggregated > 0)
    printf ("; added up %" PRIu64, view->probes.aggregated);
  if (view->without_key > 0)
    printf ("; %" PRIu64 " without a message", view->without_key);
  if (view->is_behind)
    {
      histogram_scale (seconds, view->behind_ns, false, true);
      printf ("; %s behind", seconds);
    }
  end_line ();
}

/* The columns of names: of which there may be but one.  */
static void
add_name_columns (struct table *table, enum top_by by)
{
  static const char *const headings[][2] = {
    { "PROBE", "LABEL" }, { "TASK", "ADDRESS" }, { "TASK", "THREAD" },
    { "CPU", NULL },	  { "FUNCTION", NULL },	 { "MESSAGE", "EVENT" }
  };

  table_add_column (table, headings[by][0], false);
  if (headings[by][1] != NULL)
    table_add_column (table, headings[by][1], false);
}

static void
add_rate (struct table *table, uint64_t count, uint64_t ns)
{
  char text[RATE_BYTES];

  rate_text (text, top_rate (count, ns));
  table_add_cell (table, text);
}

/* The row, or what stands for the others.  */
static void
add_row (struct table *table, const struct top_view *view,
	 const struct top_rows *rows, const struct top_row *row)
{
  static const mdtrace_counts_t nothing;
  const mdtrace_counts_t *counts
      = row->probe != NULL ? &row->probe->now : &nothing;
  enum top_by by = view->arguments->by;
  char text[COUNTER_TEXT_BYTES];

  add_rate (table, row->count.now, view->round_ns);
  counter_percent (text, row->count.now, rows->all.now);
  table_add_cell (table, rows->all.now > 0 ? text : "");
  add_rate (table, row->count.total, view->elapsed_ns);
  table_add_number (table, row->count.total);
  if (view->tally == NULL)
    {
      table_add_number (table, counts->filtered);
      table_add_number (table, top_lost (counts));
      if (row->probe != NULL)
	table_add_number (table, row->probe->id);
      else
	table_add_cell (table, "");
    }
  if (rows->has_times)
    {
      text[0] = '\0';
      if (row->count.timed > 0)
	histogram_scale (text, row->count.duration_ns / row->count.timed,
			 false, true);
      table_add_cell (table, text);
    }
  table_add_cell (table, row->name != NULL ? row->name : "(others)");
  if (by != TOP_BY_CPU && by != TOP_BY_FUNCTION)
    table_add_cell (table, row->detail != NULL ? row->detail : "");
}

static void
print_rows (const struct top_view *view, const struct top_rows *rows)
{
  bool is_by_probe = view->tally == NULL;
  struct table *table = table_new ();

  table_add_column (table, is_by_probe ? "HITS/S" : "EVENTS/S", true);
  table_add_column (table, "SHARE", true);
  table_add_column (table, "AVERAGE/S", true);
  table_add_column (table, "TOTAL", true);
  if (is_by_probe)
    {
      table_add_column (table, "FILTERED", true);
      table_add_column (table, "LOST", true);
      table_add_column (table, "ID", true);
    }
  if (rows->has_times)
    table_add_column (table, "MEAN TIME", true);
  add_name_columns (table, view->arguments->by);
  for (size_t i = 0; i < rows->count; i++)
    add_row (table, view, rows, &rows->rows[i]);
  if (rows->has_others)
    add_row (table, view, rows, &rows->others);
  table_print (table);
}

/* Why there is nothing to see.  */
static void
print_hint (const struct top_view *view, const struct top_rows *rows)
{
  if (view->probes.existing == 0)
    puts ("There are no probes; 'mdtrace probe create --enable' sets one.");
  else if (view->arguments->by == TOP_BY_MESSAGE && rows->count == 0)
    puts ("Messages are seen by the probes ipc:::send and ipc:::receive; "
	  "'mdtrace probe create --enable ipc:::send' sets one.");
}

bool
top_print (const struct top_view *view)
{
  struct top_rows rows;

  if (!top_rows_make (view, rows_limit (view), &rows))
    return false;
  /* A line that is too long is cut off, so that what is drawn has as many
     lines as it should.  */
  if (is_terminal)
    fputs ("\033[?7l\033[H", stdout);
  else if (view->round > 1)
    putchar ('\n');
  print_time (view);
  print_system (&view->system);
  end_line ();
  print_health (&view->system);
  print_counts (view, &rows);
  if (is_terminal)
    fputs ("\033[J", stdout);
  if (rows.count > 0 || rows.has_others)
    print_rows (view, &rows);
  print_hint (view, &rows);
  if (is_terminal)
    fputs ("\033[?7h", stdout);
  fflush (stdout);
  top_rows_free (&rows);
  return true;
}
