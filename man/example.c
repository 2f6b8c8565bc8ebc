/* Print the first five calls of a kernel function.  */

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <mdtrace.h>

/* Say what has failed, and why.  */
static int
report (const char *what, struct mdtrace_target *target, int error)
{
  const char *detail = target != NULL ? mdtrace_detail (target) : "";

  fprintf (stderr, "%s: %s%s%s\n", what, mdtrace_error_message (error),
	   detail[0] != '\0' ? "; " : "", detail);
  return 1;
}

/* Print COUNT events that come from RINGS.  */
static int
print_events (struct mdtrace_target *target, struct mdtrace_rings *rings,
	      struct mdtrace_decoder *decoder, int count)
{
  while (count > 0)
    {
      mdtrace_clock_t clock;
      int error = mdtrace_get_clock (target, &clock);
      if (error == MDTRACE_OK)
	error = mdtrace_rings_renew (rings);
      if (error != MDTRACE_OK)
	return error;
      mdtrace_time_update (mdtrace_decoder_time (decoder), &clock);

      for (unsigned cpu = 0; cpu < mdtrace_rings_cpus (rings); cpu++)
	{
	  const uint64_t *record;
	  unsigned words;
	  struct mdtrace_event event;
	  bool is_event;
	  while (count > 0)
	    {
	      error = mdtrace_rings_next (rings, cpu, &record, &words);
	      if (error == MDTRACE_OK && record == NULL)
		break;
	      if (error == MDTRACE_OK)
		error = mdtrace_decode (decoder, cpu, record, words, &event,
					&is_event);
	      if (error != MDTRACE_OK)
		return error;
	      if (is_event)
		{
		  printf ("%" PRIu64 " %s %s\n", event.time_ns, event.function,
			  event.task_name);
		  count--;
		}
	    }
	  mdtrace_rings_release (rings, cpu);
	}
      usleep (10000);
    }
  return MDTRACE_OK;
}

int
main (int argc, char **argv)
{
  struct mdtrace_target *target;
  mdtrace_probe_config_t config = { .function = "task_create",
				    .kinds = 1 << MDTRACE_PROBE_ENTRY,
				    .enabled = 1 };
  mdtrace_created_t probe;
  struct mdtrace_rings *rings;
  int error = mdtrace_open (argc > 1 ? argv[1] : NULL, &target);

  if (error != MDTRACE_OK)
    return report ("target", target, error);
  error = mdtrace_rings_open (target, "example", &rings);
  if (error != MDTRACE_OK)
    return report ("rings", target, error);
  error = mdtrace_probe_create (target, &config, &probe);
  if (error != MDTRACE_OK)
    report (config.function, target, error);
  else
    {
      struct mdtrace_decoder *decoder = mdtrace_decoder_new (target);
      error = decoder == NULL ? MDTRACE_ERR_SYSTEM
			      : print_events (target, rings, decoder, 5);
      if (error != MDTRACE_OK)
	report ("events", target, error);
      mdtrace_decoder_free (decoder);
      mdtrace_probe_destroy (target, probe.id);
    }
  mdtrace_rings_close (rings);
  mdtrace_close (target);
  return error != MDTRACE_OK;
}
