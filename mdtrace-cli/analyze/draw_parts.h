/* What pages are made of: the files beside this one, as strings.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef DRAW_PARTS_H
#define DRAW_PARTS_H

extern const char draw_report_html[];
extern const char draw_report_css[];
extern const char draw_report_js[];
extern const char draw_report_charts_js[];
extern const char draw_flame_css[];
extern const char draw_flame_js[];

#endif /* DRAW_PARTS_H */
