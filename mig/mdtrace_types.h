/* The types that cross the RPC interface of mdtrace.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Every structure is a whole number of 64-bit words and is laid out alike
   on 32-bit and 64-bit machines.  Character arrays end with a NUL and are
   filled up with NULs.  */

#ifndef MDTRACE_TYPES_H
#define MDTRACE_TYPES_H

#include <stdint.h>
#include "mdtrace_counters.h"
#include "mdtrace_options.h"
#include "mdtrace_records.h"
#include "mdtrace_shared.h"

enum
{
  /* Changes whenever a client that was built for the old one would go wrong
     with the new one.  */
  MDTRACE_INTERFACE_VERSION = 5,
  /* Message ids of requests begin here; a reply's is greater by 100.  */
  MDTRACE_SUBSYSTEM = 4600,
  MDTRACE_MODULE_BYTES = 32,
  MDTRACE_FUNCTION_BYTES = 96,
  MDTRACE_LABEL_BYTES = 40,
  MDTRACE_HOLDER_BYTES = 64,
  /* The probes of one page of mdtrace_probe_list.  */
  MDTRACE_PROBES_PAGE = 15,
  /* The bytes of one page of mdtrace_function_list, mdtrace_probe_sites,
     mdtrace_function_sites, mdtrace_ring_read, mdtrace_probe_define and
     mdtrace_aggregation_read.  */
  MDTRACE_BYTES_PAGE = 7168,
  /* The data of one ring, at most.  */
  MDTRACE_RING_BYTES_MAX = 4 << 20,
  MDTRACE_NAMES_BYTES = 192,
  /* Loads that a value can take.  */
  MDTRACE_STEPS_MAX = 4,
  /* Reasons for which sites are refused have smaller numbers.  */
  MDTRACE_REASONS_MAX = 32,
  /* A CPU number that stands for the sum over all.  */
  MDTRACE_CPU_ALL = 0xffffffff
};

enum mdtrace_probe_kind
{
#define MDTRACE_KIND(number, name, words, part) MDTRACE_PROBE_##name = number,
#include "mdtrace_kinds.def"
#undef MDTRACE_KIND
};

enum mdtrace_probe_state
{
  MDTRACE_STATE_DISABLED = 1,
  MDTRACE_STATE_ENABLED = 2,
  /* Destroyed, and remembered until its last events have been read, and for
     some seconds if the rings are claimed.  */
  MDTRACE_STATE_DESTROYED = 3
};

/* The bit of a kind in a mask of kinds.  */
#define MDTRACE_KIND_BIT(kind) (1U << (kind))

enum
{
  /* What mdtrace_probe_config.kinds can have.  Tail jumps belong to the
     returns, and are not asked for by themselves.  */
  MDTRACE_KINDS_ALL = 1 << MDTRACE_PROBE_ENTRY | 1 << MDTRACE_PROBE_RETURN
		      | 1 << MDTRACE_PROBE_ADDRESS
};

/* Where a value comes from.  */
enum mdtrace_source
{
  /* The argument with NUMBER, from 0 on, of a function at its entry.  */
  MDTRACE_SOURCE_ARGUMENT = 1,
  /* The value that the function returns, at its return.  */
  MDTRACE_SOURCE_RETURN = 2,
  /* The register with NUMBER, as the machine's instructions encode it.  */
  MDTRACE_SOURCE_REGISTER = 3,
  /* The word with NUMBER on the stack, from where the stack pointer points
     to: 0 is the return address at a function's entry.  */
  MDTRACE_SOURCE_STACK = 4,
  /* The number in OFFSETS[0], without steps.  */
  MDTRACE_SOURCE_CONSTANT = 5,
  /* The address of the running thread's structure.  */
  MDTRACE_SOURCE_THREAD = 6
};

/* A value that a probe records.  It begins as what the source holds; then for
   each step the memory at value + offset is loaded: a whole word, but for the
   last step, which loads LAST_BYTES bytes and fills up with zeros.  */
typedef struct mdtrace_value
{
  uint8_t source; /* enum mdtrace_source; 0: there is no such value */
  uint8_t number;
  uint8_t steps;
  uint8_t last_bytes; /* 1, 2, 4 or 8, if there are steps */
  int32_t offsets[MDTRACE_STEPS_MAX];
  uint32_t unused;
} mdtrace_value_t;

