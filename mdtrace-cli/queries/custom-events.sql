-- Which custom events were there, and with which values?
-- What programs let happen, or mdtrace fire.
--
-- parameter name null: of this name alone
-- parameter limit 100: rows, at most; the last ones
-- parameter from null: no event before it
-- parameter to null: no event after it
-- column time: when, in UTC
-- column name: the event's name
-- column task: which task let it happen; empty: not known
-- column arg0: its first number
-- column arg1: its second number
-- column arg2: its third number
-- column arg3: its fourth number
select * from
  (select datetime(e.time_ns / 1000000000, 'unixepoch')
	    || printf('.%06d', e.time_ns / 1000 % 1000000) as time, p.name,
	  coalesce(e.task_name, '') as task, e.arg0, e.arg1, e.arg2, e.arg3
   from events e join probes p
     on p.probe_id = e.probe_id and p.boot_id = e.boot_id
   where e.provider = 'custom' and (:name is null or p.name = :name)
     and e.time_ns between coalesce(:from, -9223372036854775808)
     and coalesce(:to, 9223372036854775807)
   order by e.time_ns desc limit :limit)
order by time
