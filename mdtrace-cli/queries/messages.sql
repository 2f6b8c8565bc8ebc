-- Which messages are sent, and by whom?
-- Of events of ipc:::send.  mdtrace top --by message knows their names.
--
-- parameter limit 20: rows, at most
-- parameter from null: no event before it
-- parameter to null: no event after it
-- column id: the message's id
-- column sent: how often it was sent
-- column bytes: the size of all of them together
-- column senders: how many tasks send it, by their names
-- column task: the one that sends it most often
with
  counted as
    (select arg0 as id, coalesce(task_name, '') as task, count(*) as n,
	    sum(arg1) as bytes
     from events
     where provider = 'ipc'
       and probe_id in (select probe_id from probes p
			where p.provider = 'ipc' and p.name = 'send'
			  and p.boot_id = events.boot_id)
       and time_ns between coalesce(:from, -9223372036854775808)
       and coalesce(:to, 9223372036854775807)
     group by 1, 2)
select id, sum(n) as sent, sum(bytes) as bytes, count(*) as senders,
       (select m.task from counted m where m.id = c.id
        order by m.n desc, m.task limit 1) as task
from counted c where id is not null
group by id order by sent desc, id limit :limit
