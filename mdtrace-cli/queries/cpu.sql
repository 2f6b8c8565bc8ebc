-- How busy were the CPUs, and with what?
--
-- parameter step 60: seconds for each row
-- parameter limit 100: rows, at most; the last ones
-- parameter from null: nothing before it
-- parameter to null: nothing after it
-- column time: when these seconds begin, in UTC
-- column busy: percent of the time, the mean
-- column most: percent of the time, in the worst second
-- column user: percent in user mode
-- column system: percent in the kernel
-- column interrupts: percent in interrupts; empty: not measured
select * from
  (select datetime(time_ns / 1000000000 / :step * :step, 'unixepoch') as time,
	  round(avg(utilisation_percent), 1) as busy,
	  round(max(utilisation_percent), 1) as most,
	  round(avg(user_percent), 1) as user,
	  round(avg(system_percent), 1) as system,
	  round(avg(interrupt_percent), 2) as interrupts
   from snapshots
   where time_ns between coalesce(:from, -9223372036854775808)
     and coalesce(:to, 9223372036854775807)
   group by boot_id, time_ns / 1000000000 / :step
   order by max(time_ns) desc limit :limit)
order by time
