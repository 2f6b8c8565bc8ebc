/* Performance counters and snapshots, as they cross the RPC interface.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   As in mdtrace_types.h, structures are whole numbers of 64-bit words, and laid
   out alike everywhere.  */

#ifndef MDTRACE_COUNTERS_H
#define MDTRACE_COUNTERS_H

#include <stdint.h>

enum mdtrace_counter
{
#define MDTRACE_COUNTER(number, name, word, kind, unit, sources,              \
			documentation)                                        \
  MDTRACE_COUNTER_##name = number,
#include "mdtrace_counters.def"
#undef MDTRACE_COUNTER
  /* Behind the last of them.  */
  MDTRACE_COUNTERS = 10,
  /* Those that tasks make have numbers from this one on.  */
  MDTRACE_CUSTOM_FIRST = 16,
  MDTRACE_CUSTOM_MAX = 8,
  MDTRACE_COUNTER_SLOTS = MDTRACE_CUSTOM_FIRST + MDTRACE_CUSTOM_MAX
};

/* The bit of a counter in a mask.  */
#define MDTRACE_COUNTER_BIT(number) ((uint64_t) 1 << (number))

enum mdtrace_counter_part
{
#define MDTRACE_COUNTER_PART(counter, number, name, word, kind, unit,         \
			     documentation)                                   \
  MDTRACE_PART_##name = number,
#include "mdtrace_counter_parts.def"
#undef MDTRACE_COUNTER_PART
  /* No counter has more.  */
  MDTRACE_COUNTER_PARTS_MAX = 35
};

enum mdtrace_counter_kind
{
  /* What happens is added up: COUNT is how often, SUM is in the unit.  */
  MDTRACE_COUNTER_COUNT = 1,
  /* Each duration is a sample, in nanoseconds.  */
  MDTRACE_COUNTER_DURATION = 2,
  /* SUM is how much there is, as it was last seen.  */
  MDTRACE_COUNTER_LEVEL = 3
};

enum mdtrace_counter_state
{
  MDTRACE_COUNTER_OFF = 1,
  MDTRACE_COUNTER_ON = 2,
  /* This machine has no source for it.  */
  MDTRACE_COUNTER_UNAVAILABLE = 3
};

enum mdtrace_counter_source
{
  MDTRACE_COUNTER_NOWHERE = 0,
  /* The performance monitoring unit: Intel's architectural one, AMD's.  */
  MDTRACE_COUNTER_PMU_INTEL = 1,
  MDTRACE_COUNTER_PMU_AMD = 2,
  /* Places in the kernel's text.  */
  MDTRACE_COUNTER_PLACES = 3,
  /* Tasks, by mdtrace_counter_update.  */
  MDTRACE_COUNTER_TASKS = 4
};

enum
{
  MDTRACE_COUNTER_NAME_BYTES = 32,
  MDTRACE_COUNTER_UNIT_BYTES = 16,
  MDTRACE_COUNTER_DETAIL_BYTES = 128,
  /* Of a histogram: bucket 0 has the durations of 0 ns, bucket N those of
     2^(N-1) ns and more, but less than 2^N; the last one all above too.  */
  MDTRACE_COUNTER_BUCKETS = 42,
  /* Of one duration, a sample in at most so many.  */
  MDTRACE_SAMPLE_MAX = 1000000
};

/* One counter, in a page of mdtrace_counter_list.  */
typedef struct mdtrace_counter_info
{
  uint32_t number;
  uint32_t kind;    /* enum mdtrace_counter_kind */
  uint32_t state;   /* enum mdtrace_counter_state */
  uint32_t source;  /* enum mdtrace_counter_source: the one that was chosen */
  uint32_t sample;  /* of so many durations one is measured */
  uint32_t parts;   /* numbers of parts are below this */
  uint32_t sites;   /* places that it stands on, or would */
  uint32_t refused; /* of those, not to be patched */
  char name[MDTRACE_COUNTER_NAME_BYTES];
  char unit[MDTRACE_COUNTER_UNIT_BYTES];
  /* The source in words; or why there is none, or what it lacks.  */
  char detail[MDTRACE_COUNTER_DETAIL_BYTES];
  /* Durations that were begun and could not be measured, since others took their
     places in the table of what has begun.  */
  uint64_t lost;
} mdtrace_counter_info_t;

/* What a part of a counter has come to since it was enabled or reset.  With
   SAMPLE greater than 1 only one duration of so many is in it: COUNT and SUM,
   and the buckets, are what was measured, not scaled up.  */
