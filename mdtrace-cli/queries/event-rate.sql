-- How many events were there, second by second?
--
-- parameter step 1: seconds for each row
-- parameter function null: of this function alone
-- parameter limit 100: rows, at most; the last ones
-- parameter from null: no event before it
-- parameter to null: no event after it
-- column time: when these seconds begin, in UTC
-- column events: how many events there were
-- column probes: of how many probes
-- column tasks: of how many tasks, by their names
select * from
  (select datetime(time_ns / 1000000000 / :step * :step, 'unixepoch') as time,
	  count(*) as events, count(distinct probe_id) as probes,
	  count(distinct task_name) as tasks
   from events
   where (:function is null or function = :function)
     and time_ns between coalesce(:from, -9223372036854775808)
     and coalesce(:to, 9223372036854775807)
   group by boot_id, time_ns / 1000000000 / :step
   order by max(time_ns) desc limit :limit)
order by time
