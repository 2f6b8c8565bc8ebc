/* Descriptions of probes, good and bad.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <config.h>

#include "mdtrace.h"
#include "tap.h"

enum
{
  ENTRY = 1 << MDTRACE_PROBE_ENTRY,
  RETURN = 1 << MDTRACE_PROBE_RETURN,
  ADDRESS = 1 << MDTRACE_PROBE_ADDRESS
};

/* TEXT must mean KINDS in FUNCTION, with OFFSET.  */
static void
check (const char *text, const char *function, unsigned kinds, uint64_t offset)
{
  mdtrace_probe_config_t config;
  const char *problem = "";

  memset (&config, 0xa5, sizeof config);
  CHECK_NUMBER (mdtrace_parse_description (text, &config, &problem),
		MDTRACE_OK);
  CHECK (problem == NULL);
  CHECK_TEXT (config.function, function);
  CHECK_NUMBER (config.kinds, kinds);
  CHECK_NUMBER (config.offset, offset);
  CHECK_TEXT (config.module, "");
}

/* TEXT must be refused in words that begin with WORDS.  */
static void
check_bad (const char *text, const char *words)
{
  mdtrace_probe_config_t config;
  const char *problem = NULL;

  CHECK_NUMBER (mdtrace_parse_description (text, &config, &problem),
		MDTRACE_ERR_BAD_DESCRIPTION);
  CHECK (problem != NULL);
  if (strncmp (problem, words, strlen (words)) != 0)
    printf ("# '%s': %s\n", text, problem);
  CHECK (strncmp (problem, words, strlen (words)) == 0);
}

static void
takes_words (void)
{
  check ("task_create", "task_create", ENTRY, 0);
  check ("task_create@task.c", "task_create@task.c", ENTRY, 0);
  check ("a.isra.0", "a.isra.0", ENTRY, 0);
  check ("vm_*", "vm_*", ENTRY, 0);
  check ("*", "*", ENTRY, 0);
  check ("task_create+0x12", "task_create", ADDRESS, 0x12);
  check ("task_create+18", "task_create", ADDRESS, 18);
  check ("task_create+0", "task_create", ADDRESS, 0);
  check ("0xffffffff8101e1e0", "", ADDRESS, 0xffffffff8101e1e0);
  check ("0xABCDEF", "", ADDRESS, 0xabcdef);
  check ("0xffffffffffffffff", "", ADDRESS, UINT64_MAX);
}

static void
takes_parts (void)
{
  check ("fbt:kernel:task_create:entry", "task_create", ENTRY, 0);
  check ("fbt:kernel:task_create:return", "task_create", RETURN, 0);
  check ("fbt:kernel:task_create:", "task_create", ENTRY | RETURN, 0);
  check ("::task_create:", "task_create", ENTRY | RETURN, 0);
  check ("::task_create:*", "task_create", ENTRY | RETURN, 0);
  check ("::task_create:e*", "task_create", ENTRY, 0);
  check ("::task_create:?etur[mn]", "task_create", RETURN, 0);
  check ("f?t:[k]ernel:vm_*:return", "vm_*", RETURN, 0);
  check (":::entry", "", ENTRY, 0);
  check (":::", "", ENTRY | RETURN, 0);
  check ("fbt::F:+0x12", "F", ADDRESS, 0x12);
  check ("fbt::F:+7", "F", ADDRESS, 7);
}

static void
check_static (const char *text, const char *provider, const char *function,
	      const char *event)
{
  mdtrace_probe_definition_t definition;
  const char *problem = NULL;

  memset (&definition, 0xa5, sizeof definition);
  CHECK_NUMBER (mdtrace_parse_definition (text, &definition, &problem),
		MDTRACE_OK);
  CHECK (problem == NULL);
  CHECK_TEXT (definition.options.provider, provider);
  CHECK_TEXT (definition.options.event, event);
  CHECK_TEXT (definition.config.function, function);
  if (provider[0] != '\0')
    CHECK_NUMBER (definition.config.kinds, 0);
}

static void
takes_static (void)
{
  check_static ("vm:::fault", "vm", "", "fault");
  check_static ("vm:kernel::fault-done", "vm", "", "fault-done");
  check_static ("syscall::mach_*:entry", "syscall", "mach_*", "entry");
  check_static ("s*:::*", "s*", "", "*");
  check_static ("custom:::a name", "custom", "", "a name");
  /* These are functions.  */
  check_static ("task_create", "", "task_create", "");
  check_static ("fbt:::entry", "", "", "");
  check_static ("*::f:entry", "", "f", "");
}

static void
refuses_what_is_none (void)
{
  char text[128];

  check_bad ("", "name a function");
  check_bad ("a:b", "a description is");
  check_bad ("a:b:c", "a description is");
  check_bad ("a:b:c:d:e", "a description is");
  check_bad ("net::f:entry", "that is a static probe");
  check_bad ("net:::", "name the event");
  check_bad ("anoverlyprovider:::x", "no provider has");
  check_bad ("net:::abcdefghijklmnopqrstuvwxyz123456", "no provider has");
  check_bad (":ext2fs:f:entry", "no such module");
  check_bad ("::f:middle", "no such place");
  check_bad ("f+", "behind the +");
  check_bad ("f+x", "behind the +");
  check_bad ("f+-1", "behind the +");
  check_bad ("f+0x", "behind the +");
  check_bad ("f+ 1", "behind the +");
  check_bad ("f+1+2", "behind the +");
  check_bad ("f+18446744073709551616", "behind the +");
  check_bad ("::f:+", "behind the +");
  check_bad ("f*+1", "an offset is that in one function");
  check_bad (":::+1", "an offset is that in one function");
  check_bad ("+1", "an offset is that in one function");
  check_bad ("0x", "an address has");
  check_bad ("0xg", "an address has");
  check_bad ("0x10000000000000000", "an address has");
  memset (text, 'f', sizeof text);
  text[MDTRACE_FUNCTION_BYTES] = '\0';
  check_bad (text, "a part of it is too long");
  text[MDTRACE_FUNCTION_BYTES - 1] = '\0';
  check (text, text, ENTRY, 0);
}

/* Whatever it is, nothing breaks, and strings end.  */
static void
bears_anything (void)
{
  static const char characters[] = ":+*?[]0x19afkernlt_.@ \n\377";
  mdtrace_probe_config_t config = { .kinds = 0 };
  uint64_t seed = 1;
  unsigned good = 0;

  for (int i = 0; i < 200000; i++)
    {
      const char *problem;
      char text[24];
      size_t length = tap_below (&seed, sizeof text);
      for (size_t j = 0; j < length; j++)
	text[j] = characters[tap_below (&seed, sizeof characters - 1)];
      text[length] = '\0';
      int error = mdtrace_parse_description (text, &config, &problem);
      CHECK ((error == MDTRACE_OK) == (problem == NULL));
      CHECK (memchr (config.function, 0, sizeof config.function) != NULL);
      if (error == MDTRACE_OK)
	CHECK (config.kinds != 0 && (config.kinds & ~MDTRACE_KINDS_ALL) == 0);
      good += error == MDTRACE_OK;
    }
  CHECK (good > 1000);
}

TAP_MAIN ({ takes_words, "functions, offsets and addresses" },
	  { takes_parts, "descriptions of four parts" },
	  { takes_static, "descriptions of static probes" },
	  { refuses_what_is_none, "what is no description, and why" },
	  { bears_anything, "anything at all" })
