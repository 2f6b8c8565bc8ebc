/* Faults of the disk and of memory, wherever a test wants them.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Whatever can fail is counted, and fails where the test says: calls of the
   operating system by SQLite, its allocations, and those of our own code,
   which must be linked with faults_link_flags of tests/unit/Makefrag.am.  */

#ifndef UNIT_FAULTS_H
#define UNIT_FAULTS_H

#include <stdbool.h>

enum faults_source
{
  FAULTS_NOWHERE,
  FAULTS_OF_FILES,
  FAULTS_OF_SQLITE_MEMORY,
  FAULTS_OF_MEMORY
};

struct faults
{
  enum faults_source source;
  unsigned long at; /* the call that fails, from 1 on */
  bool persistent;  /* all calls from that one on fail */
  int code;	    /* how files fail; 0: by the I/O error of the call */
  bool suspended;   /* what is called now is none of the code under test */
  unsigned long calls;
  unsigned long fired;
};

extern struct faults faults;

/* Let SQLite use what is here.  To be called before it is used.  If not
   SHARES_MEMORY no memory can be shared through its files, as on systems that
   have no mmap for it.  */
void faults_set_up (bool shares_memory);

/* Let the call AT of SOURCE fail, and if PERSISTENT all after it.  */
void faults_arm (enum faults_source source, unsigned long at, bool persistent,
		 int code);

/* Nothing fails any more.  What has fired is still to be seen.  */
void faults_disarm (void);

#endif /* UNIT_FAULTS_H */
