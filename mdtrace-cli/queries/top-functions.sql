-- Which functions and static probes have the most events?
--
-- parameter limit 20: rows, at most
-- parameter from null: no event before it
-- parameter to null: no event after it
-- column probe: provider:module:function:name
-- column events: how many events it has
-- column tasks: in how many tasks, by their names
-- column per_second: over the time from the first event to the last one
with
  counted as
    (select provider || ':' || module || ':' || function || ':' || name
	      as probe, count(*) as events,
	    count(distinct task_name) as tasks, min(time_ns) as first_ns,
	    max(time_ns) as last_ns
     from events
     where time_ns between coalesce(:from, -9223372036854775808)
       and coalesce(:to, 9223372036854775807)
     group by 1)
select probe, events, tasks,
       round(1e9 * events / nullif((select max(last_ns) - min(first_ns)
				    from counted), 0), 2) as per_second
from counted order by events desc, probe limit :limit
