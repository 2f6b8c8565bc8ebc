-- Which tasks have the most events?
--
-- parameter limit 20: rows, at most
-- parameter from null: no event before it
-- parameter to null: no event after it
-- column task: the task's name; empty: not known
-- column events: how many events it has
-- column percent: of all events of that time
-- column most: the function that most of them are of
with
  counted as
    (select coalesce(task_name, '') as task, function, count(*) as n
     from events
     where time_ns between coalesce(:from, -9223372036854775808)
       and coalesce(:to, 9223372036854775807)
     group by 1, 2)
select task, sum(n) as events,
       round(100.0 * sum(n) / (select sum(n) from counted), 1) as percent,
       (select m.function from counted m where m.task = c.task
        order by m.n desc, 1 limit 1) as most
from counted c group by task order by events desc, task limit :limit
