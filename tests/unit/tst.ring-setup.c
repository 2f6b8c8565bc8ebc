/* Trace rings made with other sizes and modes, and what can be found of them
   and of probes in memory alone.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later  */

#include "claim.h"
#include "hooks.h"
#include "pages.h"
#include "probes.h"

static struct ring *const ring = &rings[0];

static void
check_ring (uint64_t bytes, enum mdtrace_ring_mode mode, uint64_t generation)
{
  const struct mdtrace_shared_ring *shared = &mdtrace_shared.rings[0];
  mdtrace_ring_info_t info;

  CHECK_NUMBER (mdtrace_ring_status (loopback, 0, &info), MDTRACE_OK);
  CHECK_NUMBER (info.data_bytes, bytes);
  CHECK_NUMBER (info.mode, mode);
  CHECK_NUMBER (info.generation, generation);
  CHECK_NUMBER (info.frozen, 0);
  CHECK_NUMBER (ring->control->mode, mode);
  CHECK_NUMBER (ring->control->generation, generation);
  CHECK_NUMBER (shared->data_bytes, bytes);
  CHECK_NUMBER (shared->data_address, (uintptr_t) ring->data - DIRECT_MAP);
  CHECK_NUMBER (shared->control_address,
		(uintptr_t) ring->control - DIRECT_MAP);
  CHECK_NUMBER (shared->tail_address, (uintptr_t) ring->tail - DIRECT_MAP);
}

static void
check_empty (void)
{
  mdtrace_ring_info_t info;

  ring_get_info (ring, &info);
  CHECK_NUMBER (info.head, 0);
  CHECK_NUMBER (info.oldest, 0);
  CHECK_NUMBER (info.tail, 0);
}

static int
configure (uint64_t bytes, unsigned mode)
{
  return mdtrace_ring_configure (loopback, bytes, mode);
}

static void
makes_them_anew (void)
{
  uint64_t generation = 0;

  probes_boot ();
  uint32_t id = probe_create ("many", true);
  check_ring (RING_BYTES_DEFAULT, MDTRACE_RING_DISCARD, 0);
  for (uint64_t bytes = RING_BYTES_MIN; bytes <= PAGES_BYTES_MAX; bytes *= 2)
    for (unsigned mode = 1; mode < MDTRACE_RING_MODES; mode++)
      {
	CHECK_NUMBER (configure (bytes, mode), MDTRACE_OK);
	check_ring (bytes, mode, ++generation);
	check_empty ();
	for (int i = 0; i < 100; i++)
	  CHECK (standin_call (MANY));
	check_law ();
      }
  /* What is not said stays.  */
  CHECK_NUMBER (configure (8192, 0), MDTRACE_OK);
  check_ring (8192, MDTRACE_RING_OVERWRITE, ++generation);
  CHECK_NUMBER (configure (0, MDTRACE_RING_DISCARD), MDTRACE_OK);
  check_ring (8192, MDTRACE_RING_DISCARD, ++generation);
  CHECK_NUMBER (configure (0, 0), MDTRACE_OK);
  check_ring (8192, MDTRACE_RING_DISCARD, ++generation);
  /* All that was in the old ones is gone.  */
  mdtrace_counts_t counts = probe_counts (id);
  CHECK_NUMBER (counts.recorded, 0);
  CHECK_NUMBER (counts.dropped, counts.hits);
}

static void
counts_what_was_not_read (void)
{
  probes_boot ();
  uint32_t id = probe_create ("beta", true);
  for (int i = 0; i < 10; i++)
    CHECK (standin_call (BETA));
  CHECK_NUMBER (claim_take ("reader", 1000), MDTRACE_OK);
  /* A name and four events.  */
  CHECK_NUMBER (ring_consume (ring, 8 * (MDTRACE_TASK_NAME_WORDS + 4 * 4)),
		MDTRACE_OK);
  CHECK_NUMBER (claim_release ("reader"), MDTRACE_OK);
  CHECK_NUMBER (configure (0, 0), MDTRACE_OK);
  CHECK_NUMBER (probe_counts (id).recorded, 4);
  CHECK_NUMBER (probe_counts (id).dropped, 6);
  mdtrace_counts_t counts[MDTRACE_CPUS_MAX];
  unsigned cpus;
  CHECK_NUMBER (mdtrace_probe_counts (loopback, id, counts, &cpus),
		MDTRACE_OK);
  CHECK_NUMBER (counts[0].recorded, 4);
  check_law ();
  /* Tasks are named anew.  */
  CHECK (ring_lacks_task_name (ring, &standin_tasks[0]));
}