typedef struct mdtrace_counter_value
{
  uint32_t part; /* enum mdtrace_counter_part, or a number of an interrupt */
  uint32_t sample;
  uint64_t count;
  uint64_t sum;
  uint64_t minimum; /* of DURATION, if COUNT is not 0 */
  uint64_t maximum;
  uint64_t buckets[MDTRACE_COUNTER_BUCKETS]; /* of DURATION */
} mdtrace_counter_value_t;

/* What a counter had come to at a snapshot: all parts of its own kind and unit
   together, and of DURATION scaled up for what was not measured.  */
struct mdtrace_counter_sum
{
  uint64_t count;
  uint64_t sum;
};

/* The system at one moment.  All that only grows does so since boot, but for
   the counters, which begin anew when they are enabled or reset.  */
typedef struct mdtrace_snapshot
{
  uint64_t sequence;   /* of the history, from 1 on; 0: of now */
  uint64_t time_ns;    /* since the epoch, by the kernel's clock */
  uint64_t uptime_ns;  /* since boot */
  uint32_t tasks;      /* that exist */
  uint32_t threads;
  uint32_t cpus;
  /* Busy time of the CPUs since the snapshot of the history before, in 1/10000;
     MDTRACE_UNKNOWN: there is none before.  */
  uint32_t utilisation;
  uint64_t memory_bytes; /* that the kernel manages */
  uint64_t free_bytes;
  /* Page-out starts, and ordinary allocations wait, when less is free.  The
     kernel has such thresholds for each segment of memory: these are those of
     the segment that is pressed most, and what is free in the others.  */
  uint64_t low_bytes;
  uint64_t min_bytes;
  /* Of all CPUs together, by the kernel's accounts, which go by clock ticks.  */
  uint64_t user_ns;
  uint64_t system_ns;
  uint64_t idle_ns;
  /* Time in interrupts, while that counter was on.  */
  uint64_t interrupt_ns;
  /* What the kernel counts itself.  */
  uint64_t faults;
  uint64_t pageins;
  uint64_t pageouts;
  /* Of all probes.  */
  uint64_t hits;
  uint64_t lost;
  /* Of IPC_LATENCY: an estimate of the time that messages and requests took
     which were done within a second.  */
  uint64_t ipc_ns;
  /* Mask of MDTRACE_COUNTER_BIT: the counters that were on.  */
  uint64_t known;
  struct mdtrace_counter_sum counters[MDTRACE_COUNTER_SLOTS];
} mdtrace_snapshot_t;

enum
{
  MDTRACE_UNKNOWN = 0xffffffff
};

/* Whether, and why, the last value of a series is out of the ordinary.  */
enum mdtrace_anomaly
{
  MDTRACE_ANOMALY_NONE = 0,
  MDTRACE_ANOMALY_TOO_FEW = 1, /* there is too little history to tell */
  MDTRACE_ANOMALY_HIGH = 2,
  MDTRACE_ANOMALY_LOW = 3
};

/* What a counter has done over some seconds, as a series of values a second
   apart: of COUNT the units per second, of DURATION the mean, of LEVEL the
   level.  Seconds in which it was not on, or began anew, are left out, as are
   those without a duration.

   All but the numbers of things are in 1/1000: of the unit, or per second.
   Values whose magnitude is 2^52 or more are taken for that, and what is made
   of them is cut off at 2^60.  With fewer than two values, growth, slope and
   deviation are 0; with fewer than three, LOW and HIGH are -2^60 and 2^60.  */
typedef struct mdtrace_trend
{
  uint32_t samples;	   /* values that there are */
  uint32_t window_seconds; /* from the first to the last */
  uint32_t anomaly;	   /* enum mdtrace_anomaly, of the last value */
  uint32_t variation;	   /* deviation / |mean|; MDTRACE_UNKNOWN: no mean */
  int64_t last;
  int64_t mean;
  int64_t deviation; /* standard deviation, of a sample (N - 1) */
  int64_t growth;    /* per second, (last - first) / seconds */
  int64_t slope;     /* per second, by least squares */
  /* What the line says of the next second, and an interval around it that a
     value lies in 19 times out of 20.  */
  int64_t prediction;
  int64_t low;
  int64_t high;
  /* What is usual: the median of the values before the last three, up to 128
     of them, and the median of how far they are from it, but at least one unit
     and 1/1024 of it.  0 if there are none.  */
  int64_t median;
  int64_t spread;
  int64_t score; /* how many spreads the last values are from the median */
  /* The snapshots of the history that the values are made of.  */
  uint64_t first_snapshot;
  uint64_t last_snapshot;
} mdtrace_trend_t;

#endif /* MDTRACE_COUNTERS_H */
