-- How long do calls take, function by function?
-- Of probes that were created with --latency.
--
-- parameter limit 20: rows, at most
-- parameter from null: no call that ended before it
-- parameter to null: no call that ended after it
-- column function: what was called
-- column calls: how often
-- column total_ms: all of them together
-- column mean_us: the mean of them
-- column longest_us: the longest one
-- column task: in which task that was
select function, count(*) as calls, sum(duration_ns) / 1e6 as total_ms,
       round(sum(duration_ns) / 1e3 / count(*), 3) as mean_us,
       max(duration_ns) / 1e3 as longest_us, coalesce(task_name, '') as task
from events
where duration_ns is not null
  and time_ns between coalesce(:from, -9223372036854775808)
  and coalesce(:to, 9223372036854775807)
group by function order by total_ms desc, function limit :limit
