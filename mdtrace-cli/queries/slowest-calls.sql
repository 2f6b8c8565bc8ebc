-- Which calls took longest?
-- Of probes that were created with --latency.
--
-- parameter limit 20: rows, at most
-- parameter function null: of this function alone
-- parameter from null: no call that ended before it
-- parameter to null: no call that ended after it
-- column ended: when, in UTC
-- column function: what was called
-- column task: in which task
-- column cpu: on which CPU it ended
-- column microseconds: how long it took
-- column result: what it returned
select datetime(time_ns / 1000000000, 'unixepoch')
	 || printf('.%06d', time_ns / 1000 % 1000000) as ended, function,
       coalesce(task_name, '') as task, cpu,
       duration_ns / 1000.0 as microseconds, retval as result
from events
where duration_ns is not null and (:function is null or function = :function)
  and time_ns between coalesce(:from, -9223372036854775808)
  and coalesce(:to, 9223372036854775807)
order by duration_ns desc, time_ns limit :limit
