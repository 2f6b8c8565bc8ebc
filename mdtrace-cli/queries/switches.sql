-- Which tasks are switched to most often, and are woken?
-- Of events of sched:::switch and sched:::wakeup.
--
-- parameter limit 20: rows, at most
-- parameter from null: no event before it
-- parameter to null: no event after it
-- column task: the task's name, or its address if it has no events itself
-- column switched_to: how often the scheduler chose a thread of it
-- column woken: how often a thread of it was made ready
with
  names as
    (select boot_id, task, max(task_name) as task_name from events
     where task is not null group by 1, 2),
  moves as
    (select e.boot_id, iif(p.name = 'switch', e.arg3, e.arg1) as task,
	    p.name as way
     from events e join probes p
       on p.probe_id = e.probe_id and p.boot_id = e.boot_id
     where e.provider = 'sched' and p.name in ('switch', 'wakeup')
       and e.time_ns between coalesce(:from, -9223372036854775808)
       and coalesce(:to, 9223372036854775807))
select coalesce(task_name, printf('%x', m.task)) as task,
       sum(way = 'switch') as switched_to, sum(way = 'wakeup') as woken
from moves m left join names n on n.boot_id = m.boot_id and n.task = m.task
where m.task is not null
group by 1 order by switched_to desc, woken desc, task limit :limit
