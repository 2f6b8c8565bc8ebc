/* The pictures that gnuplot draws.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "draw.h"
#include "draw_page.h"

bool
draw_plots (const json_t *document, const char *directory, const char *format,
	    void (*progress) (void *closure, double share), void *closure,
	    char *message, size_t bytes)
{
  static const struct
  {
    const char *name;
    bool (*draw) (struct page *page, const json_t *document);
  } pages[] = { { "dtrace_timeline", draw_timeline },
		{ "dtrace_heatmap", draw_heatmap },
		{ "dtrace_performance", draw_performance } };

  const size_t count = sizeof pages / sizeof pages[0];

  for (size_t i = 0; i < count; i++)
    {
      struct page page;
      if (!page_begin (&page, directory, format, pages[i].name, message, bytes)
	  || !pages[i].draw (&page, document))
	return false;
      if (progress != NULL)
	progress (closure, (i + 1.0) / count);
    }
  return true;
}