/* What a probe is to be.  */
typedef struct mdtrace_probe_config
{
  char module[MDTRACE_MODULE_BYTES]; /* "kernel", or empty */
  /* A name, NAME@FILE.c, or a pattern with *, ? and [...].  Empty: all
     functions, or with ADDRESS the offset is an address.  */
  char function[MDTRACE_FUNCTION_BYTES];
  char label[MDTRACE_LABEL_BYTES]; /* the user's own name for it */
  /* Of values 0, 1, ...: "NAME:FORMAT:TYPE" each, separated by ';'.  FORMAT
     is d, u or x for decimal with or without a sign or hexadecimal, and the
     number of bytes that count.  One with the name retval tells of the
     returned value, and takes no number.  The kernel only keeps it.  */
  char names[MDTRACE_NAMES_BYTES];
  uint32_t kinds;   /* mask of MDTRACE_KIND_BIT */
  uint32_t enabled; /* not 0: enable it at once */
  /* Not 0: it stays enabled when whoever reads the rings dies.  */
  uint32_t persist;
  uint32_t unused;
  /* Mask of enum mdtrace_field.  0: thread and task; the site's address if
     there may be several sites; the arguments if there is but one function,
     and only entries; the returned value if there are only returns.  */
  uint64_t fields;
  uint64_t offset; /* of an ADDRESS, from the function's beginning */
  /* What ARG0, ... are, if not just the function's arguments.  */
  mdtrace_value_t values[MDTRACE_ARGUMENTS_MAX];
} mdtrace_probe_config_t;

/* All that mdtrace_probe_define is told of a probe: behind it stand the
   instructions of its filter.  */
typedef struct mdtrace_probe_definition
{
  mdtrace_probe_config_t config;
  mdtrace_probe_options_t options;
} mdtrace_probe_definition_t;

/* What became of an attempt to create a probe.  */
typedef struct mdtrace_created
{
  uint32_t id;
  uint32_t sites;     /* that it has */
  uint32_t functions; /* that these are in */
  uint32_t refused;   /* sites that match but may not be probed */
  /* Of those, how many for each enum mdtrace_reason.  */
  uint32_t reasons[MDTRACE_REASONS_MAX];
} mdtrace_created_t;

/* What became of the hits of a probe.  At any moment at which no hit is
   being handled,
   hits = recorded + filtered + dropped + throttled + missed.  */
typedef struct mdtrace_counts
{
  uint64_t hits;
  uint64_t recorded;  /* written to a ring, and not overwritten unread */
  uint64_t filtered;  /* not asked for */
  uint64_t dropped;   /* the ring was full or frozen, or overwrote it */
  uint64_t throttled; /* the probe had used up its budget */
  uint64_t missed;    /* hit while a hit was being handled on that CPU */
} mdtrace_counts_t;

typedef struct mdtrace_probe_info
{
  uint32_t id;
  uint32_t kinds; /* mask of MDTRACE_KIND_BIT */
  uint32_t state; /* enum mdtrace_probe_state */
  uint32_t sites;
  uint32_t functions; /* that the sites are in */
  uint32_t refused;   /* sites that match but may not be probed */
  uint32_t persist;   /* as in mdtrace_probe_config */
  /* Not 0: it was disabled because the lease of the claim that it was enabled
     under has ended, and was not enabled since.  */
  uint32_t lapsed;
  uint64_t address;	   /* of the first site */
  uint64_t offset;	   /* of an ADDRESS, from the function's beginning */
  uint64_t fields;	   /* mask of enum mdtrace_field */
  mdtrace_counts_t counts; /* summed over the sites and CPUs */
  char provider[MDTRACE_PROVIDER_BYTES];
  char module[MDTRACE_MODULE_BYTES];
  char function[MDTRACE_FUNCTION_BYTES]; /* or the pattern */
  char label[MDTRACE_LABEL_BYTES];
  char names[MDTRACE_NAMES_BYTES]; /* as in mdtrace_probe_config */
  char event[MDTRACE_EVENT_BYTES]; /* of a static probe */
} mdtrace_probe_info_t;

