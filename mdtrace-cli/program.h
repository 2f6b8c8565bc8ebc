/* mdtrace: other programs that do a part of the work.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One at a time, and without a shell.  */

#ifndef PROGRAM_H
#define PROGRAM_H

/* What a program is run with; what is not set is ours.  */
struct program
{
  char *const *arguments; /* end with a null; the first is found by PATH */
  const char *directory;  /* where it works; null: here */
  int output; /* its standard output and error, with no input; 0: ours */
};

/* Run PROGRAM until it ends.  Returns an error number, ENOENT if there is no
   such program, or 0 and *STATUS, as waitpid gives it.  */
int program_run (const struct program *program, int *status);

/* Kill the program that runs, if one does.  A handler of signals may do so. */
void program_kill (void);

#endif /* PROGRAM_H */
