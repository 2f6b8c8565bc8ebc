/* The law of conservation, whatever is done in whatever order.
   Copyright (C) 2026 the mdtrace authors.
   SPDX-License-Identifier: GPL-2.0-or-later

   Random operations on probes, calls of the probed functions, readers that
   come and go and memory that runs out, beside a model that knows what each
   must return and how often each probe was hit.  */

#include "probes.h"

enum
{
  FUNCTIONS = 12, /* that are probed: FUNCTION_0 and so on */
  MODEL_MAX = 40000
};

/* A probe as it must be.  */
struct model
{
  uint32_t state; /* 0: never was */
  unsigned function;
  uint64_t hits;
};

static struct model models[MODEL_MAX];
static uint32_t last_id, live;
static uint64_t seed, hits;
static struct mdtrace_rings *consumer;

/* Whether ERROR may have been for want of memory, which changes nothing.  */
static bool
lacked_memory (int error)
{
  return error == MDTRACE_ERR_NO_MEMORY && standin.pages_left == 0;
}

static void
create (void)
{
  unsigned function = tap_below (&seed, FUNCTIONS);
  dynamic_probe_config_t config
      = probe_config (standin_name (FUNCTION_0 + function));
  mdtrace_created_t created = { 0 };

  config.enabled = tap_below (&seed, 2);
  int error = dynamic_probe_create (&config, &created);
  if (lacked_memory (error))
    return;
  if (live == LIVE_MAX)
    {
      CHECK_NUMBER (error, MDTRACE_ERR_TOO_MANY_PROBES);
      return;
    }
  CHECK_NUMBER (error, MDTRACE_OK);
  uint32_t id = created.id;
  CHECK_NUMBER (id, ++last_id);
  CHECK (last_id < MODEL_MAX);
  live++;
  models[id].state
      = config.enabled ? MDTRACE_STATE_ENABLED : MDTRACE_STATE_DISABLED;
  models[id].function = function;
}

/* A number of a probe, or of one that was or will be.  */
static uint32_t
any_id (void)
{
  uint32_t recent = last_id > 200 ? last_id - 200 : 0;

  return recent + tap_below (&seed, last_id - recent + 2);
}

static void
enable (void)
{
  uint32_t id = any_id ();
  struct model *model = &models[id];
  int error = dynamic_probe_enable (id);

  if (lacked_memory (error))
    return;
  CHECK_NUMBER (error, model->state == MDTRACE_STATE_DISABLED ? MDTRACE_OK
		       : model->state == MDTRACE_STATE_ENABLED
			   ? MDTRACE_ERR_ALREADY_ENABLED
			   : MDTRACE_ERR_NO_SUCH_PROBE);
  if (error == MDTRACE_OK)
    model->state = MDTRACE_STATE_ENABLED;
}

static void
disable (void)
{
  uint32_t id = any_id ();
  struct model *model = &models[id];
  int error = dynamic_probe_disable (id);

  CHECK_NUMBER (error, model->state == MDTRACE_STATE_ENABLED ? MDTRACE_OK
		       : model->state == MDTRACE_STATE_DISABLED
			   ? MDTRACE_ERR_NOT_ENABLED
			   : MDTRACE_ERR_NO_SUCH_PROBE);
  if (error == MDTRACE_OK)
    model->state = MDTRACE_STATE_DISABLED;
}

static void
destroy (void)
{
  uint32_t id = any_id ();
  struct model *model = &models[id];
  bool there = model->state == MDTRACE_STATE_ENABLED
	       || model->state == MDTRACE_STATE_DISABLED;

  CHECK_NUMBER (dynamic_probe_destroy (id),
		there ? MDTRACE_OK : MDTRACE_ERR_NO_SUCH_PROBE);
  if (there)
    {
      model->state = MDTRACE_STATE_DESTROYED;
      live--;
    }
}