/* Memory is kept for those who may see it still, and used again.  */
static void
keeps_their_memory (void)
{
  probes_boot ();
  uint8_t *data = ring->data;
  const void *control = ring->control, *tail = ring->tail;
  CHECK_NUMBER (configure (1 << 16, 0), MDTRACE_OK);
  CHECK (ring->data != data);
  unsigned blocks = standin.page_blocks;
  for (int i = 0; i < 20; i++)
    {
      CHECK_NUMBER (configure (RING_BYTES_DEFAULT, 0), MDTRACE_OK);
      CHECK (ring->data == data);
      CHECK_NUMBER (configure (1 << 16, 0), MDTRACE_OK);
    }
  CHECK_NUMBER (standin.page_blocks, blocks);
  CHECK (ring->control == control && ring->tail == tail);
}

static void
refuses (void)
{
  static const uint64_t sizes[] = { 1,
				    2048,
				    4096 + 8,
				    3 * 4096,
				    2 * PAGES_BYTES_MAX,
				    UINT64_C (1) << 32,
				    UINT64_C (1) << 63,
				    UINT64_MAX };

  probes_boot ();
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
    CHECK_NUMBER (configure (sizes[i], 0), MDTRACE_ERR_BAD_ARGUMENT);
  CHECK_NUMBER (configure (0, MDTRACE_RING_MODES), MDTRACE_ERR_BAD_ARGUMENT);
  CHECK_NUMBER (configure (0, UINT32_MAX), MDTRACE_ERR_BAD_ARGUMENT);
  CHECK_NUMBER (claim_take ("somebody", 1000), MDTRACE_OK);
  CHECK_NUMBER (configure (4096, 0), MDTRACE_ERR_RING_CLAIMED);
  CHECK (strstr (loopback->detail, "'somebody'") != NULL);
  standin_ticks (100);
  standin.pages_left = 0;
  CHECK_NUMBER (configure (4096, 0), MDTRACE_ERR_NO_MEMORY);
  check_ring (RING_BYTES_DEFAULT, MDTRACE_RING_DISCARD, 0);
  standin.pages_left = -1;
  CHECK_NUMBER (configure (4096, 0), MDTRACE_OK);
  check_ring (4096, MDTRACE_RING_DISCARD, 1);
}

/* The words LINE on the command line make rings of BYTES and MODE.  */
static void
check_words (const char *line, uint64_t bytes, enum mdtrace_ring_mode mode)
{
  standin_boot (line);
  mdtrace_start ();
  CHECK_NUMBER (ring->size, bytes);
  CHECK_NUMBER (ring->mode, mode);
}

static void
obeys_the_command_line (void)
{
  check_words ("mdtrace.ring=65536", 65536, MDTRACE_RING_DISCARD);
  check_words ("a mdtrace.ring=64K b", 65536, MDTRACE_RING_DISCARD);
  check_words ("mdtrace.ring=4M mdtrace.mode=overwrite", 4 << 20,
	       MDTRACE_RING_OVERWRITE);
  check_words ("mdtrace.mode=overwrite", RING_BYTES_DEFAULT,
	       MDTRACE_RING_OVERWRITE);
  check_words ("mdtrace.mode=discard mdtrace.ring=4096", 4096,
	       MDTRACE_RING_DISCARD);
  CHECK (!standin_said ("refused"));
}

