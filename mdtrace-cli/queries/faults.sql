-- Which tasks have page faults?
-- Of events of vm:::fault if there are any, else of entries of vm_fault.
--
-- parameter limit 20: rows, at most
-- parameter from null: no event before it
-- parameter to null: no event after it
-- column task: the task's name
-- column faults: how many
-- column percent: of all
-- column pages: at how many addresses
with
  faults as
    (select task_name, provider, arg0, arg1 from events
     where (provider = 'vm' or (provider = 'fbt' and function = 'vm_fault'
				and name = 'entry'))
       and (provider = 'fbt'
	    or probe_id in (select probe_id from probes p
			    where p.provider = 'vm' and p.name = 'fault'
			      and p.boot_id = events.boot_id))
       and time_ns between coalesce(:from, -9223372036854775808)
       and coalesce(:to, 9223372036854775807)),
  those as
    (select * from faults where provider = (select max(provider) from faults))
select coalesce(task_name, '') as task, count(*) as faults,
       round(100.0 * count(*) / (select count(*) from those), 1) as percent,
       count(distinct arg0 || ' ' || arg1) as pages
from those group by 1 order by faults desc, task limit :limit
