/* Files of rules for the health score that are wrong.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include <errno.h>
#include <sys/stat.h>

#include "mdtrace.h"
#include "tap.h"

static struct mdtrace_health_rule rules[MDTRACE_HEALTH_FACTORS];

#define FORM "a rule is 'FACTOR: reference R worst W points P'"

static const struct
{
  const char *text, *message;
} mistakes[] = {
  { "speed: reference 1 worst 2 points 3",
    "unit: line 1: 'speed' is no factor; 'mdtrace health --print-rules' shows "
    "those that there are" },
  { "Memory: reference 1 worst 2 points 3",
    "unit: line 1: 'Memory' is no factor; 'mdtrace health --print-rules' "
    "shows those that there are" },
  { "memor: reference 1 worst 2 points 3",
    "unit: line 1: 'memor' is no factor; 'mdtrace health --print-rules' shows "
    "those that there are" },
  { ":", "unit: line 1: '' is no factor; 'mdtrace health --print-rules' shows "
	 "those that there are" },
  { "\n# x\nmemory reference 1 worst 2 points 3",
    "unit: line 3: 'memory' has no colon behind it; " FORM },
  { "memory : reference 1 worst 2 points 3",
    "unit: line 1: 'memory' has no colon behind it; " FORM },
  { "cpu:", "unit: line 1: cpu lacks reference; " FORM },
  { "cpu: worst 2 points 3", "unit: line 1: cpu lacks reference; " FORM },
  { "cpu: reference 1 points 3", "unit: line 1: cpu lacks worst; " FORM },
  { "cpu: reference 1 worst 2", "unit: line 1: cpu lacks points; " FORM },
  { "cpu: reference 1 worst 2 # points 3",
    "unit: line 1: cpu lacks points; " FORM },
  { "cpu: reference 1 worst 2 points",
    "unit: line 1: cpu has no number behind points" },
  { "cpu: reference worst 2 points 3",
    "unit: line 1: 'worst' behind reference is no whole number up to "
    "4294967295" },
  { "cpu: reference -1 worst 2 points 3",
    "unit: line 1: '-1' behind reference is no whole number up to "
    "4294967295" },
  { "cpu: reference 1.5 worst 2 points 3",
    "unit: line 1: '1.5' behind reference is no whole number up to "
    "4294967295" },
  { "cpu: reference 1 worst 4294967296 points 3",
    "unit: line 1: '4294967296' behind worst is no whole number up to "
    "4294967295" },
  { "cpu: reference 1 worst 99999999999999999999999999999999999999999999 "
    "points 3",
    "unit: line 1: '9999999999999999999999999999999999999999' behind worst is "
    "no whole number up to 4294967295" },
  { "cpu: reference 1 worst 2 points 3 weight 4",
    "unit: line 1: 'weight' is none of reference, worst and points" },
  { "cpu: reference 1 worst 2 points 3 worst 4",
    "unit: line 1: cpu has two numbers behind worst" },
  { "cpu: reference 2 worst 2 points 3",
    "unit: line 1: cpu: worst, 2, must be greater than reference, 2" },
  { "cpu: reference 3 worst 2 points 3",
    "unit: line 1: cpu: worst, 2, must be greater than reference, 3" },
  { "cpu: reference 1 worst 2 points 101",
    "unit: line 1: cpu: points, 101, must be 100 at most" },
  { "cpu: reference 1 worst 2 points 3\n\ncpu: reference 1 worst 2 points 3\n",
    "unit: line 3: cpu has a rule before; remove one of both" },
};

static void
mistakes_are_told (void)
{
  for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
    {
      char message[256] = "";
      CHECK_NUMBER (mdtrace_rules_parse (mistakes[i].text,
					 strlen (mistakes[i].text), "unit",
					 rules, message, sizeof message),
		    MDTRACE_ERR_BAD_RULES);
      CHECK_TEXT (message, mistakes[i].message);
    }
}

static void
bytes_that_are_none_of_text (void)
{
  static const char text[] = "# good\ncpu: reference 1\0 worst 2 points 3";
  char message[256] = "";

  CHECK_NUMBER (mdtrace_rules_parse (text, sizeof text - 1, "unit", rules,
				     message, sizeof message),
		MDTRACE_ERR_BAD_RULES);
  CHECK_TEXT (message, "unit: line 2: it is no text: a byte is 0");
}

/* How often BYTE is in the TEXT of BYTES bytes.  */
static unsigned
count (const char *text, size_t bytes, char byte)
{
  unsigned found = 0;

  for (size_t i = 0; i < bytes; i++)
    found += text[i] == byte;
  return found;
}

/* TEXT of BYTES bytes, in memory that ends with it, is either refused, with a
   line that it has and a message that ends, or gives rules that are ones.
   Returns whether it was refused.  */