/* Call a function, and count what probes are enabled there.  */
static void
call_function (unsigned function)
{
  bool expected = false;

  for (uint32_t id = 1; id <= last_id; id++)
    if (models[id].state == MDTRACE_STATE_ENABLED
	&& models[id].function == function)
      {
	expected = true;
	models[id].hits++;
	hits++;
      }
  CHECK_NUMBER (standin_call (FUNCTION_0 + function), expected);
}

static void
call_another (void)
{
  standin.on_time_stamp = NULL;
  call_function (tap_below (&seed, FUNCTIONS));
}

static void
call (void)
{
  standin_run (&standin_threads[tap_below (&seed, STANDIN_THREADS)]);
  if (tap_below (&seed, 8) == 0)
    standin.on_time_stamp = call_another;
  for (unsigned n = tap_below (&seed, 10); n > 0; n--)
    call_function (tap_below (&seed, FUNCTIONS));
  standin.on_time_stamp = NULL;
}

static void
read_some (void)
{
  const uint64_t *record;
  unsigned words;

  if (consumer == NULL)
    {
      CHECK_NUMBER (mdtrace_rings_open (loopback, "test", &consumer),
		    MDTRACE_OK);
      return;
    }
  for (unsigned n = tap_below (&seed, 100); n > 0; n--)
    CHECK_NUMBER (mdtrace_rings_next (consumer, 0, &record, &words),
		  MDTRACE_OK);
  if (tap_below (&seed, 2) == 0)
    mdtrace_rings_release (consumer, 0);
  if (tap_below (&seed, 10) == 0)
    {
      mdtrace_rings_close (consumer);
      consumer = NULL;
    }
}

static void
check_all (void)
{
  mdtrace_status_t status;
  uint32_t count, enabled = 0, listed = 0;
  bool patched[FUNCTIONS] = { false };

  check_law ();
  const dynamic_probe_status_t *list = probe_list (&count);
  for (uint32_t i = 0; i < count; i++)
    {
      const dynamic_probe_status_t *info = &list[i];
      const struct model *model = &models[info->id];
      CHECK_NUMBER (info->state, model->state);
      CHECK_NUMBER (info->counts.hits, model->hits);
      CHECK_TEXT (info->function, standin_name (FUNCTION_0 + model->function));
      listed += info->state != MDTRACE_STATE_DESTROYED;
      if (info->state == MDTRACE_STATE_ENABLED)
	{
	  enabled++;
	  patched[model->function] = true;
	}
    }
  CHECK_NUMBER (listed, live);
  for (unsigned i = 0; i < FUNCTIONS; i++)
    CHECK_NUMBER (is_patched (FUNCTION_0 + i), patched[i]);
  dynamic_probe_status (&status);
  CHECK_NUMBER (status.probes, live);
  CHECK_NUMBER (status.probes_enabled, enabled);
  CHECK_NUMBER (status.counts.hits, hits);
}

static void
run (uint64_t random_seed)
{
  mdtrace_counts_t total;

  probes_boot ();
  seed = random_seed;
  for (unsigned step = 0; step < 15000; step++)
    {
      standin.pages_left = tap_below (&seed, 4) == 0 ? 0 : -1;
      switch (tap_below (&seed, 16))
	{
	case 0 ... 4:
	  create ();
	  break;
	case 5 ... 6:
	  enable ();
	  break;
	case 7 ... 8:
	  disable ();
	  break;
	case 9 ... 10:
	  destroy ();
	  break;
	case 11:
	  read_some ();
	  break;
	default:
	  call ();
	  break;
	}
      if (step % 250 == 0)
	check_all ();
    }
  check_all ();
  total = total_counts ();
  CHECK (total.recorded > 10000);
  CHECK (total.dropped > 1000);
  CHECK (total.missed > 1000);
  CHECK (!standin_said ("ring broken"));
  if (consumer != NULL)
    mdtrace_rings_close (consumer);
}

static void
holds (void)
{
  run (1);
}

static void
holds_again (void)
{
  run (2);
}

TAP_MAIN ({ holds, "counts agree with a model after random operations" },
	  { holds_again, "and after others" })
