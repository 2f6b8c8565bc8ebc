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
  /* Of each row so far, what stands above it; null: nothing.  */
  char **above;
  size_t above_count;
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
table_add_name (struct table *table, const char *text, size_t width,
		size_t width_max)
{
  size_t row = table->cell / table->columns;

  if (width <= width_max)
    {
      table_add_cell (table, text);
      return;
    }
  table_add_cell (table, "");
  char **more = reallocarray (table->above, row + 1, sizeof *more);
  check (more != NULL);
  table->above = more;
  while (table->above_count <= row)
    more[table->above_count++] = NULL;
  char *before = more[row];
  check (asprintf (&more[row], "%s%s\n", before != NULL ? before : "", text)
	 >= 0);
  free (before);
}

void
table_free (struct table *table)
{
  for (size_t i = 0; i < table->above_count; i++)
    free (table->above[i]);
  free (table->above);
  scols_unref_table (table->table);
  free (table);
}

static void
print (struct table *table)
{
  check (scols_print_table (table->table) == 0);
  table_free (table);
}

/* Print the lines of TEXT, of which the first has the headings, each row below
   what stands above it.  */
static void
print_rows (const struct table *table, const char *text, FILE *file)
{
  for (size_t line = 0; *text != '\0'; line++)
    {
      size_t bytes = strcspn (text, "\n");
      bytes += text[bytes] == '\n';
      if (line > 0 && line - 1 < table->above_count
	  && table->above[line - 1] != NULL)
	fputs (table->above[line - 1], file);
      fwrite (text, 1, bytes, file);
      text += bytes;
    }
}

void
table_print_to (struct table *table, FILE *file)
{
  char *text = NULL;
  size_t bytes;
  FILE *memory = open_memstream (&text, &bytes);

  check (memory != NULL);
  check (scols_table_set_stream (table->table, memory) == 0);
  check (scols_table_enable_noencoding (table->table, 1) == 0);
  check (scols_print_table (table->table) == 0);
  check (fclose (memory) == 0);
  print_rows (table, text, file);
  free (text);
  table_free (table);
}

void
table_print (struct table *table)
{
  print (table);
}
