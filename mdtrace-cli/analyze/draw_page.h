/* Pages that gnuplot draws.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A page is a script of gnuplot and a file of data beside it.  Panels, with
   axes of their own, are put on it in pixels from its upper left corner, and
   so are labels.  All that a name may be in stands in the data, of which
   gnuplot takes text as it is; the script has numbers and words of ours
   alone.  */

#ifndef DRAW_PAGE_H
#define DRAW_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "draw_words.h"

enum page_style
{
  PAGE_TITLE,
  PAGE_HEADING,
  PAGE_TEXT,
  PAGE_SMALL,
  PAGE_STYLES
};

enum page_align
{
  PAGE_LEFT,
  PAGE_RIGHT,
  PAGE_CENTER,
  PAGE_ALIGNS
};

enum
{
  PAGE_WIDTH = 1500,
  PAGE_MARGIN = 30,
  PAGE_ROW = 34, /* of a series that shares its panel with others */
  PAGE_NAME = 33 /* characters of a name at most */
};

/* Colours that are told apart whatever eyes one has: by Okabe and Ito.  */
#define PAGE_BLUE "#0072b2"
#define PAGE_SKY "#56b4e9"
#define PAGE_ORANGE "#e69f00"
#define PAGE_RED "#c1121f"
#define PAGE_GREEN "#009e73"
#define PAGE_GREY "#8a8a8a"

struct page_label;

struct page
{
  const char *name, *directory, *format;
  /* The data; and the script, but for what must know the height.  */
  FILE *data, *script;
  char *data_text, *body;
  size_t data_bytes, body_bytes;
  struct page_label *labels;
  size_t label_count;
  unsigned blocks; /* in the data */
  double height;
  bool has_failed; /* there was no memory */
  char *message;
  size_t message_bytes;
};

/* Times along an axis: from FIRST_NS on, in units that suit SPAN_NS.  */
struct page_time
{
  int64_t first_ns;
  double span_ns, unit_ns;
  const char *unit;
  bool is_clock; /* labels are times of day */
};

/* Begin the page NAME of DIRECTORY; the pictures will be in FORMAT.  False if
   that fails; MESSAGE, of BYTES bytes, tells why, here and below.  */
bool page_begin (struct page *page, const char *directory, const char *format,
		 const char *name, char *message, size_t bytes);

/* Let gnuplot draw PAGE, and free what belongs to it.  */
bool page_finish (struct page *page);

/* TEXT, which may come from anywhere, at X and Y, where the middle of its
   height is.  */
void page_label (struct page *page, double x, double y, enum page_style style,
		 enum page_align align, const char *text);

/* The title of PAGE, and below it what trace DOCUMENT is of and what it has
   lost.  Returns where that ends.  */
double page_title (struct page *page, const char *title,
		   const json_t *document);

/* Begin a block of the data, which WHAT explains; returns its number.  */
unsigned page_block (struct page *page, const char *what);

/* Begin a panel: what the script says from here on is of it.  */
void page_panel (struct page *page, double left, double top, double right,
		 double bottom);

/* Labels for AXIS, "x" or "y", from LOW to HIGH, which is PIXELS long;
   UNIT as in draw_value, or "events" for whole numbers.  */
void page_tics (struct page *page, const char *axis, double low, double high,
		double pixels, const char *unit);

/* The same of AXIS that is logarithmic, at powers of ten.  */
void page_powers (struct page *page, const char *axis, int low, int high,
		  double pixels, const char *unit);

struct page_time page_time (int64_t first_ns, double span_ns);

/* TIME_NS on the axis of TIME.  */
double page_place (const struct page_time *time, int64_t time_ns);

/* The range and the labels of the x axis of a panel that is PIXELS wide; if it
   IS_LABELLED what they are is said below, around X at Y.  */
void page_time_axis (struct page *page, const struct page_time *time,
		     double pixels, bool is_labelled, double x, double y);

/* The least of 1, 2 and 5 times a power of ten that is not below VALUE.  */
double page_round_up (double value);

/* The pages, each of which fails as page_begin and page_finish do.  */
bool draw_timeline (struct page *page, const json_t *document);
bool draw_heatmap (struct page *page, const json_t *document);
bool draw_performance (struct page *page, const json_t *document);

/* The counters of DOCUMENT on PAGE from TOP on; returns where they end.  */
double draw_counters (struct page *page, const json_t *document, double top);

#endif /* DRAW_PAGE_H */
