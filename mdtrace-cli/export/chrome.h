/* Export: JSON trace events, of the format that Chrome has made and Perfetto
   reads.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Processes are tasks, and for each boot one with a track for each CPU and one
   with the counters.  Their numbers, and those of threads, are made up: the
   viewers take no addresses.  Times are microseconds with three decimals since
   the first boot began: since the epoch they would not fit the floating point
   numbers that viewers read them as.  */

#ifndef EXPORT_CHROME_H
#define EXPORT_CHROME_H

#include "calls.h"
#include "export.h"

/* What an event is besides.  */
enum chrome_role
{
  CHROME_OTHER,
  CHROME_SWITCH, /* sched:::switch */
  CHROME_SEND,	 /* ipc:::send */
  CHROME_RECEIVE /* ipc:::receive */
};

enum
{
  CHROME_ROLE_ARGUMENTS = 3
};

/* Where in the events of a place the values of its role stand: of a switch the
   thread and the task that run from then on, of messages port, id and
   reply port.  */
struct chrome_place
{
  enum chrome_role role;
  unsigned arguments[CHROME_ROLE_ARGUMENTS];
};

/* What happens on a CPU.  */
struct chrome_cpu
{
  struct chrome_cpu *next; /* in the order in which they were seen */
  int64_t boot_id;
  uint32_t cpu, tid;
  bool is_running; /* it is known what, and since when */
  int64_t since_ns;
  const struct source_thread *thread; /* null: only its address is known */
  uint64_t address;
};

/* What is known of a thread.  */
struct chrome_thread
{
  bool is_named[2]; /* and its calls that are measured */
  /* Entries that wait for their returns, the outermost first.  */
  struct source_event *open;
  unsigned open_count, open_room;
};

struct chrome_boot
{
  int64_t id;
  int64_t last_ns; /* when its last event was */
};

struct chrome_flows;

struct chrome
{
  struct export *export;
  struct output *output;
  int64_t base_ns; /* of times */
  bool has_records;
  unsigned boot_count, task_count, thread_count, stack_count;
  struct chrome_boot *boots, *boot; /* by id, and that of the last event */
  struct chrome_thread *threads;    /* by index */
  bool *has_task;		    /* by index: it was introduced */
  struct fragment *stacks;
  void *cpus; /* a tree, of tsearch */
  struct chrome_cpu *first_cpu, **last_cpu;
  uint32_t cpu_count;
  /* In the order of chrome_compare_threads, for those that are switched
     to.  */
  const struct source_thread **by_address;
  struct chrome_flows *flows;
};

/* Begin a record of the kind PHASE.  */
void chrome_record (struct chrome *chrome, char phase);
/* That with BOOT_ID; null: it is not there.  */
struct chrome_boot *chrome_find_boot (const struct chrome *chrome,
				      int64_t boot_id);
/* The processes of a boot: that with its CPUs, and that with its counters.  */
uint32_t chrome_cpus_pid (const struct chrome *chrome, int64_t boot_id);
uint32_t chrome_counters_pid (const struct chrome *chrome, int64_t boot_id);
/* The first number that these do not have.  */
uint32_t chrome_first_pid (const struct chrome *chrome);
/* Put ,"ts": and TIME_NS.  */
void chrome_time (struct chrome *chrome, int64_t time_ns);
/* Put ,"pid":PID,"tid":TID  */
void chrome_track (struct chrome *chrome, uint32_t pid, uint32_t tid);
/* Put a record that calls a process, or a thread, or with KIND as the last
   part of its name something of it.  */
void chrome_name (struct chrome *chrome, const char *kind, uint32_t pid,
		  uint32_t tid, const char *name);
void chrome_sort (struct chrome *chrome, const char *kind, uint32_t pid,
		  uint32_t tid, int64_t index);

/* Find out what role the events of PLACE play, and keep that with it; and
   forget it.  */
void chrome_look_at (struct place *place);
void chrome_forget (struct place *place);
/* Put EVENT, of PLACE.  False: there is no memory.  */
bool chrome_event (struct chrome *chrome, struct calls *calls,
		   struct place *place, const struct source_event *event);

/* Give up the COUNT entries of THREAD from FIRST on: they are instants, with
   REMARK, which is a member of their arguments behind a comma.  */
void chrome_give_up (struct chrome *chrome, struct chrome_thread *thread,
		     unsigned first, unsigned count, const char *remark);

/* CPU of BOOT_ID, introduced if it is new; null: no memory.  */
struct chrome_cpu *chrome_cpu (struct chrome *chrome, int64_t boot_id,
			       uint32_t number);
void chrome_cpus_free (struct chrome *chrome);
/* Compare pointers to threads: by boot, address, and their tasks'.  */
int chrome_compare_threads (const void *first, const void *second);
/* Put what has run on CPU until TIME_NS.  */
void chrome_ran (struct chrome *chrome, struct chrome_cpu *cpu,
		 int64_t time_ns, bool is_end);
/* EVENT, a switch whose values are at ARGUMENTS, happens on CPU.  */
void chrome_switch (struct chrome *chrome, struct chrome_cpu *cpu,
		    const struct source_event *event,
		    const unsigned *arguments);

/* What is known of messages under way.  */
struct chrome_flows *chrome_flows_new (void);
void chrome_flows_free (struct chrome_flows *flows);
/* The number of the arrow from a message that is sent now.  */
uint64_t chrome_flow_send (struct chrome_flows *flows, const int64_t key[4]);
/* That to one that is received; 0: it was not seen to be sent.  */
uint64_t chrome_flow_receive (struct chrome_flows *flows,
			      const int64_t key[4]);

/* Put the counters of snapshots, and the health score.  */
bool chrome_counters (struct chrome *chrome);

#endif /* EXPORT_CHROME_H */
