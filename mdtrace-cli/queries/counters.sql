-- What have the performance counters counted, and how fast?
--
-- parameter name null: this counter alone
-- parameter step 60: seconds for each row
-- parameter limit 100: rows, at most; the last ones
-- parameter from null: nothing before it
-- parameter to null: nothing after it
-- column time: when these seconds begin, in UTC
-- column counter: its name
-- column per_second: of the unit; empty of a level
-- column times_per_second: how often; empty of a level
-- column mean: of durations, in nanoseconds
-- column level: of a level, the last one
-- column unit: the unit
select * from
  (select datetime(time_ns / 1000000000 / :step * :step, 'unixepoch') as time,
	  name as counter, round(avg(per_second), 2) as per_second,
	  round(avg(times_per_second), 2) as times_per_second,
	  round(sum(mean * times_per_second)
		/ nullif(sum(iif(mean is null, 0, times_per_second)), 0), 1)
	    as mean,
	  iif(kind = 'level', sum, null) as level, unit
   from (select * from counter_values
	 where (:name is null or name = :name)
	   and time_ns between coalesce(:from, -9223372036854775808)
	   and coalesce(:to, 9223372036854775807)
	 order by time_ns)
   group by boot_id, name, time_ns / 1000000000 / :step
   having time_ns = max(time_ns)
   order by max(time_ns) desc, name limit :limit)
order by time, counter
