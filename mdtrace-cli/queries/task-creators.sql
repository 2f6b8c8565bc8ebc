-- Who creates tasks?
-- Of events of task:::create if there are any, else of entries of task_create.
--
-- parameter limit 20: rows, at most
-- parameter from null: no event before it
-- parameter to null: no event after it
-- column task: the name of the task that creates them
-- column created: how many it has created
-- column first: when, in UTC
-- column last: when, in UTC
with
  created as
    (select time_ns, task_name, provider from events
     where ((provider = 'task' and name = 'create')
	    or (provider = 'fbt' and function = 'task_create'
		and name = 'entry'))
       and time_ns between coalesce(:from, -9223372036854775808)
       and coalesce(:to, 9223372036854775807))
select coalesce(task_name, '') as task, count(*) as created,
       datetime(min(time_ns) / 1000000000, 'unixepoch') as first,
       datetime(max(time_ns) / 1000000000, 'unixepoch') as last
from created
where provider = (select max(provider) from created)
group by 1 order by created desc, task limit :limit
