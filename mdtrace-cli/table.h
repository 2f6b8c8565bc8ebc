/* Tables for people.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table;

/* Begin a table; add its columns, then the cells row by row.  All of these
   end the program if there is no memory.  */
struct table *table_new (void);
void table_add_column (struct table *table, const char *heading,
		       bool is_number);
/* Columns can also become those of numbers when the cells are known.  */
void table_align_number (struct table *table, size_t column);
void table_add_cell (struct table *table, const char *text);
void table_add_number (struct table *table, unsigned long long number);

/* Add a cell whose TEXT, which must be harmless, has WIDTH characters.  If
   that is more than WIDTH_MAX it stands on a line of its own above the row,
   and the cell is empty; for table_print_to.  */
void table_add_name (struct table *table, const char *text, size_t width,
		     size_t width_max);

/* Print the table on standard output and free it.  */
void table_print (struct table *table);

/* The same to FILE, with cells as they are: they must be harmless.  */
void table_print_to (struct table *table, FILE *file);

/* Free the table without printing it.  */
void table_free (struct table *table);

#endif /* TABLE_H */
