/* Tables for people.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include <errno.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

struct table
{
  struct libscols_table *table;
  struct libscols_line *line;
  size_t columns, cell;
};

static void
check (bool good)
{
  if (good)
    return;
  fprintf (stderr, "mdtrace: %s\n", strerror (ENOMEM));
  exit (1);
}

struct table *
table_new (void)
{
  struct table *table = calloc (1, sizeof *table);

  check (table != NULL);
  table->table = scols_new_table ();
  check (table->table != NULL);
  return table;
}

void
table_add_column (struct table *table, const char *heading, bool is_number)
{
  check (scols_table_new_column (table->table, heading, 0,
				 is_number ? SCOLS_FL_RIGHT : 0)
	 != NULL);
  table->columns++;
}

void
table_align_number (struct table *table, size_t column)
{
  struct libscols_column *found
      = scols_table_get_column (table->table, column);

  check (found != NULL && scols_column_set_flags (found, SCOLS_FL_RIGHT) == 0);
}

void
table_add_cell (struct table *table, const char *text)
{
  if (table->cell % table->columns == 0)
    {
      table->line = scols_table_new_line (table->table, NULL);
      check (table->line != NULL);
    }
  check (
      scols_line_set_data (table->line, table->cell++ % table->columns, text)
      == 0);
}

void
table_add_number (struct table *table, unsigned long long number)
{
  char text[24];

  snprintf (text, sizeof text, "%llu", number);
  table_add_cell (table, text);
}

void
table_free (struct table *table)
{
  scols_unref_table (table->table);
  free (table);
}

static void
print (struct table *table)
{
  check (scols_print_table (table->table) == 0);
  table_free (table);
}

void
table_print_to (struct table *table, FILE *file)
{
  check (scols_table_set_stream (table->table, file) == 0);
  check (scols_table_enable_noencoding (table->table, 1) == 0);
  print (table);
}

void
table_print (struct table *table)
{
  print (table);
}
