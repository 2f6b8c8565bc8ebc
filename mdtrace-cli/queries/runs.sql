-- Which boots and which runs of the daemon are stored here?
--
-- parameter limit 100: rows, at most; the last ones
-- column boot: the boot's number here
-- column booted: when the kernel was booted, in UTC
-- column kernel: its version
-- column target: where it ran
-- column program: what has stored it
-- column began: when, in UTC
-- column ended: how; empty: it goes on, or was killed
-- column events: how many it has stored
select * from
  (select boot_id as boot,
	  datetime(boot_time_ns / 1000000000, 'unixepoch') as booted,
	  version as kernel, target, program,
	  datetime(began_ns / 1000000000, 'unixepoch') as began,
	  coalesce(ended, '') as ended, runs.events
   from boots join runs using (boot_id)
   order by began_ns desc limit :limit)
order by began
