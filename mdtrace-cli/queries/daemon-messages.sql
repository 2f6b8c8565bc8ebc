-- What has the daemon complained about?
--
-- parameter limit 100: rows, at most; the last ones
-- parameter from null: nothing before it
-- parameter to null: nothing after it
-- column time: when, in UTC
-- column severity: how bad it was
-- column message: what it has said
-- column run: the run of the daemon
select * from
  (select datetime(time_ns / 1000000000, 'unixepoch') as time, severity,
	  message, run_id as run
   from messages
   where time_ns between coalesce(:from, -9223372036854775808)
     and coalesce(:to, 9223372036854775807)
   order by time_ns desc limit :limit)
order by time
