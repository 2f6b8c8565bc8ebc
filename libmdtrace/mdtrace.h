/* libmdtrace: tracing, counters and health of GNU Mach.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   A target is a kernel that mdtrace is in, and the way to it:

     mach:	this machine's kernel, on GNU/Hurd, by Mach's own IPC.  Without
		the C library, mach:PORT, where PORT is the name of the host
		privileged port
     unix:PATH	a daemon's socket, mdtraced(8)
     vm:DIR	a virtual machine of mdtrace-vm(1), by its directory
     ram:DIR	what such a machine, whose guest has stopped or died, has left
		in its memory: status, clock, probes and rings can be read

   Every function that can fail returns MDTRACE_OK (0) or an error: a value
   of enum mdtrace_error, or one of Mach's own.  mdtrace_error_message says
   it in words, mdtrace_detail adds what is known beyond that.  Nothing is
   ever printed.  Wherever "errors of the target" stands below, these are
   meant: CANNOT_CONNECT, TIMED_OUT, GUEST_DEAD, GUEST_STOPPED, NOT_TRACED,
   NOT_PERMITTED, PROTOCOL, GUEST_RUNS, SYSTEM; and UNSUPPORTED where a target
   cannot do that.

   One target may be used by one thread at a time; different targets by
   different threads at the same time.  */

#ifndef MDTRACE_H
#define MDTRACE_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#include <mdtrace_counter.h>
#include <mdtrace_errors.h>
#include <mdtrace_health.h>
#include <mdtrace_rules.h>
#include <mdtrace_types.h>