static void
refuses_words (void)
{
  static const char *const sizes[] = { "",
				       "K",
				       "0",
				       "1000",
				       "8M",
				       "64k",
				       "64KB",
				       "-4096",
				       "3M",
				       "99999999999999999999",
				       "18014398509481985K" };
  char line[64];

  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
    {
      snprintf (line, sizeof line, "mdtrace.ring=%s x", sizes[i]);
      check_words (line, RING_BYTES_DEFAULT, MDTRACE_RING_DISCARD);
      CHECK (standin_said ("mdtrace.ring: refused; it takes a power of two"));
    }
  check_words ("mdtrace.mode=over", RING_BYTES_DEFAULT, MDTRACE_RING_DISCARD);
  CHECK (standin_said ("mdtrace.mode: refused; there are discard, "
		       "overwrite\n"));
}

static const void *
at (uint64_t address)
{
  return address == 0 ? NULL
		      : (const void *) (uintptr_t) (address + DIRECT_MAP);
}

/* What stands in memory about probes is what the kernel says of them.  */
static void
check_directory (void)
{
  uint32_t count, seen = 0;
  const dynamic_probe_status_t *list = probe_list (&count);
  const struct mdtrace_shared_probe *shared
      = at (mdtrace_shared.probes_address);

  for (; shared != NULL; shared = at (shared->next_address), seen++)
    {
      CHECK (seen < count);
      dynamic_probe_status_t info = shared->info;
      const mdtrace_counts_t *counts = at (shared->counts_address);
      const uint64_t *overwritten = at (shared->overwritten_address);
      const struct mdtrace_shared_site *site = at (shared->sites_address);
      CHECK_NUMBER (site == NULL, info.state == MDTRACE_STATE_DESTROYED);
      info.counts = counts[0];
      for (; site != NULL; site = at (site->next_address))
	{
	  CHECK (site->address >= info.address);
	  dtrace_add_counts (&info.counts, &site->counts[0]);
	}
      info.counts.recorded -= overwritten[0];
      info.counts.dropped += overwritten[0];
      CHECK (memcmp (&info, &list[seen], sizeof info) == 0);
    }
  CHECK_NUMBER (seen, count);
}

static void
leaves_a_directory (void)
{
  uint64_t seed = 1;
  uint32_t last = 0;

  probes_boot ();
  CHECK_NUMBER (configure (4096, MDTRACE_RING_OVERWRITE), MDTRACE_OK);
  CHECK_NUMBER (mdtrace_shared.probes_address, 0);
  CHECK_TEXT (mdtrace_shared.kernel_version, mach_version);
  for (int step = 0; step < 3000; step++)
    {
      uint32_t id = last > 60 ? last - tap_below (&seed, 60) : 1;
      switch (tap_below (&seed, 6))
	{
	case 0:
	  if (step < 60 || tap_below (&seed, 2) == 0)
	    {
	      dynamic_probe_config_t config = probe_config (
		  standin_name (FUNCTION_0 + tap_below (&seed, 20)));
	      config.enabled = tap_below (&seed, 2);
	      mdtrace_created_t created = { 0 };
	      if (dynamic_probe_create (&config, &created) == MDTRACE_OK)
		last = created.id;
	    }
	  break;
	case 1:
	  dynamic_probe_destroy (id);
	  break;
	case 2:
	  dynamic_probe_enable (id);
	  break;
	case 3:
	  dynamic_probe_disable (id);
	  break;
	default:
	  standin_call (FUNCTION_0 + tap_below (&seed, 20));
	  break;
	}
      check_directory ();
    }
  CHECK (last > 100);
  check_law ();
}

TAP_MAIN ({ makes_them_anew, "rings of each size and mode" },
	  { counts_what_was_not_read, "what was not read counts as dropped" },
	  { keeps_their_memory, "their memory is kept and used again" },
	  { refuses, "what they cannot be" },
	  { obeys_the_command_line, "words of the command line" },
	  { refuses_words, "words that make no sense" },
	  { leaves_a_directory, "probes are described in memory" })
