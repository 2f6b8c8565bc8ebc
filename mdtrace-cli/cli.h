/* mdtrace: what its verbs share.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   One verb, one file, one manual page.  A verb returns the exit status: 0
   done, 1 refused or failed; a usage error ends the program with 2.  */

#ifndef CLI_H
#define CLI_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>

#include "mdtrace.h"

struct source;

/* Options that every verb has.  */
struct cli_options
{
  const char *target; /* null: the default */
  bool json;
};

/* The options that every verb has, with a pointer to struct cli_options as its
   input.  */
extern const struct argp cli_common_argp;

/* To be a child of each verb's argp, with a pointer to struct cli_options as
   its input.  */
extern const struct argp_child cli_children[];

/* What a verb does with what it does not know itself: gives OPTIONS to the
   common options, and takes no arguments.  */
error_t cli_parse_rest (int key, char *argument, struct argp_state *state,
			struct cli_options *options);

/* The verbs.  OPTIONS are those given before the verb; the first argument is
   the verb's name, as messages show it.  */
int cli_status (int argc, char **argv, struct cli_options *options);
int cli_probe (int argc, char **argv, struct cli_options *options);
int cli_probe_create (int argc, char **argv, struct cli_options *options);
int cli_probe_change (int argc, char **argv, struct cli_options *options);
int cli_probe_list (int argc, char **argv, struct cli_options *options);
int cli_probe_explain (int argc, char **argv, struct cli_options *options);
int cli_agg (int argc, char **argv, struct cli_options *options);
int cli_agg_read (int argc, char **argv, struct cli_options *options);
int cli_agg_clear (int argc, char **argv, struct cli_options *options);
int cli_agg_watch (int argc, char **argv, struct cli_options *options);
int cli_counter (int argc, char **argv, struct cli_options *options);
int cli_counter_list (int argc, char **argv, struct cli_options *options);
int cli_counter_enable (int argc, char **argv, struct cli_options *options);
int cli_counter_change (int argc, char **argv, struct cli_options *options);
int cli_counter_read (int argc, char **argv, struct cli_options *options);
int cli_counter_create (int argc, char **argv, struct cli_options *options);
int cli_counter_update (int argc, char **argv, struct cli_options *options);
int cli_snapshot (int argc, char **argv, struct cli_options *options);
int cli_command (int argc, char **argv, struct cli_options *options);
int cli_budget (int argc, char **argv, struct cli_options *options);
int cli_fire (int argc, char **argv, struct cli_options *options);
int cli_top (int argc, char **argv, struct cli_options *options);
int cli_trace (int argc, char **argv, struct cli_options *options);
int cli_hist (int argc, char **argv, struct cli_options *options);
int cli_trend (int argc, char **argv, struct cli_options *options);
int cli_health (int argc, char **argv, struct cli_options *options);
int cli_flame (int argc, char **argv, struct cli_options *options);
int cli_export (int argc, char **argv, struct cli_options *options);
int cli_analyze (int argc, char **argv, struct cli_options *options);
int cli_query (int argc, char **argv, struct cli_options *options);
int cli_ring (int argc, char **argv, struct cli_options *options);
int cli_record (int argc, char **argv, struct cli_options *options);
int cli_import (int argc, char **argv, struct cli_options *options);
int cli_db (int argc, char **argv, struct cli_options *options);
int cli_db_info (int argc, char **argv, struct cli_options *options);
int cli_db_check (int argc, char **argv, struct cli_options *options);
int cli_db_vacuum (int argc, char **argv, struct cli_options *options);
int cli_db_export (int argc, char **argv, struct cli_options *options);
int cli_db_merge (int argc, char **argv, struct cli_options *options);
int cli_db_recover (int argc, char **argv, struct cli_options *options);

/* A verb, or a part of one.  */
struct cli_verb
{
  const char *name;
  const char *help;
  int (*run) (int argc, char **argv, struct cli_options *options);
};

/* Run the one of VERBS, which end with a null name, that the first argument
   behind the options names.  ARGUMENTS and HELP are what --help says of what
   they belong to.  */
int cli_dispatch (const struct cli_verb *verbs, const char *arguments,
		  const char *help, int argc, char **argv,
		  struct cli_options *options);

