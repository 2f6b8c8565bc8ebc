/* mdtrace agg: what its verbs share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   What the kernel has added up comes as entries of words
   (mig/mdtrace_keys.def).  agg_key.c says what a key means, agg_entries.c what
   an entry's numbers are and in which order entries are shown, agg_print.c
   and agg_json.c show them.  */

#ifndef AGG_H
#define AGG_H

#include "symbols.h"

/* An aggregation, and what is needed to show it.  */
struct agg
{
  const mdtrace_probe_info_t *probe;
  const struct symbols *symbols;
  struct mdtrace_names names;
  struct mdtrace_aggregate *aggregate;
};

/* A part of a key, and its words in an entry.  */
struct agg_part
{
  enum mdtrace_key key;
  const uint64_t *words;
};

enum
{
  AGG_PARTS_MAX = 16
};

/* The parts of the key at WORDS to PARTS.  Returns how many there are.  */
unsigned agg_parts (const struct agg *agg, const uint64_t *words,
		    struct agg_part parts[AGG_PARTS_MAX]);

/* What a part is called: "task", "arg0" or the value's own name.  Valid as
   long as AGG.  */
const char *agg_part_name (const struct agg *agg, enum mdtrace_key key);

/* What a part says, on one line; of a stack the innermost frame.  The caller
   frees it.  */
char *agg_part_text (const struct agg *agg, const struct agg_part *part);

/* Put what PART says into OBJECT.  */
void agg_part_json (const struct agg *agg, const struct agg_part *part,
		    json_t *object);

/* The number of frames of a stack at WORDS, no more than there is room
   for.  */
unsigned agg_frames (const struct agg *agg, const uint64_t *words);

/* The entry with NUMBER: its key's words; and its cells.  */
const uint64_t *agg_key (const struct agg *agg, size_t number);
const uint64_t *agg_cells (const struct agg *agg, size_t number);

/* What is added up of a probe with OPTIONS: "hits", "duration", "retval" or
   the value's name.  */
const char *agg_value_name (const mdtrace_probe_options_t *options,
			    const struct mdtrace_names *names);

/* The word for an aggregation, as people write it.  */
const char *agg_word (unsigned aggregation);

/* Whether it is one of those that are drawn.  */
bool agg_is_histogram (const mdtrace_probe_options_t *options);

/* The number that stands for an entry with CELLS: hits, the sum, the least or
   greatest value, or the mean; and whether it has a sign.  */
uint64_t agg_value (const mdtrace_probe_options_t *options,
		    const uint64_t *cells);
bool agg_value_is_signed (const mdtrace_probe_options_t *options);

/* The mean of what an entry with CELLS has added up, which is no MIN or
   MAX.  */
uint64_t agg_mean (const mdtrace_probe_options_t *options,
		   const uint64_t *cells);

/* The numbers of the entries, the greatest value first.  The caller frees
   them.  */
size_t *agg_order (const struct agg *agg);

/* What of NOW was added since BEFORE, of the same probe, or all of it if
   BEFORE is null: entries of which nothing was are left out.  What is new of
   MIN and MAX is not known; of entries that have new hits they stay as they
   are.  To be given to mdtrace_aggregate_free.  */
struct mdtrace_aggregate *
agg_difference (const struct mdtrace_aggregate *now,
		const struct mdtrace_aggregate *before);

/* Show the LIMIT first entries of AGG, all if that is 0.  */
void agg_print (const struct agg *agg, size_t limit);
json_t *agg_json (const struct agg *agg, size_t limit);

/* What the verbs do with what they do not know themselves: the argument is the
   probe that is meant, for *WHICH.  */
error_t agg_parse_rest (int key, char *argument, struct argp_state *state,
			const char **which, struct cli_options *options);

/* The verbs work on the probes that WHICH names, a number or a label, or if it
   is null on all that aggregate.  TAKE is called for each in turn, with its
   options, and returns an error, which is reported.  Returns the exit
   status.  */
int agg_for_each (const struct cli_options *options,
		  struct mdtrace_target *target, const char *which,
		  int (*take) (struct mdtrace_target *target,
			       const mdtrace_probe_info_t *probe,
			       void *context),
		  void *context);

/* Read what PROBE has added up on CPU, or with MDTRACE_CPU_ALL on all.  AGG is
   to be given to agg_close.  */
int agg_open (struct mdtrace_target *target, const mdtrace_probe_info_t *probe,
	      uint32_t cpu, const struct symbols *symbols, struct agg *agg);
void agg_close (struct agg *agg);

#endif /* AGG_H */