#ifdef __cplusplus
extern "C"
{
#endif

  /* What ERROR means, as a sentence without a full stop.  Belongs to the
     library.  */
  const char *mdtrace_error_message (int error);

  /* -------------------------------------------------------------------- */
  /* Targets */

  struct mdtrace_target;

  /* Open the target URL, or if URL is null the one that MDTRACE_TARGET names,
     or else the socket of the daemon on this machine, or else mach: where
     there is one.  On success *TARGET is the caller's, to be given to
     mdtrace_close.  On failure *TARGET is null, unless there was something to
     say: then it can be asked for mdtrace_detail, and must be closed.  Errors:
     NO_TARGET, BAD_TARGET, UNSUPPORTED, TOO_MANY_TARGETS, VERSION_MISMATCH and
     errors of the target.  */
  int mdtrace_open (const char *url, struct mdtrace_target **target);

  /* Close TARGET; null is allowed.  */
  void mdtrace_close (struct mdtrace_target *target);

  /* The URL that TARGET was opened by.  Belongs to TARGET.  */
  const char *mdtrace_target_url (const struct mdtrace_target *target);

  /* What is known of the last error of TARGET beyond its number, or an empty
     string.  Belongs to TARGET, until the next call with it.  */
  const char *mdtrace_detail (const struct mdtrace_target *target);

  /* How long a call may take, in milliseconds; 10,000 at first.  */
  void mdtrace_set_timeout (struct mdtrace_target *target,
			    unsigned timeout_ms);

  /* -------------------------------------------------------------------- */
  /* The kernel: what mdtrace.defs offers.  The types are described in
     mdtrace_types.h.  All of these fail with errors of the target too.  */

  int mdtrace_get_status (struct mdtrace_target *target,
			  mdtrace_status_t *status);
  int mdtrace_get_clock (struct mdtrace_target *target,
			 mdtrace_clock_t *clock);

  /* Error: NOT_BUILT.  */
  int mdtrace_get_health (struct mdtrace_target *target,
			  mdtrace_health_t *health);

  /* Create a probe, with all sites that CONFIG matches; *CREATED tells its
     number and what it has.  Errors: NO_SUCH_FUNCTION, AMBIGUOUS_FUNCTION,
     REFUSED_SITE, NO_SITES, INSIDE_INSTRUCTION, NOT_TEXT, NO_VALUE,
     TOO_MANY_PROBES, BAD_ARGUMENT, NO_MEMORY, NOT_BUILT; if it is to be
     enabled at once also TEXT_CHANGED, and then no probe is left behind, and
     what mdtrace_probe_enable says of claims.  */
  int mdtrace_probe_create (struct mdtrace_target *target,
			    const mdtrace_probe_config_t *config,
			    mdtrace_created_t *created);

  /* All sites of a probe, or none.  If the rings are claimed at this moment,
     and the probe is none that persists, the kernel disables it when the claim
     is neither given back nor renewed in time.  Errors: NO_SUCH_PROBE,
     ALREADY_ENABLED, TEXT_CHANGED, NO_MEMORY, NOT_BUILT.  */
  int mdtrace_probe_enable (struct mdtrace_target *target, uint32_t probe_id);

  /* Errors: NO_SUCH_PROBE, NOT_ENABLED, NOT_BUILT.  */
  int mdtrace_probe_disable (struct mdtrace_target *target, uint32_t probe_id);

  /* Errors: NO_SUCH_PROBE, NOT_BUILT.  */
  int mdtrace_probe_destroy (struct mdtrace_target *target, uint32_t probe_id);

  /* All probes with numbers from FIRST on, by number; those that were
     destroyed and whose events are not read yet are among them.  *PROBES, of
     *COUNT elements, is the caller's, to be freed with free.  Error:
     NOT_BUILT, SYSTEM (no memory).  */
  int mdtrace_probe_list (struct mdtrace_target *target, uint32_t first,
			  mdtrace_probe_info_t **probes, size_t *count);

  /* The counts of a probe on each CPU.  COUNTS has MDTRACE_CPUS_MAX elements,
     of which *CPUS are filled in.  Errors: NO_SUCH_PROBE, NOT_BUILT.  */
  int mdtrace_probe_counts (struct mdtrace_target *target, uint32_t probe_id,
			    mdtrace_counts_t *counts, unsigned *cpus);

  /* What the ring of CPU holds, and where.  Errors: NO_SUCH_CPU, NO_MEMORY
     (there is no ring, for want of memory), NOT_BUILT.  */
  int mdtrace_ring_status (struct mdtrace_target *target, unsigned cpu,
			   mdtrace_ring_info_t *ring);

  /* Make the rings of all CPUs anew, with BYTES bytes each (a power of two, 0:
     as many as now) and MODE (0: as now).  What was not read is gone, and
     counted as dropped.  Errors: RING_CLAIMED (mdtrace_detail names the
     holder), BAD_ARGUMENT, NO_MEMORY (the old rings stay), NOT_BUILT.  */
  int mdtrace_ring_configure (struct mdtrace_target *target, uint64_t bytes,
			      enum mdtrace_ring_mode mode);
  /* A site of a probe or of a function.  */
  struct mdtrace_site
  {
    uint64_t address;
    uint64_t function_address;
    enum mdtrace_probe_kind kind;
    enum mdtrace_site_mode plan; /* the best that there can be */
    enum mdtrace_site_mode mode; /* at this moment */
    enum mdtrace_reason reason;	 /* for no plan, or for a breakpoint */
    unsigned changed_bytes;	 /* of the text, by the plan */
    unsigned lead; /* the jump begins that many bytes before the address */
    mdtrace_counts_t counts;		   /* of a probe */
    char function[MDTRACE_FUNCTION_BYTES]; /* of a probe */
  };

  /* The sites of a probe by address, with the counts on CPU, or their sums
     with MDTRACE_CPU_ALL.  *SITES, of *COUNT elements, is the caller's, to be
     freed with free.  Errors: NO_SUCH_PROBE, NO_SUCH_CPU, NOT_BUILT, SYSTEM
     (no memory).  */
  int mdtrace_probe_sites (struct mdtrace_target *target, uint32_t probe_id,
			   uint32_t cpu, struct mdtrace_site **sites,
			   size_t *count);

  /* The entry and the returns of the function that ADDRESS lies in, in the
     same way, without counts and names.  Errors: NOT_TEXT, SYSTEM (no
     memory).  */
  int mdtrace_function_sites (struct mdtrace_target *target, uint64_t address,
			      struct mdtrace_site **sites, size_t *count);

  /* What is known of ADDRESS in the kernel's text.  Error: NOT_TEXT.  */
  int mdtrace_explain (struct mdtrace_target *target, uint64_t address,
		       mdtrace_explanation_t *explanation);

  /* A function of the kernel.  */
  struct mdtrace_function
  {
    uint64_t address;
    uint32_t bytes;
    enum mdtrace_reason refusal; /* why it cannot be probed; 0 if it can */
    unsigned argument_count;
    char name[MDTRACE_FUNCTION_BYTES];
  };

  /* All functions by address.  *FUNCTIONS, of *COUNT elements, is the
     caller's, to be freed with free.  Error: SYSTEM (no memory).  */
  int mdtrace_function_list (struct mdtrace_target *target,
			     struct mdtrace_function **functions,
			     size_t *count);

  /* The one of FUNCTIONS, which are in the order of mdtrace_function_list, that
     ADDRESS lies in; of several names the first.  Null if there is none.  */
  const struct mdtrace_function *
  mdtrace_function_at (const struct mdtrace_function *functions, size_t count,
		       uint64_t address);

  /* Up to MAX names out of FUNCTIONS that look most like NAME, best first.
     SUGGESTIONS points into FUNCTIONS.  Returns how many.  */
  size_t mdtrace_suggest (const struct mdtrace_function *functions,
			  size_t count, const char *name,
			  const char **suggestions, size_t max);

  /* Put what TEXT describes into CONFIG, whose module, function, kinds and
     offset it sets: provider:module:function:name, a function, FUNCTION+OFFSET
     or an address, see mdtrace-probes(7).  If that makes no sense, *PROBLEM
     says why, and belongs to the library.  Error: BAD_DESCRIPTION.  */
  int mdtrace_parse_description (const char *text,
				 mdtrace_probe_config_t *config,
				 const char **problem);

  /* The same of whatever probe: a static one, PROVIDER:::EVENT or
     PROVIDER::FUNCTION:EVENT, comes to be the provider and the event in the
     options of DEFINITION, of which each may be a pattern.  For others these
     are empty.  Error: BAD_DESCRIPTION.  */
  int mdtrace_parse_definition (const char *text,
				mdtrace_probe_definition_t *definition,
				const char **problem);

  /* Whether TEXT is a pattern: has a character that stands for others.  */
  bool mdtrace_is_pattern (const char *text);

  /* Words for an enum mdtrace_probe_kind, an enum mdtrace_probe_state and an
     enum mdtrace_reason, and the last part of a description for a kind; and
     the same for a mask of kinds.  They belong to the library.  */
  const char *mdtrace_kind_words (unsigned kind);
  const char *mdtrace_kind_part (unsigned kind);
  const char *mdtrace_kinds_words (unsigned kinds);
  const char *mdtrace_kinds_part (unsigned kinds);
  const char *mdtrace_state_words (unsigned state);
  const char *mdtrace_reason_words (unsigned reason);
  /* "none", "jump" or "breakpoint".  */
  const char *mdtrace_mode_words (unsigned mode);

  /* The word for an enum mdtrace_ring_mode.  Belongs to the library.  */
  const char *mdtrace_ring_mode_word (unsigned mode);

  /* Perform the RPC of the Mach message of BYTES bytes at MESSAGE as it is,
     but for the ports in its header, and put the reply, of up to *REPLY_BYTES
     bytes, to REPLY; *REPLY_BYTES is set to its length.  For those who carry
     other people's requests.  Errors of the target, BAD_ARGUMENT.  */
  int mdtrace_forward (struct mdtrace_target *target, const void *message,
		       size_t bytes, void *reply, size_t *reply_bytes);

  /* -------------------------------------------------------------------- */
  /* Probes with options: filters, aggregations, stacks, limits.  */

  /* As mdtrace_probe_create, with options.  PROGRAM has as many instructions
     as they say; mdtrace_filter_compile makes one.  With a provider and an
     event it is a static probe: its configuration has no kinds and no values
     then, and its names are the kernel's if there are none.  Errors beyond
     those of mdtrace_probe_create: BAD_FILTER, BAD_OPTION, NO_FRAMES,
     NO_SUCH_EVENT, NOT_IN_KERNEL.  */
  int mdtrace_probe_define (struct mdtrace_target *target,
			    const mdtrace_probe_definition_t *definition,
			    const mdtrace_instruction_t *program,
			    mdtrace_created_t *created);

  /* What a probe was defined with, and what has become of it.  Of a ram: target
     the latter is not known, and all zeros.  Errors: NO_SUCH_PROBE,
     NOT_BUILT.  */
  int mdtrace_probe_options (struct mdtrace_target *target, uint32_t probe_id,
			     mdtrace_probe_options_t *options,
			     mdtrace_probe_usage_t *usage);

  /* What all probes together take of each CPU.  LOADS has MDTRACE_CPUS_MAX
     elements, of which *CPUS are filled in.  Error: NOT_BUILT.  */
  int mdtrace_get_loads (struct mdtrace_target *target, mdtrace_load_t *loads,
			 unsigned *cpus);

  /* Let all probes together take SHARE / 10000 of each CPU's time, before the
     dearest of them is switched off; 0: whatever they take.  Errors:
     BAD_ARGUMENT, NOT_BUILT.  */
  int mdtrace_set_share (struct mdtrace_target *target, uint32_t share);

  /* A static probe, as this kernel has it.  */
  struct mdtrace_static
  {
    char provider[MDTRACE_PROVIDER_BYTES];
    char event[MDTRACE_EVENT_BYTES];
    char names[MDTRACE_NAMES_BYTES]; /* of its arguments, for
					mdtrace_names_read */
    char missing[1024]; /* what of it the kernel lacks; empty: nothing */
    uint32_t sites;	/* places at which its events are seen */
    uint32_t refused;	/* of those, not to be probed */
    uint32_t arguments;
  };

  /* All static probes but those of the provider "custom".  *PROBES, of *COUNT
     elements, is the caller's, to be freed with free.  Errors: NOT_BUILT,
     SYSTEM (no memory).  */
  int mdtrace_static_list (struct mdtrace_target *target,
			   struct mdtrace_static **probes, size_t *count);

  /* Fire the custom event NAME, of up to 31 characters, with COUNT VALUES, up
     to 6, of which a kernel of 32 bits takes the lower 32.  *LISTENING, unless
     LISTENING is null, is set to the number of probes that it has hit.  Errors:
     BAD_ARGUMENT, NOT_BUILT.  */
  int mdtrace_fire (struct mdtrace_target *target, const char *name,
		    const uint64_t *values, unsigned count,
		    unsigned *listening);

  enum
  {
    /* No entry of an aggregation has more.  */
    MDTRACE_KEY_WORDS_MAX = 64,
    MDTRACE_CELL_WORDS_MAX = 256
  };

  /* What a probe's aggregation holds.  */
  struct mdtrace_aggregate
  {
    mdtrace_probe_options_t options;
    mdtrace_probe_usage_t usage;
    size_t count; /* of entries */
    /* Of each entry usage.key_words words, in which they are ordered, as
       mig/mdtrace_keys.def says, and usage.cell_words words: the number of
       hits; the sum, least or greatest value; and the buckets, the first for
       values that are negative or below the first step, the last for those
       above the last step.  */
    uint64_t *words;
  };

  /* Read what CPU has added up, or with MDTRACE_CPU_ALL what all have, as one.
     *AGGREGATE is the caller's, to be given to mdtrace_aggregate_free.
     Errors: NO_SUCH_PROBE, NO_AGGREGATION, NO_SUCH_CPU, NOT_BUILT, SYSTEM (no
     memory), UNSUPPORTED: a ram: target has none any more.  */
  int mdtrace_aggregation_read (struct mdtrace_target *target,
				uint32_t probe_id, uint32_t cpu,
				struct mdtrace_aggregate **aggregate);
  void mdtrace_aggregate_free (struct mdtrace_aggregate *aggregate);

  /* Let a probe's aggregation begin anew.  Its counts go on.  Errors:
     NO_SUCH_PROBE, NO_AGGREGATION, NOT_BUILT.  */
  int mdtrace_aggregation_clear (struct mdtrace_target *target,
				 uint32_t probe_id);

  /* -------------------------------------------------------------------- */
  /* Trace rings.  Only vm:, ram:, serial: and mach: targets have them; a
     daemon reads those of its own and hands out events (mdtrace_stream_open).
   */

  struct mdtrace_rings;

  /* Become the one consumer of the target's rings.  HOLDER, of up to 63
     characters, says to others who that is; a holder of the same name is
     replaced.  *RINGS is the caller's, to be given to mdtrace_rings_close
     before TARGET is closed.  Rings in overwrite mode take no events until
     then.  A ram: target's rings belong to nobody, and can be opened at any
     time.  Errors: RING_CLAIMED (mdtrace_detail names the
     holder), UNSUPPORTED, NO_MEMORY, NOT_BUILT.  */
  int mdtrace_rings_open (struct mdtrace_target *target, const char *holder,
			  struct mdtrace_rings **rings);

  /* Give the rings back.  What was not released stays in them.  */
  void mdtrace_rings_close (struct mdtrace_rings *rings);

  /* How long the claim lasts if it is not renewed: MDTRACE_LEASE_MS or, over a
     line, MDTRACE_LINE_LEASE_MS.  */
  unsigned mdtrace_rings_lease_ms (const struct mdtrace_rings *rings);

  /* Renew the claim.  To be called at least every MDTRACE_LEASE_MS / 2
     milliseconds.  Error: NOT_CLAIMED: it was too late, somebody else may have
     them, and the probes that were enabled under the claim are disabled, but
     for those that persist.  */
  int mdtrace_rings_renew (struct mdtrace_rings *rings);

  enum
  {
    MDTRACE_LEASE_MS = 10000,
    /* Over a serial line, which is slow.  */
    MDTRACE_LINE_LEASE_MS = 60000
  };

  unsigned mdtrace_rings_cpus (const struct mdtrace_rings *rings);

  /* Size in bytes of the smallest ring.  */
  uint64_t mdtrace_rings_bytes (const struct mdtrace_rings *rings);

  /* Whether nothing will come in addition to what they hold: they are in
     overwrite mode, or their machine has ended.  */
  bool mdtrace_rings_are_frozen (const struct mdtrace_rings *rings);

  /* Where the ring of CPU was made anew, and the position that has been read
     up to: together they name a place in it for as long as the kernel runs. */
  void mdtrace_rings_position (const struct mdtrace_rings *rings, unsigned cpu,
			       uint64_t *generation, uint64_t *position);

  /* Go on reading the ring of CPU at POSITION, which must be between what is
     released and what is written.  Error: BAD_POSITION.  */
  int mdtrace_rings_seek (struct mdtrace_rings *rings, unsigned cpu,
			  uint64_t position);

  /* The next record of CPU's ring: *RECORD points to a copy of its *WORDS
     words, valid until the next call that reads a record of these rings; null
     if there is none yet.  Errors: CORRUPT_RING; NOT_CLAIMED: the lease has
     ended, and the record is no longer there.  */
  int mdtrace_rings_next (struct mdtrace_rings *rings, unsigned cpu,
			  const uint64_t **record, unsigned *words);

  enum
  {
    /* So long a CPU that shows no sign of life is waited for.  */
    MDTRACE_PATIENCE_MS = 1000
  };

  /* Look how far all CPUs have come, before mdtrace_rings_next_by_time. NOW_MS
     is the time by a clock that is never set back.  Over a serial line this is
     what brings the records here, for at most some seconds: see
     mdtrace_rings_have_more.  Errors: CORRUPT_RING; over a line also
     NOT_CLAIMED, and what else a request can fail with, the last
     mdtrace_rings_release among them.  */
  int mdtrace_rings_look (struct mdtrace_rings *rings, uint64_t now_ms);

  /* Whether the rings hold more than the last look has brought here, which is
     so only over a serial line: then look again.  */
  bool mdtrace_rings_have_more (const struct mdtrace_rings *rings);

  /* The time stamp up to which all records of all CPUs were there when that
     was called; UINT64_MAX: nobody is waited for, since there is but one CPU,
     the rings are frozen, or patience has come to its end.  */
  uint64_t mdtrace_rings_complete_until (const struct mdtrace_rings *rings);

  /* As mdtrace_rings_next, for all rings in the order of time stamps: the next
     record that was there at the last mdtrace_rings_look, and that no earlier
     one can follow, is one of *CPU.  What is later stays in the rings for the
     next time.  */
  int mdtrace_rings_next_by_time (struct mdtrace_rings *rings, unsigned *cpu,
				  const uint64_t **record, unsigned *words);

  /* Bytes that are written and not read yet in CPU's ring.  */
  uint64_t mdtrace_rings_unread (const struct mdtrace_rings *rings,
				 unsigned cpu);

  /* Let the kernel overwrite all that was read of CPU's ring.  What fails is
     told by the next mdtrace_rings_look.  */
  void mdtrace_rings_release (struct mdtrace_rings *rings, unsigned cpu);

  /* -------------------------------------------------------------------- */
  /* Events */

  /* What a value is called, and how its word is to be read.  */
  struct mdtrace_value_name
  {
    char name[64]; /* empty: not known, or that of another one before */
    char type[64]; /* in C */
    char format;   /* d, u or x: decimal with or without a sign, hexadecimal */
    uint8_t bytes; /* of the word that count: 1, 2, 4 or 8 */
  };

  struct mdtrace_names
  {
    struct mdtrace_value_name values[MDTRACE_ARGUMENTS_MAX];
    struct mdtrace_value_name retval;
  };

  /* Take TEXT, the names in mdtrace_probe_config, apart.  Whatever it is,
     NAMES is good afterwards.  */
  void mdtrace_names_read (const char *text, struct mdtrace_names *names);

  /* The number that WORD is, by NAME: its upper bytes do not count.  One with
     a sign has that extended to 64 bits.  */
  uint64_t mdtrace_value_read (const struct mdtrace_value_name *name,
			       uint64_t word);

  struct mdtrace_event
  {
    uint64_t number;  /* in a stream; grows */
    uint64_t time_ns; /* since the epoch */
    uint64_t tsc;
    uint32_t probe_id;
    uint32_t cpu;
    uint64_t fields;  /* mask of enum mdtrace_field: what of these is known */
    uint64_t unknown; /* mask of those that could not be read, and are 0 */
    uint64_t thread;
    uint64_t task;
    uint64_t address; /* of the site, also where it is no field */
    uint64_t retval;
    /* As the formats of their names say.  */
    uint64_t arguments[MDTRACE_ARGUMENTS_MAX];
    uint64_t duration_ns; /* between entry and return in this thread */
    uint32_t frame_count;
    /* The kernel stack: the site's address, then return addresses, innermost
       first; 0 beyond frame_count.  */
    uint64_t frames[MDTRACE_STACK_DEPTH_MAX];
    uint32_t kind;   /* enum mdtrace_probe_kind of the site; 0: not known */
    uint32_t offset; /* of the site in the function */
    /* Of the arguments; belongs to the giver of the event, until the next.  */
    const struct mdtrace_names *names;
    char task_name[MDTRACE_TASK_NAME_BYTES]; /* empty if not known */
    char provider[16];
    char module[MDTRACE_MODULE_BYTES];
    char function[MDTRACE_FUNCTION_BYTES];
    /* entry, return, or +0xOFFSET of another address; the event of a static
       probe */
    char name[MDTRACE_EVENT_BYTES];
  };

  /* From time stamps to time.  A clock that is synchronised with the kernel's
     again and again, and of which this holds:

     Whoever asks for time stamps in their order gets times in that order,
     whatever mdtrace_time_update does in between: a later time stamp never
     has an earlier time, and what was given out once is given out again.
     That is true as well for time stamps from before the last
     synchronisation, of which MDTRACE_TIME_KNOTS / 2 or more are remembered
     behind the last time stamp that was asked for.

     A time of day that is set forward is followed at the next
     synchronisation.  One that is set back is met by slowing down to no less
     than half, or not at all if it is more than MDTRACE_TIME_HELD_NS; the
     error says how far it is away.  So are clock ticks that the kernel has
     lost: its clock is the reference, not the counter.

     A kernel that was restarted, or a counter that was set, begins anew; the
     latter without going back in time.  */

  enum
  {
    /* What a clock remembers: straight pieces, the latest ticks, and the least
       late one in each of so many seconds.  */
    MDTRACE_TIME_KNOTS = 32,
    MDTRACE_TIME_RECENT = 32,
    MDTRACE_TIME_OLD = 32,
    MDTRACE_TIME_HELD_NS = 1000000000
  };

  struct mdtrace_time
  {
    /* At the last mdtrace_time_update; all 0 before the first.  */
    uint64_t tsc;
    uint64_t time_ns;	 /* of TSC, as given out */
    uint64_t uptime_ns;	 /* since boot, at TSC */
    double ns_per_count; /* of the time stamp counter */
    uint64_t error_ns;	 /* mdtrace_time_error_ns */
    uint64_t drift_ns;	 /* what of that is for the time from TSC on */

    /* From here on the library's own.  */
    uint64_t asked_tsc; /* the latest that was asked for */
    uint64_t offset_ns; /* from uptime to time */
    mdtrace_clock_t clock;
    struct mdtrace_time_fit
    {
      struct mdtrace_time_sample
      {
	uint64_t tsc;
	uint64_t uptime_ns;
      } first, line, recent[MDTRACE_TIME_RECENT], old[MDTRACE_TIME_OLD];
      unsigned recent_count, old_count;
      double ns_per_count; /* the slope of the line through LINE */
      double rate_error;   /* of that */
      double late_ns;	   /* how late the tick LINE may be */
      double age_counts;   /* of the least late tick */
      double below_ns;	   /* how far the last tick lay below the line */
      double tick_ns;
      bool is_measured; /* not just by FIRST */
    } fit;
    unsigned knot_count;
    struct mdtrace_time_knot
    {
      uint64_t tsc;
      uint64_t time_ns;
      double ns_per_count; /* until the next knot */
    } knots[MDTRACE_TIME_KNOTS];
  };

  /* Synchronise TIME with CLOCK, as mdtrace_get_clock gives it.  TIME is all
     zeros at first.  Once a second is good; four ticks are needed to know how
     late they come, and some seconds to know the counter's rate well.  What
     TIME says is of use from the first time on.  A CLOCK from before the
     kernel's first tick is no news.  */
  void mdtrace_time_update (struct mdtrace_time *time,
			    const mdtrace_clock_t *clock);

  /* Synchronise TIME for the first time, by ten clock ticks of TARGET in a
     row, which takes a tenth of a second: before events are decoded, so that
     their times are good from the first one on.  Errors of the target.  */
  int mdtrace_time_start (struct mdtrace_time *time,
			  struct mdtrace_target *target);

  /* Instead of all zeros, let TIME begin where an earlier one of the same boot
     has ended, which gave TIME_NS to the time stamp TSC: what comes after it
     has no earlier time.  */
  void mdtrace_time_resume (struct mdtrace_time *time, uint64_t tsc,
			    uint64_t time_ns);

  /* The time of the time stamp TSC, in nanoseconds since the epoch; 0 before
     the first synchronisation.  TIME remembers that it was asked.  */
  uint64_t mdtrace_time_of (struct mdtrace_time *time, uint64_t tsc);

  /* How far the time is from that of the kernel's clock at most, for time
     stamps from the last synchronisation until as long after it as the one
     before it was ago, or a second; UINT64_MAX: not known, since the kernel
     has had one tick at most.  It is the sum of

       how late the clock tick may be that the time comes from: a tenth of a
       millisecond for entering the interrupt, and four times
       the median of how late the last MDTRACE_TIME_RECENT are beside the
       least late of them, more if there are less than 24, and a whole tick if
       there are less than four; at most that
       what the counter's rate may be off, for the time since that tick and
       until the next synchronisation
       how far the last tick was behind, if that may be a lost one
       how far away the time is that was given out, if the kernel's clock was
       set

     It holds if ticks of that many are about as punctual as any can be, and
     if nobody sets the clock, and no tick is lost, in the meantime.  */
  uint64_t mdtrace_time_error_ns (const struct mdtrace_time *time);

  struct mdtrace_decoder;

  /* What turns records into events.  It asks TARGET what the probes are, and
     must be freed before TARGET is closed.  Null if there is no memory.  */
  struct mdtrace_decoder *mdtrace_decoder_new (struct mdtrace_target *target);
  void mdtrace_decoder_free (struct mdtrace_decoder *decoder);

  /* The clock that the decoder uses, to be kept up to date by the caller.  */
  struct mdtrace_time *mdtrace_decoder_time (struct mdtrace_decoder *decoder);

  /* Turn RECORD of WORDS words, the next one of CPU's ring, into *EVENT.
     *IS_EVENT is false if it was none, but for instance a task's name.  Where
     a probe has several sites, function, name, kind and offset are those of
     the site.  Errors: CORRUPT_RING, and those of mdtrace_probe_list.  */
  int mdtrace_decode (struct mdtrace_decoder *decoder, unsigned cpu,
		      const uint64_t *record, unsigned words,
		      struct mdtrace_event *event, bool *is_event);

  /* Tell the decoder the NAME of TASK in CPU's ring, as an earlier decoder has
     learnt it from the record at MDTRACE_RECORD_TASK_NAME.  Error: SYSTEM (no
     memory).  */
  int mdtrace_decoder_set_name (struct mdtrace_decoder *decoder, unsigned cpu,
				uint64_t task, const char *name);

  /* Tell the decoder the names of tasks that stand in CPU's ring of RINGS from
     where it is read to its end, for those of their events that precede them:
     in overwrite mode the names before those may be overwritten already.
     Errors: those of mdtrace_rings_next; SYSTEM (no memory).  */
  int mdtrace_decoder_learn_names (struct mdtrace_decoder *decoder,
				   struct mdtrace_rings *rings, unsigned cpu);

  /* If the record that was decoded last was the name of a task, its address,
     and the name in *NAME, which belongs to the decoder; otherwise 0.  */
  uint64_t mdtrace_decoder_last_name (const struct mdtrace_decoder *decoder,
				      const char **name);

  /* The probe with number PROBE_ID as the decoder knows it; null if it does
     not.  Valid until the next call with DECODER.  */
  const mdtrace_probe_info_t *
  mdtrace_decoder_probe (const struct mdtrace_decoder *decoder,
			 uint32_t probe_id);

  /* Forget the probe with number PROBE_ID: it was destroyed, and all events of
     it have been decoded.  */
  void mdtrace_decoder_forget (struct mdtrace_decoder *decoder,
			       uint32_t probe_id);

  /* The sites of that probe: *SITES points to *COUNT of them, by address,
     which belong to the decoder.  There is none if the kernel has forgotten
     them. Errors: those of mdtrace_probe_list.  */
  int mdtrace_decoder_sites (struct mdtrace_decoder *decoder,
			     uint32_t probe_id,
			     const struct mdtrace_site **sites, size_t *count);

  /* -------------------------------------------------------------------- */
  /* Daemons.  These work with unix: targets only and fail with UNSUPPORTED
     elsewhere.  */

  /* What a daemon says of itself.  */
  struct mdtrace_daemon_info
  {
    uint32_t pid;
    uint32_t unused;
    uint64_t events_stored; /* since it started */
    char target[256];	    /* that it traces */
    char database[1024];    /* file */
  };

  int mdtrace_daemon_get_info (struct mdtrace_target *target,
			       struct mdtrace_daemon_info *info);

  /* Wait until all that the rings hold at this moment is in the database.  */
  int mdtrace_daemon_flush (struct mdtrace_target *target);

  /* Begin to receive every event that is stored from now on.  Nothing else can
     be asked of TARGET then.  */
  int mdtrace_stream_open (struct mdtrace_target *target);

  /* Wait up to TIMEOUT_MS milliseconds for the next event.  Error:
     TIMED_OUT.  */
  int mdtrace_stream_next (struct mdtrace_target *target,
			   struct mdtrace_event *event, unsigned timeout_ms);

  /* -------------------------------------------------------------------- */
  /* Virtual machines */

  /* The directory of the virtual machine of a vm: target; null for others.  */
  const char *mdtrace_target_directory (const struct mdtrace_target *target);

  /* Whether the file at PATH belongs to the kernel with TEXT_HASH: an
     instrumented kernel or its debug file.  Errors: TEXT_MISMATCH, BAD_FORMAT,
     SYSTEM (errno says more).  */
  int mdtrace_check_kernel_file (const char *path, const uint8_t *text_hash);

  /* -------------------------------------------------------------------- */
  /* What the kernel's DWARF says.  mdtrace-mkkernel writes it beside the
     kernel, as OUT.debug.  */

  struct mdtrace_debug;

  /* Where the debug file of TARGET's kernel is likely to be: beside the kernel
     that MDTRACE_KERNEL names, or that the virtual machine was started with.
     The caller frees it; null if there is none.  */
  char *mdtrace_debug_find_file (struct mdtrace_target *target);

  /* Read the debug file at PATH of the kernel with TEXT_HASH.  *DEBUG is the
     caller's, to be given to mdtrace_debug_close.  Errors: TEXT_MISMATCH,
     BAD_FORMAT, SYSTEM (errno says more).  */
  int mdtrace_debug_open (const char *path, const uint8_t *text_hash,
			  struct mdtrace_debug **debug);
  void mdtrace_debug_close (struct mdtrace_debug *debug);

  /* The address of the function NAME, or NAME@FILE.c.  Errors:
     NO_SUCH_FUNCTION, AMBIGUOUS_FUNCTION.  */
  int mdtrace_debug_find_function (const struct mdtrace_debug *debug,
				   const char *name, uint64_t *address);

  /* The base name of the source file of the function that begins at ADDRESS,
     or an empty string.  Belongs to DEBUG.  */
  const char *mdtrace_debug_file (const struct mdtrace_debug *debug,
				  uint64_t address);

  /* Name, type and format of up to MAX of the arguments of the function that
     begins at ADDRESS.  Returns how many it has; -1 if DWARF knows no such
     function.  */
  int mdtrace_debug_arguments (const struct mdtrace_debug *debug,
			       uint64_t address,
			       struct mdtrace_value_name *arguments,
			       unsigned max);

  /* The same of what it returns, of type "void" if that is nothing.  False if
     DWARF knows no such function.  */
  bool mdtrace_debug_result (const struct mdtrace_debug *debug,
			     uint64_t address,
			     struct mdtrace_value_name *result);

  /* A place where a function was put into another one.  */
  struct mdtrace_inlined
  {
    uint64_t address;	       /* of its first instruction there */
    uint64_t function_address; /* of the other one */
    char function[MDTRACE_FUNCTION_BYTES];
  };

  /* The places where the function NAME, or NAME@FILE.c, was put into others,
     by address.  *PLACES, of *COUNT elements, is the caller's, to be freed
     with free.  Error: SYSTEM (no memory).  */
  int mdtrace_debug_inlined (const struct mdtrace_debug *debug,
			     const char *name, struct mdtrace_inlined **places,
			     size_t *count);

  /* Add what EXPRESSION means at sites of KIND, of the function that begins at
     ADDRESS, to the values and fields of CONFIG, and its name to its names.
     EXPRESSION is the name of an argument or `retval', with members of
     structures behind it, a register such as `%rdi', or `arg0' to `arg5'; see
     mdtrace-probes(7).  DEBUG and ADDRESS may be null and 0: then the latter
     two and `retval' are all that is known.  If it cannot be, MESSAGE, of
     BYTES bytes, says why.  Errors: BAD_VALUE, NO_DEBUG_FILE.  */
  int mdtrace_add_value (const struct mdtrace_debug *debug, uint64_t address,
			 enum mdtrace_probe_kind kind, const char *expression,
			 mdtrace_probe_config_t *config, char *message,
			 size_t bytes);

  /* Compile TEXT, an expression as mdtrace-filter(7) has it, to a filter for
     a probe at sites of KINDS, a mask of MDTRACE_KIND_BIT, of the function that
     begins at ADDRESS, or with 0 of many or of none; with LATENCY not false
     entries and returns are pairs.  DEBUG may be null: then no names and types
     are known.  CONFIG may be null; it tells what the probe's values are
     called, and whether the function is a pattern.  PROGRAM has room for
     MDTRACE_PROGRAM_MAX instructions, of which *COUNT are filled in.  If it
     cannot be, MESSAGE, of BYTES bytes, says why and where.  Errors:
     BAD_EXPRESSION, NO_DEBUG_FILE.  */
  int mdtrace_filter_compile (const struct mdtrace_debug *debug,
			      uint64_t address, unsigned kinds, bool latency,
			      const mdtrace_probe_config_t *config,
			      const char *text, mdtrace_instruction_t *program,
			      unsigned *count, char *message, size_t bytes);

  /* Put PROGRAM of COUNT instructions into TEXT, of BYTES bytes, a line each;
     what there is no room for is left out.  Returns how long all of it is,
     without the NUL.  */
  size_t mdtrace_filter_print (const mdtrace_instruction_t *program,
			       unsigned count, char *text, size_t bytes);

  /* Put the names of the arguments of the function at ADDRESS, and of what it
     returns, into the names of CONFIG, as its kinds need them.  Those for
     which there is no room are left out.  */
  void mdtrace_add_names (const struct mdtrace_debug *debug, uint64_t address,
			  mdtrace_probe_config_t *config);

#ifdef __cplusplus
}
#endif

#endif /* MDTRACE_H */