/* How a site is instrumented.  */
enum mdtrace_site_mode
{
  MDTRACE_MODE_NONE = 0, /* refused, or not enabled at this moment */
  MDTRACE_MODE_JUMP = 1,
  MDTRACE_MODE_BREAKPOINT = 2
};

/* One site in a page of mdtrace_probe_sites or mdtrace_function_sites.  In the
   former the function's name, NUL-terminated, follows it, filled up with NULs
   to the next multiple of 8 bytes.  */
struct mdtrace_site_entry
{
  uint64_t address;
  uint64_t function;	 /* address of its function */
  uint16_t entry_bytes;	 /* of this entry, the name included */
  uint8_t kind;		 /* enum mdtrace_probe_kind */
  uint8_t plan;		 /* enum mdtrace_site_mode: the best there can be */
  uint8_t mode;		 /* enum mdtrace_site_mode: at this moment */
  uint8_t reason;	 /* enum mdtrace_reason if the plan is NONE, or why it
			    is not JUMP */
  uint8_t changed_bytes; /* of the text, by the plan */
  uint8_t lead;		 /* the jump begins that much before the address */
  mdtrace_counts_t counts; /* of mdtrace_probe_sites */
};

/* One static probe in a page of mdtrace_static_list.  Behind it stand its
   provider, its event, the names of its arguments as in mdtrace_probe_config,
   and what of it the kernel lacks, each NUL-terminated, filled up with NULs to
   the next multiple of 8 bytes.  */
struct mdtrace_static_entry
{
  uint32_t entry_bytes; /* of this entry, the texts included */
  uint32_t sites;
  uint32_t refused; /* of those, not to be probed */
  uint32_t arguments;
};

/* What a custom event is fired with.  */
typedef struct mdtrace_fired
{
  uint64_t values[MDTRACE_ARGUMENTS_MAX];
} mdtrace_fired_t;

/* What is known of an address of the kernel's text.  */
typedef struct mdtrace_explanation
{
  uint64_t address;
  uint64_t instruction; /* where the instruction begins that it lies in; 0:
			   none */
  uint64_t function;	/* address of the function that it lies in; 0: none */
  uint32_t function_bytes;
  uint8_t instruction_bytes;
  uint8_t plan;	  /* enum mdtrace_site_mode, of the instruction */
  uint8_t mode;	  /* enum mdtrace_site_mode: at this moment */
  uint8_t reason; /* enum mdtrace_reason */
  char name[MDTRACE_FUNCTION_BYTES];
} mdtrace_explanation_t;

/* A probe, destroyed or not, in memory that can be read after a crash.  They
   are a list by number, in which nobody but the kernel part changes
   anything.  */
struct mdtrace_shared_probe
{
  uint64_t next_address; /* physical; 0: this is the last */
  /* Physical; struct mdtrace_shared_site of the first; 0: none, since it was
     destroyed.  */
  uint64_t sites_address;
  /* Physical; mdtrace_counts_t for each CPU: what its sites had counted when
     it was destroyed.  */
  uint64_t counts_address;
  /* Physical; uint64_t for each CPU: how many of the events that the counts
     have as recorded were overwritten, and so are dropped.  */
  uint64_t overwritten_address;
  mdtrace_probe_info_t info; /* its counts are zeros */
  mdtrace_probe_options_t options;
} __attribute__ ((aligned (8)));

/* A site of a probe in the same memory: a list by address.  */
struct mdtrace_shared_site
{
  uint64_t next_address; /* physical; 0: this is the last */
  uint64_t address;
  uint64_t kind;	     /* enum mdtrace_probe_kind */
  mdtrace_counts_t counts[]; /* for each CPU */
} __attribute__ ((aligned (8)));