/* Open the target, or say why that cannot be and exit with status 1.  */
struct mdtrace_target *cli_open (const struct cli_options *options);

/* Report that TARGET, which may be null, could not be opened because of ERROR,
   and end.  */
_Noreturn void cli_cannot_open (const struct cli_options *options,
				const struct mdtrace_target *target,
				int error);

/* Open the debug file of TARGET's kernel: PATH, or if that is null, one that
   is found.  Null if none is.  If PATH is not the right one say so and exit
   with status 1; one that was found is complained about.  */
struct mdtrace_debug *cli_open_debug (const struct cli_options *options,
				      struct mdtrace_target *target,
				      const char *path);

/* The name of the database that is meant: GIVEN, or if that is null the one
   that MDTRACE_DATABASE names, or that of the daemon, which stores first what
   it has not yet; GIVEN may also be that daemon's target.  Null after an
   error, which is reported.  The caller frees it.  */
char *cli_find_database (const struct cli_options *options, const char *given);

/* Open the trace that is meant, give CLOSURE, the trace and the name of its
   file to USE, which returns the exit status, and close it: GIVEN is the name
   of a database or trace file, or a target, whose daemon stores first what it
   has not yet; if it is null, what cli_find_database finds.  IS_PARTIAL is as
   in source.h.  Returns the exit status; a failure is reported.  */
int cli_use_source (const struct cli_options *options, const char *given,
		    bool is_partial,
		    int use (void *closure, struct source *source,
			     const char *path),
		    void *closure);

/* Close SOURCE, whose file is at PATH, and say on standard error what of it
   was damaged and could not be used.  */
void cli_close_source (struct source *source, const char *path);

/* Whether CONFIG names a function, and not a pattern or all.  */
bool cli_is_single (const mdtrace_probe_config_t *config);

/* What a probe is, as it would be described: just the function if it
   IS_SINGLE.  The caller frees it.  */
char *cli_describe (const char *function, unsigned kinds, uint64_t offset,
		    bool is_single);

/* Names of values as an array of objects, from the text that a probe has, and
   one of them.  */
json_t *cli_json_names (const char *text);
json_t *cli_json_name (const struct mdtrace_value_name *name);

/* Say on standard error that what WHAT says has failed with ERROR, and DETAIL
   unless it is null or empty.  */
void cli_complain (const char *what, int error, const char *detail);

/* The same as a JSON object.  */
json_t *cli_json_error (const char *what, int error, const char *detail);

/* Complain, and with --json print {"error": …} on standard output too, in one
   line, so that it can end a stream of lines.  Returns the exit status 1.  */
int cli_report (const struct cli_options *options, const char *what, int error,
		const char *detail);

/* Print DOCUMENT on standard output and release it; fail if that cannot be
   written.  */
void cli_print_json (json_t *document);

/* Numbers that may not fit JSON's, as "0x…".  */
json_t *cli_json_address (uint64_t address);

/* TEXT, which may have come from anywhere: each byte of what is not UTF-8 is
   shown as U+FFFD.  */
json_t *cli_json_text (const char *text);

/* An object by FORMAT, as json_pack takes it: "{s:s, s:I}", of members with
   one of siIbfoOn each.  Texts can be whatever cli_json_text takes.  */
json_t *cli_json_pack (const char *format, ...);

/* Set NAME, as cli_json_text shows it, to VALUE, which belongs to OBJECT
   then.  */
void cli_json_set (json_t *object, const char *name, json_t *value);

/* Whether all DIRECTORIES, separated by ':', can be read, as they must be if
   somebody names them; null: nobody does.  Which one cannot is reported.  */
bool cli_can_read (const struct cli_options *options, const char *directories);

/* Flush standard output, and fail if it could not be written.  Returns exit
   status 0.  */
int cli_finish (void);

/* A string by printf's rules; the caller frees it.  */
char *cli_format (const char *format, ...)
    __attribute__ ((format (printf, 1, 2)));

/* The number ARGUMENT, at least LEAST, or a usage error about WHAT.  */
unsigned long cli_parse_number (const struct argp_state *state,
				const char *argument, const char *what,
				unsigned long least);

#endif /* CLI_H */
