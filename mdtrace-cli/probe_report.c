/* mdtrace probe create: why not.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   The kernel only gives a number.  What else there is to say is asked for
   here: names that look alike, where an instruction begins, the reason.  */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "probe.h"

enum
{
  SUGGESTION_BYTES = 512
};

/* The functions of the kernel; none if they cannot be had.  */
struct functions
{
  struct mdtrace_function *list;
  size_t count;
};

static struct functions
get_functions (struct mdtrace_target *target)
{
  struct functions functions = { NULL, 0 };

  if (mdtrace_function_list (target, &functions.list, &functions.count)
      != MDTRACE_OK)
    functions = (struct functions){ NULL, 0 };
  return functions;
}

/* The first function that NAME, perhaps with @FILE.c, can mean.  */
static const struct mdtrace_function *
find_function (const struct functions *functions, const char *name)
{
  size_t length = strcspn (name, "@");

  for (size_t i = 0; i < functions->count; i++)
    if (strcmp (functions->list[i].name, name) == 0)
      return &functions->list[i];
  for (size_t i = 0; i < functions->count; i++)
    if (strncmp (functions->list[i].name, name, length) == 0
	&& functions->list[i].name[length] == '\0')
      return &functions->list[i];
  return NULL;
}

bool
probe_function_exists (struct mdtrace_target *target, const char *name)
{
  struct functions functions = get_functions (target);
  bool found = find_function (&functions, name) != NULL;

  free (functions.list);
  return found;
}

/* TEXT, which is freed, with SEPARATOR and MORE behind it.  */
static char *
append (char *text, const char *separator, const char *more)
{
  char *longer = cli_format ("%s%s%s", text, separator, more);

  free (text);
  return longer;
}

/* Names that look like that of CONFIG's function, and where it has gone.  */
static char *
detail_unknown (struct mdtrace_target *target,
		const mdtrace_probe_config_t *config,
		const struct mdtrace_debug *debug)
{
  struct mdtrace_inlined *places = NULL;
  size_t place_count = 0;

  if (debug != NULL)
    mdtrace_debug_inlined (debug, config->function, &places, &place_count);
  free (places);
  if (place_count > 0)
    return cli_format ("the compiler has put it into the functions that call "
		       "it; 'mdtrace probe explain %s' tells where",
		       config->function);

  struct functions functions = get_functions (target);
  char text[SUGGESTION_BYTES];
  explain_suggest (functions.list, functions.count, config->function, text,
		   sizeof text);
  free (functions.list);
  return cli_format ("%s", text);
}

/* What tells the functions of that name apart.  */
static char *
detail_ambiguous (struct mdtrace_target *target,
		  const mdtrace_probe_config_t *config)
{
  struct functions functions = get_functions (target);
  size_t length = strlen (config->function);
  char *text = cli_format ("%s", "");

  for (size_t i = 0; i < functions.count; i++)
    if (strncmp (functions.list[i].name, config->function, length) == 0
	&& functions.list[i].name[length] == '@')
      text = append (text, text[0] != '\0' ? ", " : "there are ",
		     functions.list[i].name);
  free (functions.list);
  return text;
}

/* The address that CONFIG names; 0 if it names none.  */
static uint64_t
get_address (struct mdtrace_target *target,
	     const mdtrace_probe_config_t *config)
{
  if (config->function[0] == '\0')
    return config->offset;
  struct functions functions = get_functions (target);
  const struct mdtrace_function *function
      = find_function (&functions, config->function);
  uint64_t address = function == NULL ? 0 : function->address + config->offset;
  free (functions.list);
  return address;
}

/* Why a site that CONFIG names is refused.  */
static unsigned
get_reason (struct mdtrace_target *target,
	    const mdtrace_probe_config_t *config, uint64_t address)
{
  mdtrace_explanation_t explanation;
  struct mdtrace_site *sites;
  size_t count;
  unsigned reason = MDTRACE_REASON_NONE;

  if (config->kinds == MDTRACE_KIND_BIT (MDTRACE_PROBE_ADDRESS))
    return mdtrace_explain (target, address, &explanation) == MDTRACE_OK
	       ? explanation.reason
	       : MDTRACE_REASON_NONE;
  if (mdtrace_function_sites (target, address, &sites, &count) != MDTRACE_OK)
    return MDTRACE_REASON_NONE;
  for (size_t i = 0; i < count && reason == MDTRACE_REASON_NONE; i++)
    if (sites[i].plan == MDTRACE_MODE_NONE)
      reason = sites[i].reason;
  free (sites);
  return reason;
}

static char *
detail_refused (struct mdtrace_target *target,
		const mdtrace_probe_config_t *config)
{
  uint64_t address = get_address (target, config);
  unsigned reason = address == 0 ? 0 : get_reason (target, config, address);

  if (reason == MDTRACE_REASON_NONE)
    return NULL;
  return cli_format ("it %s", mdtrace_reason_words (reason));
}

/* Where the instruction begins that CONFIG's address lies in.  */
static char *
detail_inside (struct mdtrace_target *target,
	       const mdtrace_probe_config_t *config)
{
  mdtrace_explanation_t explanation;
  uint64_t address = get_address (target, config);

  if (address == 0
      || mdtrace_explain (target, address, &explanation) != MDTRACE_OK
      || explanation.instruction == 0)
    return NULL;
  return cli_format (
      "one of %u bytes begins at %s+0x%llx",
      (unsigned) explanation.instruction_bytes, explanation.name,
      (unsigned long long) (explanation.instruction - explanation.function));
}

/* Why nothing matches CONFIG, if it is a function that is there.  */
static char *
detail_none (const mdtrace_probe_config_t *config)
{
  if (!cli_is_single (config)
      || config->kinds != MDTRACE_KIND_BIT (MDTRACE_PROBE_RETURN))
    return NULL;
  return cli_format ("the function never returns");
}

static char *
detail_too_many (struct mdtrace_target *target)
{
  mdtrace_status_t status;

  if (mdtrace_get_status (target, &status) != MDTRACE_OK)
    return NULL;
  return cli_format ("this kernel was made with a limit of %u",
		     (unsigned) status.probes_max);
}

int
probe_report (const struct cli_options *options, struct mdtrace_target *target,
	      const mdtrace_probe_config_t *config,
	      const struct mdtrace_debug *debug, int error)
{
  char *what = cli_describe (config->function, config->kinds, config->offset,
			     cli_is_single (config));
  char *detail = NULL;

  switch (error)
    {
    case MDTRACE_ERR_NO_SUCH_FUNCTION:
      detail = detail_unknown (target, config, debug);
      break;
    case MDTRACE_ERR_AMBIGUOUS_FUNCTION:
      detail = detail_ambiguous (target, config);
      break;
    case MDTRACE_ERR_REFUSED_SITE:
      detail = detail_refused (target, config);
      break;
    case MDTRACE_ERR_INSIDE_INSTRUCTION:
      detail = detail_inside (target, config);
      break;
    case MDTRACE_ERR_NO_SITES:
      detail = detail_none (config);
      break;
    case MDTRACE_ERR_TOO_MANY_PROBES:
      detail = detail_too_many (target);
      break;
    default:
      detail = cli_format ("%s", mdtrace_detail (target));
    }
  int status = cli_report (options, what, error, detail);
  free (detail);
  free (what);
  return status;
}