typedef struct mdtrace_status
{
  uint32_t interface_version;
  uint32_t cpus;
  uint32_t word_bytes;	      /* of the traced machine: 4 or 8 */
  uint32_t functions;	      /* in the kernel */
  uint32_t functions_refused; /* of those, not to be probed at their entry */
  uint32_t probes;	      /* that exist */
  uint32_t probes_enabled;
  uint32_t probes_max;
  uint64_t ring_bytes; /* of each CPU's ring; 0 if rings are left out */
  uint64_t clock_hz;   /* clock ticks a second */
  /* Differs from one boot to the next, also of the same kernel.  */
  uint64_t boot_id;
  mdtrace_counts_t counts; /* of all probes that exist or existed */
  char mdtrace_version[MDTRACE_VERSION_BYTES];
  char kernel_version[MDTRACE_VERSION_BYTES];
  char holder[MDTRACE_HOLDER_BYTES]; /* who reads the rings; or empty */
  uint8_t text_hash[MDTRACE_TEXT_HASH_BYTES];
} mdtrace_status_t;

typedef struct mdtrace_clock
{
  uint64_t tsc_now;
  uint64_t tsc;	      /* at the last clock tick, as are those below */
  uint64_t time_ns;   /* since the epoch */
  uint64_t uptime_ns; /* since boot */
  uint64_t ticks;     /* since boot */
  /* The two clocks at the first tick that mdtrace saw, from which the rate
     of the time stamp counter can be told.  */
  uint64_t first_tsc;
  uint64_t first_uptime_ns;
} mdtrace_clock_t;

typedef struct mdtrace_ring_info
{
  uint64_t data_bytes;
  uint64_t generation;
  uint64_t head;
  uint64_t oldest;
  uint64_t tail;
  uint32_t mode;   /* enum mdtrace_ring_mode */
  uint32_t frozen; /* not 0: stopped to be read, in overwrite mode */
} mdtrace_ring_info_t;

enum mdtrace_health_factor
{
#define MDTRACE_HEALTH(name, word, counter, unit, reference, worst, points,   \
		       measured)                                              \
  MDTRACE_HEALTH_##name,
#include "mdtrace_health.def"
#undef MDTRACE_HEALTH
  MDTRACE_HEALTH_FACTORS
};

/* What a factor has to do with the score.  */
struct mdtrace_health_deduction
{
  uint32_t known;  /* 0: not measured, and no part of the score */
  uint32_t points; /* deducted */
  uint64_t measured;
  uint64_t reference;
};

typedef struct mdtrace_health
{
  uint32_t score; /* 0 to 100 */
  /* Seconds that the rates below were measured over; 0: not one full second
     has passed since the start, and what needs a rate is not known yet.  */
  uint32_t window_seconds;
  struct mdtrace_health_deduction factors[8]; /* by enum mdtrace_health_factor */
} mdtrace_health_t;

/* One function in a page of mdtrace_function_list; its name, NUL-terminated,
   follows it, filled up with NULs to the next multiple of 8 bytes.  */
struct mdtrace_function_entry
{
  uint64_t address;
  uint32_t bytes;
  uint16_t entry_bytes; /* of this entry, its name included */
  uint8_t refusal;	/* enum mdtrace_reason; 0: may be probed */
  uint8_t argument_count;
};

/* Why a place in the kernel's text may not be probed.  */
enum mdtrace_reason
{
  MDTRACE_REASON_NONE = 0,
#define MDTRACE_REASON(number, name, words) MDTRACE_REASON_##name = number,
#include "mdtrace_reasons.def"
#undef MDTRACE_REASON
};

/* The names by which the definitions know some of the types above.  */
typedef struct mdtrace_probe_info mdtrace_probe_page_t[MDTRACE_PROBES_PAGE];
typedef struct mdtrace_counts mdtrace_counts_cpus_t[MDTRACE_CPUS_MAX];
typedef uint8_t mdtrace_byte_t;
typedef mdtrace_byte_t mdtrace_bytes_page_t[MDTRACE_BYTES_PAGE];
typedef char mdtrace_holder_t[MDTRACE_HOLDER_BYTES];
typedef struct mdtrace_load mdtrace_loads_t[MDTRACE_CPUS_MAX];
typedef uint64_t mdtrace_watermarks_t[MDTRACE_CPUS_MAX];
typedef char mdtrace_event_name_t[MDTRACE_EVENT_BYTES];
typedef char mdtrace_counter_name_t[MDTRACE_COUNTER_NAME_BYTES];
typedef char mdtrace_counter_unit_t[MDTRACE_COUNTER_UNIT_BYTES];

#endif /* MDTRACE_TYPES_H */
