/* What a probe does with its hits, beyond recording each.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   In the order in which a hit comes by:

     budget	  the probe has used up its share of the CPU's time: throttled
     latency	  at an entry, the time and the arguments are noted, and the
		  hit is filtered; at a return without an entry too
     filter	  the program rejects it: filtered
     limit	  the second's events are used up: throttled
     aggregation  added up under its key: recorded; no room for the key:
		  dropped
     or a record  in the ring: recorded; no room: dropped

   and whatever is asked, the deadman: when all probes together take more of a
   CPU's time than they may for about a second, what follows on that CPU is
   throttled, and the dearest of them is switched off.  */

#ifndef MDTRACE_OPTIONS_H
#define MDTRACE_OPTIONS_H

#include <stdint.h>
#include "mdtrace_filter.h"

enum mdtrace_aggregation
{
  MDTRACE_AGGREGATION_NONE = 0,
#define MDTRACE_AGGREGATION(number, name, word, cells, documentation)         \
  MDTRACE_AGGREGATION_##name = (number),
#include "mdtrace_aggregations.def"
#undef MDTRACE_AGGREGATION
};

enum mdtrace_key
{
#define MDTRACE_KEY(bit, name, word, words, documentation)                    \
  MDTRACE_KEY_##name = 1 << (bit),
#include "mdtrace_keys.def"
#undef MDTRACE_KEY
};

enum
{
  MDTRACE_PROVIDER_BYTES = 16,
  MDTRACE_EVENT_BYTES = 32,
  MDTRACE_FILTER_BYTES = 256,
  MDTRACE_STACK_DEPTH = 8, /* unless something else is asked for */
  MDTRACE_STACK_DEPTH_MAX = 32,
  /* The keys that an aggregation has room for on each CPU.  */
  MDTRACE_ENTRIES = 1024, /* unless something else is asked for */
  MDTRACE_ENTRIES_MAX = 16384,
  MDTRACE_BUCKETS_MAX = 128, /* of LHIST */
  /* Of HIST: one for negative values, one for 0, one for each power of
     two.  */
  MDTRACE_HIST_BUCKETS = 66,
  /* A whole CPU's time.  */
  MDTRACE_SHARE_ALL = 10000,
  /* What all probes together may take of each, at first.  */
  MDTRACE_SHARE = 5000
};

/* All zeros: nothing of it.  */
typedef struct mdtrace_probe_options
{
  /* "fbt" or empty; the provider of a static probe, of which EVENT is the
     name; or "custom", of which EVENT is whatever name is fired.  */
  char provider[MDTRACE_PROVIDER_BYTES];
  char event[MDTRACE_EVENT_BYTES];
  char filter[MDTRACE_FILTER_BYTES]; /* as it was written; only kept */
  uint32_t instructions;	     /* of the filter's program; 0: none */
  uint32_t stack_depth; /* frames that are recorded or keys; 0: none */
  uint32_t limit;	/* events a second on each CPU; 0: no limit */
  uint32_t budget; /* of each CPU's time, in 1/10000; 0: no budget */
  /* Not 0: pair entries and returns in one thread.  The sites are both, the
     events are those of the returns, and arguments are those at the entry.  */
  uint32_t latency;
  uint32_t aggregation; /* enum mdtrace_aggregation */
  uint32_t keys;	/* mask of enum mdtrace_key; 0: all hits are one */
  /* What is summed up: MDTRACE_FIELD_DURATION_BIT, MDTRACE_FIELD_RETVAL_BIT
     or that of an argument.  0 for COUNT.  */
  uint32_t value;
  uint32_t value_bytes; /* that count, the lower ones: 1, 2, 4, 8; 0: 8 */
  uint32_t value_signed; /* not 0: it is a number with a sign */
  uint32_t entries;	 /* keys that there is room for on each CPU; 0:
			    MDTRACE_ENTRIES */
  /* Of LHIST: buckets of STEP from LOW on.  */
  uint32_t buckets;
  int64_t low;
  uint64_t step;
} mdtrace_probe_options_t;

/* What has become of a probe with such options.  */
typedef struct mdtrace_probe_usage
{
  uint64_t faults;    /* hits that its filter rejected for a fault */
  uint64_t unpaired;  /* returns of which no entry had been seen */
  uint64_t abandoned; /* entries that were forgotten for later ones */
  uint64_t overflows; /* hits for whose key there was no room, or none near
			 its place; part of dropped */
  /* Time stamp counts that its handlers have taken, on all CPUs: measured at
     each hit with a budget, or else at one in 251.  */
  uint64_t spent;
  /* Not 0: the deadman has switched it off, when all probes together took
     this share of a CPU's time, in 1/10000; until it is enabled anew.  */
  uint32_t stopped_share;
  uint32_t stopped_cpu;
  uint32_t key_words;  /* of each entry of its aggregation */
  uint32_t cell_words; /* the same */
  /* What DURATION is made by: ns = counts * NS_PER_COUNT >> 32.  */
  uint64_t ns_per_count;
} mdtrace_probe_usage_t;

/* What all probes together may take, and take, of one CPU.  */
typedef struct mdtrace_load
{
  uint32_t share_max; /* in 1/10000; 0: the deadman never acts */
  uint32_t share;     /* in 1/10000, over the last second */
  uint64_t stops;     /* how often it had to act */
} mdtrace_load_t;

#endif /* MDTRACE_OPTIONS_H */