static bool
read_any (const char *text, size_t bytes, size_t message_bytes)
{
  char *exact = malloc (bytes), *message = malloc (message_bytes);
  unsigned line;

  CHECK (message != NULL && (exact != NULL || bytes == 0));
  memcpy (exact, text, bytes);
  message[0] = '\0';
  int error = mdtrace_rules_parse (exact, bytes, "unit", rules, message,
				   message_bytes);
  if (error == MDTRACE_OK)
    for (unsigned i = 0; i < MDTRACE_HEALTH_FACTORS; i++)
      CHECK (rules[i].worst > rules[i].reference && rules[i].points <= 100);
  else
    {
      CHECK_NUMBER (error, MDTRACE_ERR_BAD_RULES);
      CHECK (strlen (message) < message_bytes);
      if (message_bytes > 100)
	{
	  CHECK_NUMBER (sscanf (message, "unit: line %u: ", &line), 1);
	  CHECK (line >= 1 && line <= count (text, bytes, '\n') + 1);
	}
    }
  free (exact);
  free (message);
  return error != MDTRACE_OK;
}

/* A good file with bytes that were changed, left out, or put twice.  */
static void
mutated_files (void)
{
  static const char good[]
      = "# rules\n"
	"memory: reference 0 worst 10000 points 50\n"
	"cpu: reference 9000 worst 10000 points 8\n"
	"\n"
	"ipc-latency: points 30 reference 1 worst 9 # x\n";
  static const char bytes_tried[] = "0123456789 \t\n\r:#-rwpm\xff";
  uint64_t state = 2;
  unsigned refused = 0;
  enum
  {
    ROUNDS = 30000
  };

  for (int round = 0; round < ROUNDS; round++)
    {
      char text[2 * sizeof good];
      size_t bytes = sizeof good - 1;
      memcpy (text, good, bytes);
      for (uint64_t i = 1 + tap_below (&state, 4); i > 0 && bytes > 0; i--)
	{
	  size_t at = tap_below (&state, bytes);
	  switch (tap_below (&state, 4))
	    {
	    case 0:
	      text[at] = bytes_tried[tap_below (&state, sizeof bytes_tried)];
	      break;
	    case 1:
	      memmove (text + at, text + at + 1, bytes-- - at - 1);
	      break;
	    case 2:
	      memmove (text + at + 1, text + at, bytes++ - at);
	      break;
	    default:
	      bytes = at;
	    }
	}
      refused += read_any (text, bytes,
			   1 + tap_below (&state, round % 2 ? 300 : 30));
    }
  /* Both happens.  */
  CHECK (refused > ROUNDS / 10 && refused < ROUNDS * 9 / 10);
}

static void
random_bytes (void)
{
  uint64_t state = 3;

  for (int round = 0; round < 3000; round++)
    {
      char text[512];
      size_t bytes = tap_below (&state, sizeof text);
      for (size_t i = 0; i < bytes; i++)
	text[i] = (char) tap_below (&state, 256);
      read_any (text, bytes, 256);
    }
}

static void
files_that_cannot_be_read (void)
{
  char directory[] = "/tmp/mdtrace-rules-XXXXXX", path[64], message[256];
  FILE *file;

  CHECK (mkdtemp (directory) != NULL);
  snprintf (path, sizeof path, "%s/rules", directory);
  errno = 0;
  CHECK_NUMBER (mdtrace_rules_read (path, rules, message, sizeof message),
		MDTRACE_ERR_SYSTEM);
  CHECK_NUMBER (errno, ENOENT);
  CHECK (strstr (message, path) == message);
  CHECK (strstr (message, strerror (ENOENT)) != NULL);
  CHECK_NUMBER (mdtrace_rules_read (directory, rules, message, sizeof message),
		MDTRACE_ERR_SYSTEM);
  CHECK_NUMBER (errno, EISDIR);
  CHECK (strstr (message, strerror (EISDIR)) != NULL);

  /* As long as it may be, and a byte more.  */
  file = fopen (path, "w");
  CHECK (file != NULL);
  for (int i = 0; i < MDTRACE_RULES_BYTES_MAX; i++)
    putc ('#', file);
  CHECK_NUMBER (fflush (file), 0);
  CHECK_NUMBER (mdtrace_rules_read (path, rules, message, sizeof message),
		MDTRACE_OK);
  putc ('#', file);
  CHECK_NUMBER (fclose (file), 0);
  CHECK_NUMBER (mdtrace_rules_read (path, rules, message, sizeof message),
		MDTRACE_ERR_BAD_RULES);
  CHECK (strstr (message, "is longer than a file of rules may be") != NULL);
  CHECK_NUMBER (unlink (path), 0);
  CHECK_NUMBER (rmdir (directory), 0);
}

TAP_MAIN ({ mistakes_are_told, "each mistake is told with its line" },
	  { bytes_that_are_none_of_text, "bytes that are none of text" },
	  { mutated_files, "mutated files" }, { random_bytes, "random bytes" },
	  { files_that_cannot_be_read, "files that cannot be read" })
